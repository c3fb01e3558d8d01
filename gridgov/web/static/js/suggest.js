// The search box suggests places while one types: a combobox after the ARIA pattern. Without this file it asks as ever.
"use strict";

(() => {
  const WAIT = 200;
  const form = document.querySelector("form[data-suggest]");
  const input = form.querySelector("input[type=search]");
  const list = form.querySelector("[role=listbox]");
  const says = document.getElementById("told");
  const known = new Map();
  let timer = 0;
  let running = null;
  let at = -1;
  let rows = [];

  const told = () => input.value.trim();
  // one letter finds half the city; one Chinese character says something
  const enough = (text) => text.length > 1 || /[^\x00-\x7f]/.test(text);
  // two numbers are a position: it isn't sent before one asks
  const position = (text) => /^[^\p{Script=Han}]*\d+[.°]\d*/u.test(text);

  function close() {
    list.hidden = true;
    at = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function mark(next) {
    at = (next + rows.length + 1) % (rows.length + 1);
    if (at === rows.length) at = -1;
    [...list.children].forEach((option, number) => option.setAttribute("aria-selected", String(number === at)));
    if (at < 0) {
      input.removeAttribute("aria-activedescendant");
      return;
    }
    input.setAttribute("aria-activedescendant", list.children[at].id);
    list.children[at].scrollIntoView({ block: "nearest" });
  }

  function choose(number) {
    const url = new URL(form.action);
    url.searchParams.set("place", rows[number].code);
    const day = form.querySelector("[data-day]");
    if (!day.disabled) url.searchParams.set("as_of", day.value);
    input.value = rows[number].name || rows[number].code;
    close();
    window.gridgov.visit(url.href);
  }

  function option(row, number) {
    const one = document.createElement("li");
    one.id = `ask-suggestion-${number}`;
    one.setAttribute("role", "option");
    one.setAttribute("aria-selected", "false");
    const name = document.createElement("strong");
    name.textContent = row.name || row.code;
    const beside = document.createElement("span");
    beside.className = "soft small";
    beside.textContent = [row.level_name, row.above.join(" › "), row.address].filter(Boolean).join(" · ");
    one.append(name, " ", beside);
    one.addEventListener("pointerdown", (event) => event.preventDefault());
    one.addEventListener("click", () => choose(number));
    return one;
  }

  function show(found) {
    rows = found;
    close();
    list.replaceChildren(...rows.map(option));
    list.hidden = !rows.length;
    input.setAttribute("aria-expanded", String(rows.length > 0));
    says.textContent = rows.length ? form.dataset.count.replace("{count}", rows.length) : form.dataset.none;
  }

  async function look() {
    const text = told();
    if (running) running.abort();
    if (!enough(text) || position(text)) {
      close();
      return;
    }
    if (!known.has(text)) {
      running = new AbortController();
      const url = new URL(form.dataset.suggest, window.location.href);
      url.searchParams.set("text", text);
      const day = form.querySelector("[data-day]");
      if (!day.disabled) url.searchParams.set("as_of", day.value);
      const response = await fetch(url, { signal: running.signal, credentials: "same-origin" });
      if (!response.ok || response.redirected) return;
      known.set(text, (await response.json()).rows);
    }
    if (text === told() && document.activeElement === input) show(known.get(text));
  }

  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);
  input.setAttribute("aria-expanded", "false");
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(() => look().catch(() => undefined), WAIT);
  };
  // a syllable half typed in an input method is no word yet
  input.addEventListener("input", (event) => !event.isComposing && soon());
  input.addEventListener("compositionend", soon);
  input.addEventListener("blur", () => {
    clearTimeout(timer);
    if (running) running.abort();
    close();
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing || list.hidden) return;
    if (event.key === "ArrowDown") mark(at + 1);
    else if (event.key === "ArrowUp") mark(at < 0 ? rows.length - 1 : at - 1);
    else if (event.key === "Enter" && at >= 0) choose(at);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
})();

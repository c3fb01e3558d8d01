// A field that takes another thing's code: what is typed is looked up, and its name stands below.
"use strict";

(() => {
  const WAIT = 200;
  const waiting = new WeakMap();

  async function found(input, text) {
    const addresses = input.dataset.lookup.trim().split(/\s+/);
    const answers = await Promise.all(addresses.map(async (address) => {
      const url = new URL(address, window.location.href);
      url.searchParams.set("text", text);
      const response = await fetch(url, { credentials: "same-origin" });
      return response.ok ? (await response.json()).rows : [];
    }));
    return answers.flat();
  }

  async function look(input) {
    const several = "several" in input.dataset;
    const [, before, text] = several ? /^(.*[,;、]\s*)?([^,;、]*)$/.exec(input.value) : [null, "", input.value];
    const list = document.getElementById(`${input.id}-list`);
    const meant = document.getElementById(`${input.id}-meant`);
    const rows = text.trim() ? await found(input, text.trim()) : [];
    list.replaceChildren(...rows.map(({ code, label }) => {
      const option = document.createElement("option");
      option.value = `${before || ""}${code}`;
      option.label = label;
      return option;
    }));
    const one = rows.find(({ code }) => code === text.trim());
    meant.textContent = one ? one.label : "";
  }

  for (const input of document.querySelectorAll("[data-lookup]")) {
    const soon = () => {
      clearTimeout(waiting.get(input));
      waiting.set(input, setTimeout(() => look(input).catch(() => undefined), WAIT));
    };
    input.addEventListener("input", soon);
    if (input.value) soon();
  }

  const problems = document.getElementById("problems");
  if (problems) problems.focus();
})();

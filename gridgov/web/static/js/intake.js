// Files are sent in parts, so that large ones pass every proxy and what broke off is seen; without this file the form
// sends them whole. A page of work under way asks now and then how far it is.
"use strict";

(() => {
  const form = document.querySelector("form[data-bring]");
  const working = document.querySelector("[data-progress]");
  const size = (bytes) => (bytes < 1048576 ? `${Math.ceil(bytes / 1024)} kB` : `${(bytes / 1048576).toFixed(1)} MB`);

  function list(input) {
    document.getElementById("chosen").replaceChildren(...[...input.files].map((file) => {
      const item = document.createElement("li");
      item.textContent = `${file.name} · ${size(file.size)}`;
      return item;
    }));
  }

  async function answered(url, body, type) {
    const response = await fetch(url, {
      method: "POST", body, credentials: "same-origin",
      headers: { "Content-Type": type, "X-CSRFToken": form.elements.csrf_token.value },
    });
    const told = await response.json().catch(() => ({}));
    if (!response.ok) throw new Error(told.message || form.dataset.failed);
    return told;
  }

  function show(done, all, name) {
    const line = form.querySelector("[data-sent]");
    line.hidden = false;
    line.querySelector("progress").value = all ? done / all : 1;
    line.querySelector("[role=status]").textContent = form.dataset.sending.replace("{name}", name);
  }

  async function send(files) {
    const all = files.reduce((sum, file) => sum + file.size, 0);
    if (all > Number(form.dataset.limit) * 1048576) throw new Error(form.dataset.large);
    const named = files.map(({ name, size: bytes }) => ({ name, size: bytes }));
    const kind = form.elements.kind.value;
    const begun = await answered(form.dataset.bring, JSON.stringify({ kind, files: named }), "application/json");
    const most = Number(form.dataset.part);
    let done = 0;
    for (const [index, file] of files.entries()) {
      for (let number = 0; number * most < file.size; number += 1) {
        const piece = file.slice(number * most, (number + 1) * most);
        await answered(`${begun.parts[index]}${number}`, piece, "application/octet-stream");
        done += piece.size;
        show(done, all, file.name);
      }
    }
    const { page } = await answered(begun.look, "{}", "application/json");
    window.location.assign(page);
  }

  if (form) {
    const input = form.elements.files;
    const zone = form.querySelector(".drop");
    input.addEventListener("change", () => list(input));
    for (const [name, over] of [["dragover", true], ["dragleave", false], ["drop", false]]) {
      zone.addEventListener(name, (event) => {
        event.preventDefault();
        zone.classList.toggle("is-over", over);
        if (name !== "drop" || !event.dataTransfer.files.length) return;
        input.files = event.dataTransfer.files;
        list(input);
      });
    }
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const button = form.querySelector("button");
      button.disabled = true;
      window.gridgov.notice("");
      try {
        await send([...input.files]);
      } catch (problem) {
        window.gridgov.notice(problem instanceof TypeError ? form.dataset.failed : problem.message);
        form.querySelector("[data-sent]").hidden = true;
        button.disabled = false;
      }
    });
  }

  async function follow(wait) {
    let next = wait;
    try {
      const response = await fetch(working.dataset.progress, { credentials: "same-origin", cache: "no-store" });
      if (response.redirected || response.status === 401) throw new Error("signed out");
      const told = await response.json();
      if (told.over) {
        window.location.reload();
        return;
      }
      const bar = working.querySelector("progress");
      if (told.of > 1) {
        bar.max = told.of;
        bar.value = told.done;
      } else {
        bar.removeAttribute("value");
      }
      working.querySelector("[data-words]").textContent = told.words.trim();
      next = Math.min(3000, wait * 1.05);
    } catch {
      next = Math.min(10000, wait * 2);
    }
    window.setTimeout(() => follow(next), next);
  }

  if (working) window.setTimeout(() => follow(700), 700);
})();

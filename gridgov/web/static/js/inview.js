// The shares of what the map shows: asked for anew, by one request, when the map has come to rest.
"use strict";

(() => {
  const { wire } = window.gridgov;
  const REST = 400;
  let map = null;
  let timer = 0;
  let asked = null;

  function put(box, text) {
    const part = new DOMParser().parseFromString(text, "text/html");
    const open = [...box.querySelectorAll("details")].map((one) => one.open);
    const held = box.contains(document.activeElement) ? document.activeElement.id : "";
    box.replaceChildren(...[...part.body.childNodes].map((node) => document.importNode(node, true)));
    box.querySelectorAll("details").forEach((one, at) => { one.open = open[at] ?? one.open; });
    if (held) (document.getElementById(held) || box).focus({ preventScroll: true });
  }

  async function refresh() {
    const box = document.querySelector("#shares[data-inview]");
    if (asked) asked.abort();
    if (!box || !map) return;
    asked = new AbortController();
    box.setAttribute("aria-busy", "true");
    const bounds = map.getBounds().toBBoxString().split(",").map((one) => Number(one).toFixed(5));
    try {
      put(box, await wire.get(`${box.dataset.inview}&bounds=${bounds.join(",")}`, (answer) => answer.text(), asked.signal));
      box.setAttribute("aria-busy", "false");
    } catch {
      // given up for the next one, or the server is gone: the page says so, and what was told stays
    }
  }

  function soon() {
    window.clearTimeout(timer);
    timer = window.setTimeout(refresh, REST);
  }

  document.addEventListener("gridgov:started", ({ detail }) => {
    map = detail;
    map.on("moveend", soon);
    soon();
  });
  document.addEventListener("gridgov:view", soon);
  document.addEventListener("gridgov:back", soon);
})();

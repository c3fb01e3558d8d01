// The map on paper: laid out on the screen as it will be printed, light whatever the screen is, and put back afterwards.
"use strict";

window.gridgov.printing = (() => {
  const root = document.documentElement;
  const SETTLED = 120;
  let folded = [];

  const dark = () => document.querySelectorAll('link[rel="stylesheet"][href*="dark.css"]');
  const changed = () => document.dispatchEvent(new CustomEvent("gridgov:restyle"));

  function open(map) {
    if (root.classList.contains("is-printing")) return;
    root.classList.add("is-printing");
    dark().forEach((sheet) => { sheet.disabled = true; });
    folded = [...document.querySelectorAll(".mapbox .legend:not([open])")];
    folded.forEach((legend) => { legend.open = true; });
    document.querySelectorAll("[data-map-title]").forEach((title) => { title.textContent = document.title.replace(/ · gridgov$/, ""); });
    map.invalidateSize({ animate: false });
    changed();
  }

  function close(map) {
    root.classList.remove("is-printing");
    dark().forEach((sheet) => { sheet.disabled = false; });
    folded.forEach((legend) => { legend.open = false; });
    map.invalidateSize({ animate: false });
    changed();
  }

  function start(map, box) {
    const on = (name, work) => box.querySelectorAll(`[data-map="${name}"]`).forEach((one) => one.addEventListener("click", work));
    on("paper", () => {
      open(map);
      box.querySelector('[data-map="print"]').focus();
    });
    on("print", () => window.setTimeout(() => window.print(), SETTLED));
    on("unpaper", () => {
      close(map);
      box.querySelector('[data-map="paper"]').focus();
    });
    document.addEventListener("keydown", ({ key }) => key === "Escape" && root.classList.contains("is-printing") && close(map));
    window.addEventListener("beforeprint", () => map.invalidateSize({ animate: false }));
  }

  return { start };
})();

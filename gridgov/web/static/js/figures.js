// What is said of the place pointed at: how many people, how many of them reached, and the share. At the desk beside the
// pointer; where there is little room, or nothing to hover with, on a line over the map's edge.
"use strict";

window.gridgov.figures = (() => {
  const narrow = window.matchMedia("(max-width: 760px), (hover: none)");

  const POINTS = ["facilities", "coming"];

  const counted = (value) => Math.round(value).toLocaleString(document.documentElement.lang);
  const percent = (value) => `${(100 * value).toLocaleString(document.documentElement.lang, { minimumFractionDigits: 1, maximumFractionDigits: 1 })}%`;

  // the sentence of a place in colour: whatever of it may be told
  function said({ people, covered, share }, words) {
    if (typeof share !== "number") return words.unknown;
    const form = typeof people !== "number" ? words.share : typeof covered === "number" ? words.kind : words.mean;
    return form.replace("{share}", percent(share)).replace("{people}", counted(people)).replace("{covered}", counted(covered));
  }

  // a mark speaks for itself: the figures are told besides only of the place that it is the mark of
  function told(found, words) {
    const own = !found.key || found.on === found.code;
    const figures = found.kind === "coverage" && own && words ? said(found, words) : "";
    return [found.told || found.name, figures].filter(Boolean).join(" · ");
  }

  // what can be chosen: neither a service point nor a grid has a page of its own
  const chosen = ({ key, code }, { selectable }) => (POINTS.includes(key) || !(key || selectable) ? "" : code);

  // the line over the map's edge
  function line(text) {
    const box = document.getElementById("map-told");
    if (!box || box.textContent === text) return;
    box.textContent = text;
    box.hidden = !text;
  }

  // that the level asked for is drawn from close by only
  function reach(map, { layers, words }) {
    const { from = 0 } = layers.coverage || {};
    const far = words && !layers.coverage_far && Math.round(map.getZoom()) - 1 < from;
    const box = document.getElementById("map-told");
    if (far) line(words.closer);
    else if (words && box && box.textContent === words.closer) line("");
  }

  return { told, chosen, line, reach, beside: () => !narrow.matches };
})();

// What was typed into a form and sent is there again when the reader comes back to it by the browser's Back: browsers
// don't bring back fields that offer no completion. It is kept by the tab only, until it is recorded or its reader has
// signed out, and without personal numbers and homes.
"use strict";

(() => {
  const KEY = "gridgov-typed";
  // as privacy.py tells a mobile number from a code
  const MOBILE = /(?<![\d０-９])(?:(?:[+＋]|[0０]{2})?[8８][6６][-\s.·–—－()（）]?)?[1１][3-9３-９](?:[-\s.·–—－()（）]?[\d０-９]){9}(?![\d０-９])/;
  const form = document.querySelector("form.sheet-form");
  const reader = document.querySelector("[data-reader]")?.dataset.reader;
  const address = window.location.pathname + window.location.search;
  const controls = () => [...form.elements].filter(({ name, tagName }) => name && name !== "csrf_token" && tagName !== "BUTTON");
  const ticks = ({ type }) => type === "checkbox" || type === "radio";
  const personal = ({ dataset, value }) => "personal" in dataset || (!("shape" in dataset) && MOBILE.test(value));

  function told(one) {
    if (personal(one)) return [one.name, null];
    return [one.name, ticks(one) ? one.checked : one.value];
  }

  function keep() {
    try {
      window.sessionStorage.setItem(KEY, JSON.stringify({ reader, address, fields: controls().map(told) }));
    } catch {
      window.sessionStorage.removeItem(KEY); // more than a tab may keep
    }
  }

  function bringBack({ fields }) {
    const here = controls();
    if (here.length !== fields.length || here.some(({ name }, number) => name !== fields[number][0])) return;
    const shape = form.querySelector("[data-shape]");
    if (shape) shape.dataset.before ??= shape.value;
    here.forEach((one, number) => {
      const was = fields[number][1];
      if (was === null) return;
      if (ticks(one)) one.checked = was;
      else one.value = was;
    });
  }

  if (document.querySelector(".recorded")) window.sessionStorage.removeItem(KEY);
  if (!form) return;
  const [arrival] = performance.getEntriesByType("navigation");
  const kept = JSON.parse(window.sessionStorage.getItem(KEY) || "null");
  const back = arrival && arrival.type === "back_forward";
  if (back && kept && kept.reader === reader && kept.address === address) bringBack(kept);
  form.addEventListener("submit", keep);
})();

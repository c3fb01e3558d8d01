// The cadre's page: what is new since it was last opened on this device, and a copy kept for times without a network.
// What the device remembers are digests of lines and the hour; nothing of it is sent.
"use strict";

(() => {
  const VISIT = 30 * 60 * 1000; // milliseconds: a page opened again so soon is the same visit
  const { worker, reader, today } = document.getElementById("news").dataset;
  const kept = "kept" in document.documentElement.dataset;

  function remembered(key) {
    try {
      return JSON.parse(window.localStorage.getItem(key));
    } catch {
      return null;
    }
  }

  function tell() {
    const news = document.getElementById("news");
    if (!news) return;
    const key = `gridgov-cadre-${reader}`;
    const now = Date.now();
    const lines = [...news.querySelectorAll("[data-mark]")];
    const last = remembered(key);
    const same = last && now - last.at < VISIT;
    const before = same ? last.before : last && { at: last.at, marks: last.marks };
    const known = new Set(before ? before.marks : []);
    const fresh = before ? lines.filter(({ dataset }) => !known.has(dataset.mark)) : [];
    for (const line of fresh) line.hidden = false;
    if (fresh.length) {
      news.hidden = false;
      news.querySelector("[data-when]").textContent = new Date(before.at).toLocaleDateString(document.documentElement.lang);
    }
    const marks = lines.map(({ dataset }) => dataset.mark);
    window.localStorage.setItem(key, JSON.stringify({ at: same ? last.at : now, marks, before }));
  }

  async function keep() {
    const page = new URL(window.location.pathname, window.location.href).pathname;
    await navigator.serviceWorker.register(worker, { scope: page });
    const first = !navigator.serviceWorker.controller;
    const { active } = await navigator.serviceWorker.ready;
    const made = [...document.querySelectorAll("link[rel=stylesheet], link[rel=icon], script[src]")].map(({ href, src }) => src || href);
    const icons = document.querySelector("use").getAttribute("href").split("#")[0];
    const files = [...new Set([...made, new URL(icons, window.location.href).href])];
    active.postMessage({ reader, files, first });
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-to-map]")) window.scrollTo(0, 0);
  });

  if (kept || !today) return;
  tell();
  document.addEventListener("gridgov:view", tell);
  if (navigator.serviceWorker) keep().catch(() => undefined);
})();

// Pages work without this file. With it, links and forms marked data-soft change only the parts of the page marked
// data-region, so that the map stays where it is; the address bar and Back work as ever.
"use strict";

window.gridgov = (() => {
  const word = (name) => document.getElementById("words").dataset[name] || "";
  const regions = () => [...document.querySelectorAll("[data-region]")];
  const day = () => new Date().toDateString();
  const loaded = day();
  let running = null;
  let missed = null;

  // a sentence at the top, and where there is one, the next step as a button
  function notice(text, step = "", act = null) {
    const box = document.getElementById("notice");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button";
    button.textContent = step;
    button.addEventListener("click", () => act());
    box.replaceChildren(text, ...(act ? [button] : []));
    box.hidden = !text;
  }

  function swap(page) {
    const focused = document.activeElement;
    const region = focused && focused.closest("[data-region]");
    const kept = { id: focused && focused.id, href: focused && focused.getAttribute("href"), region: region && region.id };
    const hadAbout = Boolean(document.querySelector("#about h2"));
    for (const here of regions()) {
      const there = page.getElementById(here.id);
      here.replaceChildren(...(there ? [...there.childNodes].map((node) => document.importNode(node, true)) : []));
      if (there) for (const { name, value } of there.attributes) here.setAttribute(name, value);
      here.hidden = !there || there.hidden;
    }
    const stage = page.querySelector(".stage");
    if (stage) document.querySelector(".stage").className = stage.className;
    document.title = page.title;
    document.getElementById("told").textContent = page.title;
    openWide();
    keepDay();
    refocus(kept, hadAbout);
  }

  // parts that a phone keeps folded until asked
  function openWide() {
    if (!window.matchMedia("(min-width: 761px)").matches) return;
    document.querySelectorAll("details[data-wide]").forEach((part) => part.setAttribute("open", ""));
  }

  // the question in the top bar is asked for the day the page shows
  function keepDay() {
    const day = new URLSearchParams(window.location.search).get("as_of") || "";
    document.querySelectorAll("input[data-day]").forEach((input) => {
      input.value = day;
      input.disabled = !day;
    });
  }

  function refocus({ id, href, region }, hadAbout) {
    const control = id && document.getElementById(id);
    if (control && control.closest("form")) {
      const folded = control.closest("details:not([open])");
      (folded ? folded.querySelector("summary") : control).focus({ preventScroll: true });
      return;
    }
    const again = control
      || (href && [...document.querySelectorAll("a[href]")].find((a) => a.getAttribute("href") === href));
    const heading = document.querySelector("#about h2");
    const narrow = window.matchMedia("(max-width: 760px)").matches;
    if (heading && (narrow || (!hadAbout && !again))) heading.focus();
    else if (again) again.focus({ preventScroll: true });
    else if (region) stay(document.getElementById(region));
  }

  // what had the focus is gone: go on from the part it stood in, not from the top of the page
  function stay(region) {
    region.tabIndex = -1;
    region.focus({ preventScroll: true });
  }

  async function load(url, options = {}) {
    if (running) running.abort();
    running = new AbortController();
    const main = document.querySelector("main");
    main.setAttribute("aria-busy", "true");
    try {
      const response = await fetch(url, { ...options, signal: running.signal, credentials: "same-origin" });
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      notice("");
      missed = null;
      return { response, page };
    } catch (problem) {
      if (problem.name !== "AbortError") {
        missed = options.method ? null : url;
        document.dispatchEvent(new CustomEvent("gridgov:lost"));
        notice(word("offline"), word("again"), again);
      }
      return null;
    } finally {
      main.setAttribute("aria-busy", "false");
    }
  }

  function again() {
    visit(missed || window.location.href, { push: Boolean(missed) });
  }

  function sameMap(page) {
    const [here, there] = [document, page].map((one) => one.querySelector(".folium-map"));
    return here && there && here.id === there.id;
  }

  async function visit(url, { push = true } = {}) {
    const found = await load(url);
    if (!found) return;
    if (!sameMap(found.page)) {
      window.location.assign(url);
      return;
    }
    if (push) history.pushState({}, "", url);
    swap(found.page);
    document.dispatchEvent(new CustomEvent("gridgov:view"));
  }

  async function send(url, data) {
    const found = await load(url, { method: "POST", body: data });
    if (!found) return;
    if (found.response.redirected && !found.page.getElementById("view")) {
      signIn(found.response.url);
      return;
    }
    const message = found.page.querySelector("[data-message]");
    if (message || !found.page.getElementById("view")) {
      notice(message ? message.textContent : word("broken"));
      return;
    }
    swap(found.page);
    document.dispatchEvent(new CustomEvent("gridgov:view"));
  }

  // the session has ended meanwhile: sign in, and come back to this very page
  function signIn(address) {
    const login = new URL(address);
    login.searchParams.set("next", window.location.pathname + window.location.search);
    window.location.assign(login);
  }

  function view() {
    const held = document.getElementById("view");
    return held ? JSON.parse(held.dataset.view) : null;
  }

  // a position is sent by the form it was asked for, once
  function ask(lon, lat, id) {
    const form = document.getElementById(id || "ask-here");
    const data = new FormData(form);
    data.set("lon", lon.toFixed(6));
    data.set("lat", lat.toFixed(6));
    const day = new URLSearchParams(window.location.search).get("as_of");
    const url = new URL(form.action);
    if (day) url.searchParams.set("as_of", day);
    return send(url, data);
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-soft]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    visit(link.href);
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-soft]") || !document.getElementById("view")) return;
    event.preventDefault();
    const data = new FormData(form, event.submitter);
    if (form.method === "post") {
      send(form.action, data);
      return;
    }
    const query = new URLSearchParams([...data].filter(([, value]) => value !== ""));
    visit(`${new URL(form.action).pathname}?${query}`);
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-locate]");
    if (!button) return;
    if (!navigator.geolocation) {
      notice(word("noposition"));
      return;
    }
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => ask(coords.longitude, coords.latitude, button.dataset.locate),
      () => notice(word("noposition")),
      { enableHighAccuracy: true, timeout: 10000 },
    );
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
  });

  // what opens over the page closes by Escape, and when something else is pressed
  document.addEventListener("keydown", (event) => {
    const open = event.key === "Escape" && (event.target.closest("[data-pops][open]") || document.querySelector("[data-pops][open]"));
    if (!open) return;
    open.open = false;
    open.querySelector("summary").focus();
  });

  document.addEventListener("click", (event) => {
    for (const open of document.querySelectorAll("[data-pops][open]")) if (!open.contains(event.target)) open.open = false;
  });

  // the tab that is open comes into its strip's sight; the page itself stays where it is
  document.querySelectorAll(".tabs [aria-current], .kinds [aria-current]").forEach((one) => {
    const strip = one.closest(".tabs, .kinds");
    const [box, room] = [one.getBoundingClientRect(), strip.getBoundingClientRect()];
    strip.scrollLeft += (box.left + box.right - room.left - room.right) / 2;
  });

  // who has signed out leaves nothing typed behind, and nobody else's page for times without a network; whose session
  // ended on a page finds his plan again when he is back
  const reader = document.querySelector("form[data-reader]")?.dataset.reader;
  const back = new URLSearchParams(window.location.search).has("next");
  for (const key of reader ? [] : Object.keys(window.sessionStorage)) {
    if (!back || !key.startsWith("gridgov-plan-")) window.sessionStorage.removeItem(key);
  }
  async function forgetOthers() {
    for (const name of await window.caches.keys()) {
      if (name.startsWith("gridgov-cadre-") && name !== `gridgov-cadre-${reader}`) await window.caches.delete(name);
    }
  }
  if (window.caches) forgetOthers().catch(() => undefined);

  window.addEventListener("offline", () => notice(word("offline"), word("again"), again));
  window.addEventListener("online", () => (missed ? again() : notice("")));
  document.addEventListener("gridgov:back", () => missed && again());

  // a page left open overnight still shows yesterday
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && day() !== loaded) {
      notice(word("stale"), word("reload"), () => window.location.reload());
    }
  });

  window.addEventListener("popstate", () => visit(window.location.href, { push: false }));

  if (window.matchMedia("(min-width: 1280px)").matches && !document.querySelector(".has-about")) {
    document.querySelectorAll("details.legend").forEach((legend) => legend.setAttribute("open", ""));
  }
  openWide();

  return { visit, send, ask, view, word, notice };
})();

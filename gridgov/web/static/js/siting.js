// Siting on the map: numbered sites, where those newly within reach live, and the other candidates. The list does it all too.
"use strict";

(() => {
  const { view: readView, visit, notice, drawn, word } = window.gridgov;
  const ORDER = { gained: 462, others: 640, sites: 650 };
  const byId = (id) => document.getElementById(id);
  const layers = {};
  const marks = new Map();
  let map = null;
  let here = "";
  let picking = false;

  const icon = (name, text, size) => L.divIcon({ className: name, html: String(text), iconSize: [size, size], iconAnchor: [size / 2, size / 2] });

  // larger by the people, never by more than the eye can use
  const radius = (people) => (people === null ? 7 : Math.min(22, 4 + Math.sqrt(people) / 4));

  function mark(row, name, text, size, pane) {
    const one = L.marker([row.y, row.x], { icon: icon(name, text, size), pane, keyboard: false, riseOnHover: true });
    one.bindTooltip(drawn.text(row.site || row.name), { direction: "top", offset: [0, -size / 2] });
    one.on("click", (event) => {
      L.DomEvent.stop(event);
      reveal(row.site || row.name);
    });
    return one;
  }

  // from the map to the row, where a candidate is locked or left out
  function reveal(code) {
    const row = [...document.querySelectorAll("#list [data-code]")].find((one) => one.dataset.code === code);
    if (!row) return;
    const folded = row.closest("details:not([open])");
    if (folded) folded.open = true;
    row.scrollIntoView({ block: "nearest" });
    heat(code);
    row.querySelector("a").focus({ preventScroll: true });
  }

  function heat(code) {
    for (const [name, one] of marks) one.getElement()?.classList.toggle("is-hot", name === code);
  }

  function show() {
    const told = (readView() || {}).siting;
    if (!told) return;
    Object.values(layers).forEach((layer) => layer.clearLayers());
    marks.clear();
    for (const place of [...told.places].sort((one, other) => (other.people || 0) - (one.people || 0))) {
      L.circleMarker([place.y, place.x], { pane: "siting-gained", radius: radius(place.people), className: "plan-gains" })
        .bindTooltip(drawn.text(`${place.name || place.code} → ${place.site}`), { direction: "top" }).addTo(layers.gained);
    }
    told.others.forEach((row) => mark(row, "siting-other", "", 12, "siting-others").addTo(layers.others));
    told.sites.forEach((row, index) => {
      const one = mark(row, `siting-mark${row.locked ? " locked" : ""}`, index + 1, 26, "siting-sites").addTo(layers.sites);
      marks.set(row.site, one);
    });
    here = told.here;
    const asked = document.activeElement && document.activeElement.id === "siting-go";
    if (asked && told.sites.length && window.matchMedia("(max-width: 760px)").matches) byId("list").scrollIntoView();
    byId("siting-here").hidden = !here;
    pick(false);
    document.documentElement.dataset.sited = String(Number(document.documentElement.dataset.sited || 0) + 1);
  }

  function pick(on) {
    picking = on;
    byId("siting-here").setAttribute("aria-pressed", String(on));
    map.getContainer().classList.toggle("is-drawing", on);
    notice(on ? byId("siting-here").dataset.words : "");
  }

  function lock({ lng, lat }) {
    const url = new URL(here, window.location.href);
    url.searchParams.set("at", `${lng.toFixed(6)},${lat.toFixed(6)}`);
    pick(false);
    follow(url.toString());
  }

  // the server sends on to the question with the place in it: that is the address to keep
  async function follow(url) {
    const answer = await fetch(url, { credentials: "same-origin", redirect: "follow" });
    visit(answer.redirected ? answer.url : url);
  }

  async function bring(form) {
    const [button, refusal] = [byId("premises-go"), byId("premises-refusal")];
    button.disabled = true;
    refusal.hidden = true;
    try {
      const answer = await fetch(form.action, { method: "POST", body: new FormData(form), credentials: "same-origin" });
      const told = await answer.json();
      if (answer.status === 201) {
        visit(told.next);
        return;
      }
      refusal.textContent = told.message;
      refusal.hidden = false;
    } catch {
      notice(word("offline"));
    } finally {
      button.disabled = false;
    }
  }

  function go(button) {
    const [x, y] = button.closest("[data-at]").dataset.at.split(",").map(Number);
    map.setView([y, x], Math.max(map.getZoom(), 16));
    heat(button.closest("[data-code]").dataset.code);
  }

  function listen() {
    document.addEventListener("submit", (event) => {
      if (event.target.id === "premises-form") {
        event.preventDefault();
        bring(event.target);
      } else if (event.target.id === "siting-plan") {
        notice(byId("siting-keep").dataset.busy);
        byId("siting-keep").disabled = true;
      }
    });
    document.addEventListener("click", ({ target }) => {
      const button = target.closest("[data-go]");
      if (button) go(button);
    });
    for (const on of ["mouseover", "focusin"]) {
      byId("list").addEventListener(on, ({ target }) => heat(target.closest("[data-code]")?.dataset.code));
    }
    byId("siting-here").addEventListener("click", () => pick(!picking));
    L.DomEvent.disableClickPropagation(byId("siting-tools"));
    document.addEventListener("keydown", ({ key }) => key === "Escape" && picking && pick(false));
    map.on("click", ({ latlng }) => picking && lock(latlng));
    document.addEventListener("gridgov:view", show);
  }

  document.addEventListener("gridgov:started", ({ detail }) => {
    map = detail;
    for (const [name, order] of Object.entries(ORDER)) {
      map.createPane(`siting-${name}`).style.zIndex = String(order);
      layers[name] = L.layerGroup().addTo(map);
    }
    listen();
    show();
  });
})();

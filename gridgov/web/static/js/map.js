// The map's shell: shows what the page's view asks for. Folium's script names the layers; their data come from our own
// addresses, large ones as tiles on the sheet, small ones whole.
"use strict";

(() => {
  const { visit, ask, view: readView, word, notice, wire, paint, pick, figures, drawn, address, basemap, controls, printing } = window.gridgov;
  const GROUPS = { street: "borders", community: "borders", compound: "places", coverage: "places" };
  const UNHELD = ["ground", "grids", "cells"];
  const SETTLE = 60;
  const layers = new Map();
  const loaded = new Map();
  let map = null;
  let box = null;
  let view = null;
  let sheet = null;
  let overlay = null;
  let opacities = {};
  let fitted = "";
  let asking = ""; // the form that the next click on the map is sent by
  let loading = 0;
  let tooltip = null;
  let rasters = [];

  const group = ({ key, kind }) => GROUPS[kind] || key;

  function fetched(url) {
    if (!loaded.has(url)) {
      const answer = wire.get(url, (response) => response.json());
      answer.catch(() => loaded.delete(url));
      loaded.set(url, answer);
    }
    return loaded.get(url);
  }

  // --- clicks, pointing, and the list as the map's twin ----------------------------------------------------------

  const pointed = (latlng, event) => pick.at({ map, sheet, overlay, kinds: view.picks || [] }, latlng, event && event.pointerType);

  function choose(event, code) {
    L.DomEvent.stop(event);
    if (asking || view.asks === "always") here(event.latlng);
    else select(code);
  }

  // where there is no page about each place, its row in the list is shown: what was typed and ticked stays
  function reveal(code) {
    const row = [...document.querySelectorAll("#list [data-code]")].find((one) => one.dataset.code === code);
    if (!row) return;
    row.scrollIntoView({ block: "nearest" });
    heat([code]);
    const stop = row.querySelector("input, a, button");
    if (stop) stop.focus({ preventScroll: true });
  }

  function select(code) {
    if (!view.selects) {
      reveal(code);
      return;
    }
    const url = new URL(window.location.href);
    url.pathname = view.path;
    url.hash = "";
    for (const name of view.drops || []) url.searchParams.delete(name);
    url.searchParams.set(view.selects, code);
    visit(url.toString());
  }

  // a page that starts from any place of the map keeps it in its address
  function start(place) {
    const url = new URL(window.location.href);
    url.hash = "";
    url.searchParams.set(view.starts, place);
    visit(url.toString());
  }

  function clicked({ latlng, originalEvent }) {
    if (asking || view.asks === "always") {
      here(latlng);
      return;
    }
    const found = pointed(latlng, originalEvent);
    figures.line(found && !figures.beside() ? figures.told(found, view.words) : "");
    if (found && figures.chosen(found, view)) select(found.code);
  }

  function here({ lng, lat }) {
    const form = asking;
    asking = "";
    document.querySelectorAll("[data-ask-map]").forEach((button) => button.setAttribute("aria-pressed", "false"));
    map.getContainer().classList.remove("is-asking");
    if (view.starts) start(`${lng.toFixed(5)},${lat.toFixed(5)}`);
    else ask(lng, lat, form);
  }

  let moving = 0;
  function hovered({ latlng, originalEvent }) {
    window.cancelAnimationFrame(moving);
    moving = window.requestAnimationFrame(() => {
      const beside = originalEvent.target.closest("[data-still], .leaflet-control");
      point(view && !beside ? pointed(latlng, originalEvent) : null, latlng);
    });
  }

  function point(found, latlng) {
    map.getContainer().classList.toggle("is-pointing", Boolean(found && figures.chosen(found, view)));
    const told = found && figures.told(found, view.words);
    if (told && figures.beside()) tooltip.setLatLng(latlng).setContent(drawn.text(told)).addTo(map);
    else tooltip.remove();
    heat(found && found.code ? [found.code] : []);
  }

  let hot = "";
  function heat(codes) {
    if (codes.join(" ") === hot) return;
    hot = codes.join(" ");
    overlay.hot(codes);
    document.querySelectorAll("[data-code]").forEach((row) => row.classList.toggle("is-hot", codes.includes(row.dataset.code)));
  }

  function mark(code, on) {
    heat(on ? [code] : []);
    for (const { shape } of layers.values()) {
      if (!shape) continue;
      shape.eachLayer((one) => {
        const meant = one.gridgovCode === code || (one.gridgovRows || []).includes(code);
        const element = meant && one.getElement && one.getElement();
        if (element) element.classList.toggle("is-hot", on);
      });
    }
  }

  for (const [on, warm] of [["mouseover", true], ["mouseout", false], ["focusin", true], ["focusout", false]]) {
    document.addEventListener(on, (event) => {
      const row = event.target.closest && event.target.closest("[data-code]");
      if (row && map) mark(row.dataset.code, warm);
    });
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-ask-map]");
    if (!button) return;
    asking = asking ? "" : button.dataset.askMap || "ask-here";
    button.setAttribute("aria-pressed", String(Boolean(asking)));
    map.getContainer().classList.toggle("is-asking", Boolean(asking));
    notice(asking ? word("clickmap") : "");
  });

  // --- showing a view ----------------------------------------------------------------------------------------------

  async function draw(layer, first) {
    const wanted = view.layers[layer.key];
    if (!wanted || wanted.tiles) {
      clear(layer);
      return;
    }
    const stamp = `${JSON.stringify(wanted)} ${view.colour} ${view.focus}`;
    if (layer.stamp === stamp) return;
    layer.stamp = stamp;
    try {
      const data = typeof wanted === "string" ? await fetched(wanted) : wanted;
      if (layer.stamp !== stamp) return;
      if (layer.shape) layer.shape.remove();
      layer.shape = drawn.shape(layer.kind, data, view, choose).addTo(map);
      if (layer.kind === "way" && data.features.length && !(first && address.read().at)) {
        map.fitBounds(layer.shape.getBounds(), { padding: [60, 60], maxZoom: 17, animate: false });
      }
    } catch (problem) {
      if (layer.stamp === stamp) layer.stamp = "";
      throw problem;
    }
  }

  function clear(layer) {
    if (layer.shape) layer.shape.remove();
    layer.shape = null;
    layer.stamp = "";
  }

  const bounds = ([west, south, east, north]) => L.latLngBounds([[south, west], [north, east]]);

  // how much of the map's left an open legend covers, where there is room beside it
  function covered() {
    const legend = document.querySelector("details.legend[open]");
    const width = legend ? legend.offsetLeft + legend.offsetWidth : 0;
    return map.getSize().x > 3 * width ? width : 0;
  }

  // where to look: what a link or Back says where it lies in the reader's area, else what the view is about
  function look(told) {
    const fit = JSON.stringify(view.fit);
    if (told) {
      map.setView(told.center, told.zoom, { animate: false });
      if (!view.within || map.getBounds().intersects(bounds(view.within))) {
        fitted = fit;
        return;
      }
      fitted = "";
    }
    if (!view.fit || fit === fitted) return;
    fitted = fit;
    map.fitBounds(bounds(view.fit), { paddingTopLeft: [24 + covered(), 24], paddingBottomRight: [24, 24], maxZoom: 18, animate: false });
  }

  function tiled() {
    return [...layers.values()].filter(({ key }) => (view.layers[key] || {}).tiles).map((layer) => {
      const { tiles, from = 0, to = 22 } = view.layers[layer.key];
      return { key: layer.key, kind: layer.kind, group: group(layer), tiles, from, to };
    });
  }

  // what isn't shown, and nobody points at, isn't asked for
  const seen = (one) => !UNHELD.includes(one.group) || (opacities[one.group] ?? 1) > 0;

  async function show({ first = false } = {}) {
    const before = view;
    view = readView();
    if (!view) return;
    map.invalidateSize({ animate: false, pan: false });
    look(first || address.went() ? address.read().at : null);
    const sources = tiled();
    sheet.sources(sources.filter(seen));
    if (!before || before.layers.coverage?.tiles !== view.layers.coverage?.tiles) figures.reach(map, view);
    if (before && before.colour !== view.colour) sheet.repaint();
    overlay.redraw();
    const panel = box.querySelector("[data-layers]");
    const groups = [...sources.map((one) => one.group), ...Object.keys(view.layers).filter((key) => !view.layers[key].tiles)];
    if (panel) controls.rows(panel, new Set([...groups, "names", ...(view.basemap ? ["basemap"] : [])]));
    loading += 1;
    busy();
    const done = await Promise.allSettled([...layers.values()].map((layer) => draw(layer, first)));
    loading -= 1;
    veil();
    if (done.some(({ status }) => status === "rejected")) notice(word("offline"));
    address.write(map, opacities);
    rest();
  }

  const busy = () => box.setAttribute("aria-busy", "true");

  let resting = 0;
  function rest() {
    window.clearTimeout(resting);
    resting = window.setTimeout(() => {
      if (loading || sheet.busy()) return;
      box.setAttribute("aria-busy", "false");
      overlay.once("drawn", () => {
        document.documentElement.dataset.drawn = String(Number(document.documentElement.dataset.drawn || 0) + 1);
      });
      overlay.redraw();
    }, SETTLE);
  }

  // --- opacity -----------------------------------------------------------------------------------------------------

  function veil() {
    for (const layer of layers.values()) {
      const opacity = opacities[group(layer)] ?? 1;
      if (layer.shape) layer.shape.eachLayer((one) => one.getElement && one.getElement() && one.getElement().setAttribute("opacity", opacity));
    }
  }

  function opaque(name, opacity) {
    opacities = { ...opacities, [name]: opacity };
    sheet.sources(tiled().filter(seen));
    sheet.opacities(opacities);
    overlay.opacities(opacities);
    veil();
    rasters.forEach((one) => one.setOpacity(opacities.basemap ?? 1));
    address.write(map, opacities);
  }

  function restyle() {
    paint.renew();
    sheet.repaint();
    overlay.redraw();
  }

  // --- start -------------------------------------------------------------------------------------------------------

  function listen() {
    map.on("click", clicked);
    map.on("contextmenu", ({ latlng }) => (view.asks === "never" ? undefined : here(latlng)));
    map.on("moveend", () => address.write(map, opacities));
    map.on("zoomend", () => figures.reach(map, view));
    if (window.matchMedia("(hover: hover)").matches) {
      map.on("mousemove", hovered);
      map.on("mouseout", () => point(null));
    }
    sheet.on("settled", ({ busy: still }) => (still ? busy() : rest()));
    sheet.on("painted", () => overlay.redraw());
    document.addEventListener("gridgov:view", () => show());
    document.addEventListener("gridgov:back", () => {
      sheet.retry();
      show();
    });
    document.addEventListener("gridgov:resize", () => map.invalidateSize({ animate: false }));
    document.addEventListener("gridgov:restyle", restyle);
    document.fonts.addEventListener("loadingdone", () => overlay.redraw());
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", restyle);
  }

  window.gridgov.layer = (_map, key, kind) => layers.set(key, { key, kind, shape: null, stamp: "" });

  window.gridgov.start = (started) => {
    map = started;
    box = map.getContainer().closest(".mapbox");
    map.attributionControl && map.attributionControl.remove();
    map.createPane("raster").style.zIndex = "200";
    ["sheet", "areas", "overlay", "symbols"].forEach((name, order) => {
      map.createPane(name).style.zIndex = String(400 + order * 10);
    });
    map.getPane("overlay").style.pointerEvents = "none";
    sheet = new L.GridgovSheet(() => view);
    overlay = new L.GridgovOverlay(sheet, () => view);
    tooltip = L.tooltip({ direction: "top", offset: [0, -10], interactive: false });
    view = readView();
    // a provider's map takes the place of our own ground, which stays at hand in the panel
    opacities = { ...(view.basemap ? { ground: 0 } : {}), ...address.read().layers };
    look(address.read().at);
    rasters = view.basemap ? basemap.layers(view.basemap) : [];
    rasters.forEach((one) => one.setOpacity(opacities.basemap ?? 1).addTo(map));
    sheet.opacities(opacities);
    sheet.addTo(map);
    overlay.opacities(opacities);
    overlay.addTo(map);
    controls.start(map, box);
    printing.start(map, box);
    const panel = box.querySelector("[data-layers]");
    if (panel) {
      controls.layers(panel, opaque);
      controls.tell(panel, opacities);
    }
    listen();
    window.gridgov.shown = { map, sheet, overlay };
    document.dispatchEvent(new CustomEvent("gridgov:started", { detail: map }));
    show({ first: true });
  };
})();

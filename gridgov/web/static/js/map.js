// Draws what the page's view asks for. Folium's script names the layers; their data come from our own addresses.
"use strict";

(() => {
  const { visit, ask, view: readView, word, notice } = window.gridgov;
  const HOVER = window.matchMedia("(hover: hover)").matches;
  const LEVELS = ["street", "community", "compound", "building"];
  const layers = new Map();
  const loaded = new Map();
  let map = null;
  let view = null;
  let fitted = "";
  let asking = false;

  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  function fetched(url) {
    if (!loaded.has(url)) {
      const answer = fetch(url, { credentials: "same-origin" }).then((response) => {
        if (!response.ok) throw new Error(String(response.status));
        return response.json();
      });
      answer.catch(() => loaded.delete(url));
      loaded.set(url, answer);
    }
    return loaded.get(url);
  }

  // a tooltip's focus listeners would make every path a stop of the Tab key; the list says the same in order
  L.Layer.include({ _addFocusListeners() {} });

  // --- how each kind of layer is drawn -------------------------------------------------------------------------

  const WIDTHS = { arterial: 7, street: 3.2, lane: 2.5, path: 1.25 };

  function network(data) {
    const canvas = L.canvas({ pane: "base", padding: 0.3 });
    const group = L.layerGroup();
    const zoomed = () => 2 ** Math.max(-2.5, Math.min(1.2, map.getZoom() - 16));
    const lines = [];
    for (const casing of [true, false]) {
      for (const kind of ["path", "lane", "street", "arterial"]) {
        const feature = data.features.find((one) => one.properties.kind === kind);
        if (!feature || (casing && kind === "path")) continue;
        const line = L.polyline(L.GeoJSON.coordsToLatLngs(feature.geometry.coordinates, 1), {
          renderer: canvas, pane: "base", interactive: false, smoothFactor: 0.6, lineCap: "round",
        });
        lines.push({ line, kind, casing });
        group.addLayer(line);
      }
    }
    const restyle = () => {
      for (const { line, kind, casing } of lines) {
        const width = Math.max(0.5, WIDTHS[kind] * zoomed());
        const tone = casing ? "--road-casing" : kind === "path" ? "--path" : "--road";
        line.setStyle({ weight: casing ? width + 1.5 : width, color: token(tone), opacity: 1 });
      }
    };
    restyle();
    group.on("add", () => map.on("zoomend", restyle)).on("remove", () => map.off("zoomend", restyle));
    group.restyle = restyle;
    return group;
  }

  function shareClass(share) {
    if (share === null || share === undefined) return "share-unknown";
    return `share-${Math.min(5, Math.floor(share * 5) + 1)}`;
  }

  function areaClass({ level, branch, share, code }) {
    const names = ["area", `level-${level}`];
    if (view.colour === "branch" && branch !== undefined) names.push(branch ? "branch-yes" : "branch-no");
    if (view.colour === "share") names.push(shareClass(share));
    if (code && code === view.focus) names.push("is-chosen");
    return names.join(" ");
  }

  function areas(data) {
    const group = L.geoJSON(data, {
      pane: "areas",
      style: ({ properties }) => ({ className: areaClass(properties) }),
      pointToLayer: ({ properties }, latlng) => new L.GridgovSymbol(latlng, {
        pane: "areas", radius: 5, shape: "facility", className: areaClass(properties),
      }),
      onEachFeature: ({ properties }, layer) => {
        layer.gridgovCode = properties.code;
        layer.on("click", (event) => choose(event, properties.code));
        label(layer, properties);
      },
    });
    group.on("add", names).on("remove", () => document.dispatchEvent(new CustomEvent("gridgov:names")));
    return group;
  }

  function label(layer, { name, level, told }) {
    if (!name) return;
    if (level === "building" || (level === "compound" && !told)) {
      if (HOVER) layer.bindTooltip(text(told ? `${name} · ${told}` : name), { sticky: true });
      return;
    }
    layer.bindTooltip(text(name), { permanent: true, direction: "center", className: `name level-${level}`, interactive: false });
    layer.gridgovName = { level, size: () => map.project(layer.getBounds().getNorthEast()).subtract(map.project(layer.getBounds().getSouthWest())) };
  }

  // names come from data: they are only ever text, never markup
  function text(content) {
    const held = document.createElement("span");
    held.textContent = content;
    return held;
  }

  // a name is shown where its area has room for it, and where no other name stands
  function names() {
    const areaLayer = layers.get("areas");
    if (!areaLayer || !areaLayer.drawn) return;
    const taken = [];
    areaLayer.drawn.eachLayer((one) => {
      if (!one.gridgovName || !one.getTooltip()) return;
      const room = one.gridgovName.size();
      const needed = one.getTooltip().getContent().textContent.length * (one.gridgovName.level === "street" ? 17 : 13);
      const { x, y } = map.project(one.getCenter());
      const box = [x - needed / 2, y - 11, x + needed / 2, y + 11];
      const free = !taken.some((other) => box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1]);
      if (room.x > needed * 0.8 && -room.y > 16 && free) {
        taken.push(box);
        one.openTooltip();
      } else {
        one.closeTooltip();
      }
    });
  }

  function ground(data) {
    const of = (level) => data.features.filter(({ properties }) => properties.level === level);
    const widest = { ...data, features: of("street").length ? of("street") : of("community") };
    return L.geoJSON(widest, { pane: "ground", interactive: false, style: () => ({ className: "ground" }) });
  }

  function land(data) {
    return L.geoJSON(data, {
      pane: "land", interactive: false, style: ({ properties }) => ({ className: `land ${properties.kind}` }),
      onEachFeature: ({ properties }, layer) => {
        if (properties.name && properties.kind !== "green") {
          layer.bindTooltip(text(properties.name), { permanent: true, direction: "center", className: `name land-name ${properties.kind}` });
        }
      },
    });
  }

  // compounds as quiet ground below larger areas: coloured, but not to be clicked
  function fabric(data) {
    return L.geoJSON(data, {
      pane: "fabric", interactive: false,
      style: ({ properties }) => ({ className: `${areaClass({ ...properties, code: null })} fabric` }),
      pointToLayer: () => L.layerGroup(),
    });
  }

  function outlines(data) {
    return L.geoJSON(data, {
      pane: "outlines", interactive: false,
      style: ({ properties }) => ({ className: `area outline level-${properties.level}`, fill: false }),
    });
  }

  function grids(data) {
    return L.geoJSON(data, { pane: "outlines", interactive: false, style: () => ({ className: "grid" }) });
  }

  function symbols(data) {
    return L.geoJSON(data, {
      pane: "symbols",
      pointToLayer: ({ properties }, latlng) => new L.GridgovSymbol(latlng, {
        pane: "symbols", radius: properties.size || 6, shape: properties.symbol,
        className: ["symbol", properties.symbol, properties.more || "", properties.code && properties.code === view.focus ? "is-chosen" : ""].filter(Boolean).join(" "),
      }),
      onEachFeature: ({ properties }, layer) => {
        layer.gridgovCode = properties.code;
        layer.gridgovRows = properties.rows;
        if (HOVER && properties.told) layer.bindTooltip(text(properties.told), { direction: "top", offset: [0, -6] });
        if (properties.code) layer.on("click", (event) => choose(event, properties.code));
      },
    });
  }

  function position({ features }) {
    return L.geoJSON(features, {
      interactive: false,
      pointToLayer: (_feature, latlng) => new L.GridgovSymbol(latlng, { pane: "symbols", radius: 9, shape: "place", className: "symbol place" }),
    });
  }

  // what an import brings: its outcome by colour, and by the line's pattern or the point's shape
  const BROUGHT = { new: "held", changed: "warning", rejected: "error", ended: "data", unchanged: "info" };

  function brought(data) {
    return L.geoJSON(data, {
      pane: "areas",
      style: ({ properties, geometry }) => ({
        className: `brought ${properties.outcome}${geometry.type.endsWith("LineString") ? " line" : ""}`,
      }),
      pointToLayer: ({ properties }, latlng) => new L.GridgovSymbol(latlng, {
        pane: "symbols", radius: 6, shape: BROUGHT[properties.outcome], className: `symbol brought ${properties.outcome}`,
      }),
      onEachFeature: ({ properties }, layer) => {
        if (properties.told) layer.bindTooltip(text(properties.told), { sticky: true });
      },
    });
  }

  const KINDS = { brought, ground, land, network, fabric, areas, outlines, grids, symbols, position };

  // --- clicks, and the list as the map's twin ------------------------------------------------------------------

  function choose(event, code) {
    L.DomEvent.stop(event);
    if (asking || view.asks === "always") {
      here(event.latlng);
      return;
    }
    const url = new URL(window.location.href);
    url.pathname = view.path;
    for (const name of view.drops || []) url.searchParams.delete(name);
    url.searchParams.set(view.selects, code);
    visit(url.toString());
  }

  function here({ lng, lat }) {
    asking = false;
    document.querySelectorAll("[data-ask-map]").forEach((button) => button.setAttribute("aria-pressed", "false"));
    map.getContainer().classList.remove("is-asking");
    ask(lng, lat);
  }

  function mark(code, hot) {
    for (const { drawn } of layers.values()) {
      if (!drawn || !drawn.eachLayer) continue;
      drawn.eachLayer((one) => {
        const meant = one.gridgovCode === code || (one.gridgovRows || []).includes(code);
        const element = meant && one.getElement && one.getElement();
        if (element) element.classList.toggle("is-hot", hot);
      });
    }
  }

  for (const [on, hot] of [["mouseover", true], ["mouseout", false], ["focusin", true], ["focusout", false]]) {
    document.addEventListener(on, (event) => {
      const row = event.target.closest && event.target.closest("[data-code]");
      if (row) mark(row.dataset.code, hot);
    });
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-ask-map]");
    if (!button) return;
    asking = !asking;
    button.setAttribute("aria-pressed", String(asking));
    map.getContainer().classList.toggle("is-asking", asking);
    notice(asking ? word("clickmap") : "");
  });

  // --- showing a view ------------------------------------------------------------------------------------------

  async function draw(layer) {
    const wanted = view.layers[layer.key];
    const stamp = `${JSON.stringify(wanted)} ${layer.kind !== "network" ? `${view.colour} ${view.focus}` : ""}`;
    if (!wanted || layer.stamp === stamp) {
      if (!wanted) clear(layer);
      return;
    }
    layer.stamp = stamp;
    const data = typeof wanted === "string" ? await fetched(wanted) : wanted;
    if (layer.stamp !== stamp) return;
    clear(layer);
    layer.stamp = stamp;
    layer.drawn = KINDS[layer.kind](data).addTo(map);
    if (layer.kind === "areas") names();
  }

  function clear(layer) {
    if (layer.drawn) layer.drawn.remove();
    layer.drawn = null;
    layer.stamp = "";
  }

  function fit() {
    const wanted = JSON.stringify(view.fit);
    if (!view.fit || wanted === fitted) return;
    fitted = wanted;
    const [west, south, east, north] = view.fit;
    map.fitBounds([[south, west], [north, east]], { padding: [24, 24], maxZoom: 18, animate: false });
  }

  async function show() {
    view = readView();
    if (!view) return;
    map.invalidateSize({ animate: false, pan: false });
    fit();
    const box = document.querySelector(".mapbox");
    box.setAttribute("aria-busy", "true");
    const done = await Promise.allSettled([...layers.values()].map(draw));
    box.setAttribute("aria-busy", "false");
    if (done.some(({ status }) => status === "rejected")) notice(word("offline"));
    document.documentElement.dataset.drawn = String(Number(document.documentElement.dataset.drawn || 0) + 1);
  }

  window.gridgov.layer = (_map, key, kind) => layers.set(key, { key, kind, drawn: null, stamp: "" });

  window.gridgov.start = (started) => {
    map = started;
    map.attributionControl && map.attributionControl.remove();
    ["ground", "land", "fabric", "base", "areas", "outlines", "symbols"].forEach((name, order) => {
      map.createPane(name).style.zIndex = String(400 + order * 10);
    });
    map.getPane("outlines").style.pointerEvents = "none";
    map.on("zoomend", names);
    map.on("click", ({ latlng }) => (asking || view.asks === "always" ? here(latlng) : undefined));
    map.on("contextmenu", ({ latlng }) => (view.asks === "never" ? undefined : here(latlng)));
    document.addEventListener("gridgov:view", show);
    document.addEventListener("gridgov:resize", () => map.invalidateSize({ animate: false }));
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      for (const { drawn } of layers.values()) if (drawn && drawn.restyle) drawn.restyle();
    });
    window.addEventListener("beforeprint", () => map.invalidateSize({ animate: false }));
    document.dispatchEvent(new CustomEvent("gridgov:started", { detail: map }));
    show();
  };
})();

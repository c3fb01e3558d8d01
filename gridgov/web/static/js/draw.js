// Drawing on the editing page: points, lines and areas that catch on what lies beside them. The form's text field is
// what counts; the map writes into it and shows what is typed there.
"use strict";

(() => {
  const { view: readView, shapes, notice, word } = window.gridgov;
  const SNAP = { snappable: true, snapDistance: 12, snapMiddle: false, snapSegment: true };
  const NAMES = { Polygon: "polygon", Marker: "marker", Line: "line" };
  const NEAR_ZOOM = 14;
  const FAR_ZOOM = 10;
  let map = null;
  let ask = null;
  let text = null;
  let before = "";
  let drawn = null;
  let beside = null;
  let asked = "";

  L.PM.setOptIn(true);

  // --- what is drawn, and its text -----------------------------------------------------------------------------

  const pointIcon = () => L.divIcon({ className: "drawn-point", iconSize: [22, 22], iconAnchor: [11, 11] });

  function layerOf(geometry) {
    const style = { pane: "drawn", className: "drawn", pmIgnore: false };
    if (geometry.type === "Point") {
      const [lng, lat] = geometry.coordinates;
      return L.marker([lat, lng], { icon: pointIcon(), pane: "drawn", pmIgnore: false, keyboard: false });
    }
    const depth = { LineString: 0, Polygon: 1, MultiPolygon: 2 }[geometry.type];
    if (depth === undefined) return null;
    const latlngs = L.GeoJSON.coordsToLatLngs(geometry.coordinates, depth);
    return depth ? L.polygon(latlngs, style) : L.polyline(latlngs, { ...style, fill: false });
  }

  function keep(layer) {
    if (drawn && drawn !== layer) drawn.remove();
    drawn = layer;
    if (!layer) return;
    if (!map.hasLayer(layer)) layer.addTo(map);
    layer.on("pm:edit pm:markerdragend pm:dragend pm:vertexremoved pm:vertexadded", () => tell());
  }

  function tell() {
    text.value = drawn ? shapes.write(drawn) : "";
    text.dispatchEvent(new Event("change", { bubbles: true }));
    document.documentElement.dataset.told = String(Number(document.documentElement.dataset.told || 0) + 1);
  }

  function showText() {
    const geometry = shapes.read(text.value, ask.mode === "line" ? "line" : "area");
    stop();
    let layer = null;
    try {
      layer = geometry && layerOf(geometry);
    } catch {
      layer = null;
    }
    keep(layer);
  }

  // --- tools ---------------------------------------------------------------------------------------------------

  const words = () => document.getElementById("draw-words").dataset;

  function say(name) {
    const note = document.getElementById("drawnote");
    note.textContent = (name && words()[name]) || "";
    note.hidden = !note.textContent;
  }

  function press(button) {
    document.querySelectorAll("#drawbar [aria-pressed]").forEach((one) => one.setAttribute("aria-pressed", String(one === button)));
    document.querySelectorAll("#drawbar [data-edit], #drawbar [data-drag], #drawbar [data-reset]").forEach((one) => {
      one.disabled = "reset" in one.dataset ? !before : !drawn;
    });
  }

  function stop() {
    map.pm.disableDraw();
    if (drawn && drawn.pm) {
      drawn.pm.disable();
      drawn.pm.disableLayerDrag();
    }
    say("");
    press(null);
  }

  function draw(button) {
    const shape = button.dataset.draw;
    stop();
    map.pm.enableDraw(shape, {
      ...SNAP, continueDrawing: false, tooltips: false, finishOn: null,
      markerStyle: { icon: pointIcon(), pane: "drawn", pmIgnore: false, keyboard: false },
      pathOptions: { className: "drawn", pmIgnore: false, fill: shape === "Polygon" },
      templineStyle: { className: "drawn templine" }, hintlineStyle: { className: "drawn hintline" },
    });
    say(NAMES[shape]);
    press(button);
  }

  function edit(button) {
    stop();
    if (!drawn) return;
    drawn.pm.enable({ ...SNAP, allowSelfIntersection: false, draggable: true });
    say(drawn.getLatLng ? "drag" : "edit");
    press(button);
  }

  function drag(button) {
    stop();
    if (!drawn) return;
    if (drawn.getLatLng) drawn.pm.enable({ ...SNAP, draggable: true });
    else drawn.pm.enableLayerDrag();
    say("drag");
    press(button);
  }

  function tools() {
    const bar = document.getElementById("drawbar");
    if (!bar || ask.mode === "choose") return;
    bar.hidden = !bar.querySelector("button");
    L.DomEvent.disableClickPropagation(bar);
    bar.addEventListener("click", ({ target }) => {
      const button = target.closest("button");
      if (!button) return;
      if (button.getAttribute("aria-pressed") === "true") stop();
      else if (button.dataset.draw) draw(button);
      else if ("edit" in button.dataset) edit(button);
      else if ("drag" in button.dataset) drag(button);
      else if ("reset" in button.dataset) {
        text.value = before;
        showText();
      }
    });
    document.addEventListener("keydown", ({ key }) => key === "Escape" && stop());
    map.on("pm:create", ({ layer }) => {
      layer.remove();
      keep(layerOf(shapes.read(shapes.write(layer), ask.mode === "line" ? "line" : "area")));
      tell();
      stop();
    });
    press(null);
  }

  // --- what a drawing catches on, and what is joined by a click ---------------------------------------------------

  const isOwn = ({ kind, identity }) => kind === ask.kind && identity === ask.identity;
  const joins = ({ kind, level }) => ask.mode === "choose" && kind === ask.kind && level === ask.level;
  const box = (identity) => document.querySelector(`input[name=others][value="${identity}"]`);

  function besideClass({ properties, geometry }) {
    const names = ["beside", `beside-${properties.level || properties.kind}`];
    if (geometry.type === "Point") names.push("spot");
    if (isOwn(properties)) names.push("own");
    const input = joins(properties) && box(properties.identity);
    if (input) names.push(input.checked || input.type === "hidden" ? "is-joined" : "may-join");
    return names.join(" ");
  }

  function showBeside(data) {
    const features = data.features.filter(({ properties }) => ask.mode !== "shape" || !isOwn(properties));
    const layer = L.geoJSON({ ...data, features }, {
      pane: "beside", interactive: false, pmIgnore: false,
      style: (feature) => ({ className: besideClass(feature), pmIgnore: false, interactive: joins(feature.properties) }),
      pointToLayer: ({ properties }, latlng) => L.circleMarker(latlng, {
        pane: "beside", radius: 4, pmIgnore: false, interactive: false,
      }),
      onEachFeature: ({ properties }, one) => {
        const input = joins(properties) && box(properties.identity);
        if (input && input.type === "checkbox") one.on("click", () => input.click());
        one.gridgovIdentity = properties.identity;
      },
    });
    if (beside) beside.remove();
    beside = layer.addTo(map);
    beside.eachLayer((one) => one.pm && one.pm.setOptions({ ...SNAP }));
    document.documentElement.dataset.beside = String(Number(document.documentElement.dataset.beside || 0) + 1);
  }

  async function lookAround() {
    if (map.getZoom() < (ask.mode === "choose" ? FAR_ZOOM : NEAR_ZOOM)) return;
    const bounds = map.getBounds().pad(0.2).toBBoxString();
    if (bounds === asked) return;
    asked = bounds;
    const url = new URL(ask.neighbours, window.location.href);
    url.searchParams.set("bounds", bounds);
    try {
      const response = await fetch(url, { credentials: "same-origin" });
      if (!response.ok) throw new Error(String(response.status));
      const data = await response.json();
      if (asked === bounds) showBeside(data);
    } catch {
      notice(word("offline"));
    }
  }

  function joining() {
    document.addEventListener("change", ({ target }) => {
      if (target.name !== "others" || !beside) return;
      beside.eachLayer((one) => {
        const element = String(one.gridgovIdentity) === target.value && one.getElement();
        if (element) element.classList.toggle("is-joined", target.checked);
        if (element) element.classList.toggle("may-join", !target.checked);
      });
    });
  }

  // --- the parts of a division -----------------------------------------------------------------------------------

  function pieces() {
    document.querySelectorAll("[data-piece-shape]").forEach((input) => {
      const geometry = shapes.read(input.value, "area");
      if (!geometry) return;
      const number = input.dataset.pieceShape;
      const layer = L.geoJSON(geometry, { pane: "pieces", interactive: false, style: () => ({ className: `piece piece-${number}` }) });
      const label = document.createElement("span");
      label.textContent = number;
      layer.eachLayer((one) => one.bindTooltip(label, { permanent: true, direction: "center", className: "piece-number", interactive: false }));
      layer.addTo(map);
    });
  }

  document.addEventListener("gridgov:started", ({ detail }) => {
    map = detail;
    ask = readView().draw;
    map.options.pmIgnore = false;
    L.PM.reInitLayer(map);
    [["beside", 455], ["pieces", 458], ["drawn", 470]].forEach(([name, order]) => {
      map.createPane(name).style.zIndex = String(order);
    });
    map.pm.setGlobalOptions({ ...SNAP, panes: { vertexPane: "markerPane", layerPane: "drawn", markerPane: "drawn" } });
    text = document.querySelector("textarea[data-shape]");
    pieces();
    if (text) {
      before = text.dataset.before ?? text.value;
      showText();
      text.addEventListener("input", showText);
    }
    tools();
    joining();
    map.on("moveend", lookAround);
    lookAround();
  });
})();

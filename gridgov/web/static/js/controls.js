// The map's own buttons: zoom, where I am, layers with their opacity, full screen, print.
"use strict";

window.gridgov.controls = (() => {
  const { notice, word } = window.gridgov;
  const { GridgovSymbol } = L;
  let here = null;

  const button = (box, name, work) => box.querySelectorAll(`[data-map="${name}"]`).forEach((one) => one.addEventListener("click", () => work(one)));

  // the device's position is shown, and goes nowhere
  function locate(map) {
    if (!navigator.geolocation) {
      notice(word("noposition"));
      return;
    }
    navigator.geolocation.getCurrentPosition(({ coords }) => {
      const latlng = [coords.latitude, coords.longitude];
      if (here) here.remove();
      here = L.layerGroup([
        L.circle(latlng, { radius: coords.accuracy, pane: "areas", className: "own-reach", interactive: false }),
        new GridgovSymbol(latlng, { pane: "symbols", radius: 8, shape: "no_facility", className: "symbol own", interactive: false }),
      ]).addTo(map);
      map.setView(latlng, Math.max(map.getZoom(), 16), { animate: false });
    }, () => notice(word("noposition")), { enableHighAccuracy: true, timeout: 10000 });
  }

  function full(box) {
    if (document.fullscreenElement) document.exitFullscreen();
    else box.requestFullscreen();
  }

  // rows that this view has no layer for are not there
  function rows(panel, groups) {
    panel.querySelectorAll("[data-layer]").forEach((row) => {
      row.hidden = !groups.has(row.dataset.layer);
    });
  }

  function tell(panel, opacities) {
    panel.querySelectorAll("[data-layer]").forEach((row) => {
      const opacity = opacities[row.dataset.layer] ?? 1;
      const [shown, range] = row.querySelectorAll("input");
      shown.checked = opacity > 0;
      if (opacity > 0) range.value = Math.round(opacity * 100);
      range.disabled = opacity <= 0;
    });
  }

  // `changed` is called with a layer's name and its opacity
  function layers(panel, changed) {
    panel.addEventListener("input", ({ target }) => {
      const row = target.closest("[data-layer]");
      const [shown, range] = row.querySelectorAll("input");
      if (target === range) shown.checked = true;
      range.disabled = !shown.checked;
      changed(row.dataset.layer, shown.checked ? Number(range.value) / 100 : 0);
    });
  }

  function start(map, box) {
    button(box, "in", () => map.zoomIn(1, { animate: false }));
    button(box, "out", () => map.zoomOut(1, { animate: false }));
    button(box, "locate", () => locate(map));
    button(box, "full", () => full(box));
    if (!document.fullscreenEnabled) box.querySelectorAll('[data-map="full"]').forEach((one) => { one.hidden = true; });
    const limits = () => {
      box.querySelectorAll('[data-map="in"]').forEach((one) => { one.disabled = map.getZoom() >= map.getMaxZoom(); });
      box.querySelectorAll('[data-map="out"]').forEach((one) => { one.disabled = map.getZoom() <= map.getMinZoom(); });
    };
    map.on("zoomend", limits);
    limits();
    box.querySelectorAll("[data-still]").forEach((one) => {
      L.DomEvent.disableClickPropagation(one);
      L.DomEvent.disableScrollPropagation(one);
    });
    document.addEventListener("fullscreenchange", () => {
      box.querySelectorAll('[data-map="full"]').forEach((one) => one.setAttribute("aria-pressed", String(Boolean(document.fullscreenElement))));
      map.invalidateSize({ animate: false });
    });
  }

  return { start, layers, rows, tell };
})();

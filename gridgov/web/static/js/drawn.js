// Small layers that come whole, as GeoJSON: findings, partner bodies, what an import brings, one's own places, a position.
"use strict";

window.gridgov.drawn = (() => {
  const HOVER = window.matchMedia("(hover: hover)").matches;

  // a tooltip's focus listeners would make every path a stop of the Tab key; the list says the same in order
  L.Layer.include({ _addFocusListeners() {} });

  // names come from data: they are only ever text, never markup
  function text(content) {
    const held = document.createElement("span");
    held.textContent = content;
    return held;
  }

  function areaClass({ level, branch, code }, view) {
    const names = ["area", `level-${level}`];
    if (view.colour === "branch" && branch !== undefined) names.push(branch ? "branch-yes" : "branch-no");
    if (code && code === view.focus) names.push("is-chosen");
    return names.join(" ");
  }

  function areas(data, view, choose) {
    return L.geoJSON(data, {
      pane: "areas",
      style: ({ properties }) => ({ className: areaClass(properties, view) }),
      pointToLayer: ({ properties }, latlng) => new L.GridgovSymbol(latlng, {
        pane: "areas", radius: 5, shape: "facility", className: areaClass(properties, view),
      }),
      onEachFeature: ({ properties }, layer) => {
        layer.gridgovCode = properties.code;
        layer.on("click", (event) => choose(event, properties.code));
        if (HOVER && properties.name) layer.bindTooltip(text(properties.name), { sticky: true });
      },
    });
  }

  function symbols(data, view, choose) {
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

  // how people go to the nearest service point, and what breaks a shorter way
  function way(data) {
    return L.geoJSON(data, {
      pane: "symbols",
      style: ({ properties, geometry }) => (geometry.type === "Point" ? {} : { className: `way ${properties.kind}` }),
      pointToLayer: (_feature, latlng) => new L.GridgovSymbol(latlng, { pane: "symbols", radius: 10, shape: "error", className: "symbol error" }),
      onEachFeature: ({ properties }, layer) => {
        const stays = properties.kind === "break" || Boolean(properties.shown);
        layer.bindTooltip(text(properties.told), { sticky: !stays, permanent: stays, direction: "top" });
      },
    });
  }

  // areas of the planner's own: their outlines lie over what can be pressed, and take no press themselves
  const MOST_NAMES = 60;
  function own({ features }) {
    return L.geoJSON(features, {
      interactive: false,
      pane: "areas",
      style: () => ({ className: "own-area" }),
      onEachFeature: ({ properties }, layer) => {
        if (features.length <= MOST_NAMES) layer.bindTooltip(text(properties.name), { permanent: true, direction: "center", className: "own-name" });
      },
    });
  }

  // what is reached on foot in so many minutes, and from where
  function reach({ features }) {
    return L.geoJSON(features, {
      interactive: false,
      pane: "areas",
      style: ({ properties, geometry }) => (geometry.type === "Point" ? {} : { className: `ring ring-${properties.ring}` }),
      pointToLayer: (_feature, latlng) => new L.GridgovSymbol(latlng, { pane: "symbols", radius: 9, shape: "place", className: "symbol place" }),
    });
  }

  const KINDS = { areas, brought, own, position, reach, symbols, way };

  const shape = (kind, data, view, choose) => KINDS[kind](data, view, choose);
  return { shape, text };
})();

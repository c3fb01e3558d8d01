// Places as text, as gridgov/web/drawing.py reads and writes them: pairs, WKT, GeoJSON; always longitude first.
"use strict";

window.gridgov.shapes = (() => {
  const PAIR = /^(-?\d{1,3}(?:\.\d+)?)\s*[,，\s]\s*(-?\d{1,3}(?:\.\d+)?)$/;
  const number = (value) => String(Number(value.toFixed(9)));
  const pair = ({ lng, lat }) => [Number(lng.toFixed(9)), Number(lat.toFixed(9))];

  function corners(lines, wanted) {
    const pairs = lines.map((line) => PAIR.exec(line).slice(1).map(Number));
    if (pairs.length === 1) return { type: "Point", coordinates: pairs[0] };
    if (wanted === "line") return { type: "LineString", coordinates: pairs };
    return pairs.length > 2 ? { type: "Polygon", coordinates: [[...pairs, pairs[0]]] } : null;
  }

  function wkt(text) {
    const found = /^(POINT|LINESTRING|POLYGON|MULTIPOLYGON)\s*(\(.*\))$/is.exec(text.replace(/\s+/g, " "));
    if (!found) return null;
    const type = { POINT: "Point", LINESTRING: "LineString", POLYGON: "Polygon", MULTIPOLYGON: "MultiPolygon" }[found[1].toUpperCase()];
    const nested = found[2].replace(/(-?[\d.]+) (-?[\d.]+)/g, "[$1,$2]").replace(/\(/g, "[").replace(/\)/g, "]");
    const coordinates = JSON.parse(nested);
    return { type, coordinates: type === "Point" ? coordinates[0] : coordinates };
  }

  // the GeoJSON geometry of a text; null where it tells none
  function read(text, wanted) {
    const lines = text.split(/[\n;；]+/).map((line) => line.trim()).filter(Boolean);
    try {
      if (lines.length && lines.every((line) => PAIR.test(line))) return corners(lines, wanted);
      return text.trim().startsWith("{") ? JSON.parse(text) : wkt(text.trim());
    } catch {
      return null;
    }
  }

  const rings = (polygon) => polygon.map((ring) => ring.map(pair));
  const deep = (latlngs) => (Array.isArray(latlngs[0]) ? 1 + deep(latlngs[0]) : 0);

  function written(ring) {
    return `(${[...ring, ring[0]].map(([x, y]) => `${number(x)} ${number(y)}`).join(", ")})`;
  }

  // the text of what is drawn
  function write(layer) {
    if (layer.getLatLng) return pair(layer.getLatLng()).map(number).join(", ");
    const latlngs = layer.getLatLngs();
    const lines = (points) => points.map((one) => pair(one).map(number).join(", ")).join("\n");
    if (!deep(latlngs)) return lines(latlngs);
    const parts = (deep(latlngs) === 1 ? [latlngs] : latlngs).filter((part) => part.length && part[0].length);
    if (parts.length === 1 && parts[0].length === 1) return lines(parts[0][0]);
    const polygons = parts.map((part) => `(${rings(part).map(written).join(", ")})`);
    return parts.length === 1 ? `POLYGON ${polygons[0]}` : `MULTIPOLYGON (${polygons.join(", ")})`;
  }

  return { read, write };
})();

// What lies under the pointer: the nearest symbol within reach of it, else the place of the levels that can be chosen.
"use strict";

window.gridgov.pick = (() => {
  const { EXTENT } = window.gridgov.tiledata;
  const REACH = { mouse: 10, touch: 22 };

  function within({ xy, ends, box }, x, y) {
    if (x < box[0] || x > box[2] || y < box[1] || y > box[3]) return false;
    let inside = false;
    let at = 0;
    for (const end of ends) {
      for (let here = at, before = end - 2; here < end; before = here, here += 2) {
        const [ax, ay, bx, by] = [xy[here], xy[here + 1], xy[before], xy[before + 1]];
        if ((ay > y) !== (by > y) && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
      }
      at = end;
    }
    return inside;
  }

  function symbol(overlay, point, reach) {
    let best = null;
    let nearest = reach;
    for (const one of overlay.shown.symbols) {
      const far = Math.hypot(one.x - point.x, one.y - point.y) - (one.radius || 0) / 2;
      if (one.radius && !one.dim && far < nearest) [best, nearest] = [one, far];
    }
    return best;
  }

  // the place of a kind at a position
  function place(map, sheet, kind, latlng) {
    const world = map.project(latlng, 0).divideBy(256);
    for (const { kind: found, tile } of sheet.seen()) {
      if (found !== kind) continue;
      const tiles = 2 ** tile.coords.z;
      const [x, y] = [(world.x * tiles - tile.coords.x) * EXTENT, (world.y * tiles - tile.coords.y) * EXTENT];
      if (x < 0 || y < 0 || x >= EXTENT || y >= EXTENT) continue;
      const hit = (tile.layers[kind] || []).find((one) => one.type === 3 && within(one, x, y));
      if (hit) return { ...hit.told, kind };
    }
    return null;
  }

  // { code, name, told } or nothing; `kinds` from the finest level to the coarsest
  function at({ map, sheet, overlay, kinds }, latlng, pointer = "mouse") {
    const mark = symbol(overlay, map.latLngToLayerPoint(latlng), REACH[pointer === "mouse" ? "mouse" : "touch"]);
    for (const kind of kinds) {
      const found = place(map, sheet, kind, latlng);
      if (found) return mark ? { ...found, ...mark, on: found.code } : found;
    }
    return mark;
  }

  return { at, within };
})();

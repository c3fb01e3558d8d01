// The sheet of the map: one canvas per tile, on which all tiled layers are painted from the bottom up. What was painted
// stays until what replaces it is there; tiles deeper than the data go are painted from the piece above them.
"use strict";

(() => {
  const { paint, tiledata } = window.gridgov;
  const { EXTENT } = tiledata;
  const SIZE = 512;
  const DEEPEST = 16;
  const SHARPEST = 2;
  const HATCH = 8;

  // a corner of the data tile, and how much larger than the data it is shown
  function sourceOf({ x, y, z }, deepest = DEEPEST) {
    const wanted = z - 1;
    const above = Math.max(0, wanted - deepest);
    const shown = 2 ** above;
    return {
      coords: { x: Math.floor(x / shown), y: Math.floor(y / shown), z: wanted - above },
      shown,
      left: (x % shown) * (EXTENT / shown),
      top: (y % shown) * (EXTENT / shown),
    };
  }

  function trace(context, { type, xy, ends }) {
    let at = 0;
    for (const end of ends) {
      context.moveTo(xy[at], xy[at + 1]);
      for (at += 2; at < end; at += 2) context.lineTo(xy[at], xy[at + 1]);
      if (type === 3) context.closePath();
    }
  }

  // slanting lines, as wide apart on the screen whatever the zoom: told apart from every fill without any colour
  function hatched(context, colour, pixel) {
    const piece = document.createElement("canvas");
    piece.width = piece.height = HATCH;
    const lines = piece.getContext("2d");
    lines.strokeStyle = colour;
    for (const shift of [-HATCH, 0, HATCH]) {
      lines.moveTo(shift, HATCH);
      lines.lineTo(shift + HATCH, 0);
    }
    lines.stroke();
    const pattern = context.createPattern(piece, "repeat");
    pattern.setTransform(new DOMMatrix().scale(pixel));
    return pattern;
  }

  function pass(context, { from, test, fill, hatch, stroke, width, alpha = 1, dash, round }, layers, pixel, seen) {
    const features = (layers[from] || []).filter((one) => one.type !== 1 && seen(one.box) && (!test || test(one)));
    if (!features.length) return;
    context.globalAlpha = alpha;
    // where the outline of the area is known, water and roads end there
    context.globalCompositeOperation = features[0].told.bounded ? "source-atop" : "source-over";
    context.beginPath();
    for (const one of features) trace(context, one);
    if (fill) {
      context.fillStyle = fill;
      context.fill("evenodd");
    }
    if (hatch) {
      context.fillStyle = hatched(context, hatch, pixel);
      context.fill("evenodd");
    }
    if (!stroke) return;
    context.strokeStyle = stroke;
    context.lineWidth = width * pixel;
    context.lineJoin = "round";
    context.lineCap = round ? "round" : "butt";
    context.setLineDash((dash || []).map((length) => length * pixel));
    context.stroke();
  }

  L.GridgovSheet = L.GridLayer.extend({
    options: { tileSize: SIZE, pane: "sheet", keepBuffer: 1, updateWhenIdle: false, updateWhenZooming: false, noWrap: true },

    initialize(view) {
      L.setOptions(this, {});
      this._view = view;
      this._sources = [];
      this._shown = new Set();
      this._dirty = new Set();
      this._opacities = {};
      this._scratch = document.createElement("canvas");
      this.on("tileunload", ({ tile }) => this._leave(tile.gridgov));
    },

    getEvents() {
      return { ...L.GridLayer.prototype.getEvents.call(this), zoomend: this._sharpen };
    },

    // the layers from the bottom up: { key, kind, tiles, from, to }
    sources(list) {
      this._sources = list;
      for (const tile of this._shown) this._need(tile);
    },

    opacities(told) {
      this._opacities = told;
      this.repaint();
    },

    repaint() {
      for (const tile of this._shown) this._soon(tile);
    },

    // what failed while the server was gone is asked for again
    retry() {
      for (const tile of this._shown) this._need(tile);
    },

    busy() {
      return [...this._shown].some((tile) => tile.waiting.size);
    },

    // the data tiles of what is seen now, each once: { kind, key, tile, from }
    seen() {
      const found = new Map();
      for (const tile of this._shown) {
        if (tile.coords.z !== this._tileZoom) continue;
        for (const [key, { kind, data }] of tile.parts) {
          if (data && data.layers) found.set(`${key} ${data.address}`, { key, kind, tile: data });
        }
      }
      return [...found.values()];
    },

    createTile(coords, done) {
      const canvas = document.createElement("canvas");
      const tile = { coords, canvas, done, parts: new Map(), waiting: new Map(), settled: false };
      canvas.gridgov = tile;
      this._shown.add(tile);
      this._need(tile);
      return canvas;
    },

    _leave(tile) {
      this._shown.delete(tile);
      this._dirty.delete(tile);
      for (const { data } of tile.parts.values()) if (data) tiledata.drop(data, tile);
      for (const { data } of tile.waiting.values()) tiledata.drop(data, tile);
      tile.waiting.clear();
      this._told();
    },

    _need(tile) {
      const wanted = new Map(this._sources.map((source) => [source.key, source]));
      for (const key of [...tile.parts.keys(), ...tile.waiting.keys()]) {
        if (!wanted.has(key)) this._take(tile, key, null);
      }
      for (const source of this._sources) this._ask(tile, source);
      this._settle(tile);
    },

    _ask(tile, { key, kind, tiles, from, to }) {
      const { coords } = sourceOf(tile.coords);
      const address = coords.z >= from && coords.z <= to ? tiles.replace(/\{([zxy])\}/g, (_, name) => coords[name]) : "";
      const waiting = tile.waiting.get(key);
      const held = tile.parts.get(key);
      if ((waiting || held || {}).address === address) return;
      if (waiting) this._give(tile, key);
      if (held && held.address === address) return;
      if (!address) {
        this._take(tile, key, { kind, address, data: null });
        return;
      }
      const data = tiledata.hold(address, coords, tile);
      const part = { kind, address, data };
      tile.waiting.set(key, part);
      const mine = () => tile.waiting.get(key) === part;
      data.coming.then(
        () => mine() && this._take(tile, key, part),
        () => mine() && this._give(tile, key),
      ).then(() => this._settle(tile));
    },

    _give(tile, key) {
      tiledata.drop(tile.waiting.get(key).data, tile);
      tile.waiting.delete(key);
    },

    _take(tile, key, part) {
      const old = tile.parts.get(key);
      const waiting = tile.waiting.get(key);
      if (waiting && waiting !== part) tiledata.drop(waiting.data, tile);
      tile.waiting.delete(key);
      if (part) tile.parts.set(key, part);
      else tile.parts.delete(key);
      if (old && old.data && old.data !== (part && part.data)) tiledata.drop(old.data, tile);
      this._soon(tile);
    },

    _settle(tile) {
      if (tile.waiting.size || !this._shown.has(tile)) return;
      if (!tile.settled) {
        tile.settled = true;
        this._paint(tile);
        // Leaflet expects the answer after createTile has returned
        Promise.resolve().then(() => this._map && tile.done(null, tile.canvas));
      }
      this._told();
    },

    _told() {
      window.cancelAnimationFrame(this._telling);
      this._telling = window.requestAnimationFrame(() => this.fire("settled", { busy: this.busy() }));
    },

    _soon(tile) {
      this._dirty.add(tile);
      if (this._frame) return;
      this._frame = window.requestAnimationFrame(() => {
        this._frame = 0;
        const dirty = [...this._dirty];
        this._dirty.clear();
        dirty.forEach((one) => this._paint(one));
        this.fire("painted");
      });
    },

    // after a zoom the canvases have the pixels that the screen has, so that lines stay sharp between whole zooms
    _sharpen() {
      for (const tile of this._shown) if (tile.coords.z === this._tileZoom) this._soon(tile);
    },

    _paint(tile) {
      if (!this._map) return;
      this._dirty.delete(tile);
      const zoom = this._map.getZoom();
      const sharp = Math.min(SHARPEST, window.devicePixelRatio || 1) * 2 ** Math.max(-1, Math.min(0.5, zoom - tile.coords.z));
      const size = Math.round(SIZE * sharp);
      if (tile.canvas.width !== size) tile.canvas.width = tile.canvas.height = size;
      const context = tile.canvas.getContext("2d");
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.clearRect(0, 0, size, size);
      for (const { key, group } of this._sources) {
        const part = tile.parts.get(key);
        const opacity = this._opacities[group] ?? 1;
        if (!part || !part.data || !part.data.layers || opacity <= 0) continue;
        if (opacity >= 1) this._layer(context, tile, part, size, zoom);
        else this._veiled(context, tile, part, size, zoom, opacity);
      }
    },

    _veiled(context, tile, part, size, zoom, opacity) {
      this._scratch.width = this._scratch.height = size;
      this._layer(this._scratch.getContext("2d"), tile, part, size, zoom);
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.globalAlpha = opacity;
      context.globalCompositeOperation = "source-over";
      context.drawImage(this._scratch, 0, 0);
    },

    _layer(context, tile, { kind, data }, size, zoom) {
      const { shown, left, top } = sourceOf(tile.coords);
      const scale = (size * shown) / EXTENT;
      const reach = EXTENT / shown;
      const edge = reach / 16;
      const seen = ([west, north, east, south]) => (
        east >= left - edge && west <= left + reach + edge && south >= top - edge && north <= top + reach + edge
      );
      context.setTransform(scale, 0, 0, scale, -left * scale, -top * scale);
      const pixel = size / SIZE / 2 ** (zoom - tile.coords.z) / scale;
      for (const one of paint.passes(kind, zoom, this._view())) pass(context, one, data.layers, pixel, seen);
    },
  });

  window.gridgov.trace = trace;
})();

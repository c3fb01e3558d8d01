// What lies over the sheet, on one canvas as large as the map: the veil around the chosen place, what is chosen or
// pointed at, symbols, and names. It is drawn anew when the map has come to rest.
"use strict";

(() => {
  const { paint, labels, trace, symbols } = window.gridgov;
  const { within } = window.gridgov.pick;
  const { EXTENT } = window.gridgov.tiledata;
  const LEVELS = ["building", "compound", "coverage", "community", "street"];
  const VEILED = ["compound", "coverage", "community", "street"];
  const POINTS = ["posts", "causes", "coming", "facilities"];
  const QUIET = [undefined, "facility", "held", "none"];
  const PATIENCE = 1500;

  L.GridgovOverlay = L.Renderer.extend({
    options: { padding: 0.15, pane: "overlay" },

    initialize(sheet, view) {
      L.Renderer.prototype.initialize.call(this);
      this._sheet = sheet;
      this._view = view;
      this._hot = new Set();
      this._opacities = {};
      this.shown = { names: [], symbols: [], marked: 0 };
    },

    opacities(told) {
      this._opacities = told;
      this.redraw();
    },

    // the places, by code, that the list or the pointer is at
    hot(codes) {
      this._hot = new Set(codes);
      this.redraw();
    },

    redraw() {
      if (this._frame || !this._map) return;
      this._frame = window.requestAnimationFrame(() => {
        this._frame = 0;
        if (this._late) this._update();
        else this._draw();
      });
    },

    _initContainer() {
      this._container = document.createElement("canvas");
      this._container.setAttribute("aria-hidden", "true");
      this._context = this._container.getContext("2d");
    },

    _destroyContainer() {
      window.cancelAnimationFrame(this._frame);
      this._container.remove();
    },

    // between zooms what was drawn is scaled, until the sheet below has caught up
    _update() {
      const map = this._map;
      if (map._animatingZoom && this._bounds) return;
      const zoom = map.getZoom();
      if (this._zoom !== undefined && zoom !== this._zoom && this._sheet.busy() && !this._impatient) {
        this._late = this._late || window.setTimeout(() => {
          this._impatient = true;
          this.redraw();
        }, PATIENCE);
        return;
      }
      window.clearTimeout(this._late);
      this._late = 0;
      this._impatient = false;
      L.Renderer.prototype._update.call(this);
      const size = this._bounds.getSize();
      const sharp = Math.min(2, window.devicePixelRatio || 1);
      this._container.width = Math.round(size.x * sharp);
      this._container.height = Math.round(size.y * sharp);
      this._container.style.width = `${size.x}px`;
      this._container.style.height = `${size.y}px`;
      this._sharp = sharp;
      L.DomUtil.setPosition(this._container, this._bounds.min);
      this._draw();
    },

    _updatePaths() {},

    // --- from tiles to the screen ----------------------------------------------------------------------------------

    // the corner of a data tile in the map's layer points, and pixels per unit
    _corner({ coords }) {
      const size = (256 * 2 ** this._zoom) / 2 ** coords.z;
      const origin = this._map.getPixelOrigin();
      return { x: coords.x * size - origin.x, y: coords.y * size - origin.y, scale: size / EXTENT };
    },

    _points(wanted) {
      const found = [];
      for (const { key, kind, tile } of this._sheet.seen()) {
        const { x, y, scale } = this._corner(tile);
        for (const one of wanted(tile.layers, kind)) {
          if (one.type === 1) found.push({ ...one.told, id: one.id, key, x: x + one.xy[0] * scale, y: y + one.xy[1] * scale, grown: scale * EXTENT });
        }
      }
      const { min, max } = this._bounds;
      return found.filter((one) => one.x > min.x && one.x < max.x && one.y > min.y && one.y < max.y);
    },

    _shapes(kinds, test, work) {
      const context = this._context;
      for (const { kind, tile } of this._sheet.seen()) {
        if (!kinds.includes(kind)) continue;
        const features = (tile.layers[kind] || []).filter((one) => one.type === 3 && test(one));
        if (!features.length) continue;
        const { x, y, scale } = this._corner(tile);
        this._plain();
        context.transform(scale, 0, 0, scale, x, y);
        // each tile draws its own part of a shape: what lies round it is cut, and would show where
        context.save();
        context.beginPath();
        context.rect(0, 0, EXTENT, EXTENT);
        context.clip();
        context.beginPath();
        features.forEach((one) => trace(context, one));
        this.shown.marked += features.length;
        work(scale);
        context.restore();
      }
      this._plain();
    },

    _plain() {
      const { min } = this._bounds;
      this._context.setTransform(this._sharp, 0, 0, this._sharp, -min.x * this._sharp, -min.y * this._sharp);
    },

    // --- drawing ---------------------------------------------------------------------------------------------------

    _draw() {
      const context = this._context;
      if (!this._bounds || !this._view()) return;
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.clearRect(0, 0, this._container.width, this._container.height);
      context.globalAlpha = 1;
      this._plain();
      this._veil();
      const { focus } = this._view();
      this.shown.marked = 0;
      if (this._hot.size) this._outline(({ told }) => this._hot.has(told.code), 3, true);
      if (focus) this._outline(({ told }) => told.code === focus, 3.5, false);
      const marks = this._symbols(focus);
      this._names(marks);
      this.fire("drawn");
    },

    // all but the chosen place steps back behind a thin cloth of the ground's colour
    _veil() {
      const { focus } = this._view();
      const context = this._context;
      if (!focus) return;
      const chosen = ({ told }) => told.code === focus;
      const there = this._sheet.seen().some(({ kind, tile }) => VEILED.includes(kind) && (tile.layers[kind] || []).some(chosen));
      if (!there) return;
      const { min, max } = this._bounds;
      context.globalAlpha = 0.5;
      context.fillStyle = paint.token("--ground");
      context.fillRect(min.x, min.y, max.x - min.x, max.y - min.y);
      context.globalAlpha = 1;
      context.globalCompositeOperation = "destination-out";
      this._shapes(VEILED, chosen, () => context.fill("evenodd"));
      context.globalCompositeOperation = "source-over";
    },

    _outline(test, width, filled) {
      const context = this._context;
      this._shapes(LEVELS, test, (scale) => {
        context.lineJoin = "round";
        if (filled) {
          context.globalAlpha = 0.16;
          context.fillStyle = paint.token("--accent");
          context.fill("evenodd");
          context.globalAlpha = 1;
        } else {
          context.strokeStyle = paint.token("--halo");
          context.lineWidth = (width + 3) / scale;
          context.stroke();
        }
        context.strokeStyle = paint.token("--accent-strong");
        context.lineWidth = width / scale;
        context.stroke();
      });
    },

    // marks that lie outside the chosen place step back too
    _outside(focus) {
      const pieces = this._sheet.seen().filter(({ kind }) => VEILED.includes(kind)).flatMap(({ kind, tile }) => (
        (tile.layers[kind] || []).filter((one) => one.type === 3 && one.told.code === focus).map((one) => ({ one, ...this._corner(tile) }))
      ));
      if (!focus || !pieces.length) return () => false;
      return (mark) => !pieces.some(({ one, x, y, scale }) => within(one, (mark.x - x) / scale, (mark.y - y) / scale));
    },

    _symbols(focus) {
      const context = this._context;
      const outside = this._outside(focus);
      const zoom = this._map.getZoom();
      this._marks = this._points((layers, kind) => ([...POINTS, ...LEVELS].includes(kind) ? layers[kind] || [] : []));
      const boxes = [];
      const order = (one) => (one.code && one.code === focus ? 3 : one.dim ? 0 : one.key === "facilities" ? 1 : 2);
      for (const one of this._marks.sort((a, b) => order(a) - order(b))) {
        const opacity = (this._opacities[one.key] ?? 1) * (one.dim || outside(one) ? 0.3 : 1);
        if (opacity <= 0) continue;
        const radius = this._radius(one, zoom);
        const chosen = one.code && (one.code === focus || this._hot.has(one.code));
        this._mark(one, radius, opacity, chosen);
        if (chosen) this.shown.marked += 1;
        one.radius = radius;
        boxes.push([one.x - radius - 1, one.y - radius - 1, one.x + radius + 1, one.y + radius + 1]);
      }
      this.shown.symbols = this._marks;
      context.globalAlpha = 1;
      return boxes;
    },

    _radius({ key, symbol, count }, zoom) {
      const base = paint.grown(zoom, QUIET.includes(symbol) ? [[10, 1.8], [13, 3.4], [16, 6.5]] : [[10, 2], [13, key === "causes" ? 3 : 4], [15.5, 7]]);
      return base * (["facilities", "coming"].includes(key) && count > 1 ? Math.min(1.7, 1 + Math.log10(count) / 2.5) : 1);
    },

    _mark(one, radius, opacity, chosen) {
      const context = this._context;
      const { fill, stroke, width, dash, alpha = 1 } = paint.symbol(one);
      const path = symbols.path(one.symbol || "facility", radius);
      this._plain();
      context.transform(1, 0, 0, 1, one.x, one.y);
      context.globalAlpha = opacity * alpha;
      if (chosen) {
        context.globalAlpha = 1;
        context.strokeStyle = paint.token("--accent-strong");
        context.lineWidth = 6;
        context.stroke(path);
      }
      if (fill) {
        context.fillStyle = fill;
        context.fill(path);
      }
      context.strokeStyle = stroke;
      context.lineWidth = Math.min(width, radius / 2.4);
      context.lineJoin = "round";
      context.setLineDash((dash || []).map((part) => part * radius));
      context.stroke(path);
      context.setLineDash([]);
    },

    _names(marks) {
      this._plain();
      const opacity = this._opacities.names ?? 1;
      this.shown.names = [];
      if (opacity <= 0) return;
      this._context.globalAlpha = opacity;
      const names = this._points((layers, kind) => (kind === "ground" && this._opacities.ground === 0 ? [] : layers[`${kind}_names`] || [])).map((one) => ({ ...one, room: (one.room || 0) * (one.grown / 256) }));
      this.shown.names = labels.draw(this._context, names, this._map.getZoom(), marks);
      this._context.globalAlpha = 1;
    },
  });
})();

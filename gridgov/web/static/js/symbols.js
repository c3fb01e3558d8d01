// Symbols: shape tells what colour tells. As paths of the map's own SVG, with classes for styles, and as paths of a canvas.
"use strict";

(() => {
  const circle = ({ x, y }, r) => `M${x - r},${y}a${r},${r} 0 1,0 ${r * 2},0a${r},${r} 0 1,0 ${-r * 2},0`;
  const hexagon = ({ x, y }, r) => `M${x},${y - r}l${r * 0.87},${r * 0.5}v${r}l${-r * 0.87},${r * 0.5}l${-r * 0.87},${-r * 0.5}v${-r}Z`;
  const diamond = ({ x, y }, r) => `M${x},${y - r * 1.3}l${r * 1.3},${r * 1.3}l${-r * 1.3},${r * 1.3}l${-r * 1.3},${-r * 1.3}Z`;
  const SHAPES = {
    held: (p, r) => circle(p, r * 0.8),
    vacant: (p, r) => circle(p, r),
    none: (p, r) => circle(p, r * 0.6),
    disputed: (p, r) => circle(p, r * 1.25) + circle(p, r * 0.6),
    expiring: (p, r) => `${circle(p, r * 1.1)}M${p.x},${p.y - r * 0.7}v${r * 0.7}l${r * 0.5},${r * 0.35}`,
    no_facility: (p, r) => circle(p, r),
    gate: diamond,
    no_path: ({ x, y }, r) => `M${x},${y - r * 1.2}l${r * 1.25},${r * 2.1}h${-r * 2.5}Z`,
    capacity: ({ x, y }, r) => `M${x - r},${y - r}h${r * 2}v${r * 2}h${-r * 2}Z`,
    data: ({ x, y }, r) => `M${x - r},${y - r}l${r * 2},${r * 2}M${x + r},${y - r}l${-r * 2},${r * 2}`,
    error: ({ x, y }, r) => `M${x},${y - r * 1.35}l${r * 1.4},${r * 2.35}h${-r * 2.8}Z`,
    warning: ({ x, y }, r) => `M${x},${y - r * 1.2}l${r * 1.2},${r * 1.2}l${-r * 1.2},${r * 1.2}l${-r * 1.2},${-r * 1.2}Z`,
    info: (p, r) => circle(p, r * 0.75),
    facility: (p, r) => circle(p, r * 0.7),
    planned: circle,
    under_construction: (p, r) => `${circle(p, r)}M${p.x},${p.y - r}v${r * 2}M${p.x - r},${p.y}h${r * 2}`,
    place: ({ x, y }, r) => `M${x},${y}c${-r * 0.4},${-r} ${-r * 1.2},${-r * 1.4} ${-r * 1.2},${-r * 2.4}a${r * 1.2},${r * 1.2} 0 1,1 ${r * 2.4},0c0,${r} ${-r * 0.8},${r * 1.4} ${-r * 1.2},${r * 2.4}Z`,
    pledge_none: (p, r) => hexagon(p, r * 0.75),
    pledge_open: hexagon,
    pledge_kept: (p, r) => `${hexagon(p, r)}M${p.x - r * 0.4},${p.y}l${r * 0.3},${r * 0.35}l${r * 0.5},${-r * 0.65}`,
    pledge_due_soon: (p, r) => `${hexagon(p, r * 1.1)}M${p.x},${p.y - r * 0.6}v${r * 0.6}l${r * 0.45},${r * 0.3}`,
    pledge_overdue: (p, r) => `${hexagon(p, r * 1.2)}M${p.x - r * 0.14},${p.y - r * 0.65}h${r * 0.28}v${r * 0.75}h${-r * 0.28}ZM${p.x - r * 0.14},${p.y + r * 0.35}h${r * 0.28}v${r * 0.28}h${-r * 0.28}Z`,
    filled: circle,
    swapped: diamond,
    emptied: (p, r) => `${circle(p, r * 1.1)}M${p.x - r * 0.55},${p.y}h${r * 1.1}`,
    blocked: (p, r) => circle(p, r),
    gate_open: (p, r) => circle(p, r * 0.7),
  };

  // the same shapes for a canvas, around its origin
  const paths = new Map();
  const path = (name, radius) => {
    const key = `${name} ${radius.toFixed(1)}`;
    if (!paths.has(key)) paths.set(key, new Path2D((SHAPES[name] || SHAPES.facility)({ x: 0, y: 0 }, radius)));
    return paths.get(key);
  };
  window.gridgov.symbols = { path };

  L.GridgovSymbol = L.CircleMarker.extend({
    options: { radius: 7, shape: "held", fill: true },
    _updatePath() {
      const draw = SHAPES[this.options.shape] || SHAPES.facility;
      this._renderer._setPath(this, draw(this._point, this._radius));
    },
  });
})();

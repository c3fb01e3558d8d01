// Symbols as paths of the map's own SVG: shape tells what colour tells, and styles are classes.
"use strict";

(() => {
  const circle = ({ x, y }, r) => `M${x - r},${y}a${r},${r} 0 1,0 ${r * 2},0a${r},${r} 0 1,0 ${-r * 2},0`;
  const SHAPES = {
    held: (p, r) => circle(p, r * 0.8),
    vacant: (p, r) => circle(p, r),
    disputed: (p, r) => circle(p, r * 1.25) + circle(p, r * 0.6),
    expiring: (p, r) => `${circle(p, r * 1.1)}M${p.x},${p.y - r * 0.7}v${r * 0.7}l${r * 0.5},${r * 0.35}`,
    no_facility: (p, r) => circle(p, r),
    gate: ({ x, y }, r) => `M${x},${y - r * 1.3}l${r * 1.3},${r * 1.3}l${-r * 1.3},${r * 1.3}l${-r * 1.3},${-r * 1.3}Z`,
    no_path: ({ x, y }, r) => `M${x},${y - r * 1.2}l${r * 1.25},${r * 2.1}h${-r * 2.5}Z`,
    capacity: ({ x, y }, r) => `M${x - r},${y - r}h${r * 2}v${r * 2}h${-r * 2}Z`,
    data: ({ x, y }, r) => `M${x - r},${y - r}l${r * 2},${r * 2}M${x + r},${y - r}l${-r * 2},${r * 2}`,
    facility: (p, r) => circle(p, r * 0.7),
    place: ({ x, y }, r) => `M${x},${y}c${-r * 0.4},${-r} ${-r * 1.2},${-r * 1.4} ${-r * 1.2},${-r * 2.4}a${r * 1.2},${r * 1.2} 0 1,1 ${r * 2.4},0c0,${r} ${-r * 0.8},${r * 1.4} ${-r * 1.2},${r * 2.4}Z`,
    gate_open: (p, r) => circle(p, r * 0.7),
  };

  L.GridgovSymbol = L.CircleMarker.extend({
    options: { radius: 7, shape: "held", fill: true },
    _updatePath() {
      const draw = SHAPES[this.options.shape] || SHAPES.facility;
      this._renderer._setPath(this, draw(this._point, this._radius));
    },
  });
})();

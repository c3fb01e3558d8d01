// How tiles are painted: for each kind of layer the passes from the bottom up, in the colours of tokens.css. Calm greys
// for the ground, colour for what is asked.
"use strict";

window.gridgov.paint = (() => {
  let colours = new Map();

  function token(name) {
    if (!colours.has(name)) {
      colours.set(name, getComputedStyle(document.documentElement).getPropertyValue(name).trim());
    }
    return colours.get(name);
  }

  // read the tokens anew: light has become dark, or the page goes to the printer
  const renew = () => {
    colours = new Map();
  };

  // between stops [zoom, value], the way widths grow with the zoom
  function grown(zoom, stops) {
    if (zoom <= stops[0][0]) return stops[0][1];
    for (let index = 1; index < stops.length; index += 1) {
      const [[from, low], [to, high]] = [stops[index - 1], stops[index]];
      if (zoom <= to) return low * (high / low) ** ((zoom - from) / (to - from));
    }
    return stops[stops.length - 1][1];
  }

  const fill = (from, colour, more = {}) => ({ from, fill: token(colour), ...more });
  const line = (from, colour, width, more = {}) => ({ from, stroke: token(colour), width, ...more });
  const of = (name, value) => ({ told }) => told[name] === value;

  // --- the ground ------------------------------------------------------------------------------------------------

  const ROADS = {
    path: [[15, 0.7], [17, 1.2], [19, 3]],
    lane: [[13, 0.5], [15, 1.8], [17, 5], [19, 16]],
    street: [[11, 0.4], [13, 1.4], [15, 3.4], [17, 9], [19, 26]],
    arterial: [[9, 0.5], [12, 1.8], [14, 3.6], [16, 9], [19, 36]],
  };
  const CASED = [["lane", 14.5], ["street", 12.5], ["arterial", 11]];

  function ground(zoom) {
    const road = (kind, colour, extra = 0) => (
      line("roads", colour, grown(zoom, ROADS[kind]) + extra, { test: of("kind", kind), round: true })
    );
    return [
      fill("area", "--ground"),
      ...["hill", "green", "water"].map((kind) => fill("land", `--${kind}`, { test: of("kind", kind) })),
      road("path", "--path"),
      ...CASED.filter(([, from]) => zoom >= from).map(([kind]) => road(kind, "--road-casing", zoom > 15 ? 2 : 1.4)),
      ...["lane", "street", "arterial"].map((kind) => road(kind, zoom < 12.5 && kind !== "lane" ? "--road-far" : "--road")),
    ];
  }

  // --- places ----------------------------------------------------------------------------------------------------

  const EDGES = {
    street: [[8, 0.8], [11, 1.4], [14, 2.6], [17, 3.5]],
    community: [[9, 0.35], [11, 0.7], [14, 1.5], [17, 2.2]],
    compound: [[12, 0.35], [14, 0.7], [16, 1.25], [18, 1.6]],
    building: [[14, 0.3], [17, 0.8], [19, 1.2]],
  };
  const edge = (level, zoom, more) => line(level, "--edge", grown(zoom, EDGES[level]), { alpha: 0.62, ...more });

  const street = (zoom) => [edge("street", zoom, { alpha: 0.8 })];
  const community = (zoom) => [edge("community", zoom, { alpha: zoom < 12 ? 0.4 : 0.6 })];

  function compound(zoom, { colour }) {
    const plain = colour !== "branch";
    return [
      fill("compound", "--share-none", { alpha: 0.75, test: ({ told }) => plain || told.branch !== true }),
      fill("compound", "--share-3", { alpha: grown(zoom, [[13, 0.7], [17, 0.45]]), test: ({ told }) => !plain && told.branch === true }),
      edge("compound", zoom),
    ];
  }

  const building = (zoom) => [
    fill("building", "--building", { alpha: zoom < 15 ? 0.7 : 0.9 }),
    line("building", "--building-edge", grown(zoom, EDGES.building)),
  ];

  const STEPS = [1, 2, 3, 4, 5];
  const step = (share) => Math.min(5, Math.floor(share * 5) + 1);

  function coverage(zoom) {
    const known = ({ told }) => typeof told.share === "number";
    return [
      fill("coverage", "--share-none", { alpha: 0.85, hatch: token("--line-strong"), test: (one) => !known(one) }),
      ...STEPS.map((number) => (
        fill("coverage", `--share-${number}`, { alpha: 0.92, test: (one) => known(one) && step(one.told.share) === number })
      )),
      line("coverage", "--edge", grown(zoom, EDGES.compound), { alpha: 0.5 }),
    ];
  }

  const grids = (zoom) => [line("grids", "--grid-line", zoom < 15 ? 0.8 : 1.2, { dash: [5, 4], alpha: 0.9 })];
  const cells = () => [line("cells", "--grid-line", 0.6, { alpha: 0.5 })];
  const network = (zoom) => [line("network", "--cause-no_path", grown(zoom, ROADS.path), { alpha: 0.8 })];

  const KINDS = { ground, street, community, compound, building, coverage, grids, cells, network };

  // --- symbols: shape tells what colour tells ----------------------------------------------------------------------

  const ring = (colour) => ({ fill: token("--surface"), stroke: token(colour), width: 2.25 });
  const full = (colour) => ({ fill: token(colour), stroke: token("--surface"), width: 1.25 });

  function symbol(told) {
    const name = told.symbol || "facility";
    if (name === "held") return full("--held");
    if (["vacant", "disputed", "expiring"].includes(name)) return ring("--wanting");
    if (name === "none") return ring("--line-strong");
    if (name === "data") return { stroke: token("--cause-data"), width: 2.5 };
    if (name === "planned") return { ...ring("--ink"), dash: [0.9, 0.67] };
    if (name === "under_construction") return ring("--ink");
    if (name === "facility") {
      return told.verified === false ? { ...ring("--ink"), width: 2 } : { ...full("--ink"), alpha: 0.78 };
    }
    return full(`--cause-${name}`);
  }

  const passes = (kind, zoom, view) => (KINDS[kind] ? KINDS[kind](zoom, view) : []);
  return { token, renew, grown, passes, symbol };
})();

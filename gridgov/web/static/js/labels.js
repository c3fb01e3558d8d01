// Names on the map, in their order of rank: each where its place has room and no other name stands.
"use strict";

window.gridgov.labels = (() => {
  const { token } = window.gridgov.paint;
  // by level or kind: rank, size, weight, first and last zoom
  const RANKS = {
    street: { rank: 0, size: 15, weight: 650, from: 9, to: 16, colour: "--edge", spaced: true },
    community: { rank: 1, size: 13, weight: 600, from: 12, to: 18, colour: "--ink" },
    water: { rank: 2, size: 12.5, weight: 500, from: 10, to: 22, colour: "--water-name", italic: true },
    hill: { rank: 3, size: 12, weight: 500, from: 11, to: 22, colour: "--soft", italic: true },
    green: { rank: 4, size: 11.5, weight: 500, from: 14, to: 22, colour: "--soft", italic: true },
    compound: { rank: 5, size: 12, weight: 550, from: 14, to: 22, colour: "--ink" },
    grid: { rank: 6, size: 11, weight: 500, from: 15.5, to: 22, colour: "--soft" },
    cell: { rank: 8, size: 10, weight: 500, from: 17.5, to: 22, colour: "--soft" },
    building: { rank: 7, size: 11, weight: 500, from: 16.5, to: 22, colour: "--soft" },
  };
  const ROADS = { rank: 3, size: 11.5, weight: 500, from: 13, to: 22, colour: "--soft" };
  const GAP = 4;
  const widths = new Map();

  // a font that came late has other widths
  document.fonts.addEventListener("loadingdone", () => widths.clear());

  const style = ({ level, kind }) => RANKS[level] || RANKS[kind] || ROADS;
  const face = ({ size, weight, italic }) => `${italic ? "italic " : ""}${weight} ${size}px ${token("--font")}`;

  function width(context, font, text) {
    const key = `${font} ${text}`;
    if (!widths.has(key)) {
      context.font = font;
      widths.set(key, context.measureText(text).width);
    }
    return widths.get(key);
  }

  // the boxes taken, in squares, so that a name is compared with its neighbours only
  function ground() {
    const SQUARE = 96;
    const squares = new Map();
    const keys = ([west, north, east, south]) => {
      const found = [];
      for (let x = Math.floor(west / SQUARE); x <= Math.floor(east / SQUARE); x += 1) {
        for (let y = Math.floor(north / SQUARE); y <= Math.floor(south / SQUARE); y += 1) found.push(`${x} ${y}`);
      }
      return found;
    };
    const apart = (a, b) => a[0] >= b[2] || a[2] <= b[0] || a[1] >= b[3] || a[3] <= b[1];
    return {
      free: (box) => keys(box).every((key) => (squares.get(key) || []).every((other) => apart(box, other))),
      take: (box) => keys(box).forEach((key) => squares.set(key, [...(squares.get(key) || []), box])),
    };
  }

  // each name once, the higher rank first, then the larger place
  function ordered(names, zoom) {
    const found = new Map();
    for (const name of names) {
      const { rank, from, to } = style(name);
      const text = name.name;
      if (!text || zoom < from || zoom > to) continue;
      found.set(`${rank} ${name.code || text} ${Math.round(name.x)} ${Math.round(name.y)}`, { ...name, rank });
    }
    return [...found.values()].sort((a, b) => a.rank - b.rank || b.room - a.room || (a.name < b.name ? -1 : 1));
  }

  // beside a symbol where one stands on its spot; the uppermost places' names go before symbols
  function place(name, half, size, taken) {
    const tall = size * 0.62;
    for (const shift of name.marked && name.rank ? [size + 6, -size - 6] : [0]) {
      const y = name.y + shift;
      const box = [name.x - half - GAP, y - tall - 2, name.x + half + GAP, y + tall + 2];
      if (taken.free(box)) return { y, box };
    }
    return null;
  }

  // `names`: { x, y, room, name, level, kind, code }; `blocked`: boxes of symbols that no name may cover
  function draw(context, names, zoom, blocked) {
    const [upper, lower, marks] = [ground(), ground(), ground()];
    blocked.forEach((box) => {
      lower.take(box);
      marks.take(box);
    });
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineJoin = "round";
    context.strokeStyle = token("--halo");
    const drawn = [];
    for (const name of ordered(names, zoom)) {
      const told = style(name);
      const font = face(told);
      const half = (width(context, font, name.name) * (told.spaced ? 1.08 : 1)) / 2;
      if (name.room && name.room < half * 1.5 && told.rank > 0) continue;
      name.marked = !marks.free([name.x - 1, name.y - 1, name.x + 1, name.y + 1]);
      const found = place(name, half, told.size, told.rank ? lower : upper);
      if (!found) continue;
      upper.take(found.box);
      lower.take(found.box);
      context.font = font;
      if ("letterSpacing" in context) context.letterSpacing = told.spaced ? "0.08em" : "0px";
      context.lineWidth = told.italic ? 2 : 3.2;
      context.strokeText(name.name, name.x, found.y);
      context.fillStyle = token(told.colour);
      context.fillText(name.name, name.x, found.y);
      drawn.push(name.name);
    }
    return drawn;
  }

  return { draw };
})();

// Vector tiles as the browser keeps them: fetched once for all who need them, given up when nobody does any more,
// decoded into flat arrays. Layers of one place that are wanted together come by one request: those that every page
// shows by one, those with choices of their own by another. The last ones stay, so that going back is immediate.
"use strict";

window.gridgov.tiledata = (() => {
  const KEPT = 192;
  const EXTENT = 4096;
  const PARTS = /^(.*\/tiles\/)([^/]+)(\/.*)$/;
  const EVERYWHERE = ["as_of", "v"];
  const tiles = new Map();
  let wanted = [];

  function flat(feature, scale) {
    const lines = feature.loadGeometry();
    const xy = new Float32Array(2 * lines.reduce((sum, line) => sum + line.length, 0));
    const box = [Infinity, Infinity, -Infinity, -Infinity];
    const ends = new Array(lines.length);
    let at = 0;
    lines.forEach((line, number) => {
      for (const { x, y } of line) {
        xy[at++] = x * scale;
        xy[at++] = y * scale;
        box[0] = Math.min(box[0], x * scale);
        box[1] = Math.min(box[1], y * scale);
        box[2] = Math.max(box[2], x * scale);
        box[3] = Math.max(box[3], y * scale);
      }
      ends[number] = at;
    });
    return { id: feature.id, told: feature.properties, type: feature.type, xy, ends, box };
  }

  // every layer's features in units of 1/4096 of the tile
  function decoded(bytes) {
    if (!bytes.byteLength) return {};
    const { layers } = new vectorTile.VectorTile(new vectorTile.PbfReader(bytes));
    return Object.fromEntries(Object.entries(layers).map(([name, layer]) => {
      const scale = EXTENT / layer.extent;
      return [name, Array.from({ length: layer.length }, (_, number) => flat(layer.feature(number), scale))];
    }));
  }

  // the request that a tile can share: of the same place, and asking for nothing that the tile wants otherwise
  function shared(requests, { place, layer, asked }) {
    const own = (told) => [...told.keys()].some((name) => !EVERYWHERE.includes(name));
    return requests.find((one) => one.place === place && !one.names.includes(layer) && own(one.asked) === own(asked)
      && [...asked].every(([name, value]) => [null, value].includes(one.asked.get(name))));
  }

  function joined() {
    const requests = [];
    for (const tile of wanted.filter(({ users }) => users.size)) {
      const url = new URL(tile.address, window.location.href);
      const [, before, layer, after] = PARTS.exec(url.pathname);
      const part = { place: before + after, layer, asked: url.searchParams };
      let request = shared(requests, part);
      if (!request) requests.push(request = { place: part.place, before, after, names: [], asked: new URLSearchParams(), tiles: [] });
      request.names.push(layer);
      request.tiles.push(tile);
      for (const [name, value] of part.asked) request.asked.set(name, value);
    }
    wanted = [];
    requests.forEach(fetched);
  }

  function fetched({ before, names, after, asked, tiles: parts }) {
    const giving = new AbortController();
    const read = async (response) => decoded(await response.arrayBuffer());
    parts.forEach((tile) => {
      tile.leave = () => parts.every(({ users }) => !users.size) && giving.abort();
    });
    window.gridgov.wire.get(`${before}${names.join("+")}${after}?${asked}`, read, giving.signal).then(
      (layers) => {
        for (const tile of parts) {
          tile.layers = layers;
          tile.came();
        }
        forget();
      },
      (problem) => {
        for (const tile of parts) {
          if (tiles.get(tile.address) === tile) tiles.delete(tile.address);
          tile.failed(problem);
        }
      },
    );
  }

  function made(address, coords) {
    const tile = { address, coords, layers: null, users: new Set(), leave: () => {} };
    tile.coming = new Promise((came, failed) => Object.assign(tile, { came, failed }));
    tile.coming.catch(() => {});
    if (!wanted.length) queueMicrotask(joined);
    wanted.push(tile);
    return tile;
  }

  // the oldest that nobody shows go first
  function forget() {
    for (const [address, tile] of tiles) {
      if (tiles.size <= KEPT) return;
      if (!tile.users.size && tile.layers) tiles.delete(address);
    }
  }

  // the tile of an address, held until `drop`; `coming` is settled once its layers are there
  function hold(address, coords, user) {
    let tile = tiles.get(address);
    if (tile) tiles.delete(address);
    else tile = made(address, coords);
    tiles.set(address, tile);
    tile.users.add(user);
    return tile;
  }

  function drop(tile, user) {
    tile.users.delete(user);
    if (tile.users.size || tile.layers) return;
    tiles.delete(tile.address);
    tile.leave();
  }

  return { hold, drop, EXTENT };
})();

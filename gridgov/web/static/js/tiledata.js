// Vector tiles as the browser keeps them: fetched once for all who need them, given up when nobody does any more,
// decoded into flat arrays. The last ones stay, so that going back is immediate.
"use strict";

window.gridgov.tiledata = (() => {
  const KEPT = 192;
  const EXTENT = 4096;
  const tiles = new Map();

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

  function fetched(tile) {
    const { signal } = tile.giving;
    const read = async (response) => decoded(await response.arrayBuffer());
    return window.gridgov.wire.get(tile.address, read, signal).then(
      (layers) => {
        tile.layers = layers;
        forget();
      },
      (problem) => {
        if (tiles.get(tile.address) === tile) tiles.delete(tile.address);
        throw problem;
      },
    );
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
    if (tile) {
      tiles.delete(address);
    } else {
      tile = { address, coords, layers: null, users: new Set(), giving: new AbortController() };
      tile.coming = fetched(tile);
    }
    tiles.set(address, tile);
    tile.users.add(user);
    return tile;
  }

  function drop(tile, user) {
    tile.users.delete(user);
    if (tile.users.size || tile.layers) return;
    tiles.delete(tile.address);
    tile.giving.abort();
  }

  return { hold, drop, EXTENT };
})();

// A raster map of another provider below ours, where the administrator set one. Providers in China that serve GCJ-02 have
// every tile put where its corners really lie; our own layers stay as they are.
"use strict";

window.gridgov.basemap = (() => {
  const AXIS = 6378245;
  const ECCENTRICITY = 0.00669342162296594323;
  const SHIFTED = { west: 72.004, south: 0.8293, east: 137.8347, north: 55.8271 };
  const ROUNDS = 30;
  const { PI, sin, cos, sqrt, abs } = Math;

  // the published approximation, as gridgov/spatial/datums.py has it
  function forward(lng, lat) {
    const [x, y] = [lng - 105, lat - 35];
    const root = sqrt(abs(x));
    const ripple = 20 * sin(6 * x * PI) + 20 * sin(2 * x * PI);
    let north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + (ripple * 2) / 3;
    north += ((20 * sin(y * PI) + 40 * sin((y / 3) * PI)) * 2) / 3;
    north += ((160 * sin((y / 12) * PI) + 320 * sin((y * PI) / 30)) * 2) / 3;
    let east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + (ripple * 2) / 3;
    east += ((20 * sin(x * PI) + 40 * sin((x / 3) * PI)) * 2) / 3;
    east += ((150 * sin((x / 12) * PI) + 300 * sin((x / 30) * PI)) * 2) / 3;
    const turn = PI / 180;
    const bulge = 1 - ECCENTRICITY * sin(lat * turn) ** 2;
    const meridian = (AXIS * (1 - ECCENTRICITY)) / (bulge * sqrt(bulge));
    const parallel = (AXIS / sqrt(bulge)) * cos(lat * turn);
    return [lng + east / parallel / turn, lat + north / meridian / turn];
  }

  const inside = (lng, lat) => lng >= SHIFTED.west && lng <= SHIFTED.east && lat >= SHIFTED.south && lat <= SHIFTED.north;
  const shifted = (lng, lat) => (inside(lng, lat) ? forward(lng, lat) : [lng, lat]);

  function restored(lng, lat) {
    let [x, y] = [lng, lat];
    for (let round = 0; round < ROUNDS; round += 1) {
      const [east, north] = shifted(x, y);
      [x, y] = [x + lng - east, y + lat - north];
      if (abs(lng - east) + abs(lat - north) < 1e-10) break;
    }
    return [x, y];
  }

  const Raster = L.TileLayer.extend({
    options: { pane: "raster", noWrap: true, keepBuffer: 1, updateWhenIdle: true },

    // where the corner of a tile lies on our map, in pixels of the tile's zoom
    _corner(coords) {
      const { lng, lat } = this._map.unproject(coords.scaleBy(this.getTileSize()), coords.z);
      const [x, y] = restored(lng, lat);
      return this._map.project([y, x], coords.z).round();
    },

    _getTilePos(coords) {
      return this._corner(L.extend(coords, { z: coords.z ?? this._tileZoom })).subtract(this._level.origin);
    },

    _getTiledPixelBounds(center) {
      const bounds = L.TileLayer.prototype._getTiledPixelBounds.call(this, center);
      const [lng, lat] = shifted(center.lng, center.lat);
      const moved = this._map.project([lat, lng], this._tileZoom).subtract(this._map.project(center, this._tileZoom)).round();
      return L.bounds(bounds.min.add(moved).subtract([32, 32]), bounds.max.add(moved).add([32, 32]));
    },

    createTile(coords, done) {
      const tile = L.TileLayer.prototype.createTile.call(this, coords, done);
      tile.gridgovCoords = coords;
      return tile;
    },

    // neighbours meet: a tile reaches to where the next one begins
    _initTile(tile) {
      L.TileLayer.prototype._initTile.call(this, tile);
      const { x, y, z } = tile.gridgovCoords;
      const [near, far] = [L.point(x, y), L.point(x + 1, y + 1)].map((one) => this._corner(L.extend(one, { z })));
      tile.style.width = `${far.x - near.x}px`;
      tile.style.height = `${far.y - near.y}px`;
    },
  });

  // the layers of a provider from the bottom up
  function layers({ tiles, datum, deepest }) {
    const Kind = datum === "GCJ-02" ? Raster : L.TileLayer;
    return tiles.map((address) => new Kind(address, { pane: "raster", maxNativeZoom: deepest, maxZoom: 22, noWrap: true }));
  }

  return { layers, shifted, restored };
})();

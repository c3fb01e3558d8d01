"""The encoder beside PostGIS's ST_AsMVT: the same features, the same properties, each within a unit of the tile."""

from typing import Any

import mapbox_vector_tile
import numpy as np
import pytest
import shapely
from sqlalchemy import text

from gridgov.spatial.tiles import Layer, encode, flattened
from gridgov.spatial.tiling import Tile
from gridgov.storage.database import open_engine
from tests.databases import Databases

TILE = Tile(14, 13251, 6752)
HALF = 20037508.342789244  # metres from the middle of the Mercator map to its edge
COUNT = 60
TOLD = text(
    """SELECT ST_AsMVT(told, 'any', 4096, 'geom', 'id') FROM (SELECT id, code, ST_AsMVTGeom(
    ST_GeomFromText(shape, 3857), ST_TileEnvelope(:z, :x, :y), 4096, 64, true) AS geom
    FROM unnest(CAST(:ids AS int[]), CAST(:codes AS text[]), CAST(:shapes AS text[])) AS given(id, code, shape)) AS told
    """
)


def shapes() -> list[shapely.Geometry]:
    """Invent shapes in the tile's units: in it, over its edges and beyond, with holes and of several parts."""
    chance = np.random.default_rng(11)
    found: list[shapely.Geometry] = []
    for row in range(COUNT):
        middle, size = chance.uniform(-600, 4700, 2), chance.uniform(30, 900)
        turn = np.sort(chance.uniform(0, 2 * np.pi, 9))
        ring = middle + size * chance.uniform(0.5, 1, (9, 1)) * np.column_stack([np.cos(turn), np.sin(turn)])
        area = shapely.Polygon(ring).buffer(0)
        holed = area.difference(shapely.Point(*middle).buffer(size / 5, quad_segs=3))
        several = shapely.union_all([area, shapely.Point(*middle + 2 * size).buffer(size / 2, quad_segs=2)])
        kinds = (area, holed, several, shapely.LineString(ring), shapely.Point(*middle), shapely.MultiPoint(ring))
        found.append(kinds[row % len(kinds)])
    return found


def read(tile: bytes) -> dict[int, tuple[shapely.Geometry, dict[str, Any]]]:
    features = mapbox_vector_tile.decode(tile, default_options={"y_coord_down": True})["any"]["features"]
    return {one["id"]: (shapely.geometry.shape(one["geometry"]), one["properties"]) for one in features}


@pytest.fixture(scope="module")
def both(databases: Databases) -> tuple[dict[int, Any], dict[int, Any]]:
    """What is read from our tile, and from that of PostGIS."""
    given, ids = shapes(), list(range(COUNT))
    codes = [f"编码{row}" for row in ids]
    world = np.array([TILE.x, TILE.y]) * 4096.0, 4096 * 2.0**TILE.z

    def planar(xy: np.ndarray) -> np.ndarray:
        return ((xy + world[0]) / world[1] * 2 - 1) * [HALF, -HALF]

    def degrees(xy: np.ndarray) -> np.ndarray:
        part = (xy + world[0]) / world[1]
        lat = np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * part[:, 1]))))
        return np.column_stack([part[:, 0] * 360 - 180, lat])

    placed = flattened(shapely.transform(shape, degrees) for shape in given)
    ours = encode(TILE, [Layer("any", placed, ids, {"code": codes})], tolerance=0.0, least=0.0)
    texts = [shapely.to_wkt(shapely.transform(shape, planar), rounding_precision=9) for shape in given]
    asked = {"z": TILE.z, "x": TILE.x, "y": TILE.y, "ids": ids, "codes": codes, "shapes": texts}
    with databases.copy("postgresql", "empty") as url:
        engine = open_engine(url)
        with engine.connect() as connection:
            theirs = bytes(connection.execute(TOLD, asked).scalar_one())
        engine.dispose()
    return read(ours), read(theirs)


def test_both_tell_the_same_features(both: tuple[dict[int, Any], dict[int, Any]]) -> None:
    ours, theirs = both
    # PostGIS tells points in the buffer too; ours lie in one tile only
    points = {row for row in theirs if "Point" in theirs[row][0].geom_type}
    assert ours.keys() - points == theirs.keys() - points
    assert ours.keys() <= theirs.keys()
    assert all(ours[row][1] == theirs[row][1] for row in ours)
    assert len(ours) > COUNT / 2


def test_both_tell_the_same_shapes(both: tuple[dict[int, Any], dict[int, Any]]) -> None:
    ours, theirs = both
    for row, (shape, _) in ours.items():
        other = theirs[row][0]
        if shape.area:
            assert shapely.symmetric_difference(shape, other.buffer(0)).buffer(-1).is_empty, row
        elif "Line" in shape.geom_type:
            assert shapely.hausdorff_distance(shape, other) <= 1.5, row
        else:
            inside = shapely.intersection(other, shapely.box(0, 0, 4095.5, 4095.5))
            assert shapely.hausdorff_distance(shape, inside) <= 1.5, row

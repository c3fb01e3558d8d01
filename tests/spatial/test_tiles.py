"""The encoder, read back by another library and held against shapely."""

import mapbox_vector_tile
import numpy as np
import pytest
import shapely

from gridgov.errors import NotFoundError
from gridgov.spatial.tiles import Layer, anchors, encode, flattened
from gridgov.spatial.tiling import EXTENT, Tile, tiles_over

TILE = Tile(14, 13251, 6752)


def on_ground(shape: shapely.Geometry, tile: Tile = TILE) -> shapely.Geometry:
    """Bring a shape from a tile's units to degrees."""
    whole = EXTENT * 2.0**tile.z

    def image(xy: np.ndarray) -> np.ndarray:
        lon = ((xy[:, 0] + tile.x * EXTENT) / whole - 0.5) * 360.0
        lat = np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * (xy[:, 1] + tile.y * EXTENT) / whole))))
        return np.column_stack([lon, lat])

    return shapely.transform(shape, image)


def read(shapes: list, columns: dict | None = None, **told: float) -> list[dict]:
    """Encode shapes given in the tile's units, and read back what another library makes of them, in the same units."""
    placed = flattened(None if shape is None else on_ground(shape) for shape in shapes)
    told_bytes = encode(TILE, [Layer("any", placed, range(len(shapes)), columns or {})], **told)
    options = {"y_coord_down": True}
    return mapbox_vector_tile.decode(told_bytes, default_options=options)["any"]["features"] if told_bytes else []


def test_a_tile_knows_its_place() -> None:
    assert Tile(0, 0, 0).bounds() == pytest.approx((-180, -85.0511, 180, 85.0511), abs=1e-4)
    west, south, east, north = TILE.bounds()
    assert TILE.units(np.array([[west, north], [east, south]])).ravel() == pytest.approx([0, 0, 4096, 4096], abs=1e-5)
    assert tiles_over(((west + east) / 2, (south + north) / 2) * 2, 14) == [TILE]


@pytest.mark.parametrize("place", [(-1, 0, 0), (23, 0, 0), (3, 8, 0), (3, 0, -1)])
def test_a_tile_outside_the_world_is_refused(place: tuple[int, int, int]) -> None:
    with pytest.raises(NotFoundError):
        Tile.at(*place)


def test_shapes_of_each_kind_come_back() -> None:
    hole = shapely.Polygon(shapely.box(0, 0, 800, 800).exterior, [shapely.box(200, 200, 600, 600).exterior])
    shapes = [
        shapely.Point(7, 9),
        shapely.MultiPoint([(1, 2), (3, 4)]),
        shapely.LineString([(0, 0), (100, 300), (400, 0)]),
        shapely.MultiLineString([[(0, 0), (100, 100)], [(500, 0), (500, 100)]]),
        shapely.box(100, 100, 300, 200),
        hole,
        shapely.MultiPolygon([shapely.box(0, 0, 100, 100), shapely.box(500, 500, 900, 900)]),
        shapely.GeometryCollection([shapely.Point(1, 1), shapely.box(10, 10, 90, 90)]),
    ]
    found = {one["id"]: shapely.geometry.shape(one["geometry"]) for one in read(shapes)}
    assert len(found) == len(shapes)
    for row, shape in enumerate(shapes[:-1]):
        assert found[row].normalize().equals(shape.normalize()), row
    assert found[7].equals(shapes[7].geoms[1])


def test_values_come_back_as_they_were() -> None:
    told = {
        "name": ["桂花苑", None, ""],
        "share": [0.25, None, 1.0],
        "count": [0, -3, 2**40],
        "branch": [True, False, None],
    }
    found = read([shapely.Point(row, 0) for row in range(3)], told)
    for row, one in enumerate(found):
        wanted = {key: values[row] for key, values in told.items() if values[row] is not None}
        assert one["properties"] == wanted
        assert [type(one["properties"][key]) for key in wanted] == [type(value) for value in wanted.values()]


def test_what_has_no_place_or_lies_elsewhere_is_left_out() -> None:
    shapes = [None, shapely.Point(), shapely.Polygon(), shapely.box(9000, 0, 9900, 900), shapely.Point(4096, 0)]
    assert read([*shapes, shapely.Point(4095.9, 0)]) == read([shapely.Point()] * 5 + [shapely.Point(4095, 0)])


def test_a_small_polygon_is_a_pixel() -> None:
    (one,) = read([shapely.box(100, 100, 103, 104)])
    assert shapely.geometry.shape(one["geometry"]).equals(shapely.box(94, 94, 110, 110))


def test_a_place_for_a_name_lies_inside() -> None:
    ring = shapely.Point(0, 0).buffer(10).difference(shapely.Point(0, 0).buffer(8))
    found = anchors(flattened([shapely.box(0, 0, 4, 2), ring, shapely.Point(3, 4), None]))
    assert found[0].tolist() == [2, 1, 4]
    assert ring.contains(shapely.Point(found[1, :2]))
    assert found[2].tolist() == [3, 4, 0]
    assert np.isnan(found[3]).all()

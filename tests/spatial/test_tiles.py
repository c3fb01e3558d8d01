"""The encoder, read back by another library and held against shapely."""

import time

import mapbox_vector_tile
import numpy as np
import pytest
import shapely
import shapely.affinity
from hypothesis import given, settings
from hypothesis import strategies as st

from gridgov.errors import NotFoundError
from gridgov.spatial.tile_kernels import Frame, fitted
from gridgov.spatial.tiles import Layer, anchors, encode, flattened
from gridgov.spatial.tiling import EXTENT, Tile, tiles_over

TILE = Tile(14, 13251, 6752)
FRAME = Frame(-64.0, 4160.0, 4096.0, 4.0, 256.0)


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


@st.composite
def polygons(draw: st.DrawFn) -> shapely.Geometry:
    """A valid polygon or two somewhere about the tile, with holes, from a pixel to larger than the tile."""
    seeds = st.tuples(st.integers(-2000, 6000), st.integers(-2000, 6000))
    places = draw(st.lists(seeds, min_size=3, max_size=12))
    size = draw(st.sampled_from([30, 300, 3000]))
    shape = shapely.union_all([shapely.Point(place).buffer(size, quad_segs=3) for place in places])
    hole = shapely.Point(places[0]).buffer(size / 3, quad_segs=2)
    return shape.difference(hole) if draw(st.booleans()) else shape


WINDOW = shapely.box(-64, -64, 4160, 4160)


@given(polygons(), st.sampled_from([0.0, 4.0]))
@settings(max_examples=60)
def test_a_polygon_is_what_shapely_clips(shape: shapely.Geometry, tolerance: float) -> None:
    found = read([shape], tolerance=tolerance, least=1.0)
    wanted = shapely.intersection(shape, WINDOW)
    told = shapely.union_all([shapely.geometry.shape(one["geometry"]).buffer(0) for one in found])
    assert told.is_empty or shapely.within(told, WINDOW.buffer(1))
    # Rounded by half a unit, its vertices left out by the tolerance, an outline strays no further than by both.
    off = shapely.symmetric_difference(told, wanted)
    assert off.buffer(-(tolerance + 1)).is_empty


@given(polygons())
@settings(max_examples=40)
def test_rings_turn_as_the_specification_wants(shape: shapely.Geometry) -> None:
    flat = flattened([shape])
    words, begin = fitted(flat, FRAME)
    for rings in _polygons(words[begin[0] : begin[1]].tolist()):
        areas = [_area(ring) for ring in rings]
        assert areas[0] > 0
        assert all(area < 0 for area in areas[1:])
        for ring in rings:
            assert len(ring) >= 3
            assert all(one != other for one, other in zip(ring, ring[1:] + ring[:1], strict=True))


@given(st.lists(st.tuples(st.integers(-300, 4400), st.integers(-300, 4400)), min_size=2, max_size=12, unique=True))
@settings(max_examples=60)
def test_a_line_is_what_shapely_clips(places: list[tuple[int, int]]) -> None:
    line = shapely.LineString(places)
    found = [shapely.geometry.shape(one["geometry"]) for one in read([line], tolerance=0.0)]
    wanted = shapely.intersection(line, WINDOW)
    told = shapely.union_all(found)
    lost = shapely.get_parts(shapely.difference(wanted, told.buffer(1.5)))
    assert shapely.length(lost).max(initial=0.0) <= 1.5  # a bit that shrinks to a point of the grid isn't drawn
    assert shapely.difference(told, wanted.buffer(1.5)).is_empty


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.floats(0, 4095.9), st.floats(0, 4095.9)), max_size=9)
)
@settings(max_examples=40)
def test_a_point_lies_in_exactly_one_tile(places: list[tuple[int, int, float, float]]) -> None:
    points = flattened(
        on_ground(shapely.Point(x, y), Tile(TILE.z, TILE.x + right, TILE.y + down)) for right, down, x, y in places
    )
    held: list[int] = []
    for tile in (Tile(TILE.z, TILE.x + right, TILE.y + down) for right in range(3) for down in range(3)):
        told = encode(tile, [Layer("any", points, range(len(places)))])
        held += [one["id"] for one in mapbox_vector_tile.decode(told)["any"]["features"]] if told else []
    assert sorted(held) == list(range(len(places)))


def test_neighbours_tell_the_same_border() -> None:
    line = on_ground(shapely.LineString([(3000, 1000), (3700, 1350), (4400, 1510), (5200, 900)]))
    found = []
    for tile in (TILE, Tile(TILE.z, TILE.x + 1, TILE.y)):
        told = mapbox_vector_tile.decode(
            encode(tile, [Layer("any", flattened([line]), [1])]), default_options={"y_coord_down": True}
        )
        shape = shapely.geometry.shape(told["any"]["features"][0]["geometry"])
        found.append(shapely.affinity.translate(shape, (tile.x - TILE.x) * EXTENT))
    both = [shapely.intersection(one, shapely.box(4032, 0, 4160, 4096)) for one in found]
    assert shapely.hausdorff_distance(*both) <= 1


@given(polygons(), st.floats(0.002, 1.0), st.sampled_from([0.0, 4.0]))
@settings(max_examples=120)
def test_what_is_rounded_stays_valid(shape: shapely.Geometry, scale: float, tolerance: float) -> None:
    shrunk = shapely.affinity.scale(shape, scale, scale, origin=(2000, 2000))
    for one in read([shrunk], tolerance=tolerance, least=1.0):
        assert shapely.is_valid(shapely.geometry.shape(one["geometry"]))


def test_rings_that_cross_once_rounded_are_mended() -> None:
    bow = shapely.Polygon([(0, 0), (100, 100.3), (100, 0), (50.4, 50.1)])  # its last corner is rounded onto a side
    strip = shapely.Polygon([(200, 0), (300, 0.2), (300, 0.4), (250, 0.45), (200, 0.3)])
    found = {one["id"]: shapely.geometry.shape(one["geometry"]) for one in read([bow, strip], tolerance=0.0, least=0.0)}
    assert all(shapely.is_valid(shape) for shape in found.values())
    assert found[0].area == pytest.approx(bow.area, abs=100)


@pytest.mark.parametrize("deeper", [-4, 0, 4])
def test_a_million_vertices_still_tile(deeper: int) -> None:
    turn = np.linspace(0, 2 * np.pi, 1_000_000, endpoint=False)
    radius = 1800 + 60 * np.sin(turn * 40_000)
    ring = np.column_stack([2048 + radius * np.cos(turn), 2048 + radius * np.sin(turn)])
    shapes = flattened([on_ground(shapely.Polygon(ring))])
    east, middle = (TILE.x + 0.94) * 2.0**deeper, (TILE.y + 0.5) * 2.0**deeper
    began = time.process_time()
    told = encode(Tile(TILE.z + deeper, int(east), int(middle)), [Layer("any", shapes, [1])])
    assert time.process_time() - began < 3  # a tenth of a second, mostly; without blocks six
    (one,) = mapbox_vector_tile.decode(told)["any"]["features"]
    if deeper <= 0:
        area = np.pi * (1800 * 2.0**deeper) ** 2
        assert shapely.geometry.shape(one["geometry"]).buffer(0).area == pytest.approx(area, rel=0.05)


def _polygons(words: list[int]) -> list[list[list[tuple[int, int]]]]:
    """Read the commands of one polygon feature: its polygons, each of rings."""
    found: list[list[list[tuple[int, int]]]] = []
    x = y = at = 0
    ring: list[tuple[int, int]] = []
    while at < len(words):
        command, count = words[at] & 7, words[at] >> 3
        at += 1
        if command == 7:
            if _area(ring) > 0:
                found.append([])
            found[-1].append(ring)
            continue
        ring = [] if command == 1 else ring
        for _ in range(count):
            x += (words[at] >> 1) ^ -(words[at] & 1)
            y += (words[at + 1] >> 1) ^ -(words[at + 1] & 1)
            ring.append((x, y))
            at += 2
    return found


def _area(ring: list[tuple[int, int]]) -> float:
    """Sum the area of a ring as the specification does: positive of an outer one."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:] + ring[:1], strict=True)) / 2

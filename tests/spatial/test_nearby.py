"""What is nearest, by the cells of a lattice, against shapely's trees and plain comparison."""

from itertools import pairwise, product

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from gridgov.spatial.chains import Chains
from gridgov.spatial.lattice import Bits
from gridgov.spatial.nearby import Areas, Nearby, outlines
from gridgov.spatial.straight import Lines, millimetres
from gridgov.spatial.topology import points

Xy = tuple[float, float]

COORDINATE = (
    st.integers(-40, 40).map(float)
    | st.integers(-40_000, 40_000).map(lambda mm: mm / 1000)
    | st.sampled_from([1000.0, 3000.5])
)
XY = st.tuples(COORDINATE, COORDINATE)
BIT = st.tuples(XY, XY, st.integers(0, 1))
AREA = st.builds(lambda west, south, side: shapely.box(west, south, west + side, south + side),
                 COORDINATE, COORDINATE, st.sampled_from([0.5, 4.0, 30.0]))  # fmt: skip
HOLED = AREA.map(lambda area: area.difference(area.centroid.buffer(0.1)))
SHAPE = XY.map(shapely.Point) | AREA | HOLED


@settings(max_examples=300, deadline=None)
@given(st.lists(BIT, max_size=12), st.lists(XY, min_size=1, max_size=4), st.sampled_from([3.0, 50.0, np.inf]))
def test_the_nearest_bit_is_that_of_a_comparison_of_all(
    bits: list[tuple[Xy, Xy, int]], places: list[Xy], limit: float
) -> None:
    ends = np.array([(*one, *other) for one, other, _ in bits]).reshape(-1, 4)
    kinds = np.array([kind for _, _, kind in bits], dtype=np.int32)
    xy, asked = np.array(places), np.arange(len(places), dtype=np.int32) % 2
    found = Nearby(Bits(ends, np.arange(len(ends)) // 2, kinds))
    lines = np.array([shapely.LineString(pair) for pair in ends.reshape(-1, 2, 2)], dtype=object)
    away = shapely.distance(points(xy)[:, None], lines[None, :]).reshape(len(xy), len(lines))
    away[(kinds[None, :] != asked[:, None]) | (away > limit)] = np.inf
    best = [int(row.argmin()) if np.isfinite(row).any() else -1 for row in away]
    bit, far = found.nearest(xy, asked, limit=limit)
    assert bit.tolist() == best
    assert far.tolist() == away.min(axis=1, initial=np.inf).tolist()
    near = {(place, bit // 2) for place, bit in zip(*np.nonzero(away <= min(limit, 50.0)), strict=True)}
    place, bit, far = found.within(xy, min(limit, 50.0), asked)
    assert sorted(zip(place, bit // 2, strict=True)) == sorted(near)
    own = [away[at, owner * 2 : owner * 2 + 2] for at, owner in zip(place, bit // 2, strict=True)]
    assert far.tolist() == [some.min() for some in own]
    assert bit.tolist() == [owner * 2 + some.argmin() for owner, some in zip(bit // 2, own, strict=True)]


def test_feet_lie_on_the_bits() -> None:
    nearby = Nearby(Bits(np.array([[0, 0, 10, 0], [5, 5, 5, 5]], dtype=float), np.arange(2), np.zeros(2)))
    feet, along = nearby.feet(np.array([0, 0, 0, 1]), np.array([[3, 4], [-2, 1], [12, 1], [0, 0]], dtype=float))
    assert feet.tolist() == [[3, 0], [0, 0], [10, 0], [5, 5]]
    assert along.tolist() == [3, 0, 10, 0]


def test_bits_that_hardly_rise_are_found() -> None:
    level = np.array([[4e7, 0.3, 4e7 + 900, 0.3 + 1e-12], [4e7, 500, 4e7, 501]])
    bit, far = Nearby(Bits(level, np.arange(2), np.zeros(2))).nearest(np.array([[4e7 + 450.0, 7.3]]))
    assert (bit.tolist(), far.tolist()) == ([0], pytest.approx([7.0]))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(SHAPE, st.integers(0, 1)), max_size=10), st.lists(XY, max_size=4), st.sampled_from([1, 1.3]))
def test_straight_lines_go_to_the_nearest_site(
    sites: list[tuple[BaseGeometry, int]], places: list[Xy], detour: float
) -> None:
    xy = np.array(places, dtype=float).reshape(-1, 2)
    shapes = np.empty(len(sites), dtype=object)
    shapes[:] = [shape for shape, _ in sites]
    kind = np.array([kind for _, kind in sites], dtype=np.int64)
    lines = Lines(xy, shapes, 7 + np.arange(len(sites)), kind, detour=detour)
    metres, point = lines.nearest([0, 1])
    for column in (0, 1):
        own = np.flatnonzero(kind == column)
        away = millimetres(shapely.distance(points(xy)[:, None], shapes[own][None, :]) * detour).reshape(
            len(xy), len(own)
        )
        assert (metres[:, column] * 1000).tolist() == pytest.approx(away.min(axis=1, initial=np.inf).tolist())
        assert point[:, column].tolist() == [7 + own[row.argmin()] if len(row) else -1 for row in away]
        expected = [(far, 7 + own[site], at) for (at, site), far in np.ndenumerate(away) if far <= 20_000]
        at, row, far = lines.pairs(column, 20.0)
        assert list(zip(far, row, at, strict=True)) == sorted(expected)


def test_no_site_no_line() -> None:
    metres, point = Lines(np.zeros((2, 2)), np.empty(0, object), np.empty(0, int), np.empty(0, int)).nearest([0])
    assert (metres.tolist(), point.tolist()) == ([[np.inf], [np.inf]], [[-1], [-1]])


@settings(max_examples=150, deadline=None)
@given(st.lists(AREA | HOLED, max_size=8), st.lists(XY, max_size=6))
def test_areas_are_round_what_they_contain(polygons: list[BaseGeometry], places: list[Xy]) -> None:
    shapes = np.array([*polygons, shapely.Polygon()], dtype=object)
    xy = np.array(places, dtype=float).reshape(-1, 2)
    place, area = Areas(shapes).around(xy)
    outline = shapely.boundary(shapes)
    clear = shapely.distance(points(xy)[:, None], outline[None, :]) > 1e-9
    found = np.zeros((len(xy), len(shapes)), dtype=bool)
    found[place, area] = True
    expected = shapely.contains(shapes[None, :], points(xy)[:, None]).reshape(found.shape)
    assert (found == expected)[clear.reshape(found.shape)].all()
    assert list(zip(place, area, strict=True)) == sorted(zip(place, area, strict=True))


@settings(max_examples=150, deadline=None)
@given(st.lists(BIT, max_size=8), st.lists(AREA, max_size=3), st.sampled_from([0.01, 5.0]))
def test_what_may_lie_near_outlines_is_all_that_does(
    bits: list[tuple[Xy, Xy, int]], polygons: list[BaseGeometry], reach: float
) -> None:
    ends = np.array([(*one, *other) for one, other, _ in bits]).reshape(-1, 4)
    shapes = np.array(polygons, dtype=object)
    laid = Nearby(Bits(ends, np.arange(len(ends)), np.zeros(len(ends), np.int32)))
    told = list(zip(*(side.tolist() for side in laid.around(outlines(shapes), reach)), strict=True))
    assert told == sorted(set(told))
    lines = shapely.linestrings(ends.reshape(-1, 2, 2)) if len(ends) else np.empty(0, dtype=object)
    near = shapely.dwithin(shapely.boundary(shapes)[:, None], np.asarray(lines)[None, :], reach)
    assert set(zip(*(side.tolist() for side in np.nonzero(near.reshape(len(shapes), len(ends)))), strict=True)) <= set(
        told
    )


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(XY, min_size=2, max_size=4), max_size=5), st.lists(AREA | HOLED, max_size=3))
def test_lines_come_nearest_to_rings_where_shapely_has_them_meet(
    paths: list[list[Xy]], areas: list[BaseGeometry]
) -> None:
    bits = [(*one, *other) for path in paths for one, other in pairwise(path)]
    owner = np.repeat(np.arange(len(paths)), [len(path) - 1 for path in paths])
    laid = Nearby(Bits(np.array(bits).reshape(-1, 4), owner, np.zeros(len(owner), np.int32)))
    shapes = np.array(areas, dtype=object)
    ring, bit, part, door, metres = laid.approaches(outlines(shapes), 5.0, 1e-6)
    ends = laid.bits.ends[bit]
    place = points(ends[:, :2] + part[:, None] * (ends[:, 2:] - ends[:, :2]))
    for (row, shape), (line, path) in product(enumerate(areas), enumerate(paths)):
        street, own = shapely.LineString(path), (ring == row) & (owner[bit] == line)
        least = street.distance(shape.boundary)
        assert own.any() == (least <= 5.0)
        if not own.any():
            continue
        assert np.allclose(metres[own], least, rtol=0, atol=2e-6)
        assert shapely.distance(place[own], shape.boundary) == pytest.approx(metres[own], abs=1e-6)
        assert shapely.distance(place[own], points(door[own])) == pytest.approx(metres[own], abs=1e-6)
        corners = shapely.points(shapely.get_coordinates(shape.boundary))
        corners = corners[shapely.distance(corners, street) < least + 1e-7]
        wanted = [one for one in shapely.points(path) if one.distance(shape.boundary) < least + 1e-7]
        wanted += shapely.get_point(shapely.shortest_line(corners, street), 1).tolist()
        wanted += shapely.points(shapely.get_coordinates(street.intersection(shape.boundary))).tolist()
        assert wanted
        assert shapely.distance(np.array(wanted), shapely.union_all(place[own])).max() < 1e-5


def test_chains_measure_turn_and_tell_places() -> None:
    lines = [[(0, 0), (3, 4), (3, 10)], [(5, 5), (5, 5), (6, 5)], [(1, 1), (2, 1)]]
    chains = Chains.of(np.array([shapely.LineString(line) for line in lines], dtype=object))
    assert (chains.length.tolist(), chains.along.tolist()) == ([11, 1, 1], [0, 5, 11, 0, 0, 1, 0, 1])
    assert chains.places(np.array([5.0, 0.25, 9.0])).tolist() == [[3, 4], [5.25, 5], [2, 1]]
    turned = chains.turned(np.array([True, False, True])).at(np.array([2, 0]))
    assert [shapely.get_coordinates(line).tolist() for line in turned.lines()] == [
        [[2, 1], [1, 1]],
        [[3, 10], [3, 4], [0, 0]],
    ]
    assert turned.lines(np.empty(0, np.int64)).tolist() == []


@settings(max_examples=200, deadline=None)
@given(st.lists(BIT, min_size=1, max_size=8), st.lists(BIT, min_size=1, max_size=8), st.sampled_from([0.0, 0.05, 5.0]))
def test_what_runs_beside_bits_is_never_missed(
    bits: list[tuple[Xy, Xy, int]], others: list[tuple[Xy, Xy, int]], reach: float
) -> None:
    ends, asked = (np.array([(*one, *other) for one, other, _ in some]) for some in (bits, others))
    near = Nearby(Bits(ends, np.arange(len(ends)), np.zeros(len(ends), np.int32))).beside(asked, reach)
    mine, theirs = (shapely.linestrings(some.reshape(-1, 2, 2)) for some in (ends, asked))
    assert near[(shapely.distance(theirs[:, None], mine[None, :]) <= reach).any(axis=1)].all()
    boxes = shapely.distance(shapely.envelope(theirs)[:, None], shapely.envelope(mine)[None, :])
    assert not near[(boxes > 2 * reach).all(axis=1)].any()

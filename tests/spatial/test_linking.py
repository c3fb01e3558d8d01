"""A link of path more or less: worked by hand, and beside straight measuring on streets put down at random."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point

from gridgov.spatial.linking import NEARBY, REACH, with_link, without_link
from gridgov.spatial.network import Segments

Streets = list[list[tuple[int, int]]]
Ends = tuple[tuple[int, int], tuple[int, int]]

STREETS = [[(0, 0), (100, 0)], [(0, 50), (100, 50)]]


def segments(*lines: list[tuple[float, float]], free: tuple[int, ...] = (), own: tuple[int, ...] = ()) -> Segments:
    made = np.array([LineString(line) for line in lines], dtype=object)
    rows = np.arange(len(made))
    return Segments(made, np.isin(rows, free), np.isin(rows, own))


def told(found: Segments | None) -> set[tuple[tuple[float, ...], ...]]:
    assert found is not None
    return {tuple(sorted(tuple(map(float, place)) for place in shapely.get_coordinates(line))) for line in found.lines}


def test_a_link_splits_what_it_meets_and_leaves_the_rest() -> None:
    found = with_link(segments(*STREETS, [(0, 200), (100, 200)]), LineString([(40, 0), (40, 50)]))
    assert told(found) == {
        ((0, 0), (40, 0)), ((40, 0), (100, 0)), ((0, 50), (40, 50)), ((40, 50), (100, 50)),
        ((40, 0), (40, 50)), ((0, 200), (100, 200)),
    }  # fmt: skip


def test_ends_within_five_metres_are_drawn_to_the_path() -> None:
    found = with_link(segments(*STREETS), LineString([(40, 5), (60, 45.0)]))
    assert ((40, 0), (60, 50)) in told(found)
    assert found is not None
    assert len(found.lines) == 5


def test_one_end_may_lead_nowhere_but_not_both() -> None:
    assert ((40, 0), (40, 25)) in told(with_link(segments(*STREETS), LineString([(40, 4.9), (40, 25)])))
    assert with_link(segments(*STREETS), LineString([(40, 5.1), (40, 25)])) is None
    assert with_link(segments(), LineString([(40, 0), (40, 25)])) is None


def test_a_link_across_a_path_joins_it_though_its_ends_are_far() -> None:
    assert ((0, 0), (40, 0)) in told(with_link(segments(*STREETS), LineString([(40, -20), (40, 20)])))
    assert with_link(segments(*STREETS, free=(0, 1)), LineString([(40, -20), (40, 20)])) is None


def test_a_bridge_is_passed_under_and_private_ways_stay_private() -> None:
    streets = segments(*STREETS, [(0, 20), (100, 20)], [(0, 30), (100, 30)], free=(2,), own=(3,))
    found = with_link(streets, LineString([(40, 0), (40, 50)]))
    lines = told(found)
    assert ((0, 20), (100, 20)) in lines
    assert {((0, 30), (40, 30)), ((40, 30), (100, 30))} <= lines
    assert found is not None
    private = {shapely.get_coordinates(line)[0, 1] for line in found.lines[found.own]}
    assert private == {30}
    assert [line.length for line in found.lines[found.level_free]] == [100]


@pytest.mark.parametrize(("place", "left"), [((50, 1), 1), ((50, 49), 0), ((50, 71), None), ((50, -20), 1)])
def test_the_segment_nearest_to_a_place_is_taken_out(place: tuple[float, float], left: int | None) -> None:
    found = without_link(segments(*STREETS, own=(1,)), Point(place))
    if left is None:
        assert found is None
        return
    assert told(found) == told(segments(STREETS[left]))
    assert found is not None
    assert found.own.tolist() == [left == 1]


def test_nothing_is_taken_out_of_nothing() -> None:
    assert without_link(segments(), Point(0, 0)) is None


whole = st.integers(0, 60)
places = st.tuples(whole, whole)
lines = st.lists(places, min_size=2, max_size=3, unique=True)


@settings(max_examples=60, deadline=None)
@given(st.lists(lines, min_size=1, max_size=6), st.tuples(places, places).filter(lambda ends: ends[0] != ends[1]))
def test_a_link_adds_its_own_length_and_no_more(
    streets: list[list[tuple[int, int]]], ends: tuple[tuple[int, int], ...]
) -> None:
    before = segments(*streets)
    link = LineString(ends)
    away = [min(shapely.distance(line, Point(end)) for line in before.lines) for end in ends]
    found = with_link(before, link)
    assert (found is None) == (min(away) > REACH and not any(line.intersects(link) for line in before.lines))
    if found is not None:
        street, after = shapely.union_all(before.lines), shapely.union_all(found.lines)
        assert shapely.hausdorff_distance(shapely.union(street, after), after) < 1e-6
        added = shapely.difference(after, shapely.buffer(street, 1e-6))
        assert all(shapely.distance(link, Point(xy)) <= REACH + 1e-6 for xy in shapely.get_coordinates(added))


@settings(max_examples=60, deadline=None)
@given(st.lists(lines, min_size=1, max_size=6), places)
def test_what_is_taken_out_is_the_nearest(streets: Streets, place: tuple[int, int]) -> None:
    before = segments(*streets)
    away = [shapely.distance(line, Point(place)) for line in before.lines]
    found = without_link(before, Point(place))
    assert (found is None) == (min(away) > NEARBY)
    if found is not None:
        kept = [line for row, line in enumerate(before.lines) if row != away.index(min(away))]
        assert [line.wkb for line in found.lines] == [line.wkb for line in kept]

"""Validity, overlaps, gaps and covering."""

import numpy as np
import pytest
import shapely
from shapely import box

from gridgov.spatial.topology import covering, gaps, overlaps, points, repair
from tests.spatial.cases import objects


def test_a_bow_tie_becomes_two_triangles_and_the_valid_stays_as_it_is() -> None:
    tie = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    square = box(0, 0, 1, 1)
    repaired, changed = repair(objects([tie, square, None]))
    assert changed.tolist() == [True, False, False]
    assert repaired[0].is_valid
    assert repaired[0].area == pytest.approx(50)
    assert repaired[1] is square
    assert repaired[2] is None


def test_repair_keeps_areas_only() -> None:
    spiked = shapely.Polygon([(0, 0), (10, 0), (10, 10), (10, 30), (10, 10), (0, 10)])
    collection = shapely.GeometryCollection([box(0, 0, 2, 2), shapely.LineString([(5, 5), (6, 6)])])
    flat = shapely.Polygon([(0, 0), (1, 1), (2, 2)])
    repaired, changed = repair(objects([spiked, collection, flat]))
    assert changed.all()
    assert [area.geom_type for area in repaired] == ["Polygon"] * 3
    assert [area.area for area in repaired] == [100.0, 4.0, 0.0]


def test_overlaps_are_listed_once_and_noise_is_not() -> None:
    squares = objects([box(0, 0, 10, 10), box(9, 0, 20, 10), box(20, 0, 30, 10), box(29.95, 0, 40, 10), None])
    first, second, area = overlaps(squares, tolerance_m2=1.0)
    assert (first.tolist(), second.tolist(), area.tolist()) == ([0], [1], [10.0])
    assert overlaps(squares, tolerance_m2=0.1)[0].tolist() == [0, 2]
    assert overlaps(objects([]))[0].tolist() == []


def test_gaps_are_the_uncovered_parts_largest_first() -> None:
    parts = gaps(box(0, 0, 100, 10), objects([box(20, 0, 60, 10), box(90, 0, 110, 10), None]), tolerance_m2=1.0)
    assert [part.bounds for part in parts] == [(60.0, 0.0, 90.0, 10.0), (0.0, 0.0, 20.0, 10.0)]
    assert [part.area for part in gaps(box(0, 0, 2, 2), objects([]))] == [4.0]
    assert gaps(box(0, 0, 10, 10), objects([box(0, 0, 10, 9.95)]), tolerance_m2=1.0) == []


def test_a_point_on_a_border_is_covered_by_both_sides() -> None:
    point, polygon = covering(
        objects([box(0, 0, 10, 10), box(10, 0, 20, 10), None]), [(10, 5), (25, 5), (np.nan, 5), (15, 5)]
    )
    assert list(zip(point.tolist(), polygon.tolist(), strict=True)) == [(0, 0), (0, 1), (3, 1)]
    assert covering(objects([]), np.empty((0, 2)))[0].tolist() == []


def test_points_takes_coordinates_of_any_shape() -> None:
    assert [dot.x for dot in points([(1, 2), (3, 4)])] == [1.0, 3.0]
    assert len(points([])) == 0

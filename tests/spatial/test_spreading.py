"""Spreading against a plain oracle that cuts each cell by hand; sums are kept, and order says nothing."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridgov.spatial.spreading import Ground, Homes, Spread, share_out, spread_cells, weights

SIZE = 100.0
places = st.integers(0, 30).map(lambda step: step * 10.0 + 5)
sides = st.integers(1, 12).map(lambda step: step * 10.0)
areas = st.builds(lambda x, y, w, h: shapely.box(x - 5, y - 5, x - 5 + w, y - 5 + h), places, places, sides, sides)
measures = st.sampled_from([float("nan"), 0.0, 50.0, 120.0, 300.0])
homes_told = st.tuples(places, places, measures, measures, st.booleans())


@st.composite
def towns(draw: st.DrawFn) -> tuple[Any, Any, Homes, Ground]:
    """A few cells side by side, homes anywhere, areas that overlap as they like; homes belong to what holds them."""
    step, points = draw(st.sampled_from([60.0, 100.0, 240.0])), draw(st.booleans())
    corner = [(x, y) for x in range(3) for y in range(2)]
    cells = np.array([shapely.box(x * step, y * step, (x + 1) * step, (y + 1) * step) for x, y in corner], dtype=object)
    if points:
        cells = shapely.centroid(cells)
    people = np.array(draw(st.lists(st.floats(0.1, 1e6), min_size=6, max_size=6)))
    polygons = np.array(draw(st.lists(areas, max_size=5)), dtype=object)
    kinds = draw(st.lists(st.sampled_from("tch"), min_size=len(polygons), max_size=len(polygons)))
    told = draw(st.lists(homes_told, max_size=8))
    owner = [_owner(polygons, kinds, x, y) for x, y, *_ in told]
    kept = [at for at, kind in enumerate(kinds) if kind != "h" or at in owner]  # an open compound has a home
    xy, floor, footprint, known = (np.array([each[of] for each in told]) for of in (slice(2), 2, 3, 4))
    homes = Homes(
        xy.reshape(-1, 2).astype(float),
        floor.astype(float),
        footprint.astype(float),
        known.astype(bool),
        np.array([kept.index(at) if at in kept else -1 for at in owner], dtype=np.int64),
    )
    which = np.array([kinds[at] for at in kept])
    return cells, people, homes, Ground(polygons[kept], which == "t", which == "c")


def _owner(polygons: Any, kinds: list[str], x: float, y: float) -> int:
    found = (at for at, area in enumerate(polygons) if kinds[at] == "h" and area.intersects(shapely.Point(x, y)))
    return next(found, -1)


@dataclass
class ByHand:
    """What `spread_cells` says, done one cell after the other."""

    homes: Homes
    ground: Ground

    def __post_init__(self) -> None:
        self.points = [shapely.Point(xy) for xy in self.homes.xy]
        self.to_homes = [0.0] * len(self.points)
        self.to_areas = [0.0] * len(self.ground.polygons)
        self.rest = self.let_go = 0.0
        everywhere = range(len(self.ground.polygons))
        self.open = [at for at in everywhere if not (self.ground.takes[at] or self.ground.closed[at])]
        self.cut = [at for at in everywhere if at not in self.open]
        self.placed = {at for at, point in enumerate(self.points) for area in self.cut if self.holds(area, point)}

    def holds(self, area: int, place: Any) -> bool:
        return bool(self.ground.polygons[area].intersects(place))

    def cell(self, cell: Any, people: float) -> None:
        inside = [at for at, point in enumerate(self.points) if at not in self.placed and cell.intersects(point)]
        self.placed |= set(inside)
        left = cell
        for area in [*self.cut, *([] if inside else self.open)]:
            part = left.intersection(self.ground.polygons[area])
            left = left.difference(self.ground.polygons[area])
            self.give_area(area, people * (part.area / cell.area if cell.area else float(not part.is_empty)))
        over = people * (left.area / cell.area if cell.area else float(not left.is_empty))
        if inside:
            self.give_homes(over, inside)
        else:
            self.rest += over

    def give_area(self, area: int, people: float) -> None:
        if self.ground.closed[area]:
            self.let_go += people
        elif self.ground.takes[area]:
            self.to_areas[area] += people
        elif people:
            self.give_homes(people, [at for at in range(len(self.points)) if self.homes.compound[at] == area])

    def give_homes(self, people: float, members: list[int]) -> None:
        weight = [1.0] * len(members)
        for measured in (self.homes.footprint, self.homes.floor):
            if all(measured[at] > 0 for at in members):
                weight = [float(measured[at]) for at in members]
        for at, part in zip(members, weight, strict=True):
            share = people * part / sum(weight)
            if self.homes.known[at]:
                self.let_go += share
            else:
                self.to_homes[at] += share


def total(spread: Spread) -> float:
    return math.fsum([*spread.homes, *spread.ground, *spread.rest, spread.let_go])


@settings(max_examples=150)
@given(towns())
def test_it_is_what_one_does_by_hand(town: tuple[Any, Any, Homes, Ground]) -> None:
    cells, people, homes, ground = town
    found = spread_cells(cells, people, homes, ground, SIZE)
    hand = ByHand(homes, ground)
    for cell, count in zip(cells, people, strict=True):
        hand.cell(cell, count)
    whole = math.fsum(people)
    assert found.homes == pytest.approx(hand.to_homes, rel=1e-9, abs=1e-8 * whole)
    assert found.ground == pytest.approx(hand.to_areas, rel=1e-9, abs=1e-8 * whole)
    assert found.rest.sum() == pytest.approx(hand.rest, rel=1e-9, abs=1e-8 * whole)
    assert found.let_go == pytest.approx(hand.let_go, rel=1e-9, abs=1e-8 * whole)


@settings(max_examples=60)
@given(towns(), st.randoms(use_true_random=False))
def test_sums_are_kept_and_order_says_nothing(town: tuple[Any, Any, Homes, Ground], random: Any) -> None:
    cells, people, homes, ground = town
    found = spread_cells(cells, people, homes, ground, SIZE)
    assert total(found) == pytest.approx(math.fsum(people), rel=1e-12)
    order = list(range(len(homes.xy)))
    random.shuffle(order)
    told = (getattr(homes, name)[order] for name in ("xy", "floor", "footprint", "known", "compound"))
    mixed = spread_cells(cells, people, Homes(*told), ground, SIZE)
    assert mixed.homes == pytest.approx(found.homes[order], rel=1e-12)
    assert mixed.rest.sum() == pytest.approx(found.rest.sum(), rel=1e-12)


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0.01, 1e6)), min_size=1, max_size=30))
def test_totals_are_shared_out_whole(members: list[tuple[int, float]]) -> None:
    group, weight = np.array([each[0] for each in members]), np.array([each[1] for each in members])
    totals = np.array([100.0, 0.1, 1e7, 3.0])
    part = share_out(totals, group, weight)
    for each in np.unique(group):
        assert math.fsum(part[group == each]) == pytest.approx(totals[each], rel=1e-12)


def test_floor_area_goes_before_footprint_before_nothing() -> None:
    nan = float("nan")
    group = np.array([0, 0, 1, 1, 2, 2])
    floor = np.array([100.0, 300.0, 100.0, nan, 5.0, 0.0])
    footprint = np.array([9.0, 9.0, 20.0, 60.0, nan, 7.0])
    assert weights(group, 3, floor, footprint).tolist() == [100, 300, 20, 60, 1, 1]


def none() -> tuple[Homes, Ground]:
    empty = np.empty(0)
    homes = Homes(np.empty((0, 2)), empty, empty, empty.astype(bool), empty.astype(np.int64))
    return homes, Ground(np.empty(0, dtype=object), empty.astype(bool), empty.astype(bool))


@pytest.mark.parametrize(("side", "parts"), [(80.0, 1), (100.0, 1), (109.0, 1), (200.0, 4), (250.0, 9), (9000.0, 1600)])
def test_a_large_cell_stands_in_several_places(side: float, parts: int) -> None:
    cells = np.array([shapely.box(0, 0, side, side)], dtype=object)
    found = spread_cells(cells, np.array([700.0]), *none(), SIZE)
    assert (len(found.rest), total(found)) == (parts, pytest.approx(700.0, rel=1e-12))
    assert np.allclose(found.rest, 700.0 / parts)
    assert np.allclose(found.xy.mean(axis=0), side / 2)


def test_what_is_left_of_a_cell_stands_in_what_is_left() -> None:
    ground = Ground(np.array([shapely.box(0, 0, 80, 100)], dtype=object), np.array([True]), np.array([False]))
    cell = np.array([shapely.box(0, 0, 100, 100)], dtype=object)
    found = spread_cells(cell, np.array([50.0]), none()[0], ground, SIZE)
    assert found.ground.tolist() == pytest.approx([40.0])
    assert found.rest.tolist() == pytest.approx([10.0])
    assert 80 < found.xy[0, 0] < 100


def test_no_cells_and_no_town() -> None:
    found = spread_cells(np.empty(0, dtype=object), np.empty(0), *none(), SIZE)
    assert (len(found.rest), total(found)) == (0, 0.0)

"""Isochrones: on the worked street, through gates, beside walls, and against a union of buffers."""

from itertools import pairwise, product

import numpy as np
import pytest
import shapely
import shapely.ops
from shapely.geometry.base import BaseGeometry

from gridgov.errors import InputError
from gridgov.spatial.isochrones import isochrone
from gridgov.spatial.network import CLOSED, OPEN, RESIDENTS, Segments, WalkNetwork, Walls, build_network

NO_WALLS = Walls(np.empty(0, dtype=object), np.empty((0, 2)), np.empty(0, np.int64), np.empty(0, np.int8))
SQUARE = shapely.box(300, 20, 480, 220)


def network(*lines: list[tuple[float, float]], walls: Walls = NO_WALLS) -> WalkNetwork:
    paths = [part for line in lines for part in pairwise(line)]
    return build_network(Segments(shapely.linestrings(paths), np.zeros(len(paths), dtype=bool)), walls)


def street(gate: int, *, inner: bool = True) -> WalkNetwork:
    """The worked cases' street with its walled compound, with the path through gate E or without any path inside."""
    walls = Walls(
        np.array([SQUARE]), np.array([[480.0, 100.0]]), np.zeros(1, np.int64), np.array([gate], dtype=np.int8)
    )
    lines: list[list[tuple[float, float]]] = [[(0, 0), (280, 0), (500, 0), (1000, 0)], [(500, 0), (500, 100)]]
    if inner:
        lines += [[(400, 100), (480, 100)], [(480, 100), (500, 100)]]
    return network(*lines, walls=walls)


def drawn(of: WalkNetwork, place: tuple[float, float], metres: float, **told: float) -> BaseGeometry:
    area = isochrone(of, place, metres, **told)
    assert area is not None
    assert area.is_valid
    return area


def likeness(one: BaseGeometry, other: BaseGeometry) -> float:
    return shapely.area(shapely.intersection(one, other)) / shapely.area(shapely.union(one, other))


def test_it_is_a_band_along_a_street() -> None:
    area = drawn(network([(0, 0), (1000, 0)]), (500, 0), 300)
    assert likeness(area, shapely.LineString([(250, 0), (750, 0)]).buffer(50)) > 0.99


def test_the_leg_to_the_street_counts() -> None:
    area = drawn(network([(0, 0), (1000, 0)]), (500, 100), 300)
    paths, home = shapely.LineString([(350, 0), (650, 0)]).buffer(50), shapely.Point(500, 100).buffer(50)
    assert likeness(area, paths.union(home)) > 0.99


def test_within_less_than_the_band_it_is_a_disc() -> None:
    area = drawn(network([(0, 0), (1000, 0)]), (500, 0), 40)
    assert likeness(area, shapely.Point(500, 0).buffer(40)) > 0.98


def test_blocks_are_holes() -> None:
    lines: list[list[tuple[float, float]]] = [[(x, 0), (x, 200), (x, 400)] for x in (0, 200, 400)]
    lines += [[(0, y), (200, y), (400, y)] for y in (0, 200, 400)]
    area = drawn(network(*lines), (200, 200), 2000)
    assert sum(len(shapely.get_rings(part)) - 1 for part in shapely.get_parts(area)) == 4
    assert likeness(area, shapely.union_all([shapely.LineString(line) for line in lines]).buffer(50)) > 0.99


@pytest.mark.parametrize(("gate", "inside"), [(OPEN, True), (RESIDENTS, False), (CLOSED, False)])
def test_a_gate_lets_strangers_in_or_not(gate: int, inside: bool) -> None:
    area = drawn(street(gate), (500, 0), 400)
    assert area.contains(shapely.Point(420, 100)) is inside
    # What is near the street, but behind the wall, isn't reached by that.
    assert not area.contains(shapely.Point(390, 25))
    assert area.contains(shapely.Point(390, 15))


def test_residents_pass_their_own_gate() -> None:
    inside, elsewhere = (400.0, 100.0), (500.0, 0.0)
    assert drawn(street(RESIDENTS), inside, 400).contains(shapely.Point(500, 50))
    assert drawn(street(RESIDENTS), elsewhere, 400, home=0).contains(shapely.Point(420, 100))
    assert SQUARE.buffer(0.02).covers(drawn(street(CLOSED), inside, 400))


def test_a_compound_without_paths_is_entered_straight_from_its_gate() -> None:
    area = drawn(street(OPEN, inner=False), (500, 0), 200)
    assert area.contains(shapely.Point(410, 100))
    assert not area.contains(shapely.Point(390, 100))
    assert drawn(street(OPEN, inner=False), (400, 100), 200).contains(shapely.Point(500, 50))


def test_a_place_far_from_paths_has_none() -> None:
    assert isochrone(network([(0, 0), (1000, 0)]), (500, 300), 1000) is None


@pytest.mark.parametrize("metres", [0, -1, np.nan, np.inf])
def test_lengths_that_are_none_are_refused(metres: float) -> None:
    with pytest.raises(InputError) as caught:
        isochrone(network([(0, 0), (1000, 0)]), (500, 0), metres)
    assert caught.value.code == "isochrone_metres"


def test_on_any_streets_it_is_like_a_union_of_buffers() -> None:
    chance = np.random.default_rng(3)
    nodes = {
        (x, y): (x * 90 + chance.uniform(-30, 30), y * 90 + chance.uniform(-30, 30))
        for x, y in product(range(12), repeat=2)
    }
    lines = [[nodes[x, y], nodes[x + 1, y]] for x, y in product(range(11), range(12)) if chance.random() < 0.7]
    lines += [[nodes[x, y], nodes[x, y + 1]] for x, y in product(range(12), range(11)) if chance.random() < 0.7]
    of = network(*lines)
    place, metres = nodes[6, 6], 500.0
    area = drawn(of, place, metres)
    # Measured anew: along every path, step by step, by the searches of an ordinary library.
    assert likeness(area, _buffers(lines, place, metres - 50)) > 0.985


def _buffers(lines: list[list[tuple[float, float]]], place: tuple[float, float], reach: float) -> BaseGeometry:
    import networkx

    graph = networkx.Graph()
    for one, other in lines:
        graph.add_edge(one, other, weight=float(np.hypot(one[0] - other[0], one[1] - other[1])))
    away = networkx.single_source_dijkstra_path_length(graph, place)
    parts = []
    for one, other in lines:
        line = shapely.LineString([one, other])
        for start, turned in ((one, line), (other, line.reverse())):
            left = reach - away.get(start, np.inf)
            if left > 0:
                parts.append(shapely.ops.substring(turned, 0, min(left, line.length)).buffer(50))
    return shapely.union_all(parts)

"""Walls, gates and attachment, worked by hand."""

from random import Random
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from gridgov.errors import InputError
from gridgov.spatial.attachment import attach_places, attach_sites
from gridgov.spatial.network import CLOSED, OPEN, RESIDENTS, Segments, Walls, build_network, lay_out, node_at_grade
from tests.spatial.cases import demand, network, objects, one, segments, walls

STREET = [[(0, 0), (300, 0)], [(300, 0), (1000, 0)]]
BOX = shapely.box(100, 20, 300, 220)


def test_nested_walls_take_a_gate_of_each() -> None:
    lines = [*STREET, [(200, 0), (200, 20)], [(0, 0), (200, 0)], [(200, 0), (300, 0)], [(200, 20), (200, 150)]]
    inner = shapely.box(150, 100, 250, 200)
    for outer_state, inner_state, home, expected in [
        (OPEN, OPEN, -1, 150.0),
        (OPEN, CLOSED, -1, None),
        (OPEN, RESIDENTS, 1, 150.0),
        (RESIDENTS, RESIDENTS, 0, None),
    ]:
        net = network(lines, (BOX, [((200, 20), outer_state)]), (inner, [((200, 100), inner_state)]))
        assert one(net, (200, 0), (200, 150), 400, home=home)[0] == expected
    net = network(lines, (BOX, [((200, 20), RESIDENTS)]), (inner, [((200, 100), RESIDENTS)]))
    assert one(net, (200, 150), (200, 0), 400)[0] == 150.0


def test_overlapping_walls_take_permission_of_each() -> None:
    lines = [[(0, 0), (1000, 0)]]
    west, east = shapely.box(100, -50, 300, 50), shapely.box(200, -50, 400, 50)
    doors = [((100, 0), OPEN), ((300, 0), OPEN)], [((200, 0), OPEN), ((400, 0), OPEN)]
    assert one(network(lines, (west, doors[0]), (east, doors[1])), (0, 0), (500, 0), 900)[0] == 500.0
    doors[1][0] = ((200, 0), RESIDENTS)
    net = network(lines, (west, doors[0]), (east, doors[1]))
    assert one(net, (0, 0), (500, 0), 900) == (None, False, "gate")
    assert one(net, (0, 0), (500, 0), 900, home=1)[0] == 500.0
    assert one(net, (0, 0), (500, 0), 900, home=0)[0] is None
    assert one(net, (250, 0), (0, 0), 900)[0] == 250.0


def test_walls_that_meet_need_a_gate_in_each() -> None:
    lines = [[(0, 100), (900, 100)]]
    east = shapely.box(300, 20, 500, 220)
    doors = [((100, 100), OPEN), ((300, 100), OPEN)]
    assert one(network(lines, (BOX, doors), (east, [((500, 100), OPEN)])), (0, 100), (600, 100), 900)[0] is None
    both = network(lines, (BOX, doors), (east, [((500, 100), OPEN), ((300, 103), OPEN)]))
    assert one(both, (0, 100), (600, 100), 900)[0] == 600.0


@pytest.mark.parametrize(("away", "expected"), [(5.0, 620.0), (5.01, None)])
def test_a_gate_within_reach_lets_through_what_crosses(away: float, expected: float | None) -> None:
    lines = [*STREET, [(300, 0), (620, 0)], [(620, 0), (620, 300)], [(620, 300), (620, 500)]]
    wall = shapely.box(500, 100, 700, 600)
    net = network(lines, (wall, [((620 + away, 100), OPEN)]))
    assert one(net, (300, 0), (620, 300), 900)[0] == expected


def test_of_several_gates_the_most_permissive_counts() -> None:
    wall = shapely.box(500, -100, 700, 100)
    net = network(STREET, (wall, [((500, 0), CLOSED), ((500, 3), RESIDENTS), ((500, -4), OPEN)]))
    assert one(net, (300, 0), (600, 0), 900)[0] == 300.0


def test_a_gate_on_a_corner_where_a_path_enters() -> None:
    lines = [[(0, 0), (100, 20)], [(100, 20), (200, 120)], [(0, 0), (0, 600)]]
    net = network(lines, (BOX, [((100, 20), OPEN)]))
    straight = float(np.hypot(100, 20) + np.hypot(100, 100))
    assert one(net, (0, 0), (200, 120), 900)[0] == pytest.approx(straight, abs=0.0005)
    assert one(network(lines, (BOX, [((100, 20), CLOSED)])), (0, 0), (200, 120), 900) == (None, False, "gate")


def test_a_path_split_at_the_gate_is_the_same_as_one_that_is_not() -> None:
    whole = [[(0, 0), (0, 600)], [(0, 100), (0, 0)], [(0, 100), (200, 100)]]
    split = [*whole[:2], [(0, 100), (100, 100)], [(100, 100), (200, 100)]]
    for lines in (whole, split):
        assert one(network(lines, (BOX, [((100, 101), OPEN)])), (0, 0), (200, 100), 900)[0] == 300.0
        assert one(network(lines, (BOX, [((100, 101), CLOSED)])), (0, 0), (200, 100), 900)[2] == "gate"


def test_a_path_along_a_wall_is_outside_and_touches_nobody_inside() -> None:
    lines = [[(0, 20), (100, 20)], [(100, 20), (300, 20)], [(300, 20), (900, 20)], [(200, 20), (200, 100)]]
    noded = node_at_grade(objects([shapely.LineString(line) for line in lines]), [False] * 4).segments
    shut = build_network(noded, walls((BOX, [((300, 200), OPEN)])))
    assert one(shut, (0, 20), (600, 20), 900)[0] == 600.0
    assert one(shut, (0, 20), (200, 80), 900)[0] is None
    assert one(build_network(noded, walls((BOX, [((200, 20), OPEN)]))), (0, 20), (200, 80), 900)[0] == 260.0


def test_a_compound_without_paths_is_left_straight_by_its_gates() -> None:
    doors = [((200, 20), RESIDENTS), ((100, 120), OPEN)]
    net = network(STREET, (BOX, doors))
    assert one(net, (200, 120), (200, 0), 400)[0] == 120.0
    assert one(net, (200, 120), (130, 120), 400)[0] == 130.0
    attached = attach_places(net, [(200.0, 120.0)])
    assert attached.ways.leg.tolist() == [100.0, 100.0]
    assert attached.ways.piece.tolist() == [-1, -1]


def test_two_points_in_a_compound_without_paths_meet_at_its_gate_whatever_its_state() -> None:
    net = network(STREET, (BOX, [((200, 20), CLOSED)]))
    assert one(net, (200, 120), (200, 60), 400) == (140.0, True, None)
    assert one(net, (200, 120), (200, 0), 400) == (None, False, "gate")


def test_nobody_outside_comes_through_a_residents_gate_into_a_compound_without_paths() -> None:
    net = network(STREET, (BOX, [((200, 20), RESIDENTS)]))
    assert one(net, (0, 0), (200, 60), 400) == (None, False, "gate")
    assert one(net, (0, 0), (200, 60), 400, home=0)[0] == 260.0


def test_a_compound_without_paths_in_another_without_paths() -> None:
    inner = shapely.box(150, 100, 250, 200)
    net = network(STREET, (BOX, [((200, 20), OPEN)]), (inner, [((200, 100), OPEN)]))
    assert one(net, (200, 150), (200, 0), 400)[0] == 150.0
    assert one(net, (200, 60), (200, 150), 400)[0] == 90.0


def test_a_wall_shared_with_another_compound_is_no_way_along() -> None:
    east = shapely.box(300, 20, 500, 220), [((500, 220), CLOSED)]
    assert one(network(STREET, (BOX, [((300, 120), OPEN)]), east), (200, 120), (200, 0), 400)[0] is None
    both = east[0], [((300, 121), OPEN), ((400, 20), OPEN)]
    through = network(STREET, (BOX, [((300, 120), OPEN)]), both)
    assert one(through, (200, 120), (400, 120), 400)[0] == 200.0


def test_a_gate_further_than_the_leg_limit_is_no_way_out() -> None:
    wide = shapely.box(0, 20, 1000, 620)
    net = network(STREET, (wide, [((500, 20), OPEN)]))
    assert one(net, (500, 219), (500, 0), 900)[0] == 219.0
    assert one(net, (500, 221), (500, 0), 900) == (None, False, "data")


def test_a_gate_recorded_off_its_wall_stands_at_the_nearest_place_on_it() -> None:
    net = network(STREET, (BOX, [((200, 8), OPEN)]))
    assert one(net, (200, 120), (200, 0), 400)[0] == 120.0


def test_a_bridge_over_a_wall_is_not_cut_and_a_path_is() -> None:
    lines = [*STREET, [(0, 0), (0, 120)], [(0, 120), (200, 120)]]
    gate = (BOX, [((300, 200), CLOSED)])
    assert one(network(lines, gate), (0, 0), (200, 120), 900)[2] == "data"
    assert one(network(lines, gate, level_free=[3]), (0, 0), (200, 120), 900)[0] == 320.0


def test_segments_that_merely_cross_are_not_joined() -> None:
    lines = [[(0, 0), (1000, 0)], [(500, -500), (500, 500)]]
    assert one(network(lines), (400, 0), (500, 100), 900) == (None, False, "no_path")
    noded = node_at_grade(objects([shapely.LineString(line) for line in lines]), [False, False])
    assert one(build_network(noded.segments, walls()), (400, 0), (500, 100), 900)[0] == 200.0


def test_a_leg_never_crosses_a_wall() -> None:
    lines = [[(0, 0), (1000, 0)], [(0, 300), (1000, 300)], [(0, 0), (0, 300)]]
    net = network(lines, (shapely.box(-50, 100, 1050, 110), [((1050, 105), OPEN)]))
    below, above = (attach_places(net, [(500.0, y)]).ways for y in (90.0, 120.0))
    assert (below.leg.tolist(), above.leg.tolist()) == ([90.0], [180.0])


def test_the_next_piece_is_taken_where_the_nearest_is_behind_a_wall() -> None:
    lines = [[(0, 0), (1000, 0)], [(0, 0), (0, 200)], [(0, 200), (1000, 200)]]
    net = network(lines, (shapely.box(400, 20, 600, 40), [((400, 30), CLOSED)]))
    assert attach_places(net, [(500.0, 60.0)]).ways.leg.tolist() == [140.0]
    assert attach_places(net, [(700.0, 60.0)]).ways.leg.tolist() == [60.0]


def test_a_point_on_a_wall_is_outside() -> None:
    net = network([*STREET, [(200, 60), (200, 80)]], (BOX, [((300, 200), CLOSED)]))
    assert one(net, (200, 20), (0, 0), 900)[0] == 220.0


def test_a_polygon_site_is_entered_where_a_path_crosses_it() -> None:
    park = shapely.box(600, -50, 800, 50)
    net = network(STREET)
    assert one(net, (300, 0), park, 900)[0] == 300.0
    assert one(net, (1000, 0), park, 900)[0] == 200.0
    assert one(net, (700, 0), park, 900)[0] == 100.0


def test_a_polygon_site_beside_a_path_is_entered_at_both_ends_of_the_stretch() -> None:
    net = network(STREET)
    assert one(net, (300, 0), shapely.box(600, 15, 800, 50), 900)[0] == 315.0
    assert one(net, (1000, 0), shapely.box(600, 15, 800, 50), 900)[0] == 215.0
    assert one(net, (1000, 0), shapely.box(600, 20.5, 800, 50), 900) == (None, False, "data")


def test_recorded_entrances_override_the_outline() -> None:
    door = shapely.MultiPoint([(700, 50), (800, 10)])
    net = network(STREET)
    assert one(net, (300, 0), shapely.box(600, -50, 800, 50), 900, entrances=[door])[0] == 450.0


def test_a_site_is_no_way_through() -> None:
    lines = [[(0, 0), (400, 0)], [(400, 0), (400, 1000)], [(400, 1000), (0, 1000)]]
    halls = objects([shapely.box(0, 10, 10, 990)])
    attached = attach_sites(network(lines), halls, objects([None]))
    assert len(attached.ways) >= 2
    assert one(network(lines), (0, 0), (0, 1000), 9000)[0] == 1800.0


def test_a_polygon_site_is_not_entered_through_a_wall() -> None:
    net = network([*STREET, [(200, 60), (200, 80)]], (BOX, [((300, 200), CLOSED)]))
    assert one(net, (0, 0), shapely.box(150, 25, 250, 40), 900) == (None, False, "data")
    assert one(net, (0, 0), shapely.box(150, 10, 250, 40), 900)[0] == 160.0


def test_a_loop_is_walked_both_ways() -> None:
    loop = [(0, 0), (600, 0), (600, 100), (0, 100), (0, 0)]
    net = network([loop])
    assert one(net, (100, 0), (0, 50), 900)[0] == 150.0
    assert one(net, (100, 0), (500, 0), 900)[0] == 400.0
    assert one(net, (10, 0), (100, 100), 900)[0] == 210.0


def test_a_line_that_passes_a_wall_twice_at_one_place_is_cut_twice() -> None:
    spur = [(0, 100), (200, 100), (0, 100.0)]
    net = network([[(0, 0), (0, 600)], [(0, 100), (0, 0)], spur], (BOX, [((300, 200), CLOSED)]))
    assert one(net, (0, 0), (200, 100), 900)[2] == "data"


def test_an_empty_network_leaves_everybody_in_doubt() -> None:
    net = network([])
    assert one(net, (0, 0), (10, 0), 100) == (None, False, "data")


def test_permissions_are_the_home_and_the_place() -> None:
    net = network(STREET, (BOX, [((200, 20), RESIDENTS)]))
    home = demand((200, 100), (0, 0), (0, 0), home=[-1, 0, -1])
    assert net.permissions(home.xy, home.home) == [{0}, {0}, set()]


def test_the_hash_names_content_not_order() -> None:
    lines = [*STREET, [(300, 0), (300, 700)]]
    far = shapely.box(500, 20, 600, 220)
    doors = [((200, 20), OPEN), ((100, 50), CLOSED)]
    net = network(lines, (BOX, doors), (far, [((500, 50), OPEN)]))
    backward = [line[::-1] for line in lines[::-1]]
    same = network(backward, (far, [((500, 50), OPEN)]), (BOX, doors[::-1]))
    assert net.hash == same.hash
    assert len({net.hash, network(lines).hash, network(lines, (BOX, doors)).hash}) == 3
    assert network(lines, level_free=[0]).hash != network(lines).hash
    assert network(lines, leg_limit=100.0).hash != network(lines).hash


@pytest.mark.parametrize(
    "line", [shapely.Point(0, 0), None, shapely.LineString(), shapely.LineString([(0, 0), (np.inf, 1)])]
)
def test_what_is_no_line_is_refused(line: BaseGeometry | None) -> None:
    with pytest.raises(InputError, match="network_geometry_invalid") as refused:
        build_network(Segments(objects([shapely.LineString([(0, 0), (1, 1)]), line]), np.zeros(2, bool)), walls())
    assert refused.value.params["row"] == 2


@pytest.mark.parametrize(
    ("xy", "wall", "state", "code"),
    [
        ([(np.nan, 0)], [0], [0], "coordinates_invalid"),
        ([(0, 0)], [1], [0], "gate_invalid"),
        ([(0, 0)], [-1], [0], "gate_invalid"),
        ([(0, 0)], [0], [3], "gate_invalid"),
        ([(0, 0)], [0, 0], [0], "arrays_differ"),
    ],
)
def test_what_is_no_gate_is_refused(xy: list[Any], wall: list[int], state: list[int], code: str) -> None:
    bad = Walls(objects([BOX]), np.array(xy, float), np.array(wall), np.array(state, np.int8))
    with pytest.raises(InputError, match=code):
        build_network(segments(STREET), bad)


def test_a_wall_without_area_is_refused() -> None:
    with pytest.raises(InputError, match="wall_invalid"):
        network(STREET, (shapely.Polygon([(0, 0), (1, 1), (2, 2)]), [((0, 0), OPEN)]))


def test_a_place_without_coordinates_is_refused() -> None:
    with pytest.raises(InputError, match="coordinates_invalid"):
        attach_places(network(STREET), [(np.nan, 0.0)])
    with pytest.raises(InputError, match="site_geometry_invalid"):
        attach_sites(network(STREET), objects([None]), objects([None]))


coordinates = st.tuples(st.integers(0, 9), st.integers(0, 9)).map(lambda xy: (xy[0] * 10.1, xy[1] * 9.7))
lines = st.lists(st.lists(coordinates, min_size=2, max_size=5), min_size=0, max_size=8)


@settings(derandomize=True, deadline=None)
@given(lines, st.randoms(use_true_random=False))
def test_segments_survive_storage_and_any_order(some: list[list[tuple[float, float]]], random: Random) -> None:
    own = [rank for rank in range(len(some)) if random.random() < 0.2]
    given_ones = segments(some, [rank for rank in range(len(some)) if random.random() < 0.3], own)
    back = Segments.from_bytes(given_ones.to_bytes())
    assert shapely.equals_exact(back.lines, given_ones.lines).all()
    assert back.level_free.tolist() == given_ones.level_free.tolist()
    assert back.own.tolist() == given_ones.own.tolist()
    order = list(range(len(some)))
    random.shuffle(order)
    turned = [some[rank][::-1] if random.random() < 0.5 else some[rank] for rank in order]
    free, own = (
        [rank for rank, old in enumerate(order) if flag[old]] for flag in (given_ones.level_free, given_ones.own)
    )
    mixed = segments(turned, free, own)
    assert mixed.canonical().to_bytes() == given_ones.canonical().to_bytes()


def test_bytes_of_before_private_ways_were_told_are_read() -> None:
    old = segments(STREET)
    assert old.to_bytes().startswith(b"GGSEG1")
    assert not Segments.from_bytes(old.to_bytes()).own.any()
    assert segments(STREET, private=[0]).to_bytes().startswith(b"GGSEG2")


@pytest.mark.parametrize("broken", [b"", b"GGSEG1", b"GGSEG2", b"other", "cut"])
def test_broken_bytes_are_refused(broken: bytes | str) -> None:
    packed = segments(STREET).to_bytes()
    with pytest.raises(InputError, match="network_bytes_invalid"):
        Segments.from_bytes(packed[:-5] if broken == "cut" else broken)


@settings(derandomize=True, deadline=None)
@given(lines)
def test_noding_keeps_the_length_and_leaves_no_crossing(some: list[list[tuple[float, float]]]) -> None:
    noded = node_at_grade(segments(some).lines, np.zeros(len(some), bool))
    before = np.array([shapely.length(line) for line in segments(some).lines])
    after = np.zeros(len(some))
    np.add.at(after, noded.origin, shapely.length(noded.segments.lines))
    assert after == pytest.approx(before, abs=1e-6)
    pieces = noded.segments.lines
    ends = shapely.union_all(shapely.get_point(pieces, 0)).union(shapely.union_all(shapely.get_point(pieces, -1)))
    left, right = shapely.STRtree(pieces).query(pieces, predicate="crosses")
    met = shapely.intersection(pieces[left], pieces[right])
    assert (shapely.distance(met, ends) < 0.02).all() if len(met) else True


def test_noding_spares_bridges_but_joins_their_ends_and_stairs() -> None:
    street, bridge = [(0, 0), (100, 0)], [(50, -50), (50, 10), (50, 50)]
    stair, ramp = [(50, 10), (90, 10)], [(0, 50), (50, 50), (99, 50)]
    noded = node_at_grade(segments([street, bridge, stair, ramp]).lines, [False, True, False, False])
    assert noded.origin.tolist() == [0, 1, 1, 2, 3, 3]
    assert noded.segments.level_free.tolist() == [False, True, True, False, False, False]


def test_noding_joins_a_line_to_itself_and_ends_that_nearly_touch() -> None:
    lollipop = [(0, 0), (50, 0), (80, 30), (80, -30), (50, 0)]
    close = [(20, 40), (20, 0.004)]
    noded = node_at_grade(segments([lollipop, close]).lines, [False, False])
    assert noded.origin.tolist() == [0, 0, 0, 1]
    assert shapely.get_coordinates(shapely.get_point(noded.segments.lines[0], -1)).tolist() == [[20, 0.004]]


def test_noding_cuts_a_shared_stretch_at_its_ends() -> None:
    noded = node_at_grade(segments([[(0, 0), (100, 0)], [(40, 0), (60, 0)]]).lines, [False, False])
    assert shapely.length(noded.segments.lines).tolist() == [40.0, 20.0, 40.0, 20.0]
    assert node_at_grade([], []).origin.tolist() == []


def test_places_attach_alike_where_gates_alone_differ() -> None:
    lines, door = [[(0, 0), (200, 0)], [(200, 0), (1000, 0)], [(200, 0), (200, 150)]], (200, 20)
    laid = lay_out(segments(lines), walls((BOX, [(door, OPEN)])))
    shut = laid.with_states(np.array([CLOSED], dtype=np.int8))
    assert shut.lies_as(laid.network)
    assert one(shut, (200, 0), (200, 150), 400)[0] is None
    assert one(laid.network, (200, 0), (200, 150), 400)[0] == 150.0
    assert not network([*lines, [(1000, 0), (1000, 9)]], (BOX, [(door, OPEN)])).lies_as(laid.network)
    assert not network(lines, (BOX.buffer(-1), [((200, 21), OPEN)])).lies_as(laid.network)
    with pytest.raises(InputError) as refused:
        laid.with_states(np.array([7], dtype=np.int8))
    assert refused.value.code == "gate_invalid"

"""Points that have room for so many people, and what would be covered for other walkers: firm gaps."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridgov.errors import InputError
from gridgov.spatial.coverage import CAUSES, Rule, evaluate, shares, summary
from gridgov.spatial.network import RESIDENTS
from tests.spatial.cases import demand, network, supply

STREET = [[(0.0, 0.0), (280.0, 0.0)], [(280.0, 0.0), (500.0, 0.0)], [(500.0, 0.0), (1000.0, 0.0)]]
FULL = Rule("kindergarten", 200.0, capacity=True, tier="5")


def test_the_nearest_pair_is_served_first_and_the_rest_lacks_room() -> None:
    """Worked case 8 of the coverage rules."""
    people = demand((300, 0), (450, 0), people=[50, 50])
    found = evaluate(people, supply((400, 0), capacity=[60]), [FULL], network(STREET))
    assert found.share.ravel().tolist() == [0.2, 1.0]
    assert found.covered.ravel().tolist() == [False, True]
    assert [CAUSES[cause] if cause >= 0 else None for cause in found.cause.ravel()] == ["capacity", None]
    told = summary(found, np.array([[50.0], [50.0]]), np.array([50.0, 50.0]), [FULL])
    assert told["causes"]["capacity"] == 40.0
    assert told["types"][0]["people_covered"] == 60.0
    assert (told["tiers"][0]["complete_share"], told["tiers"][0]["met"]) == (0.6, 0.6)
    assert told["tiers"][0]["limiting"] == "kindergarten"
    assert shares(found, np.array([[50.0], [50.0]]), [0, 1], 2)[1].tolist() == [[10.0], [50.0]]


def test_unknown_room_is_no_limit_and_a_closed_point_has_none() -> None:
    people = demand((300, 0), (450, 0), people=[50, 50])
    assert evaluate(people, supply((400, 0)), [FULL], network(STREET)).share.ravel().tolist() == [1, 1]
    some = supply((400, 0), (410, 0), capacity=[np.nan, 70], open=[False, True])
    assert evaluate(people, some, [FULL], network(STREET)).share.ravel().tolist() == [0.4, 1.0]


def test_who_finds_the_nearest_full_goes_on_to_the_next() -> None:
    people = demand((300, 0), (390, 0), people=[50, 50])
    two = supply((400, 0), (480, 0), capacity=[50, 30])
    found = evaluate(people, two, [FULL], network(STREET))
    assert found.share.ravel().tolist() == [0.6, 1.0]
    assert found.point.ravel().tolist() == [0, 0]


def test_equal_ways_go_by_point_then_by_place() -> None:
    people = demand((300, 0), (500, 0), people=[10, 10])
    both = supply((400, 0), (400, 0), capacity=[5, 8])
    assert evaluate(people, both, [FULL], network(STREET)).share.ravel().tolist() == [1.0, 0.3]


def test_a_place_of_nobody_knows_how_many_takes_no_room() -> None:
    people = demand((390, 0), (300, 0), (410, 0), people=[np.nan, 50, 0])
    found = evaluate(people, supply((400, 0), capacity=[50]), [FULL], network(STREET))
    assert found.share.ravel().tolist() == [1.0, 1.0, 1.0]


def test_only_the_ages_served_take_room() -> None:
    ages = np.zeros((2, 7))
    ages[:, 1] = [20, 30]
    people = demand((390, 0), (300, 0), people=[500, 500], ages=ages)
    rule = Rule("kindergarten", 200.0, capacity=True, serves=(1,))
    assert evaluate(people, supply((400, 0), capacity=[35]), [rule], network(STREET)).share.ravel().tolist() == [1, 0.5]


def test_residents_take_room_by_ways_of_their_own() -> None:
    lanes = [[(0.0, 0.0), (400.0, 0.0)], [(400.0, 0.0), (1000.0, 0.0)], [(400.0, 0.0), (400.0, 100.0)]]
    wall = (shapely.box(300, 20, 480, 220), [((400, 20), RESIDENTS)])
    people = demand((400, 50), (300, 0), people=[30, 30], home=[0, -1])
    found = evaluate(people, supply((400, 90), (400, 0), capacity=[20, 25]), [FULL], network(lanes, wall))
    # The resident's 30 take the 20 inside at 40 m and 10 of the 25 outside at 50 m; 15 are left for the stranger.
    assert found.share.ravel().tolist() == [1.0, 0.5]


def test_straight_lines_and_estimates_fill_points_too() -> None:
    people = demand((300, 0), (450, 0), people=[50, 50])
    rule = Rule("shelter", 200.0, measure="straight", capacity=True)
    some = supply((400, 0), capacity=[60])
    assert evaluate(people, some, [rule], network(STREET)).share.ravel().tolist() == [0.2, 1.0]
    found = evaluate(people, some, [FULL], None)
    assert (found.share.ravel().tolist(), found.estimate) == ([0.2, 1.0], True)


def test_no_room_below_nothing() -> None:
    with pytest.raises(InputError, match="capacity_negative"):
        evaluate(demand((0, 0)), supply((1, 0), capacity=[-1]), [FULL], network(STREET))


def test_a_gap_is_firm_where_no_walker_is_covered_and_no_unverified_point_decides() -> None:
    places = demand((100, 0), (170, 0), (240, 0), (600, 0))
    rules = [Rule("near", 200.0), Rule("proven", 200.0, needs_verified=True)]
    some = supply((400, 0), (800, 0), type=[0, 0], verified=[True, False])
    found = evaluate(places, some, rules, network(STREET))
    # 300 m: too far for a brisk walker too, who has 240. 230 m: he gets there. The others are covered already.
    assert found.covered[:, 0].tolist() == [False, False, True, True]
    assert found.firm[:, 0].tolist() == [True, False, False, False]
    assert found.firm[:, 1].tolist() == [True] * 4


def test_jurisdictions_and_straight_lines_have_no_walkers_profile() -> None:
    places = demand((100, 0), (500, 0), street=[1, 2])
    rules = [
        Rule("station", None, jurisdiction="street"),
        Rule("shelter", 90.0, measure="straight"),
        Rule("listed", None),
    ]
    some = supply((500, 0), (200, 0), type=[0, 1], street=[2, 1], verified=[False, True])
    found = evaluate(places, some, rules, network(STREET))
    assert found.firm[:, 0].tolist() == [True, False]
    assert found.firm[:, 1].tolist() == [True, True]
    assert found.firm[:, 2].tolist() == [False, False]


spots = st.integers(0, 100).map(lambda step: (float(step * 10), 0.0))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(spots, st.sampled_from([0.0, 1.0, 7.5, 20.0, np.nan])), min_size=1, max_size=8),
    st.lists(st.tuples(spots, st.sampled_from([0.0, 3.0, 10.0, 25.0, np.nan])), min_size=1, max_size=5),
)
def test_filling_agrees_with_a_plain_list_of_pairs(
    homes: list[tuple[tuple[float, float], float]], points: list[tuple[tuple[float, float], float]]
) -> None:
    places = demand(*(at for at, _ in homes), people=[count for _, count in homes])
    some = supply(*(at for at, _ in points), capacity=[room for _, room in points])
    found = evaluate(places, some, [FULL], network(STREET)).share[:, 0]
    left = [np.inf if np.isnan(room) else room for _, room in points]
    got = [0.0] * len(homes)
    pairs = sorted(
        (round(abs(home[0] - at[0]) * 1000), point, place)
        for place, (home, _) in enumerate(homes)
        for point, (at, _) in enumerate(points)
        if abs(home[0] - at[0]) <= 200.0
    )
    for _, point, place in pairs:
        taken = min(np.nan_to_num(homes[place][1]) - got[place], left[point])
        got[place] += taken
        left[point] -= taken
    near = {place for _, _, place in pairs}
    for place, (_, count) in enumerate(homes):
        wanted = got[place] / count if count > 0 else float(place in near)
        assert found[place] == pytest.approx(wanted)

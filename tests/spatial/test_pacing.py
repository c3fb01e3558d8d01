"""Shares at another pace are those of a full run with the radii stretched."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridgov.spatial.coverage import Rule, evaluate
from gridgov.spatial.deciding import walking_radius
from gridgov.spatial.pacing import STRETCH, share_at
from tests.spatial.cases import demand, network, supply

STREET = [[(0.0, 0.0), (500.0, 0.0)], [(500.0, 0.0), (1000.0, 0.0)]]
RULES = [
    Rule("walked", 200.0),
    Rule("full", 200.0, capacity=True),
    Rule("straight", 200.0, measure="straight"),
    Rule("straight_full", 200.0, measure="straight", capacity=True),
    Rule("own", 200.0, jurisdiction="street"),
    Rule("listed", None),
]
spots = st.integers(0, 100).map(lambda step: (float(step * 10), 0.0))


def stretched(rule: Rule, by: float) -> Rule:
    return rule if walking_radius(rule) < 0 else replace(rule, radius=walking_radius(rule) * by)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(spots, st.sampled_from([0.0, 1.0, 7.5, 20.0, np.nan])), min_size=1, max_size=6),
    st.lists(st.tuples(spots, st.sampled_from([0.0, 3.0, 25.0, np.nan]), st.integers(0, 5)), min_size=1, max_size=8),
    st.booleans(),
)
def test_they_are_what_stretched_radii_give(
    homes: list[tuple[tuple[float, float], float]],
    points: list[tuple[tuple[float, float], float, int]],
    estimated: bool,
) -> None:
    places = demand(*(at for at, _ in homes), people=[people for _, people in homes], street=[1] * len(homes))
    some = supply(
        *(at for at, _, _ in points),
        type=[kind for _, _, kind in points],
        capacity=[room for _, room, _ in points],
        street=[1] * len(points),
    )
    paths = None if estimated else network(STREET)
    found = evaluate(places, some, RULES, paths)
    radius = np.array([walking_radius(rule) for rule in RULES])
    for profile, by in STRETCH.items():
        told = share_at(profile, found.share, found.metres, np.where(radius < 0, np.nan, radius), found.paced)
        wanted = evaluate(places, some, [stretched(rule, by) for rule in RULES], paths).share
        np.testing.assert_array_equal(told, wanted, err_msg=profile)


def test_the_worked_case_of_profiles() -> None:
    """Worked case 12 of the coverage rules: at 900 m the elderly aren't covered, at 1100 m the brisk are."""
    long = [[(0.0, 0.0), (2000.0, 0.0)]]
    found = evaluate(demand((0, 0), (2000, 0)), supply((900, 0)), [Rule("any", 1000.0)], network(long))
    told = {profile: share_at(profile, found.share, found.metres, np.array([1000.0]), {}) for profile in STRETCH}
    assert {profile: share[:, 0].tolist() for profile, share in told.items()} == {
        "reference": [1, 0],
        "brisk": [1, 1],
        "elder": [0, 0],
    }
    with pytest.raises(KeyError):
        share_at("runner", found.share, found.metres, np.array([1000.0]), {})

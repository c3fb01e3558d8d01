"""The line that is walked, and the gate that breaks it, on the worked compound."""

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridgov.spatial.coverage import Rule, evaluate
from gridgov.spatial.network import CLOSED, OPEN, RESIDENTS, WalkNetwork
from gridgov.spatial.trail import Trail, trail
from tests.spatial.cases import demand, network, supply
from tests.spatial.oracle import World
from tests.spatial.test_against_oracle import PHASES, built, drawn_place, homes, places, worlds
from tests.spatial.test_worked_cases import COMPOUND, EAST_GATE, INSIDE, STREET, WEST, WEST_GATE, Gate


def walled(*gates: Gate) -> WalkNetwork:
    return network(STREET + INSIDE + WEST, (COMPOUND, list(gates)))


def way(net: WalkNetwork, place: tuple[float, float], *sites: tuple[float, float], **told: object) -> Trail | None:
    shapes = np.array([shapely.Point(site) for site in sites], dtype=object)
    return trail(net, place, shapes, np.full(len(sites), None), **told)  # type: ignore[arg-type]


def test_it_follows_the_paths_and_is_as_long_as_told() -> None:
    found = way(walled((EAST_GATE, OPEN)), (400, 100), (900, 30), (400, 0))
    assert found is not None
    assert (found.site, found.metres) == (1, pytest.approx(300, abs=0.001))
    assert shapely.length(shapely.LineString(found.line)) == pytest.approx(300, abs=0.001)
    assert found.line[0].tolist() == [400, 100]
    assert found.line[-1].tolist() == pytest.approx([400, 0])
    assert len(found.crossed) == 0


def test_two_places_on_one_piece_take_it_alone() -> None:
    found = way(walled((EAST_GATE, OPEN)), (600, 0), (800, 20))
    assert found is not None
    assert found.metres == pytest.approx(220, abs=0.001)


@pytest.mark.parametrize("state", [CLOSED, RESIDENTS])
def test_the_gate_that_breaks_it_is_told(state: int) -> None:
    net = walled((EAST_GATE, state), (WEST_GATE, CLOSED))
    assert way(net, (500, 60), (400, 100)) is None
    found = way(net, (500, 60), (400, 100), gates_open=True)
    assert found is not None
    assert found.metres == pytest.approx(140, abs=0.001)
    np.testing.assert_allclose(found.crossed, [EAST_GATE])
    resident = way(net, (500, 60), (400, 100), home=0)
    assert (resident is None) == (state == CLOSED)


def test_off_the_paths_there_is_none() -> None:
    assert way(walled((EAST_GATE, OPEN)), (400, 900), (400, 0)) is None


@settings(max_examples=150, deadline=None, phases=PHASES, suppress_health_check=list(HealthCheck))
@given(worlds(), st.lists(places, min_size=1, max_size=3), st.lists(places, min_size=1, max_size=3), homes)
def test_it_is_as_long_as_the_verdict_says(world: World, starts: list[Any], ends: list[Any], home: int) -> None:
    net, home = built(world), min(home, len(world.walls) - 1)
    sites = [drawn_place(*end) for end in ends]
    for start in starts:
        xy = drawn_place(*start)
        verdicts = evaluate(demand(xy, home=[home]), supply(*sites), [Rule("any", 5000.0)], net)
        found = way(net, xy, *sites, home=home)
        assert (found is None) == np.isnan(verdicts.metres[0, 0])
        if found is not None:
            assert found.metres == pytest.approx(verdicts.metres[0, 0], abs=0.001)
            drawn = np.vstack([found.line, sites[found.site]])
            assert np.hypot(*np.diff(drawn, axis=0).T).sum() == pytest.approx(found.metres, abs=0.02)

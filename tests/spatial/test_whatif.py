"""What an edit changes, against a full run on what was edited: the same in every bit, after every step."""

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridgov.errors import InputError
from gridgov.spatial.coverage import Demand, Rule, Supply, Verdicts, evaluate
from gridgov.spatial.network import WalkNetwork
from gridgov.spatial.whatif import Changed, ServicePoint, WhatIf
from tests.spatial.cases import demand, network, supply
from tests.spatial.oracle import World
from tests.spatial.test_against_oracle import PHASES, areas, built, drawn_place, homes, laid_out, places, worlds

RULES = [
    Rule("walked", 181.7),
    Rule("verified", 330.3, needs_verified=True),
    Rule("straight", 90.1, measure="straight"),
    Rule("full", 303.9, capacity=True),
    Rule("near and full", 120.0, measure="straight", capacity=True),
    Rule("of the street", None, jurisdiction="street"),
    Rule("only listed", None),
]
TOLD = ("verified", "open", "street", "capacity")

points = st.tuples(
    places,
    st.sampled_from([0, 0, 0, 0, 0, 0, 1, 2, 3, 3, 4, 5, 6]),
    st.booleans(),
    st.sampled_from([True, True, True, False]),
    st.sampled_from([False, False, False, True]),
    st.sampled_from([np.nan, 60.0, 150.0]),
    st.integers(-1, 2),
)
edits = st.tuples(st.sampled_from("aaammmoovcguur"), st.integers(0, 10**6), points)


def drawn(place: Any, kind: int, sure: bool, is_open: bool, area: bool, room: float, street: int) -> ServicePoint:
    xy = drawn_place(*place)
    shape = shapely.Polygon(areas(xy)) if area else shapely.Point(xy)
    return ServicePoint(kind, shape, verified=sure, open=is_open, street=street, capacity=room)


def supplied(given_points: list[ServicePoint]) -> Supply:
    told = {
        name: [getattr(point, name) for point in given_points] for name in ("verified", "open", "street", "capacity")
    }
    return supply(
        *(point.geometry for point in given_points), type=[point.type_index for point in given_points], **told
    )


class Edited:
    """A world and what becomes of it, told twice: to the what-if, and as plain data for a full run."""

    def __init__(self, world: World, people: Demand, first: list[ServicePoint], *, estimate: bool = False) -> None:
        self.world, self.people, self.points = world, people, first
        self.estimate = estimate
        self.whatif = WhatIf(people, supplied(first), RULES, self.network())
        self.done: list[tuple[World, list[ServicePoint]]] = []
        self.undone: list[tuple[World, list[ServicePoint]]] = []

    def network(self) -> WalkNetwork | None:
        return None if self.estimate else built(self.world)

    def step(self, do: str, pick: int, point: ServicePoint) -> None:
        before = self.whatif.verdicts()
        if do in "ur":
            changed = self.turn(do)
        else:
            self.done.append((self.world, self.points))
            self.undone.clear()
            changed = self.edit(do, pick, point)
        after = evaluate(self.people, supplied(self.points), RULES, self.network())
        same(self.whatif.verdicts(), after)
        if changed is not None and len(before.supply_doubtful) == len(after.supply_doubtful):
            told_right(changed, before, after)

    def edit(self, do: str, pick: int, point: ServicePoint) -> Changed:
        if do == "g" and self.world.gates and not self.estimate:
            gates = list(self.world.gates)
            chosen = pick % len(gates)
            gates[chosen] = (*gates[chosen][:2], pick % 3)
            layout = laid_out(self.world)
            self.world = replace(self.world, gates=gates)
            states = np.array([state for *_, state in gates], dtype=np.int8)
            turned, anew = layout.with_states(states), built(self.world)
            assert turned.hash == anew.hash
            assert turned.lies_as(anew)
            return self.whatif.on(turned if pick % 2 else anew)
        if do == "a" or not self.points:
            row = pick % (len(self.points) + 1)
            self.points = [*self.points[:row], point, *self.points[row:]]
            return self.whatif.add(row, point)
        row = pick % len(self.points)
        now = self.whatif.point(row)
        edited = {
            "m": replace(now, geometry=point.geometry, street=point.street),
            "o": replace(now, open=not now.open),
            "v": replace(now, verified=not now.verified, type_index=point.type_index),
        }.get(do, replace(now, capacity=point.capacity))
        self.points = [*self.points[:row], edited, *self.points[row + 1 :]]
        return self.whatif.change(row, edited)

    def turn(self, do: str) -> Changed | None:
        of, to = (self.done, self.undone) if do == "u" else (self.undone, self.done)
        turn = self.whatif.undo if do == "u" else self.whatif.redo
        if not of:
            with pytest.raises(IndexError):
                turn()
            return None
        to.append((self.world, self.points))
        self.world, self.points = of.pop()
        return turn()


def same(one: Verdicts, other: Verdicts) -> None:
    for field in (each for each in fields(Verdicts) if each.compare):
        mine, theirs = getattr(one, field.name), getattr(other, field.name)
        np.testing.assert_array_equal(mine, theirs, err_msg=field.name)
        if isinstance(mine, np.ndarray):
            assert mine.dtype == theirs.dtype, field.name


def told_right(changed: Changed, before: Verdicts, after: Verdicts) -> None:
    differs = np.zeros(before.metres.shape, dtype=bool)
    for name in ("metres", "point", "share", "cause"):
        one, other = getattr(before, name), getattr(after, name)
        differs |= ~np.isclose(one, other, rtol=0, atol=0, equal_nan=True)
    found = np.zeros_like(differs)
    found[changed.place, changed.type] = True
    np.testing.assert_array_equal(found, differs)


@settings(max_examples=30, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES)
@given(
    worlds(),
    st.lists(st.tuples(places, homes), min_size=5, max_size=9),
    st.lists(points, min_size=5, max_size=9),
    st.lists(edits, min_size=3, max_size=7),
    st.sampled_from([False] * 9 + [True]),
)
def test_each_step_gives_what_a_full_run_gives(
    world: World, people: list[Any], first: list[Any], steps: list[Any], estimate: bool
) -> None:
    where = [drawn_place(*place) for place, _ in people]
    home = [min(home, len(world.walls) - 1) for _, home in people]
    living = demand(*where, home=home, street=[number % 3 - 1 for number in range(len(where))])
    edited = Edited(world, living, [drawn(*point) for point in first], estimate=estimate)
    for do, pick, point in steps:
        edited.step(do, pick, drawn(*point))


def test_labels_run_out_and_are_given_out_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gridgov.spatial.standing.LABELS", 20)
    streets = network([[(0, 0), (1000, 0)]])
    where = [(400.0, 0.0), (500.0, 0.0), (600.0, 0.0)]
    people, rules = demand((450, 0), (550, 0), (850, 3)), [Rule("walked", 250.0)]
    whatif = WhatIf(people, supply(*where), rules, streets)
    before = whatif.verdicts()
    first = before.share.copy()
    for row, x in enumerate([500.0, 510.0, 490.0, 505.0, 400.0, 740.0]):
        where.insert(row + 1, (x, 0.0))
        whatif.add(row + 1, ServicePoint(0, shapely.Point(x, 0.0)))
        same(whatif.verdicts(), evaluate(people, supply(*where), rules, streets))
    np.testing.assert_array_equal(before.share, first)  # what was told once stays as it was
    for _ in range(6):
        whatif.undo()
    same(whatif.verdicts(), before)


def test_a_point_refused_changes_nothing() -> None:
    whatif = WhatIf(demand((450, 0)), supply((400, 0)), [Rule("walked", 300.0)], network([[(0, 0), (1000, 0)]]))
    before = whatif.verdicts()
    with pytest.raises(InputError) as refused:
        whatif.add(1, ServicePoint(1, shapely.Point(1, 1)))
    assert refused.value.code == "type_unknown"
    with pytest.raises(IndexError):
        whatif.change(1, ServicePoint(0, shapely.Point(1, 1)))
    same(whatif.verdicts(), before)
    with pytest.raises(IndexError):
        whatif.undo()

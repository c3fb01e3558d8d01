"""The one query layer: a day, a batch, a scope that is nothing unless told."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.storage.current import _SCOPING, At, Scope, below, branches, current
from gridgov.storage.models import (
    Branch,
    BranchVersion,
    Cadre,
    CadreVersion,
    Contact,
    ContactVersion,
    Gate,
    GateVersion,
    Network,
    NetworkData,
    NetworkVersion,
    UnitVersion,
    located,
)
from gridgov.storage.versions import add_identities, add_versions, open_batch, undo, version_models
from tests.storage.things import AUTUMN, SPRING, SUMMER, add_unit, named, rename

AT = At(SUMMER)


@pytest.fixture
def town(session: Session) -> dict[str, int]:
    """Two streets, each with a community, a compound and a building group."""
    batch = open_batch(session, "units")
    ids: dict[str, int] = {}
    for side in ("east", "west"):
        above = None
        for level in ("street", "community", "compound", "building"):
            name = f"{side} {level}"
            above = ids[name] = add_unit(session, batch, level, name, name=name, parent_id=above)
    return ids


def add(session: Session, identity: type, version: type, rows: list[dict[str, object]]) -> None:
    batch = open_batch(session, "by hand")
    period = {"valid_from": SPRING, "valid_to": None}
    ids = add_identities(session, identity, [{} for _ in rows])
    told = [{version.subject: number, **period, **row} for number, row in zip(ids, rows, strict=True)]
    add_versions(session, version, batch.id, told)


def seen(session: Session, scope: Scope) -> set[str]:
    return {unit.code for unit in session.scalars(current(UnitVersion, AT, scope))}


def test_every_versioned_thing_has_a_rule_of_scope() -> None:
    assert set(_SCOPING) == set(version_models())


def test_a_scope_is_nothing_unless_told(session: Session, town: dict[str, int]) -> None:
    assert Scope() == Scope.nothing() == Scope.of(set())
    assert seen(session, Scope()) == set()
    assert seen(session, Scope.everything()) == set(town)


@pytest.mark.parametrize("model", version_models(), ids=lambda model: model.__tablename__)
def test_nothing_is_seen_of_anything_with_no_scope(session: Session, town: dict[str, int], model: type) -> None:
    everything(session, town)
    assert session.scalars(current(model, AT, Scope.nothing())).all() == []


def everything(session: Session, town: dict[str, int]) -> None:
    """A little of what hangs on compounds on both sides."""
    plain = {"name": None, "state": "open", "hours": None} | located(None)
    sides = [town["east compound"], town["west compound"]]
    add(session, Gate, GateVersion, [plain | {"code": f"G{unit}", "unit_id": unit} for unit in sides])
    person = dict.fromkeys(("department_id", "post", "office_phone", "mobile", "home_community"))
    add(session, Cadre, CadreVersion, [person | {"code": code, "name": code} for code in ("PE", "PW", "PN")])
    cadres = {cadre.code: cadre.cadre_id for cadre in session.scalars(select(CadreVersion))}
    told = {"tier": 3, "role": "lead", "department_id": None, "document": None, "recorded_by": None, "confirmed": True}
    leads = zip(sides, ("PE", "PW"), strict=True)
    add(session, Contact, ContactVersion, [told | {"unit_id": u, "cadre_id": cadres[c]} for u, c in leads])
    branch = {"formation": "joint", "enlarged": False}
    covered = {"east": [town["east compound"]], "both": sides}
    rows = [branch | {"code": name, "name": name, "compounds": units} for name, units in covered.items()]
    add(session, Branch, BranchVersion, rows)
    session.add(NetworkData(hash="h", payload=b""))
    session.flush()
    add(session, Network, NetworkVersion, [{"code": "n", "hash": "h", "segments": 0, "metres": 0.0}])


def test_an_area_is_a_unit_and_all_below_it(session: Session, town: dict[str, int]) -> None:
    west = {name for name in town if name.startswith("west")}
    assert seen(session, Scope.of({town["west street"]})) == west
    assert seen(session, Scope.of({town["west compound"]})) == {"west compound", "west building"}
    assert seen(session, Scope.of({town["west building"], town["east building"]})) == {"west building", "east building"}
    assert seen(session, Scope.of({99_999})) == set()


def test_what_hangs_on_units_is_seen_with_them(session: Session, town: dict[str, int]) -> None:
    everything(session, town)
    scope = Scope.of({town["east street"]})
    assert {gate.unit_id for gate in session.scalars(current(GateVersion, AT, scope))} == {town["east compound"]}
    assert {held.unit_id for held in session.scalars(current(ContactVersion, AT, scope))} == {town["east compound"]}
    assert {cadre.code for cadre in session.scalars(current(CadreVersion, AT, scope))} == {"PE"}
    assert len(session.scalars(current(NetworkVersion, AT, scope)).all()) == 1


def test_branches_are_seen_by_the_compounds_they_cover(session: Session, town: dict[str, int]) -> None:
    everything(session, town)
    scopes = [
        Scope.everything(),
        *(Scope.of({town[f"{side} community"]}) for side in ("east", "west")),
        Scope.nothing(),
    ]
    told = [{branch.code for branch in branches(session, AT, scope)} for scope in scopes]
    assert told == [{"east", "both"}, {"east", "both"}, {"both"}, set()]


def test_a_scope_follows_the_tree_of_its_day(session: Session, town: dict[str, int]) -> None:
    batch = open_batch(session, "units")
    late = add_unit(session, batch, "compound", "late", parent_id=town["east community"], valid_from=AUTUMN)
    scope = Scope.of({town["east street"]})
    assert "late" not in seen(session, scope)
    assert late in {unit.unit_id for unit in session.scalars(current(UnitVersion, At(AUTUMN), scope))}


def test_a_circle_of_parents_ends(session: Session, town: dict[str, int]) -> None:
    table = UnitVersion.__table__
    told = table.update().where(table.c.unit_id == town["east street"])
    session.execute(told.values(parent_id=town["east building"]))
    found = set(session.scalars(select(below({town["east community"]}, AT).c.unit_id)))
    assert found == {number for name, number in town.items() if name.startswith("east")}


def test_a_past_state_is_reproduced_after_later_changes_and_undo(session: Session) -> None:
    first = open_batch(session, "units")
    unit = add_unit(session, first, "street", "S", name="one")
    second = rename(session, unit, "two", SUMMER)
    third = rename(session, unit, "three", SUMMER + timedelta(days=10))
    taken = undo(session, third.id)
    days = (SPRING, SUMMER, AUTUMN)
    assert [[named(session, day, batch.id) for day in days] for batch in (first, second, third, taken)] == [
        [["one"], ["one"], ["one"]],
        [["one"], ["two"], ["two"]],
        [["one"], ["two"], ["three"]],
        [["one"], ["two"], ["two"]],
    ]
    assert [named(session, day) for day in days] == [["one"], ["two"], ["two"]]

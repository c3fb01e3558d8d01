"""Three-tier contact: numbers against hand-made facts, the places behind them, and what one cadre sees."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.errors import InputError, NotFoundError
from gridgov.storage.current import At, Scope, current
from gridgov.storage.models import CadreVersion, UnitVersion
from gridgov.usecases import contacting
from tests import cases
from tests.usecases.conftest import AT

EVERYTHING = Scope.everything()


@pytest.fixture
def ids(session: Session, tmp_path: Path) -> dict[str, int]:
    """The small district: its units and cadres by code."""
    cases.district(tmp_path).load(session)
    units = {unit.code: unit.unit_id for unit in session.scalars(select(UnitVersion))}
    return units | {cadre.code: cadre.cadre_id for cadre in session.scalars(select(CadreVersion))}


def numbers(session: Session, at: At = AT, scope: Scope = EVERYTHING, area: int | None = None) -> list[tuple[int, ...]]:
    rows = contacting.report(session, at, scope, area)["tiers"]
    return [tuple(row[name] for name in ("tier", "due", "vacant", "expiring", "disputed", "several")) for row in rows]


def more(session: Session, folder: Path, *rows: dict[str, object]) -> None:
    files = cases.Files(folder)
    files.rows["contacts"] = list(rows)
    files.load(session)


def codes(rows: list[dict[str, object]]) -> list[object]:
    return [row["code"] for row in rows]


@pytest.mark.usefixtures("ids")
def test_the_first_screens_numbers(session: Session) -> None:
    assert contacting.report(session, AT, EVERYTHING)["branch_coverage"] == {"compounds": 2, "covered": 1}
    assert numbers(session) == [(1, 1, 0, 0, 0, 0), (2, 2, 1, 1, 0, 0), (3, 2, 1, 0, 0, 0)]
    assert [unit.code for unit in contacting.uncovered_compounds(session, AT, EVERYTHING)] == ["C2"]


@pytest.mark.usefixtures("ids")
def test_a_post_that_ended_is_vacant_from_that_day(session: Session) -> None:
    assert numbers(session, At(date(2026, 4, 19)))[1] == (2, 2, 1, 1, 0, 0)
    assert numbers(session, At(date(2026, 4, 20)))[1] == (2, 2, 2, 0, 0, 0)


@pytest.mark.usefixtures("ids")
def test_two_leads_are_disputed_and_one_lead_twice_is_several(session: Session, tmp_path: Path) -> None:
    more(
        session,
        tmp_path,
        {"tier": 3, "unit": "C1", "role": "lead", "holder": "P3"},
        {"tier": 3, "unit": "C2", "role": "lead", "holder": "P2"},
    )
    assert numbers(session)[2] == (3, 2, 0, 0, 1, 1)
    (disputed,) = contacting.places(session, AT, EVERYTHING, 3, "disputed")
    assert [(held.holder, held.confirmed) for held in disputed["holders"]] == [("钱二", True), ("孙三", False)]
    assert codes(contacting.places(session, AT, EVERYTHING, 3, "several")) == ["C1", "C2"]


@pytest.mark.usefixtures("ids")
def test_members_fill_no_post(session: Session, tmp_path: Path) -> None:
    more(session, tmp_path, {"tier": 3, "unit": "C2", "role": "member", "holder": "P3"})
    assert numbers(session)[2] == (3, 2, 1, 0, 0, 0)


@pytest.mark.usefixtures("ids")
def test_a_pairing_of_departments_fills_no_personal_post(session: Session, tmp_path: Path) -> None:
    more(session, tmp_path, {"tier": 2, "unit": "420503001002", "role": "leading", "holder": "D2"})
    assert codes(contacting.places(session, AT, EVERYTHING, 2, "vacant")) == ["420503001002"]


@pytest.mark.usefixtures("ids")
def test_the_places_behind_each_number(session: Session) -> None:
    told = {
        (tier, what): codes(contacting.places(session, AT, EVERYTHING, tier, what))
        for tier in (1, 2, 3)
        for what in ("due", "vacant", "expiring", "disputed", "several")
    }
    assert {key: value for key, value in told.items() if value} == {
        (1, "due"): ["420503001"],
        (2, "due"): ["420503001001", "420503001002"],
        (2, "vacant"): ["420503001002"],
        (2, "expiring"): ["420503001001"],
        (3, "due"): ["C1", "C2"],
        (3, "vacant"): ["C2"],
    }
    counted = {
        row[0]: dict(zip(("due", "vacant", "expiring", "disputed"), row[1:], strict=False)) for row in numbers(session)
    }
    assert all(len(told[tier, what]) == count for tier, row in counted.items() for what, count in row.items())


def test_an_area_narrows_the_numbers(session: Session, ids: dict[str, int]) -> None:
    east = ids["420503001002"]
    assert numbers(session, area=east) == [(1, 0, 0, 0, 0, 0), (2, 1, 1, 0, 0, 0), (3, 1, 1, 0, 0, 0)]
    assert contacting.report(session, AT, EVERYTHING, east)["branch_coverage"] == {"compounds": 1, "covered": 0}


def test_a_scope_narrows_them_too_and_nothing_is_due_in_no_scope(session: Session, ids: dict[str, int]) -> None:
    scope = Scope.of({ids["420503001001"]})
    assert numbers(session, scope=scope) == [(1, 0, 0, 0, 0, 0), (2, 1, 0, 1, 0, 0), (3, 1, 0, 0, 0, 0)]
    assert codes(contacting.places(session, AT, scope, 3, "due")) == ["C1"]
    assert numbers(session, scope=Scope.nothing()) == [(tier, 0, 0, 0, 0, 0) for tier in (1, 2, 3)]
    with pytest.raises(NotFoundError, match="unit_unknown"):
        contacting.report(session, AT, scope, ids["420503001002"])


def test_contacts_of_a_unit_tell_office_numbers_only(session: Session, ids: dict[str, int]) -> None:
    held = contacting.contacts_of(session, AT, EVERYTHING, [ids["C1"], ids["420503001001"]])
    assert [(row.tier, row.role, row.holder, row.kind, row.department) for row in held if row.tier == 2] == [
        (2, "first_secretary", "钱二", "cadre", "教育局"),
        (2, "leading", "教育局", "department", "教育局"),
    ]
    assert all("138" not in str(row.office_phone) for row in held)
    assert not any("mobile" in name for row in held for name in vars(row))


def test_what_a_cadre_holds(session: Session, ids: dict[str, int]) -> None:
    assert [(row.tier, row.unit) for row in contacting.mine(session, ids["P2"], AT, EVERYTHING)] == [
        (2, ids["420503001001"]),
        (3, ids["C1"]),
    ]
    assert contacting.mine(session, ids["P2"], AT, Scope.of({ids["C2"]})) == []
    assert contacting.cadre(session, AT, EVERYTHING, ids["P2"]).name == "钱二"
    with pytest.raises(NotFoundError, match="cadre_unknown"):
        contacting.cadre(session, AT, Scope.of({ids["C2"]}), ids["P2"])


def test_who_held_it_before(session: Session, ids: dict[str, int]) -> None:
    late = At(date(2026, 5, 1))
    found = contacting.earlier(session, late, EVERYTHING, ids["420503001001"])
    assert [(row.holder, row.until) for row in found] == [("钱二", "2026-04-20")]
    assert contacting.earlier(session, AT, EVERYTHING, ids["420503001001"]) == []
    assert contacting.earlier(session, late, Scope.of({ids["C2"]}), ids["420503001001"]) == []


def test_the_map_draws_the_same_states(session: Session, ids: dict[str, int]) -> None:
    states = contacting.states_by_unit(session, AT, EVERYTHING)
    assert {unit for unit, state in states.items() if state["vacant"]} == {ids["C2"], ids["420503001002"]}
    assert {unit for unit, state in states.items() if state["expiring"]} == {ids["420503001001"]}


@pytest.mark.parametrize(("tier", "what"), [(3, "angry"), (4, "vacant")])
def test_what_is_no_state_or_tier(session: Session, tier: int, what: str) -> None:
    with pytest.raises(InputError):
        contacting.places(session, AT, EVERYTHING, tier, what)


@pytest.mark.usefixtures("ids")
def test_a_report_of_a_past_day(session: Session) -> None:
    assert numbers(session, At(date(2020, 1, 1))) == [(tier, 0, 0, 0, 0, 0) for tier in (1, 2, 3)]
    assert session.scalars(current(UnitVersion, At(date(2020, 1, 1)), EVERYTHING)).all() == []

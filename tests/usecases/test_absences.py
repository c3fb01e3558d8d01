"""A deputy stands in for a lead for some days: he fills no post, and nobody stands in for who stands in for him."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from gridgov.errors import InputError
from gridgov.storage.current import At, Scope
from gridgov.usecases import absences, contacting, importing
from gridgov.usecases.absences import Absence
from gridgov.usecases.acts import RefusedError
from gridgov.usecases.contacting import Held
from tests.usecases.along_a_street import numbers, town
from tests.usecases.conftest import AT

EVERYTHING = Scope.everything()
FROM, BACK = date(2026, 12, 1), date(2026, 12, 20)


@pytest.fixture
def held(session: Session, tmp_path: Path) -> dict[str, int]:
    """Three compounds, C1 led by PA, C2 by PB, C3 by PC, C4 by nobody, and PD without a post: contacts by compound."""
    compounds = {"C1": 1000, "C2": 2000, "C3": 3000, "C4": 4000}
    cadres = {"PA": "A", "PB": "B", "PC": "B", "PD": "A"}
    town(tmp_path, compounds, cadres, {"C1": "PA", "C2": "PB", "C3": "PC"}).load(session)
    ids = numbers(session)
    found = contacting.contacts_of(session, AT, EVERYTHING, [ids[code] for code in compounds])
    codes = {ids[code]: code for code in compounds}
    return {codes[one.unit]: one.contact for one in found}


def away(
    session: Session, contact: int, deputy: str, start: date = FROM, back: date | None = BACK, scope: Scope = EVERYTHING
) -> int:
    return absences.record(session, Absence(contact, deputy, start, back.isoformat() if back else ""), scope).id


def on(session: Session, day: date, unit: str) -> list[Held]:
    return contacting.contacts_of(session, At(day), EVERYTHING, [numbers(session)[unit]])


def test_the_post_stays_the_leads(session: Session, held: dict[str, int]) -> None:
    before = contacting.report(session, At(FROM), EVERYTHING)["tiers"]
    batch = away(session, held["C1"], "PD")
    assert [(one.role, one.code, one.until) for one in on(session, FROM, "C1")] == [
        ("lead", "PA", None),
        ("deputy", "PD", "2026-12-20"),
    ]
    assert [one.role for one in on(session, BACK, "C1")] == ["lead"]
    assert contacting.report(session, At(FROM), EVERYTHING)["tiers"] == before
    away(session, held["C2"], "PD")  # he may stand in for two
    assert contacting.report(session, At(FROM), EVERYTHING)["tiers"] == before
    importing.undo(session, batch)
    assert [one.role for one in on(session, FROM, "C1")] == ["lead"]


def test_nobody_stands_in_for_himself_or_for_who_stands_in_for_him(session: Session, held: dict[str, int]) -> None:
    with pytest.raises(RefusedError) as refused:
        away(session, held["C1"], "PA")
    assert refused.value.problems[0].code == "deputy_leads"
    away(session, held["C1"], "PB")
    with pytest.raises(RefusedError) as refused:
        away(session, held["C2"], "PA")
    problem = refused.value.problems[0]
    assert (problem.code, problem.field, problem.params) == (
        "deputy_circular",
        "holder",
        {"deputy": "某PA", "lead": "某PB"},
    )
    away(session, held["C2"], "PC")
    with pytest.raises(RefusedError, match="form_refused"):
        away(session, held["C3"], "PA")  # PA by PB, PB by PC
    away(session, held["C3"], "PA", BACK, None)  # PB is back by then
    away(session, held["C3"], "PD")


def test_who_is_unknown_or_back_before_he_left_is_refused(session: Session, held: dict[str, int]) -> None:
    for deputy, start, back in (("nobody", FROM, BACK), ("", FROM, BACK), ("PD", BACK, FROM), ("PD", FROM, FROM)):
        with pytest.raises(InputError):
            away(session, held["C1"], deputy, start, back)
    with pytest.raises(RefusedError):
        absences.record(session, Absence(held["C1"], "PD", FROM, "soon"), EVERYTHING)
    assert [one.role for one in on(session, FROM, "C1")] == ["lead"]


def test_only_who_leads_is_stood_in_for(session: Session, held: dict[str, int]) -> None:
    away(session, held["C1"], "PD")
    deputy = next(one.contact for one in on(session, FROM, "C1") if one.role == "deputy")
    with pytest.raises(InputError, match="absence_of_lead"):
        away(session, deputy, "PC")

"""The ledger and the pairings on pages, and what lacks beside a vacant post: what the demo planted is found exactly."""

import html
import json
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.storage.current import At, Scope
from gridgov.storage.models import ContactVersion, DepartmentVersion, UnitVersion
from gridgov.usecases import contacting, covering, ledger, reading_runs
from gridgov.usecases.accounts import Grant
from gridgov.usecases.gap_filter import GapFilter
from gridgov.usecases.pairings import pairings
from tests.databases import TODAY
from tests.web.conftest import SignIn

AT, EVERYTHING = At(TODAY), Scope.everything()


def page_of(browser: FlaskClient, path: str, status: int = 200) -> str:
    answer = browser.get(path)
    assert answer.status_code == status
    return html.unescape(answer.get_data(as_text=True))


def test_what_lacks_stands_beside_each_vacancy(as_role: SignIn, database: Session) -> None:
    page = page_of(as_role("coordinator"), "/?tier=3&what=vacant&lang=en")
    assert "the lead department answers for the gap, never the cadre" in page
    run = covering.latest(database, AT)
    assert run is not None
    listed = page.split('id="list"')[1]
    for row in contacting.places(database, AT, EVERYTHING, 3, "vacant"):
        told = listed.split(f'data-code="{row["code"]}"')[1].split("</tr>")[0]
        asked = GapFilter(required=True, area=row["unit"], limit=2)
        gaps = reading_runs.gaps(database, run, EVERYTHING, asked)
        assert re.findall(r'class="mark (\w+)"', told.split("</th>")[1])[1:] == [gap["cause"] for gap in gaps]
    assert "the lead department answers" not in page_of(as_role("coordinator"), "/?tier=3&what=due&lang=en")


def test_the_worst_below_a_community_stand_beside_its_vacancy(database: Session) -> None:
    run = covering.latest(database, AT)
    communities = [row["unit"] for row in contacting.places(database, AT, EVERYTHING, 2, "due")]
    found = reading_runs.worst_under(database, run, frozenset(communities), 2, GapFilter(required=True))
    for unit in communities:
        wanted = reading_runs.gaps(database, run, EVERYTHING, GapFilter(required=True, area=unit, limit=2))
        assert found.get(unit, []) == wanted


def test_pairings_are_told_both_ways(as_role: SignIn, database: Session) -> None:
    found = pairings(database, AT, EVERYTHING)
    by_unit = {(each.unit.code, held.code) for each in found.units for held in each.leading}
    assert by_unit == {(unit.code, one.version.code) for one in found.departments for unit in one.leading}
    held = database.scalars(select(ContactVersion).where(ContactVersion.role == "leading")).all()
    assert len(by_unit) == len(held) > 0
    page = page_of(as_role("viewer"), "/contacts/departments?lang=en")
    assert all(f"unit={each.unit.code}" in page for each in found.units)
    offices = page_of(as_role("viewer"), "/contacts/departments?by=department")
    assert all(f"department={one.version.code}" in offices for one in found.departments)
    missing = page_of(as_role("viewer"), "/contacts/departments?by=department&missing=1")
    idle = {one.version.code for one in found.idle}
    assert set(re.findall(r"department=([^&\"]+)\"", missing)) - {None} == idle
    assert "/export/contacts.xlsx?" in page_of(as_role("coordinator"), "/contacts/departments")


def test_pairings_of_ones_own_area_only(signed_in: SignIn, database: Session) -> None:
    held, other = database.scalars(
        select(UnitVersion).where(UnitVersion.level == "street").order_by(UnitVersion.code).limit(2)
    )
    browser = signed_in(Grant("coordinator", held.unit_id))
    for path in ("/contacts/departments", "/contacts/departments?by=department"):
        page = page_of(browser, path)
        assert f"unit={held.code}" in page
        assert f"unit={other.code}" not in page
    office = database.scalars(select(DepartmentVersion.code).order_by(DepartmentVersion.code)).first()
    assert f"unit={other.code}" not in page_of(browser, f"/contacts/ledger?department={office}")


def test_the_ledger_holds_every_stretch_of_time(as_role: SignIn, database: Session) -> None:
    compound = contacting.places(database, AT, EVERYTHING, 3, "expiring")[0]
    page = page_of(as_role("admin"), f"/?unit={compound['code']}")
    address = f"/contacts/ledger?unit={compound['code']}"
    assert f'href="{address}"' in page
    lines = ledger.of_unit(database, AT, EVERYTHING, compound["unit"])
    told = page_of(as_role("admin"), address)
    entries = [entry for line in lines for entry in line.entries]
    kept = select(ContactVersion).where(
        ContactVersion.unit_id == compound["unit"], ContactVersion.superseded_by.is_(None)
    )
    assert len([entry for line in lines if line.tier for entry in line.entries]) == len(database.scalars(kept).all())
    assert told.count("<rect") == len(entries) > 0
    assert [entry.document for entry in entries if entry.document and entry.document not in told] == []
    assert all(f"/admin/batches/{entry.batch}" in told for entry in entries)
    assert "/admin/batches/" not in page_of(as_role("viewer"), address)


@pytest.mark.parametrize("path", ["/contacts/ledger", "/contacts/ledger?department=nobody"])
def test_a_ledger_of_nothing_is_refused(as_role: SignIn, path: str) -> None:
    assert as_role("coordinator").get(path).status_code in {400, 404}


def test_what_the_demo_planted_is_found_exactly(as_role: SignIn, demo_folder: Path) -> None:
    truth = json.loads((demo_folder / "truth.json").read_text(encoding="utf-8"))
    for tier, planted in truth["posts"].items():
        for state in ("vacant", "expiring", "disputed"):
            page = page_of(as_role("coordinator"), f"/?tier={tier}&what={state}").split('id="list"')[1]
            assert set(re.findall(r'<tr data-code="([^"]+)"', page)) == set(planted["units"][state]), (tier, state)

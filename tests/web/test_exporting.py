"""Exports from the pages: whole files, of one's own area, in the reader's language, and each recorded."""

from pathlib import Path
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridgov.sources.vector import read_file
from gridgov.storage.models import CadreVersion, ExportRecord, PostVersion, UnitVersion
from gridgov.storage.models.accounts import Account
from gridgov.usecases.accounts import Grant
from gridgov.usecases.exporting import WHATS, forms
from tests.web.conftest import SignIn


def sheet(browser: FlaskClient, folder: Path, address: str):  # noqa: ANN201
    answer = browser.get(address)
    assert answer.status_code == 200, address
    path = folder / address.split("?", maxsplit=1)[0].rsplit("/", 1)[1]
    path.write_bytes(answer.data)
    return read_file(path)


@pytest.mark.parametrize("what", WHATS)
def test_everything_leaves_in_every_form(as_role: SignIn, tmp_path: Path, what: str) -> None:
    for form in forms(what):
        assert sheet(as_role("coordinator"), tmp_path, f"/export/{what}.{form}?since=2020-01-01").rows


def test_no_personal_number_leaves(as_role: SignIn, database: Session) -> None:
    numbers = set(database.scalars(select(CadreVersion.mobile))) | set(database.scalars(select(PostVersion.mobile)))
    numbers -= {None}
    assert numbers
    for what in ("cadres", "posts", "contacts", "partners", "units", "departments"):
        told = as_role("admin").get(f"/export/{what}.csv").get_data(as_text=True)
        assert [number for number in numbers if number in told] == []


def test_the_file_is_named_in_the_readers_language(as_role: SignIn) -> None:
    browser = as_role("coordinator")
    named = {
        lang: browser.get(f"/export/units.xlsx?lang={lang}").headers["Content-Disposition"]
        for lang in ("zh_Hans", "en")
    }
    assert f"filename*=UTF-8''{quote('单元')}-2026-11-01.xlsx" in named["zh_Hans"]
    assert "filename=Units-2026-11-01.xlsx" in named["en"]
    assert all(told.startswith("attachment") for told in named.values())


def test_titles_and_the_mark_are_in_the_readers_language(as_role: SignIn, tmp_path: Path) -> None:
    browser = as_role("coordinator")
    assert sheet(browser, tmp_path, "/export/contacts.xlsx?lang=zh_Hans").columns[:2] == ("包联层级", "单元代码")
    assert sheet(browser, tmp_path, "/export/contacts.xlsx?lang=en").columns[:2] == ("tier", "unit")
    first = browser.get("/export/contacts.csv?lang=zh_Hans").data.decode("utf-8-sig").splitlines()[0]
    assert first.startswith("# 产品: gridgov")
    assert "个人号码" in first


def test_the_pages_choices_are_kept(as_role: SignIn, tmp_path: Path, database: Session) -> None:
    browser = as_role("coordinator")
    street = database.scalars(
        select(UnitVersion).where(UnitVersion.level == "street").order_by(UnitVersion.code)
    ).first()
    assert street is not None
    own = sheet(browser, tmp_path, f"/export/units.csv?unit={street.code}&level=community").rows
    assert {row["parent"] for row in own} == {street.code}
    vacant = sheet(browser, tmp_path, "/export/vacant.csv?tier=3").rows
    assert {row["tier"] for row in vacant} == {"3"}
    gaps = sheet(as_role("planner"), tmp_path, f"/export/gaps.csv?scenario=health&street={street.code}").rows
    assert {row["scenario"] for row in gaps} == {"health"}
    assert {row["street"] for row in gaps} == {street.name}
    assert sheet(browser, tmp_path, "/export/units.csv?as_of=2024-06-01&level=street").rows
    assert browser.get("/export/units.geojson?as_of=2000-01-01").json["features"] == []


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/export/units.docx", 400),
        ("/export/people.csv", 400),
        ("/export/cadres.geojson", 400),
        ("/export/units.csv?level=household", 400),
        ("/export/units.csv?unit=nowhere", 404),
        ("/export/units.csv?as_of=x", 400),
        ("/export/gaps.csv?cause=x", 400),
        ("/export/vacant.csv?tier=8", 400),
    ],
)
def test_what_makes_no_sense_is_refused(as_role: SignIn, database: Session, address: str, status: int) -> None:
    before = database.scalar(select(func.count(ExportRecord.id)))
    database.rollback()  # look again when asked
    answer = as_role("coordinator").get(address)
    assert answer.status_code == status
    assert "Content-Disposition" not in answer.headers
    assert database.scalar(select(func.count(ExportRecord.id))) == before


def test_each_export_is_recorded_and_listed(as_role: SignIn, signed_in: SignIn, database: Session) -> None:
    street = database.scalars(select(UnitVersion.unit_id).where(UnitVersion.level == "street")).first()
    browser = signed_in(Grant("coordinator", street))
    assert browser.get("/export/contacts.xlsx").status_code == 200
    database.rollback()  # look again
    kept, name = database.execute(
        select(ExportRecord, Account.name).join(Account).order_by(ExportRecord.id.desc()).limit(1)
    ).one()
    assert (kept.what, kept.form, kept.as_of.isoformat()) == ("contacts", "xlsx", "2026-11-01")
    told = as_role("admin").get("/admin/exports?lang=zh_Hans").get_data(as_text=True)
    assert name in told
    assert "包联" in told
    assert browser.get("/admin/exports").status_code == 403


def test_lists_offer_their_export_to_who_may(as_role: SignIn) -> None:
    assert "/export/vacant.xlsx?tier=3" in as_role("coordinator").get("/?tier=3&what=vacant").get_data(as_text=True)
    assert "/export/gaps.csv?cause=gate" in as_role("planner").get("/planner?cause=gate").get_data(as_text=True)
    for path in ("/", "/planner"):
        assert "/export/" not in as_role("viewer").get(path).get_data(as_text=True)

"""Contacts leave as a workbook, are edited there, and come back: what was edited changes, and nothing else."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select
from sqlalchemy.orm import Session
from xlsxwriter import Workbook

from gridgov.sources.headers import rename
from gridgov.sources.writing import write_file
from gridgov.storage.current import At, Scope
from gridgov.storage.models import ContactVersion, UnitVersion
from gridgov.usecases import contacting, editing, exporting, importing, things
from gridgov.usecases.acts import Change, End
from gridgov.usecases.editing import StaleError
from gridgov.usecases.exporting import Asked
from gridgov.usecases.importing import ImportReport, import_files
from gridgov.usecases.staging import ImportOptions
from gridgov.wording.watermark import in_words, mark
from tests.usecases.along_a_street import numbers, town
from tests.usecases.conftest import AT

EVERYTHING = Scope.everything()
LATER = AT.day + timedelta(days=30)
Rows = list[dict[str, Any]]


@pytest.fixture
def ids(session: Session, tmp_path: Path) -> dict[str, int]:
    """Three compounds, C1 led by PA, C2 by PB, C3 vacant; PC and PD are both called 某PC, in two offices."""
    files = town(
        tmp_path, {"C1": 1000, "C2": 2000, "C3": 3000}, {"PA": "A", "PB": "B", "PC": "A"}, {"C1": "PA", "C2": "PB"}
    )
    files.add("cadres", code="PD", name="某PC", department="B")
    files.load(session)
    return numbers(session)


def there_and_back(session: Session, folder: Path, edit: Callable[[Rows], object]) -> ImportReport:
    """Export the contacts as the page does, edit the workbook's rows by their fields' names, and import it."""
    table = exporting.table(session, Asked("contacts"), "xlsx", AT, EVERYTHING)
    left = folder / "left.xlsx"
    left.unlink(missing_ok=True)
    write_file(left, in_words("contacts", table, "zh_Hans"), mark("contacts", table, AT, "zh_Hans", account=None))
    sheet = CalamineWorkbook.from_path(left).get_sheet_by_index(0).to_python()
    columns = [str(name) for name in sheet[0]]
    field = rename(columns, "contacts", {})
    names = [field.get(column, column) for column in columns]
    rows = [dict(zip(names, row, strict=True)) for row in sheet[1:] if any(row)]
    edit(rows)
    back = folder / "back.xlsx"
    with Workbook(back, {"remove_timezone": True, "default_date_format": "yyyy-mm-dd"}) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, columns)
        for number, row in enumerate(rows, 1):
            page.write_row(number, 0, [row.get(name, "") for name in names])
    return import_files(session, "contacts", [back], ImportOptions())


def row_of(rows: Rows, unit: str) -> dict[str, Any]:
    return next(row for row in rows if row["unit"] == unit)


def fresh(rows: Rows, unit: str, holder: str, day: Any = LATER, **more: Any) -> None:
    told = {"unit": unit, "holder": holder, "valid_from": day.isoformat(), "tier": 3, **more}
    rows.append(row_of(rows, "C1") | {"valid_to": ""} | told)


def outcome(report: ImportReport) -> tuple[int, int, int, int]:
    return report.new, report.changed, report.ended, report.unchanged


def leads(session: Session, day: Any) -> dict[str, list[tuple[str, bool]]]:
    rows = contacting.places(session, At(day), EVERYTHING, 3, "due")
    return {row["code"]: [(held.code, held.confirmed) for held in row["holders"]] for row in rows}


@pytest.mark.usefixtures("ids")
def test_nothing_edited_is_nothing_changed(session: Session, tmp_path: Path) -> None:
    report = there_and_back(session, tmp_path, list)
    assert (report.problems, outcome(report)) == ([], (0, 0, 0, 2))


@pytest.mark.usefixtures("ids")
def test_one_edited_is_one_changed(session: Session, tmp_path: Path) -> None:
    def edit(rows: Rows) -> None:
        row_of(rows, "C1")["document"] = "宜组〔2026〕9号"

    report = there_and_back(session, tmp_path, edit)
    assert (report.problems, outcome(report)) == ([], (0, 1, 0, 1))
    assert leads(session, AT.day) == {"C1": [("PA", True)], "C2": [("PB", True)], "C3": []}


@pytest.mark.usefixtures("ids")
def test_two_change_places_on_one_day_and_nobody_is_doubled(session: Session, tmp_path: Path) -> None:
    def edit(rows: Rows) -> None:
        for unit in ("C1", "C2"):
            row_of(rows, unit)["valid_to"] = LATER.isoformat()
        fresh(rows, "C1", "PB")
        fresh(rows, "C2", "PA")

    report = there_and_back(session, tmp_path, edit)
    assert (report.problems, report.new, report.ended) == ([], 2, 2)
    assert leads(session, LATER) == {"C1": [("PB", True)], "C2": [("PA", True)], "C3": []}
    assert leads(session, AT.day)["C1"] == [("PA", True)]
    importing.undo(session, report.batch or 0)
    assert leads(session, LATER) == {"C1": [("PA", True)], "C2": [("PB", True)], "C3": []}


@pytest.mark.usefixtures("ids")
def test_a_second_lead_is_kept_and_flagged(session: Session, tmp_path: Path) -> None:
    report = there_and_back(session, tmp_path, lambda rows: fresh(rows, "C1", "PB"))
    assert (report.problems, outcome(report)) == ([], (1, 0, 0, 2))
    assert sorted(leads(session, LATER)["C1"]) == [("PA", True), ("PB", False)]
    (row,) = contacting.places(session, At(LATER), EVERYTHING, 3, "disputed")
    assert row["code"] == "C1"


@pytest.mark.parametrize(
    ("told", "field", "code"),
    [
        ({"unit": "C3", "holder": "PX"}, "holder", "holder_unknown"),
        ({"unit": "C3", "holder": "某PC"}, "holder", "name_ambiguous"),
        ({"unit": "C3", "holder": "PB", "tier": 2}, "role", "cell_choice_unknown"),
        ({"unit": "C3", "holder": "PB", "tier": 7}, "tier", "tier_unknown"),
        ({"unit": "420503001", "holder": "PB"}, "unit", "row_unit_unknown"),
        ({"unit": "C2", "holder": "PA", "day": LATER + timedelta(days=1)}, "unit", "row_unit_unknown"),
    ],
)
@pytest.mark.usefixtures("ids")
def test_what_cannot_be_asks_in_its_row_and_nothing_is_written(
    session: Session, tmp_path: Path, told: dict[str, Any], field: str, code: str
) -> None:
    number = session.scalars(select(UnitVersion.unit_id).where(UnitVersion.code == "C2")).one()
    editing.apply(session, End("units", number, LATER, along=True), EVERYTHING)
    before = leads(session, LATER)
    report = there_and_back(session, tmp_path, lambda rows: fresh(rows, **told))
    assert [(problem.row, problem.field, problem.code) for _, problem in report.problems] == [(4, field, code)]
    assert report.batch is None
    assert leads(session, LATER) == before


def test_of_two_who_edit_one_lead_the_second_sees_what_changed(session: Session, ids: dict[str, int]) -> None:
    wanted = select(ContactVersion.contact_id).where(ContactVersion.unit_id == ids["C1"])
    number = session.scalars(wanted).one()
    seen = things.stamp(session, "contacts", number)
    first = Change("contacts", number, LATER, {"holder": "PB"}, stamp=seen)
    editing.apply(session, first, EVERYTHING)
    with pytest.raises(StaleError) as told:
        editing.apply(session, Change("contacts", number, LATER, {"holder": "PC"}, stamp=seen), EVERYTHING)
    assert [(one.what, one.start) for one in told.value.changes] == [("ended", LATER)]
    assert leads(session, LATER)["C1"] == [("PB", True)]

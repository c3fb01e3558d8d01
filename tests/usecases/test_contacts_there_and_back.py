"""Contacts leave as a workbook, are edited there, and come back: what was edited changes, and nothing else."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.sources.writing import write_file
from gridgov.storage.current import At, Scope
from gridgov.storage.models import ContactVersion, UnitVersion
from gridgov.usecases import contacting, editing, exporting, importing, things
from gridgov.usecases.acts import Change, End, RefusedError
from gridgov.usecases.editing import StaleError
from gridgov.usecases.exporting import Asked
from gridgov.usecases.importing import ImportReport, import_files
from gridgov.usecases.staging import ImportOptions
from gridgov.wording.watermark import in_words, mark
from tests.spreadsheet import Rows, overwrite
from tests.usecases.along_a_street import numbers, town
from tests.usecases.conftest import AT

EVERYTHING = Scope.everything()
LATER = AT.day + timedelta(days=30)
TODAY = AT.day + timedelta(days=10)


@pytest.fixture
def ids(session: Session, tmp_path: Path) -> dict[str, int]:
    """Three compounds, C1 led by PA, C2 by PB, C3 vacant; PC and PD are both called 某PC, in two offices."""
    files = town(
        tmp_path, {"C1": 1000, "C2": 2000, "C3": 3000}, {"PA": "A", "PB": "B", "PC": "A"}, {"C1": "PA", "C2": "PB"}
    )
    files.add("cadres", code="PD", name="某PC", department="B")
    files.load(session)
    return numbers(session)


def there_and_back(
    session: Session, folder: Path, edit: Callable[[Rows], object], day: date | None = None
) -> ImportReport:
    """Export the contacts as the page does, edit the workbook's rows by their fields' names, import it for a day."""
    table = exporting.table(session, Asked("contacts"), "xlsx", At(day or AT.day), EVERYTHING)
    left = folder / "left.xlsx"
    left.unlink(missing_ok=True)
    write_file(left, in_words("contacts", table, "zh_Hans"), mark("contacts", table, AT, "zh_Hans", account=None))
    back = folder / "back.xlsx"
    overwrite(left, back, "contacts", edit)
    return import_files(session, "contacts", [back], ImportOptions(valid_from=day, detail=True))


def row_of(rows: Rows, unit: str) -> dict[str, Any]:
    return next(row for row in rows if row["unit"] == unit)


def fresh(rows: Rows, unit: str, holder: str, day: Any = LATER, **more: Any) -> None:
    told = {"unit": unit, "holder": holder, "valid_from": day.isoformat(), "tier": 3, **more}
    rows.append(row_of(rows, "C1") | {"valid_to": ""} | told)


def warned(report: ImportReport) -> list[tuple[str, int, dict[str, Any]]]:
    return [(problem.code, problem.row, dict(problem.params)) for _, problem in report.warnings]


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


def test_a_holder_overwritten_takes_over_from_the_imports_day(
    session: Session, ids: dict[str, int], tmp_path: Path
) -> None:
    report = there_and_back(session, tmp_path, lambda rows: row_of(rows, "C1").update(holder="PC"), TODAY)
    assert (report.problems, outcome(report)) == ([], (0, 1, 0, 1))
    (row,) = [row for row in report.rows if row.outcome == "changed"]
    assert row.changes[0] == ("holder", "PA 某PA", "PC 某PC")
    (told,) = warned(report)
    assert told == ("contact_handed_over", 2, {"before": "PA 某PA", "after": "PC 某PC", "day": TODAY.isoformat()})
    assert leads(session, TODAY) == {"C1": [("PC", True)], "C2": [("PB", True)], "C3": []}
    assert leads(session, TODAY - timedelta(days=1))["C1"] == [("PA", True)]
    (before,) = contacting.earlier(session, At(TODAY), EVERYTHING, ids["C1"])
    assert (before.code, before.until) == ("PA", TODAY.isoformat())
    importing.undo(session, report.batch or 0)
    assert leads(session, TODAY)["C1"] == [("PA", True)]


@pytest.mark.usefixtures("ids")
def test_a_start_and_an_end_overwritten_are_those_of_who_takes_over(session: Session, tmp_path: Path) -> None:
    until = LATER + timedelta(days=90)

    def edit(rows: Rows) -> None:
        row_of(rows, "C1").update(holder="某PB", valid_from=LATER.isoformat(), valid_to=until.isoformat())

    report = there_and_back(session, tmp_path, edit, TODAY)
    assert (report.problems, [told[2]["day"] for told in warned(report)]) == ([], [LATER.isoformat()])
    assert leads(session, LATER - timedelta(days=1))["C1"] == [("PA", True)]
    assert (leads(session, LATER)["C1"], leads(session, until)["C1"]) == ([("PB", True)], [])


@pytest.mark.usefixtures("ids")
def test_the_name_alone_overwritten_hands_over_too_and_a_file_brought_twice_does_nothing_more(
    session: Session, tmp_path: Path
) -> None:
    report = there_and_back(session, tmp_path, lambda rows: row_of(rows, "C1").update(holder_name="某PB"), TODAY)
    assert (report.problems, leads(session, TODAY)["C1"]) == ([], [("PB", True)])
    again = import_files(session, "contacts", [tmp_path / "back.xlsx"], ImportOptions(valid_from=TODAY))
    assert (again.problems, again.warnings, outcome(again)) == ([], [], (0, 0, 0, 2))


@pytest.mark.usefixtures("ids")
def test_a_second_lead_is_resolved_by_overwriting_him(session: Session, tmp_path: Path) -> None:
    there_and_back(session, tmp_path, lambda rows: fresh(rows, "C1", "PB"))

    def edit(rows: Rows) -> None:
        rows[:] = [row | {"holder": "PB"} for row in rows if (row["unit"], row["holder"]) == ("C1", "PA")]

    assert there_and_back(session, tmp_path, edit, LATER).problems == []
    assert leads(session, LATER)["C1"] == [("PB", True)]


@pytest.mark.parametrize(
    ("cells", "rejected", "warning"),
    [
        ({"unit": "C3", "holder": "PB"}, "contact_number_elsewhere", None),
        ({"contact_number": "1aaaa", "unit": "C3"}, None, "contact_number_unknown"),
        ({"contact_number": "n/a", "unit": "C3"}, None, "contact_number_unknown"),
        ({"contact_number": "", "unit": "C3"}, None, None),
    ],
)
@pytest.mark.usefixtures("ids")
def test_a_number_is_taken_only_for_the_contact_it_is_of(
    session: Session, tmp_path: Path, cells: dict[str, Any], rejected: str | None, warning: str | None
) -> None:
    report = there_and_back(session, tmp_path, lambda rows: row_of(rows, "C1").update(cells), TODAY)
    assert [problem.code for _, problem in report.problems] == ([rejected] if rejected else [])
    assert [code for code, _, _ in warned(report)] == ([warning] if warning else [])
    assert leads(session, TODAY)["C1"] == [("PA", True)]


@pytest.mark.usefixtures("ids")
def test_who_was_followed_meanwhile_is_not_followed_again(session: Session, tmp_path: Path) -> None:
    there_and_back(session, tmp_path, lambda rows: row_of(rows, "C1").update(holder="PB"), TODAY)
    kept = (tmp_path / "back.xlsx").read_bytes()
    there_and_back(session, tmp_path, lambda rows: row_of(rows, "C1").update(holder="PC"), LATER)
    (tmp_path / "back.xlsx").write_bytes(kept)
    report = import_files(session, "contacts", [tmp_path / "back.xlsx"], ImportOptions(valid_from=LATER))
    assert [(problem.row, problem.code) for _, problem in report.problems] == [(2, "contact_number_over")]
    assert leads(session, LATER)["C1"] == [("PC", True)]


def test_a_contact_outside_its_units_days_is_told(session: Session, ids: dict[str, int], tmp_path: Path) -> None:
    early = AT.day - timedelta(days=90)
    editing.apply(session, End("units", ids["C3"], LATER), EVERYTHING)
    report = there_and_back(session, tmp_path, lambda rows: fresh(rows, "C3", "PB", early, contact_number=""))
    assert (report.problems, [(code, row) for code, row, _ in warned(report)]) == (
        [],
        [("begins_before_unit", 4), ("ends_with_unit", 4)],
    )
    (held,) = contacting.contacts_of(session, AT, EVERYTHING, [ids["C3"]])
    assert (held.since, held.until) == (early.isoformat(), LATER.isoformat())
    told = {"tier": "3", "unit": "C2", "role": "member", "holder": "PA"}
    with pytest.raises(RefusedError) as refused:
        editing.preview(session, Change("contacts", None, early, told), EVERYTHING)
    assert refused.value.problems[0].code == "unit_not_then"


@pytest.mark.usefixtures("ids")
def test_deputies_in_a_circle_are_rejected_in_their_row(session: Session, tmp_path: Path) -> None:
    def circle(rows: Rows) -> None:
        fresh(rows, "C1", "PB", role="deputy", contact_number="")
        fresh(rows, "C2", "PA", role="deputy", contact_number="")
        fresh(rows, "C2", "PB", role="deputy", contact_number="")

    report = there_and_back(session, tmp_path, circle)
    told = sorted((problem.row, problem.field, problem.code) for _, problem in report.problems)
    assert told == [(4, "holder", "deputy_circular"), (5, "holder", "deputy_circular"), (6, "holder", "deputy_leads")]
    assert {"deputy": "某PB", "lead": "某PA"} in [problem.params for _, problem in report.problems]

    stands = there_and_back(session, tmp_path, lambda rows: fresh(rows, "C1", "PC", role="deputy", contact_number=""))
    assert stands.problems == []
    leads_himself = there_and_back(session, tmp_path, lambda rows: rows[0].update(holder="PC"), LATER)
    assert [(problem.row, problem.code) for _, problem in leads_himself.problems] == [(2, "deputy_leads")]


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

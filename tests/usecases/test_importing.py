"""Importing: what comes out as new, changed, ended, unchanged or rejected; all or nothing; undone as a whole."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import shapely
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridgov.errors import ConflictError, InputError
from gridgov.storage.current import At, Scope, current
from gridgov.storage.models import Batch, Deployment, Run, UnitVersion
from gridgov.storage.versions import undo, version_models
from gridgov.usecases.importing import ImportReport, batches, find, import_files
from gridgov.usecases.staging import ImportOptions
from gridgov.wording import sentence
from tests import cases

LATER = date(2026, 4, 10)


def counts(report: ImportReport) -> tuple[int, ...]:
    return report.read, report.new, report.changed, report.ended, report.unchanged, report.rejected


def problems(report: ImportReport) -> list[tuple[int, str | None, object, str]]:
    return [(problem.row, problem.field, problem.value, problem.code) for _, problem in report.problems]


def rows_in(session: Session) -> dict[str, int]:
    return {
        model.__tablename__: session.scalar(select(func.count()).select_from(model)) or 0
        for model in (*version_models(), Batch, Deployment, Run)
    }


def now(session: Session, model: Any, day: date = cases.DAY) -> list[Any]:
    return list(session.scalars(current(model, At(day), Scope.everything()).order_by(model.id)))


def unit(session: Session, code: str, day: date = cases.DAY) -> UnitVersion:
    return session.scalars(current(UnitVersion, At(day), Scope.everything()).where(UnitVersion.code == code)).one()


def bring(session: Session, folder: Path, kind: str, *rows: dict[str, Any], **options: Any) -> ImportReport:
    files = cases.Files(folder)
    files.rows[kind] = list(rows)
    return files.bring(session, kind, **options)


@pytest.mark.parametrize("kind", [kind for kind in cases.ORDER if kind != "population"])
def test_each_kind_is_new_and_then_unchanged(session: Session, tmp_path: Path, kind: str) -> None:
    files = cases.district(tmp_path)
    first = files.load(session)[kind]
    count = len(files.rows[kind])
    assert counts(first) == (count, count, 0, 0, 0, 0)
    before = rows_in(session)
    again = files.bring(session, kind)
    assert counts(again) == (count, 0, 0, 0, count, 0)
    assert rows_in(session) == before | {"batch": before["batch"] + 1}
    assert find(session, first.batch).counts["new"] == count
    assert find(session, again.batch).files == [f"{kind}.csv"]


CHANGES: dict[str, tuple[dict[str, Any], str]] = {
    "units": ({"name": "新名"}, "name"),
    "grids": ({"name": "新网格"}, "name"),
    "gates": ({"state": "closed"}, "state"),
    "sites": ({"capacity": 90}, "capacity"),
    "departments": ({"phone": "0717-9"}, "phone"),
    "cadres": ({"post": "科长"}, "post"),
    "branches": ({"enlarged": 1}, "enlarged"),
    "posts": ({"office_phone": "0717-9"}, "office_phone"),
    "contacts": ({"document": "新文件"}, "document"),
    "partners": ({"contact": "林女士"}, "contact"),
    "land": ({"name": "清江"}, "name"),
}
TABLES = {"land": "land_version", "sites": "service_point_version", "branches": "branch_version"}


@pytest.mark.parametrize("kind", sorted(CHANGES))
def test_a_change_holds_from_its_day_and_not_before(session: Session, tmp_path: Path, kind: str) -> None:
    files = cases.district(tmp_path)
    files.load(session)
    change, column = CHANGES[kind]
    count = len(files.rows[kind])
    files.rows[kind][0] |= change
    files.rows[kind][0].pop("valid_to", None)
    report = files.bring(session, kind, valid_from=LATER)
    assert counts(report) == (count, 0, 1, 0, count - 1, 0)
    model = next(model for model in version_models() if model.__tablename__ == TABLES.get(kind, f"{kind[:-1]}_version"))
    changed = [version for version in now(session, model, LATER) if version.batch_id == report.batch]
    assert [str(getattr(version, column)) for version in changed] in (
        [str(next(iter(change.values())))],
        [f"{next(iter(change.values()))}.0"],
        ["True"],
    )
    assert str(next(iter(change.values()))) not in [str(getattr(v, column)) for v in now(session, model)]


def test_a_row_with_an_end_ends_the_thing(session: Session, tmp_path: Path) -> None:
    bring(session, tmp_path, "units", {"level": "street", "code": "S", "name": "街"})
    report = bring(session, tmp_path, "units", {"level": "street", "code": "S", "valid_to": LATER})
    assert counts(report) == (1, 0, 0, 1, 0, 0)
    assert [version.code for version in now(session, UnitVersion)] == ["S"]
    assert now(session, UnitVersion, LATER) == []


def test_a_column_that_is_absent_says_nothing_and_an_empty_cell_says_none(session: Session, tmp_path: Path) -> None:
    told = {"level": "street", "code": "S", "name": "街", "people": 900, "office_phone": "0717"}
    bring(session, tmp_path, "units", told)
    bring(session, tmp_path, "units", {"level": "street", "code": "S", "people": 950}, valid_from=LATER)
    kept = unit(session, "S", LATER)
    assert (kept.name, kept.people, kept.office_phone) == ("街", 950, "0717")
    bring(session, tmp_path, "units", {"level": "street", "code": "S", "people": ""}, valid_from=LATER)
    assert unit(session, "S", LATER).people is None
    assert unit(session, "S").people == 900


def test_a_file_without_places_leaves_the_places(session: Session, tmp_path: Path) -> None:
    files = cases.Files(tmp_path).unit("compound", "C", shapely.box(0, 0, 10, 10), kind="open")
    files.load(session)
    place = unit(session, "C").geometry
    bring(session, tmp_path, "units", {"level": "compound", "code": "C", "name": "苑"})
    assert unit(session, "C").geometry == place


def test_a_moved_border_is_a_change(session: Session, tmp_path: Path) -> None:
    cases.Files(tmp_path).unit("compound", "C", shapely.box(0, 0, 10, 10)).load(session)
    report = cases.Files(tmp_path).unit("compound", "C", shapely.box(0, 0, 10, 11)).bring(session, "units")
    assert counts(report) == (1, 0, 1, 0, 0, 0)


def test_a_dry_run_tells_the_same_and_leaves_nothing(session: Session, tmp_path: Path) -> None:
    before = rows_in(session)
    files = cases.district(tmp_path)
    dry = files.bring(session, "units", dry_run=True)
    assert dry.batch is None
    assert rows_in(session) == before
    real = files.bring(session, "units")
    assert counts(dry) == counts(real)
    assert real.batch is not None


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({"level": "street"}, ("code", None, "field_missing")),
        ({"level": "street", "code": "S2", "people": "many"}, ("people", "many", "value_unreadable")),
        ({"level": "planet", "code": "S2"}, ("level", "planet", "cell_choice_unknown")),
        ({"level": "compound", "code": "S2", "kind": "六边形"}, ("kind", "六边形", "cell_choice_unknown")),
        ({"level": "household", "code": "H", "parent": "B"}, ("consent_date", None, "consent_missing")),
        (
            {"level": "household", "code": "H", "consent_date": "2026-01-05", "wkt": "POINT (540000 3390000)"},
            ("geometry", "Point", "household_place"),
        ),
        ({"level": "street", "code": "S2", "valid_to": "2020-01-01"}, ("valid_to", None, "period_reversed")),
        ({"level": "street", "code": "42O502"}, ("code", "42O502", "code_letters")),
    ],
)
def test_one_rejected_row_and_nothing_is_written(
    session: Session, tmp_path: Path, row: dict[str, Any], problem: tuple[Any, ...]
) -> None:
    before = rows_in(session)
    report = bring(session, tmp_path, "units", {"level": "street", "code": "S1"}, row)
    assert report.batch is None
    assert report.rejected == 1
    ((number, field, value, code),) = problems(report)
    assert (number, field, code) == (3, problem[0], problem[2])
    assert code == "period_reversed" or value == problem[1]
    assert rows_in(session) == before


REFERENCES = [
    ("grids", {"code": "420503001001009", "community": "X", "wkt": shapely.box(0, 0, 9, 9)}, "community"),
    ("gates", {"code": "G", "compound": "X", "state": "open", "wkt": shapely.Point(0, 0)}, "compound"),
    ("population", {"code": "X", "people": 3}, "code"),
    ("cadres", {"code": "P9", "name": "谁", "department": "X"}, "department"),
    ("branches", {"code": "BR9", "name": "支部", "compounds": "C1;X"}, "compounds"),
    ("posts", {"role": "street_secretary", "unit": "X", "holder": "谁"}, "unit"),
    ("posts", {"role": "X", "unit": "420503001", "holder": "谁"}, "role"),
    ("contacts", {"tier": 3, "unit": "X", "role": "lead", "holder": "P1"}, "unit"),
    ("contacts", {"tier": 3, "unit": "C1", "role": "lead", "holder": "X"}, "holder"),
    ("contacts", {"tier": 3, "unit": "C1", "role": "X", "holder": "P1"}, "role"),
    ("partners", {"code": "W9", "kind": "volunteer_team", "name": "队", "unit": "X"}, "unit"),
    ("sites", {"code": "K9", "type": "X", "wkt": shapely.Point(0, 0)}, "type"),
]


@pytest.mark.parametrize(("kind", "row", "field"), REFERENCES, ids=lambda part: part if isinstance(part, str) else "")
def test_what_a_row_names_must_be_there(
    session: Session, tmp_path: Path, kind: str, row: dict[str, Any], field: str
) -> None:
    cases.district(tmp_path).load(session)
    before = rows_in(session)
    placed = {
        name: cases.placed(cell).wkt if isinstance(cell, shapely.Geometry) else cell for name, cell in row.items()
    }
    report = bring(session, tmp_path, kind, placed)
    ((number, name, value, _),) = problems(report)
    assert (number, name, value) == (2, field, "X")
    assert rows_in(session) == before


def test_of_rows_with_one_code_each_names_the_others(session: Session, tmp_path: Path) -> None:
    for name, codes in (("甲", "AABA"), ("乙", "BC")):
        lines = [f"{code},{number}街道" for number, code in enumerate(codes)]
        (tmp_path / f"{name}.csv").write_text("\n".join(["code,name", *lines]), encoding="utf-8")
    options = ImportOptions(level="street", valid_from=cases.DAY)
    report = import_files(session, "units", [tmp_path / "甲.csv", tmp_path / "乙.csv"], options)
    assert report.batch is None
    assert (report.new, report.rejected) == (1, 5)
    told = [(Path(file).name, one.row, one.code, one.params["other"]) for file, one in report.problems]
    assert sorted(told) == [
        ("乙.csv", 2, "row_double_elsewhere", [4]),
        ("甲.csv", 2, "row_double", [3, 5]),
        ("甲.csv", 3, "row_double", [2]),
        ("甲.csv", 4, "row_double_elsewhere", [2]),
        ("甲.csv", 5, "row_double", [2]),
    ]


def test_contacts_are_told_in_words(session: Session, tmp_path: Path) -> None:
    cases.district(tmp_path).load(session)
    file = tmp_path / "包联.csv"
    file.write_text(
        "层级,单位,角色,姓名\n3,C1,牵头人（第一书记）,P2\n3,C1,第一书记,P3\n3,C1,组员,P3\n", encoding="utf-8"
    )
    report = import_files(session, "contacts", [file], ImportOptions(valid_from=cases.DAY, dry_run=True))
    assert problems(report) == []
    file.write_text("层级,小区代码,角色,姓名,单位\n3,C1,组长,赵一,X\n", encoding="utf-8")
    report = import_files(session, "contacts", [file], ImportOptions(valid_from=cases.DAY, dry_run=True))
    assert [problem[1:] for problem in problems(report)] == [("holder", "赵一", "holder_unknown")]


def test_a_tier_there_is_none_of(session: Session, tmp_path: Path) -> None:
    cases.district(tmp_path).load(session)
    report = bring(session, tmp_path, "contacts", {"tier": 4, "unit": "C1", "role": "lead", "holder": "P1"})
    assert [problem[:3] for problem in problems(report)] == [(2, "tier", 4)]


@pytest.mark.parametrize(
    ("kind", "row", "code"),
    [
        ("grids", {"code": "420503001001009", "community": "420503001001"}, "polygon_needed"),
        ("grids", {"code": "17", "community": "420503001001"}, "grid_code"),
        ("gates", {"code": "G", "compound": "C1", "state": "open"}, "point_needed"),
        ("network", {"name": "road", "wkt": "POINT (540000 3390000)"}, "line_needed"),
        (
            "sites",
            {"code": "K", "type": "library", "wkt": "LINESTRING (540000 3390000, 540001 3390001)"},
            "place_needed",
        ),
    ],
)
def test_what_needs_a_place_needs_the_right_one(
    session: Session, tmp_path: Path, kind: str, row: dict[str, Any], code: str
) -> None:
    cases.district(tmp_path).load(session)
    report = bring(session, tmp_path, kind, row)
    assert [problem[3] for problem in problems(report)] == [code]
    assert report.batch is None


def test_undo_takes_an_import_back_and_a_second_one_begins_anew(session: Session, tmp_path: Path) -> None:
    files = cases.district(tmp_path)
    reports = files.load(session)
    for kind in reversed(list(reports)):
        undo(session, reports[kind].batch or 0)
    assert all(now(session, model) == [] for model in version_models())
    again = files.load(session)
    assert {kind: counts(report) for kind, report in again.items()} == {k: counts(r) for k, r in reports.items()}
    assert [batch.id for batch in batches(session)] == sorted((batch.id for batch in batches(session)), reverse=True)


def test_units_others_stand_on_are_not_undone(session: Session, tmp_path: Path) -> None:
    reports = cases.district(tmp_path).load(session)
    with pytest.raises(ConflictError, match="batch_built_upon") as refused:
        undo(session, reports["units"].batch or 0)
    told = sentence(refused.value, "en")
    assert f"{reports['contacts'].batch} (Contacts: contacts.csv)" in told
    assert f"{reports['grids'].batch} (Grids: grids.csv); " in told


def test_population_comes_onto_units_that_stand(session: Session, tmp_path: Path) -> None:
    cases.district(tmp_path).load(session)
    report = bring(
        session, tmp_path, "population", {"code": "B1", "people": 150, "year": 2025}, {"code": "B2", "people": 80}
    )
    assert counts(report) == (2, 0, 1, 0, 1, 0)
    kept = unit(session, "B1")
    assert (kept.people, kept.year, kept.age_60_79, kept.name) == (150, 2025, 30, "1栋")


def test_only_takes_the_rows_whose_code_begins_so(session: Session, tmp_path: Path) -> None:
    rows = [{"level": "community", "code": code} for code in ("110108001001", "110108001002", "110105001001")]
    report = bring(session, tmp_path, "units", *rows, only="110108")
    assert counts(report) == (2, 2, 0, 0, 0, 0)


def test_an_option_maps_a_column_the_headers_do_not_know(session: Session, tmp_path: Path) -> None:
    report = bring(
        session, tmp_path, "units", {"code": "S", "bezeichnung": "街"}, level="street", mapping={"bezeichnung": "name"}
    )
    assert report.notes[0]["columns"] == {"code": "code", "bezeichnung": "name"}
    assert unit(session, "S").name == "街"


@pytest.mark.parametrize(
    ("options", "code"),
    [({}, "level_missing"), ({"level": "planet"}, "level_unknown"), ({"mapping": {"x": "name"}}, "map_column_missing")],
)
def test_options_that_cannot_be(session: Session, tmp_path: Path, options: dict[str, Any], code: str) -> None:
    before = rows_in(session)
    with pytest.raises(InputError) as refused:
        bring(session, tmp_path, "units", {"code": "S"}, **options)
    assert refused.value.code == code
    assert rows_in(session) == before


def test_a_kind_there_is_none_of(session: Session, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        import_files(session, "planets", [tmp_path / "x.csv"], ImportOptions())


@pytest.mark.parametrize("write", [Path.touch, lambda path: path.write_text('{"type": "FeatureColl', encoding="utf-8")])
def test_a_file_that_cannot_be_read_leaves_nothing(
    session: Session, tmp_path: Path, write: Callable[[Path], Any]
) -> None:
    before = rows_in(session)
    path = tmp_path / "broken.geojson"
    write(path)
    for bad in (path, tmp_path / "absent.geojson"):
        with pytest.raises(InputError) as refused:
            import_files(session, "units", [bad], ImportOptions(level="street"))
        assert refused.value.params["path"] == str(bad)
    assert rows_in(session) == before

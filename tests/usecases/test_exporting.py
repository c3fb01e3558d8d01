"""What leaves comes back as it was: every kind, in every form, on both engines, with what is withheld left alone."""

import json
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridgov.domain.fields import KINDS
from gridgov.errors import GridgovError, InputError
from gridgov.sources.headers import rename, titles
from gridgov.sources.outgoing import Table
from gridgov.sources.vector import read_file
from gridgov.sources.writing import FORMS, write_file
from gridgov.storage.current import At, Scope
from gridgov.storage.models import CadreVersion, PostVersion, SiteVersion, UnitVersion
from gridgov.storage.versions import version_models
from gridgov.usecases import exporting
from gridgov.usecases.exporting import Asked
from gridgov.usecases.importing import ImportReport, import_files
from gridgov.usecases.staging import ImportOptions
from gridgov.wording.watermark import mark
from tests.cases import DAY, Files, district
from tests.databases import TODAY

EVERYTHING = Scope.everything()


def exported(session: Session, folder: Path, kind: str, form: str, at: At, **asked: Any) -> tuple[Path, Table]:
    table = exporting.table(session, Asked(kind, **asked), form, at, EVERYTHING)
    path = folder / f"{kind}.{form}"
    path.unlink(missing_ok=True)
    write_file(path, table, mark(kind, table, at, "zh_Hans", account=None))
    return path, table


def returned(session: Session, folder: Path, kind: str, form: str, at: At, **asked: Any) -> ImportReport:
    """Export a kind, import the file, and see that it wrote nothing."""
    path, table = exported(session, folder, kind, form, at, **asked)
    before = standing(session)
    report = import_files(session, kind, [path], ImportOptions(valid_from=at.day))
    assert report.problems == []
    assert (report.read, report.unchanged) == (len(table.rows), len(table.rows)), (kind, form, report)
    assert standing(session) == before
    return report


def standing(session: Session) -> list[tuple[str, int | None, int]]:
    """Return how many versions there are of each kind, and the newest of them."""
    counts = [
        (model.__name__, *session.execute(select(func.max(model.id), func.count())).one()) for model in version_models()
    ]
    return [tuple(row) for row in counts]  # type: ignore[misc]


@pytest.mark.parametrize("kind", KINDS)
def test_the_demo_comes_back_unchanged(demo_session: Session, tmp_path: Path, kind: str) -> None:
    for form in exporting.forms(kind):
        assert returned(demo_session, tmp_path, kind, form, At(TODAY)).read > 0


def rows(table: Table) -> list[dict[str, Any]]:
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


def test_personal_numbers_and_small_counts_are_withheld(town: Session) -> None:
    cadres = rows(exporting.table(town, Asked("cadres"), "csv", At(DAY), EVERYTHING))
    assert {row["mobile"] for row in cadres} == {"138****1234"}
    assert {row["office_phone"] for row in cadres} == {"0717-61"}
    assert "home_community" not in cadres[0]
    units = {row["code"]: row for row in rows(exporting.table(town, Asked("units"), "csv", At(DAY), EVERYTHING))}
    assert (units["B1"]["age_60_79"], units["B2"]["age_60_79"], units["B3"]["age_60_79"]) == (30, "****", None)


def test_member_households_are_a_number(town: Session) -> None:
    table = exporting.table(town, Asked("units"), "csv", At(DAY), EVERYTHING)
    assert {row["code"]: row["member_households"] for row in rows(table) if row["level"] == "building"} == {
        "B1": 1,
        "B2": 0,
        "B3": 1,
    }
    assert not {"王建国", "李秀英", "H1", "consent_date", "purpose"} & {str(cell) for row in table.rows for cell in row}
    with pytest.raises(InputError, match="export_households"):
        exporting.table(town, Asked("units", level="household"), "csv", At(DAY), EVERYTHING)


def test_a_number_hidden_in_a_text_is_found_and_comes_back(town: Session, tmp_path: Path) -> None:
    files = Files(tmp_path / "more")
    files.folder.mkdir()
    for holder in ("钱帮 13900001111", "孙帮 13900002222"):
        files.add("posts", role="grid_worker", unit="420503001001", holder=holder, mobile="13900003333")
    files.add(
        "partners",
        code="W2",
        kind="业委会",
        name="甲会",
        unit="C1",
        contact="陈 13900004444",
        resources="水电 13900005555",
    )
    files.load(town)
    for form in FORMS:
        path, _ = exported(town, tmp_path, "posts", form, At(DAY))
        assert b"1390000" not in path.read_bytes() or form in {"xlsx", "gpkg"}
        for kind in ("posts", "partners"):
            told = {str(cell) for row in exported(town, tmp_path, kind, form, At(DAY))[1].rows for cell in row}
            assert not any("1390000" in cell for cell in told)
            returned(town, tmp_path, kind, form, At(DAY))
    holders = set(town.scalars(select(PostVersion.holder).where(PostVersion.superseded_by.is_(None))))
    assert {"钱帮 13900001111", "孙帮 13900002222"} <= holders


def test_a_masked_holder_nobody_fits_is_refused(town: Session, tmp_path: Path) -> None:
    files = Files(tmp_path).add("posts", role="grid_worker", unit="420503001001", holder="吴 138****0000")
    report = files.bring(town, "posts")
    assert [problem.code for _, problem in report.problems] == ["holder_withheld"]


def test_what_is_withheld_of_a_new_thing_is_asked_for(town: Session, tmp_path: Path) -> None:
    files = Files(tmp_path)
    files.add("cadres", code="P9", name="周 138****0000").add("cadres", code="P1", name="****")
    report = files.bring(town, "cadres")
    assert [(problem.row, problem.field, problem.code) for _, problem in report.problems] == [
        (2, "name", "field_withheld")
    ]


def test_a_changed_cell_is_taken_and_a_withheld_one_beside_it_kept(town: Session, tmp_path: Path) -> None:
    path, _ = exported(town, tmp_path, "cadres", "csv", At(DAY))
    path.write_text(path.read_text(encoding="utf-8-sig").replace("赵一", "赵壹"), encoding="utf-8")
    report = import_files(town, "cadres", [path], ImportOptions(valid_from=DAY))
    assert (report.changed, report.unchanged, report.rejected) == (1, 2, 0)
    changed = town.scalars(
        select(CadreVersion).where(CadreVersion.code == "P1", CadreVersion.superseded_by.is_(None))
    ).one()
    assert (changed.name, changed.mobile) == ("赵壹", "13812341234")


def test_texts_that_look_like_formulas_stay_texts(town: Session, tmp_path: Path) -> None:
    files = Files(tmp_path / "more")
    files.folder.mkdir()
    odd = ["=1+1", "+86 0717", "-小区", "@x", "''=y", "1e5", "007", "true", 'a,b\n"c"', "http://x"]
    for number, name in enumerate(odd):
        files.unit("compound", f"X{number}", shapely.box(300, 300, 320, 320), name=name, address=name)
    files.load(town)
    for form in FORMS:
        path, _ = exported(town, tmp_path, "units", form, At(DAY))
        returned(town, tmp_path, "units", form, At(DAY))
        told = read_file(path).rows
        column = "名称" if form == "xlsx" else "name"
        assert {"'=y" if name == "''=y" else name for name in odd} <= {row[column] for row in told}
    assert "\n=1" not in (tmp_path / "units.csv").read_text(encoding="utf-8-sig").replace(",", "\n")


def test_a_slid_code_comes_back_on_the_right_thing(session: Session, tmp_path: Path) -> None:
    """…002 was 隆康路, then 隆康路 took …001 and …002 is 北山坡: what hangs on either says which is meant."""
    first = district(tmp_path)
    first.load(session)
    after = Files(tmp_path / "after")
    after.folder.mkdir()
    after.unit("community", "420503001002", name="东风社区", parent="420503001", valid_from="2026-06-01")
    after.unit("community", "420503001003", name="西陵社区", parent="420503001", valid_from="2026-06-01")
    after.load(session)
    at = At(TODAY)
    for kind in ("units", "contacts", "posts", "grids", "branches"):
        for form in ("csv", "geojson"):
            returned(session, tmp_path, kind, form, at)
    parents = {
        row["code"]: row["parent_name"] for row in rows(exporting.table(session, Asked("units"), "csv", at, EVERYTHING))
    }
    assert (parents["C1"], parents["C2"]) == ("东风社区", "西陵社区")


def test_a_site_that_changed_after_its_service_began_keeps_its_past(town: Session, tmp_path: Path) -> None:
    files = Files(tmp_path / "more")
    files.folder.mkdir()
    files.point("K1", 400, 30, site="K1", site_name="新名", valid_from="2026-08-01", source="x").load(town)
    for form in FORMS:
        returned(town, tmp_path, "sites", form, At(TODAY))
    names = town.scalars(
        select(SiteVersion.name).where(SiteVersion.code == "K1", SiteVersion.superseded_by.is_(None))
    ).all()
    assert sorted(names) == ["K1", "新名"]


def test_a_network_keeps_its_name_whatever_its_file_is_called(town: Session, tmp_path: Path) -> None:
    path, table = exported(town, tmp_path, "network", "geojson", At(DAY))
    renamed = path.rename(tmp_path / "elsewhere.geojson")
    report = import_files(town, "network", [renamed], ImportOptions(valid_from=DAY))
    assert (report.unchanged, report.new) == (len(table.rows), 0)


def test_one_level_and_one_area_leave_alone(town: Session) -> None:
    def codes(what: str, name: str = "code", **asked: Any) -> set[str]:
        table = exporting.table(town, Asked(what, **asked), "csv", At(DAY), EVERYTHING)
        return {row[name] for row in rows(table)}

    assert codes("units", level="compound") == {"C1", "C2"}
    assert codes("units", under="420503001002") == {"420503001002", "C2", "B3"}
    assert codes("contacts", "unit", level="compound") == {"C1"}
    assert codes("sites", under="420503001002") == {"K2"}
    assert codes("branches", under="420503001002") == set()
    for asked in (Asked("departments", under="C1"), Asked("gates", level="compound"), Asked("gaps", level="compound")):
        with pytest.raises(InputError):
            exporting.table(town, asked, "csv", At(DAY), EVERYTHING)
    with pytest.raises(GridgovError, match="unit_unknown"):
        exporting.table(town, Asked("units", under="nowhere"), "csv", At(DAY), EVERYTHING)


def test_an_asker_gets_his_area_and_no_code_beyond_it(town: Session, tmp_path: Path) -> None:
    files = Files(tmp_path).add("branches", code="BR2", name="联合支部", compounds="C1;C2")
    files.load(town)
    compound = town.scalars(select(UnitVersion.unit_id).where(UnitVersion.code == "C1")).one()
    scope = Scope.of({compound})
    told = {
        kind: {str(cell) for row in exporting.table(town, Asked(kind), "csv", At(DAY), scope).rows for cell in row}
        for kind in KINDS
    }
    assert told["units"] >= {"C1", "B1", "B2"}
    for kind, cells in told.items():
        assert not cells & {"C2", "B3", "梅花苑", "李秀英", "吴书记", "孙三"}, kind
    assert "C1;****" in told["branches"]
    with pytest.raises(GridgovError, match="unit_unknown"):
        exporting.table(town, Asked("units", under="C2"), "csv", At(DAY), scope)
    nothing = exporting.table(town, Asked("departments"), "csv", At(DAY), Scope.nothing())
    assert nothing.rows == []


def test_a_branch_half_withheld_keeps_all_it_covers(town: Session, tmp_path: Path) -> None:
    files = Files(tmp_path).add("branches", code="BR2", name="联合支部", compounds="C1;C2")
    files.load(town)
    compound = town.scalars(select(UnitVersion.unit_id).where(UnitVersion.code == "C1")).one()
    table = exporting.table(town, Asked("branches"), "csv", At(DAY), Scope.of({compound}))
    path = tmp_path / "part.csv"
    write_file(path, table, mark("branches", table, At(DAY), "en", account="a"))
    before = standing(town)
    report = import_files(town, "branches", [path], ImportOptions(valid_from=DAY))
    assert (report.unchanged, report.rejected) == (2, 0)
    assert standing(town) == before


def test_every_export_is_recorded(town: Session) -> None:
    exporting.record(town, "units", "csv", At(DAY), 9)
    (kept, name) = exporting.records(town, 10)[0]
    assert (kept.what, kept.form, kept.as_of, kept.rows, kept.account_id, name) == ("units", "csv", DAY, 9, None, None)


def test_lists_leave_with_their_places(demo_session: Session, tmp_path: Path) -> None:
    for what in ("gaps", "vacant", "disputed", "expiring", "due", "no_branch"):
        for form in FORMS:
            path, table = exported(demo_session, tmp_path, what, form, At(TODAY))
            assert len(table.rows) > 0, what
            assert len(read_file(path).rows) == len(table.rows)
        told = json.loads((tmp_path / f"{what}.geojson").read_bytes())
        assert all(feature["geometry"]["type"] == "Point" for feature in told["features"])
        assert told["gridgov"]["what"] == what


@pytest.mark.parametrize("locale", ["zh_Hans", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_titles_are_understood_again(town: Session, kind: str, locale: str) -> None:
    table = exporting.table(town, Asked(kind), "xlsx", At(DAY), EVERYTHING)
    named = mark(kind, table, At(DAY), locale, account=None).titles
    shown = [named[column] for column in table.columns]
    assert len(set(shown)) == len(shown)
    fields = set(titles(kind, locale))
    found = rename(shown, kind, {})
    assert found == {named[column]: column for column in table.columns if column in fields and column in found.values()}
    beside = {"name"} if kind == "population" else set()
    assert {column for column in table.columns if column not in found.values()} & fields == set()
    assert not beside & fields


NAMES = st.one_of(st.none(), st.text("甲乙丙=+'- 1a,\n\"", max_size=6))
COUNTS = st.one_of(st.none(), st.floats(0, 300).map(lambda number: round(number, 2)))
STARTS = st.sampled_from(["2024-01-01", "2025-05-05", "2026-03-31"])
PERSONS = st.builds(str.__add__, st.sampled_from("甲=+-1a"), st.text("甲乙丙=+'- 1a,\n\"", max_size=5))
PHONES = st.sampled_from(["13812341234", "0717-6001", "138 0000 1111", "无", ""])
HOLDERS = st.sampled_from(["冯", "冯 13912341234", ""])
ENDS = st.sampled_from(["", "2026-12-31", "2027-06-30"])


@st.composite
def towns(draw: st.DrawFn) -> Files:
    """Draw a small town: places with odd names, people with numbers, posts that begin and end."""
    files = Files(Path()).unit("street", "420503001", shapely.box(0, 0, 1000, 500), name="街")
    for number in range(1, draw(st.integers(1, 4)) + 1):
        west, phone = 200 * number, draw(PHONES)
        shape = draw(st.sampled_from([None, shapely.box(west, 0, west + 180.5, 200.25), shapely.Point(west, 77.7)]))
        parent, period = (
            draw(st.sampled_from(["420503001", "", "X"])),
            {"valid_from": draw(STARTS), "valid_to": draw(ENDS)},
        )
        files.unit("compound", f"C{number}", shape, name=draw(NAMES), address=draw(NAMES), parent=parent, **period)
        ages = {f"age_{band}": draw(COUNTS) for band in ("0_2", "60_79", "80")}
        files.unit("building", f"B{number}", parent=f"C{number}", people=draw(COUNTS), **ages)
        files.add("cadres", code=f"P{number}", name=draw(PERSONS), mobile=phone)
        files.add("contacts", tier=3, unit=f"C{number}", role="lead", holder=f"P{draw(st.integers(1, number))}")
        files.add("posts", role="building_head", unit=f"B{number}", holder=draw(HOLDERS), mobile=phone)
        files.add("branches", code=f"R{number}", name="支部", compounds=f"C{number};C1")
        site = {
            "code": f"K{number}",
            "site": f"S{number}",
            "name": draw(NAMES),
            "type": "library",
            "capacity": draw(COUNTS),
        }
        files.add("sites", shapely.Point(50 * number, 20), **site)
    return files


@given(towns(), st.sampled_from(FORMS))
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_town_comes_back_unchanged(session: Session, tmp_path: Path, files: Files, form: str) -> None:
    files.folder = tmp_path
    with session.begin_nested() as savepoint:
        files.load(session)
        for kind in (kind for kind in KINDS if files.rows[kind] and form in exporting.forms(kind)):
            returned(session, tmp_path, kind, form, At(DAY))
        savepoint.rollback()

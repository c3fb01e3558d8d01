"""Every verb: its help, what it answers in words and in JSON, and its exit status."""

import json
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import update

from gridgov.settings import Settings
from gridgov.storage.database import open_engine, writing
from gridgov.storage.models import Batch, GateVersion
from tests import cases
from tests.cli.conftest import Answer, Gridgov, Refused

VERBS = [
    "", "init", "demo", "serve", "check", "who", "grids", "grids build", "coverage", "coverage run", "coverage show",
    "coverage gaps", "siting", *(f"plan {verb}".strip() for verb in ("", "new", "list", "show", "run", "remove")),
    "contacts", *(f"contacts {verb}" for verb in ("report", "suggest", "propose", "approve", "decline", "changes")),
    "contacts history", "user", "user add", "user role", "user disable",
    "user list", "import", "import osm", "import list", "import sources", "import show", "import undo",
    *(f"import {kind}" for kind in cases.ORDER),
]  # fmt: skip
DAY = ["--as-of", cases.DAY.isoformat()]
IMPORT = ["batch", "read", "new", "changed", "ended", "unchanged", "rejected", "problems"]


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(gridgov: Gridgov, instance: Path, verb: str) -> None:
    told = gridgov(*verb.split(), "--help").stdout
    assert told.startswith("Usage:")
    assert len(told.splitlines()) >= 4
    assert not instance.exists()


def test_reading_verbs_take_a_day_and_a_format(gridgov: Gridgov) -> None:
    for verb in ("check", "who", "coverage run", "coverage show", "coverage gaps", "contacts report"):
        told = gridgov(*verb.split(), "--help").stdout
        assert "--as-of" in told
        assert "--format" in told


def test_init_may_be_repeated(gridgov: Gridgov, instance: Path) -> None:
    assert str(instance) in gridgov("init").stdout
    gridgov("init")
    assert (instance / "gridgov.sqlite").is_file()


def test_the_whole_district_is_brought_in_by_the_commands(gridgov: Gridgov, tmp_path: Path) -> None:
    files = cases.district(tmp_path)
    gridgov("init")
    for kind in cases.ORDER:
        if files.rows[kind]:
            gridgov("import", kind, files.write(kind), "--crs", cases.CRS, "--valid-from", cases.DAY)


def test_import_answers_its_keys(answer: Answer, gridgov: Gridgov, tmp_path: Path) -> None:
    gridgov("init")
    path = cases.district(tmp_path).write("units")
    words = ["import", "units", path, "--crs", cases.CRS, "--valid-from", cases.DAY]
    dry = answer(*words, "--dry-run")
    assert [key for key in IMPORT if key not in dry] == []
    assert (dry["batch"], dry["read"], dry["new"], dry["problems"]) == (None, 10, 10, [])
    assert answer("import", "list") == {"rows": []}
    real = answer(*words)
    assert (real["batch"], real["new"]) == (1, 10)
    (row,) = answer("import", "list")["rows"]
    assert (row["batch"], row["kind"], row["files"], row["new"]) == (1, "units", ["units.csv"], 10)
    assert answer("import", "show", 1) == row
    assert answer("import", "undo", 1)["undoes"] == 1
    assert answer(*words)["new"] == 10


@pytest.mark.usefixtures("begun")
def test_a_dry_run_tells_what_becomes_of_each_row(answer: Answer, gridgov: Gridgov, tmp_path: Path) -> None:
    first = cases.Files(tmp_path).unit("street", "S", name="甲街道").unit("street", "T")
    gridgov("import", "units", first.write("units"), "--valid-from", cases.DAY)
    first.rows["units"][0]["name"] = "乙街道"
    first.unit("street", "U", name="丙街道")
    words = ["import", "units", first.write("units"), "--valid-from", "2026-05-01", "--dry-run"]
    told = answer(*words)["rows"]
    assert [(row["row"], row["outcome"], row["label"]) for row in told] == [
        (2, "changed", "乙街道"), (3, "unchanged", "T"), (4, "new", "丙街道"),
    ]  # fmt: skip
    assert told[0]["changes"] == [{"field": "name", "before": "甲街道", "after": "乙街道"}]
    lines = gridgov(*words).stdout.splitlines()
    assert lines.index("  changed: 乙街道 (units.csv:2)") + 1 == lines.index("    Name: 甲街道 → 乙街道")
    assert "  new: 丙街道 (units.csv:4)" in lines


@pytest.mark.usefixtures("begun")
def test_a_source_is_remembered_and_listed(gridgov: Gridgov, answer: Answer, refused: Refused, tmp_path: Path) -> None:
    assert "Nothing was imported yet." in gridgov("import", "sources").stdout
    march, june = tmp_path / "台账2026-03.csv", tmp_path / "台账2026-06.csv"
    march.write_text("区划,叫法\n420503001,甲\n", encoding="utf-8")
    june.write_text("区划,叫法\n420503001,甲\n420503002,乙\n", encoding="utf-8")
    gridgov("import", "units", march, "--map", "区划=code", "--level", "street", "--stale-days", 90)
    assert "read as before: 区划=code, street." in gridgov("import", "units", june).stdout
    (row,) = answer("import", "sources")["rows"]
    assert (row["kind"], row["name"], row["rows"], row["days"], row["limit"]) == ("units", "台账", 2, 0, 90)
    assert (row["stale"], answer("import", "sources", "--as-of", "2099-01-01")["rows"][0]["stale"]) == (False, True)
    assert "台账" in gridgov("import", "sources").stdout
    assert "“9”" in refused("import", "units", june, "--only", 9)


@pytest.mark.usefixtures("begun")
def test_refused_rows_are_written_to_a_sheet(gridgov: Gridgov, refused: Refused, tmp_path: Path) -> None:
    files = cases.Files(tmp_path).unit("street", "S").unit("street", "T", people="many")
    sheet = tmp_path / "refused.xlsx"
    words = ["import", "units", files.write("units"), "--errors", sheet]
    assert str(sheet) in gridgov(*words, code=1).stdout
    assert "“many” can’t be read as people." in str(
        CalamineWorkbook.from_path(str(sheet)).get_sheet_by_index(0).to_python()
    )
    assert "refused.xlsx" in refused(*words)
    sheet.unlink()
    files.rows["units"].pop()
    gridgov("import", "units", files.write("units"), "--errors", sheet)
    assert not sheet.exists()


@pytest.mark.usefixtures("begun")
def test_an_import_stopped_by_hand_writes_nothing(
    gridgov: Gridgov, answer: Answer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = cases.Files(tmp_path).unit("street", "S").write("units")

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("gridgov.usecases.importing_units.rehang", stop)
        told = gridgov("import", "units", path, code=130)
    assert told.stderr.splitlines() == ["gridgov: Stopped. Nothing was written."]
    assert answer("import", "list") == {"rows": []}


@pytest.mark.usefixtures("begun")
def test_long_imports_say_how_far_they_are(gridgov: Gridgov, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = cases.Files(tmp_path).unit("street", "S").unit("street", "T").write("units")
    monkeypatch.setattr("gridgov.cli.following._BETWEEN_LINES", 0)
    told = gridgov("import", "units", path).stderr.splitlines()
    assert told == ["reading …", "reading rows: 0 of 2", "matching: 0 of 2", "writing: 0 of 2"]
    monkeypatch.setattr("gridgov.cli.following._BETWEEN_BARS", 0)
    monkeypatch.setattr("gridgov.cli.following.seen", lambda: True)
    bar = gridgov("import", "units", path).stderr
    assert bar.split("\r")[3:] == [f"[{' ' * 24}] matching: 0 of 2", f"[{' ' * 24}] writing: 0 of 2", ""]


@pytest.mark.usefixtures("begun")
def test_rejected_rows_are_told_and_end_with_one(answer: Answer, gridgov: Gridgov, tmp_path: Path) -> None:
    files = cases.Files(tmp_path).unit("street", "S").unit("street", "T", people="many")
    told = answer("import", "units", files.write("units"), code=1)
    assert (told["batch"], told["rejected"]) == (None, 1)
    (problem,) = told["problems"]
    assert {"row", "field", "value", "message"} <= set(problem)
    assert (problem["row"], problem["field"], problem["value"]) == (3, "people", "many")
    assert "many" in problem["message"]
    assert "Nothing was written" in gridgov("import", "units", files.write("units"), code=1).stdout
    assert answer("import", "list")["rows"] == []


@pytest.mark.usefixtures("begun")
def test_a_file_brings_its_own_columns_by_map(answer: Answer, tmp_path: Path) -> None:
    path = tmp_path / "streets.csv"
    path.write_text("kennung;bezeichnung\n420503001000;学院街道\n420504001000;别处\n", encoding="gb18030")
    words = ["--level", "street", "--encoding", "gb18030", "--map", "kennung=code", "--map", "bezeichnung=name"]
    told = answer("import", "units", path, *words, "--only", "420503")
    assert (told["read"], told["new"]) == (1, 1)
    assert answer("who", "420503001")["candidates"][0]["chain"][0]["name"] == "学院街道"


def test_check_fix_tells_what_it_mended_and_what_remains(answer: Answer, gridgov: Gridgov, loaded: cases.Files) -> None:
    engine = open_engine(Settings.from_env().database_url)
    with writing(engine) as session:
        session.execute(update(GateVersion).values(code="G1 "))
    engine.dispose()
    told = answer("check", "--fix", *DAY)
    assert {"errors", "warnings", "rows", "batch", "fixed"} <= set(told)
    (fixed,) = told["fixed"]
    assert (fixed["kind"], fixed["subject"], fixed["thing"][0]) == ("code_untidy", "G1 ", "gates")
    assert fixed["message"] == "G1 : the code “G1 ” became “G1”."
    assert told["rows"] == []
    again = answer("check", "--fix", *DAY)
    assert (again["batch"], again["fixed"]) == (None, [])
    assert "Nothing could be mended without judgement." in gridgov("check", "--fix", *DAY).stdout
    gridgov("import", "undo", told["batch"])
    shown = gridgov("check", "--fix", *DAY).stdout
    assert "Mended  G1 " in shown
    assert "1 mended in batch" in shown
    loaded.home("B7", 990, 400, parent="C2")
    gridgov("import", "units", loaded.write("units"), "--crs", cases.CRS, "--valid-from", cases.DAY)
    assert answer("check", "--fix", *DAY, code=1)["errors"] == 1


@pytest.mark.usefixtures("loaded")
def test_check_answers_its_keys_and_ends_with_one_on_errors(answer: Answer, gridgov: Gridgov, tmp_path: Path) -> None:
    told = answer("check", *DAY)
    assert (told["errors"], told["warnings"]) == (0, 0)
    assert told["rows"] == []
    assert "0 errors" in gridgov("check", *DAY).stdout
    files = cases.Files(tmp_path).home("B7", 990, 400, parent="C2")
    gridgov("import", "units", files.write("units"), "--crs", cases.CRS, "--valid-from", cases.DAY)
    told = answer("check", *DAY, code=1)
    assert (told["errors"], told["warnings"]) == (1, 0)
    (row,) = (row for row in told["rows"] if row["severity"] == "error")
    assert {"severity", "kind", "subject", "message"} <= set(row)
    assert (row["kind"], row["subject"]) == ("outside_parent", "B7")
    assert row["message"] != "finding_outside_parent"
    assert "B7" in gridgov("check", *DAY, code=1).stdout


@pytest.mark.usefixtures("loaded")
def test_grids_build(answer: Answer, gridgov: Gridgov) -> None:
    told = answer("grids", "build", *DAY)
    assert (told["size"], told["grids"], told["crossing"]) == (100, 3, 0)
    assert "250 m cells" in gridgov("grids", "build", "--size", "250", *DAY).stdout


@pytest.mark.usefixtures("loaded")
def test_coverage_answers_its_keys(answer: Answer, gridgov: Gridgov) -> None:
    told = answer("coverage", "run", *DAY)
    keys = ["run", "hash", "seconds", "basis", "people", "unknown", "tiers", "types", "scenarios", "causes"]
    assert [key for key in keys if key not in told] == []
    assert set(told["tiers"][0]) >= {"tier", "complete_share", "met", "of", "limiting"}
    kind = ("type", "scenario", "tier", "required", "verified", "points", "people", "people_covered", "share")
    assert set(told["types"][0]) >= set(kind)
    assert set(told["scenarios"][0]) >= {"scenario", "share"}
    assert (told["basis"], told["people"]) == ("people", 260)
    again = answer("coverage", "run", "--pack", "yichang-demo", *DAY)
    assert (again["hash"], again["types"]) == (told["hash"], told["types"])
    assert again["run"] == told["run"] + 1
    assert "Run 3" in gridgov("coverage", "run", *DAY).stdout


@pytest.mark.usefixtures("loaded")
def test_coverage_show_and_gaps_answer_their_keys(answer: Answer, gridgov: Gridgov) -> None:
    gridgov("coverage", "run", *DAY)
    shares = answer("coverage", "show", "1", "--level", "community")["rows"]
    assert set(shares[0]) >= {"code", "name", "level", "type", "people", "people_covered", "share"}
    demand = answer("coverage", "show", "--level", "demand", *DAY)["rows"]
    keys = ("demand", "x", "y", "people", "type", "metres", "point", "people_covered", "covered", "cause")
    assert set(demand[0]) >= set(keys)
    assert {row["demand"] for row in demand} == {"B1", "B2", "B3"}
    table = gridgov("coverage", "show", "--level", "demand", "--format", "csv").stdout.splitlines()
    assert table[0].split(",")[:4] == ["demand", "x", "y", "people"]
    assert len(table) == len(demand) + 1
    gaps = answer("coverage", "gaps")["rows"]
    keys = ("place", "level", "compound", "branch", "community", "street", "liaison", "department", "type",
            "scenario", "people", "people_60plus", "nearest", "metres", "cause", "firm")  # fmt: skip
    assert [key for key in keys if key not in gaps[0]] == []
    assert gridgov("coverage", "gaps").exit_code == 0


@pytest.mark.usefixtures("loaded")
def test_contacts_report_answers_its_keys_and_vacancies_are_no_error(answer: Answer, gridgov: Gridgov) -> None:
    told = answer("contacts", "report", *DAY)
    assert told["branch_coverage"] == {"compounds": 2, "covered": 1}
    names = ("tier", "due", "vacant", "expiring", "disputed", "several")
    assert [tuple(row[name] for name in names) for row in told["tiers"]] == [
        (1, 1, 0, 0, 0, 0),
        (2, 2, 1, 1, 0, 0),
        (3, 2, 1, 0, 0, 0),
    ]
    assert "1 of 2" in gridgov("contacts", "report", *DAY).stdout


@pytest.mark.usefixtures("loaded")
def test_who_answers_its_keys(answer: Answer, gridgov: Gridgov) -> None:
    told = answer("who", "桂花苑", *DAY)
    assert told["place"] == "桂花苑"
    (found,) = told["candidates"]
    keys = ("certain", "chain", "grids", "posts", "contacts", "branch", "partners", "office", "nearest")
    assert [key for key in keys if key not in found] == []
    assert len(found["chain"]) == 5
    assert {"tier", "holder", "role"} <= set(found["contacts"][0])
    text = gridgov("who", "B1", *DAY).stdout
    assert "桂花苑小区 › 1栋" in text
    assert "王建国" not in text
    place = "{:.7f},{:.7f}".format(*cases.degrees(150, 150))
    assert answer("who", place, *DAY)["candidates"][0]["chain"][2]["code"] == "C1"


@pytest.mark.usefixtures("loaded")
def test_who_names_the_posts(gridgov: Gridgov, tmp_path: Path) -> None:
    path = tmp_path / "posts.csv"
    path.write_text("role,unit,holder,office_phone\nbranch_secretary,C1,李书记,0717-64\n", encoding="utf-8")
    gridgov("import", "posts", path, "--valid-from", "2026-01-01")
    assert "\n  Branch secretary: 李书记 0717-64\n" in gridgov("who", "C1", *DAY).stdout


def test_the_demo_tells_other_commands_where_it_lies(
    gridgov: Gridgov, instance: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gridgov.demo.ready.make_ready", lambda *_, **__: None)
    own = f"GRIDGOV_DATABASE_URL=sqlite:///{instance / 'demo.sqlite'}"
    assert own in gridgov("demo", "--no-serve").stdout
    monkeypatch.setenv("GRIDGOV_DATABASE_URL", f"sqlite:///{instance / 'given.sqlite'}")
    assert "GRIDGOV_DATABASE_URL" not in gridgov("demo", "--no-serve").stdout


@pytest.mark.usefixtures("loaded")
def test_who_tells_partner_bodies_with_their_pledges(answer: Answer, gridgov: Gridgov, tmp_path: Path) -> None:
    path = tmp_path / "partners.csv"
    path.write_text(
        "code,kind,name,unit,phone,resources,pledges\n"
        "W7,物业,桂花物业,C1,0717-63,场地：会议室,停车位（2026年4月10日前）；义诊 | 2026-02-01 | 2026-01-31\n",
        encoding="utf-8",
    )
    gridgov("import", "partners", path, "--valid-from", "2026-01-01")
    text = gridgov("who", "C1", *DAY).stdout
    assert "  Property company: 桂花物业 0717-63\n    shares: 会议室\n" in text
    assert "    pledged: 停车位 (due soon 2026-04-10)\n    pledged: 义诊 (kept 2026-01-31)\n" in text
    (found,) = answer("who", "C1", *DAY)["candidates"]
    body = next(body for body in found["partners"] if body["code"] == "W7")
    assert (body["state"], body["unit"]) == ("due_soon", "C1")
    path.write_text("code,kind,name,unit,pledges\nW7,物业,桂花物业,C1,义诊 | 年底\n", encoding="utf-8")
    told = gridgov("import", "partners", path, code=1)
    assert "“义诊 | 年底” can’t be read as one of the pledges. Write “what | 2026-12-31”" in told.output


@pytest.mark.usefixtures("loaded")
def test_accounts_are_made_listed_and_closed(answer: Answer, gridgov: Gridgov) -> None:
    words = ["--password", "a long enough password", "--role", "coordinator", "--area", "420503001001"]
    gridgov("user", "add", "wang", *words)
    gridgov("user", "role", "wang", "viewer")
    (row,) = answer("user", "list")["rows"]
    assert (row["name"], row["active"]) == ("wang", True)
    assert sorted((grant["role"], grant["area"]) for grant in row["roles"]) == [
        ("coordinator", "420503001001"),
        ("viewer", None),
    ]
    gridgov("user", "disable", "wang")
    assert answer("user", "list")["rows"][0]["active"] is False
    assert "password" not in json.dumps(answer("user", "list"))


@pytest.mark.usefixtures("begun")
def test_a_table_says_so_where_there_is_nothing(gridgov: Gridgov) -> None:
    assert "Nothing was imported yet" in gridgov("import", "list").stdout


def test_the_database_of_the_settings_is_used(
    gridgov: Gridgov, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    monkeypatch.setenv("GRIDGOV_DATABASE_URL", database_url)
    gridgov("init")
    engine = open_engine(Settings.from_env().database_url)
    with writing(engine) as session:
        assert session.query(Batch).count() == 0
    engine.dispose()

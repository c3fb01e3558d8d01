"""The urban check-up's counts: which compounds lack what, what can't be told, and how that leaves as a file."""

import json
from pathlib import Path
from typing import Any

import pytest
import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.domain.checkup import Item, items, told_by
from gridgov.errors import InputError
from gridgov.sources.rulepacks import catalogue, checkup_items
from gridgov.sources.vector import read_file
from gridgov.sources.writing import FORMS, write_file
from gridgov.storage.current import Scope
from gridgov.storage.models import Run, UnitVersion
from gridgov.usecases import checkup, exporting
from gridgov.usecases.exporting import Asked
from gridgov.wording.watermark import in_words, mark
from tests import cases
from tests.usecases.conftest import AT, Runs

EVERYTHING = Scope.everything()
RULES: list[dict[str, Any]] = [
    {"type": "kindergarten", "tier": "5", "required": True, "radius": 100, "serves": ["3_5"]},
    {"type": "shops", "tier": "5", "required": True, "radius": 100},
    {"type": "convenience_store", "tier": "5", "required": False, "radius": 100},
    {"type": "primary_school", "tier": "10", "required": True, "radius": 100, "verified": True},
    {"type": "charging", "tier": "5", "required": False},
]


@pytest.fixture
def run(session: Session, tmp_path: Path, run_with: Runs) -> Run:
    """Four compounds in two communities: near all, half near, far, and where no path leads; one managed by nobody."""
    files = cases.street_case(tmp_path)
    files.point("k", 100, 0).point("s", 100, 0, "shops").point("c", 520, 0, "convenience_store")
    files.unit("street", "S", shapely.box(-10, -50, 1000, 50), name="东街")
    files.unit("community", "W", shapely.box(-10, -50, 400, 50), parent="S", name="西社区")
    files.unit("community", "E", shapely.box(400, -50, 1000, 50), parent="S", name="东社区")
    for code, parent, managed, places in (
        ("near", "W", "property_company", (90, 120)),
        ("half", "W", "none", (150, 390)),
        ("far", "E", None, (500, 530)),
        ("remote", "E", "community", ()),
    ):
        low = 1 if places else 600
        shape = shapely.box(min(places, default=700) - 5, low, max(places, default=720) + 5, low + 39)
        files.unit("compound", code, shape, parent=parent, kind="open", name=f"{code}苑", management=managed)
        for number, x in enumerate(places):
            files.home(f"{code}{number}", x, 5, 50, parent=code, age_3_5=0)
    files.load(session)
    return run_with(cases.packs(tmp_path, *RULES))


def counts(lines: list[checkup.Line]) -> dict[tuple[str | None, str], tuple[int | None, ...]]:
    return {
        (line.place.code if line.place else None, line.told.item.id): (
            line.compounds, line.lacking, line.partly, line.met, line.unknown
        )
        for line in lines
    }  # fmt: skip


def test_compounds_are_counted_by_who_reaches_what(session: Session, run: Run) -> None:
    told = counts(checkup.lines(session, run, EVERYTHING))
    assert told[None, "kindergarten"] == (4, 1, 1, 1, 1)  # whoever lives there: not one child is counted in them
    assert told[None, "shops"] == (4, 0, 1, 2, 1)  # a shop or a convenience store will do
    assert told[None, "school_places"] == (4, 3, 0, 0, 1)
    assert told[None, "property_management"] == (4, 1, 0, 2, 1)
    assert told[None, "parking"] == told[None, "car_charging"] == (4, None, None, None, None)


def test_they_are_counted_by_place_and_told_by_name(session: Session, run: Run) -> None:
    by_community = counts(checkup.lines(session, run, EVERYTHING, level="community"))
    assert by_community["W", "kindergarten"] == (2, 0, 1, 1, 0)
    assert by_community["E", "kindergarten"] == (2, 1, 0, 0, 1)
    for state, codes in (("lacking", ["far"]), ("partly", ["half"]), ("met", ["near"]), ("unknown", ["remote"])):
        found = checkup.compounds(session, run, EVERYTHING, "kindergarten", state)
        assert [place.code for place in found] == codes
    units = dict(session.execute(select(UnitVersion.code, UnitVersion.unit_id)).all())
    assert counts(checkup.lines(session, run, EVERYTHING, units["E"]))[None, "kindergarten"][0] == 2
    assert [place.code for place in checkup.compounds(session, run, Scope.of({units["E"]}), "shops", "met")] == ["far"]
    assert counts(checkup.lines(session, run, Scope.nothing()))[None, "shops"] == (0, 0, 0, 0, 0)
    with pytest.raises(InputError, match="show_level_unknown"):
        checkup.lines(session, run, EVERYTHING, level="building")


def test_a_grade_stands_beside_each_item(session: Session, run: Run) -> None:
    graded = {line.told.item.id: line.told.grade for line in checkup.lines(session, run, EVERYTHING)}
    assert graded == dict.fromkeys(graded, "no_rule") | {
        "kindergarten": "reference",
        "shops": "reference",
        "school_places": "standard",
        "property_management": "recorded",
        **dict.fromkeys(("parking", "e_bike_charging", "waste_sorting", "smart_upgrade"), "no_data"),
    }
    (school,) = (line.told for line in checkup.lines(session, run, EVERYTHING) if line.told.item.places)
    assert school.reach_only


def test_counts_and_shares_leave_in_every_form(session: Session, run: Run, tmp_path: Path) -> None:
    for what, rows in (("checkup", 3 * len(checkup_items())), ("shares", 7)):
        for form in FORMS:
            table = exporting.table(session, Asked(what), form, AT, EVERYTHING)
            path = tmp_path / f"{what}.{form}"
            sign = mark(what, table, AT, "en", account=None)
            write_file(path, in_words(what, table, "en") if form == "xlsx" else table, sign)
            assert len(table.rows) == len(read_file(path).rows) == rows, (what, form)
        told = json.loads((tmp_path / f"{what}.geojson").read_bytes())
        assert told["gridgov"]["run"] == run.id
        assert {feature["geometry"]["type"] for feature in told["features"]} == (
            {"Point"} if what == "checkup" else {"Polygon"}
        )
    assert read_file(tmp_path / "checkup.xlsx").rows[0]["Graded"]
    assert "Kindergarten" in read_file(tmp_path / "shares.xlsx").columns


@pytest.mark.usefixtures("run")
def test_shares_tell_what_may_be_told_of_a_level_and_an_area(session: Session) -> None:
    def told(**asked: Any) -> dict[Any, dict[str, Any]]:
        table = exporting.table(session, Asked("shares", **asked), "csv", AT, EVERYTHING)
        return {row[0]: dict(zip(table.columns, row, strict=True)) for row in table.rows}

    compounds = told(level="compound", under="W")
    assert set(compounds) == {"near", "half"}
    assert compounds["half"] | {"type_kindergarten": None} == {
        "place": "half", "name": "half苑", "level": "compound", "parent_name": "西社区", "people": 100,
        "scenario_neighbourhood": 0.5, "scenario_learning": 0, "scenario_safety": None,
        "type_shops": 0.5, "type_convenience_store": 0, "type_primary_school": 0, "type_charging": None,
        "type_kindergarten": None,
    }  # fmt: skip
    assert compounds["half"]["type_kindergarten"] is None  # of children under ten nothing is told
    assert set(told(level="building")) == {"near0", "near1", "half0", "half1", "far0", "far1", "remote"}
    with pytest.raises(InputError, match="level_unknown"):
        told(level="demand")


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ({"id": "x", "zh": "某", "en": "X", "colour": "red"}, "pack_field_unknown"),
        ({"id": "x", "zh": "某"}, "pack_field_missing"),
        ({"id": "x", "zh": "某", "en": "X", "types": ["nowhere"]}, "pack_value_unknown"),
        ({"id": "x", "zh": "某", "en": "X", "fact": "mood"}, "pack_value_unknown"),
    ],
)
def test_an_item_that_makes_no_sense_is_refused(entry: dict[str, Any], code: str) -> None:
    with pytest.raises(InputError, match=code):
        items({"items": [entry]}, catalogue())


def test_places_are_counted_where_a_rule_counts_them(tmp_path: Path) -> None:
    item = Item("school_places", "小学学位", "Places", ("primary_school",), places=True)
    pack = cases.pack(tmp_path, kind="primary_school", capacity_rule="people")
    assert not told_by(item, pack).reach_only

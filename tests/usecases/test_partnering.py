"""Partner bodies with what they share and pledged: counted, filtered, told by area and day, placed on the map."""

from datetime import date
from pathlib import Path

import pytest
import shapely
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from gridgov.domain.fields import KINDS
from gridgov.domain.offers import PARTNER_KINDS
from gridgov.errors import InputError, NotFoundError
from gridgov.storage.current import At, Scope
from gridgov.storage.models import PartnerVersion, UnitVersion
from gridgov.usecases import answering, partnering
from gridgov.usecases.partnering import BodyFilter
from gridgov.wording.terms import TERMS
from tests import cases

AT = At(date(2026, 11, 1))
EVERYTHING = Scope.everything()
STREET, WEST = "420503001", "420503001001"


@pytest.fixture
def files(tmp_path: Path) -> cases.Files:
    """The small district; around it bodies with places and pledges in every state on 1 November 2026."""
    files = cases.district(tmp_path)
    files.unit("compound", "C5", name="无图苑", parent=WEST)
    files.add("partners", shapely.Point(60, 60), code="W2", kind="物业", name="物业", unit="C1", phone="0717-63",
              contact="李 13812345678", resources="场地：活动室；停车位",
              pledges="修路灯 | 2026-10-31；补绿 | 2026-11-01；"
              "油漆 | 2026-12-02；清沟 | 2026-09-01 | 2026-08-30")  # fmt: skip
    files.add("partners", code="W3", kind="志愿队", name="志愿队", unit=WEST, resources="技能：维修",
              pledges="义诊（2026年12月1日前）")  # fmt: skip
    files.add("partners", code="W4", kind="社会组织", name="互助社", unit="C2", pledges="代购")
    files.add(
        "partners", code="W5", kind="业委会", name="无图业委会", unit="C5", pledges="公示 | 2026-10-01 | 2026-11-02"
    )
    return files


@pytest.fixture
def ids(session: Session, files: cases.Files) -> dict[str, int]:
    files.load(session)
    return {unit.code: unit.unit_id for unit in session.scalars(select(UnitVersion))}


def codes(session: Session, area: int | None = None, scope: Scope = EVERYTHING, at: At = AT, **asked: str) -> list[str]:
    return [body.code for body in partnering.bodies(session, at, scope, area, BodyFilter(**asked))]


def test_the_kinds_are_those_of_the_files_and_of_the_words() -> None:
    (kind,) = (field for field in KINDS["partners"] if field.name == "kind")
    assert set((kind.words or {}).values()) == set(PARTNER_KINDS) == set(TERMS["partner_kind"])


@pytest.mark.usefixtures("ids")
def test_bodies_come_with_what_presses_first(session: Session) -> None:
    found = partnering.bodies(session, AT, EVERYTHING)
    assert [(body.code, body.state) for body in found] == [
        ("W5", "overdue"), ("W2", "overdue"), ("W3", "due_soon"), ("W4", "open"), ("W1", None)
    ]  # fmt: skip
    assert partnering.counts(found) == {
        "bodies": 5, "pledges": {"overdue": 2, "due_soon": 2, "open": 2, "kept": 1}
    }  # fmt: skip


@pytest.mark.usefixtures("ids")
def test_on_another_day_pledges_stand_otherwise(session: Session) -> None:
    told = partnering.counts(partnering.bodies(session, At(date(2026, 11, 2)), EVERYTHING))
    assert told["pledges"] == {"overdue": 2, "due_soon": 2, "open": 1, "kept": 2}
    assert partnering.bodies(session, At(date(2025, 1, 1)), EVERYTHING) == []


@pytest.mark.usefixtures("ids")
def test_filters(session: Session) -> None:
    assert codes(session, kind="volunteer_team") == ["W3"]
    assert codes(session, shares="place") == ["W2"]
    assert codes(session, shares="skill", state="due_soon") == ["W3"]
    assert codes(session, state="overdue") == ["W5", "W2"]
    assert codes(session, state="kept") == ["W2"]
    for asked in ({"kind": "church"}, {"shares": "money"}, {"state": "late"}):
        with pytest.raises(InputError):
            BodyFilter(**asked)


def test_of_an_area_and_within_a_scope(session: Session, ids: dict[str, int]) -> None:
    assert codes(session, ids["C1"]) == ["W2", "W1"]
    assert codes(session, ids[WEST]) == ["W5", "W2", "W3", "W1"]
    assert codes(session, ids[STREET]) == codes(session)
    west = Scope.of({ids[WEST]})
    assert codes(session, scope=west) == ["W5", "W2", "W3", "W1"]
    assert codes(session, ids["C1"], west) == ["W2", "W1"]
    assert codes(session, scope=Scope.of(set())) == []
    with pytest.raises(NotFoundError):
        codes(session, ids["C2"], west)


@pytest.mark.usefixtures("ids")
def test_listed_with_the_levels_above_and_numbers_masked(session: Session) -> None:
    (row,) = partnering.listed(
        session, AT, partnering.bodies(session, AT, EVERYTHING, asked=BodyFilter(shares="place"))
    )
    assert [step["name"] for step in row["chain"]] == ["学院街道", "东风社区", "桂花苑小区"]
    assert (row["unit"], row["contact"], row["phone"]) == ("C1", "李 138****5678", "0717-63")
    assert row["resources"] == [{"kind": "place", "text": "活动室"}, {"kind": None, "text": "停车位"}]
    assert [(pledge["text"], pledge["state"]) for pledge in row["pledges"]] == [
        ("修路灯", "overdue"), ("补绿", "due_soon"), ("油漆", "open"), ("清沟", "kept")
    ]  # fmt: skip


@pytest.mark.usefixtures("ids")
def test_on_the_map_at_ones_own_place_or_inside_the_unit(session: Session) -> None:
    spots = partnering.spots(session, AT, EVERYTHING, partnering.bodies(session, AT, EVERYTHING))
    told = {tuple(body.code for body in spot.bodies): spot for spot in spots}
    assert set(told) == {("W1",), ("W2",), ("W3",), ("W4",)}
    lon, lat = cases.degrees(60, 60)
    assert shapely.distance(told["W2",].place, shapely.Point(lon, lat)) < 1e-7
    assert [told[key].own for key in (("W2",), ("W1",))] == [True, False]
    assert told["W1",].place.equals(told["W1",].unit.geometry)
    assert told["W1",].unit.code == "C1"


@pytest.mark.usefixtures("ids")
def test_who_tells_them(session: Session) -> None:
    (found,) = answering.who(session, "B1", AT, EVERYTHING)["candidates"]
    assert {body["code"]: body["unit"] for body in found["partners"]} == {"W1": "C1", "W2": "C1", "W3": WEST}
    (body,) = (body for body in found["partners"] if body["code"] == "W3")
    assert body["pledges"] == [{"text": "义诊", "due": "2026-12-01", "kept": None, "state": "due_soon"}]


@pytest.mark.parametrize("columns", ["wkt", "lonlat"])
def test_a_place_is_told_by_any_file_and_kept_until_another_is(
    session: Session, files: cases.Files, columns: str
) -> None:
    files.load(session)
    lon, lat = cases.degrees(110, 105)
    place = {"wkt": f"POINT ({lon} {lat})"} if columns == "wkt" else {"经度": lon, "纬度": lat}
    files.rows["partners"] = [
        {"code": "W3", "kind": "志愿队", "name": "志愿队", "unit": WEST, **place},
        {"code": "W4", "kind": "社会组织", "name": "互助社", "unit": "C2"},
    ]
    assert files.bring(session, "partners", crs="EPSG:4490").problems == []
    files.rows["partners"] = [{"code": "W3", "kind": "志愿队", "name": "志愿队（东风）", "unit": WEST}]
    files.bring(session, "partners", crs="EPSG:4490")
    known = {body.code: body for body in partnering.bodies(session, AT, EVERYTHING)}
    assert known["W4"].place is None
    assert known["W3"].name == "志愿队（东风）"
    assert shapely.distance(known["W3"].place, shapely.Point(lon, lat)) < 1e-9
    if session.get_bind().dialect.name == "sqlite":
        indexed = set(session.scalars(text("SELECT id FROM partner_version_rt")))
        assert indexed == set(session.scalars(select(PartnerVersion.id).where(PartnerVersion.min_x.is_not(None))))


def test_a_place_is_a_point(session: Session, files: cases.Files) -> None:
    files.load(session)
    files.rows["partners"] = []
    files.add("partners", shapely.box(0, 0, 9, 9), code="W9", kind="物业", name="物业", unit="C1")
    (told,) = files.bring(session, "partners").problems
    assert (told[1].field, told[1].value, told[1].code) == ("geometry", "Polygon", "point_needed")


def test_a_pledge_that_cant_be_read_is_told_and_nothing_written(session: Session, files: cases.Files) -> None:
    files.load(session)
    files.rows["partners"] = [
        {"code": "W1", "kind": "业委会", "name": "桂花苑业委会", "unit": "C1", "pledges": "绿地；义诊 | 年底"}
    ]
    report = files.bring(session, "partners")
    (told,) = report.problems
    assert (told[1].row, told[1].code, told[1].params["part"]) == (2, "pledge_unreadable", "义诊 | 年底")
    assert report.batch is None

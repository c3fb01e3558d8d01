"""Who is responsible near borders, outside one's own area and outside everything; and what others are told."""

import json
from pathlib import Path
from typing import Any

import pytest
import shapely
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from gridgov.errors import NotFoundError
from gridgov.storage.current import Scope
from gridgov.storage.models import UnitVersion
from gridgov.usecases import answering, gridding
from tests import cases
from tests.usecases.conftest import AT, Runs

EVERYTHING = Scope.everything()
NAMES_ONLY = ("shares", "grids", "posts", "contacts", "partners")


@pytest.fixture(autouse=True)
def district(session: Session, tmp_path: Path) -> dict[str, int]:
    """The small district; a compound touches the border of the communities, and texts hold mobiles."""
    files = cases.district(tmp_path)
    box = shapely.box(400, 300, 495, 400)
    files.unit("compound", "C4", box, name="临界苑", parent="420503001001", kind="open")
    files.add("partners", code="W2", kind="property_company", name="物业", unit="C1", contact="李经理 13812345678",
              phone="0717-63", resources="活动室，联系138 1234 5678", pledges="代收，138-1234-5678转1")  # fmt: skip
    files.add("posts", role="branch_secretary", unit="C1", holder="何书记 13912345678", office_phone="0717-64")
    files.load(session)
    gridding.build(session, cases.DAY)
    return {unit.code: unit.unit_id for unit in session.scalars(select(UnitVersion))}


def ask(session: Session, x: float, y: float, scope: Scope = EVERYTHING) -> list[dict[str, Any]]:
    place = "{:.8f},{:.8f}".format(*cases.degrees(x, y))
    return list(answering.who(session, place, AT, scope)["candidates"])


def deepest(found: list[dict[str, Any]]) -> list[str]:
    return [[step["code"] for step in each["chain"] if step and "code" in step][-1] for each in found]


def test_near_a_compound_and_another_community_all_are_told(session: Session) -> None:
    found = ask(session, 497, 405)
    assert sorted(deepest(found)) == ["420503001001", "420503001002", "C4"]
    assert not any(each["certain"] or each["outside"] for each in found)
    assert deepest(found)[0] == "420503001001"
    assert [each["distance"] for each in found] == sorted(each["distance"] for each in found)


def test_inside_by_the_wall_of_a_compound_the_community_may_be_meant_too(session: Session) -> None:
    found = ask(session, 240, 150)
    assert deepest(found) == ["C1", "420503001001"]
    assert not any(each["certain"] for each in found)
    (alone,) = ask(session, 219, 150)
    assert (deepest([alone]), alone["certain"]) == (["C1"], True)


def test_bare_ground_of_a_community_is_certain(session: Session) -> None:
    (found,) = ask(session, 330, 200)
    assert (deepest([found]), found["certain"]) == (["420503001001"], True)


def test_a_drawn_sliver_beside_a_wall_is_no_bare_ground(session: Session, tmp_path: Path) -> None:
    files = cases.Files(tmp_path)
    files.unit("compound", "C9", shapely.box(250.6, 50, 400, 250), parent="420503001001", name="二期", kind="open")
    files.load(session)
    assert sorted(deepest(ask(session, 245, 150))) == ["C1", "C9"]


def test_a_compound_over_two_communities_is_not_doubted_between_them(session: Session, tmp_path: Path) -> None:
    files = cases.Files(tmp_path)
    files.unit("compound", "C9", shapely.box(450, 100, 600, 250), parent="420503001001", name="跨界苑", kind="open")
    files.load(session)
    (found,) = ask(session, 510, 170)
    assert (deepest([found]), found["certain"]) == (["C9"], True)


def test_outside_ones_area_is_not_outside_everything(session: Session, district: dict[str, int]) -> None:
    other = Scope.of({district["420503001002"]})
    (found,) = ask(session, 150, 170, other)
    assert (found["outside"], found["in_scope"], found["certain"]) == (False, False, True)
    assert [step["name"] for step in found["chain"] if step] == ["学院街道", "东风社区", "桂花苑小区"]
    assert all(found[name] == [] for name in NAMES_ONLY)
    assert (found["branch"], found["office"], found["nearest"], found["unit"]) == (None, None, {}, None)
    (far,) = ask(session, -400, 150, other)
    assert (far["outside"], far["in_scope"]) == (True, False)
    (own,) = ask(session, 800, 150, other)
    assert (own["in_scope"], deepest([own])) == (True, ["C2"])
    with pytest.raises(NotFoundError):
        ask(session, 150, 150, Scope.nothing())


def test_at_the_border_of_ones_area_the_own_side_is_told_in_full(session: Session, district: dict[str, int]) -> None:
    found = ask(session, 510, 100, Scope.of({district["420503001002"]}))
    assert {(code, each["in_scope"]) for code, each in zip(deepest(found), found, strict=True)} == {
        ("420503001002", True),
        ("420503001001", False),
    }


def test_no_building_of_another_area_is_told(session: Session, district: dict[str, int]) -> None:
    assert deepest(ask(session, 110, 115)) == ["B1"]
    assert deepest(ask(session, 110, 115, Scope.of({district["420503001002"]}))) == ["C1"]


def test_of_the_levels_above_ones_area_only_whom_to_call(session: Session, district: dict[str, int]) -> None:
    (found,) = answering.who(session, "C1", AT, Scope.of({district["C1"]}))["candidates"]
    told = {(held["tier"], held["role"]): held for held in found["contacts"]}
    assert told[3, "lead"]["since"] == cases.DAY.isoformat()
    leader = told[1, "leader"]
    assert (leader["holder"], leader["unit"], leader["office_phone"]) == ("赵一", district["420503001"], "0717-61")
    allowed = {"tier", "unit", "role", "holder", "office_phone"}
    for key in ((1, "leader"), (2, "leading"), (2, "first_secretary")):
        assert {name for name, value in told[key].items() if value is not None} <= allowed
    assert {post["holder"] for post in found["posts"]} >= {"周书记", "吴书记"}
    (whole,) = answering.who(session, "C1", AT, EVERYTHING)["candidates"]
    assert "宜办〔2026〕1号" in json.dumps(whole, ensure_ascii=False)
    assert "宜办〔2026〕1号" not in json.dumps(found, ensure_ascii=False)


def test_mobiles_in_any_text_are_masked(session: Session) -> None:
    told = answering.who(session, "C1", AT, EVERYTHING)["candidates"][0]
    partner = next(body for body in told["partners"] if body["name"] == "物业")
    assert partner["contact"] == "李经理 138****5678"
    assert [offer["text"] for offer in partner["resources"]] == ["活动室，联系138****5678"]
    assert [offer["text"] for offer in partner["pledges"]] == ["代收，138****5678转1"]
    assert partner["phone"] == "0717-63"
    assert "何书记 139****5678" in {post["holder"] for post in told["posts"]}


def test_a_name_is_looked_for_without_fetching_every_unit(session: Session) -> None:
    session.expunge_all()
    loaded: list[str] = []

    def note(target: UnitVersion, _context: object) -> None:
        loaded.append(target.code)

    event.listen(UnitVersion, "load", note)
    try:
        (found,) = answering.who(session, "梅花苑", AT, EVERYTHING)["candidates"]
    finally:
        event.remove(UnitVersion, "load", note)
    assert deepest([found]) == ["C2"]
    assert set(loaded) == {"C2", "420503001002", "420503001"}


def test_a_run_is_unpacked_once_an_answer(
    session: Session, tmp_path: Path, run_with: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_with(cases.pack(tmp_path, radius=1000))
    unpacked: list[int] = []
    unpack = answering.unpack_arrays
    monkeypatch.setattr(answering, "unpack_arrays", lambda run: unpacked.append(run.id) or unpack(run))
    found = ask(session, 240, 150)
    assert len(found) == 2
    assert all("learning" in each["nearest"] for each in found)
    assert len(unpacked) == 1

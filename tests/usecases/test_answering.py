"""这里谁管: by code, name, address and position; in doubt both, outside the nearest, and no household's name."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import shapely
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from gridgov.errors import InputError, NotFoundError
from gridgov.storage.current import Scope
from gridgov.storage.database import writing
from gridgov.storage.models import UnitVersion
from gridgov.usecases import answering, gridding
from tests import cases
from tests.conftest import opened, undone
from tests.databases import ENGINES, Databases
from tests.usecases.conftest import AT, Runs

EVERYTHING = Scope.everything()
KEYS = {"certain", "chain", "grids", "posts", "contacts", "branch", "partners", "office", "nearest"}


@pytest.fixture(scope="module", params=ENGINES)
def laid(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """The small district with an address more, laid onto its grids."""
    files = cases.district(tmp_path_factory.mktemp("laid"))
    next(row for row in files.rows["units"] if row["code"] == "C2")["address"] = "西陵一路8号"
    with opened(databases, request.param, "empty") as engine:
        with writing(engine) as session:
            files.load(session)
            gridding.build(session, cases.DAY)
        yield engine


@pytest.fixture
def session(laid: Engine) -> Iterator[Session]:
    """A session on it; all it does is rolled back."""
    with undone(laid) as session:
        yield session


def ask(session: Session, place: str, scope: Scope = EVERYTHING) -> list[dict[str, Any]]:
    answer = answering.who(session, place, AT, scope)
    assert answer["place"] == place
    assert all(set(candidate) >= KEYS for candidate in answer["candidates"])
    return list(answer["candidates"])


def at(x: float, y: float) -> str:
    return "{:.8f},{:.8f}".format(*cases.degrees(x, y))


def chain(candidate: dict[str, Any]) -> list[str | None]:
    links = candidate["chain"]
    return [None if link is None else link.get("code", f"present {link.get('present')}") for link in links]


def test_by_code_the_whole_chain_of_five(session: Session) -> None:
    (found,) = ask(session, "B1")
    assert chain(found) == ["420503001", "420503001001", "C1", "B1", "present 1"]
    assert found["certain"] is True
    assert found["chain"][4] == {"level": "household", "present": 1, "through": "building_head"}


def test_what_is_not_there_is_null_in_the_chain(session: Session) -> None:
    assert chain(ask(session, "B2")[0]) == ["420503001", "420503001001", "C1", "B2", None]
    assert chain(ask(session, "420503001")[0]) == ["420503001", None, None, None, None]


def test_all_that_stands_on_the_place(session: Session) -> None:
    (found,) = ask(session, "B1")
    assert [(post["role"], post["holder"]) for post in found["posts"]] == [
        ("building_head", "冯栋长"),
        ("grid_worker", "郑网格"),
        ("community_secretary", "吴书记"),
        ("street_secretary", "周书记"),
    ]
    assert [(held["tier"], held["role"], held["holder"]) for held in found["contacts"]] == [
        (3, "lead", "钱二"),
        (2, "first_secretary", "钱二"),
        (2, "leading", "教育局"),
        (1, "leader", "赵一"),
    ]
    assert (found["branch"]["name"], found["branch"]["formation"]) == ("桂花苑党支部", "independent")
    assert [body["name"] for body in found["partners"]] == ["桂花苑业委会"]
    assert [grid["code"] for grid in found["grids"]] == ["420503001001001"]
    assert found["office"]["phone"] == "0717-6000001"


def test_no_household_and_no_mobile_is_named(session: Session) -> None:
    told = json.dumps([ask(session, place) for place in ("B1", "C1", at(110, 105))], ensure_ascii=False, default=str)
    assert "王建国" not in told
    assert "李秀英" not in told
    assert "13812341234" not in told
    with pytest.raises(NotFoundError):
        ask(session, "王建国")


def test_a_household_asked_by_its_code_stays_without_name_and_address(session: Session, tmp_path: Path) -> None:
    told = {"code": "H1", "address": "东风路9号301室", "office_phone": "0717-6660000"}
    told["consent_date"] = "2026-01-05"
    files = cases.Files(tmp_path).unit("household", **told)
    files.load(session)
    (found,) = ask(session, "H1")
    assert chain(found)[4] == "present 1"
    text = json.dumps(found, ensure_ascii=False, default=str)
    assert not any(word in text for word in ("王建国", "东风路9号", "6660000"))


@pytest.mark.parametrize("place", ["桂花苑", "桂花苑小区", " 桂花苑 ", "桂花", "花苑小区"])
def test_by_name_whatever_stands_behind_it(session: Session, place: str) -> None:
    codes = [chain(found)[2] for found in ask(session, place)]
    assert "C1" in codes


def test_a_name_that_fits_two_is_asked_back(session: Session) -> None:
    found = ask(session, "1栋")
    assert [chain(candidate)[3] for candidate in found] == ["B1", "B3"]
    assert not any(candidate["certain"] for candidate in found)
    (exact,) = ask(session, "东风")
    assert (chain(exact)[1], exact["certain"]) == ("420503001001", True)


def test_by_address(session: Session) -> None:
    (found,) = ask(session, "西陵一路８号")
    assert chain(found)[2] == "C2"


def test_a_position_inside_a_compound(session: Session) -> None:
    (found,) = ask(session, at(150, 150))
    assert (chain(found)[:4], found["certain"]) == (["420503001", "420503001001", "C1", None], True)
    (near,) = ask(session, at(110, 115))
    assert chain(near)[3] == "B1"


def test_within_thirty_metres_of_a_border_both_are_told(session: Session, tmp_path: Path) -> None:
    files = cases.Files(tmp_path)
    files.unit("compound", "C9", shapely.box(250, 50, 400, 250), parent="420503001001", name="桂花苑二期", kind="open")
    files.load(session)
    assert {chain(found)[2] for found in ask(session, at(240, 150))} == {"C1", "C9"}
    assert [chain(found)[2] for found in ask(session, at(219, 150))] == ["C1"]
    assert not any(found["certain"] for found in ask(session, at(240, 150)))


def test_near_a_compound_and_in_none_the_community_is_told_first(session: Session) -> None:
    found = ask(session, at(265, 150))
    assert chain(found[0])[:3] == ["420503001", "420503001001", None]
    assert chain(found[1])[2] == "C1"
    assert not any(candidate["certain"] for candidate in found)


def test_between_two_communities_both_are_told(session: Session) -> None:
    found = ask(session, at(510, 400))
    assert {chain(candidate)[1] for candidate in found} == {"420503001001", "420503001002"}


def test_outside_every_unit_the_nearest_is_told_as_such(session: Session) -> None:
    (found,) = ask(session, at(-400, 150))
    assert found["outside"] is True
    assert found["certain"] is False
    assert chain(found)[2] == "C1"
    assert found["distance"] == pytest.approx(450, abs=0.2)


def test_the_nearest_facility_per_scenario_comes_from_the_newest_run(
    session: Session, tmp_path: Path, run_with: Runs
) -> None:
    assert ask(session, "B1")[0]["nearest"] == {}
    rows = [
        {"type": "kindergarten", "tier": "5", "required": True, "radius": 300, "department": "education"},
        {"type": "library", "tier": "15", "required": False, "radius": 1000},
    ]
    run_with(cases.packs(tmp_path, *rows))
    nearest = ask(session, "B1")[0]["nearest"]
    assert nearest["learning"] | {"metres": 0} == {
        "point": "K1",
        "type": "kindergarten",
        "metres": 0,
        "department": "education",
    }
    assert ask(session, at(150, 150))[0]["nearest"]["learning"]["point"] == "K1"


@pytest.mark.parametrize("place", ["nowhere at all", "C99"])
def test_nothing_found(session: Session, place: str) -> None:
    with pytest.raises(NotFoundError, match="place_unknown"):
        ask(session, place)


@pytest.mark.parametrize(
    ("place", "code"), [("   ", "place_empty"), ("200,30", "position_invalid"), ("111,95", "position_invalid")]
)
def test_what_is_no_place(session: Session, place: str, code: str) -> None:
    with pytest.raises(InputError) as refused:
        ask(session, place)
    assert refused.value.code == code


def test_a_position_needs_no_more_than_full_width_digits(session: Session) -> None:
    wide = at(150, 150).translate(str.maketrans("0123456789,.", "０１２３４５６７８９，．"))
    assert chain(ask(session, wide)[0])[2] == "C1"


def test_out_of_scope_is_not_answered(session: Session) -> None:
    scope = Scope.of(set(session.scalars(select(UnitVersion.unit_id).where(UnitVersion.code == "420503001002"))))
    for place in ("C1", "桂花苑", "B1"):
        with pytest.raises(NotFoundError):
            ask(session, place, scope)
    (found,) = ask(session, "C2", scope)
    assert {post["unit"] for post in found["posts"]} == {"420503001"}
    assert {held["tier"] for held in found["contacts"]} == {1}
    assert not any(word in str(found) for word in ("桂花苑", "吴书记", "冯栋长"))
    for place in ("C2", at(150, 150)):
        with pytest.raises(NotFoundError):
            ask(session, place, Scope.nothing())

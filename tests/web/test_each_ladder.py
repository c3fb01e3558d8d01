"""A small city of each ladder on every page: its levels, its posts, its gaps, its findings."""

import html
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from gridgov.storage.current import At, Scope
from gridgov.storage.database import writing
from gridgov.usecases import accounts, contacting, covering, gridding, loading
from tests import cases
from tests.databases import Databases
from tests.usecases.test_ladders import NEAR_SCHOOL, five_levels, three_levels
from tests.web.conftest import application

AT = At(cases.DAY)
LADDERS: dict[str, tuple[Callable[[Path], cases.Files], str, list[str]]] = {
    # Which files, the uppermost place, and the places below it down to somebody's home.
    "yichang": (five_levels, "420503001", ["420503001001", "C1", "B1"]),
    "yichang-villages": (five_levels, "420503001", ["420503001002", "V1"]),
    "three-levels": (three_levels, "A1", ["G2", "Y2"]),
}


@pytest.fixture(scope="module", params=list(LADDERS))
def ladder(request: pytest.FixtureRequest) -> str:
    """The profile's id."""
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def city(ladder: str, databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application on a small city of the ladder. Shared: leave it as it is."""
    folder = tmp_path_factory.mktemp("ladder")
    with databases.copy("sqlite", "empty") as url:
        made = application(url, folder, demo=True)
        made.config.update(TESTING=True, WTF_CSRF_ENABLED=False, TODAY=cases.DAY)
        with writing(made.extensions["gridgov.engine"]) as session:
            loading.load_profile(session, ladder)
            LADDERS[ladder][0](folder).load(session)
            gridding.build(session, cases.DAY)
            cases.packs(folder, NEAR_SCHOOL)
            loading.load_pack(session, str(folder / "pack.toml"))
            covering.run(session, AT)
            accounts.prepare_demo(session, AT)
        yield made
        made.extensions["gridgov.engine"].dispose()


def read(city: Flask, role: str, path: str) -> str:
    """Return a page in Chinese as somebody in a role reads it."""
    browser = city.test_client()
    assert browser.post("/demo", data={"role": role}).status_code == 302
    answer = browser.get(path, headers={"Accept-Language": "zh"})
    assert answer.status_code == 200, path
    return html.unescape(answer.get_data(as_text=True))


def test_the_coordinator_walks_down_the_ladder(city: Flask, ladder: str) -> None:
    _, top, below = LADDERS[ladder]
    assert f'data-code="{top}"' in read(city, "coordinator", "/")
    for above, code in zip([top, *below], below, strict=False):
        page = read(city, "coordinator", f"/?unit={above}")
        assert f"unit={code}" in page, (above, code)
    assert 'aria-current="true"' in read(city, "coordinator", f"/?unit={below[-1]}")


def test_the_numbers_are_the_reports(city: Flask, ladder: str) -> None:
    with writing(city.extensions["gridgov.engine"]) as session:
        report = contacting.report(session, AT, Scope.everything())
    wanted = {"yichang": [1, 3, 3], "yichang-villages": [1, 3, 2], "three-levels": [1, 2, 0]}
    assert [row["due"] for row in report["tiers"]] == wanted[ladder]
    browser = city.test_client()
    browser.post("/demo", data={"role": "coordinator"})
    told = browser.get("/api/v1/contacts/report").get_json()
    assert told["tiers"] == report["tiers"]
    for row in report["tiers"]:
        if row["vacant"]:
            listed = read(city, "coordinator", f"/?tier={row['tier']}&what=vacant").split('id="list"')[1]
            assert listed.count("data-code=") == row["vacant"]


def test_the_planner_sees_gaps_and_who_is_called(city: Flask, ladder: str) -> None:
    place = {"yichang": "C1", "yichang-villages": "V1", "three-levels": "G2"}[ladder]
    page = read(city, "planner", "/planner")
    assert f"unit={place}" in page or f'data-code="{place}"' in page
    assert read(city, "planner", f"/planner?unit={place}")


def test_who_answers_at_every_step(city: Flask, ladder: str) -> None:
    _, top, below = LADDERS[ladder]
    for code in (top, *below):
        assert code in read(city, "viewer", f"/who?place={code}")
    lowest = read(city, "coordinator", f"/who?place={below[-1]}")
    names = {
        "yichang": ["学院街道", "东风社区", "桂花苑"],
        "yichang-villages": ["学院街道", "石板村"],
        "three-levels": ["江北片区", "二网格支部"],
    }
    assert all(name in lowest for name in names[ladder])


def test_findings_and_the_cadres_page(city: Flask, ladder: str) -> None:
    page = read(city, "admin", "/admin/findings")
    orphan = {"yichang": "V2", "yichang-villages": "V2", "three-levels": "Y3"}[ladder]
    assert f">{orphan}<" in page
    assert read(city, "cadre", "/cadre")
    for path in ("/admin", "/admin/runs", "/admin/accounts"):
        assert read(city, "admin", path)

"""The pages of cities with ladders of their own speak in their names, and stand where levels and tiers are missing."""

import html
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import shapely
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from gridgov.storage.current import At
from gridgov.storage.database import open_engine, writing
from gridgov.usecases import accounts, covering, gridding, loading
from gridgov.usecases.accounts import Grant
from tests import cases
from tests.databases import Databases
from tests.usecases.test_ladders import NEAR_SCHOOL, POLICE, TWO_LEVELS, cadres, three_levels
from tests.web.conftest import PASSWORD, application

Browse = Callable[[str], FlaskClient]
FIXED = re.compile(r"\b([Cc]ompounds?|[Cc]ommunit(y|ies)|[Bb]uilding[- ]group|[Ss]treets?)\b")


def _bodies(files: cases.Files, unit: str) -> cases.Files:
    return files.add("partners", code="W1", kind="业委会", name="院落自管会", unit=unit, pledges="义诊 | 2026-04-10")


def _three(session: Session, folder: Path) -> None:
    loading.load_profile(session, "three-levels")
    files = three_levels(folder)
    files.home("Y4", 950, 460, 10, parent="G2")
    _bodies(files, "G1").load(session)


def _two(session: Session, folder: Path) -> None:
    profile = folder / "hamlets.toml"
    profile.write_text(TWO_LEVELS, encoding="utf-8")
    loading.load_profile(session, str(profile))
    files = cadres(cases.Files(folder))
    files.unit("community", "V1", shapely.box(0, 0, 1000, 500), name="石板村")
    files.home("W1", 400, 60, 50, parent="V1", name="上湾")
    _bodies(files, "V1").load(session)


@pytest.fixture(scope="module", params=[_three, _two])
def city(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Browse]]:
    """A city of three levels, then one of two with a single tier: its top's code, and browsers in it."""
    folder = tmp_path_factory.mktemp("ladder")
    with databases.copy("sqlite", "empty") as url:
        engine = open_engine(url)
        with writing(engine) as session:
            request.param(session, folder)
            cases.packs(folder, NEAR_SCHOOL, POLICE)
            loading.load_pack(session, str(folder / "pack.toml"))
            gridding.build(session, cases.DAY)
            covering.run(session, At(cases.DAY))
            for role in ("viewer", "coordinator", "planner"):
                accounts.add(session, role, PASSWORD, grants=[Grant(role)])
        engine.dispose()
        made = application(url, folder, demo=False)
        made.config.update(WTF_CSRF_ENABLED=False, TODAY=cases.DAY, PROPAGATE_EXCEPTIONS=False)

        def browse(role: str) -> FlaskClient:
            browser = made.test_client()
            assert browser.post("/login", data={"name": role, "password": PASSWORD}).status_code == 302
            browser.set_cookie("language", "en")
            return browser

        yield ("A1" if request.param is _three else "V1"), browse
        made.extensions["gridgov.engine"].dispose()


def words(browser: FlaskClient, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200, path
    return html.unescape(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True).split("<body>")[1]))


def test_no_page_names_a_level_the_city_calls_otherwise(city: tuple[str, Browse]) -> None:
    top, browse = city
    below = {"A1": ["G1", "Y1"], "V1": ["W1"]}[top]
    viewer = browse("viewer")
    paths = ["/", "/?what=no_branch", "/?what=partners", "/?what=pledges_due",
             "/?tier=2&what=due", "/planner", "/planner/checkup?item=kindergarten",
             *(f"/?unit={code}" for code in (top, *below)), f"/who?place={below[-1]}",
             "/who?place=nowhere"]  # fmt: skip
    for path in paths:
        assert FIXED.findall(words(viewer, path)) == [], path


def test_the_pages_speak_in_the_citys_own_names(city: tuple[str, Browse]) -> None:
    top, browse = city
    page = words(browse("viewer"), f"/?unit={top}")
    if top == "A1":
        assert "Area committee" in page
        assert "Branch coverage · Grid branch" in page
        assert "No contact is due at this level; call the Courtyard head." in words(browse("viewer"), "/?unit=Y2")
        assert "in their street" not in words(browse("planner"), "/planner")
    else:
        assert "Village" in page
        assert "Branch coverage" not in page


def test_marks_of_posts_where_the_usual_tier_is_missing(city: tuple[str, Browse]) -> None:
    top, browse = city
    browser = browse("coordinator")
    assert browser.get("/tiles/posts/3/6/3.mvt?tier=7").status_code == 400
    page = html.unescape(browser.get("/").get_data(as_text=True))
    assert f"/tiles/posts/{{z}}/{{x}}/{{y}}.mvt?tier={3 if top == 'A1' else 2}" in page


def test_partner_bodies_stand_on_any_level(city: tuple[str, Browse]) -> None:
    top, browse = city
    browser = browse("coordinator")
    (mark,) = browser.get("/layers/partners.geojson").get_json(force=True)["features"]
    assert mark["properties"]["symbol"] == "pledge_due_soon"
    assert "院落自管会" in words(browser, "/?what=pledges_due")
    assert "院落自管会" in words(browser, f"/who?place={'G1' if top == 'A1' else 'V1'}")

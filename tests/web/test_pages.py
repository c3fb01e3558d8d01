"""What the pages show: the use cases’ own figures, every number a link, hostile names harmless, empty states."""

import html
import json
import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from gridgov.storage.current import At, Scope
from gridgov.storage.database import writing
from gridgov.storage.models import UnitVersion
from gridgov.usecases import accounts, contacting, covering, reading_runs
from gridgov.usecases.accounts import Grant
from gridgov.usecases.gap_filter import GapFilter
from tests.databases import TODAY, Databases
from tests.web.conftest import PASSWORD, SignIn, application

HOSTILE = "<script>alert(1)</script>'\"><img src=x onerror=alert(2)>{{7*7}}</span>"


def test_the_coordinators_figures_are_the_reports(as_role: SignIn, database: Session) -> None:
    page = as_role("coordinator").get("/?lang=en").get_data(as_text=True)
    report = contacting.report(database, At(TODAY), Scope.everything())
    for tier in report["tiers"]:
        for name in ("due", "vacant", "expiring", "disputed", "several"):
            if tier[name]:
                assert f"tier={tier['tier']}&amp;what={name}" in page or f"what={name}&amp;tier={tier['tier']}" in page
                assert re.search(rf'aria-label="Tier {tier["tier"]}, {name}: {tier[name]}"', page)


def test_every_figure_leads_to_the_places_it_counts(as_role: SignIn, database: Session) -> None:
    browser = as_role("viewer")
    for tier in contacting.report(database, At(TODAY), Scope.everything())["tiers"]:
        for what in ("due", "vacant", "disputed"):
            rows = contacting.places(database, At(TODAY), Scope.everything(), tier["tier"], what)
            assert len(rows) == tier[what]
            page = browser.get(f"/?tier={tier['tier']}&what={what}").get_data(as_text=True)
            listed = page.split('id="list"')[1]
            assert all(f'data-code="{row["code"]}"' in listed for row in rows[:100])


def test_compounds_without_a_branch_are_listed(as_role: SignIn, database: Session) -> None:
    without = contacting.uncovered_compounds(database, At(TODAY), Scope.everything())
    page = as_role("coordinator").get("/?what=no_branch").get_data(as_text=True)
    assert without
    assert all(f'data-code="{unit.code}"' in page.split('id="list"')[1] for unit in without)


def test_the_tree_opens_down_to_the_building(as_role: SignIn, database: Session) -> None:
    building = database.scalars(select(UnitVersion).where(UnitVersion.level == "building").limit(1)).one()
    page = as_role("coordinator").get(f"/?unit={building.code}").get_data(as_text=True)
    assert re.search(rf'href="/\?unit={building.code}"[^>]*aria-current="true"', page)
    assert _view(page)["fit"] is not None


def test_the_planners_gaps_are_the_runs(as_role: SignIn, database: Session) -> None:
    run = covering.find(database, None)
    count, _ = reading_runs.count_gaps(database, run, Scope.everything(), GapFilter(cause="gate"))
    page = as_role("planner").get("/planner?cause=gate&lang=en").get_data(as_text=True)
    listed = page.split('id="list"')[1].split("</section>")[0]
    assert count
    assert f'<span class="soft">{count}</span>' in listed
    rows = re.findall(r'<tr data-code="([^"]+)"', listed)
    wanted = reading_runs.gaps(database, run, Scope.everything(), GapFilter(cause="gate", limit=50))
    assert rows == [row["place"] for row in wanted]
    assert "a gate on the way isn’t open to them" in html.unescape(listed)


def test_the_gap_list_is_paged_by_the_server(as_role: SignIn) -> None:
    browser = as_role("planner")
    first, second = (browser.get(f"/planner?page={number}").get_data(as_text=True) for number in (1, 2))
    rows = [re.findall(r"<tr data-code", page) for page in (first, second)]
    assert len(rows[0]) == len(rows[1]) == 50
    assert browser.get("/planner?page=99999").status_code == 200


def test_reference_is_said_unless_every_row_was_read_in_the_standard(as_role: SignIn) -> None:
    page = as_role("planner").get("/planner").get_data(as_text=True)
    assert "参考" in page
    assert '<span class="chip accent">达标</span>' not in page


def test_the_cadres_page_says_since_when_on_what_and_whom_to_call(as_role: SignIn, database: Session) -> None:
    account = accounts.named(database, accounts.demo_name("cadre"))
    page = html.unescape(as_role("cadre").get("/cadre").get_data(as_text=True))
    held = contacting.mine(database, account.cadre_id or 0, At(TODAY), Scope.everything())
    assert held
    for one in held:
        assert one.document is None or one.document in page
    assert 'href="tel:' in page
    assert "/cadre/suggestions" in page


def test_links_keep_the_date(as_role: SignIn) -> None:
    page = as_role("coordinator").get("/?as_of=2026-01-15").get_data(as_text=True)
    assert 'value="2026-01-15"' in page
    links = re.findall(r'<a data-soft[^>]*href="([^"]+)"', page)
    assert links
    assert all("as_of=2026-01-15" in link for link in links if "unit=" in link or "tier=" in link)
    assert "as_of=2026-01-15" in json.dumps(_view(page)["layers"])


@pytest.mark.parametrize(
    "path",
    [
        "/?as_of=yesterday",
        "/?as_of=2026-02-30",
        "/?what=nonsense",
        "/?what=vacant",
        "/?tier=x",
        "/?tier=99999999999999",
        "/planner?scenario=x",
        "/planner?type=x",
        "/planner?cause=x",
        "/planner?page=0",
        "/planner?page=-1",
        "/planner?page=x",
        "/layers/partners.geojson?what=x",
        "/who?place=" + "x" * 201,
    ],
)
def test_nonsense_in_the_address_is_told_in_words(as_role: SignIn, path: str) -> None:
    browser = as_role("planner" if "planner" in path else "coordinator")
    answer = browser.get(path)
    assert answer.status_code == 400
    if not path.startswith("/layers"):
        assert "data-message" in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "body", [{}, {"lon": "x", "lat": "1"}, {"lon": "1"}, {"lon": "200", "lat": "1"}, {"lon": "nan", "lat": "nan"}]
)
def test_nonsense_for_a_position_is_told_in_words(as_role: SignIn, body: dict[str, str]) -> None:
    assert as_role("coordinator").post("/who", data=body).status_code == 400


def test_a_position_is_answered_and_stands_in_no_address(as_role: SignIn, database: Session) -> None:
    compound = database.scalars(select(UnitVersion).where(UnitVersion.level == "compound").limit(1)).one()
    point = compound.geometry.representative_point()
    answer = as_role("cadre").post("/who", data={"lon": point.x, "lat": point.y})
    assert answer.status_code == 200
    page = answer.get_data(as_text=True)
    assert not re.findall(rf'href="[^"]*{point.x:.3f}', page)


def test_an_unknown_place_is_told_in_words(as_role: SignIn) -> None:
    page = as_role("coordinator").get("/who?place=nowhere at all").get_data(as_text=True)
    assert "nowhere at all" in page
    assert as_role("coordinator").post("/who", data={"lon": "0", "lat": "0"}).status_code == 200


@pytest.mark.parametrize(
    ("role", "path"),
    [
        ("coordinator", "/"),
        ("planner", "/planner"),
        ("viewer", "/who?place=1"),
        ("admin", "/admin"),
        ("admin", "/admin/findings"),
        ("admin", "/admin/runs"),
        ("admin", "/admin/accounts"),
    ],
)
@pytest.mark.parametrize("language", ["zh_Hans", "en"])
def test_an_empty_deployment_says_what_to_do(empty_app: Flask, role: str, path: str, language: str) -> None:
    with writing(empty_app.extensions["gridgov.engine"]) as session:
        accounts.add(session, role, PASSWORD, grants=[Grant(role)])
    browser = empty_app.test_client()
    browser.post("/login", data={"name": role, "password": PASSWORD})
    browser.set_cookie("language", language)
    answer = browser.get(path)
    assert answer.status_code == 200


def test_a_cadre_account_without_a_cadre_is_told_so(signed_in: SignIn) -> None:
    answer = signed_in(Grant("cadre")).get("/cadre?lang=en")
    assert answer.status_code == 400
    assert "isn’t linked to a cadre" in html.unescape(answer.get_data(as_text=True))


@pytest.fixture(scope="module")
def hostile(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A coordinator's browser on a district whose places have hostile names."""
    with databases.copy("sqlite", "demo") as url:
        made = application(url, tmp_path_factory.mktemp("hostile"), demo=True)
        made.config["WTF_CSRF_ENABLED"] = False
        with writing(made.extensions["gridgov.engine"]) as session:
            session.execute(update(UnitVersion).values(name=HOSTILE, address=HOSTILE))
        browser = made.test_client()
        browser.post("/demo", data={"role": "viewer"})
        yield browser
        made.extensions["gridgov.engine"].dispose()


@pytest.mark.parametrize(
    "path",
    ["/", "/?tier=3&what=vacant", "/?unit=420599001", "/planner", "/planner?unit=420599001", "/who?place=420599001"],
)
def test_hostile_names_stay_text(hostile: FlaskClient, path: str) -> None:
    page = hostile.get(path).get_data(as_text=True)
    assert "alert(1)" in page
    assert "<script>alert" not in page
    assert not re.search(r"<img[^>]*onerror", page)
    assert ">49<" not in page.split("alert(1)")[1][:80]


def _view(page: str) -> dict[str, object]:
    found = re.search(r'data-view="([^"]+)"', page)
    assert found
    view: dict[str, object] = json.loads(html.unescape(found[1]))
    return view

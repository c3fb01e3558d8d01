"""Every page and every answer asks about a day: the control is there, a past day shows what held then."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule as Route

from gridgov.storage.database import writing
from gridgov.storage.models import UnitVersion
from gridgov.usecases.importing import import_files
from gridgov.usecases.staging import ImportOptions
from gridgov.web.security import rule_of
from tests.databases import TODAY, Databases
from tests.web.conftest import SignIn, application
from tests.web.test_access import ARGUMENTS, QUERIES

EARLIER = TODAY - timedelta(days=40)
# the same on every day: files, the program's own state, an act done, plans and maps that keep their own day
NO_DAY = {"static", "map.script", "cadre.worker", "health.healthz", "admin.batch"}
NO_DAY |= {"areas.layer", "plans.compare", "plans.listed", "plans.plan"}
NO_DAY |= {"wallmaps.document", "wallmaps.progress", "wallmaps.content"}
CONTROL = re.compile(r'<input[^>]*type="date" name="as_of" value="([\d-]+)"[^>]*>')
ROLES = ("coordinator", "planner", "cadre", "admin", "viewer")


def timeless(endpoint: str) -> bool:
    """An import under way is of now, whatever day is asked about."""
    return endpoint in NO_DAY or endpoint.startswith("intake.")


def readable(app: Flask) -> list[Route]:
    """Return the routes that somebody signed in may read."""
    found = []
    for route in app.url_map.iter_rules():
        rule = rule_of(app.view_functions[route.endpoint])
        if "GET" in (route.methods or ()) and rule is not None and not rule.public and not timeless(route.endpoint):
            found.append(route)
    return found


def address(route: Route, code: str, day: str) -> str:
    """Return a route's address for a place and a day."""
    asked = {name: code if value == "unit" else value for name, value in QUERIES.get(route.endpoint, {}).items()}
    told = "&".join(f"{name}={value}" for name, value in (asked | {"as_of": day}).items())
    named = {name: (ARGUMENTS | {"identity": "1"})[name] for name in route.arguments}
    place = route.map.bind("localhost").build(route.endpoint, named)
    return f"{place}?{told}"


@pytest.fixture
def street(database: Session) -> str:
    """The code of a street."""
    return database.scalars(select(UnitVersion.code).where(UnitVersion.level == "street").limit(1)).one()


def entered(app: Flask, route: Route, as_role: SignIn) -> FlaskClient:
    """Return the browser of somebody who may open the route."""
    rule = rule_of(app.view_functions[route.endpoint])
    assert rule is not None
    return as_role(next(role for role in ROLES if role in rule.roles))


def test_every_page_has_the_date_control_once(app: Flask, as_role: SignIn, street: str) -> None:
    pages = set()
    for route in readable(app):
        answer = entered(app, route, as_role).get(address(route, street, EARLIER.isoformat()))
        if answer.mimetype == "text/html":
            assert answer.status_code in {200, 404}, route
            if answer.status_code == 200:
                pages.add(route.endpoint)
                assert CONTROL.findall(answer.get_data(as_text=True)) == [EARLIER.isoformat()], route
    assert pages >= {
        "coordinator.index", "planner.index", "who.index", "admin.index", "admin.findings", "admin.people",
        "admin.runs",
    }  # fmt: skip


def test_the_cadres_pages_have_it_too(as_role: SignIn) -> None:
    for path in ("/cadre", "/cadre/suggestions"):
        page = as_role("cadre").get(f"{path}?as_of={EARLIER}").get_data(as_text=True)
        assert CONTROL.findall(page) == [EARLIER.isoformat()]


def test_everything_refuses_what_is_no_day(app: Flask, as_role: SignIn, street: str) -> None:
    for route in readable(app):
        answer = entered(app, route, as_role).get(address(route, street, "yesterday"))
        assert answer.status_code == 400, route


def test_links_of_a_page_keep_its_day(as_role: SignIn) -> None:
    page = as_role("coordinator").get(f"/?as_of={EARLIER}").get_data(as_text=True)
    inner = re.findall(r'href="(/\?[^"]*unit=[^"]*)"', page)
    assert inner
    assert all(f"as_of={EARLIER}" in href for href in inner)


def test_batches_and_runs_of_a_day(as_role: SignIn) -> None:
    browser = as_role("admin")
    for path, cell in (("/admin", "undo"), ("/admin/runs", "yichang")):
        assert cell in browser.get(path).get_data(as_text=True)
        assert cell not in browser.get(f"{path}?as_of=2001-01-01").get_data(as_text=True).split("<tbody>")[1]


@pytest.fixture
def renamed(databases: Databases, tmp_path: Path) -> Iterator[Flask]:
    """The demo district in which a street bears another name from today on."""
    with databases.copy("sqlite", "demo") as url:
        made = application(url, tmp_path, demo=True)
        made.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
        file = tmp_path / "streets.csv"
        with writing(made.extensions["gridgov.engine"]) as session:
            first = session.scalars(select(UnitVersion).where(UnitVersion.level == "street").order_by(UnitVersion.code))
            file.write_text(f"code,name\n{next(iter(first)).code},新名街道\n", encoding="utf-8")
            report = import_files(session, "units", [file], ImportOptions(level="street", valid_from=TODAY))
            assert report.changed == 1
        yield made
        made.extensions["gridgov.engine"].dispose()


def test_a_past_day_shows_the_past_name(renamed: Flask) -> None:
    with Session(renamed.extensions["gridgov.engine"]) as session:
        told = select(UnitVersion).where(UnitVersion.level == "street", UnitVersion.superseded_by.is_(None))
        new = session.scalars(told.where(UnitVersion.name == "新名街道")).one()
        old = session.scalars(told.where(UnitVersion.unit_id == new.unit_id, UnitVersion.valid_to == TODAY)).one()
        code, was = old.code, str(old.name)
    browser = renamed.test_client()
    assert browser.post("/demo", data={"role": "coordinator"}).status_code == 302
    eve = (TODAY - timedelta(days=1)).isoformat()
    for asked, shown, hidden in (("", "新名街道", was), (f"as_of={eve}", was, "新名街道")):
        pages = ["/", "/?tier=1&what=due", f"/?unit={code}", f"/who?place={code}"]
        for path in pages:
            page = browser.get(f"{path}{'&' if '?' in path else '?'}{asked}").get_data(as_text=True)
            assert shown in page, path
            assert hidden not in page, path

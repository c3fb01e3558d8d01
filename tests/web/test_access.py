"""Every route, as every role, inside and outside its area, and as nobody."""

from dataclasses import dataclass
from itertools import product

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule as Route

from gridgov.storage.models import Batch, CadreVersion, ContactVersion, PostVersion, UnitVersion
from gridgov.usecases.accounts import ROLES, Grant
from gridgov.usecases.exporting import WHATS, forms
from gridgov.web.security import rule_of
from tests.web.conftest import SignIn

# What each endpoint needs in the address or form to make sense; `unit` and `street` are filled with a code.
QUERIES: dict[str, dict[str, str]] = {
    "api.who": {"place": "unit"},
    "coordinator.index": {"unit": "unit"},
    "planner.index": {"unit": "unit", "street": "unit"},
    "cadre.index": {"unit": "unit"},
    "who.index": {"unit": "unit"},
    "api.contacts_report": {"unit": "unit"},
    "api.coverage_gaps": {"unit": "unit"},
    "api.partners": {"unit": "unit"},
    "api.urban_checkup": {"unit": "unit"},
    "checkup.index": {"unit": "unit", "item": "shops"},
    "api.isochrone": {"unit": "unit"},
    "reports.brief_file": {"unit": "unit"},
    "reports.gaps_file": {"unit": "unit"},
    "wallmaps.index": {"unit": "unit"},
    "reports.handover_page": {"unit": "unit"},
    "reports.handover_file": {"unit": "unit"},
    "exporting.export": {"unit": "unit"},
    "areas.compare": {"a": "unit", "b": "unit"},
    "reach.index": {"from": "unit"},
    "reach.rings": {"from": "unit"},
    "api.coverage_way": {"unit": "unit", "type": "pharmacy"},
    "siting.answer": {"type": "pharmacy"},
    "siting.index": {"type": "pharmacy"},
    "plans.things": {"bounds": "111.2,30.6,111.21,30.61"},
    "layers.neighbours": {"bounds": "111.2,30.6,111.4,30.8"},
    "contacts.suggest": {"tier": "3", "unit": "unit"},
    "changes.place": {"unit": "unit"},
    "ledgers.history": {"unit": "unit"},
    "ledgers.departments": {"unit": "unit"},
    "editing.rows": {"unit": "unit"},
    "editing.new": {"unit": "unit"},
}
ARGUMENTS = {
    "page": "who",
    "number": "999999",
    "filename": "css/base.css",
    "what": "units",
    "form": "csv",
    "kind": "units",
    "token": "unknown",
    "upload": "999999",
    "contact": "999999",
    "level": "street",
    "layers": "ground+street",
    "z": "0",
    "x": "0",
    "y": "0",
}
TAKE_A_UNIT = sorted(name for name, query in QUERIES.items() if "unit" in query.values())
ABOUT_A_THING = [f"editing.{name}" for name in ("thing", "end", "split", "merge", "past")]
ABOUT_AN_IMPORT = {f"intake.{name}" for name in ("intake", "progress", "on_map", "errors")}
ABOUT_A_CHANGE = {"changes.change", "contacts.returned", "absences.absence"}
ABOUT_A_PLAN = {"plans.plan"}
ABOUT_AREAS = {"areas.layer"}
ABOUT_A_WALL_MAP = {f"wallmaps.{name}" for name in ("document", "progress", "content")}
NOT_THERE = ABOUT_A_WALL_MAP | ABOUT_AN_IMPORT | ABOUT_A_CHANGE | ABOUT_A_PLAN | ABOUT_AREAS
WHOLE_CITY_ONLY = {
    "admin.batch",
    "admin.exports",
    "admin.mend",
    "admin.people",
    "admin.runs",
    "admin.take_back",
}


@dataclass(frozen=True)
class Areas:
    """Two streets: one an account holds a role on, and another."""

    held: UnitVersion
    other: UnitVersion


@pytest.fixture(scope="module")
def areas(app: Flask) -> Areas:
    with Session(app.extensions["gridgov.engine"]) as session:
        held, other = session.scalars(
            select(UnitVersion).where(UnitVersion.level == "street").order_by(UnitVersion.code).limit(2)
        )
        return Areas(held, other)


def test_every_route_declares_its_rule(app: Flask) -> None:
    without = [
        route.endpoint for route in app.url_map.iter_rules() if rule_of(app.view_functions[route.endpoint]) is None
    ]
    assert without == []


def test_a_route_without_a_rule_lets_nobody_in(app: Flask, as_role: SignIn) -> None:
    view, kept = "health.healthz", app.view_functions["health.healthz"]
    try:
        app.view_functions[view] = lambda: "open by mistake"
        assert as_role("admin").get("/healthz").status_code == 403
        assert app.test_client().get("/healthz").status_code == 403
    finally:
        app.view_functions[view] = kept


def test_public_routes_are_few(app: Flask) -> None:
    public = {route.endpoint for route in app.url_map.iter_rules() if _rule(app, route).public}
    entrances = {"login.form", "login.enter", "login.leave", "login.demo"}
    assert public == {"static", "health.healthz", "guide.index"} | entrances


def test_nobody_gets_in_anywhere(app: Flask, nobody: FlaskClient, areas: Areas) -> None:
    for route, method in _calls(app):
        if _rule(app, route).public:
            continue
        answer = nobody.open(_address(app, route, areas.held), method=method)
        wanted = 401 if route.rule.startswith(("/api/", "/layers/", "/tiles/")) else 302
        assert answer.status_code == wanted, route
        assert areas.held.name not in answer.get_data(as_text=True)


@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_where_its_rule_says(app: Flask, signed_in: SignIn, areas: Areas, role: str) -> None:
    browser = signed_in(Grant(role, areas.held.unit_id))
    for route, method in _calls(app):
        rule = _rule(app, route)
        if rule.public:
            continue
        status = browser.open(_address(app, route, areas.held), method=method, buffered=True).status_code
        if role not in rule.roles or route.endpoint in WHOLE_CITY_ONLY:
            assert status == 403, (role, route, method, status)
        else:
            assert status in {200, 400, 404}, (role, route, method, status)
            absent = method == "POST" or _needs_a_cadre(route) or route.endpoint in NOT_THERE
            assert status == 200 or absent, (role, route, method, status)


@pytest.mark.parametrize(("role", "endpoint"), list(product(ROLES, TAKE_A_UNIT + ABOUT_A_THING)))
def test_outside_its_area_no_role_sees_anything(
    app: Flask, signed_in: SignIn, areas: Areas, role: str, endpoint: str
) -> None:
    browser = signed_in(Grant(role, areas.held.unit_id))
    route = next(each for each in app.url_map.iter_rules() if each.endpoint == endpoint)
    answer = browser.get(_address(app, route, areas.other))
    assert answer.status_code in {400, 403, 404}
    assert areas.other.name not in answer.get_data(as_text=True)


def test_lists_and_layers_hold_nothing_from_outside(signed_in: SignIn, areas: Areas, database: Session) -> None:
    outside = set(_codes_below(database, areas.other))
    grants = [Grant(role, areas.held.unit_id) for role in ("coordinator", "planner", "viewer")]
    browser = signed_in(*grants)
    pages = [
        "/",
        "/?tier=3&what=vacant",
        "/?tier=3&what=due",
        "/?what=no_branch",
        "/planner",
        "/api/v1/coverage/gaps?limit=1000",
        "/contacts/suggest",
        "/contacts/cadres?text=C",
        "/changes",
    ]
    pages += [f"/export/{what}.geojson" for what in WHATS if "geojson" in forms(what)]
    for path in [*pages, "/layers/partners.geojson"]:
        answer = browser.get(path)
        assert answer.status_code == 200, path
        found = [code for code in outside if f'"{code}"' in answer.get_data(as_text=True)]
        assert found == [], path


def test_a_position_outside_the_area_is_told_by_its_name_only(
    signed_in: SignIn, areas: Areas, database: Session
) -> None:
    point = areas.other.geometry.representative_point()
    everybody = set(database.scalars(select(CadreVersion.name))) | set(database.scalars(select(PostVersion.holder)))
    for path in ("/who", "/api/v1/who"):
        answer = signed_in(Grant("coordinator", areas.held.unit_id)).post(path, data={"lon": point.x, "lat": point.y})
        told = answer.get_data(as_text=True)
        assert answer.status_code == 200
        assert "tel:" not in told
        assert [name for name in everybody - {None} if len(name) > 2 and name in told] == []


def test_a_cadre_sees_his_own_places_and_no_others(signed_in: SignIn, database: Session) -> None:
    held = database.scalars(
        select(ContactVersion).where(ContactVersion.role == "lead", ContactVersion.valid_to.is_(None))
    ).all()
    mine = held[0]
    browser = signed_in(Grant("cadre"), cadre_id=mine.cadre_id)
    theirs = {one.unit_id for one in held if one.cadre_id == mine.cadre_id}
    page = browser.get("/cadre").get_data(as_text=True)
    for unit in database.scalars(select(UnitVersion).where(UnitVersion.level == "compound")):
        assert (f'data-code="{unit.code}"' in page) == (unit.unit_id in theirs)


def test_names_of_member_households_are_nowhere(as_role: SignIn, database: Session) -> None:
    household = database.scalars(select(UnitVersion).where(UnitVersion.level == "household").limit(1)).one()
    building = database.scalars(select(UnitVersion).where(UnitVersion.unit_id == household.parent_id)).one()
    browser = as_role("coordinator")
    for path in (f"/?unit={building.code}", f"/who?place={building.code}", f"/api/v1/who?place={building.code}"):
        answer = browser.get(path)
        assert answer.status_code == 200
        assert household.code not in answer.get_data(as_text=True)
        assert (household.name or "–") not in answer.get_data(as_text=True)
    assert browser.get(f"/?unit={household.code}").status_code == 404
    assert browser.get(f"/who?place={household.name}").status_code == 200
    assert household.code not in browser.get(f"/who?place={household.name}").get_data(as_text=True)


def test_personal_numbers_are_on_no_page(as_role: SignIn, database: Session) -> None:
    numbers = set(database.scalars(select(CadreVersion.mobile))) | set(database.scalars(select(PostVersion.mobile)))
    numbers.discard(None)
    assert numbers
    compound = database.scalars(select(UnitVersion).where(UnitVersion.level == "compound").limit(1)).one()
    code = compound.code
    pages = {
        "coordinator": (f"/?unit={code}", f"/api/v1/who?place={code}"),
        "cadre": ("/cadre",),
        "viewer": (f"/who?place={code}",),
        "planner": (f"/planner?unit={code}",),
    }
    for role, path in [(role, path) for role, paths in pages.items() for path in paths]:
        page = as_role(role).get(path).get_data(as_text=True)
        assert [number for number in numbers if number in page] == []


def test_only_an_administrator_of_the_whole_city_undoes(as_role: SignIn, database: Session) -> None:
    newest = max(database.scalars(select(Batch.id)))
    for role in ("coordinator", "planner", "viewer", "cadre"):
        assert as_role(role).post(f"/admin/batches/{newest}/undo").status_code == 403
    assert as_role("admin").post("/admin/batches/999999/undo").status_code == 404


def _rule(app: Flask, route: Route):  # noqa: ANN202
    rule = rule_of(app.view_functions[route.endpoint])
    assert rule is not None
    return rule


def _calls(app: Flask) -> list[tuple[Route, str]]:
    return [
        (route, method)
        for route in app.url_map.iter_rules()
        for method in sorted((route.methods or set()) & {"GET", "POST"})
    ]


def _address(app: Flask, route: Route, unit: UnitVersion) -> str:
    given = {name: str(unit.unit_id) if name == "identity" else ARGUMENTS[name] for name in route.arguments}
    query = {name: unit.code if value == "unit" else value for name, value in QUERIES.get(route.endpoint, {}).items()}
    with app.test_request_context():
        return url_for(route.endpoint, **given, **query)


def _needs_a_cadre(route: Route) -> bool:
    return route.endpoint in {"cadre.index", "cadre.suggestions"}


def _codes_below(database: Session, street: UnitVersion) -> list[str]:
    return [
        code
        for code in database.scalars(select(UnitVersion.code).where(UnitVersion.superseded_by.is_(None)))
        if code.startswith(street.code)
    ]


def test_who_administers_a_part_sees_his_own_batches_and_no_list_of_the_whole_city(
    signed_in: SignIn, areas: Areas, as_role: SignIn
) -> None:
    page = signed_in(Grant("admin", areas.held.unit_id)).get("/admin").get_data(as_text=True)
    assert "/undo" not in page
    assert "/admin/runs" not in page
    assert "/admin/findings" in page
    whole = as_role("admin").get("/admin").get_data(as_text=True)
    assert "/undo" in whole
    assert "/admin/runs" in whole

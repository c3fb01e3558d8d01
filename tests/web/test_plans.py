"""Plans on the planner's page and in the API: drawn at once, kept, shared with those allowed, compared, exported."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.storage.models import ExportRecord, GateVersion, LandVersion, SiteVersion, UnitVersion
from gridgov.usecases.accounts import Grant
from tests.web.conftest import SignIn

ADDRESS = "/api/v1/plans"
Edit = dict[str, Any]


@pytest.fixture
def new_point(database: Session) -> Edit:
    """A pharmacy beside a site that stands."""
    site = database.scalars(select(SiteVersion).order_by(SiteVersion.code)).first()
    assert site is not None
    assert site.geometry is not None
    place = site.geometry.representative_point()
    return {"do": "add_point", "type": "pharmacy", "x": place.x, "y": place.y}


def figures(browser: FlaskClient, *edits: Edit, **told: Any) -> dict[str, Any]:
    answer = browser.post(f"{ADDRESS}/figures", json={"edits": list(edits), **told})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    found: dict[str, Any] = answer.get_json()
    return found


def kept(browser: FlaskClient, name: str, *edits: Edit) -> dict[str, Any]:
    answer = browser.post(ADDRESS, json={"name": name, "edits": list(edits)})
    assert answer.status_code == 201, answer.get_data(as_text=True)
    found: dict[str, Any] = answer.get_json()
    return found


def test_figures_change_with_each_edit(as_role: SignIn, new_point: Edit, database: Session) -> None:
    browser = as_role("planner")
    nothing = figures(browser)
    assert nothing["people_gaining"] == 0
    told = figures(browser, new_point)
    assert told["people_gaining"] > 0
    assert told["people"] == nothing["people"]
    assert "药店" in told["html"]["edits"]
    assert "药店" in told["html"]["figures"]
    assert all(place["gains"] for place in told["places"])
    gate = database.scalars(select(GateVersion).order_by(GateVersion.code)).first()
    assert gate is not None
    both = figures(browser, new_point, {"do": "set_gate", "gate": gate.code, "state": "closed"})
    assert gate.name is None or gate.name in both["html"]["edits"]
    assert figures(browser, new_point)["people_gaining"] == told["people_gaining"]


def test_what_lies_in_the_river_is_in_doubt_and_not_counted(
    as_role: SignIn, new_point: Edit, database: Session
) -> None:
    water = database.scalars(select(LandVersion).where(LandVersion.kind == "water")).first()
    assert water is not None
    assert water.geometry is not None
    wet = water.geometry.representative_point()
    told = figures(as_role("planner"), new_point | {"x": wet.x, "y": wet.y})
    assert told["people_gaining"] == 0
    assert [(row["in_doubt"], row["why"]) for row in told["edits_told"]] == [(True, "water")]
    far = figures(as_role("planner"), new_point | {"x": wet.x + 0.5})
    assert [(row["in_doubt"], row["why"]) for row in far["edits_told"]] == [(True, "network")]


def test_a_second_saving_is_refused_and_nothing_is_lost(as_role: SignIn, new_point: Edit) -> None:
    one, other = as_role("planner"), as_role("planner")
    plan = kept(one, "Two at one table", new_point)
    mine, theirs = new_point | {"type": "kindergarten"}, new_point | {"type": "primary_school"}
    saved = other.put(f"{ADDRESS}/{plan['plan']}", json={"edits": [new_point, theirs], "version": plan["version"]})
    assert saved.get_json()["version"] == plan["version"] + 1
    body = {"edits": [new_point, mine], "version": plan["version"], "base": [new_point]}
    refused = one.put(f"{ADDRESS}/{plan['plan']}", json=body)
    assert refused.status_code == 409
    told = refused.get_json()
    assert told["edits"] == [new_point, theirs]
    assert "小学" in told["html"]
    assert one.get(f"{ADDRESS}/{plan['plan']}").get_json()["edits"] == [new_point, theirs]
    again = one.put(f"{ADDRESS}/{plan['plan']}", json={**body, "version": told["version"], "name": "Settled"})
    assert (again.status_code, again.get_json()["name"]) == (200, "Settled")
    assert one.put(f"{ADDRESS}/{plan['plan']}", json={"edits": [mine]}).status_code == 400
    assert one.delete(f"{ADDRESS}/{plan['plan']}").status_code == 204
    assert one.get(f"{ADDRESS}/{plan['plan']}").status_code == 404


def test_a_plan_is_anothers_until_it_is_shared(
    as_role: SignIn, signed_in: SignIn, new_point: Edit, database: Session
) -> None:
    mine, colleague = as_role("planner"), signed_in(Grant("planner"))
    street = database.scalars(
        select(UnitVersion).where(UnitVersion.level == "street").order_by(UnitVersion.code)
    ).first()
    assert street is not None
    narrow = signed_in(Grant("planner", street.unit_id))
    plan = kept(mine, "Mine alone", new_point)
    address, page = f"{ADDRESS}/{plan['plan']}", f"/planner?plan={plan['plan']}"
    assert colleague.get(address).status_code == colleague.get(page).status_code == 404
    assert mine.put(address, json={"shared": True}).get_json()["shared"] is True
    assert "Mine alone" in colleague.get(page).get_data(as_text=True)
    assert colleague.delete(address).status_code == colleague.put(address, json={"shared": False}).status_code == 403
    assert narrow.get(address).status_code == 404
    assert "Mine alone" not in narrow.get("/planner").get_data(as_text=True)
    own = kept(narrow, "Of a street", new_point)
    assert own["people"] < plan["people"]
    assert colleague.get(f"{ADDRESS}/{own['plan']}").status_code == 404
    narrow.put(f"{ADDRESS}/{own['plan']}", json={"shared": True})
    assert colleague.get(f"{ADDRESS}/{own['plan']}").get_json()["people"] == own["people"]


def test_plans_stand_side_by_side_and_leave_as_files(as_role: SignIn, new_point: Edit, database: Session) -> None:
    browser = as_role("planner")
    plans = [kept(browser, f"Side {number}", new_point) for number in range(2)]
    page = browser.get("/planner/compare?" + "&".join(f"plan={plan['plan']}" for plan in plans)).get_data(as_text=True)
    assert page.count("Side 0") >= 2
    assert "药店" in page
    assert browser.get("/planner/compare?" + "&".join(f"plan={number}" for number in range(5))).status_code == 400
    before = len(database.scalars(select(ExportRecord)).all())
    for form in ("xlsx", "csv"):
        assert browser.get(f"/export/plan.{form}?plan={plans[0]['plan']}").status_code == 200
    table = browser.get(f"/export/plan.csv?plan={plans[0]['plan']}").get_data(as_text=True)
    assert "pharmacy" in table
    database.rollback()
    assert len(database.scalars(select(ExportRecord)).all()) == before + 3
    assert as_role("coordinator").get(f"/export/plan.csv?plan={plans[0]['plan']}").status_code == 403
    assert browser.get("/export/plan.geojson").status_code == 400


def test_what_may_be_edited_lies_in_view(as_role: SignIn, new_point: Edit) -> None:
    browser, x, y = as_role("planner"), new_point["x"], new_point["y"]
    rows = browser.get(f"{ADDRESS}/things?bounds={x - 0.01},{y - 0.01},{x + 0.01},{y + 0.01}").get_json()["rows"]
    assert {row["kind"] for row in rows} == {"point", "gate"}
    kinds = browser.get(f"{ADDRESS}/things?bounds={x - 0.01},{y - 0.01},{x + 0.01},{y + 0.01}&type=pharmacy").get_json()
    assert {row["type"] for row in kinds["rows"] if row["kind"] == "point"} <= {"pharmacy"}
    assert browser.get(f"{ADDRESS}/things?bounds=100,20,120,40").get_json()["rows"] == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"name": "x", "edits": []}, "plan_without_edits"),
        ({"name": "12", "edits": "POINT"}, "plan_without_edits"),
        ({"name": "12"}, "plan_without_edits"),
        (["x"], "plan_body_bad"),
        ({"name": "x", "edits": [{"do": "fly"}]}, "edit_do_unknown"),
        ({"name": "x", "edits": [{"do": "close_point", "point": "none"}]}, "edit_thing_unknown"),
    ],
)
def test_what_is_said_wrong_is_refused(as_role: SignIn, body: Any, code: str) -> None:
    answer = as_role("planner").post(ADDRESS, json=body)
    assert (answer.status_code, answer.get_json()["error"]) == (400, code)


def test_a_viewer_looks_on(as_role: SignIn, new_point: Edit) -> None:
    plan = kept(as_role("planner"), "For all to see", new_point)
    as_role("planner").put(f"{ADDRESS}/{plan['plan']}", json={"shared": True})
    viewer = as_role("viewer")
    page = viewer.get(f"/planner?plan={plan['plan']}").get_data(as_text=True)
    assert "For all to see" in page
    assert "plan-form" not in page
    assert viewer.post(ADDRESS, json={"name": "x", "edits": [new_point]}).status_code == 403

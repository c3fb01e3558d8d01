"""The planner's shares of what the map shows, and the service points to come, told apart and never counted."""

import html
import json
import re
from typing import Any

import mapbox_vector_tile
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.spatial.tiling import tiles_over
from gridgov.storage.current import At, Scope
from gridgov.storage.models import Run, ServicePointVersion, SiteVersion, UnitVersion
from gridgov.usecases import coming, covering, deployment, reading_runs, run_view
from gridgov.usecases.accounts import Grant
from gridgov.usecases.agecounts import AgeCounts
from tests.databases import TODAY
from tests.web.conftest import SignIn

EVERYTHING = Scope.everything()
WORLD = (-180.0, -90.0, 180.0, 90.0)


@pytest.fixture
def planner(as_role: SignIn) -> FlaskClient:
    return as_role("planner")


@pytest.fixture
def run(database: Session) -> Run:
    return covering.find(database, None)


@pytest.fixture
def street(database: Session) -> UnitVersion:
    wanted = select(UnitVersion).where(UnitVersion.level == "street", UnitVersion.superseded_by.is_(None))
    found = database.scalars(wanted.order_by(UnitVersion.code)).first()
    assert found is not None
    return found


def text(bounds: tuple[float, ...]) -> str:
    return ",".join(map(str, bounds))


def test_bounds_round_everything_tell_what_the_run_does(database: Session, run: Run) -> None:
    for profile in ("reference", "elder"):
        whole = reading_runs.figures(database, run, EVERYTHING, None, profile)
        told = run_view.figures_within(database, run, EVERYTHING, WORLD, profile)
        assert told["people"] == pytest.approx(whole["people"])
        assert told["tiers"] == whole["tiers"]
        for mine, wanted in zip(told["types"], whole["types"], strict=True):
            assert mine["share"] == pytest.approx(wanted["share"], abs=0.005)


def test_people_of_an_age_are_told_of_no_bounds(database: Session, run: Run) -> None:
    """Two bounds that differ by one house would tell the children in it."""
    aged = AgeCounts(run).groups
    assert aged
    told = run_view.figures_within(database, run, EVERYTHING, WORLD)
    for row in told["types"]:
        if row["type"] in aged:
            assert row["people"] is None is row["people_covered"]
            assert row["share"] is None or round(row["share"], 2) == row["share"]
        else:
            assert row["people"] is not None


def test_who_sees_one_street_sees_no_more_through_bounds(
    signed_in: SignIn, database: Session, run: Run, street: UnitVersion
) -> None:
    limited = signed_in(Grant("planner", street.unit_id))
    told = limited.get(f"/api/v1/coverage?bounds={text(WORLD)}").get_json()
    assert told["people"] == pytest.approx(
        reading_runs.figures(database, run, Scope.of({street.unit_id}))["people"], rel=1e-6
    )
    nobody = limited.get("/api/v1/coverage?bounds=1,1,2,2").get_json()
    assert nobody["people"] == 0
    assert all(row["share"] is None for row in nobody["types"])


def test_the_page_asks_for_its_shares_alone(planner: FlaskClient, street: UnitVersion) -> None:
    west, south, east, north = street.geometry.bounds
    whole = planner.get("/planner?inview=yes&type=pharmacy&profile=elder&lang=en").get_data(as_text=True)
    asked = html.unescape(re.findall(r'data-inview="([^"]+)"', whole)[0])
    answer = planner.get(f"{asked}&bounds={west},{south},{east},{north}")
    part = answer.get_data(as_text=True)
    assert "<html" not in part
    assert "· What the map shows</h2>" in part
    links = [html.unescape(link) for link in re.findall(r'href="(/planner[^"]*)"', part)]
    assert links
    assert all("inview=yes" in link and "bounds" not in link and "part" not in link for link in links)
    assert planner.get(f"{asked}&bounds=east").status_code == 400
    assert "data-inview" not in planner.get("/planner").get_data(as_text=True)
    assert "Nobody is counted here" in planner.get(f"{asked}&bounds=1,1,2,2").get_data(as_text=True)


def test_a_chosen_place_has_its_own_shares(planner: FlaskClient, database: Session, run: Run) -> None:
    rows = reading_runs.show(database, run, "compound", EVERYTHING)
    lone = next(row for row in rows if row["type"] == "pharmacy" and row["share"] == 0)
    page = planner.get(f"/planner?unit={lone['code']}&lang=en").get_data(as_text=True)
    assert f"· {lone['name']}</h2>" in page
    assert re.search(r'id="bar-pharmacy".*?<strong>0.0%', page, re.DOTALL)


def test_the_api_tells_shares_by_rules_pace_and_level(planner: FlaskClient, database: Session, run: Run) -> None:
    told = planner.get("/api/v1/coverage?profile=elder").get_json()
    figures = json.loads(json.dumps(reading_runs.figures(database, run, EVERYTHING, None, "elder")))
    assert {name: told[name] for name in figures} == figures
    assert (told["run"], told["profile"], told["pack"]) == (run.id, "elder", run.pack)
    page = planner.get("/api/v1/coverage/shares?level=street&profile=brisk&limit=5&page=2").get_json()
    rows = reading_runs.show(database, run, "street", EVERYTHING, "brisk")
    assert (page["count"], page["rows"]) == (len(rows), rows[5:10])
    other = planner.get("/api/v1/coverage?pack=gb50180-2018")
    assert (other.status_code, other.get_json()["error"]) == (404, "run_none_of_pack")
    for path in ("coverage", "coverage/gaps", "coverage/shares"):
        assert planner.get(f"/api/v1/{path}?pack=mine").get_json()["error"] == "option_unknown"


def to_come(database: Session) -> list[tuple[ServicePointVersion, SiteVersion]]:
    point = ServicePointVersion
    wanted = select(point, SiteVersion).join(SiteVersion, SiteVersion.site_id == point.site_id)
    wanted = wanted.where(point.status.in_(coming.COMING), point.superseded_by.is_(None))
    return [(one, site) for one, site in database.execute(wanted.order_by(point.code))]


def test_what_is_to_come_has_marks_of_its_own(planner: FlaskClient, database: Session) -> None:
    found = to_come(database)
    assert {point.status for point, _ in found} == set(coming.COMING)
    bounds = deployment.extent(database)
    assert bounds is not None
    marks: dict[str, dict[str, Any]] = {}
    for tile in tiles_over(bounds, 13):
        for layer in ("coming", "facilities"):
            answer = planner.get(f"/tiles/{layer}/{tile.z}/{tile.x}/{tile.y}.mvt?lang=en").data
            for one in mapbox_vector_tile.decode(answer).get(layer, {}).get("features", []) if answer else []:
                marks[one["properties"]["code"]] = one["properties"] | {"layer": layer}
    for point, _ in found:
        assert marks[point.code]["layer"] == "coming"
        assert marks[point.code]["symbol"] == point.status
        assert "not counted" in marks[point.code]["told"]
    assert {mark["status"] for mark in marks.values() if mark["layer"] == "facilities"} == {"open"}


def test_the_page_counts_them_apart_and_the_place_tells_them(planner: FlaskClient, database: Session, run: Run) -> None:
    pack, at = deployment.pack(database, run.pack), At(TODAY)
    kinds = {point.type for point, _ in to_come(database)}
    for kind in sorted(kinds):
        told = coming.counts(database, at, kind)
        assert told["open"] == next(row["points"] for row in run.summary["types"] if row["type"] == kind)
        page = planner.get(f"/planner?type={kind}&lang=en").get_data(as_text=True)
        assert f"{told['open']} open" in page
        assert all(f"{told[name]} {name.replace('_', ' ')}" in page for name in coming.COMING if told[name])
        break
    units = database.scalars(select(UnitVersion).where(UnitVersion.level == "compound"))
    near = ((unit, coming.within_reach(database, at, unit, kinds, pack)) for unit in units)
    unit, found = next((unit, some) for unit, some in near if some)
    (kind, one), *_ = found.items()
    row = pack.row(kind)
    assert one.metres <= (0.0 if row is None else row.radius or 0.0)
    assert coming.within_reach(database, at, unit, set(), pack) == {}

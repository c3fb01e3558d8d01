import json
import logging

import pytest
import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.storage.current import At, Scope
from gridgov.storage.models import UnitVersion
from gridgov.usecases import contacting, covering, reading_runs
from tests.databases import TODAY
from tests.web.conftest import SignIn


def _features(browser, path: str) -> list[dict]:  # noqa: ANN001
    answer = browser.get(path)
    assert answer.status_code == 200
    return json.loads(answer.data)["features"]


def test_layers_are_valid_and_known_by_their_etag(as_role: SignIn) -> None:
    browser = as_role("viewer")
    for path in (
        "base",
        "units.geojson?level=compound",
        "outlines",
        "grids",
        "posts",
        "coverage",
        "causes",
        "facilities",
    ):
        address = f"/layers/{path}" if "." in path else f"/layers/{path}.geojson"
        answer = browser.get(address)
        assert answer.status_code == 200
        for feature in json.loads(answer.data)["features"]:
            assert shapely.from_geojson(json.dumps(feature["geometry"])).is_valid
        again = browser.get(address, headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304
        packed = browser.get(address, headers={"Accept-Encoding": "gzip"})
        assert packed.headers["Content-Encoding"] == "gzip"
        assert browser.get(address, headers={"If-None-Match": packed.headers["ETag"]}).status_code == 304


def test_marks_tell_the_state_of_each_post(as_role: SignIn, database: Session) -> None:
    at, everything = At(TODAY), Scope.everything()
    browser = as_role("coordinator")
    for tier in (1, 2, 3):
        marks = {
            one["properties"]["code"]: one["properties"]
            for one in _features(browser, f"/layers/posts.geojson?tier={tier}")
        }
        for what in ("vacant", "disputed"):
            wanted = {row["code"] for row in contacting.places(database, at, everything, tier, what)}
            assert {code for code, told in marks.items() if told["symbol"] == what} == wanted
            asked = _features(browser, f"/layers/posts.geojson?tier={tier}&what={what}")
            assert {one["properties"]["code"] for one in asked if one["properties"].get("more") != "dim"} == wanted


def test_compounds_carry_their_share(as_role: SignIn, database: Session) -> None:
    run = covering.find(database, None)
    shares = {
        row["code"]: row["share"]
        for row in reading_runs.show(database, run, "compound", Scope.everything())
        if row["type"] == "pharmacy"
    }
    drawn = _features(as_role("planner"), "/layers/coverage.geojson?type=pharmacy")
    assert drawn
    assert all(one["properties"]["share"] == shares.get(one["properties"]["code"]) for one in drawn)


def test_member_households_are_drawn_nowhere(as_role: SignIn, database: Session) -> None:
    households = set(database.scalars(select(UnitVersion.code).where(UnitVersion.level == "household")))
    browser = as_role("viewer")
    for level in ("street", "community", "compound", "building"):
        drawn = {one["properties"]["code"] for one in _features(browser, f"/layers/units.geojson?level={level}")}
        assert drawn
        assert not drawn & households


def test_a_sent_position_is_not_logged(as_role: SignIn, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        as_role("coordinator").post("/api/v1/who", json={"lon": 111.312345, "lat": 30.712345})
    assert "111.31" not in caplog.text

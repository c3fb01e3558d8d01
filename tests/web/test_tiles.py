"""The tiles' addresses: who gets what, of which day, what may be kept, and what odd addresses are told."""

import gzip
from typing import Any

import mapbox_vector_tile
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from gridgov.spatial.tiling import tiles_over
from gridgov.storage.database import writing
from gridgov.storage.models import UnitVersion
from gridgov.storage.versions import open_batch
from gridgov.usecases import deployment
from gridgov.usecases.accounts import Grant
from tests.web.conftest import SignIn

FIRST = {
    "ground": 10,
    "street": 10,
    "community": 11,
    "compound": 13,
    "building": 14,
    "grids": 12,
    "cells": 15,
    "facilities": 13,
}
SOME_ROLES = {
    "posts": ("coordinator", "viewer", "admin"),
    "coverage": ("planner", "viewer"),
    "causes": ("planner", "viewer"),
}


@pytest.fixture
def middle(database: Session) -> tuple[float, float]:
    """The middle of the district, degrees."""
    west, south, east, north = deployment.extent(database) or (0.0, 0.0, 0.0, 0.0)
    return (west + east) / 2, (south + north) / 2


def address(layer: str, place: tuple[float, float], z: int = 13, query: str = "") -> str:
    (tile,) = tiles_over((*place, *place), z)
    return f"/tiles/{layer}/{tile.z}/{tile.x}/{tile.y}.mvt{query}"


def held(browser: FlaskClient, path: str) -> dict[str, list[dict]]:
    answer = browser.get(path)
    assert answer.status_code == 200, answer.data
    told = mapbox_vector_tile.decode(answer.data) if answer.data else {}
    return {name: layer["features"] for name, layer in told.items()}


def token(answer: TestResponse) -> str:
    """Return the token of the data that a tile's ETag begins with: what a page puts into `v`."""
    return answer.headers["ETag"].removeprefix('W/"').partition("-")[0]


def codes(found: dict[str, list[dict]]) -> set[str]:
    return {one["properties"]["code"] for features in found.values() for one in features if "code" in one["properties"]}


def test_every_layer_holds_something(as_role: SignIn, middle: tuple[float, float]) -> None:
    viewer = as_role("viewer")
    for layer, z in FIRST.items():
        assert held(viewer, address(layer, middle, z)), layer
    for layer in SOME_ROLES:
        assert held(viewer, address(layer, middle))[layer], layer


def test_layers_of_some_roles_are_refused_to_the_others(as_role: SignIn, middle: tuple[float, float]) -> None:
    for layer, roles in SOME_ROLES.items():
        for role in ("coordinator", "cadre", "planner", "admin", "viewer"):
            wanted = 200 if role in roles else 403
            assert as_role(role).get(address(layer, middle)).status_code == wanted
            assert as_role(role).get(address(f"ground+{layer}", middle)).status_code == wanted


def test_an_account_of_one_street_gets_tiles_of_that_street_only(
    signed_in: SignIn, as_role: SignIn, database: Session
) -> None:
    wanted = select(UnitVersion).where(UnitVersion.level == "street", UnitVersion.superseded_by.is_(None))
    mine, other = database.scalars(wanted.order_by(UnitVersion.code).limit(2))
    browser = signed_in(*(Grant(role, mine.unit_id) for role in ("coordinator", "planner", "viewer")))
    everything = as_role("viewer")
    place = other.geometry.representative_point()
    levels = (f"coverage:level={level}" for level in ("street", "building", "grid"))
    for asked in ("street", "community", "compound", "building", "grids", "posts", "coverage", "causes", *levels):
        layer, _, query = asked.partition(":")
        for z in (13, 15):
            path = address(layer, (place.x, place.y), z, f"?{query}")
            seen = codes(held(browser, path))
            assert all(code.startswith(mine.code) for code in seen), (layer, seen)
            assert not seen or seen < codes(held(everything, path))


def test_layers_joined_hold_what_each_holds(as_role: SignIn, middle: tuple[float, float]) -> None:
    browser = as_role("viewer")
    names = ("ground", "street", "community", "compound", "grids", "coverage")
    single = {name: layer for one in names for name, layer in held(browser, address(one, middle, 14)).items()}
    assert held(browser, address("+".join(names), middle, 14)) == single
    assert {"land", "street_names", "compound_names"} < single.keys()
    for odd in ("ground+nothing", "ground+ground", "ground+", "+", "ground street"):
        assert browser.get(address(odd, middle)).status_code == 404


def test_layers_joined_are_each_within_its_own_area(
    signed_in: SignIn, database: Session, middle: tuple[float, float]
) -> None:
    wanted = select(UnitVersion).where(UnitVersion.level == "street", UnitVersion.superseded_by.is_(None))
    mine, other = database.scalars(wanted.order_by(UnitVersion.code).limit(2))
    browser = signed_in(Grant("planner", mine.unit_id), Grant("coordinator", other.unit_id))
    found = held(browser, address("street+posts+coverage", middle, 10, "?level=street"))
    told = {name: codes({name: found.get(name, [])}) for name in ("street", "posts", "coverage")}
    assert told["street"] == {mine.code, other.code}
    assert told["coverage"] == {mine.code}
    assert told["posts"]
    assert all(code.startswith(other.code) for code in told["posts"])


def test_who_may_see_nothing_gets_empty_tiles(signed_in: SignIn, middle: tuple[float, float]) -> None:
    browser = signed_in(Grant("cadre"))
    for layer, z in FIRST.items():
        assert browser.get(address(layer, middle, z)).data == b"", layer


def test_member_households_are_in_no_tile(as_role: SignIn, middle: tuple[float, float]) -> None:
    assert as_role("viewer").get(address("household", middle)).status_code == 404


def test_tiles_are_of_the_day_asked_about(as_role: SignIn, middle: tuple[float, float]) -> None:
    browser = as_role("viewer")
    assert held(browser, address("street", middle, 10))
    assert held(browser, address("street", middle, 10, "?as_of=1990-01-01")) == {}
    assert browser.get(address("street", middle, 10, "?as_of=never")).status_code == 400


@pytest.mark.parametrize(
    "place",
    [
        "23/0/0",
        "40/0/0",
        "3/8/0",
        "3/0/8",
        f"{10**30}/0/0",
        f"3/{10**30}/0",
        "-1/0/0",
        "3/-1/0",
        "3/1.5/0",
        "a/b/c",
        "3/0",
    ],
)
def test_a_tile_outside_the_world_is_not_there(as_role: SignIn, place: str) -> None:
    for layer in ("ground", "nothing"):
        assert as_role("viewer").get(f"/tiles/{layer}/{place}.mvt").status_code == 404


@pytest.mark.parametrize("query", ["type=x", "scenario=x", f"type={'y' * 5000}", "as_of=9999-12-31", "type=%00"])
def test_odd_filters_are_refused(as_role: SignIn, middle: tuple[float, float], query: str) -> None:
    answer = as_role("viewer").get(address("facilities", middle, 13, f"?{query}"))
    assert answer.status_code == 400
    assert len(answer.data) < 1000


@pytest.mark.parametrize(
    "asked", ["coverage:level=household", "coverage:run=x", "posts:tier=99", "posts:what=x", "causes:cause=x"]
)
def test_odd_choices_are_refused(as_role: SignIn, middle: tuple[float, float], asked: str) -> None:
    layer, _, query = asked.partition(":")
    assert as_role("viewer").get(address(layer, middle, 13, f"?{query}")).status_code == 400


def test_a_known_tile_is_not_sent_again(as_role: SignIn, middle: tuple[float, float]) -> None:
    browser = as_role("viewer")
    for layer in (*FIRST, *SOME_ROLES):
        path = address(layer, middle, 14)
        plain, packed = browser.get(path), browser.get(path, headers={"Accept-Encoding": "gzip"})
        if "Content-Encoding" in packed.headers:
            assert gzip.decompress(packed.data) == plain.data
        for answer in (plain, packed):
            again = browser.get(path, headers={"If-None-Match": answer.headers["ETag"]})
            assert (again.status_code, again.data) == (304, b"")
        assert browser.get(path + "?as_of=2026-10-01").headers["ETag"] != plain.headers["ETag"]


def test_a_known_tile_asks_the_database_twice(app: Flask, as_role: SignIn, middle: tuple[float, float]) -> None:
    """Who asks, and which state the data are in: every further question is a way there and back for each tile."""
    path, browser = address("building", middle, 14), as_role("viewer")
    known = {"If-None-Match": browser.get(path).headers["ETag"]}
    asked: list[str] = []

    def note(*told: Any) -> None:
        asked.append(told[2])

    engine = app.extensions["gridgov.engine"]
    event.listen(engine, "before_cursor_execute", note)
    assert browser.get(path, headers=known).status_code == 304
    event.remove(engine, "before_cursor_execute", note)
    assert len([each for each in asked if each.startswith("SELECT")]) == 2, asked


def test_tiles_are_kept_by_one_browser_for_one_account_only(
    as_role: SignIn, signed_in: SignIn, middle: tuple[float, float], database: Session
) -> None:
    path, browser = address("community", middle, 12), as_role("viewer")
    holding = token(browser.get(path))
    kept = browser.get(f"{path}?v={holding}")
    assert kept.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert "Cookie" in kept.headers["Vary"]
    street = database.scalars(select(UnitVersion.unit_id).where(UnitVersion.level == "street").limit(1)).one()
    other = signed_in(Grant("viewer", street))
    assert other.get(f"{path}?v={holding}").headers["Cache-Control"] == "private, no-cache"
    assert other.get(path, headers={"If-None-Match": kept.headers["ETag"]}).status_code == 200
    assert other.get(f"/tiles/nothing/1/0/0.mvt?v={holding}").headers["Cache-Control"] == "private, no-cache"


def test_a_change_of_data_changes_the_token(app: Flask, as_role: SignIn, middle: tuple[float, float]) -> None:
    path, browser = address("ground", middle, 10), as_role("viewer")
    before = browser.get(path)
    with writing(app.extensions["gridgov.engine"]) as session:
        open_batch(session, "edit")
    assert browser.get(path, headers={"If-None-Match": before.headers["ETag"]}).status_code == 200
    assert browser.get(f"{path}?v={token(before)}").headers["Cache-Control"] == "private, no-cache"

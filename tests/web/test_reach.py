"""How far one comes on foot: rings round any place, with who and what is in them, under an address of their own."""

import re

import pytest
import shapely
import shapely.geometry
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.storage.models import SiteVersion, UnitVersion
from gridgov.usecases.accounts import Grant
from tests.web.conftest import SignIn

API = "/api/v1/coverage/reach"


@pytest.fixture
def planner(as_role: SignIn) -> FlaskClient:
    return as_role("planner")


@pytest.fixture
def compound(database: Session) -> UnitVersion:
    """A compound of the demo."""
    found = database.scalar(select(UnitVersion).where(UnitVersion.level == "compound").order_by(UnitVersion.code))
    assert found is not None
    return found


def test_each_ring_holds_the_one_before_with_who_and_what_is_in_it(planner: FlaskClient, compound: UnitVersion) -> None:
    told = planner.get(f"{API}?from={compound.code}&pace=elder").get_json()["features"]
    widest, middle, least = (feature["properties"] for feature in told)
    assert [ring["metres"] for ring in (least, middle, widest)] == [250, 500, 750]
    assert 10 <= least["people"] <= middle["people"] < widest["people"]
    assert 0 < sum(middle["points"].values()) < sum(widest["points"].values())
    outer, inner = (shapely.geometry.shape(told[at]["geometry"]) for at in (0, 2))
    assert outer.area > inner.area == pytest.approx(outer.intersection(inner).area, rel=0.02)
    place = shapely.point_on_surface(compound.geometry)
    brisk = planner.get(f"{API}?from={place.x},{place.y}&pace=brisk").get_json()["features"]
    assert brisk[0]["properties"]["people"] > widest["people"]


def test_the_page_says_so_and_keeps_it_in_its_address(planner: FlaskClient, compound: UnitVersion) -> None:
    told = planner.get(f"{API}?from={compound.code}&pace=brisk").get_json()["features"]
    page = planner.get(f"/planner/reach?from={compound.code}&pace=brisk&lang=en").get_data(as_text=True)
    for feature in told:
        ring = feature["properties"]
        assert f'id="people-{ring["minutes"]}"><strong>{ring["people"]:,.0f}</strong>' in page
    assert '<option value="brisk" selected>' in page
    assert "ring" in page
    assert f"from={compound.code}" in planner.get(f"/planner?unit={compound.code}").get_data(as_text=True)


def test_fewer_than_ten_people_are_not_counted_out(
    planner: FlaskClient, compound: UnitVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gridgov.usecases.run_places.SMALLEST_AGE_COUNT", 10**9)
    told = planner.get(f"{API}?from={compound.code}").get_json()["features"]
    assert [feature["properties"]["people"] for feature in told] == [None] * 3
    assert "under ten" in planner.get(f"/planner/reach?from={compound.code}&lang=en").get_data(as_text=True)


def test_a_place_far_from_any_path_says_so(planner: FlaskClient, compound: UnitVersion) -> None:
    place = shapely.point_on_surface(compound.geometry)
    assert planner.get(f"{API}?from={place.x + 1},{place.y}").get_json()["features"] == []
    page = planner.get(f"/planner/reach?from={place.x + 1},{place.y}&lang=en").get_data(as_text=True)
    assert "too far from any path" in page


def test_a_plan_is_laid_over_the_city(planner: FlaskClient, database: Session, signed_in: SignIn) -> None:
    site = database.scalars(select(SiteVersion).order_by(SiteVersion.code)).first()
    assert site is not None
    assert site.geometry is not None
    place = site.geometry.representative_point()
    edit = {"do": "add_point", "type": "pharmacy", "x": place.x, "y": place.y}
    number = planner.post("/api/v1/plans", json={"name": "Reach it", "edits": [edit]}).get_json()["plan"]
    start = f"{place.x:.6f},{place.y:.6f}"
    (alone, *_), (planned, *_) = (
        planner.get(f"{API}?from={start}{plan}").get_json()["features"] for plan in ("", f"&plan={number}")
    )
    told = planned["properties"]
    assert (told["plan"], told["stale"], told["in_doubt"], told["more"]) == (number, False, 0, 0)
    assert told["before"] == {name: alone["properties"][name] for name in ("hectares", "people", "points")}
    assert told["points"]["pharmacy"] == alone["properties"]["points"].get("pharmacy", 0) + 1
    address = f"/planner/reach?from={start}&plan={number}&lang=en"
    page = planner.get(address).get_data(as_text=True)
    assert f'id="with-15"><strong>{told["people"]:,.0f}</strong>' in page
    assert f'<option value="{number}" selected>Reach it</option>' in page
    assert "reach-stale" not in page
    tab = planner.get(f"/planner?plan={number}").get_data(as_text=True)
    place_told = start.replace(",", "(,|%2C)")
    assert re.search(rf'href="/planner/reach\?plan={number}&amp;as_of=[-0-9]+&amp;from={place_told}"', tab)
    colleague = signed_in(Grant("planner"))
    assert colleague.get(address).status_code == colleague.get(f"{API}?from={start}&plan={number}").status_code == 404
    planner.delete(f"/api/v1/plans/{number}")


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ("", "place_empty"),
        ("from=nowhere", "unit_unknown"),
        ("from=200,30", "position_unreadable"),
        ("from=1,2,3", "position_unreadable"),
        ("from=111,30&pace=run", "option_unknown"),
    ],
)
def test_what_is_said_wrong_is_refused(planner: FlaskClient, asked: str, error: str) -> None:
    assert planner.get(f"{API}?{asked}").get_json()["error"] == error
    assert planner.get(f"/planner/reach?{asked}").status_code == (200 if not asked else 404 if "unit" in error else 400)

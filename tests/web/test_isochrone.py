"""`/api/v1/isochrone`: GeoJSON for those who plan, and nothing that isn't said exactly."""

import pytest
import shapely
import shapely.geometry
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.storage.models import UnitVersion
from tests.web.conftest import SignIn

ADDRESS = "/api/v1/isochrone"


@pytest.fixture
def compound(database: Session) -> UnitVersion:
    """A compound of the demo."""
    found = database.scalar(select(UnitVersion).where(UnitVersion.level == "compound").order_by(UnitVersion.code))
    assert found is not None
    return found


def test_it_is_a_feature_round_the_place(as_role: SignIn, compound: UnitVersion) -> None:
    browser = as_role("planner")
    answer = browser.get(f"{ADDRESS}?unit={compound.code}&minutes=10&pace=elder")
    assert (answer.status_code, answer.mimetype) == (200, "application/geo+json")
    told = answer.get_json()
    assert told["type"] == "Feature"
    assert (told["properties"]["metres"], told["properties"]["unit"]) == (500, compound.code)
    area = shapely.geometry.shape(told["geometry"])
    assert area.is_valid
    wider = browser.get(f"{ADDRESS}?unit={compound.code}&minutes=10&pace=brisk").get_json()
    assert shapely.geometry.shape(wider["geometry"]).area > area.area > 0


def test_a_position_goes_by_post(as_role: SignIn, compound: UnitVersion) -> None:
    point = shapely.point_on_surface(compound.geometry)
    told = as_role("planner").post(ADDRESS, json={"lon": point.x, "lat": point.y}).get_json()
    assert told["properties"] | {"as_of": ""} == {
        "minutes": 15, "pace": "reference", "metres": 1000, "estimate": False, "unit": None, "as_of": "",
    }  # fmt: skip
    far = as_role("planner").post(ADDRESS, json={"lon": point.x + 1, "lat": point.y}).get_json()
    assert far["geometry"] is None


@pytest.mark.parametrize("asked", ["", "minutes=5", "unit={}&minutes=0", "unit={}&minutes=61", "unit={}&pace=run"])
def test_what_is_said_wrong_is_refused(as_role: SignIn, compound: UnitVersion, asked: str) -> None:
    answer = as_role("planner").get(f"{ADDRESS}?{asked.format(compound.code)}")
    assert answer.status_code == 400
    assert answer.get_json()["error"] in {"place_empty", "number_unreadable", "option_unknown"}

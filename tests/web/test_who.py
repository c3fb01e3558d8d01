"""这里谁管 in the browser: typed positions are told how they were read, a device's is repeated nowhere; suggestions."""

import re

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.spatial.datums import FROM_WGS84
from gridgov.storage.models import UnitVersion
from tests.web.conftest import SignIn


def a_compound(database: Session) -> UnitVersion:
    wanted = select(UnitVersion).where(UnitVersion.level == "compound", UnitVersion.superseded_by.is_(None))
    return next(unit for unit in database.scalars(wanted.order_by(UnitVersion.code)) if unit.geometry is not None)


def test_a_typed_position_is_told_as_it_was_read(as_role: SignIn, database: Session) -> None:
    unit = a_compound(database)
    middle = unit.geometry.representative_point()
    browser = as_role("viewer")
    page = browser.get(f"/who?place={middle.y:.6f},{middle.x:.6f}&lang=en").get_data(as_text=True)
    assert f"Read as longitude {middle.x:.6f}, latitude {middle.y:.6f} (CGCS2000 / WGS84)." in page
    assert unit.name in page
    assert "GCJ-02" in page
    lon, lat = (float(one) for one in FROM_WGS84["GCJ-02"](middle.x, middle.y))
    shifted = browser.get(f"/who?place={lon:.7f},{lat:.7f} GCJ-02&lang=en").get_data(as_text=True)
    assert f"Read as longitude {middle.x:.6f}, latitude {middle.y:.6f} (GCJ-02)." in shifted
    assert "Amap" not in shifted
    told = browser.get(f"/api/v1/who?place={lon:.7f},{lat:.7f} 高德").get_json()
    assert (told["position"]["crs"], told["position"]["told"]) == ("GCJ-02", True)


def test_numbers_that_are_no_position_are_answered_on_the_page(as_role: SignIn) -> None:
    browser = as_role("viewer")
    for place, sentence in (("200,30", "no position on earth"), ("111.3,30.7 北京54", "Beijing 1954")):
        answer = browser.get(f"/who?place={place}&lang=en")
        assert answer.status_code == 200
        assert sentence in answer.get_data(as_text=True)
    assert browser.get("/api/v1/who?place=200,30").status_code == 400


def test_a_devices_position_stands_in_no_link(as_role: SignIn, database: Session) -> None:
    middle = a_compound(database).geometry.representative_point()
    browser = as_role("viewer")
    page = browser.post("/who?lang=en", data={"lon": f"{middle.x:.6f}", "lat": f"{middle.y:.6f}"}).get_data(
        as_text=True
    )
    assert a_compound(database).name in page
    assert not [link for link in re.findall(r'href="([^"]*)"', page) if f"{middle.x:.3f}" in link]
    answer = browser.post("/api/v1/who", json={"lon": middle.x, "lat": middle.y}).get_json()
    assert answer["position"]["told"] is False
    assert answer["candidates"][0]["match"] == "position"


def test_the_search_box_is_told_what_may_be_meant(as_role: SignIn, database: Session) -> None:
    unit = a_compound(database)
    rows = as_role("viewer").get(f"/who/suggestions?text={unit.name[:2]}").get_json()["rows"]
    assert unit.code in [row["code"] for row in rows]
    row = next(row for row in rows if row["code"] == unit.code)
    assert (row["level_name"], len(row["above"])) == ("小区", 2)
    assert as_role("viewer").get("/who/suggestions?text=").get_json() == {"rows": []}


def test_nobody_signed_out_is_told_anything(nobody: FlaskClient) -> None:
    assert nobody.get("/who/suggestions?text=a").status_code == 302

"""The urban check-up's page, its API and its files agree, and every count leads to the places it counts."""

import html
import re

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.storage.models import UnitVersion
from gridgov.usecases.accounts import Grant
from tests.web.conftest import SignIn


def words(browser: FlaskClient, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200, path
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True).split("<main")[1])))


def test_page_and_api_count_the_same_and_lead_to_the_places(as_role: SignIn) -> None:
    browser = as_role("planner")
    page = browser.get("/planner/checkup?lang=en").get_data(as_text=True)
    told = browser.get("/api/v1/checkup").json
    for row in told["rows"]:
        if row["lacking"]:
            link = re.search(rf'href="(/planner/checkup\?item={row["item"]}#those)">([\d,]+)<', page)
            assert link is not None, row
            assert int(link[2].replace(",", "")) == row["lacking"]
            listed = browser.get(link[1]).get_data(as_text=True)
            assert len(re.findall(r'href="/planner\?unit=', listed)) == min(row["lacking"], 20)
    assert "not told: there are no data of it here" in page
    assert "reference" in page
    streets = browser.get("/api/v1/checkup?level=street").json["rows"]
    by_item = {row["item"]: row["lacking"] for row in told["rows"]}
    for item, lacking in by_item.items():
        if lacking is not None:
            assert sum(row["lacking"] for row in streets if row["item"] == item) == lacking


def test_an_area_is_counted_alone_and_no_other_seen(signed_in: SignIn, as_role: SignIn, database: Session) -> None:
    first, other = database.scalars(
        select(UnitVersion).where(UnitVersion.level == "street").order_by(UnitVersion.code).limit(2)
    )
    whole = as_role("planner").get(f"/api/v1/checkup?unit={first.code}").json["rows"]
    held = signed_in(Grant("planner", first.unit_id))
    assert held.get("/api/v1/checkup").json["rows"] == whole
    assert held.get(f"/planner/checkup?unit={other.code}").status_code == 404
    page = words(held, f"/planner/checkup?unit={first.code}&lang=zh_Hans")
    assert "城市体检" in page
    assert str(first.name) in page
    assert str(other.name) not in page


def test_it_says_when_there_is_nothing_to_count(as_role: SignIn) -> None:
    page = words(as_role("viewer"), "/planner/checkup?as_of=2001-01-01&lang=en")
    assert "Nothing to count yet" in page
    assert as_role("cadre").get("/planner/checkup").status_code == 403

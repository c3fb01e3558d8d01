"""The cadre's page: whom to call, the way there, what may be kept of it, and a return that only its holder makes."""

import html
import json
import math
import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.storage.models import ContactReturn, ContactVersion, UnitVersion
from gridgov.usecases.accounts import Grant
from tests.databases import TODAY
from tests.web.conftest import SignIn


@pytest.fixture
def mine(database: Session) -> ContactVersion:
    leads = select(ContactVersion).where(ContactVersion.role == "lead", ContactVersion.valid_to.is_(None))
    return database.scalars(leads.order_by(ContactVersion.id)).first() or pytest.fail("nobody leads")


@pytest.fixture
def browser(signed_in: SignIn, mine: ContactVersion) -> FlaskClient:
    return signed_in(Grant("cadre"), cadre_id=mine.cadre_id)


def test_a_card_has_all_that_one_taps(browser: FlaskClient) -> None:
    page = browser.get("/cadre?lang=en").get_data(as_text=True)
    assert re.search(r'<a class="button main" href="tel:0717-\d{7}">', page)
    assert re.search(r'href="geo:30\.\d{6},111\.\d{6}\?q=30\.\d{6},111\.\d{6}\(', page)
    assert "you are the liaison, not answerable for it" in page
    assert 'href="/cadre/suggestions"' in page
    assert "Return this contact" in page
    assert not re.search(r"manifest|install", page)


def test_the_walk_there_is_drawn_from_the_office_and_from_where_somebody_says(
    browser: FlaskClient, database: Session, mine: ContactVersion, caplog: pytest.LogCaptureFixture
) -> None:
    unit = database.scalars(select(UnitVersion).where(UnitVersion.unit_id == mine.unit_id)).one()
    page = browser.get(f"/cadre?unit={unit.code}&walk=1&lang=en").get_data(as_text=True)
    way = drawn(page)
    assert way["properties"]["kind"] == "walk"
    metres, minutes = (int(told.replace(",", "")) for told in re.findall(r"([\d,]+) m", way["properties"]["told"]))
    assert minutes == math.ceil(metres / (1000 / 15))
    assert re.search(r"From \w*(社区|街道)\w* to \w+: [\d,]+ m on foot, \d+ min", page)
    lon, lat = way["geometry"]["coordinates"][0]
    told = {"lon": f"{lon + 0.002:.6f}", "lat": f"{lat + 0.002:.6f}"}
    caplog.set_level("DEBUG")
    answer = browser.post(f"/cadre?unit={unit.code}&lang=en", data=told)
    posted = drawn(answer.get_data(as_text=True))
    assert posted["geometry"]["coordinates"][0] == [float(told["lon"]), float(told["lat"])]
    assert "From the point you told to" in answer.get_data(as_text=True)
    assert told["lon"] not in caplog.text
    assert browser.post(f"/cadre?unit={unit.code}", data={"lon": "x", "lat": "1"}).status_code == 400
    assert "way" not in view(browser.get("/cadre").get_data(as_text=True))["layers"]


def view(page: str) -> Any:
    found = re.search(r'id="view"[^>]*data-view="([^"]*)"', page)
    assert found
    return json.loads(html.unescape(found[1]))


def drawn(page: str) -> Any:
    (feature,) = view(page)["layers"]["way"]["features"]
    return feature


def test_what_a_device_remembers_names_nobody_and_knows_no_language(browser: FlaskClient) -> None:
    marks = [
        re.findall(r'data-mark="([^"]*)"', browser.get(f"/cadre?lang={told}").get_data(as_text=True))
        for told in ("en", "zh_Hans")
    ]
    assert marks[0] == marks[1] != []
    assert all(re.fullmatch(r"[0-9a-f]{12}", mark) for mark in marks[0])


def test_another_day_offers_no_return(browser: FlaskClient) -> None:
    page = browser.get(f"/cadre?as_of={TODAY - timedelta(days=1)}&lang=en").get_data(as_text=True)
    assert "Return this contact" not in page
    assert 'data-today=""' in page


def test_the_page_says_whose_it_is_and_its_worker_stays_in_its_place(browser: FlaskClient) -> None:
    answer = browser.get("/cadre")
    reader = re.search(r'<form[^>]*data-reader="(\d+)"', answer.get_data(as_text=True))
    assert reader
    assert answer.headers["Gridgov-Reader"] == reader[1]
    worker = browser.get("/cadre/offline.js")
    assert worker.headers["Service-Worker-Allowed"] == "/cadre"
    assert worker.mimetype == "text/javascript"
    assert "Gridgov-Reader" not in browser.get("/who").headers


def test_signing_out_leaves_nothing_on_the_device(browser: FlaskClient) -> None:
    assert browser.post("/logout").headers["Clear-Site-Data"] == '"storage"'


@pytest.mark.parametrize(
    ("told", "status", "says"),
    [
        ({"reason": " "}, 400, "Say why."),
        ({"contact": "x", "reason": "调离"}, 400, "is not a choice"),
        ({"contact": "999999", "reason": "调离"}, 404, "no such contact"),
        ({"contact": "other", "reason": "调离"}, 403, "Only who holds a contact"),
    ],
)
def test_only_his_own_contact_with_a_reason(
    browser: FlaskClient, database: Session, mine: ContactVersion, told: dict[str, str], status: int, says: str
) -> None:
    other = database.scalars(
        select(ContactVersion.contact_id).where(
            ContactVersion.cadre_id != mine.cadre_id, ContactVersion.role == "lead", ContactVersion.valid_to.is_(None)
        )
    ).first()
    form = {"contact": str(mine.contact_id)} | told
    form["contact"] = str(other) if form["contact"] == "other" else form["contact"]
    answer = browser.post("/cadre/returns?lang=en", data=form)
    assert answer.status_code == status
    assert says in answer.get_data(as_text=True)
    assert database.scalars(select(ContactReturn)).all() == []

"""Partner bodies and pledges on the pages: figures, lists, marks, panel, addresses; only what lies in one's area."""

import html
import json
import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from gridgov.storage.current import At, Scope
from gridgov.usecases import accounts, browsing, contacting, partnering
from gridgov.usecases.accounts import Grant
from gridgov.usecases.partnering import Body, BodyFilter
from tests.databases import TODAY
from tests.web.conftest import SignIn

AT, EVERYTHING = At(TODAY), Scope.everything()
STATES = {"partners": None, "pledges_due": "due_soon", "pledges_overdue": "overdue"}


@pytest.fixture
def bodies(database: Session) -> list[Body]:
    return partnering.bodies(database, AT, EVERYTHING)


def page_of(browser: FlaskClient, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return html.unescape(answer.get_data(as_text=True))


def listed(page: str) -> list[str]:
    return re.findall(r'<tr data-code="(P\d+)"', page.split('id="list"')[1])


def features(browser: FlaskClient, path: str) -> list[dict[str, Any]]:
    answer = browser.get(path)
    assert answer.status_code == 200
    return [one["properties"] for one in json.loads(answer.data)["features"]]


def test_each_figure_leads_to_the_bodies_it_counts(as_role: SignIn, bodies: list[Body]) -> None:
    browser = as_role("coordinator")
    first = page_of(browser, "/?lang=en")
    counted = partnering.counts(bodies)
    numbers = {"partners": counted["bodies"], "pledges_due": 9, "pledges_overdue": 7}
    for what, state in STATES.items():
        assert re.search(rf'href="/\?what={what}"[^>]*><strong>{numbers[what]}</strong>', first)
        wanted = [body.code for body in bodies if BodyFilter(state=state).takes(body)]
        found = listed(page_of(browser, f"/?what={what}"))
        if len(wanted) > 100:
            found += listed(page_of(browser, f"/?what={what}&page=2"))
        assert found == wanted


def test_marks_are_the_lists_twin(as_role: SignIn, bodies: list[Body]) -> None:
    browser = as_role("viewer")
    for what, state in STATES.items():
        told = features(browser, f"/layers/partners.geojson?what={what}")
        shown = [mark for mark in told if mark["more"] != "dim"]
        assert sorted(code for mark in shown for code in mark["rows"]) == sorted(
            body.code for body in bodies if BodyFilter(state=state).takes(body)
        )
        assert len(told) >= len(shown) > 0
    overdue = features(browser, "/layers/partners.geojson?what=pledges_overdue")
    assert {mark["symbol"] for mark in overdue if mark["more"] != "dim"} == {"pledge_overdue"}
    assert {mark["symbol"] for mark in told} == {f"pledge_{state}" for state in
        ("none", "open", "kept", "due_soon", "overdue")}  # fmt: skip


def test_the_map_shows_bodies_instead_of_posts(as_role: SignIn) -> None:
    layers = _view(as_role("coordinator"), "/?what=pledges_due&body=volunteer_team&as_of=2026-10-01")
    assert "posts" not in layers
    assert layers["partners"] == "/layers/partners.geojson?what=pledges_due&body=volunteer_team&as_of=2026-10-01"
    assert "partners" not in _view(as_role("coordinator"), "/")


def test_filters_in_the_address(as_role: SignIn, bodies: list[Body]) -> None:
    browser = as_role("coordinator")
    asked = BodyFilter(kind="volunteer_team", shares="skill")
    assert listed(page_of(browser, "/?what=partners&body=volunteer_team&shares=skill")) == [
        body.code for body in bodies if asked.takes(body)
    ]
    for path in ("/?what=partners&body=x", "/?what=partners&shares=x", "/layers/partners.geojson?body=x",
                 "/api/v1/partners?state=x", "/api/v1/partners?kind=x"):  # fmt: skip
        assert browser.get(path).status_code == 400


def test_a_row_tells_place_contact_shares_and_pledges_in_words(
    as_role: SignIn, bodies: list[Body], database: Session
) -> None:
    body = next(body for body in bodies if body.state == "overdue")
    line = browsing.lines(database, AT, [body.unit])[body.unit]
    page = page_of(as_role("coordinator"), "/?what=pledges_overdue&lang=en")
    row = page.split(f'<tr data-code="{body.code}"')[1].split("</tr>")[0]
    assert " › ".join(step.name for step in line) in row
    assert f'href="tel:{body.phone}"' in row
    assert f"unit={line[-1].code}" in row
    assert all(offer["text"] in row for offer in body.resources)
    assert all(pledge.text in row for pledge in body.pledges)
    assert re.search(r"was due \d+ \w+ 2026, overdue", row)


def test_the_panel_lists_the_bodies_of_a_place(as_role: SignIn, bodies: list[Body], database: Session) -> None:
    body = next(body for body in bodies if body.state == "due_soon")
    code = browsing.lines(database, AT, [body.unit])[body.unit][-1].code
    for path in (f"/?unit={code}&lang=en", f"/who?place={code}&lang=en"):
        page = page_of(as_role("viewer"), path)
        panel = page.split('id="about"')[1].split('id="where"')[0]
        assert body.name in panel
        assert f'href="tel:{body.phone}"' in panel
        assert "due soon: " in panel
        assert all(offer["text"] in panel for offer in body.resources)


def test_the_cadre_is_told_the_pledges_of_his_places(as_role: SignIn, database: Session) -> None:
    account = accounts.named(database, accounts.demo_name("cadre"))
    page = page_of(as_role("cadre"), "/cadre?lang=en")
    units = {held.unit for held in contacting.mine(database, account.cadre_id or 0, AT, EVERYTHING)}
    line = {step.unit_id for steps in browsing.lines(database, AT, units).values() for step in steps}
    own = [body for body in partnering.bodies(database, AT, EVERYTHING) if body.unit in line]
    assert own
    assert all(body.name in page for body in own)
    assert all(pledge.text in page for body in own for pledge in body.pledges)


def test_another_day_another_state(as_role: SignIn) -> None:
    page = page_of(as_role("coordinator"), "/?as_of=2027-09-01&what=pledges_overdue&lang=en")
    counted = int(re.search(r'Pledges overdue <span class="soft">(\d+)', re.sub(r"\s+", " ", page))[1])
    assert counted > 16
    empty = page_of(as_role("coordinator"), "/?as_of=2023-01-01&what=pledges_overdue&lang=en")
    assert "No partner body here fits these choices" in empty


def test_the_api_tells_the_same(as_role: SignIn, bodies: list[Body]) -> None:
    told = as_role("coordinator").get("/api/v1/partners?state=overdue&limit=3").get_json()
    overdue = [body for body in bodies if BodyFilter(state="overdue").takes(body)]
    assert told["bodies"] == len(overdue)
    assert told["pledges"]["overdue"] == 7
    assert [row["code"] for row in told["rows"]] == [body.code for body in overdue[:3]]
    assert told["rows"][0]["chain"][-1]["code"] == told["rows"][0]["unit"]


def test_nothing_from_outside_ones_area(signed_in: SignIn, database: Session, bodies: list[Body]) -> None:
    street, other = (node.unit for node in browsing.tree(database, AT, EVERYTHING)[:2])
    own = {body.code for body in partnering.bodies(database, AT, Scope.of({street}))}
    limited = signed_in(Grant("coordinator", street))
    assert 0 < len(own) < len(bodies)
    assert set(listed(page_of(limited, "/?what=partners"))) == own
    assert {code for mark in features(limited, "/layers/partners.geojson") for code in mark["rows"]} == own
    assert {row["code"] for row in limited.get("/api/v1/partners").get_json()["rows"]} == own
    code = browsing.lines(database, AT, [other])[other][0].code
    assert limited.get(f"/api/v1/partners?unit={code}").status_code == 404


def _view(browser: FlaskClient, path: str) -> dict[str, Any]:
    found = re.search(r'data-view="([^"]+)"', browser.get(path).get_data(as_text=True))
    assert found
    layers: dict[str, Any] = json.loads(html.unescape(found[1]))["layers"]
    return layers


def test_what_a_body_shares_is_read_in_the_readers_language(as_role: SignIn) -> None:
    fields = {"f-code": "B9", "f-kind": "property_company", "f-name": "物业", "f-unit": "420599001003X01"}
    told = {**fields, "f-resources": "place: 会议室\n秋千", "valid_from": "2026-11-22", "step": "preview"}
    page = as_role("admin").post("/admin/things/partners/new?lang=zh_Hans", data=told).get_data(as_text=True)
    assert "<ins>场地: 会议室、秋千</ins>" in page

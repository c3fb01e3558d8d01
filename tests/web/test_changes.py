"""Asking who might lead which post, settling lines, proposing them, and a second person's decision, on the pages."""

import html
import io
import json
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.storage.current import At, Scope
from gridgov.storage.database import writing
from gridgov.storage.models import ChangeSet, ContactVersion, UnitVersion
from gridgov.usecases import accounts, contacting, giving_back
from gridgov.usecases.accounts import Grant
from tests.databases import TODAY
from tests.web.conftest import account_with, enter

AT, EVERYTHING = At(TODAY), Scope.everything()
ASK = "/contacts/suggest?tier=3&lang=en"


@pytest.fixture
def one(own_app: Flask) -> FlaskClient:
    return enter(own_app, Grant("coordinator"))


@pytest.fixture
def two(own_app: Flask) -> FlaskClient:
    return enter(own_app, Grant("admin"))


def page_of(browser: FlaskClient, path: str, form: dict[str, Any] | None = None, status: int = 200) -> str:
    answer = browser.get(path) if form is None else browser.post(path, data=form)
    assert answer.status_code == status, answer.get_data(as_text=True)[:400]
    return html.unescape(answer.get_data(as_text=True))


def lines(page: str) -> list[str]:
    return re.findall(r'name="line" value="([^"]+)"', page)


def layer(page: str) -> list[dict[str, Any]]:
    view = json.loads(re.search(r"data-view=\"(.*?)\">", page, re.DOTALL)[1])  # type: ignore[index]
    return [one["properties"] for one in view["layers"]["differences"]["features"]]


def vacant(data: Session) -> set[str]:
    return {row["code"] for row in contacting.places(data, AT, EVERYTHING, 3, "vacant")}


def proposed(browser: FlaskClient, asked: list[str], **told: str) -> str:
    form = {"step": "propose", "line": asked, "title": "年底补缺", "valid_from": TODAY.isoformat(), **told}
    answer = browser.post(ASK, data=form)
    assert answer.status_code == 302, html.unescape(answer.get_data(as_text=True))[-3000:]
    return str(answer.headers["Location"])


def test_vacancies_lead_to_a_suggestion_that_fills_them(one: FlaskClient, data: Session) -> None:
    listed = page_of(one, "/?tier=3&what=vacant&lang=en")
    assert 'href="/contacts/suggest?tier=3"' in listed
    page = page_of(one, ASK)
    assert {line.split("=")[0] for line in lines(page)} >= vacant(data)
    marks = layer(page)
    assert {mark["code"] for mark in marks if mark["symbol"] == "filled"} == vacant(data)
    assert all(f'data-code="{mark["code"]}"' in page for mark in marks)
    assert re.search(r"\d+ m\b", page)


def test_settled_lines_stay_and_ruled_out_ones_go(one: FlaskClient) -> None:
    first, second, third = lines(page_of(one, ASK))[:3]
    again = page_of(one, ASK, {"step": "again", "lock": [first, second], "not": [third, first], "title": "我的"})
    now = lines(again)
    assert second in now
    assert {first, third}.isdisjoint(now)
    assert re.search(f'name="lock" value="{second}" checked', again)
    assert re.findall(r'name="not" value="([^"]+)" checked', again) == [third, first]
    assert 'value="我的"' in again


def test_a_cap_that_the_settled_lines_break_is_told_and_they_stay_ticked(one: FlaskClient) -> None:
    told = lines(page_of(one, ASK))
    cadre = told[0].split("=")[1]
    both = [told[0], f"{told[1].split('=')[0]}={cadre}"]
    page = page_of(one, ASK, {"step": "again", "lock": both, "cap": "1"}, 400)
    assert "the cap of 1" in page
    assert set(re.findall(r'name="lock" value="([^"]+)" checked', page)) == set(both)
    assert "“x” is not a number" in page_of(one, ASK, {"step": "again", "cap": "x"}, 400)


def test_from_proposal_to_approval_by_another_and_back(one: FlaskClient, two: FlaskClient, data: Session) -> None:
    before = vacant(data)
    asked = lines(page_of(one, ASK))
    address = proposed(one, asked[:2], document="宜组〔2026〕9号")
    assert proposed(one, asked[:2], document="宜组〔2026〕9号") == address  # the same form sent twice
    page = page_of(one, f"{address}?lang=en")
    assert {mark["symbol"] for mark in layer(page)} == {"filled"}
    assert "宜组〔2026〕9号" in page
    assert f'action="{address}/withdraw"' in page
    assert f'action="{address}/approve"' not in page
    assert "a second person must" in page_of(one, f"{address}/approve", {}, 403)
    assert "年底补缺" in page_of(two, "/changes")
    assert two.post(f"{address}/approve").status_code == 302
    data.rollback()
    assert before - vacant(data) == {line.split("=")[0] for line in asked[:2]}
    assert "until then everything stays as it is" in page_of(one, f"{address}?lang=en&as_of=2026-10-01")
    assert "in force" in page_of(one, f"{address}?lang=en&as_of=2029-01-01")
    done = page_of(two, f"{address}?lang=en")
    number = re.search(r"/admin/batches/(\d+)", done)
    assert number is not None
    assert "/admin/batches/" not in page_of(one, address)  # a coordinator has no batches to look at
    assert "年底补缺" in page_of(one, "/changes?list=decided")
    assert two.post(f"{address}/undo").status_code == 302
    data.rollback()
    assert vacant(data) == before
    assert "taken back by batch" in page_of(one, f"{address}?lang=en")
    assert two.post(f"{address}/undo").status_code == 409


def test_it_is_declined_with_a_reason_or_withdrawn(one: FlaskClient, two: FlaskClient) -> None:
    line = lines(page_of(one, ASK))[0]
    address = proposed(one, [line], title="一")
    assert "Say why." in page_of(two, f"{address}/decline?lang=en", {"reason": " "}, 400)
    assert two.post(f"{address}/decline", data={"reason": "任期未满"}).status_code == 302
    assert "任期未满" in page_of(one, address)
    again = proposed(one, [line], title="二")
    assert one.post(f"{again}/withdraw").status_code == 302
    assert "withdrawn" in page_of(one, f"{again}?lang=en")


def test_what_cannot_be_proposed_keeps_what_was_typed(one: FlaskClient) -> None:
    asked = lines(page_of(one, ASK))
    form = {"step": "propose", "line": asked[0], "lock": asked[1], "title": "轮换", "valid_from": "2026-13-01"}
    page = page_of(one, ASK, form, 400)
    assert 'value="轮换"' in page
    assert 'href="#valid_from"' in page
    assert re.search(f'name="lock" value="{asked[1]}" checked', page)
    nothing = page_of(one, ASK, form | {"line": "", "valid_from": TODAY.isoformat()}, 400)
    assert "Nothing would change" in nothing


def test_a_proposal_overtaken_says_so(one: FlaskClient, two: FlaskClient) -> None:
    asked = lines(page_of(one, ASK))
    first, second = proposed(one, [asked[0]], title="先"), proposed(one, [asked[0]], title="后")
    assert two.post(f"{first}/approve").status_code == 302
    page = page_of(two, f"{second}?lang=en")
    assert "overtaken" in page
    assert f'action="{second}/approve"' not in page
    assert "Propose it anew" in page_of(two, f"{second}/approve", {}, 409)
    assert two.post(f"{first}/undo").status_code == 302


def test_another_lead_for_one_place(one: FlaskClient, data: Session) -> None:
    held = next(row for row in contacting.places(data, AT, EVERYTHING, 3, "due") if len(row["holders"]) == 1)
    code = held["code"]
    assert f'href="/changes/place?unit={code}"' in page_of(one, f"/?unit={code}")
    form = {"holder": "nobody", "title": "换人", "valid_from": TODAY.isoformat()}
    page = page_of(one, f"/changes/place?unit={code}&lang=en", form, 400)
    assert "No cadre has the code “nobody”." in page
    assert 'value="换人"' in page
    assert "is missing" in page_of(one, f"/changes/place?unit={code}", form | {"holder": ""}, 400)
    found = one.get("/contacts/cadres", query_string={"text": held["holders"][0].holder}).get_json()["rows"]
    assert held["holders"][0].code in {row["code"] for row in found}
    answer = one.post(f"/changes/place?unit={code}", data=form | {"vacant": "1"})
    assert {mark["symbol"] for mark in layer(page_of(one, answer.headers["Location"]))} == {"emptied"}


def test_a_file_is_proposed_or_refused_by_its_own_name(one: FlaskClient, data: Session) -> None:
    unit, cadre = lines(page_of(one, ASK))[0].split("=")
    form = {"tier": "3", "valid_from": TODAY.isoformat(), "title": ""}

    def sent(text: str, status: int) -> Any:
        told = {**form, "file": (io.BytesIO(text.encode()), "年底轮换.csv")}
        answer = one.post("/changes/file?lang=en", data=told, content_type="multipart/form-data")
        assert answer.status_code == status
        return answer

    told = sent(f"unit,holder\n{unit},{cadre}\n", 302)
    change = data.get(ChangeSet, int(told.headers["Location"].rsplit("/", 1)[1]))
    assert change is not None
    assert (change.title, [line["after"] for line in change.lines]) == ("年底轮换", [cadre])
    refused = html.unescape(sent(f"unit,holder\n{unit},X9\n", 400).get_data(as_text=True))
    assert "年底轮换.csv, row 2: “X9”" in refused
    assert "年底轮换.csv" in html.unescape(sent("a,b\n1,2\n", 400).get_data(as_text=True))
    assert "No files came" in page_of(one, "/changes/file?lang=en", form, 400)


def test_who_coordinates_a_street_sees_its_changes_only(own_app: Flask, one: FlaskClient, data: Session) -> None:
    streets = data.scalars(select(UnitVersion).where(UnitVersion.level == "street").order_by(UnitVersion.code)).all()
    asked = lines(page_of(one, ASK))
    theirs = next(line for line in asked if line.startswith(streets[1].code))
    address = proposed(one, [theirs], title="别街")
    browser = enter(own_app, Grant("coordinator", streets[0].unit_id))
    assert "别街" not in page_of(browser, "/changes")
    assert browser.get(address).status_code == 404
    for act in ("approve", "decline", "withdraw", "undo"):
        assert browser.post(f"{address}/{act}", data={"reason": "x"}).status_code == 404
    assert all(line.startswith(streets[0].code) for line in lines(page_of(browser, ASK)))
    form = {"step": "propose", "line": theirs, "title": "越界", "valid_from": TODAY.isoformat()}
    assert "Nothing would change" in page_of(browser, ASK, form, 400)


def test_the_first_screen_tells_what_changed_and_what_waits(one: FlaskClient, two: FlaskClient) -> None:
    line = lines(page_of(one, ASK))[0]
    code = line.split("=")[0]
    address = proposed(one, [line], title="等待审批")
    assert re.search(r'what=to_decide"[^>]*><strong>\d+</strong> to be decided', page_of(two, "/?lang=en"))
    waiting = page_of(two, "/?what=to_decide&lang=en")
    assert f'href="{address}"' in waiting
    assert code in {mark["code"] for mark in layer(waiting)}
    assert f'data-code="{code}"' in waiting
    assert f'href="{address}"' not in page_of(one, "/?what=to_decide")  # a second person decides
    assert two.post(f"{address}/approve").status_code == 302
    changed = page_of(one, "/?what=changed&lang=en")
    assert {mark["code"]: mark["symbol"] for mark in layer(changed)}[code] == "filled"
    assert "since=2026-01-01" in page_of(one, "/?what=changed&since=2026-01-01")
    assert one.get("/?what=changed&since=2026-02-30").status_code == 400
    assert two.post(f"{address}/undo").status_code == 302
    assert f'data-code="{code}"' not in page_of(one, "/?what=changed").split('id="list"')[1]


def test_posts_that_end_soon_are_one_list(one: FlaskClient, data: Session) -> None:
    wanted = {row["code"] for tier in (1, 2, 3) for row in contacting.places(data, AT, EVERYTHING, tier, "expiring")}
    page = page_of(one, "/?what=ending")
    assert wanted
    assert set(re.findall(r'<tr data-code="([^"]+)"', page)) == wanted
    assert {mark["code"] for mark in layer(page)} <= wanted


def test_a_contact_given_back_is_answered(own_app: Flask, one: FlaskClient, data: Session) -> None:
    held = next(row for row in contacting.places(data, AT, EVERYTHING, 3, "due") if len(row["holders"]) == 1)
    contact = data.get_one(ContactVersion, _version(data, held["holders"][0].contact))
    holder = account_with(own_app, Grant("cadre"), cadre_id=contact.cadre_id)
    with writing(own_app.extensions["gridgov.engine"]) as session:
        account = accounts.named(session, holder).id
        given = giving_back.give_back(session, contact.contact_id, "调往外地", AT, account).id
    data.rollback()
    page = page_of(one, "/?what=returned&lang=en")
    assert "调往外地" in page
    assert f'href="/contacts/returns/{given}"' in page
    told = page_of(one, f"/contacts/returns/{given}", {"step": "decline", "answer": ""}, 400)
    assert "调往外地" in told
    form = {"step": "accept", "answer": "同意", "valid_from": TODAY.isoformat()}
    assert one.post(f"/contacts/returns/{given}", data=form).status_code == 302
    data.rollback()
    assert held["code"] in vacant(data)
    assert page_of(one, f"/contacts/returns/{given}", form, 409)
    outside = next(row for row in data.scalars(select(UnitVersion).where(UnitVersion.level == "street")) if
        not held["code"].startswith(row.code))  # fmt: skip
    browser = enter(own_app, Grant("coordinator", outside.unit_id))
    assert browser.get(f"/contacts/returns/{given}").status_code == 404


def _version(data: Session, contact: int) -> int:
    wanted = select(ContactVersion.id).where(
        ContactVersion.contact_id == contact, ContactVersion.superseded_by.is_(None)
    )
    return data.scalars(wanted).one()

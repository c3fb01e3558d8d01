"""Siting on the page and in the API: asked, told in words, locked by a link, made a plan, premises brought."""

import html
import io
import json
import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.storage.models import UnitVersion
from gridgov.usecases.accounts import Grant
from tests.web.conftest import SignIn

ADDRESS = "/api/v1/siting"
KIND = "primary_school"
ASK = f"type={KIND}&sites=2"


@pytest.fixture
def homes(database: Session) -> list[tuple[float, float]]:
    """Places in some compounds, by code."""
    compounds = select(UnitVersion).where(UnitVersion.level == "compound").order_by(UnitVersion.code)
    shapes = [unit.geometry for unit in database.scalars(compounds).all()[::15]]
    return [(shape.centroid.x, shape.centroid.y) for shape in shapes if shape is not None]


def bring(browser: FlaskClient, content: str, encoding: str = "utf-8", **told: str) -> Any:
    file = (io.BytesIO(content.encode(encoding)), "候选用房.csv")
    return browser.post(f"{ADDRESS}/premises?{ASK}", data={"file": file, **told})


def rows(homes: list[tuple[float, float]], *, costs: bool = True) -> str:
    lines = ["房源编号,经度,纬度,费用"]
    lines += [f"P{number},{x:.6f},{y:.6f},{100 + number if costs else ''}" for number, (x, y) in enumerate(homes)]
    return "\n".join(lines)


def picked(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found is not None, pattern
    return found[1]


def said(browser: FlaskClient, path: str, status: int = 200) -> str:
    answer = browser.get(path)
    assert answer.status_code == status
    return html.unescape(answer.get_data(as_text=True))


def test_page_and_api_tell_the_same(as_role: SignIn) -> None:
    browser = as_role("planner")
    assert "请选择设施类别和处数" in said(browser, "/planner/siting")
    found = browser.get(f"{ADDRESS}?{ASK}").get_json()
    page = said(browser, f"/planner/siting?{ASK}")
    assert len(found["sites"]) == 2
    assert abs(found["verified"] - found["people"]) < 1e-6
    assert found["people"] <= found["bound"]
    assert float(picked(r'data-people="([\d.]+)"', page)) == found["people"]
    assert "再怎么选" in page
    assert "参考" in page
    for site in found["sites"]:
        assert f'data-code="{site["site"]}"' in page
    view = json.loads(html.unescape(picked(r'data-view="([^"]*)"', browser.get(f"/planner/siting?{ASK}").text)))
    assert [mark["site"] for mark in view["siting"]["sites"]] == [site["site"] for site in found["sites"]]
    assert len(view["siting"]["places"]) == len(found["places"]) > 0
    posted = browser.post(ADDRESS, json={"type": KIND, "sites": 2}).get_json()
    assert posted["sites"] == found["sites"]


def test_a_site_is_locked_and_left_out_by_its_links(as_role: SignIn) -> None:
    browser = as_role("planner")
    first, second = (site["site"] for site in browser.get(f"{ADDRESS}?{ASK}").get_json()["sites"])
    page = said(browser, f"/planner/siting?{ASK}")
    lock = picked(r'id="lock-2" href="([^"]+)"', page)
    page = said(browser, lock)
    assert "siting-mark locked" in page
    out = picked(r'id="out-2" href="([^"]+)"', page)
    told = browser.get(out.replace("/planner/siting", ADDRESS)).get_json()
    assert [site["locked"] for site in told["sites"]] == [True, False]
    assert told["sites"][0]["site"] == second
    assert first not in {site["site"] for site in told["sites"]}
    site = told["sites"][1]
    moved = browser.get(f"{out}&at={site['x']},{site['y']}")
    assert moved.status_code == 302
    told = browser.get(moved.location.replace("/planner/siting", ADDRESS)).get_json()
    assert {each["locked"] for each in told["sites"]} == {True}


def test_the_answer_becomes_a_plan(as_role: SignIn) -> None:
    browser = as_role("planner")
    found = browser.get(f"{ADDRESS}?{ASK}").get_json()
    edits = [{"do": "add_point", "type": KIND, "x": site["x"], "y": site["y"]} for site in found["sites"]]
    assert json.dumps(edits) in said(browser, f"/planner/siting?{ASK}")
    names = []
    for _ in range(2):
        made = browser.post(f"/planner/siting/plan?{ASK}", data={"edits": json.dumps(edits), "name": "Two schools"})
        assert made.status_code == 302
        number = picked(r"plan=(\d+)", made.location)
        plan = browser.get(f"/api/v1/plans/{number}").get_json()
        names.append(plan["name"])
        page = said(browser, made.location)
        assert f"/planner/siting?as_of={plan['as_of']}&type={KIND}&sites=2" in page
    assert names == ["Two schools", "Two schools 2"]
    row = next(row for row in plan["types"] if row["type"] == KIND)
    assert not any(told["in_doubt"] for told in plan["edits_told"])
    if row["before"] is not None and row["after"] is not None:
        assert row["after"] - row["before"] == pytest.approx(found["verified"] + (found["freed"] or 0))
    assert as_role("viewer").post(f"/planner/siting/plan?{ASK}", data={"edits": "[]"}).status_code == 403
    assert browser.post(f"/planner/siting/plan?{ASK}", data={"edits": "{"}).status_code == 400


def test_premises_are_kept_with_the_account_and_shared_with_the_plan(
    as_role: SignIn, signed_in: SignIn, homes: list[tuple[float, float]]
) -> None:
    browser, colleague = as_role("planner"), signed_in(Grant("planner"))
    answer = bring(browser, rows(homes), "gb18030")
    assert answer.status_code == 201
    told = answer.get_json()
    assert (told["count"], told["name"]) == (len(homes), "候选用房.csv")
    token, address = told["premises"], told["next"]
    page = said(browser, address)
    assert "候选用房.csv" in page
    assert "合计费用" in page
    found = browser.get(f"{ADDRESS}?{ASK}&premises={token}&budget=101").get_json()
    assert {site["site"] for site in found["sites"]} <= {"P0", "P1"}
    assert "P0" in said(browser, f"{address}&lock=P0")
    assert said(colleague, address, 404)
    edits = [{"do": "add_point", "type": KIND, "x": homes[0][0], "y": homes[0][1]}]
    make = address.replace("siting?", "siting/plan?")
    made = browser.post(make, data={"edits": json.dumps(edits), "name": "Of premises"})
    number = picked(r"plan=(\d+)", made.location)
    assert colleague.get(address).status_code == 404
    browser.put(f"/api/v1/plans/{number}", json={"shared": True})
    assert colleague.get(address).status_code == 200
    assert colleague.post(f"/planner/siting/premises/{token}/remove").status_code == 404
    assert browser.post(f"/planner/siting/premises/{token}/remove").status_code == 302
    assert browser.get(address).status_code == 404


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("名称,经度,纬度,费用\n甲,111.3,30.7,0\n", "候选用房.csv 第 2 行：费用“0”不是费用"),
        ("名称,经度,纬度\n甲,,\n", "候选用房.csv 第 2 行：候选点须为点或有效的面"),
        ("名称,x,y\n甲,500000,3400000\n", "候选用房.csv"),
        ("", "候选用房.csv"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_by_its_name(as_role: SignIn, content: str, words: str) -> None:
    answer = bring(as_role("planner"), content, crs="EPSG:4490" if "经度" in content else "")
    assert answer.status_code == 400
    assert words in answer.get_json()["message"]
    assert "/tmp" not in answer.get_json()["message"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("type=nothing", "没有设施类别"),
        (f"type={KIND}&sites=0", "sites"),
        (f"type={KIND}&sites=101", "sites"),
        (f"type={KIND}&apart=far", "apart"),
        (f"type={KIND}&budget=100", "费用"),
        (f"type={KIND}&lock=nowhere", "没有候选点“nowhere”"),
        (f"type={KIND}&at=here", ""),
        ("type=police_station", "无址可选"),
    ],
)
def test_what_cannot_be_asked_is_told_beside_the_form(as_role: SignIn, query: str, words: str) -> None:
    page = said(as_role("planner"), f"/planner/siting?{query}", 400)
    assert words in picked(r'id="siting-refusal">([^<]*)<', page)
    assert 'id="siting-form"' in page


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (["x"], "siting_body_bad"),
        ({"type": KIND}, "siting_body_bad"),
        ({"type": KIND, "sites": 0}, "siting_sites"),
        ({"type": KIND, "sites": True}, "siting_body_bad"),
        ({"type": KIND, "sites": 2, "apart": "x"}, "siting_number_bad"),
        ({"type": KIND, "sites": 2, "lock": "x"}, "siting_body_bad"),
        ({"type": KIND, "sites": 2, "candidates": []}, "siting_no_candidates"),
        ({"type": KIND, "sites": 2, "candidates": [{"name": "a", "x": 111, "y": 91}]}, "siting_number_bad"),
        ({"type": KIND, "sites": 2, "candidates": [{"name": "a", "x": 111, "y": 30, "cost": -1}]}, "siting_number_bad"),
        ({"type": KIND, "sites": 1, "budget": 1, "candidates": [{"name": "a", "x": 111, "y": 30}]}, "siting_no_costs"),
    ],
)
def test_a_body_that_is_none_is_refused(as_role: SignIn, body: Any, code: str) -> None:
    answer = as_role("planner").post(ADDRESS, json=body)
    assert (answer.status_code, answer.get_json()["error"]) == (400, code)


def test_a_planner_of_a_street_counts_its_people(as_role: SignIn, signed_in: SignIn, database: Session) -> None:
    streets = select(UnitVersion).where(UnitVersion.level == "street").order_by(UnitVersion.code)
    narrow = signed_in(Grant("planner", database.scalars(streets).all()[0].unit_id))
    browsers = as_role("planner"), narrow
    whole, part = (browser.get(f"{ADDRESS}?type=pharmacy&sites=3").get_json() for browser in browsers)
    assert part["lacking"] < whole["lacking"]

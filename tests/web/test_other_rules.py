"""Another rule pack than the one in force: chosen on every page of the planner's, kept from one to the next."""

import html
import io
import json
import re

import pytest
import shapely
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.storage.current import At, Scope
from gridgov.storage.database import writing
from gridgov.storage.models import Run, UnitVersion
from gridgov.usecases import covering, documents
from gridgov.usecases.accounts import Grant
from gridgov.usecases.wallmaps import wall_map
from tests.databases import TODAY
from tests.reports.test_brief import read as read_pages
from tests.reports.test_brief import squeezed
from tests.web.conftest import enter

OTHER = "gb50180-2018"
KIND = "primary_school"


@pytest.fixture(scope="module")
def runs(own_app: Flask) -> tuple[Run, Run]:
    """The district's own run, and one by other rules."""
    with writing(own_app.extensions["gridgov.engine"]) as session:
        other = covering.run(session, At(TODAY), OTHER)
        own = covering.latest(session, At(TODAY))
        assert own is not None
        session.expunge_all()
    return own, other


@pytest.fixture(scope="module")
def planner(own_app: Flask, runs: tuple[Run, Run]) -> FlaskClient:
    assert runs[0].pack != runs[1].pack
    return enter(own_app, Grant("planner", None))


@pytest.fixture(scope="module")
def areas(own_app: Flask, planner: FlaskClient) -> tuple[str, int]:
    """A compound's code, and the number of a set of areas that holds the street round it."""
    with Session(own_app.extensions["gridgov.engine"]) as session:
        wanted = select(UnitVersion).order_by(UnitVersion.code)
        compound = session.scalars(wanted.where(UnitVersion.level == "compound")).first()
        street = session.scalars(wanted.where(UnitVersion.level == "street")).first()
        assert compound is not None
        assert street is not None
        shape = json.loads(shapely.to_geojson(street.geometry))
        code = compound.code
    told = {
        "type": "FeatureCollection",
        "features": [{"type": "Feature", "properties": {"name": "甲"}, "geometry": shape}],
    }
    data = {"name": "更新单元", "file": (io.BytesIO(json.dumps(told).encode()), "areas.geojson")}
    answer = planner.post("/planner/areas", data=data, content_type="multipart/form-data")
    return code, int(answer.location.rpartition("=")[2])


def read(browser: FlaskClient, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200, address
    return html.unescape(answer.get_data(as_text=True))


def shares(page: str) -> list[str]:
    return re.findall(r"<strong>([\d.]+%)</strong>", page)


def beside(page: str) -> str:
    """What stands beside the figures: the grade, the basis, the rules, the day."""
    return page.partition('<p class="beside">')[2].partition("</p>")[0]


def test_areas_are_told_by_the_rules_and_the_pace_asked_for(planner: FlaskClient, areas: tuple[str, int]) -> None:
    code, number = areas
    compare = f"/planner/areas/compare?a={code}&b={number}:1"
    own, other, slow = (read(planner, f"{compare}{asked}") for asked in ("", f"&pack={OTHER}", "&profile=elder"))
    assert shares(own) != shares(other)
    assert shares(own) != shares(slow)
    assert "GB 50180" in beside(other)
    assert "GB 50180" not in beside(own)
    assert "Verdicts stay at the standard pace" in slow
    assert 'id="pack-usual"' in other
    assert f'name="pack" value="{OTHER}"' in other
    for address, name in ((f"/planner/areas?areas={number}", "areas.compare"), ("/planner/checkup", "checkup")):
        page = read(planner, f"{address}{'&' if '?' in address else '?'}pack={OTHER}")
        assert "GB 50180" in beside(page), name
    tables = [
        planner.get(f"/export/areas.geojson?areas={number}{asked}").get_json()["features"][0]["properties"]
        for asked in ("", f"&pack={OTHER}", "&profile=elder")
    ]
    assert tables[0].keys() != tables[1].keys()
    assert tables[2]["type_pharmacy"] < tables[0]["type_pharmacy"]


def test_the_choice_goes_along_from_tab_to_tab(planner: FlaskClient, areas: tuple[str, int]) -> None:
    chosen = f"pack={OTHER}&profile=elder&as_of={TODAY.isoformat()}"
    for address in ("/planner", "/planner/siting", "/planner/areas", "/planner/checkup", "/planner/areas/compare"):
        tabs = read(planner, f"{address}?{chosen}").partition('<nav class="tabs views"')[2].partition("</nav>")[0]
        for link in re.findall(r'href="([^"]+)"', tabs):
            told = dict(part.split("=") for part in link.partition("?")[2].split("&"))
            pace = told.get("pace") if link.startswith("/planner/reach") else told.get("profile")
            assert (told["pack"], told["as_of"], pace) == (OTHER, TODAY.isoformat(), "elder"), (address, link)
    reach = read(planner, f"/planner/reach?from={areas[0]}&pack={OTHER}&pace=elder")
    assert f'href="/planner?pack={OTHER}&profile=elder"' in reach
    assert f'name="pack" value="{OTHER}"' in reach


def test_siting_and_the_plan_of_it_go_by_the_same_rules(planner: FlaskClient) -> None:
    ask = f"type={KIND}&sites=1"
    own, other = (planner.get(f"/api/v1/siting?{ask}{asked}").get_json() for asked in ("", f"&pack={OTHER}"))
    assert (other["pack"], own["pack"] != OTHER) == (OTHER, True)
    posted = planner.post("/api/v1/siting", json={"type": KIND, "sites": 1, "pack": OTHER}).get_json()
    assert posted["sites"] == other["sites"]
    assert planner.post("/api/v1/siting", json={"type": KIND, "sites": 1, "pack": "no"}).status_code == 400
    page = read(planner, f"/planner/siting?{ask}&pack={OTHER}")
    assert "GB 50180" in beside(page)
    assert "siting-uncoloured" not in page
    assert all(f"pack={OTHER}" in link for link in re.findall(r'id="lock-\d+" href="([^"]+)"', page))
    edits = [{"do": "add_point", "type": KIND, "x": site["x"], "y": site["y"]} for site in other["sites"]]
    made = planner.post(
        f"/planner/siting/plan?{ask}&pack={OTHER}", data={"edits": json.dumps(edits), "name": "By others"}
    )
    shown = read(planner, made.location)
    assert f"&pack={OTHER}" in shown.partition("made by siting")[0].rpartition('<a href="/planner/siting')[2]
    number = re.search(r"plan=(\d+)", made.location)
    assert number is not None
    assert planner.get(f"/api/v1/plans/{number[1]}").get_json()["pack"] == OTHER
    plain = planner.post("/api/v1/plans", json={"name": "By ours", "edits": edits}).get_json()["plan"]
    assert "By others" in read(planner, f"/planner/compare?plan={number[1]}&plan={plain}")
    drawn = read(planner, f"/planner?plan=new&pack={OTHER}")
    assert f'"pack":"{OTHER}"' in drawn.replace(" ", "")


def test_paper_is_made_by_the_rules_asked_for(own_app: Flask, planner: FlaskClient, runs: tuple[Run, Run]) -> None:
    with Session(own_app.extensions["gridgov.engine"]) as session:
        street = session.scalars(select(UnitVersion).where(UnitVersion.level == "street")).first()
        assert street is not None
        maps = [
            wall_map(session, At(TODAY), Scope.everything(), "coverage", street.unit_id, KIND, pack)
            for pack in (None, OTHER)
        ]
    told = [(each.pack and each.pack.id, each.run and each.run["hash"]) for each in maps]
    assert told == [(run.pack, run.hash) for run in runs]
    middle = shapely.point_on_surface(street.geometry)
    edits = [{"do": "add_point", "type": KIND, "x": middle.x, "y": middle.y}]
    sent = {"name": "On paper", "edits": edits, "pack": OTHER}
    number = planner.post("/api/v1/plans", json=sent).get_json()["plan"]
    papers = {
        asked: squeezed("".join(read_pages(planner.get(f"/report/gaps.pdf{asked}").data)))
        for asked in ("", f"?pack={OTHER}", f"?plan={number}")
    }
    own, other = (run.hash[:16] for run in runs)
    assert [(own in text, other in text) for text in papers.values()] == [(True, False), (False, True), (False, True)]
    assert f"/report/gaps.pdf?pack={OTHER}" in read(planner, f"/planner?pack={OTHER}")
    asking = read(planner, f"/wallmaps?pack={OTHER}")
    assert f'<option value="{OTHER}" selected>' in asking
    asked_for = {"show": "coverage", "paper": "a0", "unit": "", "type": ""}
    assert planner.post("/wallmaps", data=asked_for | {"pack": "nothing"}).status_code == 400
    token = planner.post("/wallmaps", data=asked_for | {"pack": OTHER}).location.rpartition("/")[2]
    with Session(own_app.extensions["gridgov.engine"]) as session:
        asked = documents.find(session, token)
        assert asked is not None
        assert asked.options["pack"] == OTHER


def test_without_a_run_each_page_says_what_to_do(app: Flask, areas: tuple[str, int]) -> None:
    browser = enter(app, Grant("planner", None))
    for address in (f"/planner/areas/compare?a={areas[0]}", "/planner/checkup?"):
        page = read(browser, f"{address}&pack={OTHER}")
        assert f"gridgov coverage run --pack {OTHER}" in page
        assert "Back to the rules in force" in page
    page = read(browser, f"/planner/siting?type={KIND}&sites=1&pack={OTHER}")
    assert "siting-uncoloured" in page
    assert 'id="siting-sum"' in page
    assert read(browser, f"/planner/reach?from={areas[0]}&pack={OTHER}").count('id="people-5"') == 1
    for address in ("/planner/areas", "/planner/siting", "/planner/reach?from=420599001", "/planner/checkup"):
        assert browser.get(f"{address}{'&' if '?' in address else '?'}pack=nothing").status_code == 400, address
    assert browser.get(f"/report/gaps.pdf?pack={OTHER}").status_code == 404

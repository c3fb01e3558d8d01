"""What the planner looks at stands in the address: rule pack, pace, and by which places the map is drawn."""

import html
import json
import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from gridgov.usecases import covering
from gridgov.web.looking import DRAWN_BY
from tests.web.conftest import SignIn


@pytest.fixture
def planner(as_role: SignIn) -> FlaskClient:
    return as_role("planner")


def read(browser: FlaskClient, query: str) -> str:
    answer = browser.get(f"/planner?lang=en&{query}")
    assert answer.status_code == 200, answer.data
    return answer.get_data(as_text=True)


def view(page: str) -> dict[str, Any]:
    told = re.search(r'data-view="([^"]*)"', page)
    assert told is not None
    found: dict[str, Any] = json.loads(html.unescape(told[1]))
    return found


def links(page: str) -> list[str]:
    """The addresses of all choices on the page."""
    looks = page.partition('<details class="part looks"')[2].partition("</details>")[0]
    return [html.unescape(link) for link in re.findall(r'href="([^"]+)"', looks)]


def test_all_choices_are_kept_when_one_changes(planner: FlaskClient) -> None:
    chosen = {"type": "pharmacy", "profile": "elder", "level": "grid", "firm": "yes", "as_of": "2026-11-22"}
    chosen["as_of"] = covering_day(planner)
    query = "&".join(f"{name}={value}" for name, value in chosen.items())
    page = read(planner, query)
    assert len(links(page)) >= 3 + 6
    for link in links(page):
        kept = dict(part.split("=") for part in link.partition("?")[2].split("&"))
        assert len(kept.keys() & chosen.keys()) >= len(chosen) - 1, link
    form = page.partition('<form class="filters"')[2].partition("</form>")[0]
    assert all(f'name="{name}" value="{chosen[name]}"' in form for name in ("profile", "level", "as_of"))


def covering_day(browser: FlaskClient) -> str:
    told = re.search(r'name="as_of" value="([\d-]+)"', read(browser, ""))
    assert told is not None
    return told[1]


def test_another_pace_is_tried_and_said_to_be_no_verdict(planner: FlaskClient) -> None:
    slow, usual = read(planner, "type=pharmacy&profile=elder"), read(planner, "type=pharmacy")
    assert "Verdicts stay at the standard pace" in slow
    assert "Verdicts stay" not in usual
    assert re.search(r'id="profile-elder"[^>]* aria-current="true"', slow)
    bar = re.compile(r'id="bar-pharmacy".*?<strong>([\d.]+)', re.DOTALL)
    low, high = (float(bar.findall(page)[0]) for page in (slow, usual))
    assert low < high
    gaps = re.compile(r"<h2>Gaps <span[^>]*>([^<]+)<")
    assert gaps.findall(slow) == gaps.findall(usual)
    assert all("profile=elder" in view(slow)["layers"][name]["tiles"] for name in ("coverage", "coverage_far"))


@pytest.mark.parametrize("level", DRAWN_BY)
def test_the_map_is_drawn_by_what_is_chosen(planner: FlaskClient, level: str) -> None:
    told = view(read(planner, f"type=pharmacy&level={level}"))
    assert f"level={level}" in told["layers"]["coverage"]["tiles"]
    assert "coverage_far" not in told["layers"]
    assert told["selectable"] == (level not in {"grid", "cell"})
    assert ("building" in told["layers"]) == (level != "building")
    assert "{covered}" in told["words"]["kind"]
    assert "Pharmacy" in told["words"]["kind"]


def test_rules_without_a_run_say_what_to_do(planner: FlaskClient, database: Session) -> None:
    other = "gb50180-2018"
    assert covering.latest(database, pack=other) is None
    page = read(planner, f"pack={other}&type=pharmacy")
    assert f"gridgov coverage run --pack {other}" in page
    assert "Back to the rules in force" in page
    assert f'id="pack-{other}"' in read(planner, "")
    for query in ("pack=nothing", "profile=runner", "level=household", "level=street"):
        assert planner.get(f"/planner?{query}").status_code == 400, query

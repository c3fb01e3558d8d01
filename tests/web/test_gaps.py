"""The gap list, sorted and narrowed by the server: the same for page, API and export."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.web.conftest import SignIn

ADDRESS = "/api/v1/coverage/gaps"


@pytest.fixture
def planner(as_role: SignIn) -> FlaskClient:
    return as_role("planner")


def rows(browser: FlaskClient, query: str = "") -> list[dict[str, Any]]:
    answer = browser.get(f"{ADDRESS}?limit=1000&scenario=health&{query}")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    found: list[dict[str, Any]] = answer.get_json()["rows"]
    return found


@pytest.mark.parametrize("order", ["metres", "type", "cause", "department"])
def test_it_is_sorted_both_ways(planner: FlaskClient, order: str) -> None:
    for turned in ("no", "yes"):
        told = [row[order] for row in rows(planner, f"order={order}&turned={turned}") if row[order] is not None]
        assert len(set(told)) > 1
        assert told == sorted(told, reverse=(order == "metres") != (turned == "yes"))


def test_ages_are_sorted_by_what_may_be_told(planner: FlaskClient) -> None:
    told = [row["people_60plus"] or 0 for row in rows(planner, "order=people_60plus")]
    tens = [int(count / 10 + 0.5) for count in told if count >= 10]
    assert tens
    assert tens == sorted(tens, reverse=True)
    assert [row["people"] or 0 for row in rows(planner, "order=people&turned=yes")][-1] > 100


def test_it_is_narrowed(planner: FlaskClient) -> None:
    whole = rows(planner)
    for query, fits in (
        ("vacant=yes", lambda row: row["liaison"] is None),
        ("vacant=no", lambda row: row["liaison"] is not None),
        ("firm=yes", lambda row: row["firm"] is True),
        ("firm=no", lambda row: row["firm"] is False),
        ("required=yes", lambda row: row["required"]),
        (f"department={whole[0]['department']}", lambda row: row["department"] == whole[0]["department"]),
    ):
        some = rows(planner, query)
        assert 0 < len(some) == len([row for row in whole if fits(row)]), query
        assert all(map(fits, some)), query
    told = planner.get(f"/export/gaps.csv?scenario=health&vacant=yes&department={whole[0]['department']}").get_data(
        as_text=True
    )
    assert 0 < told.count(f",{whole[0]['department']},") < len(whole)


def test_the_page_keeps_what_was_chosen(planner: FlaskClient) -> None:
    page = planner.get("/planner?vacant=yes&firm=yes&order=metres&lang=en").get_data(as_text=True)
    assert page.count('<option value="yes" selected>') == 2
    assert 'aria-sort="descending"' in page
    assert "/export/gaps.csv?" in page
    assert "firm=yes" in page.split("/export/gaps.csv?")[1].split('"')[0]


def test_those_with_many_of_an_age_are_found_and_the_address_keeps_them(planner: FlaskClient) -> None:
    whole = rows(planner, "order=people_0_5")
    for name in ("people", "people_60plus", "people_0_5", "people_6_14"):
        counts = sorted(row[name] for row in whole if row[name])
        least = int(counts[len(counts) // 2])
        some = rows(planner, f"{name}={least}")
        assert 0 < len(some) == len([count for count in counts if count >= least]) < len(whole), name
    query = "order=metres&turned=yes&people_0_5=10&people=20"
    page = planner.get(f"/planner?{query}&lang=en").get_data(as_text=True)
    assert 'name="people_0_5" value="10"' in page
    onward = page.split('class="pages"')[1].split('href="')[1].split('"')[0].replace("&amp;", "&")
    assert {*query.split("&"), "page=2"} <= set(onward.partition("?")[2].split("&"))
    assert "people_0_5=10" in page.split("/export/gaps.csv?")[1].split('"')[0]
    table = planner.get("/export/gaps.csv?people_0_5=100").get_data(as_text=True)
    assert "people_0_5,people_6_14" in table


@pytest.mark.parametrize("query", ["order=name", "firm=maybe", "department=x", "vacant=1", "cause=rain", "type=castle"])
def test_what_is_asked_wrong_is_refused(planner: FlaskClient, query: str) -> None:
    assert planner.get(f"{ADDRESS}?{query}").get_json()["error"] == "option_unknown"
    assert planner.get(f"/planner?{query}").status_code == 400


def test_the_way_is_drawn_and_what_breaks_it(planner: FlaskClient) -> None:
    gap = next(row for row in rows(planner, "cause=no_path&limit=50") if row["metres"])
    query = f"unit={gap['place']}&type={gap['type']}&cause=no_path&lang=en"
    told = planner.get(f"/api/v1/coverage/way?{query}").get_json()["features"]
    walked = {feature["properties"]["kind"]: feature["properties"] for feature in told}
    assert walked["walk"]["metres"] == pytest.approx(gap["metres"], abs=0.01)
    assert "on foot" in walked["walk"]["told"]
    assert walked["straight"]["metres"] < walked["walk"]["metres"]
    assert walked["break"]["what"] in {"wall", "path"}
    page = planner.get(f"/planner?unit={gap['place']}&way={gap['type']}").get_data(as_text=True)
    assert "/api/v1/coverage/way?" in page
    assert planner.get("/api/v1/coverage/way?type=pharmacy").status_code == 400

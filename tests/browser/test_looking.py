"""What the planner looks at: a place tells its figures under pointer and finger, and shares follow the map."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Request, expect

from tests.browser.live import AREA, PHONE, Watched

pytestmark = pytest.mark.browser
Watch = Callable[..., Watched]
REST = 1500
PLACE = AREA.replace("found.symbol", "found.key")  # a place without any mark on it


def test_shares_follow_the_map_by_one_request(watch: Watch) -> None:
    watched = watch()
    watched.enter("planner", "en")
    page = watched.page
    asked: list[str] = []

    def heard(request: Request) -> None:
        if "part=shares" in request.url:
            asked.append(request.url)

    page.on("request", heard)
    page.locator("#view-map").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**inview=yes*")
    shares = page.locator("#shares h2").first
    expect(shares).to_contain_text("What the map shows")
    page.wait_for_timeout(REST)
    before, told = len(asked), page.locator("#shares").inner_text()
    page.evaluate("() => [199, 250, 199].forEach((by) => window.gridgov.shown.map.panBy([by, 0], { animate: false }))")
    page.wait_for_function("(told) => document.getElementById('shares').innerText !== told", arg=told)
    page.wait_for_timeout(REST)
    assert len(asked) == before + 1
    page.click("#view-all")
    expect(shares).not_to_contain_text("What the map shows")
    page.go_back()
    page.wait_for_url("**inview=yes*")
    expect(shares).to_contain_text("What the map shows")
    assert watched.complaints == []


def test_a_place_tells_its_figures_under_the_pointer(watch: Watch) -> None:
    watched = watch()
    watched.enter("planner", "en", to="/planner?type=pharmacy&level=compound")
    page = watched.page
    x, y = page.evaluate(PLACE)
    page.mouse.move(x, y)
    page.mouse.move(x + 1, y)
    expect(page.locator(".leaflet-tooltip")).to_contain_text("people reached")
    expect(page.locator("#map-told")).to_be_hidden()
    page.evaluate("() => window.gridgov.shown.map.setZoom(9, { animate: false })")
    expect(page.locator("#map-told")).to_contain_text("Come closer")
    assert watched.complaints == []


def test_a_finger_on_a_grid_is_told_its_figures_and_stays(watch: Watch) -> None:
    watched = watch(PHONE)
    watched.enter("planner", "en", to="/planner?type=pharmacy&level=grid")
    page = watched.page
    x, y = page.evaluate(PLACE)
    page.touchscreen.tap(x, y)
    expect(page.locator("#map-told")).to_contain_text("Pharmacy")
    expect(page.locator(".leaflet-tooltip")).to_have_count(0)
    assert "unit=" not in page.url
    assert watched.complaints == []

"""On a phone: the sheet over the map stops in three places, by thumb and by key; a slow network brings words first."""

from collections.abc import Callable

import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.browser.live import PHONE, Watched

pytestmark = pytest.mark.browser
Watch = Callable[..., Watched]

FAST_3G = {
    "offline": False,
    "latency": 562.5,
    "downloadThroughput": 1_440_000 / 8,
    "uploadThroughput": 675_000 / 8,
}
PATIENCE_MS = 10_000
AT_REST = """() => {
  const { map } = window.gridgov.shown;
  return !map._animatingZoom && (4 * map.getZoom()) % 1 === 0;
}"""
VIEW = """() => {
  const { map } = window.gridgov.shown;
  return { zoom: map.getZoom(), lat: map.getCenter().lat };
}"""


def test_the_sheet_stops_in_three_places_by_thumb_and_by_key(plain: Watch) -> None:
    watched = plain(PHONE)
    watched.enter("coordinator")
    page = watched.page
    lip = page.locator("[data-lip]")
    half = _map_height(page)
    lip.focus()
    page.keyboard.press("ArrowDown")
    peek = _map_height(page)
    page.keyboard.press("End")
    full = _map_height(page)
    assert full < half < peek
    expect(lip).to_have_attribute("aria-valuetext", "列表为主")
    assert page.locator(".sheet-lip").bounding_box()["height"] >= 44  # type: ignore[index]
    _drag(page, by=int(half - full) + 20)
    assert _map_height(page) == half
    _drag(page, by=300)
    assert _map_height(page) == peek
    expect(lip).to_have_attribute("aria-valuenow", "0")
    assert watched.complaints == []


def test_a_place_chosen_on_the_map_brings_the_sheet_up(plain: Watch) -> None:
    watched = plain(PHONE)
    watched.enter("coordinator")
    page = watched.page
    page.locator("[data-lip]").press("Home")
    peek = _map_height(page)
    page.locator("#list tbody a").first.click()
    expect(page.locator("#about h2")).to_be_visible()
    assert _map_height(page) < peek


def test_two_fingers_zoom_the_map_and_one_moves_it(plain: Watch) -> None:
    watched = plain(PHONE)
    watched.enter("coordinator")
    page = watched.page
    wire = page.context.new_cdp_session(page)
    before = page.evaluate(VIEW)
    _touch(wire, [[(195, 250), (195, 290)], [(195, 210), (195, 330)], [(195, 180), (195, 360)]])
    page.wait_for_function("(zoom) => window.gridgov.shown.map.getZoom() > zoom + 1", arg=before["zoom"])
    page.wait_for_function(AT_REST)
    page.wait_for_timeout(500)  # Leaflet takes a finger laid down at once for the second tap of two
    near = page.evaluate(VIEW)
    _touch(wire, [[(195, 200)], [(195, 240)], [(195, 280)], [(195, 320)]])
    page.wait_for_function("(lat) => window.gridgov.shown.map.getCenter().lat > lat", arg=near["lat"])
    moved = page.evaluate(VIEW)
    assert moved["zoom"] == near["zoom"]
    assert page.evaluate("window.scrollY") == 0
    _touch(wire, [[(195, 150), (195, 380)], [(195, 200), (195, 330)], [(195, 250), (195, 280)]])
    page.wait_for_function("(zoom) => window.gridgov.shown.map.getZoom() < zoom", arg=near["zoom"])
    assert watched.complaints == []


def test_on_a_slow_network_the_words_come_first(plain: Watch) -> None:
    watched = plain(PHONE)
    watched.enter("cadre")
    page = watched.page
    page.goto("about:blank")
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
    wire.send("Network.emulateNetworkConditions", FAST_3G)
    page.goto(f"{watched.base}/cadre", wait_until="commit")
    expect(page.locator("a[href^='tel:']").first).to_be_visible(timeout=PATIENCE_MS)
    assert not page.evaluate("document.documentElement.dataset.drawn")
    page.wait_for_load_state("load")
    painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    assert painted < PATIENCE_MS


def _touch(wire: CDPSession, steps: list[list[tuple[int, int]]]) -> None:
    """Lay fingers on the glass, move them step by step, and lift them."""
    for number, fingers in enumerate(steps):
        points = [{"x": x, "y": y, "id": finger} for finger, (x, y) in enumerate(fingers)]
        kind = "touchMove" if number else "touchStart"
        wire.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    wire.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def _map_height(page: Page) -> float:
    box = page.locator(".mapbox").bounding_box()
    assert box
    return box["height"]


def _drag(page: Page, by: int) -> None:
    box = page.locator("[data-lip]").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + 30
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + by / 2)
    page.mouse.move(x, y + by)
    page.mouse.up()


def test_a_link_opens_at_the_top_and_its_tab_is_in_sight(plain: Watch) -> None:
    for role, path in (("planner", "/planner?unit=420599002"), ("admin", "/admin/exports")):
        watched = plain(PHONE)
        watched.enter(role, to=path)
        assert watched.page.evaluate("window.scrollY") == 0
        if role == "admin":
            expect(watched.page.locator(".tabs [aria-current]")).to_be_in_viewport(ratio=0.99)

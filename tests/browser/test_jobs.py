"""Each role's job, clicked through: the coordinator's, the cadre's, the planner's."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.live import AREA, DESKTOP, MARKS, PHONE, SHARES, Watched

pytestmark = pytest.mark.browser
Watch = Callable[..., Watched]


def test_the_coordinator_drills_down_by_click_and_back(watch: Watch) -> None:
    watched = watch()
    watched.enter("coordinator")
    page = watched.page
    _click_area(page)
    expect(page.locator("#about h2")).to_be_visible()
    street = _asked(page, "unit")
    assert len(street) == 9
    assert page.locator(".tree a[aria-current]").count() == 1
    watched.settle()
    page.locator("#list tbody a").first.click()
    page.wait_for_url(lambda url: len(parse_qs(urlsplit(url).query).get("unit", [""])[0]) == 12)
    page.go_back()
    page.wait_for_url(lambda url: parse_qs(urlsplit(url).query).get("unit") == [street])
    expect(page.locator(".tree a[aria-current]")).to_have_count(1)
    page.go_back()
    expect(page.locator("#about")).to_be_hidden()
    assert watched.complaints == []


def test_the_coordinator_opens_the_vacant_posts(watch: Watch) -> None:
    watched = watch()
    watched.enter("coordinator")
    page = watched.page
    number = page.locator(".figures a[href*='tier=3'][href*='what=vacant']")
    told = int(number.inner_text())
    number.click()
    expect(page.locator("#list tbody tr")).to_have_count(told)
    expect(page.locator("#list .mark.vacant")).to_have_count(told)
    watched.settle()
    code = page.locator("#list tbody tr").first.get_attribute("data-code")
    page.locator("#list tbody tr a").first.hover()
    page.wait_for_function("() => window.gridgov.shown.overlay.shown.marked > 0")
    page.locator("#list tbody tr a").first.click()
    expect(page.locator("#about h2")).to_be_visible()
    assert _asked(page, "unit") == code
    assert _asked(page, "what") == "vacant"
    assert watched.complaints == []


def test_the_coordinator_asks_who_by_text_and_by_map(watch: Watch) -> None:
    watched = watch()
    watched.enter("coordinator")
    page = watched.page
    page.click("[data-ask-map]")
    box = page.locator(".folium-map").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] * 0.62, box["y"] + box["height"] * 0.45)
    expect(page.locator(".candidate").first).to_be_visible()
    expect(page.locator("path.place")).to_have_count(1)
    assert "lon" not in page.url
    name = page.locator(".candidate strong").first.inner_text()
    assert name
    watched.open("/")
    page.fill("#ask-place", "420599001")
    page.keyboard.press("Enter")
    expect(page.locator(".candidate strong")).to_have_count(1)
    expect(page.locator(".candidate a[href^='tel:']").first).to_be_visible()
    assert watched.complaints == []


def test_the_list_alone_does_the_job_by_keyboard(watch: Watch) -> None:
    watched = watch()
    watched.enter("coordinator")
    page = watched.page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.locator("#list tbody a").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#about h2")).to_be_visible()
    page.locator("[data-edge]").focus()
    before = page.locator(".drawer").bounding_box()
    page.keyboard.press("ArrowUp")
    after = page.locator(".drawer").bounding_box()
    assert before
    assert after
    assert after["height"] > before["height"]


def test_another_date_is_another_page_and_the_link_keeps_it(watch: Watch) -> None:
    watched = watch()
    watched.enter("coordinator")
    page = watched.page
    page.locator("#as-of-shown").press("Enter")
    page.fill("#as-of", "2025-06-01")
    assert "as_of" not in page.url
    drawn = page.evaluate("Number(document.documentElement.dataset.drawn)")
    page.locator("#as-of").press("Enter")
    page.wait_for_url("**as_of=2025-06-01*")
    page.wait_for_function("(drawn) => Number(document.documentElement.dataset.drawn) > drawn", arg=drawn)
    _click_area(page)
    page.wait_for_url("**unit=*")
    assert _asked(page, "as_of") == "2025-06-01"
    assert watched.complaints == []


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_cadre_sees_his_compounds_and_whom_to_call(watch: Watch, size: dict[str, int]) -> None:
    watched = watch(size)
    watched.enter("cadre")
    page = watched.page
    cards = page.locator("article.mine")
    expect(cards).to_have_count(2)
    expect(cards.first.locator("a[href^='tel:']").first).to_be_visible()
    expect(cards.first.locator(".lack").first).to_be_visible()
    cards.first.locator("h2 a").click()
    expect(page.locator("article.is-chosen")).to_have_count(1)
    expect(page.locator("path.is-chosen")).to_have_count(1)
    page.locator("a[href$='/cadre/suggestions']").click()
    expect(page.locator("h1")).to_be_visible()
    assert watched.complaints == []


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_planner_filters_gaps_and_finds_one_on_the_map(watch: Watch, size: dict[str, int]) -> None:
    watched = watch(size)
    watched.enter("planner")
    page = watched.page
    page.select_option("select[name=cause]", "gate")
    page.click("#filter-go")
    page.wait_for_url("**cause=gate*")
    expect(page.locator("#list tbody .mark:not(.gate)")).to_have_count(0)
    expect(page.locator("#list tbody .mark.gate")).not_to_have_count(0)
    watched.settle()
    page.wait_for_function(MARKS, arg="gate")
    code = page.locator("#list tbody tr").first.get_attribute("data-code")
    page.locator("#list tbody tr a").first.click()
    page.wait_for_url("**unit=*")
    assert _asked(page, "unit") == code
    assert _asked(page, "cause") == "gate"
    expect(page.locator("#list tbody tr[aria-selected=true]").first).to_be_attached()
    assert watched.complaints == []


def test_the_planner_filters_by_keyboard_and_keeps_his_place(watch: Watch) -> None:
    watched = watch()
    watched.enter("planner")
    page = watched.page
    page.locator("#filter-cause").focus()
    before = page.url
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert page.url == before
    chosen = page.locator("#filter-cause").input_value()
    assert chosen
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert _focused(page) == "filter-go"
    page.keyboard.press("Enter")
    page.wait_for_url(f"**cause={chosen}*")
    watched.settle()
    assert _focused(page) == "filter-go"
    assert page.locator("#filter-cause").input_value() == chosen
    page.locator("#bar-health").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**scenario=health*")
    watched.settle()
    assert _focused(page) == "bar-health"
    assert watched.complaints == []


def test_the_map_is_no_row_of_tab_stops(watch: Watch) -> None:
    watched = watch()
    watched.enter("planner")
    page = watched.page
    page.evaluate("document.body.focus()")
    for _ in range(80):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.tagName") != "path"
        if page.evaluate("Boolean(document.activeElement.closest('#list'))"):
            break
    assert page.evaluate("Boolean(document.activeElement.closest('#list'))")


def test_who_asks_the_map_after_the_session_ended_signs_in(watch: Watch) -> None:
    watched = watch()
    watched.enter("coordinator")
    page = watched.page
    page.context.clear_cookies()
    page.click("[data-ask-map]")
    box = page.locator(".folium-map").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] * 0.62, box["y"] + box["height"] * 0.45)
    page.wait_for_url("**/login?next=*")
    page.click("button[value=coordinator]")
    page.wait_for_url(watched.base + "/")


def test_a_thumb_meets_what_it_aims_at(watch: Watch) -> None:
    watched = watch(PHONE)
    watched.enter("viewer")
    small = """() => [...document.querySelectorAll(".call, .table a, .crumbs a, .chip.removable, .foot a, .button")]
        .filter((one) => one.offsetParent).map((one) => [one.className, one.getBoundingClientRect()])
        .filter(([, box]) => box.height < 44 || box.width < 44).map(([name, box]) => `${name} ${box.height}`)"""
    for path in ("/?tier=3&what=vacant", "/?unit=420599001", "/planner?street=420599001&unit=420599001"):
        watched.open(path)
        assert watched.page.evaluate(small) == []


def test_the_planner_narrows_to_a_scenario_by_its_bar(watch: Watch) -> None:
    watched = watch()
    watched.enter("planner")
    page = watched.page
    page.locator(".bars a[href*='scenario=health']").click()
    page.wait_for_url("**scenario=health*")
    assert page.locator("select[name=scenario]").input_value() == "health"
    watched.settle()
    page.wait_for_function(MARKS, arg="facilities")
    assert page.evaluate(SHARES) > 50
    assert watched.complaints == []


def test_the_language_is_switched_and_remembered(watch: Watch) -> None:
    watched = watch()
    watched.enter("coordinator")
    page = watched.page
    page.locator("a[hreflang=en]").click()
    assert page.locator("html").get_attribute("lang") == "en"
    watched.open("/?tier=3&what=vacant")
    assert page.locator("html").get_attribute("lang") == "en"
    expect(page.locator("#list h2")).to_contain_text("Vacant posts")


def test_a_lost_server_is_told_and_the_page_stays(watch: Watch) -> None:
    watched = watch()
    watched.enter("coordinator")
    page = watched.page
    page.context.set_offline(True)
    page.locator("#list tbody a").first.click()
    expect(page.locator("#notice")).to_be_visible()
    expect(page.locator("#list tbody tr").first).to_be_visible()
    page.context.set_offline(False)
    page.locator("#list tbody a").first.click()
    expect(page.locator("#about h2")).to_be_visible()
    expect(page.locator("#notice")).to_be_hidden()


def _click_area(page: Page) -> None:
    """Click on the map where some area lies and no symbol."""
    x, y = page.evaluate(AREA)
    page.mouse.click(x, y)


def _focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id"))


def _asked(page: Page, name: str) -> str:
    return parse_qs(urlsplit(page.url).query).get(name, [""])[0]

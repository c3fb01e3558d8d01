"""Mornings in the demo city: a coordinator's, from vacancies to a hand-over, and a cadre's, at a phone and offline."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.live import DESKTOP, PATIENCE, PHONE, Watched, context_of, watched_page
from tests.browser.test_cadre import READY
from tests.databases import Databases

pytestmark = pytest.mark.browser
VACANT = ".figures tbody tr:last-child td:nth-of-type(2)"


@pytest.fixture(scope="module")
def truth(databases: Databases) -> dict[str, Any]:
    """What was planted in the city."""
    told: dict[str, Any] = json.loads((databases.demo_folder("city") / "truth.json").read_bytes())
    return told


def opened(chromium: Browser, city: str, role: str, size: dict[str, int] = DESKTOP) -> Watched:
    watched = watched_page(context_of(chromium, size), city)
    watched.enter(role)
    return watched


def settle_two(watched: Watched) -> None:
    """Tick the first two lines, ask again, and see that they stayed as they were."""
    page = watched.page
    ticks = page.locator("input[name=lock]")
    settled = [ticks.nth(number).get_attribute("value") for number in (0, 1)]
    for value in settled:
        page.check(f"input[name=lock][value='{value}']")
    page.click("#list button[value=again]")
    watched.settle()
    expect(page.locator("tr.is-settled")).to_have_count(2)
    assert [row.get_attribute("value") for row in page.locator("input[name=lock]:checked").all()] == settled


def test_a_coordinators_morning(chromium: Browser, city: str, truth: dict[str, Any]) -> None:
    planted = truth["posts"]["3"]
    first = opened(chromium, city, "coordinator")
    page = first.page
    assert page.locator(VACANT).inner_text() == str(planted["vacant"]) == "228"
    page.locator(f"{VACANT} a[href*='what=vacant']").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#list .head h2")).to_contain_text(str(planted["vacant"]))
    wanted = set(planted["units"]["vacant"])
    assert codes(page) <= wanted
    page.click("#list a[href*='/contacts/suggest']")
    first.settle()
    assert codes(page) == wanted
    settle_two(first)
    expect(page.locator("path.symbol.filled")).to_have_count(len(wanted))
    page.locator("path.symbol.filled").first.dispatch_event("click")
    expect(page.locator("#list tr.is-hot")).to_have_count(1)
    assert page.url.startswith(f"{city}/contacts/suggest")

    page.click("button[value=propose]")
    page.wait_for_url("**/changes/*")
    first.settle()
    address = page.url.removeprefix(city).partition("#")[0]
    expect(page.locator("form[action$=approve]")).to_have_count(0)

    second = opened(chromium, city, "admin")
    second.open("/")
    second.page.click(".counts a[href*='what=to_decide']")
    second.page.locator(f"#list a[href='{address}']").first.click()
    second.settle()
    second.page.click("form[action$=approve] button")
    expect(second.page.locator("form[action$=undo]")).to_have_count(1)

    first.open("/")
    expect(page.locator(VACANT)).to_have_text("0")
    page.click(".counts a[href*='what=changed']")
    expect(page.locator("#list h2")).to_contain_text(str(len(wanted)))
    assert codes(page) <= wanted
    page.locator("#list tbody a").first.click()
    page.click("#about a[href*='/report/handover']")
    sheet = page.locator("a[href*='handover.pdf']").get_attribute("href")
    answer = page.context.request.get(f"{city}{sheet}")
    assert answer.body().startswith(b"%PDF")
    for watched in (first, second):
        assert (watched.complaints, watched.elsewhere) == ([], [])
        watched.page.context.close()


def codes(page: Page) -> set[str | None]:
    """Return the codes of the places on the list's page."""
    found = page.locator("#list tbody tr").evaluate_all("(rows) => rows.map((row) => row.dataset.code)")
    assert found
    return set(found)


def test_a_cadres_morning(chromium: Browser, city: str, truth: dict[str, Any]) -> None:
    watched = opened(chromium, city, "cadre", PHONE)
    page = watched.page
    card = page.locator("article.mine").first
    code = str(card.get_attribute("data-code"))
    assert code not in truth["posts"]["3"]["units"]["vacant"]
    expect(card.locator(".chip.accent").first).to_contain_text("牵头人")
    expect(card.get_by_text(re.compile("自 20.*日")).first).to_be_visible()
    expect(card.get_by_text("演示文").first).to_be_visible()
    expect(card.locator("a.button.main[href^='tel:0717-']")).to_be_visible()
    expect(card.get_by_text("您是联系人").first).to_be_visible()

    card.get_by_text("步行前往").click()
    expect(page.locator("path.way.walk")).to_have_count(1, timeout=PATIENCE)
    expect(page.locator("#walk")).to_contain_text(re.compile(r"从.+步行到.+：[\d,]+ 米，约 \d+ 分钟"))
    page.get_by_role("button", name="在地图上选出发点").click()
    page.locator(".folium-map").click(position={"x": 190, "y": 120})
    expect(page.locator("#walk")).to_contain_text("从您指定的位置步行到", timeout=PATIENCE)
    expect(page.locator("path.way")).to_have_count(1)
    assert page.url.partition("#")[0] == f"{city}/cadre?unit={code}&walk=1"
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

    watched.open("/cadre")
    watched.until(READY)
    assert watched.complaints == []
    page.context.set_offline(True)
    page.goto(f"{city}/cadre")
    expect(page.locator("#kept")).to_contain_text("离线")
    expect(page.locator("article.mine").first).to_have_attribute("data-code", code)
    expect(page.locator("a[href^='tel:']").first).to_be_visible()
    page.context.set_offline(False)
    assert watched.elsewhere == []
    page.context.close()


def test_on_a_phone_the_same_lines_fit_a_thumb(chromium: Browser, city: str) -> None:
    watched = opened(chromium, city, "coordinator", PHONE)
    for path in ("/contacts/suggest?tier=1", "/changes", "/contacts/departments", "/changes/file"):
        watched.open(path)
        assert watched.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
        small = watched.page.locator(".ticks .tick, main .button").evaluate_all(
            "(all) => all.filter((one) => one.offsetParent && one.getBoundingClientRect().height < 44).length"
        )
        assert small == 0, path
    assert watched.complaints == []
    watched.page.context.close()

"""The cadre's phone: what is new on this device, a contact given back, and the last page where there is no network."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.live import PHONE, Watched

pytestmark = pytest.mark.browser
Watch = Callable[..., Watched]

KEPT = "async () => (await caches.keys()).filter((name) => name.startsWith('gridgov-cadre-'))"
FILES = """async () => {
  const [name] = await caches.keys();
  return name ? (await (await caches.open(name)).keys()).map(({ url }) => new URL(url).pathname) : [];
}"""
READY = """async () => {
  const [name] = await caches.keys();
  const kept = name ? (await (await caches.open(name)).keys()).map(({ url }) => new URL(url).pathname) : [];
  return kept.includes("/cadre") && kept.includes("/static/icons.svg") && Boolean(navigator.serviceWorker.controller);
}"""
LAST_WEEK = """() => {
  const [key] = Object.keys(localStorage).filter((name) => name.startsWith("gridgov-cadre-"));
  const told = JSON.parse(localStorage.getItem(key));
  localStorage.setItem(key, JSON.stringify({ at: Date.now() - 7 * 86400000, marks: told.marks.slice(1) }));
}"""


def test_without_a_network_the_last_page_is_there_for_its_reader_alone(plain: Watch) -> None:
    watched = plain(PHONE)
    watched.enter("cadre")
    page = watched.page
    watched.until(READY)
    assert {path.split("/")[1] for path in page.evaluate(FILES)} == {"cadre", "static", "map"}
    page.context.set_offline(True)
    page.goto(f"{watched.base}/cadre")
    expect(page.locator("#kept")).to_contain_text("离线")
    expect(page.get_by_role("heading", name="我的包联")).to_be_visible()
    expect(page.locator("a[href^='tel:']").first).to_be_visible()
    expect(page.locator(".give-back:visible")).to_have_count(0)
    expect(page.locator(".mapbox")).to_be_hidden()
    page.context.set_offline(False)
    page.goto(f"{watched.base}/cadre")
    expect(page.locator("#kept")).to_be_hidden()
    _sign_out(page)
    assert page.evaluate(KEPT) == []
    page.context.set_offline(True)
    with pytest.raises(Exception, match="ERR_"):
        page.goto(f"{watched.base}/cadre")


def test_another_account_on_the_device_finds_nothing_kept(plain: Watch) -> None:
    watched = plain(PHONE)
    watched.enter("cadre")
    page = watched.page
    watched.until(READY)
    page.context.clear_cookies()
    watched.enter("viewer")
    watched.until(f"async () => !(await ({KEPT})()).length")


def test_what_is_new_is_told_once_and_nothing_of_it_is_sent(plain: Watch) -> None:
    watched = plain(PHONE)
    watched.enter("cadre")
    page = watched.page
    expect(page.locator("#news")).to_be_hidden()
    page.evaluate(LAST_WEEK)
    page.goto(f"{watched.base}/cadre")
    expect(page.locator("#news li:visible")).to_have_count(1)
    page.reload()
    expect(page.locator("#news li:visible")).to_have_count(1)  # the same visit still
    assert watched.elsewhere == []


def test_a_contact_is_given_back_with_a_reason(plain: Watch) -> None:
    watched = plain(PHONE)
    watched.enter("cadre")
    page = watched.page
    page.locator("[data-lip]").press("End")
    offers = page.locator(".give-back")
    before = offers.count()
    offers.first.locator("summary").click()
    offers.first.get_by_role("button", name="退回").click()
    expect(page.locator(".give-back textarea:invalid").first).to_be_focused()
    offers.first.locator("textarea").fill("调往外地工作")
    offers.first.get_by_role("button", name="退回").click()
    expect(page.locator(".mine").first).to_contain_text("待答复")
    expect(page.locator(".mine").first).to_contain_text("调往外地工作")
    expect(page.locator(".give-back")).to_have_count(before - 1)
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(f"{watched.base}/cadre?lang=en")
    expect(page.locator(".mine .chip.note").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    assert watched.complaints == []


def _sign_out(page: Page) -> None:
    page.locator(".tools details > summary").click()
    page.get_by_role("button", name="退出").click()
    page.wait_for_url("**/login*")

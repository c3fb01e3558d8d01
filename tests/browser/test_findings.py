"""The page of findings in a browser: what is chosen in the list is chosen on the map, and the other way round."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.live import DESKTOP, PHONE, Watched

pytestmark = pytest.mark.browser
Watch = Callable[..., Watched]


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_list_and_map_are_twins(watch: Watch, size: dict[str, int]) -> None:
    watched = watch(size)
    watched.enter("admin", to="/admin/findings")
    page, rows = watched.page, watched.page.locator("#list tr[data-code]")
    expect(page.locator("path.symbol")).to_have_count(rows.count())
    rows.first.locator("th a").click()
    expect(page.locator("#about h2")).to_be_visible()
    expect(page.locator("path.symbol.is-chosen")).to_have_count(1)
    assert "finding=" in page.url
    page.locator("#about a[data-soft]").click()
    expect(page.locator("#about")).to_be_hidden()
    page.locator("path.symbol.warning").first.click()
    expect(page.locator("#list tr[aria-selected=true]")).to_have_count(1)
    assert watched.complaints == []


def test_the_keyboard_alone_chooses_and_filters(watch: Watch) -> None:
    watched = watch()
    watched.enter("admin", to="/admin/findings")
    page = watched.page
    row = page.locator("#list tr[data-code] th a").first
    row.focus()
    expect(page.locator("path.symbol.is-hot")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("#list tr[aria-selected=true]")).to_have_count(1)
    page.select_option("#filter-severity", "warning")
    page.focus("#filter-go")
    page.keyboard.press("Enter")
    page.wait_for_url("**severity=warning*")
    expect(page.locator("#list table .mark.error")).to_have_count(0)
    assert watched.complaints == []

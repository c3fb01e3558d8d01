"""Partner bodies in the browser: figure, list, marks and panel say the same, by mouse, keyboard and thumb."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.live import DESKTOP, PHONE, Watched

pytestmark = pytest.mark.browser
Watch = Callable[..., Watched]
CLEAR = "path.symbol.pledge_overdue:not(.dim)"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_from_the_figure_to_list_mark_and_panel(watch: Watch, scheme: str) -> None:
    watched = watch(DESKTOP, scheme=scheme)
    watched.enter("coordinator")
    page = watched.page
    figure = page.locator(".counts a[href*='what=pledges_overdue']")
    assert figure.locator("strong").inner_text() == "7"
    figure.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#list .offers .wanting").first).to_be_visible()
    expect(page.locator(CLEAR)).not_to_have_count(0)
    rows = page.locator("#list tbody tr").count()
    assert page.locator(CLEAR).count() <= rows
    expect(page.locator("path.symbol.vacant")).to_have_count(0)
    link = page.locator("#list tbody tr a").first
    link.hover()
    expect(page.locator("path.symbol.is-hot")).to_have_count(1)
    name = link.inner_text()
    link.click()
    expect(page.locator("#about .body-told", has_text=name)).to_be_visible()
    assert "what=pledges_overdue" in page.url
    page.go_back()
    expect(page.locator("#about")).to_be_hidden()
    assert watched.complaints == []


def test_a_filter_stays_in_the_address(watch: Watch) -> None:
    watched = watch()
    watched.enter("coordinator", "en", to="/?what=partners")
    page = watched.page
    page.select_option("#filter-body", "volunteer_team")
    page.click("#filter-go")
    page.wait_for_url("**body=volunteer_team**")
    expect(page.locator("#list tbody tr")).to_have_count(20)
    expect(page.locator("path.symbol:not(.dim)")).to_have_count(20)
    assert watched.complaints == []


def test_on_a_phone_a_number_is_a_tap_away(watch: Watch) -> None:
    watched = watch(PHONE)
    watched.enter("coordinator", to="/?what=pledges_due")
    page = watched.page
    call = page.locator("#list a[href^='tel:0717']").first
    call.scroll_into_view_if_needed()
    box = call.bounding_box()
    assert box
    assert min(box["width"], box["height"]) >= 44
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

"""The search box: suggestions by keyboard and by pointer, one question for a word, none for a letter."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Request, expect

from tests.browser.live import PHONE, Watched

pytestmark = pytest.mark.browser
Watch = Callable[..., Watched]


def test_a_place_is_chosen_while_one_types(plain: Watch) -> None:
    watched = plain(PHONE)
    watched.enter("coordinator")
    page = watched.page
    asked: list[str] = []

    def note(request: Request) -> None:
        if "/who/suggestions" in request.url:
            asked.append(request.url)

    page.on("request", note)
    box = page.get_by_role("combobox", name="这里谁管")
    expect(box).to_have_attribute("aria-expanded", "false")
    box.press_sequentially("q")
    page.wait_for_timeout(500)
    assert asked == []
    box.press_sequentially("ilanjiedao", delay=20)
    options = page.get_by_role("option")
    expect(options.first).to_contain_text("栖澜街道")
    assert len(asked) == 1
    expect(box).to_have_attribute("aria-expanded", "true")
    box.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    active = box.get_attribute("aria-activedescendant")
    assert active == options.first.get_attribute("id")
    box.press("Escape")
    expect(page.get_by_role("listbox")).to_have_count(0)
    box.fill("栖澜")
    expect(options.first).to_be_visible()
    options.first.click()
    page.wait_for_url("**/who?place=420599001*")
    expect(page.locator("#about h2").first).to_have_text("栖澜街道")
    assert watched.complaints == []


def test_numbers_typed_are_sent_only_when_asked(plain: Watch) -> None:
    watched = plain()
    watched.enter("viewer")
    page = watched.page
    with page.expect_request("**/who?**") as asking:
        page.get_by_role("combobox").press_sequentially("111.3,30.7")
        page.wait_for_timeout(400)
        page.keyboard.press("Enter")
    assert "/who?place=" in asking.value.url
    assert watched.elsewhere == []

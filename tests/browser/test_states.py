"""What a page says when something is not as usual: no server, back again, left open overnight."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.live import Watched

pytestmark = pytest.mark.browser
Watch = Callable[..., Watched]


def test_what_was_asked_for_offline_comes_when_the_server_is_back(plain: Watch) -> None:
    watched = plain()
    watched.enter("coordinator")
    page = watched.page
    page.context.set_offline(True)
    expect(page.locator("#notice")).to_contain_text("无法连接服务器")
    row = page.locator("#list tbody a").first
    name = row.inner_text()
    row.click()
    expect(page.locator("#notice button")).to_have_text("重试")
    page.context.set_offline(False)
    expect(page.locator("#about h2")).to_have_text(name, timeout=20_000)
    expect(page.locator("#notice")).to_be_hidden()


def test_a_page_left_open_overnight_says_so(plain: Watch) -> None:
    watched = plain()
    page = watched.page
    page.clock.install()
    watched.enter("coordinator", "en")
    page.clock.fast_forward(timedelta(days=1).total_seconds() * 1000)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("#notice")).to_contain_text("loaded on an earlier day")
    page.locator("#notice button").click()
    expect(page.locator("#notice")).to_be_hidden()

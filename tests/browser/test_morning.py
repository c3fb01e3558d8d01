"""A coordinator's morning: vacancies, a suggestion, two lines settled, proposed, approved by another, handed over."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.live import DESKTOP, PHONE, Watched, context_of, served, watched_page
from tests.databases import Databases

pytestmark = pytest.mark.browser
VACANT = ".figures a[href*='tier=3'][href*='what=vacant']"


@pytest.fixture(scope="module")
def desk(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A district of its own: the morning changes who leads what."""
    with databases.copy("sqlite", "demo") as url, served(url, tmp_path_factory.mktemp("instance")) as address:
        yield address


def opened(chromium: Browser, desk: str, role: str, size: dict[str, int] = DESKTOP) -> Watched:
    watched = watched_page(context_of(chromium, size), desk)
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


def test_a_coordinators_morning(chromium: Browser, desk: str, demo_folder: Path) -> None:
    planted = json.loads((demo_folder / "truth.json").read_bytes())["posts"]["3"]
    first = opened(chromium, desk, "coordinator")
    page = first.page
    assert page.locator(VACANT).inner_text() == str(planted["vacant"])
    page.locator(VACANT).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#list tbody tr")).to_have_count(planted["vacant"])
    rows = page.locator("#list tbody tr")
    assert {row.get_attribute("data-code") for row in rows.all()} == set(planted["units"]["vacant"])

    page.click("#list a[href*='/contacts/suggest']")
    first.settle()
    settle_two(first)
    expect(page.locator("path.symbol.filled")).to_have_count(planted["vacant"])
    page.locator("path.symbol.filled").first.dispatch_event("click")
    expect(page.locator("#list tr.is-hot")).to_have_count(1)
    assert page.url.startswith(f"{desk}/contacts/suggest")

    page.click("button[value=propose]")
    page.wait_for_url("**/changes/*")
    first.settle()
    address = page.url.removeprefix(desk).partition("#")[0]
    expect(page.locator("form[action$=approve]")).to_have_count(0)

    second = opened(chromium, desk, "admin")
    second.open("/")
    second.page.click(".counts a[href*='what=to_decide']")
    second.page.locator(f"#list a[href='{address}']").first.click()
    second.settle()
    second.page.click("form[action$=approve] button")
    expect(second.page.locator("form[action$=undo]")).to_have_count(1)

    first.open("/")
    expect(page.locator(VACANT)).to_have_count(0)
    page.click(".counts a[href*='what=changed']")
    expect(page.locator("#list tbody tr")).to_have_count(planted["vacant"])
    page.locator("#list tbody a").first.click()
    page.click("#about a[href*='/report/handover']")
    sheet = page.locator("a[href*='handover.pdf']").get_attribute("href")
    answer = page.context.request.get(f"{desk}{sheet}")
    assert answer.body().startswith(b"%PDF")
    for watched in (first, second):
        assert (watched.complaints, watched.elsewhere) == ([], [])
        watched.page.context.close()


def test_on_a_phone_the_same_lines_fit_a_thumb(chromium: Browser, desk: str) -> None:
    watched = opened(chromium, desk, "coordinator", PHONE)
    for path in ("/contacts/suggest?tier=1", "/changes", "/contacts/departments", "/changes/file"):
        watched.open(path)
        assert watched.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
        small = watched.page.locator(".ticks .tick, main .button").evaluate_all(
            "(all) => all.filter((one) => one.offsetParent && one.getBoundingClientRect().height < 44).length"
        )
        assert small == 0, path
    assert watched.complaints == []
    watched.page.context.close()

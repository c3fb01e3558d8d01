"""A plan drawn on the map: figures change, undo takes back, saving keeps, an expired session loses nothing."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from gridgov.settings import Settings
from gridgov.storage.database import open_engine, writing
from gridgov.usecases import accounts
from gridgov.usecases.accounts import Grant
from tests.browser.live import DESKTOP, PHONE, Watched
from tests.browser.planning import add_point, come_close, first_worked, gaining, worked

pytestmark = pytest.mark.browser
Watch = Callable[..., Watched]
NEW = "/planner?plan=new&type=pharmacy"
PASSWORD = "a long enough password"


@pytest.fixture
def colleague(settings: Settings) -> str:
    """The name of another planner."""
    engine = open_engine(settings.database_url)
    with writing(engine) as session:
        accounts.add(session, "colleague", PASSWORD, grants=[Grant("planner")])
    engine.dispose()
    return "colleague"


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_plan_is_drawn_saved_and_found_again(watch: Watch, size: dict[str, int]) -> None:
    watched = watch(size)
    watched.enter("planner", to=NEW)
    page = watched.page
    _begun(watched)
    add_point(page)
    expect(page.locator("#edits li")).to_have_count(1)
    assert gaining(page) > 0
    worked(page, lambda: page.click("#plan-undo"))
    assert gaining(page) == 0
    worked(page, lambda: page.click("#plan-redo"))
    assert gaining(page) > 0
    name = f"Pharmacy {size['width']}"
    page.fill("#plan-name", name)
    with page.expect_navigation():
        page.click("#plan-save")
    watched.settle()
    expect(page.locator(".tabs [aria-current]")).to_have_text(name)
    expect(page.locator("#edits li")).to_have_count(1)
    expect(page.locator(".thing-mark.added.leaflet-marker-icon")).to_have_count(1)
    page.once("dialog", lambda dialog: dialog.accept())
    with page.expect_navigation():
        page.click("#plan-remove")
    expect(page.locator(".tabs").get_by_text(name)).to_have_count(0)
    assert watched.complaints == []


def test_an_expired_session_loses_nothing(watch: Watch) -> None:
    watched = watch()
    watched.enter("planner", to=NEW)
    page = watched.page
    _begun(watched)
    add_point(page)
    page.fill("#plan-name", "Kept by the tab")
    page.context.clear_cookies()
    page.click("#plan-save")
    with page.expect_navigation():
        page.click("#notice button")
    page.click("button[value=planner]")
    watched.settle()
    first_worked(page)
    expect(page.locator("#edits li")).to_have_count(1)
    expect(page.locator("#plan-name")).to_have_value("Kept by the tab")
    with page.expect_navigation():
        page.evaluate("() => document.querySelector('form[data-reader]').submit()")
    assert page.evaluate("() => Object.keys(sessionStorage).filter((key) => key.startsWith('gridgov-plan'))") == []


def test_two_planners_on_one_plan_lose_nothing(watch: Watch, colleague: str) -> None:
    """Each is told what the other changed, name and all, before his own saving; afterwards the plan holds both."""
    first, second = watch(), watch()
    first.enter("planner", "en", to=NEW)
    page, other = first.page, second.page
    _begun(first)
    page.locator(".leaflet-marker-icon.gate.residents, .leaflet-marker-icon.gate.closed").first.dispatch_event("click")
    worked(page, lambda: page.click("#thing [data-state=open]"))
    expect(page.locator("#edits li")).to_contain_text("open to all")
    page.fill("#plan-name", "A gate")
    with page.expect_navigation():
        page.click("#plan-save")
    first_worked(page)
    page.check("#plan-shared")

    other.goto(f"{first.base}/login?lang=en")
    other.fill("[name=name]", colleague)
    other.fill("[name=password]", PASSWORD)
    other.click("form[action$=login] button")
    other.goto(page.url)
    first_worked(other)
    other.evaluate("() => window.gridgov.shown.map.panBy([150, 0], { animate: false })")
    add_point(other)
    other.fill("#plan-name", "A gate and a pharmacy")
    other.click("#plan-save")
    expect(other.locator("#where h1")).to_have_text("A gate and a pharmacy")

    come_close(page)
    add_point(page)
    page.click("#plan-save")
    expect(page.locator("#plan-conflict ins")).to_have_text([re.compile("harmacy"), "called A gate and a pharmacy"])
    worked(page, lambda: page.click("[data-settle=both]"))
    expect(page.locator("#edits li")).to_have_count(3)
    worked(page, lambda: page.click("[data-take='1']"))
    page.click("#plan-save")
    expect(page.locator("#where h1")).to_have_text("A gate and a pharmacy")

    other.fill("#plan-name", "Ours")
    other.click("#plan-save")
    expect(other.locator("#plan-conflict ins")).to_have_text(re.compile("harmacy"))
    expect(other.locator("#plan-conflict del")).to_have_text(re.compile("harmacy"))
    worked(other, lambda: other.click("[data-settle=both]"))
    expect(other.locator("#edits li")).to_have_count(2)
    other.click("#plan-save")
    expect(other.locator("#where h1")).to_have_text("Ours")
    assert [told for told in (*first.complaints, *second.complaints) if "409" not in told] == []


def _begun(watched: Watched) -> None:
    """Wait for a new plan on the middle of the district, and come close enough for gates to show."""
    first_worked(watched.page)
    come_close(watched.page)

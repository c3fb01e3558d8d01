"""A plan drawn on the map: figures change, undo takes back, saving keeps, an expired session loses nothing."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.live import DESKTOP, PHONE, Watched
from tests.browser.planning import add_point, come_close, first_worked, gaining, worked

pytestmark = pytest.mark.browser
Watch = Callable[..., Watched]
NEW = "/planner?plan=new&type=pharmacy"


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_plan_is_drawn_saved_and_found_again(watch: Watch, size: dict[str, int]) -> None:
    watched = watch(size)
    watched.enter("planner")
    page = watched.page
    _open(watched)
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
    watched.enter("planner")
    page = watched.page
    _open(watched)
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


def test_a_gate_is_opened_and_a_second_saving_meets_the_first(watch: Watch) -> None:
    watched = watch()
    watched.enter("planner", "en")
    page = watched.page
    _open(watched)
    page.locator(".leaflet-marker-icon.gate.residents, .leaflet-marker-icon.gate.closed").first.dispatch_event("click")
    worked(page, lambda: page.click("#thing [data-state=open]"))
    expect(page.locator("#edits li")).to_contain_text("open to all")
    page.fill("#plan-name", "A gate")
    with page.expect_navigation():
        page.click("#plan-save")
    watched.settle()
    number = page.url.split("plan=")[1].split("&")[0].split("#")[0]
    first_worked(page)
    told = page.evaluate(
        """async (number) => {
          const token = document.querySelector("[name=csrf_token]").value;
          const address = `/api/v1/plans/${number}`;
          const plan = await (await fetch(address)).json();
          const { lng, lat } = window.gridgov.shown.map.getCenter();
          const more = { do: "add_point", type: "pharmacy", x: lng, y: lat };
          const body = JSON.stringify({ version: plan.version, edits: [...plan.edits, more] });
          const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
          return (await fetch(address, { method: "PUT", headers, body })).status;
        }""",
        number,
    )
    assert told == 200
    page.fill("#plan-name", "My gate")
    page.click("#plan-save")
    expect(page.locator("#plan-conflict ins")).to_contain_text("harmacy")
    worked(page, lambda: page.click("[data-settle=both]"))
    expect(page.locator("#edits li")).to_have_count(2)
    page.click("#plan-save")
    expect(page.locator("#where h1")).to_have_text("My gate")


def _open(watched: Watched) -> None:
    """Open a new plan on the middle of the district, close enough for gates to show."""
    watched.open(NEW)
    first_worked(watched.page)
    come_close(watched.page)

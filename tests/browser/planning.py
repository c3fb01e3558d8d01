"""Working on a plan in the browser: figures are waited for, gates come in sight, it is told how many people gain."""

from collections.abc import Callable

from playwright.sync_api import Page

WORKED = "(before) => Number(document.documentElement.dataset.planned || 0) > before"
NEAR = """([at, zoom]) => {
  const { map } = window.gridgov.shown;
  map.setView(at ? [at[1], at[0]] : map.getCenter(), zoom, { animate: false });
}"""


def first_worked(page: Page) -> None:
    """Wait until the figures of a plan just opened are there."""
    page.wait_for_function(WORKED, arg=0)


def worked(page: Page, act: Callable[[], None]) -> None:
    """Do something to a plan and wait until its figures are there."""
    before = int(page.evaluate("() => Number(document.documentElement.dataset.planned || 0)"))
    act()
    page.wait_for_function(WORKED, arg=before)


def gaining(page: Page) -> float:
    """Return how many people gain something by the plan."""
    return float(page.locator("#plan-sum").get_attribute("data-gaining") or 0)


def come_close(page: Page, at: list[float] | None = None, zoom: int = 16, least: int = 1) -> None:
    """Go near enough for service points and gates to show: to a longitude and latitude, else where the map is."""
    page.evaluate(NEAR, [at, zoom])
    page.wait_for_function("(least) => Number(document.documentElement.dataset.things) >= least", arg=least)


def add_point(page: Page) -> None:
    """Put a new service point into the middle of the map."""
    page.click("[data-tool=add_point]")
    worked(page, lambda: page.click("#plan-middle"))

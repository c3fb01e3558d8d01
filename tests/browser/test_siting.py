"""Siting on the page: asked, locked by its row and by a tap on the map, premises brought, the answer made a plan."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.live import DESKTOP, PHONE, Watched

pytestmark = pytest.mark.browser
Watch = Callable[..., Watched]
SHOWN = "(before) => Number(document.documentElement.dataset.sited || 0) > before"


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_sites_are_asked_for_locked_and_made_a_plan(watch: Watch, size: dict[str, int]) -> None:
    watched = watch(size)
    watched.enter("planner", to="/planner/siting")
    page = watched.page
    page.select_option("#siting-type", "pharmacy")
    page.fill("#siting-sites", "3")
    _wait(page, lambda: page.locator("#siting-sites").press("Enter"))
    expect(page.locator(".leaflet-marker-icon.siting-mark")).to_have_count(3)
    expect(page.locator("#siting-sum")).to_contain_text("可达")
    assert page.locator("path.plan-gains").count() > 0
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    second = page.locator("#list tbody tr").nth(1).get_attribute("data-code")
    _wait(page, lambda: page.locator("#lock-2").press("Enter"))
    expect(page.locator("#list tbody tr").first).to_have_attribute("data-code", str(second))
    expect(page.locator(".leaflet-marker-icon.siting-mark.locked")).to_have_count(1)
    page.locator(".leaflet-marker-icon.siting-mark").nth(1).dispatch_event("click")
    assert page.evaluate("() => document.activeElement.id") == "lock-2"
    page.locator("#siting-name").fill(f"Sited {size['width']}")
    with page.expect_navigation():
        page.click("#siting-keep")
    watched.settle()
    expect(page.locator(".tabs [aria-current]")).to_have_text(f"Sited {size['width']}")
    expect(page.locator("#edits li")).to_have_count(3)
    assert watched.complaints == []


def test_a_tap_on_the_map_locks_a_place_and_premises_are_brought(watch: Watch, tmp_path: Path) -> None:
    watched = watch()
    watched.enter("planner", "en", to="/planner/siting?type=pharmacy&sites=2")
    page = watched.page
    page.click("#siting-here")
    expect(page.locator("#siting-here")).to_have_attribute("aria-pressed", "true")
    tap = """() => { const { y, x } = window.gridgov.view().siting.places[0];
        window.gridgov.shown.map.fire("click", { latlng: L.latLng(y, x) }); }"""
    _wait(page, lambda: page.evaluate(tap))
    expect(page.locator("#siting-held .chip")).to_have_count(1)
    file = tmp_path / "premises.csv"
    centre = page.evaluate("() => window.gridgov.view().siting.places[0]")
    file.write_text(f"name,lon,lat,cost\nHall,{centre['x']},{centre['y']},none\n", encoding="utf-8")
    page.click("#siting-bring summary")
    page.set_input_files("#premises-file", file)
    page.click("#premises-go")
    expect(page.locator("#premises-refusal")).to_contain_text("premises.csv, row 2: cost = “none”")
    file.write_text(f"name,lon,lat,cost\nHall,{centre['x']},{centre['y']},5\n", encoding="utf-8")
    page.set_input_files("#premises-file", file)
    _wait(page, lambda: page.click("#premises-go"))
    expect(page.locator("#list tbody tr")).to_have_attribute("data-code", "Hall")
    expect(page.locator("#siting-premises option:checked")).to_contain_text("premises.csv")
    assert [one for one in watched.complaints if "400" not in one] == []


def _wait(page: Page, does: Callable[[], object]) -> None:
    before = page.evaluate("() => Number(document.documentElement.dataset.sited || 0)")
    does()
    page.wait_for_function(SHOWN, arg=before)

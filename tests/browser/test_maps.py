"""The map in the browser: links open the same view, layers fade, a lost server comes back, a first view stays light."""

import os
from base64 import b64decode
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from gridgov.spatial.datums import wgs84_to_gcj02
from tests.browser.live import (
    AREA,
    ARGUMENTS,
    DESKTOP,
    DRAWN,
    PHONE,
    Watched,
    chromium_path,
    context_of,
    served,
    watched_page,
)
from tests.databases import Databases

pytestmark = pytest.mark.browser
Watch = Callable[..., Watched]

CENTRE = "() => { const { lng, lat } = window.gridgov.shown.map.getCenter(); return [lng, lat]; }"
ZOOM = "() => window.gridgov.shown.map.getZoom()"
NAMES = "() => window.gridgov.shown.overlay.shown.names"
MOST_BYTES, MOST_BYTES_WITH_FONT, LONGEST_TASK = 600_000, 1_500_000, 1000
FETCHED = (
    "() => performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => name.includes('.woff2'))"
)
LATIN_ONLY = """<fontconfig><dir>/usr/share/fonts</dir><selectfont><rejectfont>
<pattern><patelt name="lang"><langset><string>zh-cn</string></langset></patelt></pattern>
</rejectfont><rejectfont><glob>*[Cc][Jj][Kk]*</glob></rejectfont></selectfont></fontconfig>"""
DOT = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==")
TASKS = """() => {
    window.longest = 0;
    new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) window.longest = Math.max(window.longest, duration);
    }).observe({ type: "longtask", buffered: true });
}"""


def _here(page: Page) -> tuple[list[float], float]:
    return page.evaluate(CENTRE), page.evaluate(ZOOM)


def test_a_link_opens_the_same_view_and_back_returns_to_it(watch: Watch) -> None:
    watched = watch()
    watched.enter("coordinator")
    page = watched.page
    page.evaluate("() => window.gridgov.shown.map.setView([30.71, 111.28], 15.5, { animate: false })")
    page.wait_for_url("**#at=111.28*,15.5")
    steps = page.evaluate("() => history.length")
    page.locator(".map-layers summary").click()
    page.locator("[data-layer=grids] input[type=checkbox]").uncheck()
    page.wait_for_url("**layers=grids:0")
    assert page.evaluate("() => history.length") == steps
    before = _here(page)
    other = watch()
    other.enter("coordinator")
    other.page.goto("about:blank")
    other.open(urlsplit(page.url)._replace(scheme="", netloc="").geturl())
    assert np.allclose(_here(other.page)[0], before[0], atol=1e-5)
    assert _here(other.page)[1] == before[1]
    assert not other.page.locator("[data-layer=grids] input[type=checkbox]").is_checked()
    page.keyboard.press("Escape")
    page.locator("#list tbody a").first.click()
    expect(page.locator("#about h2")).to_be_visible()
    page.wait_for_function("() => location.hash.includes('at=') && !location.hash.includes('15.5')")
    page.go_back()
    expect(page.locator("#about")).to_be_hidden()
    page.wait_for_function("() => window.gridgov.shown.map.getZoom() === 15.5")
    assert np.allclose(_here(page)[0], before[0], atol=1e-5)
    assert (watched.complaints, other.complaints) == ([], [])


def test_a_link_elsewhere_leads_to_ones_own_area(watch: Watch) -> None:
    watched = watch()
    watched.enter("coordinator")
    watched.page.goto("about:blank")
    watched.open("/#at=-70.5,-33.4,14")
    (lng, lat), _ = _here(watched.page)
    assert 110 < lng < 113
    assert 30 < lat < 32


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_what_is_tapped_is_chosen_and_named(watch: Watch, size: dict[str, int]) -> None:
    watched = watch(size)
    watched.enter("coordinator")
    page = watched.page
    assert "栖澜街道" in page.evaluate(NAMES)
    x, y = page.evaluate(AREA)
    if size is PHONE:
        page.touchscreen.tap(x, y)
    else:
        page.mouse.move(x, y)
        expect(page.locator(".leaflet-tooltip")).to_be_visible()
        expect(page.locator("#list tr.is-hot, .tree a.is-hot")).not_to_have_count(0)
        page.mouse.click(x, y)
    expect(page.locator("#about h2")).to_be_visible()
    page.wait_for_function("() => window.gridgov.shown.overlay.shown.marked > 0")
    assert watched.complaints == []


def test_a_lost_server_is_told_and_the_map_takes_up_again(watch: Watch) -> None:
    watched = watch()
    watched.enter("coordinator")
    page = watched.page
    page.context.set_offline(True)
    page.evaluate("() => window.gridgov.shown.map.setView([30.71, 111.285], 17, { animate: false })")
    expect(page.locator("#notice")).to_be_visible()
    assert page.evaluate("() => window.gridgov.shown.sheet.seen().length") == 0
    page.context.set_offline(False)
    expect(page.locator("#notice")).to_be_hidden(timeout=20_000)
    page.wait_for_function("() => window.gridgov.shown.sheet.seen().length > 3")


@pytest.mark.parametrize("role", ["coordinator", "planner"])
def test_a_first_view_stays_within_its_budget(watch: Watch, role: str) -> None:
    watched = watch()
    watched.page.add_init_script(f"({TASKS})()")
    watched.enter(role)
    watched.rest()
    assert watched.received < MOST_BYTES
    assert watched.page.evaluate("() => window.longest") < LONGEST_TASK
    assert watched.page.evaluate(FETCHED) == []  # this machine has a Chinese font


def test_a_device_without_a_chinese_font_fetches_the_slices_it_needs(
    chromium: Browser, server: str, tmp_path: Path
) -> None:
    (tmp_path / "fonts.conf").write_text(LATIN_ONLY, encoding="utf-8")
    told = {**os.environ, "FONTCONFIG_FILE": str(tmp_path / "fonts.conf")}
    bare = chromium.browser_type.launch(executable_path=chromium_path(), args=list(ARGUMENTS), env=told)
    with context_of(bare) as context:
        watched = watched_page(context, server)
        watched.enter("coordinator")
        watched.page.wait_for_function("() => document.fonts.status === 'loaded'")
        assert 5 < len(watched.page.evaluate(FETCHED)) < 64
        assert watched.received < MOST_BYTES_WITH_FONT
        assert watched.complaints == []
    bare.close()


def test_the_map_is_laid_out_for_paper(watch: Watch) -> None:
    watched = watch(DESKTOP, scheme="dark")
    watched.enter("planner", "en")
    page = watched.page
    page.click("[data-map=paper]")
    for shown in (".legend .inside", ".map-paper-title", ".map-north", ".leaflet-control-scale", ".map-paper-foot"):
        expect(page.locator(shown)).to_be_visible()
    assert "Source" in page.locator(".map-paper-foot").inner_text()
    assert page.evaluate("() => window.gridgov.paint.token('--ground')") == "#fff"
    page.click("[data-map=unpaper]")
    expect(page.locator(".where")).to_be_visible()
    assert page.evaluate("() => window.gridgov.paint.token('--ground')") != "#fff"
    assert watched.complaints == []


@pytest.fixture
def shifted(databases: Databases, chromium: Browser, tmp_path: Path) -> Iterator[Watched]:
    """A coordinator's page over a provider's shifted tiles."""
    with databases.copy("sqlite", "demo") as url:
        told = {"basemap": "http://tiles.example/{z}/{x}/{y}.png", "basemap_datum": "GCJ-02", "basemap_credit": "某图"}
        with served(url, tmp_path, **told) as address, context_of(chromium, DESKTOP) as context:
            context.route("http://tiles.example/**", _tile)
            yield watched_page(context, address)


def _tile(route: Route) -> None:
    route.fulfill(body=DOT, content_type="image/png")


def test_a_providers_shifted_tiles_are_put_in_place(shifted: Watched) -> None:
    shifted.enter("coordinator")
    page = shifted.page
    page.evaluate("() => window.gridgov.shown.map.setView([30.7, 111.3], 16, { animate: false })")
    page.wait_for_selector("img.leaflet-tile-loaded")
    page.wait_for_function(DRAWN)
    assert shifted.elsewhere
    assert all(address.startswith("http://tiles.example/") for address in shifted.elsewhere)
    assert page.locator(".map-credit").inner_text() == "某图"
    lng, lat = 111.3, 30.7
    east, north = (float(one[0]) for one in wgs84_to_gcj02([lng], [lat]))
    assert page.evaluate("() => window.gridgov.basemap.shifted(111.3, 30.7)") == pytest.approx([east, north], abs=1e-9)
    assert page.evaluate("(at) => window.gridgov.basemap.restored(...at)", [east, north]) == pytest.approx(
        [lng, lat], abs=1e-9
    )
    off = page.evaluate(PLACED)
    assert len(off) > 3
    assert max(off) < 1.5
    assert shifted.complaints == []


# how many pixels each image's corner stands off from where its own corner, restored, lies on our map
PLACED = """() => {
  const { map } = window.gridgov.shown;
  const box = map.getContainer().getBoundingClientRect();
  return [...document.querySelectorAll("img.leaflet-tile-loaded")].map((tile) => {
    const [z, x, y] = tile.src.match(/(\\d+)\\/(\\d+)\\/(\\d+)\\.png/).slice(1).map(Number);
    const { lng, lat } = map.unproject([x * 256, y * 256], z);
    const [east, north] = window.gridgov.basemap.restored(lng, lat);
    const meant = map.latLngToContainerPoint([north, east]);
    const found = tile.getBoundingClientRect();
    return Math.hypot(found.left - box.left - meant.x, found.top - box.top - meant.y);
  });
}"""

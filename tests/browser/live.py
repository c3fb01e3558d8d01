"""A live server on this machine with the demo district, and Chromium in front of it, for tests and screenshots."""

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, Request, Response, sync_playwright
from werkzeug.serving import make_server

from gridgov.settings import Settings
from gridgov.spatial import tiles
from gridgov.web.app import create_app
from tests.databases import TODAY

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ARGUMENTS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-first-run",
    "--disable-dev-shm-usage",
)
CHROMIUMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
DRAWN = """() => document.documentElement.dataset.drawn > 0
    && document.querySelector(".mapbox").getAttribute("aria-busy") === 'false'"""
MARKS = """(wanted) => window.gridgov.shown.overlay.shown.symbols.some(
    ({ symbol, key }) => symbol === wanted || key === wanted)"""
SHARES = """() => new Set(window.gridgov.shown.sheet.seen().flatMap(({ tile }) => (tile.layers.coverage || [])
    .filter(({ told }) => typeof told.share === "number").map(({ id }) => id))).size"""
AREA = """() => {
  const { map, sheet, overlay } = window.gridgov.shown;
  const kinds = window.gridgov.view().picks;
  const box = map.getContainer().getBoundingClientRect();
  for (let y = 60; y < box.height - 60; y += 9) {
    for (let x = 60; x < box.width - 60; x += 9) {
      const [px, py] = [box.left + x, box.top + y];
      const found = window.gridgov.pick.at({ map, sheet, overlay, kinds }, map.containerPointToLatLng([x, y]), "touch");
      if (!found || !found.kind || found.symbol) continue;
      if (document.elementFromPoint(px, py).closest(".folium-map")) {
        return [px, py];
      }
    }
  }
  return null;
}"""
PATIENCE = 120_000  # milliseconds
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


@dataclass
class Watched:
    """A page and all that was heard from it: complaints of the console, requests elsewhere, bytes over the wire."""

    page: Page
    base: str
    complaints: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    received: int = 0

    def open(self, path: str) -> None:
        """Go to a page and wait until its map is drawn."""
        self.page.goto(self.base + path)
        self.settle()

    def settle(self) -> None:
        """Wait until the page is loaded and its map, if it has one, is drawn."""
        self.page.wait_for_load_state()
        if self.page.locator(".folium-map").count():
            self.page.wait_for_function(DRAWN)

    def until(self, script: str) -> None:
        """Wait until a script that has to wait itself answers yes: the page's own waiting takes a promise for one."""
        last = time.monotonic() + PATIENCE / 1000
        while not self.page.evaluate(script):
            assert time.monotonic() < last, script
            self.page.wait_for_timeout(50)

    def rest(self) -> None:
        """Wait until nothing more is asked for: half a second longer, where each byte counts."""
        self.page.wait_for_load_state("networkidle")

    def enter(self, role: str, language: str = "zh_Hans", to: str = "") -> None:
        """Sign in by the demo's one click, on the way to a page or to the role's own."""
        self.page.goto(f"{self.base}/login?{urlencode({'lang': language, 'next': to})}")
        with self.page.expect_navigation():
            self.page.click(f"button[value={role}]")
        self.settle()


def demo_settings(url: str, instance: Path, **told: str) -> Settings:
    """Return the settings of a demo on a database; its worker needs the same."""
    return Settings(instance=instance, database_url=url, secret_key="0" * 64, demo=True, **told)


@contextmanager
def served(url: str, instance: Path, **told: str) -> Iterator[str]:
    """Serve a demo database on a free port of this machine; yields the address."""
    tiles.warm_up()
    app = create_app(demo_settings(url, instance, **told))
    app.config["TODAY"] = TODAY
    running = make_server("127.0.0.1", 0, _answering_whole(app), threaded=True)
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{running.server_port}"
    finally:
        running.shutdown()
        thread.join()
        running.server_close()
        app.extensions["gridgov.engine"].dispose()


def _answering_whole(app: Flask) -> "WSGIApplication":
    """Answer with bytes alone: werkzeug's server leaves a file open where the browser hangs up while it is sent."""

    def answer(environ: "WSGIEnvironment", start: "StartResponse") -> list[bytes]:
        parts = app(environ, start)
        try:
            return [b"".join(parts)]
        finally:
            if hasattr(parts, "close"):
                parts.close()

    return answer


def chromium_path() -> str | None:
    """Return where the system's Chromium is, if it has one: the one without windows takes a quarter less time."""
    return next(filter(None, map(shutil.which, CHROMIUMS)), None)


@contextmanager
def chromium_started() -> Iterator[Browser]:
    """Start the system's Chromium without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(ARGUMENTS))
        yield browser
        browser.close()


def context_of(
    browser: Browser, size: dict[str, int] = DESKTOP, locale: str = "zh-CN", scheme: str = "light"
) -> BrowserContext:
    """Open a fresh browser profile at a size, as a phone where it is small."""
    phone = size["width"] < 500
    return browser.new_context(
        viewport=size, locale=locale, color_scheme=scheme, is_mobile=phone, has_touch=phone, reduced_motion="reduce"
    )


def watched_page(context: BrowserContext, base: str) -> Watched:
    """Open a page and listen to all that is heard from it; a map's tiles take their time on a busy machine."""
    watched = Watched(context.new_page(), base)
    watched.page.set_default_timeout(PATIENCE)
    _listen(watched)
    return watched


def _listen(watched: Watched) -> None:
    def told(request: Request) -> None:
        if urlsplit(request.url).scheme != "data" and not request.url.startswith(watched.base):
            watched.elsewhere.append(request.url)

    def came(response: Response) -> None:
        length = response.headers.get("content-length")
        watched.received += int(length) if length else 0

    page = watched.page
    page.on("console", lambda message: _complain(watched, message.type, message.text))
    page.on("pageerror", lambda error: watched.complaints.append(str(error)))
    page.on("request", told)
    page.on("response", came)


def _complain(watched: Watched, kind: str, text: str) -> None:
    if kind in {"error", "warning"}:
        watched.complaints.append(text)

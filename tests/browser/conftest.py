"""A live server on this machine with the demo district, and Chromium in front of it."""

import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, Response, sync_playwright
from werkzeug.serving import make_server

from gridgov.settings import Settings
from gridgov.web.app import create_app
from tests.databases import TODAY, Databases

ARGUMENTS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-first-run",
    "--disable-dev-shm-usage",
)
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
        """Wait until the page is quiet and its map, if it has one, is drawn."""
        self.page.wait_for_load_state("networkidle")
        if self.page.locator(".folium-map").count():
            self.page.wait_for_function("() => document.documentElement.dataset.drawn > 0")

    def enter(self, role: str, language: str = "zh_Hans") -> None:
        """Sign in by the demo's one click."""
        self.page.goto(f"{self.base}/login?lang={language}")
        self.page.click(f"button[value={role}]")
        self.settle()


@pytest.fixture(scope="session")
def server(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the running application."""
    with databases.copy("sqlite", "demo") as url:
        instance = tmp_path_factory.mktemp("instance")
        app = create_app(Settings(instance=instance, database_url=url, secret_key="0" * 64, demo=True))
        app.config["TODAY"] = TODAY
        running = make_server("127.0.0.1", 0, app, threaded=True)
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()
        running.server_close()
        app.extensions["gridgov.engine"].dispose()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Chromium as the system has it."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(Path(found)), args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def watch(chromium: Browser, server: str) -> Iterator[Callable[..., Watched]]:
    """Return a function that opens a fresh, watched browser at a size and in a language."""
    contexts: list[BrowserContext] = []

    def start(size: dict[str, int] = DESKTOP, locale: str = "zh-CN", scheme: str = "light") -> Watched:
        phone = size["width"] < 500
        context = chromium.new_context(
            viewport=size, locale=locale, color_scheme=scheme, is_mobile=phone, has_touch=phone, reduced_motion="reduce"
        )
        contexts.append(context)
        watched = Watched(context.new_page(), server)
        _listen(watched)
        return watched

    yield start
    for context in contexts:
        context.close()


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

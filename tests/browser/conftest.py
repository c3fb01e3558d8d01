"""The demo served, and watched browsers in front of it."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext

from gridgov.settings import Settings
from tests.browser.live import (
    DESKTOP,
    Watched,
    chromium_path,
    chromium_started,
    context_of,
    demo_settings,
    served,
    watched_page,
)
from tests.databases import Databases

NOTHING = {"type": "FeatureCollection", "features": []}


@pytest.fixture(scope="session")
def settings(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """The settings of the running application."""
    with databases.copy("sqlite", "demo") as url:
        yield demo_settings(url, tmp_path_factory.mktemp("instance"))


@pytest.fixture(scope="session")
def server(settings: Settings) -> Iterator[str]:
    """The address of the running application."""
    with served(settings.database_url, settings.instance) as address:
        yield address


@pytest.fixture(scope="module")
def city(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an application on the demo city of the module's own, to change at will."""
    with databases.copy("sqlite", "city") as url, served(url, tmp_path_factory.mktemp("instance")) as address:
        yield address


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Chromium as the system has it."""
    if chromium_path() is None:
        pytest.skip("no Chromium on this machine")
    with chromium_started() as browser:
        yield browser


@pytest.fixture
def watch(chromium: Browser, server: str) -> Iterator[Callable[..., Watched]]:
    """Return a function that opens a fresh, watched browser at a size and in a language."""
    contexts: list[BrowserContext] = []

    def start(size: dict[str, int] = DESKTOP, locale: str = "zh-CN", scheme: str = "light") -> Watched:
        contexts.append(context_of(chromium, size, locale, scheme))
        return watched_page(contexts[-1], server)

    yield start
    for context in contexts:
        context.close()


@pytest.fixture
def plain(watch: Callable[..., Watched]) -> Callable[..., Watched]:
    """Return a function that opens a watched browser whose maps are answered empty at once: for what needs no map."""

    def start(*asked: object, **told: object) -> Watched:
        watched = watch(*asked, **told)
        watched.page.route("**/layers/**", lambda route: route.fulfill(json=NOTHING))
        watched.page.route("**/tiles/**", lambda route: route.fulfill(status=204))
        return watched

    return start

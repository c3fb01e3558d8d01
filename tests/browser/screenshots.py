"""Make the README's screenshots from the running demo: `make screenshots`."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gridgov.demo.ready import make_ready
from gridgov.storage.database import open_engine, upgrade, writing
from tests.browser.live import DESKTOP, PHONE, chromium_started, context_of, served, watched_page
from tests.databases import TODAY

FOLDER = Path(__file__).parent / "screenshots"
PICTURES = (
    ("coordinator", "coordinator", "/", DESKTOP),
    ("planner", "planner", "/planner", DESKTOP),
    ("cadre", "cadre", "/cadre", PHONE),
)


def main() -> None:
    """Build the demo in a passing folder, serve it, and take the pictures."""
    FOLDER.mkdir(exist_ok=True)
    with demo_served() as address, chromium_started() as browser:
        for name, role, path, size in PICTURES:
            with context_of(browser, size) as context:
                watched = watched_page(context, address)
                watched.enter(role)
                watched.open(path)
                watched.rest()
                watched.page.screenshot(path=FOLDER / f"{name}.png")


@contextmanager
def demo_served() -> Iterator[str]:
    """Build the demo district in a passing folder and serve it; yields the address."""
    with tempfile.TemporaryDirectory() as passing:
        url = f"sqlite:///{passing}/demo.sqlite"
        engine = open_engine(url)
        upgrade(engine)
        with writing(engine) as session:
            make_ready(session, "district", TODAY)
        engine.dispose()
        with served(url, Path(passing)) as address:
            yield address


if __name__ == "__main__":
    main()

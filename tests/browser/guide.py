"""Take the user guide's pictures, in both languages: `make guide`. An address is looked at instead of a fresh demo."""

import sys
from base64 import b64decode
from contextlib import nullcontext

from playwright.sync_api import Browser

from gridgov.web.page import STATIC
from tests.browser.live import PHONE, chromium_started, context_of, watched_page
from tests.browser.screenshots import demo_served

FOLDER = STATIC / "guide"
DESK = {"width": 1280, "height": 800}
LANGUAGES = ("zh_Hans", "en")
QUALITY = 60
PICTURES = (
    ("overview", "coordinator", "/", DESK),
    ("place", "coordinator", "/?unit=420599001", DESK),
    ("suggestion", "coordinator", "/contacts/suggest", DESK),
    ("who", "coordinator", "/who?place=420599001", PHONE),
    ("cadre", "cadre", "/cadre", PHONE),
    ("planner", "planner", "/planner", DESK),
    ("siting", "planner", "/planner/siting?type=pharmacy&sites=3", DESK),
    ("import", "admin", "/admin/import", DESK),
    ("findings", "admin", "/admin/findings", DESK),
)


def main(asked: list[str]) -> None:
    """Serve the demo and take the pictures."""
    FOLDER.mkdir(exist_ok=True)
    with nullcontext(asked[0]) if asked else demo_served() as base, chromium_started() as browser:
        for language in LANGUAGES:
            for name, role, path, size in PICTURES:
                picture = _taken(browser, base, (role, path, size, language))
                (FOLDER / f"{name}-{language}.webp").write_bytes(picture)


def _taken(browser: Browser, base: str, shot: tuple[str, str, dict[str, int], str]) -> bytes:
    role, path, size, language = shot
    with context_of(browser, size) as context:
        watched = watched_page(context, base)
        watched.enter(role, language)
        context.add_cookies([{"name": f"tour-{each}", "value": "seen", "url": base} for each in ("coordinator", role)])
        watched.open(path)
        watched.rest()
        wire = context.new_cdp_session(watched.page)
        told = wire.send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
        return b64decode(told["data"])


if __name__ == "__main__":
    main(sys.argv[1:])

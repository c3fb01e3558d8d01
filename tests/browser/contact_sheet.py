"""Every page of every role, in each language, scheme and width, as single pictures and in one: `make contact-sheet`.

An address looks at what is served there; names of roles look at theirs only.
"""

import sys
from collections.abc import Iterator
from contextlib import nullcontext
from html import escape
from itertools import product
from pathlib import Path

from playwright.sync_api import Browser

from tests.browser.live import DESKTOP, PHONE, chromium_started, context_of, watched_page
from tests.browser.pages import ROLES
from tests.browser.screenshots import demo_served

FOLDER = Path("contact-sheet")
SIZES = {"desktop": DESKTOP, "phone": PHONE}
LANGUAGES = ("zh_Hans", "en")
SCHEMES = ("light", "dark")
STYLE = """body { margin: 12px; background: #777; color: #fff; font: 12px sans-serif }
img { height: 250px; margin: 2px; vertical-align: top } h2 { font-size: 13px; margin: 10px 0 2px }
div { white-space: nowrap }"""


def main(asked: list[str]) -> None:
    """Take the pictures and lay them out, a row for each page."""
    FOLDER.mkdir(exist_ok=True)
    address = next((each for each in asked if each.startswith("http")), None)
    roles = [each for each in asked if each in ROLES] or list(ROLES)
    with nullcontext(address) if address else demo_served() as base, chromium_started() as browser:
        for role, (size, language) in product(roles, product(SIZES, LANGUAGES)):
            for name in _taken(browser, str(base), role, size, language):
                sys.stdout.write(f"{FOLDER / name}\n")
        _laid_out(browser, roles)


def _taken(browser: Browser, base: str, role: str, size: str, language: str) -> Iterator[str]:
    with context_of(browser, SIZES[size]) as context:
        watched = watched_page(context, base)
        watched.page.goto(f"{base}/login?lang={language}")
        if role != "nobody":
            watched.enter(role, language)
        for page, path in ROLES[role].items():
            watched.open(path)
            watched.rest()
            for scheme in SCHEMES:
                watched.page.emulate_media(color_scheme=scheme)
                name = _name(role, page, size, language, scheme)
                watched.page.wait_for_timeout(200)  # the map is drawn anew in the other colours
                watched.page.screenshot(path=FOLDER / name)
                yield name
            watched.page.emulate_media(color_scheme="light")


def _laid_out(browser: Browser, roles: list[str]) -> None:
    rows = []
    for role in roles:
        for page, path in ROLES[role].items():
            names = [_name(role, page, *way) for way in product(SIZES, LANGUAGES, SCHEMES)]
            pictures = "".join(f'<a href="{name}"><img src="{name}" alt="{name}"></a>' for name in names)
            rows.append(f"<h2>{role} · {page} · {escape(path)}</h2><div>{pictures}</div>")
    index = FOLDER / "index.html"
    index.write_text(f"<!doctype html><meta charset=utf-8><style>{STYLE}</style>{''.join(rows)}", encoding="utf-8")
    sheet = browser.new_page(viewport={"width": 2180, "height": 800})
    sheet.goto(index.resolve().as_uri())
    sheet.screenshot(path=FOLDER / "sheet.png", full_page=True)


def _name(role: str, page: str, size: str, language: str, scheme: str) -> str:
    return f"{role}-{page}-{size}-{language}-{scheme}.png"


if __name__ == "__main__":
    main(sys.argv[1:])

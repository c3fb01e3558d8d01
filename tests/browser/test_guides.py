"""The tour, the help beside things and the guide: there for everybody, by keyboard too, and not in anybody's way."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from gridgov.web.page import STATIC
from tests.browser.guide import PICTURES
from tests.browser.live import PHONE, Watched

pytestmark = pytest.mark.browser
Watch = Callable[..., Watched]

LARGEST = 100_000
STEPS = {"coordinator": 5, "cadre": 4, "planner": 4, "admin": 4}


@pytest.mark.parametrize("role", STEPS)
def test_the_tour_is_walked_by_keyboard_once_and_again(plain: Watch, role: str) -> None:
    watched = plain(PHONE if role == "cadre" else {"width": 1280, "height": 800})
    watched.enter(role, "en")
    page = watched.page
    page.locator("#invite [data-tour-start]").press("Enter")
    for step in range(1, STEPS[role] + 1):
        expect(page.locator(".tour [data-count]")).to_have_text(f"{step} of {STEPS[role]}")
        expect(page.locator(".is-toured")).to_be_in_viewport()
        assert page.evaluate("document.activeElement.matches('[data-tour-next]')")
        page.keyboard.press("Enter")
    expect(page.locator(".tour")).to_be_hidden()
    expect(page.locator("#invite")).to_be_hidden()
    page.reload()
    expect(page.locator("#invite")).to_have_count(0)
    page.locator(".tools summary").press("Enter")
    page.locator(".tools [data-tour-start]").press("Enter")
    expect(page.locator(".tour h2").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".is-toured")).to_have_count(0)
    assert watched.complaints == []


def test_who_waves_the_tour_off_is_not_asked_again(plain: Watch) -> None:
    watched = plain()
    watched.enter("planner")
    watched.page.locator("#invite [data-tour-end]").click()
    watched.open("/planner")
    expect(watched.page.locator("#invite")).to_have_count(0)


def test_help_stands_beside_what_it_explains(plain: Watch) -> None:
    watched = plain()
    watched.enter("coordinator", "en")
    page = watched.page
    asked = page.locator(".titled:has(#posts) .help summary")
    asked.press("Enter")
    expect(page.locator(".help[open] .pop")).to_contain_text("Vacant: due, and nobody holds it")
    page.keyboard.press("Escape")
    expect(page.locator(".help[open]")).to_have_count(0)
    assert page.evaluate("document.activeElement.closest('.help') !== null")


@pytest.mark.parametrize("language", ["zh_Hans", "en"])
def test_the_guide_shows_every_picture(plain: Watch, language: str) -> None:
    watched = plain()
    page = watched.page
    page.goto(f"{watched.base}/guide?lang={language}")
    pictures = page.locator(".guide img")
    expect(pictures).to_have_count(len(PICTURES))
    for number in range(len(PICTURES)):
        pictures.nth(number).scroll_into_view_if_needed()
    page.wait_for_function("[...document.images].every((one) => one.complete && one.naturalWidth > 0)")
    assert {one.get_attribute("src").partition("-")[2][: len(language)] for one in pictures.all()} == {language}  # type: ignore[union-attr]
    assert watched.complaints == []


def test_pictures_are_small_and_none_is_left_over() -> None:
    sizes = {path.name: path.stat().st_size for path in (STATIC / "guide").iterdir()}
    assert set(sizes) == {f"{name}-{language}.webp" for name, *_ in PICTURES for language in ("zh_Hans", "en")}
    assert max(sizes.values()) <= LARGEST

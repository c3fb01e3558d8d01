"""Every job by keyboard alone: the focus is seen wherever it goes, and is kept when a part of the page changes."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.live import Watched

pytestmark = pytest.mark.browser
Watch = Callable[..., Watched]

UNSEEN = """() => {
  const one = document.activeElement;
  if (one === document.body) return null;
  const { outlineStyle, outlineWidth } = getComputedStyle(one.matches(".unseen") ? one.closest("label") : one);
  const box = one.getBoundingClientRect();
  return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2 && box.width && box.height ? "" : one.outerHTML;
}"""
JOBS = {
    "coordinator": ("/", "#list tbody a"),
    "cadre": ("/cadre", "a[href^='tel:']"),
    "planner": ("/planner", "#filter-go"),
    "admin": ("/admin/import", "form[data-bring] button"),
}


@pytest.mark.parametrize("role", JOBS)
def test_the_focus_is_seen_wherever_it_goes(plain: Watch, role: str) -> None:
    watched = plain()
    watched.enter(role)
    path, goal = JOBS[role]
    watched.open(path)
    page = watched.page
    page.evaluate("document.body.focus()")
    for _ in range(90):
        page.keyboard.press("Tab")
        assert page.evaluate(UNSEEN) in ("", None)
        if page.evaluate("(goal) => document.activeElement.matches(goal)", goal):
            break
    assert page.evaluate("(goal) => document.activeElement.matches(goal)", goal)


def test_the_skip_link_leads_to_the_content(plain: Watch) -> None:
    watched = plain()
    watched.enter("coordinator")
    page = watched.page
    page.evaluate("document.body.focus()")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_the_coordinators_morning_by_keyboard(plain: Watch) -> None:
    watched = plain()
    watched.enter("coordinator")
    page = watched.page
    _press(page, ".figures a[href*='tier=3'][href*='what=vacant']")
    page.wait_for_url("**what=vacant*")
    watched.settle()
    assert page.evaluate("Boolean(document.activeElement.closest('.figures'))")
    expect(page.locator("#told")).to_have_text(page.title())
    _press(page, "#list tbody a")
    page.wait_for_url("**unit=*")
    watched.settle()
    assert page.evaluate("document.activeElement.matches('#about h2, #list a')")
    _press(page, "#about .head a")
    page.wait_for_url(lambda url: "what=vacant" in url)
    watched.settle()
    assert page.evaluate("document.activeElement !== document.body")
    _press(page, "#as-of-shown")
    expect(page.locator("#as-of")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#as-of")).to_be_hidden()
    assert page.evaluate("document.activeElement.id") == "as-of-shown"
    assert watched.complaints == []


def test_the_cadre_chooses_asks_and_complains_by_keyboard(plain: Watch) -> None:
    watched = plain()
    watched.enter("cadre")
    page = watched.page
    _press(page, ".mine h2 a")
    page.wait_for_url("**unit=*")
    watched.settle()
    assert page.evaluate("document.activeElement.matches('.mine h2 a')")
    page.locator("#ask-place").focus()
    page.keyboard.type(str(page.locator(".mine").first.get_attribute("data-code")))
    page.keyboard.press("Enter")
    expect(page.locator(".candidate h2")).to_be_visible()
    page.go_back()
    watched.settle()
    _press(page, "a[href$='/cadre/suggestions']")
    expect(page.locator("h1")).to_be_visible()
    assert watched.complaints == []


def test_light_or_dark_is_chosen_by_keyboard(plain: Watch) -> None:
    watched = plain()
    watched.enter("planner")
    page = watched.page
    _press(page, ".tools summary")
    _press(page, ".choose a[href*='scheme=dark']")
    page.wait_for_url("**scheme=dark*")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    watched.open("/planner")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == ground
    assert ground != "rgb(244, 245, 243)"


def _press(page: Page, selector: str) -> None:
    page.locator(selector).first.focus()
    page.keyboard.press("Enter")

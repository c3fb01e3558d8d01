"""Every page, both languages, desktop and phone: quiet console, nothing from elsewhere, light, and nothing too wide."""

from collections.abc import Callable

import pytest

from tests.browser.live import DESKTOP, PHONE, Watched

pytestmark = pytest.mark.browser
Watch = Callable[..., Watched]

PAGES = {
    "coordinator": ("/", "/?tier=3&what=vacant", "/?unit=420599001", "/who", "/who?place=420599001"),
    "cadre": ("/cadre", "/cadre/suggestions"),
    "planner": ("/planner", "/planner?scenario=health", "/planner?type=kindergarten&unit=420599002"),
    "admin": ("/admin", "/admin/findings", "/admin/runs", "/admin/accounts"),
    "viewer": ("/nowhere",),
}
MOST_BYTES = 1_500_000
SIZES = {"desktop": DESKTOP, "phone": PHONE}
NOT_THERE = "404"


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["zh_Hans", "en"])
@pytest.mark.parametrize("role", PAGES)
def test_pages_are_quiet_and_fit(watch: Watch, role: str, language: str, size: str) -> None:
    watched = watch(SIZES[size])
    for number, path in enumerate(PAGES[role]):
        watched.open(path) if number else watched.enter(role, language, to=path)
        wide = watched.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= SIZES[size]["width"], path
        assert watched.page.locator("main").inner_text().strip(), path
    watched.rest()
    assert [text for text in watched.complaints if NOT_THERE not in text] == []
    assert watched.elsewhere == []


@pytest.mark.parametrize("role", ["coordinator", "cadre", "planner"])
@pytest.mark.parametrize("size", SIZES)
def test_the_first_page_is_light(watch: Watch, role: str, size: str) -> None:
    watched = watch(SIZES[size])
    watched.enter(role)
    watched.rest()
    assert 0 < watched.received <= MOST_BYTES
    assert watched.complaints == []


@pytest.mark.parametrize("size", SIZES)
def test_the_sign_in_is_quiet_and_fits(watch: Watch, size: str) -> None:
    watched = watch(SIZES[size])
    watched.page.goto(watched.base + "/login")
    watched.rest()
    assert watched.page.evaluate("document.documentElement.scrollWidth") <= SIZES[size]["width"]
    assert (watched.complaints, watched.elsewhere) == ([], [])


@pytest.mark.parametrize(("role", "path"), [("coordinator", "/"), ("cadre", "/cadre"), ("planner", "/planner")])
def test_targets_are_large_enough_for_a_thumb(watch: Watch, role: str, path: str) -> None:
    watched = watch(PHONE)
    watched.enter(role, to=path)
    small = watched.page.evaluate(
        """() => [...document.querySelectorAll(
            "button, summary, select, input:not([type=hidden]), .figures a, .jobs a")]
            .filter((one) => one.offsetParent && (one.closest("label") || one).getBoundingClientRect().height < 43.5)
            .map((one) => one.outerHTML.slice(0, 80))"""
    )
    assert small == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_their_ground(watch: Watch, scheme: str) -> None:
    watched = watch(DESKTOP, scheme=scheme)
    watched.enter("coordinator")
    low = watched.page.evaluate(CONTRAST)
    assert low == []


CONTRAST = """() => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const linear = (value) => (value / 255 <= 0.03928 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const ground = (one) => {
    for (let at = one; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] > 0.9) return colour;
    }
    return [255, 255, 255];
  };
  const low = [];
  for (const one of document.querySelectorAll("header *, .where *, .drawer *")) {
    const text = [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!text || !one.offsetParent) continue;
    const pair = [light(parse(getComputedStyle(one).color)), light(ground(one))].sort((a, b) => b - a);
    const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
    if (ratio < 4.5) low.push(`${ratio.toFixed(2)} ${one.textContent.trim().slice(0, 30)}`);
  }
  return low;
}"""

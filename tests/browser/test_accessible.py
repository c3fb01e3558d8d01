"""WCAG 2.2 AA on every page: axe looks at each in both languages, light and dark, at desk and phone width."""

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from tests.browser.live import DESKTOP, PHONE, Watched
from tests.browser.pages import ROLES

pytestmark = pytest.mark.browser
Watch = Callable[..., Watched]

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS = ["color-contrast", "target-size"]
# Each pair of language, light and width is met once; what doesn't depend on colour and width is looked at twice.
WAYS = {
    "zh_Hans": ((DESKTOP, "light", TAGS), (PHONE, "dark", LOOKS)),
    "en": ((PHONE, "light", TAGS), (DESKTOP, "dark", LOOKS)),
}
RUN = """async ([values, type]) => {
  const told = await axe.run({ preload: false, resultTypes: ["violations"], runOnly: { type, values } });
  return [told.passes.length, told.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id} ${node.target}`))];
}"""
BROKEN = r"""() => [...document.querySelectorAll("thead th")].flatMap((head) => {
  const words = [], texts = document.createTreeWalker(head, NodeFilter.SHOW_TEXT), range = document.createRange();
  while (texts.nextNode()) for (const word of texts.currentNode.data.matchAll(/[A-Za-z]{2,}/g)) {
    range.setStart(texts.currentNode, word.index);
    range.setEnd(texts.currentNode, word.index + word[0].length);
    const lines = new Set([...range.getClientRects()].filter((line) => line.width > 1).map((line) => line.top));
    if (lines.size > 1) words.push(word[0]);
  }
  return words;
})"""
# Rows of a table are of one mould: a dozen show what all the others would.
SHORTENED = """() => document.querySelectorAll("tbody").forEach((body) => {
  [...body.rows].slice(12).forEach((row) => row.remove());
})"""
NARROW = (640, 320)  # a desk at twice and four times the size: WCAG 1.4.10 lets nothing scroll sideways


@pytest.mark.parametrize("role", ROLES)
def test_axe_finds_nothing_wrong(plain: Watch, role: str) -> None:
    watched = plain()
    if role != "nobody":
        watched.enter(role)
    wrong = [f"{path} {told}" for path in ROLES[role].values() for told in _wrong(watched, path)]
    assert wrong == []


def _wrong(watched: Watched, path: str) -> Iterator[str]:
    page = watched.page
    for language, ways in WAYS.items():
        page.set_viewport_size(ways[0][0])
        page.goto(f"{watched.base}{path}{'&' if '?' in path else '?'}lang={language}")
        page.evaluate(SHORTENED)
        page.evaluate(AXE_SCRIPT)
        for size, scheme, rules in ways:
            page.set_viewport_size(size)
            page.emulate_media(color_scheme=scheme)
            for told in (*_violations(page, rules), *page.evaluate(BROKEN)):
                yield f"{language} {scheme} {size['width']}: {told}"
        for width in NARROW:
            page.set_viewport_size({"width": width, "height": 640})
            if (wide := page.evaluate("document.documentElement.scrollWidth")) > width:
                yield f"{language}: {wide} px wide on {width}"


def _violations(page: Page, rules: list[str]) -> list[str]:
    passed, violations = page.evaluate(RUN, [rules, "tag" if rules is TAGS else "rule"])
    assert passed
    return list(violations)

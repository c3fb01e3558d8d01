"""Empty, refused, unknown, broken: each page says in both languages what is the matter, and what to do next."""

import pytest
from flask import Flask

from gridgov.web.security import public
from tests.web.conftest import SignIn

SAID = {
    ("coordinator", "/?as_of=1995-01-01"): (200, "Nothing is valid on this day.", "Show today"),
    ("coordinator", "/?tier=1&what=disputed"): (200, "No place here is in this state", "another date"),
    ("coordinator", "/who?place=nowhere at all"): (200, "Ask for any place", "For example:"),
    ("coordinator", "/?unit=1"): (404, "No place", "look it up by name"),
    ("coordinator", "/?as_of=tomorrow"): (400, "is not a date", "Correct it and try again"),
    ("cadre", "/cadre?as_of=1995-01-01"): (200, "You hold no contact on the day shown", "Show today"),
    ("planner", "/planner?as_of=1995-01-01"): (200, "No coverage has been computed", "Show today"),
    ("planner", "/planner?cause=gate&type=police_station"): (200, "No gap fits these choices", "Widen a filter above"),
    ("viewer", "/admin"): (403, "no access to this page", "ask your administrator"),
    ("admin", "/admin/things/units?text=zzzz"): (200, "Nothing found", "Look for less, or add it"),
    ("admin", "/admin/exports?as_of=1995-01-01"): (200, "Nothing has been exported yet", "Exports"),
}


@pytest.mark.parametrize(("role", "path"), SAID, ids=lambda told: told.partition("?")[0])
def test_each_state_has_its_sentence_and_its_next_step(as_role: SignIn, role: str, path: str) -> None:
    browser = as_role(role)
    status, matter, step = SAID[role, path]
    answer = browser.get(f"{path}{'&' if '?' in path else '?'}lang=en")
    page = answer.get_data(as_text=True)
    assert answer.status_code == status
    assert matter in page
    assert step in page
    chinese = browser.get(f"{path}{'&' if '?' in path else '?'}lang=zh_Hans").get_data(as_text=True)
    assert matter not in chinese


def test_what_breaks_says_so_on_a_page(app: Flask, as_role: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> str:
        raise RuntimeError

    browser = as_role("planner")
    monkeypatch.setitem(app.view_functions, "planner.index", public(broken))
    answer = browser.get("/planner?lang=en")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 500
    assert "tell your administrator what you were doing" in page
    assert "To my first page" in page

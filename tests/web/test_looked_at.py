"""Every page stands among those that axe and the contact sheet look at, and opens there as it should."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.browser.pages import ROLES
from tests.web.conftest import SignIn

# What isn't a page of its own, or can only be opened after something was written.
PARTS = {
    "contacts.cadres",
    "who.suggestions",
    "editing.lookup",
    "cadre.worker",
    "map.script",
    "health.healthz",
    "static",
}
WRITTEN = {"changes.change", "contacts.returned", "intake.intake", "wallmaps.document"}
FILES = (".geojson", ".pdf", ".xlsx", ".mvt", "/progress", ".<form>")
REFUSED = {"missing": 404, "refused": 403}


def test_every_page_is_looked_at(app: Flask) -> None:
    pages = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and not rule.rule.endswith(FILES)
        and not rule.rule.startswith(("/api/", "/static/"))
    }
    router = app.url_map.bind("localhost")
    opened = {router.match(path.partition("?")[0])[0] for paths in ROLES.values() for path in paths.values()}
    assert pages - opened - PARTS - WRITTEN == set()


@pytest.mark.parametrize("role", ROLES)
def test_what_is_looked_at_opens(as_role: SignIn, nobody: FlaskClient, role: str) -> None:
    browser = nobody if role == "nobody" else as_role(role)
    told = {name: browser.get(path).status_code for name, path in ROLES[role].items()}
    assert told == {name: REFUSED.get(name, 200) for name in told}

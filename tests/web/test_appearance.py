"""Light or dark: as the device has it, or as chosen; the choice is remembered and stands in the page itself."""

import pytest
from flask.testing import FlaskClient


@pytest.mark.parametrize("name", ["light", "dark"])
def test_a_choice_is_remembered(nobody: FlaskClient, name: str) -> None:
    chosen = nobody.get(f"/login?scheme={name}").get_data(as_text=True)
    again = nobody.get("/login").get_data(as_text=True)
    for page in (chosen, again):
        assert f'<meta name="color-scheme" content="{name}">' in page
        assert ("css/dark.css" in page) == (name == "dark")
    assert "prefers-color-scheme" not in again
    assert "prefers-color-scheme" in nobody.get("/login?scheme=auto").get_data(as_text=True)


def test_an_unknown_scheme_is_passed_over(nobody: FlaskClient) -> None:
    answer = nobody.get("/login?scheme=neon")
    assert '<meta name="color-scheme" content="light dark">' in answer.get_data(as_text=True)
    assert "scheme=" not in answer.headers.get("Set-Cookie", "")

"""The reader's language: chosen by hand and remembered, else the browser's, else the deployment's.

The device remembers the choice by a cookie, the account for other devices: signing in tells the device.
"""

from datetime import date
from typing import cast

from flask import Flask, Response, current_app, g, request
from flask_babel import Babel
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from gridgov.usecases import accounts
from gridgov.web import handle
from gridgov.wording import LOCALES, catalogue, figures

COOKIE = "language"
_YEAR = 365 * 24 * 3600


def install(app: Flask) -> None:
    """Choose the language of each request and give templates their translations and formats."""
    Babel(app, locale_selector=locale, configure_jinja=False)
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(_read, _read_plural, newstyle=True)  # type: ignore[attr-defined]
    app.jinja_env.filters["number"] = number
    app.jinja_env.filters["share"] = share
    app.jinja_env.filters["day"] = day
    app.jinja_env.filters["metres"] = metres
    app.after_request(_remember)


def gettext(text: str, **params: object) -> str:
    """Return `text` in the reader's language."""
    return _read(text) % params


def ngettext(one: str, many: str, count: int, **params: object) -> str:
    """Return `one` or `many` in the reader's language, as its plural demands."""
    return _read_plural(one, many, count) % {"num": count, **params}


def application() -> Flask:
    """Return the running application itself."""
    return current_app


def locale() -> str:
    """Return `zh_Hans` or `en` for this request."""
    if "locale" not in g:
        g.locale = _choose()
    return cast("str", g.locale)


def tag() -> str:
    """Return the language as HTML writes it."""
    return "zh-Hans" if locale() == "zh_Hans" else "en"


def keep_on_device(response: Answer, chosen: str) -> None:
    """Let the browser remember a language for a year."""
    response.set_cookie(COOKIE, chosen, max_age=_YEAR, samesite="Lax", httponly=True, secure=request.is_secure)


def number(value: float | None) -> str:
    """Write a count as the language groups it; a dash where it is unknown."""
    return figures.number(value, locale())


def share(value: float | None) -> str:
    """Write a share as a percentage; a dash where it is unknown."""
    return figures.share(value, locale())


def metres(value: float | None) -> str:
    """Write a distance in whole metres; a dash where there is none."""
    return "–" if value is None else gettext("%(number)s m", number=number(value))


def day(value: date | str | None) -> str:
    """Write a date as the language does; a dash where there is none."""
    return figures.day(value, locale())


def _read(text: str) -> str:
    return catalogue(locale()).gettext(text)


def _read_plural(one: str, many: str, count: int) -> str:
    return catalogue(locale()).ngettext(one, many, count)


def _choose() -> str:
    for given in (request.args.get("lang"), request.cookies.get(COOKIE)):
        if given in LOCALES:
            return given
    accepted = request.accept_languages.best_match(["zh-CN", "zh", "zh-Hans", "en"])
    if accepted is None:
        return str(current_app.config["LANGUAGE"])
    return "en" if accepted == "en" else "zh_Hans"


def _remember(response: Response) -> Response:
    """Keep a choice made on this page with the device, and with the account of who is signed in."""
    if request.args.get("lang") in LOCALES:
        keep_on_device(response, locale())
        if response.mimetype == "text/html" and response.status_code < 400 and current_user.is_authenticated:
            _keep_with_account(locale())
    return response


def _keep_with_account(chosen: str) -> None:
    if chosen != current_user.language and not accounts.is_demo(current_user.name):
        with handle.changing() as session:
            accounts.keep_language(session, current_user.id, chosen)

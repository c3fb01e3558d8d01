"""The reader's language: chosen by hand and remembered, else the browser's, else the deployment's."""

from datetime import date
from typing import cast

from flask import Flask, Response, current_app, g, request
from flask_babel import Babel

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
    if request.args.get("lang") in LOCALES:
        response.set_cookie(COOKIE, locale(), max_age=_YEAR, samesite="Lax", httponly=True, secure=request.is_secure)
    return response

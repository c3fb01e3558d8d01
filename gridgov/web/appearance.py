"""Light or dark: as the device has it, unless the reader chose one; the choice is remembered."""

from urllib.parse import urlencode

from flask import Flask, Response, request

SCHEMES = ("auto", "light", "dark")
_COOKIE = "scheme"
_YEAR = 365 * 24 * 3600


def install(app: Flask) -> None:
    """Give templates the scheme and the addresses that change it."""
    app.jinja_env.globals.update(scheme=scheme, schemes=SCHEMES, scheme_link=scheme_link)
    app.after_request(_remember)


def scheme() -> str:
    """Return `auto`, `light` or `dark` for this request."""
    for given in (request.args.get("scheme"), request.cookies.get(_COOKIE)):
        if given in SCHEMES:
            return given
    return "auto"


def scheme_link(name: str, home: str) -> str:
    """Return the address of this very page in another scheme; of the first page where this one was posted."""
    if request.method != "GET" or request.endpoint is None:
        return f"{home}?scheme={name}"
    return f"{request.path}?{urlencode({**request.args.to_dict(), 'scheme': name})}"


def _remember(response: Response) -> Response:
    given = request.args.get("scheme")
    if given in SCHEMES:
        response.set_cookie(_COOKIE, given, max_age=_YEAR, samesite="Lax", httponly=True, secure=request.is_secure)
    return response

"""What every answer carries: a strict Content-Security-Policy and its companions, and compression."""

import gzip
from typing import TYPE_CHECKING

from flask import Flask, Response, current_app, request

if TYPE_CHECKING:
    from gridgov.web.basemap import Basemap


def policy(images: str = "") -> str:
    """Return the Content-Security-Policy: nothing from elsewhere, but images of one origin where it is named."""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            f"img-src 'self' data: {images}".strip(),
            "connect-src 'self'",
            "font-src 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        )
    )


POLICY = policy()
_SQUEEZED = frozenset(
    (
        "text/html",
        "text/css",
        "text/javascript",
        "application/javascript",
        "application/json",
        "application/geo+json",
        "image/svg+xml",
        "application/vnd.mapbox-vector-tile",
    )
)
_SMALLEST = 1024
_YEAR = 365 * 24 * 3600


def install(app: Flask) -> None:
    """Set the headers of every response, errors and static files included."""
    app.after_request(_compress)
    app.after_request(_protect)


def _protect(response: Response) -> Response:
    headers = response.headers
    basemap: Basemap | None = current_app.config["BASEMAP"]
    headers["Content-Security-Policy"] = POLICY if basemap is None else policy(basemap.origin)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    headers["X-Frame-Options"] = "DENY"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "geolocation=(self), camera=(), microphone=()"
    if request.is_secure:
        headers["Strict-Transport-Security"] = f"max-age={_YEAR}"
    if "v" in request.args and response.status_code == 200 and request.endpoint in {"static", "map.script"}:
        whose = "public" if request.endpoint == "static" else "private"
        headers["Cache-Control"] = f"{whose}, max-age={_YEAR}, immutable"
    elif request.blueprint == "tiles" and response.status_code in {200, 304} and "Cache-Control" in headers:
        pass  # the view knows whether the token it was asked by still holds
    elif "Cache-Control" not in headers or request.endpoint != "static":
        headers["Cache-Control"] = "private, no-cache"
    return response


def _compress(response: Response) -> Response:
    if (
        response.status_code != 200
        or response.mimetype not in _SQUEEZED
        or "Content-Encoding" in response.headers
        or "gzip" not in request.headers.get("Accept-Encoding", "")
    ):
        return response
    response.direct_passthrough = False
    body = response.get_data()
    if len(body) < _SMALLEST:
        return response
    response.set_data(gzip.compress(body, 6, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    etag, _weak = response.get_etag()
    if etag is not None:
        response.set_etag(etag, weak=True)
    return response

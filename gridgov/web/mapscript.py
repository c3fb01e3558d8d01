"""The script of each page's map, under its own versioned address."""

from flask import Blueprint, Response, url_for

from gridgov.web.maps import page_map
from gridgov.web.security import EVERY_ROLE, allow

blueprint = Blueprint("map", __name__)


@blueprint.get("/map/<page>.js")
@allow(*EVERY_ROLE)
def script(page: str) -> Response:
    """Return the script that folium wrote for a page."""
    return Response(page_map(page).script, mimetype="text/javascript")


def script_address(page: str) -> str:
    """Return the address of a page's script; it changes with its content."""
    return url_for("map.script", page=page, v=page_map(page).digest)

"""The maps of the pages: the only file that knows folium.

A page's map is put together by folium, then taken apart: of the figure only its links and its script are used. Each
link becomes a file of our own or stops the program, the header block with its inline styles is dropped, and the script
is served under its own address, so that the strict Content-Security-Policy holds.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Any

import folium
from branca.element import CssLink, Element, Figure, JavascriptLink, MacroElement
from folium.template import Template

from gridgov.errors import NotFoundError

VENDORED = {
    "leaflet.js": "vendor/leaflet/leaflet.js",
    "leaflet.css": "vendor/leaflet/leaflet.css",
}
UNUSED = frozenset(
    {
        "jquery-3.7.1.min.js",
        "bootstrap.bundle.min.js",
        "bootstrap.min.css",
        "bootstrap-glyphicons.css",
        "all.min.css",
        "leaflet.awesome-markers.js",
        "leaflet.awesome-markers.css",
        "leaflet.awesome.rotate.min.css",
    }
)
OWN_SCRIPTS = (
    "vendor/vector-tile/vector-tile.js",
    "js/wire.js",
    "js/symbols.js",
    "js/tiledata.js",
    "js/paint.js",
    "js/tiles.js",
    "js/labels.js",
    "js/pick.js",
    "js/figures.js",
    "js/overlay.js",
    "js/drawn.js",
    "js/address.js",
    "js/basemap.js",
    "js/controls.js",
    "js/printing.js",
    "js/map.js",
)
OWN_STYLES = ("css/mapshell.css",)
MORE_STYLES = {"edit": ("vendor/geoman/leaflet-geoman.css",)}
MORE_SCRIPTS = {
    "edit": ("vendor/geoman/leaflet-geoman.min.js", "js/shapes.js", "js/draw.js"),
    "planner": ("js/inview.js",),
    "plan": ("js/planwire.js", "js/planmarks.js", "js/plan.js"),
    "siting": ("js/siting.js",),
}
GROUND = (("ground", "ground"),)
BORDERS = (
    ("building", "building"),
    ("cells", "cells"),
    ("grids", "grids"),
    ("community", "community"),
    ("street", "street"),
)
PLACES = (*GROUND, ("compound", "compound"), *BORDERS)
# The layers of each page's map from the bottom up: a name, and how the page's scripts draw it.
PAGES: dict[str, tuple[tuple[str, str], ...]] = {
    "coordinator": (
        *PLACES,
        ("posts", "posts"),
        ("partners", "symbols"),
        ("differences", "symbols"),
        ("position", "position"),
    ),
    "who": (*PLACES, ("position", "position")),
    "cadre": (*PLACES, ("mine", "areas"), ("way", "way")),
    "differences": (*PLACES, ("differences", "symbols")),
    "findings": (*PLACES, ("findings", "symbols")),
    "intake": (*PLACES, ("brought", "brought")),
    "planner": (
        *GROUND,
        ("coverage_far", "coverage"),
        ("coverage", "coverage"),
        *BORDERS,
        ("facilities", "facilities"),
        ("coming", "coming"),
        ("causes", "causes"),
        ("own", "own"),
        ("way", "way"),
    ),
    "reach": (*PLACES, ("facilities", "facilities"), ("reach", "reach")),
    "plan": (*GROUND, ("coverage", "coverage"), *BORDERS),
    "siting": (*GROUND, ("coverage", "coverage"), *BORDERS, ("facilities", "facilities")),
    "edit": PLACES,
}


@dataclass(frozen=True)
class PageMap:
    """A page's map, ready to be served: its element's id, its files under static/, its script."""

    element: str
    styles: tuple[str, ...]
    scripts: tuple[str, ...]
    script: str

    @property
    def digest(self) -> str:
        """The script's content as its version."""
        return sha256(self.script.encode()).hexdigest()[:12]


class _Layer(MacroElement):
    """A layer whose data come from our own addresses; `kind` names how the page's script draws it."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "gridgov.layer({{ this._parent.get_name() }}, {{ this.key|tojson }}, {{ this.kind|tojson }});"
        "{% endmacro %}"
    )

    def __init__(self, key: str, kind: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Layer"
        self._id = key
        self.key = key
        self.kind = kind


class _Start(MacroElement):
    """The last element: everything is there, show the view the page asks for."""

    _template = Template("{% macro script(this, kwargs) %}gridgov.start({{ this._parent.get_name() }});{% endmacro %}")

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Start"
        self._id = "last"


@cache
def page_map(page: str) -> PageMap:
    """Return the map of a page; the same page gives the same script, byte for byte."""
    if page not in PAGES:
        raise NotFoundError("page_not_found")
    figure = Figure()
    figure._id = page
    drawn = folium.Map(
        location=(0, 0),
        zoom_start=2,
        min_zoom=3,
        max_zoom=20,
        tiles=None,
        control_scale=True,
        prefer_canvas=False,
        zoom_snap=0.25,
        zoom_control=False,
        fade_animation=False,
        attributionControl=False,
    )
    drawn._id = page
    drawn.add_to(figure)
    for key, kind in PAGES[page]:
        _Layer(key, kind).add_to(drawn)
    _Start().add_to(drawn)
    return _taken_apart(figure, drawn, MORE_SCRIPTS.get(page, ()), MORE_STYLES.get(page, ()))


def vendored(url: str) -> str | None:
    """Return our own file for a link of folium's, None for one that no page uses; an unknown one stops the program."""
    name = PurePosixPath(url.partition("?")[0]).name
    if name in UNUSED:
        return None
    if name not in VENDORED:
        raise LookupError(f"{name} is neither vendored nor known to be unused: {url}")
    return VENDORED[name]


def _taken_apart(figure: Figure, drawn: folium.Map, scripts: tuple[str, ...], styles: tuple[str, ...]) -> PageMap:
    figure.render()
    links = list(_links(figure.header))
    script = figure.script.render()
    if re.search(r"https?://|//cdn", script):
        raise LookupError("the map's script names another host")
    return PageMap(
        element=drawn.get_name(),
        styles=_files(link for link in links if isinstance(link, CssLink)) + OWN_STYLES + styles,
        scripts=_files(link for link in links if isinstance(link, JavascriptLink)) + OWN_SCRIPTS + scripts,
        script=script.strip() + "\n",
    )


def _files(links: Any) -> tuple[str, ...]:
    return tuple(file for file in (vendored(link.url) for link in links) if file is not None)


def _links(element: Element) -> Iterator[CssLink | JavascriptLink]:
    for child in element._children.values():
        if isinstance(child, CssLink | JavascriptLink):
            yield child
        yield from _links(child)

"""What the map pages share: the place the address names, the chain above it, and which layers the map shows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import Flask, current_app, request, url_for

from gridgov.domain.units import LevelProfile
from gridgov.errors import NotFoundError
from gridgov.storage.current import At, Scope
from gridgov.storage.models import UnitVersion
from gridgov.usecases import browsing, deployment
from gridgov.usecases.browsing import Node
from gridgov.web import parameters
from gridgov.web.handle import database
from gridgov.web.maps import page_map
from gridgov.web.mapscript import script_address
from gridgov.web.security import scope
from gridgov.web.tiles import version

if TYPE_CHECKING:
    from gridgov.web.basemap import Basemap

NEVER_LISTED = "household"
# From which zoom a layer has tiles, by its name.
FROM = {"ground": 3, "street": 3, "community": 9, "compound": 11, "grids": 13, "building": 13, "cells": 15}
_TIGHT = 0.0015
_NEAR = 0.003


@dataclass
class Frame:
    """A map page's frame: the chosen place, what leads to it, and the view its script draws."""

    page: str
    profile: LevelProfile
    unit: UnitVersion | None
    crumbs: list[UnitVersion]
    fit: list[float] | None
    layers: dict[str, Any] = field(default_factory=dict)
    colour: str | None = None
    about_open: bool = False
    asks: str | None = None
    focus: str | None = None
    selects: str = "unit"
    picks: tuple[str, ...] = ()
    within: list[float] | None = None
    words: dict[str, str] | None = None
    selectable: bool = True

    @property
    def unit_id(self) -> int | None:
        """The chosen place's identity."""
        return None if self.unit is None else self.unit.unit_id

    @property
    def level_below(self) -> str | None:
        """The level that lies under the chosen place; the map draws no member households."""
        levels = [level.id for level in self.profile.levels if level.id != NEVER_LISTED]
        if self.unit is None:
            return levels[0]
        rank = self.profile.rank(self.unit.level) + 1
        return levels[rank] if rank < len(levels) else None

    def ancestor(self, level: str) -> UnitVersion | None:
        """Return the chosen place, or what lies above it, on a level."""
        return next((step for step in self.crumbs if step.level == level), None)

    def values(self) -> dict[str, Any]:
        """Return what the page's template needs."""
        return {
            "frame": self,
            "unit": self.unit,
            "crumbs": self.crumbs,
            "map": page_map(self.page),
            "script_address": script_address(self.page),
            "about_open": self.about_open,
            "view": {
                "layers": {name: data for name, data in {**places(), **self.layers}.items() if data},
                "fit": self.fit,
                "within": self.within,
                "picks": self.picks,
                "focus": self.focus or (None if self.unit is None else self.unit.code),
                "selects": self.selects,
                "selectable": self.selectable,
                "words": self.words,
                "colour": self.colour,
                "path": request.path,
                "drops": ["page", "place"],
                "asks": self.asks,
                "basemap": basemap(),
            },
        }


def install(app: Flask) -> None:
    """Let templates ask which places the account may open: a chain reaches above its area."""
    app.jinja_env.globals.update(reachable=reachable, whole_city=whole_city)


def whole_city() -> bool:
    """Tell whether the account may see all of the city through this view."""
    return scope().areas is None


def reachable(code: str) -> bool:
    """Tell whether a place lies within the asker's area, so that a link to it leads somewhere."""
    return scope().areas is None or browsing.unit_by_code(database(), code, parameters.at(), scope()) is not None


def frame(page: str) -> Frame:
    """Return the frame of a page for the place the address names; one outside the asker's area isn't there for him."""
    unit = chosen()
    crumbs = browsing.chain(database(), unit.unit_id, parameters.at()) if unit is not None else []
    fit = _fit(unit)
    within = fit if unit is None else _fit(None)
    return Frame(page, deployment.profile(database()), unit, crumbs, fit, within=within)


def chosen(name: str = "unit") -> UnitVersion | None:
    """Return the unit whose code the address gives under a name."""
    code = parameters.text(name)
    if code is None:
        return None
    found = browsing.unit_by_code(database(), code, parameters.at(), scope())
    if found is None or found.level == NEVER_LISTED:
        raise NotFoundError("unit_unknown", unit=code)
    return found


def layer(name: str, **asked: object) -> str:
    """Return the address of a map layer's data for the day shown."""
    told = {key: value for key, value in asked.items() if value is not None}
    if request.args.get("as_of"):
        told["as_of"] = parameters.as_of().isoformat()
    return url_for(f"layers.{name}", **told)  # type: ignore[arg-type]


def tiled(name: str, first: int = 3, last: int = 22, **asked: object) -> dict[str, Any]:
    """Return where a layer's tiles are for the day shown, and between which zooms there are any."""
    told = {key: value for key, value in asked.items() if value is not None}
    if request.args.get("as_of"):
        told["as_of"] = parameters.as_of().isoformat()
    address = f"{request.script_root}/tiles/{name}/{{z}}/{{x}}/{{y}}.mvt"
    return {"tiles": f"{address}?{urlencode({**told, 'v': version()})}", "from": first, "to": last}


def places() -> dict[str, Any]:
    """Return what lies under every map: the ground, the places of each level, the grids."""
    return {name: tiled(name, first) for name, first in FROM.items()}


def basemap() -> dict[str, Any] | None:
    """Return the provider's map that lies below ours, where the administrator set one."""
    found: Basemap | None = current_app.config["BASEMAP"]
    return None if found is None else found.view()


def levels_from(level: str | None) -> tuple[str, ...]:
    """Return the levels that can be chosen on the map, from the given one to the coarsest."""
    known = ("building", "compound", "community", "street")
    return known[known.index(level) :] if level in known else known


def fit_around(unit: int | None, position: tuple[float, float] | None) -> list[float] | None:
    """Return what the map shows of an answer: the place, else the surroundings of the position."""
    if position is not None:
        lon, lat = position
        return [lon - _NEAR, lat - _NEAR, lon + _NEAR, lat + _NEAR]
    if unit is None:
        return None
    return _fit(browsing.unit(database(), unit, parameters.at(), scope()))


def roomy(bounds: Sequence[float]) -> list[float]:
    """Return the bounds of a place with room around it, so that its neighbours are seen too."""
    west, south, east, north = bounds
    room = max(east - west, north - south, _TIGHT) / 4
    return [west - room, south - room, east + room, north + room]


def box_of(units: list[UnitVersion]) -> list[float] | None:
    """Return the bounds of the units that have a place, with some room around a small one."""
    placed = [(u.min_x, u.min_y, u.max_x, u.max_y) for u in units if u.min_x is not None]
    if not placed:
        return None
    west, south, east, north = (
        pick(column) for pick, column in zip((min, min, max, max), zip(*placed, strict=True), strict=True)
    )
    if east - west < _TIGHT and north - south < _TIGHT:
        return [west - _TIGHT / 2, south - _TIGHT / 2, east + _TIGHT / 2, north + _TIGHT / 2]
    return [west, south, east, north]


def tree_to(unit: UnitVersion | None, crumbs: list[UnitVersion]) -> list[dict[str, Any]]:
    """Return the tree, opened along the chain to the chosen place."""
    opened = {step.unit_id for step in crumbs}
    return _branch(None, opened, None if unit is None else unit.unit_id)


def streets() -> list[Node]:
    """Return the uppermost places of the asker's area, to choose from."""
    return browsing.tree(database(), parameters.at(), scope())


def drawn_level(frame: Frame) -> str:
    """Return the level to choose from: the next one down of which anything has a place on the map.

    A community known by its code only is shown by its children; a building group stands among its neighbours.
    """
    if frame.level_below is None:
        return "building"
    levels = [level.id for level in frame.profile.levels if level.id != NEVER_LISTED]
    for level in levels[levels.index(frame.level_below) :]:
        if browsing.any_on_map(database(), parameters.at(), scope(), level, frame.unit_id):
            return level
    return frame.level_below


def paged(count: int, size: int) -> tuple[int, int]:
    """Return the page to show of a list, and how many there are: beyond the last one the last is shown."""
    pages = max(1, -(-count // size))
    return min(parameters.page(), pages), pages


def stands_today() -> bool:
    """Tell whether the asker's area has places today, where the day shown is another."""
    if parameters.as_of() == parameters.today():
        return False
    return bool(browsing.tree(database(), At(parameters.today()), scope()))


def place_names() -> dict[int, str]:
    """Return the names of the two uppermost levels, by identity: where a place lies is told by them."""
    return browsing.upper_names(database(), parameters.at(), scope())


def _branch(parent: int | None, opened: set[int], current: int | None) -> list[dict[str, Any]]:
    found = browsing.tree(database(), parameters.at(), scope(), parent)
    return [
        {
            "code": node.code,
            "name": node.name,
            "level": node.level,
            "below": node.children if node.children and node.level != "building" else None,
            "current": node.unit == current,
            "children": _branch(node.unit, opened, current) if node.unit in opened and node.level != "building" else [],
        }
        for node in found
        if node.level != NEVER_LISTED
    ]


def _fit(unit: UnitVersion | None) -> list[float] | None:
    at = parameters.at()
    if unit is not None:
        return box_of([unit]) or box_of(_placed_below(unit.unit_id)) or None
    areas = [] if scope().areas is None else sorted(_areas_that_stand())
    own = box_of([browsing.unit(database(), area, at, scope()) for area in areas])
    return own or list(deployment.extent(database()) or ()) or None


def _areas_that_stand() -> list[int]:
    return [node.unit for node in browsing.tree(database(), parameters.at(), scope())]


def _placed_below(parent: int) -> list[UnitVersion]:
    below = Scope.of({parent})
    for level in ("community", "compound", "building"):
        found = browsing.units_on_map(database(), parameters.at(), below, level)
        if found:
            return found
    return []

"""Vector tiles of the map, `/tiles/{layer}/{z}/{x}/{y}.mvt`, within the asker's area, of the day asked about."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from flask import Blueprint, Response, request

from gridgov.domain.standards import Catalogue
from gridgov.errors import NotFoundError
from gridgov.sources import rulepacks
from gridgov.spatial.coverage import CAUSES
from gridgov.spatial.tiles import Layer, encode
from gridgov.spatial.tiling import Tile
from gridgov.storage.models import Run
from gridgov.usecases import covering, deployment, tile_cells, tile_ground, tile_marks, tiles
from gridgov.usecases.coming import COMING
from gridgov.usecases.data_version import data_version
from gridgov.usecases.gap_filter import GapFilter
from gridgov.usecases.run_map import Wanted
from gridgov.usecases.runrecord import PROFILES, REFERENCE
from gridgov.usecases.tiles import LEVELS, Asked
from gridgov.web import parameters
from gridgov.web.gapwords import gap_sentence
from gridgov.web.handle import database
from gridgov.web.language import gettext, locale
from gridgov.web.page import named
from gridgov.web.security import EVERY_ROLE, allow, scope_as, user
from gridgov.wording import term

blueprint = Blueprint("tiles", __name__, url_prefix="/tiles")
MIMETYPE = "application/vnd.mapbox-vector-tile"
_STATES = ("due", *tile_marks.STATES, "several")
_FIGURES = ("planner", "viewer")
Content = Callable[[Asked], list[Layer]]
# What each layer holds, and who may see it.
_layers: dict[str, tuple[tuple[str, ...], Content]] = {
    level: (EVERY_ROLE, partial(lambda level, asked: tiles.units(database(), asked, level), level)) for level in LEVELS
}


@blueprint.get("/<layers>/<int:z>/<int:x>/<int:y>.mvt")
@allow(*EVERY_ROLE)
def tile(layers: str, z: int, x: int, y: int) -> Response:
    """Return a tile of a layer, or of several joined by `+`, each within the area of the roles that may see it."""
    names = layers.split("+")
    if len(set(names)) < len(names) or not _layers.keys() >= set(names):
        raise NotFoundError("page_not_found")
    place = Tile.at(z, x, y)
    told = [(content, scope_as(*roles)) for roles, content in map(_layers.__getitem__, names)]
    at = parameters.at()
    return _answer(
        lambda: encode(place, [layer for content, seen in told for layer in content(Asked(at, seen, place))])
    )


def _layer(name: str, *roles: str) -> Callable[[Content], Content]:
    """Name the layer that a function fills, and the roles that may see it."""

    def keep(content: Content) -> Content:
        _layers[name] = roles or EVERY_ROLE, content
        return content

    return keep


@_layer("ground")
def _ground(asked: Asked) -> list[Layer]:
    return tile_ground.ground(database(), asked)


@_layer("network")
def _network(asked: Asked) -> list[Layer]:
    return tile_ground.network(database(), asked)


@_layer("grids")
def _grids(asked: Asked) -> list[Layer]:
    return tiles.grids(database(), asked)


@_layer("cells")
def _cells(asked: Asked) -> list[Layer]:
    return tile_cells.cells(database(), asked)


@_layer("facilities")
def _facilities(asked: Asked) -> list[Layer]:
    """Return the open service points of a type or a scenario."""
    return tiles.facilities(database(), asked, _scenarios())


@_layer("coming")
def _coming(asked: Asked) -> list[Layer]:
    """Return the service points of a type or a scenario under construction or planned, and say which they are."""
    known = rulepacks.catalogue()
    (layer,) = tiles.facilities(database(), asked, _scenarios(), "coming", COMING) or (None,)
    if layer is None:
        return []
    columns = zip(*(layer.columns[name] for name in ("name", "type", "status", "year")), strict=True)
    told = [
        gettext(
            "%(name)s · %(type)s, %(status)s, not counted",
            name=name,
            type=named(known.type(kind)),
            status=_until(status, year),
        )
        for name, kind, status, year in columns
    ]
    return [replace(layer, columns={**layer.columns, "symbol": layer.columns["status"], "told": told})]


@_layer("posts", "coordinator", "viewer", "admin")
def _posts(asked: Asked) -> list[Layer]:
    """Return a mark per unit of a tier: held, vacant, disputed, expiring; what isn't asked for is dimmed."""
    tier = parameters.whole("tier", 0, least=0, most=9) or None
    return tile_marks.posts(database(), asked, tier, parameters.choice("what", _STATES))


@_layer("coverage", *_FIGURES)
def _coverage(asked: Asked) -> list[Layer]:
    """Return units with the share of their people reached: of a type, a scenario's, or all required ones."""
    level = parameters.choice("level", tile_marks.SHARED, "compound") or "compound"
    kind, scenario = _kind_and_scenario(rulepacks.catalogue())
    profile = parameters.choice("profile", PROFILES, REFERENCE) or REFERENCE
    return tile_marks.coverage(database(), asked, _run(), level, Wanted(kind, scenario, profile))


@_layer("causes", *_FIGURES)
def _causes(asked: Asked) -> list[Layer]:
    """Return a mark per place with a gap: the cause of the one most people miss."""
    known = rulepacks.catalogue()
    kind, scenario = _kind_and_scenario(known)
    wanted = GapFilter(scenario=scenario, type=kind, cause=parameters.choice("cause", CAUSES))
    run = _run()
    pack, basis = deployment.pack(database(), run.pack), str(run.summary["basis"])

    def tell(gap: dict[str, Any]) -> str:
        return gap_sentence(gap, pack, named(known.type(gap["type"])), basis)

    return tile_marks.causes(database(), asked, run, wanted, tell)


def version() -> str:
    """Return what pages put into `v` of their tiles' addresses: another for other data, days, accounts, languages.

    A tile asked for by the token that holds may be kept by the browser without asking again.
    """
    me = user()
    told = (data_version(database()), parameters.today(), me.id, me.grants, me.cadre_id, locale())
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def _answer(told: Callable[[], bytes]) -> Response:
    """Answer with a tile, or tell that the one the browser has still holds; its content is looked up only if not."""
    holding = version()
    asked_for = sorted((name, value) for name, value in request.args.items(multi=True) if name != "v")
    known = f"{holding}-{hashlib.sha256(repr((request.path, asked_for)).encode()).hexdigest()[:16]}"
    response = Response(mimetype=MIMETYPE)
    response.set_etag(known, weak=True)
    response.vary.add("Cookie")
    if request.args.get("v") == holding:
        response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    if not request.if_none_match.contains_weak(known):
        response.set_data(told())
    response.make_conditional(request)
    return response


def _run() -> Run:
    return covering.find(database(), parameters.whole("run", 0, least=0, most=10**9) or None)


def _scenarios() -> dict[str, str]:
    """Return the facility types asked for, with the scenario of each."""
    known = rulepacks.catalogue()
    kind, scenario = _kind_and_scenario(known)
    return {one.id: one.scenario for one in known.types if kind in {None, one.id} and scenario in {None, one.scenario}}


def _until(status: str, year: int | None) -> str:
    return term("status", status, locale()) + ("" if year is None else f" {year}")


def _kind_and_scenario(known: Catalogue) -> tuple[str | None, str | None]:
    """Return the facility type and the scenario asked for; one that the catalogue doesn't know is refused."""
    kind = parameters.choice("type", [each.id for each in known.types])
    return kind, parameters.choice("scenario", [each.id for each in known.scenarios])

"""Vector tiles of the map, `/tiles/{layer}/{z}/{x}/{y}.mvt`, within the asker's area, of the day asked about."""

import hashlib
from collections.abc import Callable, Iterable

from flask import Blueprint, Response, request

from gridgov.domain.standards import Catalogue
from gridgov.sources import rulepacks
from gridgov.spatial.coverage import CAUSES
from gridgov.spatial.tiles import Layer, encode
from gridgov.spatial.tiling import Tile
from gridgov.storage.models import Run
from gridgov.usecases import covering, deployment, tile_ground, tile_marks, tiles
from gridgov.usecases.data_version import data_version
from gridgov.usecases.reading_runs import GapFilter
from gridgov.usecases.tiles import Asked
from gridgov.web import parameters
from gridgov.web.gapwords import gap_sentence
from gridgov.web.handle import database
from gridgov.web.language import locale
from gridgov.web.page import named
from gridgov.web.security import EVERY_ROLE, allow, scope, user

blueprint = Blueprint("tiles", __name__, url_prefix="/tiles")
MIMETYPE = "application/vnd.mapbox-vector-tile"
_ADDRESS = "/<int:z>/<int:x>/<int:y>.mvt"
_STATES = ("due", *tile_marks.STATES, "several")


@blueprint.get(f"/ground{_ADDRESS}")
@allow(*EVERY_ROLE)
def ground(z: int, x: int, y: int) -> Response:
    """Return the calm ground of the map."""
    return _answer(Tile.at(z, x, y), lambda asked: tile_ground.ground(database(), asked))


@blueprint.get(f"/network{_ADDRESS}")
@allow(*EVERY_ROLE)
def network(z: int, x: int, y: int) -> Response:
    """Return the paths that may be walked."""
    return _answer(Tile.at(z, x, y), lambda asked: tile_ground.network(database(), asked))


@blueprint.get(f"/<any(street, community, compound, building):level>{_ADDRESS}")
@allow(*EVERY_ROLE)
def units(level: str, z: int, x: int, y: int) -> Response:
    """Return the units of a level, and where their names belong."""
    return _answer(Tile.at(z, x, y), lambda asked: tiles.units(database(), asked, level))


@blueprint.get(f"/grids{_ADDRESS}")
@allow(*EVERY_ROLE)
def grids(z: int, x: int, y: int) -> Response:
    """Return the governance grids."""
    return _answer(Tile.at(z, x, y), lambda asked: tiles.grids(database(), asked))


@blueprint.get(f"/facilities{_ADDRESS}")
@allow(*EVERY_ROLE)
def facilities(z: int, x: int, y: int) -> Response:
    """Return the service points of a type or a scenario."""
    known = rulepacks.catalogue()
    kind, scenario = _kind_and_scenario(known)
    types = {one.id: one.scenario for one in known.types if kind in {None, one.id} and scenario in {None, one.scenario}}
    return _answer(Tile.at(z, x, y), lambda asked: tiles.facilities(database(), asked, types, "open"))


@blueprint.get(f"/posts{_ADDRESS}")
@allow("coordinator", "viewer", "admin")
def posts(z: int, x: int, y: int) -> Response:
    """Return a mark per unit of a tier: held, vacant, disputed, expiring; what isn't asked for is dimmed."""
    tier = parameters.whole("tier", 0, least=0, most=9) or None
    what = parameters.choice("what", _STATES)
    return _answer(Tile.at(z, x, y), lambda asked: tile_marks.posts(database(), asked, tier, what))


@blueprint.get(f"/coverage{_ADDRESS}")
@allow("planner", "viewer")
def coverage(z: int, x: int, y: int) -> Response:
    """Return units with the share of their people reached: of a type, a scenario's, or all required ones."""
    level = parameters.choice("level", tile_marks.SHARED, "compound") or "compound"
    asked_for = _kind_and_scenario(rulepacks.catalogue())
    return _answer(Tile.at(z, x, y), lambda asked: tile_marks.coverage(database(), asked, _run(), level, *asked_for))


@blueprint.get(f"/causes{_ADDRESS}")
@allow("planner", "viewer")
def causes(z: int, x: int, y: int) -> Response:
    """Return a mark per place with a gap: the cause of the one most people miss."""
    known = rulepacks.catalogue()
    kind, scenario = _kind_and_scenario(known)
    wanted = GapFilter(scenario=scenario, type=kind, cause=parameters.choice("cause", CAUSES))

    def told(asked: Asked) -> list[Layer]:
        run = _run()
        pack, basis = deployment.pack(database(), run.pack), str(run.summary["basis"])
        return tile_marks.causes(
            database(),
            asked,
            run,
            wanted,
            lambda gap: gap_sentence(gap, pack, named(known.type(gap["type"])), basis),
        )

    return _answer(Tile.at(z, x, y), told)


def version() -> str:
    """Return what pages put into `v` of their tiles' addresses: another for other data, days, accounts, languages.

    A tile asked for by the token that holds may be kept by the browser without asking again.
    """
    me = user()
    told = (data_version(database()), parameters.today(), me.id, me.grants, me.cadre_id, locale())
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def _answer(tile: Tile, content: Callable[[Asked], Iterable[Layer]]) -> Response:
    """Answer with a tile, or tell that the one the browser has still holds; its content is looked up only if not."""
    at = parameters.at()
    holding = version()
    asked_for = sorted((name, told) for name, told in request.args.items(multi=True) if name != "v")
    known = f"{holding}-{hashlib.sha256(repr((request.path, asked_for)).encode()).hexdigest()[:16]}"
    response = Response(mimetype=MIMETYPE)
    response.set_etag(known, weak=True)
    response.vary.add("Cookie")
    if request.args.get("v") == holding:
        response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    if not request.if_none_match.contains_weak(known):
        response.set_data(encode(tile, content(Asked(at, scope(), tile))))
    response.make_conditional(request)
    return response


def _run() -> Run:
    return covering.find(database(), parameters.whole("run", 0, least=0, most=10**9) or None)


def _kind_and_scenario(known: Catalogue) -> tuple[str | None, str | None]:
    """Return the facility type and the scenario asked for; one that the catalogue doesn't know is refused."""
    kind = parameters.choice("type", [each.id for each in known.types])
    return kind, parameters.choice("scenario", [each.id for each in known.scenarios])

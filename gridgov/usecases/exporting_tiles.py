"""The map as an archive of tiles for a static host: places, roads and services; no posts, no figures of people."""

from collections.abc import Iterator
from dataclasses import replace

from sqlalchemy.orm import Session

from gridgov.errors import InputError, NotFoundError
from gridgov.sources import rulepacks
from gridgov.spatial.tiles import Layer, encode
from gridgov.spatial.tiling import DEEPEST, Tile, tiles_over
from gridgov.storage.current import At, Scope
from gridgov.usecases import browsing, deployment, tile_ground, tiles
from gridgov.usecases.tiles import LEVELS, Asked

FIRST_ZOOM, LAST_ZOOM = 3, 15
MOST_TILES = 200_000
_NEVER = frozenset({"branch", "bounded"})  # how a compound is organised is nothing for a public map


def plan(session: Session, under: str | None, at: At, zooms: tuple[int, int]) -> tuple[Scope, list[Tile]]:
    """Return the scope and the tiles of an archive: of the whole area, or of a unit and all below it."""
    first, last = zooms
    if not 0 <= first <= last <= DEEPEST:
        raise InputError("zooms_unreadable", value=f"{first}-{last}", most=DEEPEST)
    scope, bounds = Scope.everything(), deployment.extent(session)
    if under is not None:
        unit = browsing.unit_by_code(session, under, at, scope)
        if unit is None:
            raise NotFoundError("unit_unknown", unit=under)
        scope, bounds = Scope.of({unit.unit_id}), _box(unit.min_x, unit.min_y, unit.max_x, unit.max_y)
    if bounds is None:
        raise InputError("export_area_unplaced", unit=under) if under is not None else InputError("no_places_yet")
    wanted: list[Tile] = []
    for z in range(first, last + 1):
        wanted += tiles_over(bounds, z)
        if len(wanted) > MOST_TILES:
            raise InputError("tiles_too_many", most=MOST_TILES)
    return scope, wanted


def drawn(
    session: Session, at: At, scope: Scope, wanted: list[Tile], held: dict[str, set[str]]
) -> Iterator[tuple[Tile, bytes]]:
    """Yield the tiles in which anything lies, and note in `held` which properties each layer has."""
    scenarios = {kind.id: kind.scenario for kind in rulepacks.catalogue().types}
    for tile in wanted:
        layers = list(_layers(session, Asked(at, scope, tile), scenarios))
        told = encode(tile, layers)
        if told:
            for layer in layers:
                held.setdefault(layer.name, set()).update(layer.columns)
            yield tile, told


def _layers(session: Session, asked: Asked, scenarios: dict[str, str]) -> Iterator[Layer]:
    units = (layer for level in LEVELS for layer in tiles.units(session, asked, level))
    for layer in (*tile_ground.ground(session, asked), *units):
        yield replace(layer, columns={name: told for name, told in layer.columns.items() if name not in _NEVER})
    yield from tiles.facilities(session, asked, scenarios)


def _box(*sides: float | None) -> tuple[float, float, float, float] | None:
    west, south, east, north = sides
    if west is None or south is None or east is None or north is None:
        return None
    return west, south, east, north

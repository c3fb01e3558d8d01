"""What the map's vector tiles hold: each layer's things within a tile, as columns rather than as objects."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from gridgov.spatial.tiles import Layer, anchors
from gridgov.spatial.tiling import BUFFER, EXTENT, PIXEL, Tile
from gridgov.storage.current import At, Scope, branches, current
from gridgov.storage.models import GridVersion, LandVersion, ServicePointVersion, SiteVersion, Unit, UnitVersion
from gridgov.storage.types import read_shapes, unread
from gridgov.storage.windows import in_window
from gridgov.usecases import browsing
from gridgov.usecases.lookups import rows_for

Floats = npt.NDArray[np.float64]
Geometries = npt.NDArray[np.object_]

LEVELS = {"street": 3, "community": 9, "compound": 11, "building": 13}
FIRST, GRIDS = 3, 12
SINGLE = 13  # from this zoom on each mark is told; before, one for all that stand within the width of a mark
_MARK = 8 * PIXEL
_CLOSE = 14  # from this zoom on a tile holds few things: the spatial index finds them sooner than their level does
_LEAST_ROOM = 8.0  # pixels; a narrower shape has no room for a name
_POINTS_NAMED = 16  # the zoom from which things that are only a point are named


@dataclass(frozen=True)
class Asked:
    """Whose tile, of which day."""

    at: At
    scope: Scope
    tile: Tile


@dataclass(frozen=True)
class Places:
    """Units of one level that may touch a tile, as columns (n,)."""

    level: str
    ids: Sequence[int]
    codes: Sequence[str]
    names: Sequence[str | None]
    parents: Sequence[int | None]
    kinds: Sequence[str | None]
    shapes: Geometries

    @property
    def called(self) -> list[str]:
        """Each unit's name, or its code where it has none."""
        return [name or code for name, code in zip(self.names, self.codes, strict=True)]


def places(session: Session, asked: Asked, level: str) -> Places:
    """Return the units of a level that may touch the tile."""
    columns = (UnitVersion.unit_id, UnitVersion.code, UnitVersion.name, UnitVersion.parent_id, UnitVersion.kind)
    wanted = current(UnitVersion, asked.at, asked.scope).where(UnitVersion.level == level)
    if level == "building" or asked.tile.z >= _CLOSE:
        wanted = wanted.where(in_window(session, UnitVersion, asked.tile.bounds(BUFFER)))
    else:
        own = select(Unit.id).where(Unit.level == level)
        wanted = wanted.where(UnitVersion.unit_id.in_(own), _touching(UnitVersion, asked.tile))
    told, shapes = _columns(session, wanted.order_by(UnitVersion.code), columns, UnitVersion)
    ids, codes, names, parents, kinds = told
    return Places(level, ids, codes, names, parents, kinds, shapes)


def numbered(
    session: Session, asked: Asked, numbers: Iterable[int]
) -> tuple[list[int], list[str], list[str], Geometries]:
    """Return those of some units that may touch the tile: their numbers, codes, names and shapes."""
    columns = (UnitVersion.unit_id, UnitVersion.code, UnitVersion.name, unread(UnitVersion.geometry))
    wanted = current(UnitVersion, asked.at, asked.scope).where(_touching(UnitVersion, asked.tile))
    rows = sorted(rows_for(session, wanted.with_only_columns(*columns), UnitVersion.unit_id, numbers))
    shapes = np.array(read_shapes([row[3] for row in rows]), dtype=object)
    return [row[0] for row in rows], [row[1] for row in rows], [row[2] or row[1] for row in rows], shapes


def units(session: Session, asked: Asked, level: str) -> list[Layer]:
    """Return the units of a level with the codes of those above them, and where their names belong."""
    if asked.tile.z < LEVELS[level]:
        return []
    found = places(session, asked, level)
    columns: dict[str, Sequence[Any]] = {"code": found.codes, "name": found.called, **_above(session, asked.at, found)}
    if level == "compound":
        covered = {unit for branch in branches(session, asked.at, Scope.everything()) for unit in branch.compounds}
        columns |= {"branch": [unit in covered for unit in found.ids], "kind": found.kinds}
    names = {"name": found.called, "code": found.codes, "level": [level] * len(found.ids)}
    return [Layer(level, found.shapes, found.ids, columns), _names(asked.tile, found.shapes, found.ids, names)]


def ground(session: Session, asked: Asked) -> list[Layer]:
    """Return the calm ground of the map: the area, water, green and hills, and their names."""
    if asked.tile.z < FIRST:
        return []
    near = _touching(UnitVersion, asked.tile)
    uppermost = browsing.uppermost(asked.at, asked.scope).where(near)
    (areas,), outlines = _columns(session, uppermost, (UnitVersion.unit_id,), UnitVersion)
    window = in_window(session, LandVersion, asked.tile.bounds(BUFFER))
    land = current(LandVersion, asked.at, asked.scope).where(window).order_by(LandVersion.code)
    told, shapes = _columns(session, land, (LandVersion.land_id, LandVersion.kind, LandVersion.name), LandVersion)
    ids, kinds, names = told
    return [
        Layer("area", outlines, areas),
        Layer("land", shapes, ids, {"kind": kinds}),
        _names(asked.tile, shapes, ids, {"name": names, "kind": kinds}),
    ]


def grids(session: Session, asked: Asked) -> list[Layer]:
    """Return the governance grids, with the community of each."""
    if asked.tile.z < GRIDS:
        return []
    window = in_window(session, GridVersion, asked.tile.bounds(BUFFER))
    wanted = current(GridVersion, asked.at, asked.scope).where(window).order_by(GridVersion.code)
    columns = (GridVersion.grid_id, GridVersion.code, GridVersion.kind, GridVersion.unit_id)
    (ids, codes, kinds, owners), shapes = _columns(session, wanted, columns, GridVersion)
    above = _climbed(session, asked.at, owners)
    communities = [above[owner].code if owner in above else None for owner in owners]
    return [Layer("grids", shapes, ids, {"code": codes, "kind": kinds, "community": communities})]


def facilities(session: Session, asked: Asked, scenarios: Mapping[str, str], status: str) -> list[Layer]:
    """Return the service points of some types (`scenarios` by type) and one status; far off one for all that touch."""
    if asked.tile.z < FIRST:
        return []
    window = in_window(session, SiteVersion, asked.tile.bounds(BUFFER))
    sites = current(SiteVersion, asked.at, asked.scope).where(window)
    (ids, names), shapes = _columns(session, sites, (SiteVersion.site_id, SiteVersion.name), SiteVersion)
    spot = {number: row for row, number in enumerate(ids)}
    point = ServicePointVersion
    named = (point.service_point_id, point.site_id, point.code, point.name, point.type, point.status, point.verified)
    wanted = current(point, asked.at, asked.scope).where(point.type.in_(sorted(scenarios)), point.status == status)
    rows = sorted(rows_for(session, wanted.with_only_columns(*named), point.site_id, spot), key=lambda row: row.code)
    at = [spot[row.site_id] for row in rows]
    columns: dict[str, list[Any]] = {
        "code": [row.code for row in rows],
        "name": [row.name or names[site] or row.code for row, site in zip(rows, at, strict=True)],
        "type": [row.type for row in rows],
        "scenario": [scenarios[row.type] for row in rows],
        "status": [row.status for row in rows],
        "verified": [row.verified for row in rows],
    }
    return [marks("facilities", asked.tile, anchors(shapes)[at, :2], [row.service_point_id for row in rows], columns)]


def marks(
    name: str,
    tile: Tile,
    xy: Floats,
    ids: Sequence[int],
    columns: Mapping[str, Sequence[Any]],
    order: Sequence[int] | None = None,
) -> Layer:
    """Return marks at places (n, 2): from far off, the first in some order stands for all within a mark's width."""
    rows = list(range(len(ids)) if order is None else order)
    count = None
    if tile.z < SINGLE:
        kept, count = _thinned(tile, xy[rows])
        rows = [rows[row] for row in kept]
    told: dict[str, Sequence[Any]] = {key: [values[row] for row in rows] for key, values in columns.items()}
    if count is not None:
        told["count"] = count
    return Layer(name, _points(xy[rows]), [ids[row] for row in rows], told)


def _names(tile: Tile, shapes: Geometries, ids: Sequence[int], columns: Mapping[str, Sequence[Any]]) -> Layer:
    """Return where the names of shapes belong, with the pixels of room there: of those that have a name, and room."""
    spots = anchors(shapes)
    room = spots[:, 2] / 360.0 * 256 * 2**tile.z
    wide = (room >= _LEAST_ROOM) | ((room == 0) & (tile.z >= _POINTS_NAMED))
    kept = [row for row in np.flatnonzero(wide).tolist() if columns["name"][row] is not None]
    told: dict[str, Sequence[Any]] = {key: [values[row] for row in kept] for key, values in columns.items()}
    told["room"] = np.rint(room[kept]).astype(int).tolist()
    return Layer("names", _points(spots[kept, :2]), [ids[row] for row in kept], told)


def _points(xy: Floats) -> Geometries:
    return np.asarray(shapely.points(xy), dtype=object)


def _thinned(tile: Tile, xy: Floats) -> tuple[list[int], list[int]]:
    """Keep the first place of each square as wide as a mark: their rows, and how many places stand in each."""
    cell = np.floor(tile.units(xy) / _MARK).astype(np.int64)
    inside = np.flatnonzero(((cell >= 0) & (cell < EXTENT // _MARK)).all(axis=1))
    _, first, count = np.unique(cell[inside] @ [EXTENT, 1], return_index=True, return_counts=True)
    order = np.argsort(first)
    return inside[first[order]].tolist(), count[order].tolist()


@dataclass(frozen=True)
class _Step:
    """A unit on the way up: its level, its code, and what it stands under."""

    level: str
    code: str
    parent: int | None


def _above(session: Session, at: At, found: Places) -> dict[str, list[str | None]]:
    """Return the codes of the street and the community that each unit lies in, as far as they lie above its level."""
    steps = _climbed(session, at, found.parents)
    columns: dict[str, list[str | None]] = {}
    for level in ("street", "community"):
        if found.level in {level, "street"}:
            continue
        known = {number: _ancestor(steps, number, level) for number in steps}
        columns[level] = [known.get(parent) if parent is not None else None for parent in found.parents]
    return columns


def _climbed(session: Session, at: At, numbers: Iterable[int | None]) -> dict[int, _Step]:
    """Return units and all above them: names of places are known to everybody."""
    known: dict[int, _Step] = {}
    asked = {number for number in numbers if number is not None}
    columns = (UnitVersion.unit_id, UnitVersion.level, UnitVersion.code, UnitVersion.parent_id)
    wanted = current(UnitVersion, at, Scope.everything()).with_only_columns(*columns)
    while asked:
        found = {number: _Step(*told) for number, *told in rows_for(session, wanted, UnitVersion.unit_id, asked)}
        known |= found
        asked = {step.parent for step in found.values() if step.parent is not None} - known.keys()
    return known


def _ancestor(steps: Mapping[int, _Step], number: int, level: str) -> str | None:
    """Return the code of what stands on a level at or above a unit."""
    seen: set[int] = set()
    step = steps.get(number)
    while step is not None and step.level != level and step.parent not in seen:
        seen.add(step.parent or 0)
        step = steps.get(step.parent or 0)
    return step.code if step is not None and step.level == level else None


def _touching(model: Any, tile: Tile) -> ColumnElement[bool]:
    """Say that a thing's box touches a tile, where no index is needed to find it."""
    west, south, east, north = tile.bounds(BUFFER)
    return and_(model.min_x <= east, model.max_x >= west, model.min_y <= north, model.max_y >= south)


def _columns(
    session: Session, wanted: Any, columns: Sequence[Any], model: Any
) -> tuple[list[Sequence[Any]], Geometries]:
    """Read columns of what is wanted, and its shapes."""
    rows = session.execute(wanted.with_only_columns(*columns, unread(model.geometry))).all()
    told: list[Sequence[Any]] = list(zip(*rows, strict=True)) if rows else [()] * (len(columns) + 1)
    return told[:-1], np.array(read_shapes(told[-1]), dtype=object)

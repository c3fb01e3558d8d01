"""What the map's vector tiles hold: each layer's things within a tile, as columns rather than as objects."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy.orm import Session

from gridgov.spatial.tile_kernels import Flat
from gridgov.spatial.tiles import Layer, anchors, flattened, points
from gridgov.spatial.tiling import BUFFER, EXTENT, PIXEL, Tile
from gridgov.storage.among import among
from gridgov.storage.climbing import Ladder
from gridgov.storage.current import At, Scope, branches, current
from gridgov.storage.models import GridVersion, ServicePointVersion, SiteVersion, UnitVersion
from gridgov.storage.types import read_shapes, unread
from gridgov.storage.windows import in_window, large_in_window
from gridgov.usecases.lookups import rows_for
from gridgov.usecases.run_map import Worst

Floats = npt.NDArray[np.float64]

LEVELS = {"street": 3, "community": 9, "compound": 11, "building": 13}
# From which zoom on they are named: one below the one at which the pages' map writes its names (static/js/labels.js).
_NAMED = {"street": 7, "community": 10, "compound": 12, "building": 15}
FIRST, GRIDS = 3, 12
SINGLE = 13  # from this zoom on each mark is told; before, one for all that stand within the width of a mark
_MARK = 8 * PIXEL
_LEAST_ROOM = 8.0  # pixels; a narrower shape has no room for a name
_GRIDS_NAMED = 14
_POINTS_NAMED = 16  # the zoom from which things that are only a point are named


@dataclass(frozen=True)
class Asked:
    """Whose tile, of which day."""

    at: At
    scope: Scope
    tile: Tile


@dataclass(frozen=True)
class Places:
    """Units of one level that may touch a tile, as columns (n,), and what they lie in."""

    level: str
    ids: Sequence[int]
    codes: Sequence[str]
    names: Sequence[str | None]
    parents: Sequence[int | None]
    kinds: Sequence[str | None]
    shapes: Flat
    ladder: Ladder

    @property
    def called(self) -> list[str]:
        """Each unit's name, or its code where it has none."""
        return [name or code for name, code in zip(self.names, self.codes, strict=True)]

    def marks(self) -> Floats:
        """Where the mark of each unit stands, (n, 2), degrees."""
        return anchors(self.shapes)[:, :2]


def places(session: Session, asked: Asked, level: str, also: Collection[int] = ()) -> Places:
    """Return the units of a level, and some compounds with them, that may touch the tile, within the asker's scope."""
    bounds = asked.tile.bounds(BUFFER)
    near = in_window(session, UnitVersion, bounds) if level == "building" else large_in_window(bounds)
    levels = [level, "compound"] if also else [level]
    # Whether a unit lies in an area is decided by climbing from it: the few of a tile, not all of the area.
    wanted = current(UnitVersion, asked.at, Scope.everything() if asked.scope.areas else asked.scope)
    unit = UnitVersion
    named = (unit.unit_id, unit.code, unit.name, unit.parent_id, unit.kind, unit.level, unread(unit.geometry))
    rows = rows_of(session, wanted.where(UnitVersion.level.in_(levels), near).order_by(UnitVersion.code), named)
    ladder = Ladder.above(session, asked.at, {row[3] for row in rows})
    if asked.scope.areas:
        seen = {parent: ladder.within(parent, asked.scope) for parent in {row[3] for row in rows}}
        rows = [row for row in rows if row[0] in asked.scope.areas or seen[row[3]]]
    if also:
        rows = [row for row in rows if row[5] == level or row[0] in also]
    ids, codes, names, parents, kinds, _, stored = columns_of(rows, len(named))
    return Places(level, ids, codes, names, parents, kinds, flattened(read_shapes(stored)), ladder)


def with_gaps(session: Session, asked: Asked, worst: Worst) -> tuple[list[int], list[str], list[str], Floats]:
    """Return the places with a gap that may touch the tile: numbers, codes, names, and where their marks stand."""
    bounds = asked.tile.bounds(BUFFER)
    columns = (UnitVersion.unit_id, UnitVersion.code, UnitVersion.name, unread(UnitVersion.geometry))
    wanted = current(UnitVersion, asked.at, asked.scope)
    rows = list(rows_of(session, wanted.where(large_in_window(bounds)), columns))
    if worst.buildings:
        own = among(session, UnitVersion.unit_id, worst.buildings)
        rows += rows_of(session, wanted.where(own, in_window(session, UnitVersion, bounds)), columns)
    ids, codes, names, stored = columns_of([row for row in rows if row[0] in worst.gaps], len(columns))
    called = [name or code for name, code in zip(names, codes, strict=True)]
    return list(ids), list(codes), called, anchors(flattened(read_shapes(stored)))[:, :2]


def units(session: Session, asked: Asked, level: str) -> list[Layer]:
    """Return the units of a level with the codes of those above them, and where their names belong."""
    if asked.tile.z < LEVELS[level]:
        return []
    found = places(session, asked, level)
    columns: dict[str, Sequence[Any]] = {"code": found.codes, "name": found.called, **_above(found)}
    if level == "compound":
        covered = {unit for branch in branches(session, asked.at, Scope.everything()) for unit in branch.compounds}
        columns |= {"branch": [unit in covered for unit in found.ids], "kind": found.kinds}
    told = [Layer(level, found.shapes, found.ids, columns)]
    if asked.tile.z >= _NAMED[level]:
        names = {"name": found.called, "code": found.codes, "level": [level] * len(found.ids)}
        told.append(named(level, asked.tile, found.shapes, found.ids, names))
    return told


def grids(session: Session, asked: Asked) -> list[Layer]:
    """Return the governance grids, with the community of each; close by their codes too."""
    if asked.tile.z < GRIDS:
        return []
    ids, codes, kinds, owners, shapes = grids_near(session, asked)
    ladder = Ladder.above(session, asked.at, owners)
    communities = [ladder.code(owner, "community") for owner in owners]
    found = [Layer("grids", shapes, ids, {"code": codes, "kind": kinds, "community": communities})]
    if asked.tile.z >= _GRIDS_NAMED:
        found.append(named("grids", asked.tile, shapes, ids, {"name": codes, "kind": ["grid"] * len(ids)}))
    return found


def grids_near(session: Session, asked: Asked, kind: str | None = None) -> tuple[Any, Any, Any, Any, Flat]:
    """Return the grids, of a kind, that may touch the tile: their numbers, codes, kinds, communities and shapes."""
    window = in_window(session, GridVersion, asked.tile.bounds(BUFFER))
    wanted = current(GridVersion, asked.at, asked.scope).where(window).order_by(GridVersion.code)
    if kind is not None:
        wanted = wanted.where(GridVersion.kind == kind)
    columns = (GridVersion.grid_id, GridVersion.code, GridVersion.kind, GridVersion.unit_id)
    rows = rows_of(session, wanted, (*columns, unread(GridVersion.geometry)))
    ids, codes, kinds, owners, stored = columns_of(rows, len(columns) + 1)
    return ids, codes, kinds, owners, flattened(read_shapes(stored))


def facilities(
    session: Session,
    asked: Asked,
    scenarios: Mapping[str, str],
    name: str = "facilities",
    states: Sequence[str] = ("open",),
) -> list[Layer]:
    """Return the service points of some types (`scenarios` by type) in some states; far off one for all that touch."""
    if asked.tile.z < FIRST:
        return []
    window = in_window(session, SiteVersion, asked.tile.bounds(BUFFER))
    sites = current(SiteVersion, asked.at, asked.scope).where(window)
    columns = (SiteVersion.site_id, SiteVersion.name, unread(SiteVersion.geometry))
    ids, names, stored = columns_of(rows_of(session, sites, columns), len(columns))
    spots = anchors(flattened(read_shapes(stored)))[:, :2]
    spot = {number: row for row, number in enumerate(ids)}
    point = ServicePointVersion
    named: tuple[Any, ...] = (point.service_point_id, point.site_id, point.code, point.name, point.type)
    named += (point.status, point.verified, point.planned_year)
    wanted = current(point, asked.at, asked.scope).where(point.type.in_(sorted(scenarios)), point.status.in_(states))
    rows = sorted(rows_for(session, wanted.with_only_columns(*named), point.site_id, spot), key=lambda row: row.code)
    at = [spot[row.site_id] for row in rows]
    told: dict[str, list[Any]] = {
        "code": [row.code for row in rows],
        "name": [row.name or names[site] or row.code for row, site in zip(rows, at, strict=True)],
        "type": [row.type for row in rows],
        "scenario": [scenarios[row.type] for row in rows],
        "status": [row.status for row in rows],
        "verified": [row.verified for row in rows],
        "year": [row.planned_year for row in rows],
    }
    return [marks(name, asked.tile, spots[at], [row.service_point_id for row in rows], told)]


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
    return Layer(name, points(xy[rows]), [ids[row] for row in rows], told)


def named(layer: str, tile: Tile, shapes: Flat, ids: Sequence[int], columns: Mapping[str, Sequence[Any]]) -> Layer:
    """Return where the names of a layer's shapes belong, with the pixels of room there: of those with name and room."""
    spots = anchors(shapes)
    room = spots[:, 2] / 360.0 * 256 * 2**tile.z
    wide = (room >= _LEAST_ROOM) | ((room == 0) & (tile.z >= _POINTS_NAMED))
    kept = [row for row in np.flatnonzero(wide).tolist() if columns["name"][row] is not None]
    told: dict[str, Sequence[Any]] = {key: [values[row] for row in kept] for key, values in columns.items()}
    told["room"] = np.rint(room[kept]).astype(int).tolist()
    return Layer(f"{layer}_names", points(spots[kept, :2]), [ids[row] for row in kept], told)


def _thinned(tile: Tile, xy: Floats) -> tuple[list[int], list[int]]:
    """Keep the first place of each square as wide as a mark: their rows, and how many places stand in each."""
    cell = np.floor(tile.units(xy) / _MARK).astype(np.int64)
    inside = np.flatnonzero(((cell >= 0) & (cell < EXTENT // _MARK)).all(axis=1))
    _, first, count = np.unique(cell[inside] @ [EXTENT, 1], return_index=True, return_counts=True)
    order = np.argsort(first)
    return inside[first[order]].tolist(), count[order].tolist()


def _above(found: Places) -> dict[str, list[str | None]]:
    """Return the codes of the street and the community that each unit lies in, as far as they lie above its level."""
    levels = [level for level in ("street", "community") if found.level not in {level, "street"}]
    told = {level: {parent: found.ladder.code(parent, level) for parent in set(found.parents)} for level in levels}
    return {level: [told[level][parent] for parent in found.parents] for level in levels}


def rows_of(session: Session, wanted: Any, columns: Sequence[Any]) -> Sequence[Any]:
    """Read columns of what is wanted, without making objects of it."""
    return session.connection().execute(wanted.with_only_columns(*columns)).all()


def columns_of(rows: Sequence[Any], count: int) -> list[Sequence[Any]]:
    """Turn rows into their columns, `count` of them."""
    return list(zip(*rows, strict=True)) if rows else [()] * count

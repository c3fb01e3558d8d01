"""A run as the map draws it: shares of units, worst gaps of places. Kept in a process: no run ever changes."""

from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.spatial.coverage import shares as shares_by
from gridgov.spatial.crs import to_geographic, to_planar
from gridgov.spatial.grids import Cells, cell_of
from gridgov.storage.among import among
from gridgov.storage.current import At, Scope, current
from gridgov.storage.models import GridVersion, Run, RunShare, Unit, UnitVersion
from gridgov.storage.types import read_shapes, unread
from gridgov.usecases import deployment, reading_runs, run_shares
from gridgov.usecases.agecounts import AgeCounts
from gridgov.usecases.gap_filter import GapFilter
from gridgov.usecases.keeping import Kept
from gridgov.usecases.run_points import by_level, known
from gridgov.usecases.runrecord import REFERENCE, RunArrays, unpack_arrays

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Shares:
    """People and people covered of some places, (places, types), NaN where unknown; and what of it is told.

    `told` are the shares, and `counts` (places, types, 2) the people and people covered, that may be shown. `row` tells
    the row of a unit or grid by its identity, of a cell of the unit grid by its place on the lattice. `total` are all
    people of a place, NaN where a type that serves everybody tells them.
    """

    row: dict[Any, int]
    types: list[str]
    people: Floats
    covered: Floats
    told: Floats
    counts: Floats
    looked: npt.NDArray[np.bool_]
    ages: AgeCounts
    total: Floats

    @classmethod
    def of_level(cls, session: Session, run: Run, level: str) -> "Shares":
        """Read the shares of a level's units."""
        columns = (RunShare.unit_id, RunShare.type, RunShare.people, RunShare.people_covered)
        wanted = select(*columns).where(RunShare.run_id == run.id, RunShare.level == level)
        rows = session.connection().execute(wanted).all()
        row = {unit: at for at, unit in enumerate(dict.fromkeys(unit for unit, *_ in rows))}
        types = sorted({kind for _, kind, _, _ in rows})
        column = {kind: at for at, kind in enumerate(types)}
        at = [row[unit] for unit, *_ in rows], [column[kind] for _, kind, _, _ in rows]
        people, covered = (np.full((len(row), len(types)), np.nan) for _ in range(2))
        people[at], covered[at] = [told[2] for told in rows], [told[3] for told in rows]
        return cls._of(run, row, types, people, covered)

    @classmethod
    def of_points(cls, run: Run, arrays: RunArrays) -> "Shares":
        """Read the shares of the units that are demand points: building groups, or compounds in their stead."""
        units = arrays.units[: len(arrays.units) - len(arrays.cells)].tolist()
        weight = arrays.weight[: len(units), arrays.decided]
        covered = weight * arrays.share[: len(units), arrays.decided]
        row = {unit: at for at, unit in enumerate(units)}
        return cls._of(run, row, _decided(arrays), weight, covered, arrays.people[: len(units)])

    @classmethod
    def of_groups(cls, run: Run, arrays: RunArrays, keys: Sequence[Any], group: Ints) -> "Shares":
        """Add the demand points up by group, -1 none."""
        people, covered, _ = shares_by(arrays, arrays.weight, group, len(keys))
        counted = [np.where(people > 0, some, np.nan).round(3)[:, arrays.decided] for some in (people, covered)]
        return cls._of(run, {key: at for at, key in enumerate(keys)}, _decided(arrays), *counted)

    @classmethod
    def _of(
        cls,
        run: Run,
        row: dict[Any, int],
        types: list[str],
        people: Floats,
        covered: Floats,
        total: Floats | None = None,
    ) -> "Shares":
        total = np.full(len(row), np.nan) if total is None else total
        counts = np.full((*people.shape, 2), np.nan)
        nothing = np.full(people.shape, np.nan), counts, np.zeros(len(row), dtype=bool)
        return cls(row, types, people, covered, *nothing, AgeCounts(run), total)

    def mean(self, places: Iterable[Hashable], types: Collection[str]) -> list[float | None]:
        """Return for each place the mean of its shares of some types, of those that are known and may be told."""
        rows = self._rows(places)
        columns = [at for at, kind in enumerate(self.types) if kind in types]
        found = np.vstack([self.told, np.full((1, len(self.types)), np.nan)])[np.ix_(rows, columns)]
        told = ~np.isnan(found)
        count, total = told.sum(axis=1), np.where(told, found, 0.0).sum(axis=1)
        return [None if not n else float(value) / int(n) for value, n in zip(total, count, strict=True)]

    def figures(self, places: Iterable[Hashable], kind: str | None) -> dict[str, list[float | None]]:
        """Return for each place the people a type serves and those of them covered; of no type all its people."""
        rows = self._rows(places)
        if kind is None:
            everybody = [at for at, one in enumerate(self.types) if one not in self.ages.groups][:1]
            first = np.full((len(self.row), 1), np.nan) if not everybody else self.people[:, everybody]
            people = np.append(np.where(np.isnan(self.total), first[:, 0], self.total), np.nan)[rows]
            return {"people": _whole(people)}
        column = self.types.index(kind) if kind in self.types else None
        found = np.full((len(rows), 2), np.nan)
        if column is not None:
            found = np.vstack([self.counts[:, column], np.full((1, 2), np.nan)])[rows]
        return {"people": _whole(found[:, 0]), "covered": _whole(found[:, 1])}

    def _rows(self, places: Iterable[Hashable]) -> list[int]:
        """Return the row of each place, -1 where there is none, once what may be told of it is known."""
        rows = [self.row.get(place, -1) for place in places]
        for row in rows:
            if row >= 0 and not self.looked[row]:
                self._look(row)
        return rows

    def _look(self, row: int) -> None:
        """Work out what may be told of a unit."""
        counts = {
            kind: (None, None) if np.isnan(people) else (float(people), float(covered))
            for kind, people, covered in zip(self.types, self.people[row], self.covered[row], strict=True)
        }
        shown = self.ages.shown(counts, known(self.total[row]))
        for at, kind in enumerate(self.types):
            people, covered = shown[kind]
            self.counts[row, at] = [np.nan if count is None else count for count in (people, covered)]
            if people and covered is not None:
                self.told[row, at] = round(covered / people, 6)
        self.looked[row] = True


@dataclass(frozen=True)
class RunCells:
    """Cells of the unit grid where people live: their places on the lattice (n, 2), their squares (n, 5, 2), degrees.

    `shares` knows each by its place. A cell that a raster told of shows nothing of an age, however many it counts.
    """

    places: Ints
    squares: Floats
    shares: Shares

    @classmethod
    def of(cls, session: Session, run: Run, scope: Scope, crs: str, size: float, profile: str) -> "RunCells":
        """Add a run's demand points up by the cell that each lies in; of those only that lie in the scope."""
        arrays = unpack_arrays(run).at(profile)
        rows = reading_runs.rows_in(session, run, arrays, scope) if scope.areas is not None else slice(None)
        xy = planar(session, run, arrays, crs)
        placed = np.zeros(len(xy), dtype=bool)
        placed[rows] = ~np.isnan(xy[rows, 0])
        under = cell_of(xy[placed], size)
        lattice, at = np.unique(np.column_stack([under.ix, under.iy]), axis=0, return_inverse=True)
        group = np.full(len(xy), -1, dtype=np.int64)
        group[placed] = at.ravel()
        shares = Shares.of_groups(run, arrays, list(map(tuple, lattice.tolist())), group)
        raster = np.unique(group[len(xy) - len(arrays.cells) :])
        aged = np.isin(shares.types, sorted(shares.ages.groups))
        shares.people[np.ix_(raster[raster >= 0], np.flatnonzero(aged))] = np.nan
        polygons = Cells(lattice[:, 0], lattice[:, 1], size).polygons
        squares = shapely.get_coordinates(to_geographic(polygons, crs)).reshape(-1, 5, 2)
        return cls(lattice, squares, shares)


@dataclass(frozen=True)
class Wanted:
    """Whose shares are drawn: a type's, a scenario's or all required ones, at the pace of a profile."""

    kind: str | None = None
    scenario: str | None = None
    profile: str = REFERENCE

    def columns(self, run: Run, shares: Shares, places: Iterable[Hashable]) -> dict[str, list[float | None]]:
        """Return the share of each place, and the counts behind it."""
        told = list(places)
        types = types_asked(run, self.kind, self.scenario)
        return {"share": shares.mean(told, types), **shares.figures(told, self.kind)}


@dataclass(frozen=True)
class Worst:
    """The gap of each place that most people miss, by unit, in the list's order; and which units are buildings."""

    gaps: dict[int, int]
    buildings: frozenset[int]


_shares: Kept[Shares] = Kept(12)
_cells: Kept[RunCells] = Kept(12)
_worst: Kept[Worst] = Kept(64)


def shares(session: Session, run: Run, level: str, profile: str = REFERENCE) -> Shares:
    """Return the shares of a level's units, or of the grids, whoever asks: he sees those of what he is shown."""

    def made() -> Shares:
        if level not in {"building", "grid"} and profile == REFERENCE:
            return Shares.of_level(session, run, level)
        at, arrays = At(run.as_of, run.batch_id), unpack_arrays(run).at(profile)
        if level == "building":
            return Shares.of_points(run, arrays)
        if level != "grid":
            return Shares.of_groups(run, arrays, *by_level(session, run, arrays, level))
        grids = list(session.scalars(current(GridVersion, at, Scope.everything()).order_by(GridVersion.code)))
        group = run_shares.in_grids(session, at, arrays, grids)
        return Shares.of_groups(run, arrays, [grid.grid_id for grid in grids], group)

    return _shares.of((key(run), level, profile), made)


def cells(session: Session, run: Run, scope: Scope, profile: str = REFERENCE) -> RunCells:
    """Return the shares of the unit grid's cells where people live, of the people whom the asker may see."""
    crs, size = deployment.crs(session), deployment.number(session, "unit_grid_size")
    made = partial(RunCells.of, session, run, scope, crs, size, profile)
    return _cells.of((key(run), scope, crs, size, profile), made)


def types_asked(run: Run, kind: str | None, scenario: str | None) -> set[str]:
    """Return the type asked for, or else the required ones, of a scenario where one is given."""
    if kind is not None:
        return {kind}
    rows: list[dict[str, Any]] = run.summary["types"]
    return {row["type"] for row in rows if row["required"] and scenario in {None, row["scenario"]}}


def worst(session: Session, run: Run, asked: GapFilter) -> Worst:
    """Return the worst gap of each place, whoever asks."""

    def made() -> Worst:
        gaps = reading_runs.worst_first(session, run, Scope.everything(), asked)
        own = select(Unit.id).where(Unit.level == "building", among(session, Unit.id, gaps))
        return Worst(gaps, frozenset(session.scalars(own)))

    return _worst.of((key(run), asked), made)


def planar(session: Session, run: Run, arrays: RunArrays, crs: str) -> Floats:
    """Return where the demand points of a run lie, planar, NaN where nobody knows any more."""
    at = At(run.as_of, run.batch_id)
    units = arrays.units[: len(arrays.units) - len(arrays.cells)].tolist()
    wanted = current(UnitVersion, at, Scope.everything()).where(among(session, UnitVersion.unit_id, units))
    columns = wanted.with_only_columns(UnitVersion.unit_id, unread(UnitVersion.geometry))
    stored: dict[int, Any] = dict(iter(session.connection().execute(columns)))
    shapes = to_planar(np.array(read_shapes([stored.get(unit) for unit in units]), dtype=object), crs)
    cells = to_planar(np.asarray(shapely.points(arrays.places), dtype=object), crs)
    given = np.concatenate([shapely.point_on_surface(shapes), cells])
    return np.column_stack([shapely.get_x(given), shapely.get_y(given)])


def _decided(arrays: RunArrays) -> list[str]:
    return [kind for kind, told in zip(arrays.types, arrays.decided, strict=True) if told]


def _whole(counts: Floats) -> list[float | None]:
    """Round counts to whole ones, None where they are unknown or may not be told."""
    return [None if np.isnan(count) else float(round(count)) for count in counts.tolist()]


def key(run: Run) -> Hashable:
    """Return what a run is known by in what a process keeps."""
    return run.id, run.hash, run.created_at

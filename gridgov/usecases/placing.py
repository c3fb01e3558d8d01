"""Whether what is brought lies where it should: told before anything is written, by what stands and comes along."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import shapely
from sqlalchemy.orm import Session

from gridgov.domain.intake import Problem
from gridgov.domain.units import normal_code, parent_code
from gridgov.errors import InputError
from gridgov.sources.sheets import asked
from gridgov.spatial.crs import CHINA, GEOGRAPHIC, to_planar, working_crs
from gridgov.spatial.datums import TO_WGS84
from gridgov.spatial.guessing import Bounds, turned_way
from gridgov.spatial.misfits import apart, beyond_areas, to_areas, to_lines
from gridgov.spatial.shifts import FEWEST, WGS84, Misfit, Shift, find_shift
from gridgov.spatial.systems import SWAPPED
from gridgov.spatial.topology import repair
from gridgov.storage.current import At, Scope, current
from gridgov.storage.models import SiteVersion, UnitVersion
from gridgov.usecases import deployment
from gridgov.usecases.findings import is_area
from gridgov.usecases.networks import read_segments
from gridgov.usecases.staging import Row

MOST_COMPARED = 1000
MOST_OUTLINES = 150
OUTSIDE_SHARE = 0.1
BESIDE_METRES = 10.0
NEAR_PATH_METRES = 25.0
SAME_METRES = 250.0  # outlines of one district drawn by two hands lie this far apart; the datums move them by more
_HOME = {"grids": "community", "gates": "compound"}
_DEGREES = {GEOGRAPHIC, "EPSG:4326", *TO_WGS84}


class Brought(Protocol):
    """Files that were read; parts of one kind each."""

    @property
    def parts(self) -> Sequence[Any]:
        """The parts."""


@dataclass(frozen=True)
class _Layer:
    """Things that came or stand, in degrees; `file` is None for what stands, `read` the system a file was read in."""

    name: str
    file: str | None
    read: str


@dataclass(frozen=True)
class _Comparison:
    """Things of a layer in degrees, and how badly they lie by those of another."""

    layer: _Layer
    home: _Layer
    things: Sequence[Any]
    misfit: Misfit
    tolerance: float
    least: float
    again: bool = False


def doubts(session: Session, brought: Brought, day: date) -> list[tuple[str, Problem]]:
    """Say which layers seem to lie where GCJ-02 or BD-09 puts them, or were put where they weren't drawn.

    Compared are, on the day, units with themselves as they stand and with their parents, grids with communities, gates
    with walls, sites with paths, whether those stand or come along. A sample is taken: it costs no more than a second.

    Raises
    ------
    InputError
        ``axes_swapped`` where a layer lies far from all that stands, and on it once its coordinates are turned round.
    """
    known = deployment.extent(session)
    come = _Come(session, brought, day)
    for file, geometry in come.by_file.items():
        _refuse_turned(file, come.read(file), tuple(shapely.total_bounds(geometry).tolist()), known)
    crs = come.crs
    if crs is None:
        return []
    surest: dict[_Layer, tuple[Shift, _Comparison]] = {}
    for pair in come.comparisons():
        shift = _shift(pair, crs)
        if shift is not None:
            displaced = pair.home if shift.homes else pair.layer
            if displaced not in surest or surest[displaced][0].after < shift.after:
                surest[displaced] = shift, pair
    return [_told(displaced, *found) for displaced, found in surest.items()]


def advised(session: Session, error: InputError) -> InputError:
    """Return an error about missing or wrong coordinates with the guess that puts the layer on what stands."""
    bounds = error.params.get("bounds")
    if error.code not in {"crs_missing", "crs_mismatch"} or not isinstance(bounds, tuple):
        return error
    known = deployment.extent(session)
    if known is None:
        return error
    told = {**error.params, **asked(bounds, known, deployment.crs(session))}
    return InputError(error.code, **told)


class _Come:
    """What came in, sampled, beside what stands on the day."""

    def __init__(self, session: Session, brought: Brought, day: date) -> None:
        self._session = session
        self._profile = deployment.profile(session)
        self._at = At(day)
        self._parts = brought.parts
        self._systems = {note["file"]: note["crs"] for part in brought.parts for note in part.intake.notes}

    @cached_property
    def by_file(self) -> dict[str, list[Any]]:
        """Some places of each file."""
        found: dict[str, list[Any]] = defaultdict(list)
        for part in self._parts:
            for row in _some([row for row in part.intake.rows if row.geometry is not None], MOST_COMPARED):
                found[row.file].append(row.geometry)
        return found

    @cached_property
    def crs(self) -> str | None:
        """The working CRS, or what it will be; None where nothing has a place, or all lies outside China."""
        told = [shape for shapes in self.by_file.values() for shape in shapes]
        if not told:
            return None
        west, south, east, north = shapely.total_bounds(told).tolist()
        lon, lat = (west + east) / 2, (south + north) / 2
        if not (CHINA[0] <= lon <= CHINA[2] and CHINA[1] <= lat <= CHINA[3]):
            return None
        try:
            return deployment.crs(self._session)
        except InputError:
            return working_crs(lon, lat)

    def read(self, file: str) -> str:
        """Return the system a file's coordinates were read in."""
        return str(self._systems.get(file) or GEOGRAPHIC)

    def comparisons(self) -> Iterator[_Comparison]:
        """Yield every comparison there is enough for."""
        for part in self._parts:
            by_layer: dict[tuple[str, str], list[Row]] = defaultdict(list)
            for row in part.intake.rows:
                if row.geometry is not None:
                    by_layer[row.values.get("level") or part.level or "", row.file].append(row)
            for (level, file), rows in by_layer.items():
                layer = _Layer(level if part.kind == "units" else part.kind, file, self.read(file))
                yield from (pair for pair in self._of(part.kind, layer, rows) if len(pair.things) >= FEWEST)

    def _of(self, kind: str, layer: _Layer, rows: list[Row]) -> Iterator[_Comparison]:
        if kind == "units" and self._profile.has(layer.name):
            yield self._with_themselves(layer, _some(rows, MOST_COMPARED))
            yield from self._with_homes(layer, rows)
        elif kind in _HOME:
            yield from self._with_homes(layer, rows)
        elif kind in {"sites", "network"}:
            yield from self._with_paths(layer, rows)

    def _with_themselves(self, layer: _Layer, rows: list[Row]) -> _Comparison:
        """Compare units with those of the same code as they stand, or of the same name where no code stands."""
        level = self._profile.level(layer.name)
        codes = {normal_code(str(row.values.get("code")), level): row for row in rows}
        standing = self._standing(layer.name, UnitVersion.code, codes)
        if not standing:
            codes = {str(row.values["name"]): row for row in rows if row.values.get("name")}
            standing = self._standing(layer.name, UnitVersion.name, codes)
        pairs = [(codes[code].geometry, shape) for code, shape in standing.items()]
        areal = all(is_area(shape) for pair in pairs for shape in pair)
        pairs = _some(pairs, MOST_OUTLINES if areal else MOST_COMPARED)
        home = _Layer(layer.name, None, GEOGRAPHIC)
        misfit = apart(self._planar([old for _, old in pairs]))
        return _Comparison(layer, home, [new for new, _ in pairs], misfit, SAME_METRES, 0.8, again=True)

    def _with_homes(self, layer: _Layer, rows: list[Row]) -> Iterator[_Comparison]:
        """Compare things with the areas they are recorded under, level by level, whether those stand or come along."""
        for level in self._levels_above(layer.name):
            told = [
                (row, code) for row in _some(rows, 8 * MOST_COMPARED) if (code := self._home_code(row, layer, level))
            ]
            told = _some(told, MOST_COMPARED)
            areas = self._areas(level, {code for _, code in told})
            pairs: dict[_Layer, list[tuple[Any, Any]]] = defaultdict(list)
            for row, code in told:
                if code in areas:
                    home, area = areas[code]
                    pairs[home].append((row.geometry, area))
            for home, found in pairs.items():
                yield self._at_home(layer, home, found)

    def _with_paths(self, layer: _Layer, rows: list[Row]) -> Iterator[_Comparison]:
        """Compare sites with paths: those that come with those that stand or come along, and the other way round."""
        if layer.name == "network":
            wanted = current(SiteVersion, self._at, Scope.everything()).with_only_columns(SiteVersion.geometry)
            sites = [shape for shape in self._session.scalars(wanted.limit(MOST_COMPARED)) if shape is not None]
            paths = self._planar([row.geometry for row in rows])
            yield _Comparison(_Layer("sites", None, GEOGRAPHIC), layer, sites, to_lines(paths), NEAR_PATH_METRES, 0.5)
            return
        sites = [row.geometry for row in _some(rows, MOST_COMPARED)]
        segments = read_segments(self._session, self._at)
        if segments is not None and len(segments.lines):
            home = _Layer("network", None, GEOGRAPHIC)
            yield _Comparison(layer, home, sites, to_lines(segments.lines), NEAR_PATH_METRES, 0.5)

    def _at_home(self, layer: _Layer, home: _Layer, pairs: list[tuple[Any, Any]]) -> _Comparison:
        things, areas = [thing for thing, _ in pairs], self._planar([area for _, area in pairs])
        if layer.name == "gates":
            return _Comparison(layer, home, things, to_areas(shapely.boundary(areas)), BESIDE_METRES, 0.8)
        if layer.name == "building" or not all(is_area(thing) for thing in things):
            return _Comparison(layer, home, things, to_areas(areas), BESIDE_METRES, 0.8)
        return _Comparison(layer, home, things, beyond_areas(areas), OUTSIDE_SHARE, 0.8)

    def _planar(self, shapes: Sequence[Any]) -> Any:
        return to_planar(_array(shapes), self.crs or GEOGRAPHIC)

    def _levels_above(self, name: str) -> list[str]:
        levels = [level.id for level in self._profile.levels]
        if name == "grids":
            return [self._profile.grid_level]
        if name == "gates":
            return [level for level in ("compound",) if level in levels]
        return levels[: levels.index(name)] if name in levels else []

    def _home_code(self, row: Row, layer: _Layer, above: str) -> str | None:
        level = self._profile.level(above)
        told = row.values.get(_HOME.get(layer.name, "parent"))
        if told is None and self._profile.has(layer.name):
            told = parent_code(str(row.values.get("code")), self._profile.level(layer.name), level)
        return None if told is None else normal_code(str(told), level)

    def _areas(self, level: str, codes: set[str]) -> dict[str, tuple[_Layer, Any]]:
        standing = self._standing(level, UnitVersion.code, codes)
        found = {code: (_Layer(level, None, GEOGRAPHIC), shape) for code, shape in standing.items()}
        for code, row in self._coming(level).items():
            if code in codes:
                found[code] = _Layer(level, row.file, self.read(row.file)), row.geometry
        return {code: home for code, home in found.items() if is_area(home[1])}

    def _coming(self, level: str) -> dict[str, Row]:
        rung = self._profile.level(level)
        return {
            normal_code(str(row.values.get("code")), rung): row
            for part in self._parts
            if part.kind == "units"
            for row in part.intake.rows
            if (row.values.get("level") or part.level) == level and row.geometry is not None
        }

    def _standing(self, level: str, column: Any, wanted: Iterable[str]) -> dict[str, Any]:
        units = current(UnitVersion, self._at, Scope.everything()).where(
            UnitVersion.level == level, column.in_(list(wanted)), UnitVersion.min_x.is_not(None)
        )
        columns = units.with_only_columns(column, UnitVersion.geometry)
        return {row[0]: row[1] for row in self._session.execute(columns)}


def _refuse_turned(file: str, read: str, bounds: Bounds, known: Bounds | None) -> None:
    if known is not None and read in _DEGREES and turned_way(bounds, GEOGRAPHIC, near=known):
        raise InputError("axes_swapped", path=file, crs=read, guess=read + SWAPPED)


def _shift(pair: _Comparison, crs: str) -> Shift | None:
    return find_shift(
        _array(pair.things),
        pair.misfit,
        crs=crs,
        tolerance=pair.tolerance,
        least=pair.least,
        read=pair.layer.read if pair.layer.read in TO_WGS84 else WGS84,
    )


def _told(displaced: _Layer, shift: Shift, pair: _Comparison) -> tuple[str, Problem]:
    code = "again_shifted" if pair.again else "layer_shifted" if displaced.read in _DEGREES else "metres_shifted"
    other = pair.layer if displaced == pair.home else pair.home
    told = {
        "layer": displaced.name,
        "home": other.name,
        "read": displaced.read,
        "crs": shift.crs,
        "metres": round(shift.metres),
        "direction": shift.direction,
        "before": round(shift.before * 100),
        "after": round(shift.after * 100),
        "compared": shift.compared,
    }
    return str(displaced.file or other.file), Problem(0, None, None, code if displaced.file else "home_shifted", told)


def _some(told: Sequence[Any], most: int) -> list[Any]:
    """Return at most so many, evenly chosen."""
    if len(told) <= most:
        return list(told)
    return [told[int(number)] for number in np.linspace(0, len(told) - 1, most)]


def _array(shapes: Sequence[Any]) -> Any:
    held = np.empty(len(shapes), dtype=object)
    held[:] = shapes
    broken = np.flatnonzero((shapely.area(held) > 0) & ~shapely.is_valid(held))
    held[broken] = repair(held[broken])[0]
    return held

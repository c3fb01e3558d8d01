"""What a finding is, and the ground it is sought on: everything of one day, each read once."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from sqlalchemy.orm import Session

from gridgov.domain.fields import FORMS
from gridgov.errors import InputError
from gridgov.spatial.crs import to_geographic, to_planar
from gridgov.spatial.middle import middle
from gridgov.storage.current import At, Scope, current
from gridgov.storage.models import UnitVersion
from gridgov.usecases import deployment
from gridgov.usecases.hanging import AREAL
from gridgov.usecases.networks import read_segments
from gridgov.usecases.targets import TARGETS

SEVERITIES = ("error", "warning", "info")
THINGS: dict[str, Any] = {kind: TARGETS[kind].version for kind in FORMS}
CODED = tuple(kind for kind in THINGS if kind not in {"posts", "contacts"})


@dataclass(frozen=True)
class Finding:
    """One thing to mend: `kind` names the sentence, `params` fill it; `unit` and `place` lead there.

    `thing` is what is to be edited, as a kind of THINGS and an identity; a source that is stale has none.
    """

    severity: str
    kind: str
    subject: str
    unit: int | None = None
    place: tuple[float, float] | None = None
    params: dict[str, Any] = field(default_factory=dict)
    thing: tuple[str, int] | None = None

    @property
    def key(self) -> str:
        """A short name of the finding that stays as long as what it says."""
        told = repr((self.kind, self.subject, self.thing, sorted(self.params.items())))
        return hashlib.sha256(told.encode()).hexdigest()[:12]


class Ground:
    """All that the checks look at, read when first looked at."""

    def __init__(self, session: Session, at: At, scope: Scope) -> None:
        self.session = session
        self.at = at
        self.scope = scope
        self.profile = deployment.profile(session)
        self._things: dict[str, Sequence[Any]] = {}

    def things(self, kind: str) -> Sequence[Any]:
        """Return the things of a kind valid on the day, in the order of their codes where they have one."""
        if kind not in self._things:
            model = THINGS[kind]
            order = (model.code, model.id) if kind in CODED else (model.id,)
            self._things[kind] = list(self.session.scalars(current(model, self.at, self.scope).order_by(*order)))
        return self._things[kind]

    @property
    def units(self) -> Sequence[UnitVersion]:
        """The units."""
        return self.things("units")

    @cached_property
    def shapes(self) -> Any:
        """The units' places in the working CRS; None where a unit has none."""
        return self.planar(unit.geometry for unit in self.units)

    @cached_property
    def index(self) -> dict[int, int]:
        """Which of `units` an identity is."""
        return {unit.unit_id: number for number, unit in enumerate(self.units)}

    @cached_property
    def standing(self) -> frozenset[int]:
        """All units of the day, those outside the asker's area too."""
        everywhere = current(UnitVersion, self.at, Scope.everything()).with_only_columns(UnitVersion.unit_id)
        return frozenset(self.session.scalars(everywhere))

    @cached_property
    def paths(self) -> shapely.STRtree | None:
        """All paths in the working CRS; None where there are none."""
        segments = read_segments(self.session, self.at)
        return None if segments is None or not len(segments.lines) else shapely.STRtree(segments.lines)

    @cached_property
    def crs(self) -> str | None:
        """The working CRS; None before any place is loaded."""
        try:
            return deployment.crs(self.session)
        except InputError:
            return None

    def planar(self, geometries: Iterable[Any]) -> Any:
        """Bring places to the working CRS."""
        told = list(geometries)
        placed = np.empty(len(told), dtype=object)
        placed[:] = told
        return placed if self.crs is None else to_planar(placed, self.crs)

    def inner_points(self, geometries: Iterable[Any]) -> Any:
        """Return inner points of places, in the working CRS."""
        return shapely.point_on_surface(self.planar(geometries))

    def areas(self, level: str) -> list[int]:
        """Return which of `units` are areas of a level."""
        return [number for number, unit in enumerate(self.units) if unit.level == level and is_area(unit.geometry)]

    def to_path(self, places: Any) -> Any:
        """Measure straight from places in the working CRS to the nearest path, metres; NaN without paths."""
        metres = np.full(len(places), np.nan)
        if self.paths is not None:
            (row, _), metre = self.paths.query_nearest(places, all_matches=False, return_distance=True)
            metres[row] = metre
        return metres

    def located(self, finding: Finding) -> Finding:
        """Give a finding about what has no place of its own that of the nearest unit above which has one."""
        number = self.index.get(finding.unit or 0)
        while finding.place is None and number is not None:
            unit = self.units[number]
            finding = replace(finding, place=place_of(unit.geometry))
            number = self.index.get(unit.parent_id or 0)
        return finding

    def place_of_planar(self, geometry: Any) -> tuple[float, float] | None:
        """Return the inner point of a place in the working CRS as longitude and latitude."""
        return None if self.crs is None else place_of(to_geographic([geometry], self.crs)[0])


Look = Callable[[Ground], Iterator[Finding]]


def of_unit(unit: UnitVersion, severity: str, kind: str, **params: Any) -> Finding:
    """Make a finding about a unit."""
    told = {"name": called(unit), **params}
    return Finding(severity, kind, unit.code, unit.unit_id, place_of(unit.geometry), told, ("units", unit.unit_id))


def of_thing(thing: str, version: Any, severity: str, kind: str, **params: Any) -> Finding:
    """Make a finding about something with a code: a grid, a gate, a site."""
    if thing == "units":
        return of_unit(version, severity, kind, **params)
    told = {"name": getattr(version, "name", None) or version.code, **params}
    identity = (thing, identity_of(version))
    unit = getattr(version, "unit_id", None)
    return Finding(severity, kind, version.code, unit, place_of(getattr(version, "geometry", None)), told, identity)


def identity_of(version: Any) -> int:
    """Return the identity a version speaks of."""
    number: int = getattr(version, version.subject)
    return number


def called(unit: UnitVersion) -> str:
    """Return what a unit is called here: a member household by its code only."""
    return unit.code if unit.level == "household" else unit.name or unit.code


def place_of(geometry: Any) -> tuple[float, float] | None:
    """Return an inner point of a place as longitude and latitude, None where there is no place."""
    if geometry is None or geometry.is_empty:
        return None
    x, y = middle(geometry)
    return round(x, 6), round(y, 6)


def is_area(geometry: Any) -> bool:
    """Tell whether a place is an area with some extent."""
    return geometry is not None and geometry.geom_type in AREAL and geometry.area > 0

"""What every act by hand works with: one batch, one day, the editor's area, and what he is warned of."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from gridgov.domain.intake import Problem
from gridgov.domain.units import LevelProfile
from gridgov.errors import ForbiddenError, GridgovError
from gridgov.sources.rulepacks import catalogue
from gridgov.spatial.crs import to_planar
from gridgov.spatial.topology import repair
from gridgov.storage.current import At, Scope, current
from gridgov.storage.models import SiteVersion, UnitVersion
from gridgov.usecases import deployment
from gridgov.usecases.acts import RefusedError
from gridgov.usecases.directory import Directory
from gridgov.usecases.hanging import AREAL
from gridgov.usecases.resolving import Resolver
from gridgov.usecases.staging import Intake
from gridgov.usecases.targets import TARGETS
from gridgov.usecases.things import visible

WHOLE_CITY = frozenset({"departments", "cadres"})


@dataclass
class Hand:
    """An act being done: where it writes, for which day, what its editor may touch, and what he should know."""

    session: Session
    profile: LevelProfile
    batch: int
    day: date
    scope: Scope
    warnings: list[GridgovError] = field(default_factory=list)
    _named: Directory | None = field(default=None, repr=False)

    @property
    def at(self) -> At:
        """The day from which the act holds."""
        return At(self.day)

    def resolver(self, kind: str) -> Resolver:
        """Return what understands a form's row as it does a file's.

        Contacts give nobody a code: one directory serves them all, until something else is done.
        """
        if kind != "contacts":
            self.forget()
        directory = self._named or Directory(self.session, self.profile)
        self._named = directory if kind == "contacts" else None
        found = Resolver(self.session, self.profile, directory, catalogue(), Intake(), self.day)
        found.told_start = True
        found.planar = self.planar
        return found

    def forget(self) -> None:
        """Look codes up anew from now on: something that bears one was written."""
        self._named = None

    def planar(self, geometries: Any) -> Any:
        """Bring geometries into the working CRS, made valid where what stands isn't."""
        shapes = np.empty(len(geometries), dtype=object)
        shapes[:] = [sound(shape) for shape in geometries]
        return to_planar(shapes, deployment.crs(self.session)) if len(shapes) else shapes

    def warn(self, error: GridgovError) -> None:
        """Tell the editor something that stops nothing."""
        self.warnings.append(error)

    def lasting(self, model: Any, *conditions: Any) -> list[Any]:
        """Return the standing versions of a table that still hold on the day or later, in time's order."""
        ends = or_(model.valid_to.is_(None), model.valid_to > self.day)
        wanted = select(model).where(model.superseded_by.is_(None), ends, *conditions)
        return list(self.session.scalars(wanted.order_by(model.valid_from, model.id)))

    def require(self, kind: str, version: Any) -> None:
        """Refuse to touch what lies outside the editor's area."""
        if not self._may_touch(kind, version):
            raise ForbiddenError("edit_outside_area")

    def _may_touch(self, kind: str, version: Any) -> bool:
        if self.scope.areas is None:
            return True
        if kind in WHOLE_CITY:
            return False
        if kind == "branches":
            return self.covers(set(version.compounds))
        if kind in {"sites", "services"}:
            return self._site_in_area(version)
        if kind == "units" and version.parent_id is not None:
            return visible(self.session, kind, version, self.scope, self.day) or self.covers({version.parent_id})
        return visible(self.session, kind, version, self.scope, self.day)

    def covers(self, units: set[int]) -> bool:
        """Tell whether units lie in the editor's area."""
        if self.scope.areas is None:
            return True
        inside = current(UnitVersion, self.at, self.scope).where(UnitVersion.unit_id.in_(sorted(units)))
        return units <= set(self.session.scalars(inside.with_only_columns(UnitVersion.unit_id)))

    def _site_in_area(self, version: Any) -> bool:
        sites = self.lasting(SiteVersion, SiteVersion.site_id == version.site_id)
        place = getattr(version, "geometry", None) or next((site.geometry for site in sites), None)
        areas = current(UnitVersion, self.at, self.scope).where(UnitVersion.min_x.is_not(None))
        shapes = np.array([unit.geometry for unit in self.session.scalars(areas)], dtype=object)
        return place is not None and bool(shapely.covers(shapes, shapely.centroid(place)).any())


def refuse(name: str | None, value: object, code: str, **params: object) -> RefusedError:
    """Return the refusal of one field of a form."""
    return RefusedError([Problem(1, name, value, code, params)])


def versions_of(hand: Hand, kind: str, identity: int) -> list[Any]:
    """Return the standing versions of a thing that hold on the day or later."""
    model: Any = TARGETS[kind].version
    return hand.lasting(model, getattr(model, model.subject) == identity)


def sound(shape: BaseGeometry) -> BaseGeometry:
    """Return an area made valid: what came in broken is a finding, and can be worked with all the same."""
    if shape.geom_type not in AREAL or shapely.is_valid(shape):
        return shape
    (repaired,), _ = repair(np.array([shape], dtype=object))
    whole: BaseGeometry = repaired
    return whole


def outside_share(child: BaseGeometry, parent: BaseGeometry) -> float:
    """Return how much of a place lies outside an area, 0 to 1, in the CRS given; a point is in or out."""
    if shapely.covers(parent, child):
        return 0.0
    if shapely.area(child) == 0:
        return 1.0 if shapely.distance(parent, child) > 1 else 0.0
    return float(shapely.area(shapely.difference(child, parent)) / shapely.area(child))

"""The one query layer: what is valid on a day, as known after a batch, within the asker's area; by default nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, and_, false, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from gridgov.storage.models import (
    BranchVersion,
    CadreVersion,
    ContactVersion,
    DepartmentVersion,
    GateVersion,
    GridVersion,
    LandVersion,
    NetworkVersion,
    PartnerVersion,
    PostVersion,
    RasterVersion,
    ServicePointVersion,
    SiteVersion,
    UnitVersion,
    Versioned,
)

V = TypeVar("V", bound=Versioned)


@dataclass(frozen=True)
class At:
    """A day, and optionally the last batch whose writing counts: what was known then."""

    day: date
    batch: int | None = None


@dataclass(frozen=True)
class Scope:
    """The areas an asker may see: units with all below them. None means everything, the empty set nothing."""

    areas: frozenset[int] | None = frozenset()

    @classmethod
    def everything(cls) -> "Scope":
        """See the whole city: the command line, jobs, city-wide roles."""
        return cls(None)

    @classmethod
    def nothing(cls) -> "Scope":
        """See nothing."""
        return cls(frozenset())

    @classmethod
    def of(cls, areas: set[int] | frozenset[int]) -> "Scope":
        """See some units and all below them."""
        return cls(frozenset(areas))


def standing(model: type[Versioned], at: At) -> ColumnElement[bool]:
    """Say which versions hold on the day, as known at the batch."""
    known = (
        model.superseded_by.is_(None)
        if at.batch is None
        else and_(model.batch_id <= at.batch, or_(model.superseded_by.is_(None), model.superseded_by > at.batch))
    )
    return and_(known, model.valid_from <= at.day, or_(model.valid_to.is_(None), model.valid_to > at.day))


def current(model: type[V], at: At, scope: Scope) -> Select[V]:
    """Select the versions of a thing valid at a time and within a scope. Every reading of data begins here."""
    return select(model).where(standing(model, at), _SCOPING[model](model, at, scope))


def within(column: ColumnElement[Any] | InstrumentedAttribute[Any], at: At, scope: Scope) -> ColumnElement[bool]:
    """Say that a column of unit ids lies in the scope."""
    if scope.areas is None:
        return true()
    if not scope.areas:
        return false()
    return column.in_(select(below(scope.areas, at).c.unit_id))


def below(areas: frozenset[int] | set[int], at: At) -> Any:
    """Return the units `areas` and all below them at a time, as a common table expression with `unit_id`."""
    tree = (
        select(UnitVersion.unit_id)
        .where(UnitVersion.unit_id.in_(sorted(areas)), standing(UnitVersion, at))
        .cte(recursive=True)
    )
    children = select(UnitVersion.unit_id).where(standing(UnitVersion, at), UnitVersion.parent_id == tree.c.unit_id)
    return tree.union(children)


def parent_gone(at: At) -> ColumnElement[bool]:
    """Say that a unit's recorded parent doesn't stand at the time."""
    above = aliased(UnitVersion)
    return ~select(above.id).where(standing(above, at), above.unit_id == UnitVersion.parent_id).exists()


def branches(session: Session, at: At, scope: Scope) -> list[BranchVersion]:
    """Return the branches that cover at least one compound of the scope."""
    found = list(session.scalars(select(BranchVersion).where(standing(BranchVersion, at))))
    if scope.areas is None:
        return found
    seen = set(
        session.scalars(select(UnitVersion.unit_id).where(standing(UnitVersion, at), _by_unit(UnitVersion, at, scope)))
    )
    return [branch for branch in found if seen.intersection(branch.compounds)]


def _by_unit(model: Any, at: At, scope: Scope) -> ColumnElement[bool]:
    return within(model.unit_id, at, scope)


def _public(_model: Any, _at: At, scope: Scope) -> ColumnElement[bool]:
    """Services, paths and offices are there for everybody who may see anything."""
    return true() if scope.areas is None or scope.areas else false()


def _by_contact(_model: Any, at: At, scope: Scope) -> ColumnElement[bool]:
    if scope.areas is None:
        return true()
    met = select(ContactVersion.cadre_id).where(standing(ContactVersion, at), within(ContactVersion.unit_id, at, scope))
    return CadreVersion.cadre_id.in_(met)


def _whole_only(_model: Any, _at: At, scope: Scope) -> ColumnElement[bool]:
    return true() if scope.areas is None else false()


_SCOPING: dict[type[Versioned], Callable[[Any, At, Scope], ColumnElement[bool]]] = {
    UnitVersion: _by_unit,
    GridVersion: _by_unit,
    GateVersion: _by_unit,
    PostVersion: _by_unit,
    ContactVersion: _by_unit,
    PartnerVersion: _by_unit,
    CadreVersion: _by_contact,
    BranchVersion: _whole_only,
    RasterVersion: _whole_only,
    DepartmentVersion: _public,
    SiteVersion: _public,
    ServicePointVersion: _public,
    NetworkVersion: _public,
    LandVersion: _public,
}

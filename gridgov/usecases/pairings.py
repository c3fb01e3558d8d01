"""Which departments are paired with which communities, leading or supporting, and where a pairing is missing."""

from collections import defaultdict
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from gridgov.domain.posts import DEPARTMENT_ROLES
from gridgov.domain.units import ContactTier
from gridgov.storage.current import At, Scope, current
from gridgov.storage.models import DepartmentVersion, UnitVersion
from gridgov.usecases import contacting, deployment
from gridgov.usecases.contacting import Held

LEADING = "leading"


@dataclass
class Paired:
    """A unit with the departments paired with it, and who holds its post; none where nobody does."""

    unit: UnitVersion
    due: bool
    leading: list[Held] = field(default_factory=list)
    supporting: list[Held] = field(default_factory=list)
    holders: list[Held] = field(default_factory=list)


@dataclass(frozen=True)
class Department:
    """A department with the units that it leads on and supports, by code."""

    version: DepartmentVersion
    leading: list[UnitVersion]
    supporting: list[UnitVersion]


@dataclass(frozen=True)
class Pairings:
    """The pairings of an area both ways: by unit and by department."""

    tier: ContactTier | None
    units: list[Paired]
    departments: list[Department]

    @property
    def unled(self) -> list[Paired]:
        """The units that no department leads on though one should."""
        return [each for each in self.units if each.due and not each.leading]

    @property
    def idle(self) -> list[Department]:
        """The departments paired with no unit of the area."""
        return [each for each in self.departments if not (each.leading or each.supporting)]


def pairings(session: Session, at: At, scope: Scope, area: int | None = None) -> Pairings:
    """Return the pairings of an area, as the tier has them in which departments take part."""
    tier = next((each for each in deployment.profile(session).tiers if DEPARTMENT_ROLES & set(each.roles)), None)
    if tier is None:
        return Pairings(None, [], [])
    part = contacting.narrowed(session, at, scope, area)
    due = contacting.due(session, at, scope, tier.tier, area)
    wanted = current(UnitVersion, at, part).where(UnitVersion.level == tier.level).order_by(UnitVersion.code)
    found = {unit.unit_id: Paired(unit, unit.unit_id in due) for unit in session.scalars(wanted)}
    for held in contacting.contacts_of(session, at, part, found):
        if held.tier == tier.tier:
            _sort_in(found[held.unit], held, tier)
    return Pairings(tier, list(found.values()), _departments(session, at, scope, part, list(found.values())))


def _sort_in(paired: Paired, held: Held, tier: ContactTier) -> None:
    if held.role == LEADING:
        paired.leading.append(held)
    elif held.role in DEPARTMENT_ROLES:
        paired.supporting.append(held)
    elif held.role == tier.exclusive:
        paired.holders.append(held)


def _departments(session: Session, at: At, scope: Scope, part: Scope, paired: list[Paired]) -> list[Department]:
    """Return every department, or within an area those paired with any of it."""
    leading: dict[str, list[UnitVersion]] = defaultdict(list)
    supporting: dict[str, list[UnitVersion]] = defaultdict(list)
    for each in paired:
        for held in each.leading:
            leading[held.code].append(each.unit)
        for held in each.supporting:
            supporting[held.code].append(each.unit)
    offices = session.scalars(current(DepartmentVersion, at, scope).order_by(DepartmentVersion.code))
    rows = [Department(office, leading[office.code], supporting[office.code]) for office in offices]
    return [row for row in rows if part.areas is None or row.leading or row.supporting]

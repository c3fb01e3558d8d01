"""What a person settled or ruled out of a suggestion, told by codes: this one for that post, or never."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import or_
from sqlalchemy.orm import Session

from gridgov.domain.units import ContactTier
from gridgov.storage.current import At, Scope, current
from gridgov.storage.models import CadreVersion, DepartmentVersion, UnitVersion
from gridgov.usecases import contacting
from gridgov.usecases.lookups import things_for
from gridgov.usecases.proposing import Line


@dataclass(frozen=True)
class Pair:
    """A post and a cadre."""

    unit: UnitVersion
    cadre: CadreVersion

    @property
    def told(self) -> str:
        """The pair by codes, as it was told."""
        return f"{self.unit.code}={self.cadre.code}"

    @property
    def numbers(self) -> tuple[int, int]:
        """The pair by numbers."""
        return self.unit.unit_id, self.cadre.cadre_id

    @property
    def line(self) -> Line:
        """The pair as a line to be proposed."""
        return Line(*self.numbers)


def pairs(session: Session, told: Iterable[str], tier: ContactTier, at: At, scope: Scope) -> list[Pair]:
    """Return the pairs that texts `unit=cadre` tell, in their order; what names nobody who serves there is left out."""
    asked = list(dict.fromkeys(tuple(text.split("=", 1)) for text in told if "=" in text))
    places = current(UnitVersion, at, scope).where(UnitVersion.level == tier.level)
    units = {one.code: one for one in things_for(session, places, UnitVersion.code, (pair[0] for pair in asked))}
    serving = current(CadreVersion, at, Scope.everything())
    cadres = {one.code: one for one in things_for(session, serving, CadreVersion.code, (pair[1] for pair in asked))}
    return [Pair(units[unit], cadres[cadre]) for unit, cadre in asked if unit in units and cadre in cadres]


def serving(session: Session, text: str, at: At, scope: Scope, most: int) -> list[tuple[CadreVersion, str | None]]:
    """Return a few cadres the asker may see whose code or name has a text, by code, with their departments' names."""
    fits = or_(CadreVersion.name.contains(text, autoescape=True), CadreVersion.code.contains(text, autoescape=True))
    found = list(session.scalars(current(CadreVersion, at, scope).where(fits).order_by(CadreVersion.code).limit(most)))
    offices = contacting.last_known(session, DepartmentVersion, {one.department_id for one in found}, at)
    return [(one, offices[one.department_id].name if one.department_id in offices else None) for one in found]

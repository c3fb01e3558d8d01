"""From units up to what they lie in, a rung at a time: for the few of a tile sooner than from an area all down."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.storage.among import among
from gridgov.storage.current import At, Scope, standing
from gridgov.storage.models import UnitVersion


@dataclass(frozen=True)
class Rung:
    """A unit on the way up: its level, its code, and what it stands under."""

    level: str
    code: str
    parent: int | None


@dataclass(frozen=True)
class Ladder:
    """Units and all above them that stand at a time. Names and codes of places are known to everybody."""

    rungs: Mapping[int, Rung]

    @classmethod
    def above(cls, session: Session, at: At, numbers: Iterable[int | None]) -> "Ladder":
        """Climb from some units, these included."""
        columns = (UnitVersion.unit_id, UnitVersion.level, UnitVersion.code, UnitVersion.parent_id)
        known: dict[int, Rung] = {}
        asked = {number for number in numbers if number is not None}
        while asked:
            wanted = select(*columns).where(standing(UnitVersion, at), among(session, UnitVersion.unit_id, asked))
            rows = session.connection().execute(wanted)
            found = {number: Rung(level, code, parent) for number, level, code, parent in rows}
            known |= found
            asked = {rung.parent for rung in found.values() if rung.parent is not None} - known.keys()
        return cls(known)

    def code(self, number: int | None, level: str) -> str | None:
        """Return the code of what stands on a level, at or above a unit."""
        return next((rung.code for _, rung in self._up(number) if rung.level == level), None)

    def unit(self, number: int, level: str) -> int | None:
        """Return what stands on a level, at or above a unit."""
        return next((step for step, rung in self._up(number) if rung.level == level), None)

    def within(self, number: int | None, scope: Scope) -> bool:
        """Tell whether a unit lies in a scope: what `current.within` says of it."""
        return scope.areas is None or any(step in scope.areas for step, _ in self._up(number))

    def _up(self, number: int | None) -> list[tuple[int, Rung]]:
        """List a unit and all above it, from it upwards; a ring of parents is gone round once."""
        found: dict[int, Rung] = {}
        while number is not None and number in self.rungs and number not in found:
            found[number] = self.rungs[number]
            number = found[number].parent
        return list(found.items())

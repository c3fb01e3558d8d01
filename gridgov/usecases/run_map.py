"""A run as the map draws it: shares of units, worst gaps of places. Kept in a process: no run ever changes."""

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.storage.among import among
from gridgov.storage.current import Scope
from gridgov.storage.models import Run, RunShare, Unit
from gridgov.usecases import reading_runs
from gridgov.usecases.agecounts import AgeCounts
from gridgov.usecases.keeping import Kept
from gridgov.usecases.reading_runs import GapFilter

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Shares:
    """People and people covered of the units of a level, (units, types), NaN where unknown; and what of it is told."""

    row: dict[int, int]
    types: list[str]
    people: Floats
    covered: Floats
    told: Floats
    looked: npt.NDArray[np.bool_]
    ages: AgeCounts

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
        nothing = np.full(people.shape, np.nan), np.zeros(len(row), dtype=bool)
        return cls(row, types, people, covered, *nothing, AgeCounts(run))

    def mean(self, units: Sequence[int], types: Collection[str]) -> list[float | None]:
        """Return for each unit the mean of its shares of some types, of those that are known and may be told."""
        rows = [self.row.get(unit, -1) for unit in units]
        for row in rows:
            if row >= 0 and not self.looked[row]:
                self._look(row)
        columns = [at for at, kind in enumerate(self.types) if kind in types]
        found = np.vstack([self.told, np.full((1, len(self.types)), np.nan)])[np.ix_(rows, columns)]
        known = ~np.isnan(found)
        count, total = known.sum(axis=1), np.where(known, found, 0.0).sum(axis=1)
        return [None if not n else float(value) / int(n) for value, n in zip(total, count, strict=True)]

    def _look(self, row: int) -> None:
        """Work out what may be told of a unit."""
        counts = {
            kind: (None, None) if np.isnan(people) else (float(people), float(covered))
            for kind, people, covered in zip(self.types, self.people[row], self.covered[row], strict=True)
        }
        shown = self.ages.shown(counts)
        for at, kind in enumerate(self.types):
            people, covered = shown[kind]
            if people and covered is not None:
                self.told[row, at] = round(covered / people, 6)
        self.looked[row] = True


@dataclass(frozen=True)
class Worst:
    """The gap of each place that most people miss, by unit, in the list's order; and which units are buildings."""

    gaps: dict[int, int]
    buildings: frozenset[int]


_shares: Kept[Shares] = Kept(12)
_worst: Kept[Worst] = Kept(64)


def shares(session: Session, run: Run, level: str) -> Shares:
    """Return the shares of a level's units, whoever asks: what he may see is decided by which units he is shown."""
    return _shares.of((_key(run), level), lambda: Shares.of_level(session, run, level))


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

    return _worst.of((_key(run), asked), made)


def _key(run: Run) -> Hashable:
    return run.id, run.hash, run.created_at

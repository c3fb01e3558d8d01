"""How many people of a row of the gap list may be shown: counts of an age under ten are hidden, and what tells them."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.domain.privacy import age_row
from gridgov.storage.current import At, Scope, current
from gridgov.storage.models import Run, RunShare, UnitVersion
from gridgov.usecases.agecounts import AgeCounts
from gridgov.usecases.lookups import rows_for, things_for

_ROUND_CELLS = frozenset({"street", "community"})


class GapPeople:
    """How many people of a gap row may be shown, by what stands beside it: the place's shares, or its ages."""

    def __init__(self, session: Session, run: Run, gaps: Sequence[Any]) -> None:
        self.ages = AgeCounts(run)
        self.shown = _shown_of(session, run)
        aged = {gap.unit_id for gap in gaps if gap.type in self.ages.groups} - self.shown.keys()
        exact: dict[int, dict[str, tuple[float | None, float | None]]] = defaultdict(dict)
        columns = select(RunShare.unit_id, RunShare.type, RunShare.people, RunShare.people_covered)
        stored = columns.where(RunShare.run_id == run.id, RunShare.level == "compound")
        for unit, kind, people, covered in rows_for(session, stored, RunShare.unit_id, aged):
            exact[unit][kind] = people, covered
        self.shown.update({unit: self.ages.shown(counts) for unit, counts in exact.items()})
        single = current(UnitVersion, At(run.as_of, run.batch_id), Scope.everything())
        for unit in things_for(session, single, UnitVersion.unit_id, aged - exact.keys()):
            if unit.level in _ROUND_CELLS:
                continue  # of people in cells no age is told
            self.shown[unit.unit_id] = self.ages.shown(self.ages.of_unit(unit, self.ages.groups), unit.people)

    def people(self, gap: Any) -> float | None:
        """Return the people of a gap row, or None where they have to be hidden."""
        people: float = gap.people
        if gap.type not in self.ages.groups:
            return people
        _, covered = self.shown.get(gap.unit_id, {}).get(gap.type, (None, None))
        return None if covered is None else age_row(people, 0.0)[0]


_Shown = dict[int, dict[str, tuple[float | None, float | None]]]
_shown: dict[tuple[object, ...], _Shown] = {}
_FEW = 4


def _shown_of(session: Session, run: Run) -> _Shown:
    """Return by unit and type what is known to be shown of a run: a run doesn't change, so it holds for good."""
    key = (str(session.get_bind().engine.url), run.id, run.hash, run.created_at)
    if key not in _shown and len(_shown) >= _FEW:
        _shown.pop(next(iter(_shown)), None)
    return _shown.setdefault(key, {})

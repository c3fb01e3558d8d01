"""Why two runs differ: rules, facilities, network and demand are put in the place of the former's one after the other.

With each exchange the verdicts are taken anew, so the differences add up to the whole exactly. What two parts changed
only together falls to the later of them in the order of `PARTS`.
"""

from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy.orm import Session

from gridgov.domain.privacy import small_hidden
from gridgov.errors import ConflictError
from gridgov.spatial.coverage import evaluate, weights
from gridgov.storage.current import At
from gridgov.storage.models import Run
from gridgov.usecases.agecounts import AgeCounts
from gridgov.usecases.inputs import Basis, network_of, parts, read
from gridgov.usecases.runrecord import unpack_arrays

PARTS = ("rules", "facilities", "network", "demand")
FACILITIES_TOLD = 50
Named = int | str
Pairs = list[tuple[str, "_State", "_State"]]


@dataclass(frozen=True)
class _State:
    """Who is covered by what: `people` (d, t) covered, NaN unknown; `point` (d, t) the nearest of `points`, -1 none.

    `rows` name the places: units by number, cells by code.
    """

    rows: list[Named]
    types: list[str]
    points: list[str]
    people: npt.NDArray[np.float64]
    point: npt.NDArray[np.int32]

    def covered(self, kind: str) -> dict[Named, float]:
        """Count the people covered of a type by place, where they are known."""
        if kind not in self.types:
            return {}
        counted = self.people[:, self.types.index(kind)]
        return {self.rows[row]: float(counted[row]) for row in np.flatnonzero(~np.isnan(counted)).tolist()}

    def nearest(self, kind: str) -> dict[Named, str]:
        """Name the nearest service point of a type by place."""
        if kind not in self.types:
            return {}
        at = self.point[:, self.types.index(kind)]
        return {self.rows[row]: self.points[at[row]] for row in np.flatnonzero(at >= 0).tolist()}


def compare(session: Session, before: Run, after: Run) -> dict[str, Any]:
    """Tell by type and part how many more or fewer people are covered, and which facilities that hangs on."""
    told_before, told_after = _told(before), _told(after)
    changed = [part for part in PARTS if told_before["parts"][part] != told_after["parts"][part]]
    states = _states(session, before, after, changed)
    pairs: Pairs = [(part, *two) for part, two in zip(changed, pairwise(states), strict=True)]
    by_age = {*AgeCounts(before).groups, *AgeCounts(after).groups}
    return {
        "before": before.id,
        "after": after.id,
        "changed": changed,
        "types": [_type_row(kind, pairs, states, by_age) for kind in sorted({*states[0].types, *states[-1].types})],
        "facilities": _facility_rows(pairs, by_age),
    }


def _told(run: Run) -> dict[str, Any]:
    if run.inputs is None:
        raise ConflictError("run_tells_no_inputs", run=run.id)
    return run.inputs


def _states(session: Session, before: Run, after: Run, changed: list[str]) -> list[_State]:
    """Return who is covered before, after each change but the last, and in the end."""
    ends = [_of_run(before), _of_run(after)]
    if len(changed) < 2:
        return ends[: len(changed) + 1]
    basis, target = (_basis(session, run) for run in (before, after))
    between = []
    for part in changed[:-1]:
        basis = _exchanged(basis, target, part)
        between.append(_evaluated(session, basis))
    return [ends[0], *between, ends[1]]


def _basis(session: Session, run: Run) -> Basis:
    """Return what a run rested on, if it can still be read as it was."""
    told = _told(run)
    basis = Basis.again(At(run.as_of, run.batch_id), told)
    if parts(read(session, basis)) != told["parts"]:
        raise ConflictError("run_inputs_gone", run=run.id)
    return basis


def _exchanged(basis: Basis, target: Basis, part: str) -> Basis:
    if part == "rules":
        return replace(basis, rules=target.rules)
    if part == "facilities":
        return replace(basis, facilities=target.facilities)
    return replace(basis, network=target.network, limits=target.limits)


def _evaluated(session: Session, basis: Basis) -> _State:
    found = read(session, basis)
    verdicts = evaluate(found.demand, found.supply, basis.rules, network_of(session, found))
    rows: list[Named] = [*found.points.units.tolist(), *found.points.cells.codes]
    kinds = [rule.type for rule in basis.rules]
    people = weights(found.demand, basis.rules) * verdicts.share
    return _decided(rows, kinds, found.codes, people, verdicts.point, verdicts.decided)


def _of_run(run: Run) -> _State:
    kept = unpack_arrays(run)
    units = kept.units[: len(kept.units) - len(kept.cells)].tolist()
    return _decided([*units, *kept.cells], kept.types, kept.points, kept.weight * kept.share, kept.point, kept.decided)


def _decided(
    rows: list[Named],
    kinds: list[str],
    points: list[str],
    people: npt.NDArray[np.float64],
    point: npt.NDArray[np.int32],
    decided: npt.NDArray[np.bool_],
) -> _State:
    some = np.flatnonzero(decided)
    return _State(rows, [kinds[column] for column in some], points, people[:, some], point[:, some])


def _type_row(kind: str, pairs: Pairs, states: list[_State], by_age: set[str]) -> dict[str, Any]:
    """Tell of a type the people covered before and after, and by part how many more there are."""
    ends = [sum(state.covered(kind).values()) if kind in state.types else None for state in (states[0], states[-1])]
    more = dict.fromkeys(PARTS, 0.0)
    for part, one, other in pairs:
        more[part] = sum(other.covered(kind).values()) - sum(one.covered(kind).values())
    shown = {part: _shown(count, hidden=kind in by_age) for part, count in more.items()}
    return {"type": kind, "covered_before": _rounded(ends[0]), "covered_after": _rounded(ends[1]), **shown}


def _facility_rows(pairs: Pairs, by_age: set[str]) -> list[dict[str, Any]]:
    """Tell by service point whom the change of facilities brought or cost: the nearest then, the nearest before."""
    rows = []
    for part, one, other in pairs:
        for kind in sorted({*one.types, *other.types}) if part == "facilities" else ():
            gained, lost = defaultdict[str, float](float), defaultdict[str, float](float)
            was, now, new, old = one.covered(kind), other.covered(kind), other.nearest(kind), one.nearest(kind)
            for row in {*was, *now}:
                more = now.get(row, 0.0) - was.get(row, 0.0)
                if more > 0 and row in new:
                    gained[new[row]] += more
                elif more < 0 and row in old:
                    lost[old[row]] -= more
            hidden = kind in by_age
            for point in sorted({*gained, *lost}):
                counts = {"gained": _shown(gained[point], hidden=hidden), "lost": _shown(lost[point], hidden=hidden)}
                rows.append((-gained[point] - lost[point], {"point": point, "type": kind, **counts}))
    return [row for _, row in sorted(rows, key=lambda row: (row[0], row[1]["type"]))[:FACILITIES_TOLD]]


def _shown(count: float, *, hidden: bool) -> float | None:
    """Round a change; of an age nobody is told one of a few people."""
    rounded = _rounded(count)
    return rounded if not hidden or not rounded else None if small_hidden(abs(rounded)) is None else rounded


def _rounded(count: float | None) -> float | None:
    return None if count is None else round(count, 3) + 0.0

"""Reading a run: shares per unit, verdicts per demand point, the gap list with who and whose job."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridgov.domain.ages import TOLD_OF_GAPS
from gridgov.domain.privacy import age_part
from gridgov.errors import InputError
from gridgov.spatial.coverage import Rule, summary
from gridgov.storage.current import At, Scope, branches, current, standing, within
from gridgov.storage.models import Run, RunGap, RunShare, UnitVersion
from gridgov.usecases import browsing, run_shares
from gridgov.usecases.agecounts import AgeCounts
from gridgov.usecases.gap_filter import GapFilter, narrowed, ordered, shown
from gridgov.usecases.gap_people import GapPeople
from gridgov.usecases.liaisons import Liaisons
from gridgov.usecases.lookups import things_for
from gridgov.usecases.run_points import demand_rows
from gridgov.usecases.run_shares import PlaceShares
from gridgov.usecases.runrecord import REFERENCE, RunArrays, unpack_arrays

LEVELS = ("street", "community", "compound", "building", "grid", "demand")


def record(run: Run) -> dict[str, Any]:
    """Return a run's record as `coverage run` tells it."""
    return {
        "run": run.id,
        "hash": run.hash,
        "seconds": run.seconds,
        "as_of": run.as_of.isoformat(),
        "pack": run.pack,
        "pack_version": run.pack_version,
        "code_version": run.code_version,
        "inputs": None if run.inputs is None else run.inputs["parts"],
        **run.summary,
        **AgeCounts(run).summary(run.summary),
    }


def figures(
    session: Session, run: Run, scope: Scope, area: int | None = None, profile: str = REFERENCE
) -> dict[str, Any]:
    """Return people, unknown, tiers, types and scenarios as `record` does, for what the asker sees of an area.

    For another walker's `profile` than the verdict's they are a band: who would reach it at his pace.
    """
    if scope.areas is None and area is None and profile == REFERENCE:
        told = record(run)
        return {key: told[key] for key in ("people", "unknown", "tiers", "types", "scenarios")}
    arrays = unpack_arrays(run).at(profile)
    return figures_of(run, arrays, rows_in(session, run, arrays, scope, area))


def figures_of(run: Run, arrays: RunArrays, rows: npt.NDArray[np.int64]) -> dict[str, Any]:
    """Return people, unknown, tiers, types and scenarios of some demand points, with what may be shown."""
    kept = run.summary["types"]
    judged = _Judged(arrays.share[rows], arrays.cause[rows], np.array([row["points"] for row in kept], dtype=np.int64))
    told = summary(judged, arrays.weight[rows], arrays.people[rows], _rules(run, arrays))
    told["types"] = [before | now for before, now in zip(kept, told["types"], strict=True)]
    return {key: told[key] for key in ("people", "unknown", "tiers")} | AgeCounts(run).summary(told)


def show(session: Session, run: Run, level: str, scope: Scope, profile: str = REFERENCE) -> list[dict[str, Any]]:
    """Return the shares of a level's units, or the verdicts of every demand point."""
    if level not in LEVELS:
        raise InputError("show_level_unknown", value=level, known=", ".join(LEVELS))
    if level == "demand":
        return list(demand_rows(session, run, scope, profile))
    if level == "building":
        return run_shares.told(run, run_shares.point_shares(session, run, scope, profile))
    if level == "grid":
        return run_shares.told(run, run_shares.grid_shares(session, run, scope, profile))
    if profile != REFERENCE:
        return run_shares.told(run, run_shares.unit_shares(session, run, level, scope, profile))
    at = At(run.as_of, run.batch_id)
    counts = RunShare.type, RunShare.people, RunShare.people_covered
    wanted = (
        select(UnitVersion.unit_id, UnitVersion.code, UnitVersion.name, *counts)
        .join(RunShare, RunShare.unit_id == UnitVersion.unit_id)
        .where(RunShare.run_id == run.id, RunShare.level == level)
        .where(standing(UnitVersion, at), within(UnitVersion.unit_id, at, scope))
        .order_by(UnitVersion.code, UnitVersion.unit_id, RunShare.type)
    )
    places: dict[int, PlaceShares] = {}
    for unit, code, name, kind, people, covered in session.execute(wanted):
        place = places.get(unit) or places.setdefault(unit, PlaceShares(code, name, level, {}))
        place.counts[kind] = people, covered
    return run_shares.told(run, places.values())


def gaps(session: Session, run: Run, scope: Scope, asked: GapFilter | None = None) -> list[dict[str, Any]]:
    """Return the gap list, the most people first, with the contact as liaison and the lead department."""
    wanted = ordered(session, select(RunGap), run, scope, asked or GapFilter())
    return _gap_rows(session, run, list(session.scalars(wanted)))


def worst_gaps(session: Session, run: Run, scope: Scope, asked: GapFilter) -> dict[int, dict[str, Any]]:
    """Return by unit the first row of the gap list that speaks of it, in the list's order."""
    first = worst_first(session, run, scope, asked)
    rank = {number: place for place, number in enumerate(first.values())}
    rows = sorted(things_for(session, select(RunGap), RunGap.id, rank), key=lambda gap: rank[gap.id])
    return dict(zip(first, _gap_rows(session, run, rows), strict=True))


def worst_first(session: Session, run: Run, scope: Scope, asked: GapFilter) -> dict[int, int]:
    """Return by unit the number of the first row of the gap list that speaks of it, in the list's order."""
    first: dict[int, int] = {}
    columns = select(RunGap.unit_id, RunGap.id)
    for unit, number in session.execute(ordered(session, columns, run, scope, asked)):
        first.setdefault(unit, number)
    return first


def worst_under(
    session: Session, run: Run, units: frozenset[int], most: int, asked: GapFilter
) -> dict[int, list[dict[str, Any]]]:
    """Return by unit the first rows of the gap list that speak of it or of what lies below it, in the list's order."""
    columns = select(RunGap.unit_id, RunGap.id)
    found = list(session.execute(ordered(session, columns, run, Scope.of(units), asked)))
    lines = browsing.lines(session, At(run.as_of, run.batch_id), {unit for unit, _ in found})
    first: dict[int, list[int]] = defaultdict(list)
    for unit, number in found:
        for step in {one.unit_id for one in lines[unit]} & units:
            if len(first[step]) < most:
                first[step].append(number)
    wanted = {number for numbers in first.values() for number in numbers}
    rows = things_for(session, select(RunGap), RunGap.id, wanted)
    told = dict(zip((gap.id for gap in rows), _gap_rows(session, run, rows), strict=True))
    return {unit: [told[number] for number in numbers] for unit, numbers in first.items()}


def gap_facts(session: Session, run: Run, numbers: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Return by unit what may be told of some gap rows, without the names of who has to do with them."""
    rows = things_for(session, select(RunGap), RunGap.id, numbers)
    told = GapPeople(session, run, rows)
    return {gap.unit_id: _facts(gap, told.people(gap)) for gap in rows}


def count_gaps(session: Session, run: Run, scope: Scope, asked: GapFilter) -> tuple[int, float]:
    """Return how many gap rows there are, and the people their rows show summed (one may lack several types)."""
    counted = select(func.count(), func.sum(shown(session, run, "people")))
    count, people = session.execute(narrowed(session, counted, run, scope, asked)).one()
    return int(count), round(float(people or 0.0), 3)


@dataclass(frozen=True)
class _Judged:
    """The verdicts on some demand points of a run, as they are summed up."""

    share: npt.NDArray[np.float64]
    cause: npt.NDArray[np.int8]
    points: npt.NDArray[np.int64]


def rows_in(
    session: Session, run: Run, arrays: RunArrays, scope: Scope, area: int | None = None
) -> npt.NDArray[np.int64]:
    """Return the rows of the demand points that lie in the asker's scope and in the area."""
    at = At(run.as_of, run.batch_id)
    wanted = current(UnitVersion, at, scope)
    if area is not None:
        wanted = wanted.where(within(UnitVersion.unit_id, at, Scope.of({area})))
    seen = list(session.scalars(wanted.with_only_columns(UnitVersion.unit_id)))
    return np.flatnonzero(np.isin(arrays.owners, np.array(seen, dtype=np.int64)))


def _rules(run: Run, arrays: RunArrays) -> list[Rule]:
    """Return the rules as the run knew them: a pack read again later may say otherwise."""
    return [
        Rule(
            type=row["type"],
            radius=0.0 if decided else None,
            tier=row["tier"],
            required=row["required"],
            scenario=row["scenario"],
        )
        for row, decided in zip(run.summary["types"], arrays.decided.tolist(), strict=True)
    ]


def _gap_rows(session: Session, run: Run, gaps: list[RunGap]) -> list[dict[str, Any]]:
    names = _Names(session, At(run.as_of, run.batch_id), gaps)
    told = GapPeople(session, run, gaps)
    return [names.row(gap, told.people(gap)) for gap in gaps]


class _Names:
    """Names of the places and people that gap rows speak of, looked up once."""

    def __init__(self, session: Session, at: At, rows: list[RunGap]) -> None:
        everything = Scope.everything()
        ids = {number for row in rows for number in (row.unit_id, row.community_id, row.street_id) if number}
        units = things_for(session, current(UnitVersion, at, everything), UnitVersion.unit_id, ids)
        self.units = {unit.unit_id: unit for unit in units}
        self.branches = {unit: branch.name for branch in branches(session, at, everything) for unit in branch.compounds}
        self.liaisons = Liaisons(session, at, self.units)

    def row(self, gap: RunGap, people: float | None) -> dict[str, Any]:
        """Return a gap as CONTRACT tells it, with the people that may be shown."""
        unit = self.units.get(gap.unit_id)
        compound = unit is not None and unit.level == "compound"
        return {
            "place": unit.code if unit else None,
            "name": unit.name if unit else None,
            "level": unit.level if unit else None,
            "compound": _label(unit) if compound else None,
            "branch": self.branches.get(gap.unit_id),
            "community": _label(self.units.get(gap.community_id or 0)),
            "street": _label(self.units.get(gap.street_id or 0)),
            "liaison": self.liaisons.of(gap.unit_id, gap.community_id, gap.street_id),
            **_facts(gap, people),
        }


def _facts(gap: RunGap, people: float | None) -> dict[str, Any]:
    return {
        "department": gap.department,
        "type": gap.type,
        "scenario": gap.scenario,
        "required": gap.required,
        "people": people,
        **{name: age_part(getattr(gap, name), people) for name in TOLD_OF_GAPS},
        "nearest": gap.nearest,
        "metres": gap.metres,
        "cause": gap.cause,
        "firm": gap.firm,
    }


def _label(unit: UnitVersion | None) -> str | None:
    return None if unit is None else unit.name or unit.code

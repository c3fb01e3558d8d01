"""Running coverage and keeping its record: arrays, shares per unit, and the gap list (COVERAGE.md)."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

import gridgov
from gridgov.errors import InputError, NotFoundError
from gridgov.sources.rulepacks import pack as read_pack
from gridgov.spatial.coverage import CAUSES, Verdicts, evaluate, shares, summary, weights
from gridgov.storage.current import At
from gridgov.storage.models import Batch, Run, RunGap, RunShare
from gridgov.usecases import deployment
from gridgov.usecases.inputs import Inputs, read_inputs
from gridgov.usecases.runrecord import pack_arrays

SHARE_LEVELS = ("street", "community", "compound")


@dataclass(frozen=True)
class _Result:
    """What a run worked out, before it is stored."""

    inputs: Inputs
    verdicts: Verdicts
    weight: npt.NDArray[np.float64]


def run(session: Session, at: At, pack: str | None = None) -> Run:
    """Compute coverage as of a day and store it; the answer is the run's record."""
    began = time.perf_counter()
    rules = read_pack(pack or str(deployment.value(session, "pack")))
    inputs = read_inputs(session, at, rules)
    if not len(inputs.demand.xy):
        raise InputError("no_demand", day=at.day.isoformat())
    verdicts = evaluate(inputs.demand, inputs.supply, inputs.rules, inputs.network)
    result = _Result(inputs, verdicts, weights(inputs.demand, inputs.rules))
    kept = Run(
        created_at=datetime.now(UTC),
        as_of=at.day,
        batch_id=session.scalar(select(func.max(Batch.id))),
        pack=rules.id,
        pack_version=rules.version,
        hash=inputs.hash,
        code_version=gridgov.__version__,
        seconds=0.0,
        estimate=verdicts.estimate,
        summary=_summary(result),
        payload=pack_arrays(inputs, verdicts, result.weight),
    )
    session.add(kept)
    session.flush()
    _store(session, RunShare, _share_rows(kept.id, result))
    _store(session, RunGap, _gap_rows(kept.id, result))
    kept.seconds = round(time.perf_counter() - began, 3)
    session.flush()
    return kept


def latest(session: Session, at: At | None = None) -> Run | None:
    """Return the newest run of the newest day not after `at`."""
    wanted = select(Run).order_by(Run.as_of.desc(), Run.id.desc()).limit(1)
    if at is not None:
        wanted = wanted.where(Run.as_of <= at.day)
    return session.scalar(wanted)


def find(session: Session, number: int | None) -> Run:
    """Return a run by its number, or the newest; none is a NotFoundError."""
    found = latest(session) if number is None else session.get(Run, number)
    if found is None:
        raise NotFoundError("run_unknown" if number is not None else "run_none", run=number)
    return found


def _summary(result: _Result) -> dict[str, Any]:
    inputs = result.inputs
    told: dict[str, Any] = summary(result.verdicts, result.weight, inputs.demand.people, inputs.rules)
    for row in told["types"]:
        rule = inputs.pack.row(row["type"])
        row["verified"] = bool(rule and rule.verified)
    told |= {"basis": inputs.points.basis, "year": inputs.points.year, "demand_points": len(inputs.points.units)}
    told |= {"doubtful": int(result.verdicts.demand_doubtful.sum()), "estimate": result.verdicts.estimate}
    return told


def _share_rows(run_id: int, result: _Result) -> list[dict[str, Any]]:
    rows = []
    for level in SHARE_LEVELS:
        units, group = _groups(result.inputs, level)
        people, covered, _ = shares(result.verdicts, result.weight, group, len(units))
        for number, unit in enumerate(units):
            for index, rule in enumerate(result.inputs.rules):
                if result.verdicts.decided[index]:
                    known = people[number, index] > 0
                    rows.append(
                        {
                            "run_id": run_id,
                            "unit_id": unit,
                            "level": level,
                            "type": rule.type,
                            "people": _rounded(people[number, index]) if known else None,
                            "people_covered": _rounded(covered[number, index]) if known else None,
                        }
                    )
    return rows


def _gap_rows(run_id: int, result: _Result) -> list[dict[str, Any]]:
    """One row per compound, or building group outside every compound, and type with people uncovered."""
    inputs, verdicts = result.inputs, result.verdicts
    places = [inputs.places.above(unit.unit_id, "compound") or unit.unit_id for unit in inputs.points.units]
    units = list(dict.fromkeys(places))
    number = {unit: index for index, unit in enumerate(units)}
    group = np.array([number[place] for place in places])
    uncovered = np.where(verdicts.covered | ~verdicts.decided, 0.0, result.weight)
    open_ends = np.nan_to_num(uncovered) > 0
    rows = []
    for index in range(len(inputs.rules)):
        at = np.flatnonzero(open_ends[:, index])
        for place in np.unique(group[at]):
            members = at[group[at] == place]
            rows.append(_gap_row(run_id, result, index, units[place], members, uncovered[members, index]))
    return rows


def _gap_row(
    run_id: int, result: _Result, index: int, unit: int, members: npt.NDArray[np.int64], people: npt.NDArray[np.float64]
) -> dict[str, Any]:
    inputs, verdicts = result.inputs, result.verdicts
    rule = inputs.pack.row(inputs.rules[index].type)
    metres = verdicts.metres[members, index]
    near = int(np.argmin(np.where(np.isnan(metres), np.inf, metres)))
    point = int(verdicts.point[members[near], index])
    by_cause = np.bincount(verdicts.cause[members, index], weights=people, minlength=len(CAUSES))
    older = inputs.demand.ages[members, 5:].sum(axis=1)
    reached = not np.isnan(metres[near])
    return {
        "run_id": run_id,
        "unit_id": unit,
        "community_id": inputs.places.above(unit, "community"),
        "street_id": inputs.places.above(unit, "street"),
        "type": inputs.rules[index].type,
        "scenario": inputs.rules[index].scenario,
        "required": inputs.rules[index].required,
        "department": rule.department if rule else None,
        "people": _rounded(people.sum()),
        "people_60plus": None if np.isnan(older).any() else _rounded(older.sum()),
        "nearest": inputs.supply_codes[point] if reached and point >= 0 else None,
        "metres": float(metres[near]) if reached else None,
        "cause": CAUSES[int(np.argmax(by_cause))],
        "firm": None,
    }


def _groups(inputs: Inputs, level: str) -> tuple[list[int], npt.NDArray[np.int64]]:
    """Return the units of a level that hold demand, and each demand point's index among them (-1 none)."""
    owners = [inputs.places.above(unit.unit_id, level) for unit in inputs.points.units]
    units = list(dict.fromkeys(owner for owner in owners if owner is not None))
    number: dict[int | None, int] = {unit: index for index, unit in enumerate(units)}
    return units, np.array([number.get(owner, -1) for owner in owners], dtype=np.int64)


def _store(session: Session, model: Any, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        session.execute(insert(model), rows)


def _rounded(value: float) -> float:
    return round(float(value), 3)

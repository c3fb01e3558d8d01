"""Running coverage and keeping its record: arrays, shares per unit, and the gap list (COVERAGE.md)."""

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import func, select
from sqlalchemy.orm import Session

import gridgov
from gridgov.errors import InputError, NotFoundError
from gridgov.spatial.coverage import CAUSES, Verdicts, evaluate, shares, summary, weighed_by_age, weights
from gridgov.storage.current import At
from gridgov.storage.filling import fill
from gridgov.storage.models import Batch, Run, RunGap, RunShare
from gridgov.usecases import deployment, networks
from gridgov.usecases.inputs import Inputs, read_inputs
from gridgov.usecases.places import numbered
from gridgov.usecases.runrecord import pack_arrays

SHARE_LEVELS = ("street", "community", "compound")


@dataclass(frozen=True)
class Computed:
    """A run worked out and not yet kept: its record's columns, and its rows without the run's number.

    `network` is the walking network, where it had to be built.
    """

    record: dict[str, Any]
    shares: list[dict[str, Any]]
    gaps: list[dict[str, Any]]
    network: bytes | None
    seconds: float


@dataclass(frozen=True)
class _Result:
    """What a run decided."""

    inputs: Inputs
    verdicts: Verdicts
    weight: npt.NDArray[np.float64]


def run(session: Session, at: At, pack: str | None = None) -> Run:
    """Compute coverage as of a day and store it; the answer is the run's record."""
    return keep(session, compute(session, at, pack))


def compute(session: Session, at: At, pack: str | None = None) -> Computed:
    """Compute coverage as of a day; this only reads, so that nobody who writes has to wait for it."""
    began = time.perf_counter()
    batch = session.scalar(select(func.max(Batch.id))) if at.batch is None else at.batch
    rules = deployment.pack(session, pack)
    inputs = read_inputs(session, At(at.day, batch), rules)
    if not len(inputs.demand.xy):
        raise InputError("no_demand", day=at.day.isoformat())
    verdicts = evaluate(inputs.demand, inputs.supply, inputs.rules, inputs.network)
    result = _Result(inputs, verdicts, weights(inputs.demand, inputs.rules))
    record = {
        "as_of": at.day,
        "batch_id": batch,
        "pack": rules.id,
        "pack_version": rules.version,
        "hash": inputs.hash,
        "inputs": inputs.told,
        "network": inputs.standing.hash if inputs.standing else None,
        "code_version": gridgov.__version__,
        "estimate": verdicts.estimate,
        "summary": _summary(result),
        "payload": pack_arrays(inputs, verdicts, result.weight),
    }
    rows = _share_rows(result), _gap_rows(result)
    return Computed(record, *rows, networks.packed(inputs.standing), seconds=time.perf_counter() - began)


def keep(session: Session, computed: Computed) -> Run:
    """Store what was computed."""
    began = time.perf_counter()
    kept = Run(**computed.record, created_at=datetime.now(UTC), seconds=0.0)
    session.add(kept)
    session.flush()
    for model, rows in ((RunShare, computed.shares), (RunGap, computed.gaps)):
        fill(session, model.metadata.tables[model.__tablename__], rows, run_id=kept.id)
    if computed.network is not None:
        networks.keep(session, str(kept.network), computed.network)
    kept.seconds = round(computed.seconds + time.perf_counter() - began, 3)
    session.flush()
    return kept


def latest(session: Session, at: At | None = None, pack: str | None = None) -> Run | None:
    """Return the newest run of a pack, the deployment's own where none is named, for a day not after `at` (today)."""
    day = date.today() if at is None else at.day  # noqa: DTZ011 - local dates are what people write down
    own = pack or str(deployment.value(session, "pack"))
    wanted = select(Run).where(Run.pack == own, Run.as_of <= day)
    return session.scalar(wanted.order_by(Run.id.desc()).limit(1))


def find(session: Session, number: int | None, at: At | None = None) -> Run:
    """Return a run by its number, or else the newest one for a day; none is a NotFoundError."""
    found = latest(session, at) if number is None else session.get(Run, number)
    if found is None:
        raise NotFoundError("run_unknown" if number is not None else "run_none", run=number)
    return found


def _summary(result: _Result) -> dict[str, Any]:
    inputs = result.inputs
    told: dict[str, Any] = summary(result.verdicts, result.weight, inputs.demand.people, inputs.rules)
    for index, row in enumerate(told["types"]):
        rule = inputs.pack.row(row["type"])
        row["verified"] = bool(rule and rule.verified)
        row["serves"] = list(inputs.rules[index].serves)
        row["by_age"] = weighed_by_age(inputs.rules[index], result.weight[:, index], inputs.demand.people)
    told |= {"basis": inputs.points.basis, "year": inputs.points.year, "demand_points": len(inputs.points)}
    told |= {"doubtful": int(result.verdicts.demand_doubtful.sum()), "estimate": result.verdicts.estimate}
    return told


def _share_rows(result: _Result) -> list[dict[str, Any]]:
    rows = []
    for level in SHARE_LEVELS:
        points = result.inputs.points
        units, group = numbered(points.places.above(level, points.owners))
        people, covered, _ = shares(result.verdicts, result.weight, group, len(units))
        for number, unit in enumerate(units):
            for index, rule in enumerate(result.inputs.rules):
                if result.verdicts.decided[index]:
                    known = people[number, index] > 0
                    rows.append(
                        {
                            "unit_id": int(points.places.ids[unit]),
                            "level": level,
                            "type": rule.type,
                            "people": _rounded(people[number, index]) if known else None,
                            "people_covered": _rounded(covered[number, index]) if known else None,
                        }
                    )
    return rows


def _gap_rows(result: _Result) -> list[dict[str, Any]]:
    """One row per place and type with people uncovered: a compound, or a building group outside every compound.

    Of people who live in no unit the place is the community or street round them; outside of all they have no row.
    """
    inputs, verdicts = result.inputs, result.verdicts
    points, places = inputs.points, inputs.points.places
    home = places.above("compound", points.owners)
    units, group = numbered(np.where(home >= 0, home, points.owners))
    older = _older(inputs)
    ids: list[int | None] = [*places.ids.tolist(), None]  # of the row -1 none
    areas = places.above("community").tolist(), places.above("street").tolist()
    rows = []
    for index in range(len(inputs.rules)):
        uncovered = np.nan_to_num(result.weight[:, index]) * (1.0 - verdicts.share[:, index])
        people = np.where(group < 0, 0.0, uncovered)
        at = np.flatnonzero(people > 0) if verdicts.decided[index] else np.empty(0, dtype=np.int64)
        if len(at):
            of_type = _of_type(inputs, index)
            left = older * (1.0 - verdicts.share[:, index])
            for found in _by_place(verdicts, index, group, at, people, left):
                place, point = found.pop("place"), found.pop("point")
                community, street = (ids[above[units[place]]] for above in areas)
                named = {"unit_id": ids[units[place]], "community_id": community, "street_id": street}
                nearest = inputs.supply_codes[point] if point >= 0 else None
                rows.append({**of_type, **named, **found, "nearest": nearest})
    return rows


def _older(inputs: Inputs) -> npt.NDArray[np.float64]:
    """Count the people from 60 on at each demand point; of those in no unit nobody is told their age."""
    older: npt.NDArray[np.float64] = inputs.demand.ages[:, 5:].sum(axis=1)
    older = np.where(np.isnan(older), inputs.demand.groups.get((5, 6), older), older)
    older[len(inputs.points.units) :] = np.nan
    return older


def _of_type(inputs: Inputs, index: int) -> dict[str, Any]:
    rule = inputs.rules[index]
    row = inputs.pack.row(rule.type)
    told = {"type": rule.type, "scenario": rule.scenario, "required": rule.required}
    return told | {"department": row.department if row else None}


def _by_place(
    verdicts: Verdicts,
    index: int,
    group: npt.NDArray[np.int64],
    at: npt.NDArray[np.int64],
    people: npt.NDArray[np.float64],
    older: npt.NDArray[np.float64],
) -> list[dict[str, Any]]:
    """Add the uncovered demand points `at` up by place: sorted once by place and metres, then split."""
    metres = np.where(np.isnan(verdicts.metres[at, index]), np.inf, verdicts.metres[at, index])
    at = at[np.lexsort((at, metres, group[at]))]
    firsts = np.flatnonzero(np.diff(group[at], prepend=-1))
    nearest = at[firsts]
    member = np.repeat(np.arange(len(firsts)), np.diff(firsts, append=len(at)))
    causes = member * len(CAUSES) + verdicts.cause[at, index]
    by_cause = np.bincount(causes, weights=people[at], minlength=len(firsts) * len(CAUSES)).reshape(-1, len(CAUSES))
    least = verdicts.metres[nearest, index]
    columns = (
        group[nearest].tolist(),
        np.add.reduceat(people[at], firsts).tolist(),
        np.add.reduceat(older[at], firsts).tolist(),
        least.tolist(),
        np.where(np.isnan(least), -1, verdicts.point[nearest, index]).tolist(),
        by_cause.argmax(axis=1).tolist(),
        np.logical_and.reduceat(verdicts.firm[at, index], firsts).tolist(),
    )
    return [
        {
            "place": place,
            "people": _rounded(count),
            "people_60plus": None if np.isnan(old) else _rounded(old),
            "metres": None if np.isnan(away) else away,
            "point": point,
            "cause": CAUSES[cause],
            "firm": firm,
        }
        for place, count, old, away, point, cause, firm in zip(*columns, strict=True)
    ]


def _rounded(value: float) -> float:
    return round(float(value), 3)

"""Running coverage and keeping its record: arrays, shares per unit, and the gap list (COVERAGE.md)."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

import gridgov
from gridgov.errors import InputError, NotFoundError
from gridgov.spatial.coverage import evaluate, summary, weighed_by_age, weights
from gridgov.storage.current import At
from gridgov.storage.filling import fill_columns
from gridgov.storage.models import Batch, Run, RunGap, RunShare
from gridgov.usecases import deployment, networks
from gridgov.usecases.inputs import read_inputs
from gridgov.usecases.runrecord import PROFILES, pack_arrays
from gridgov.usecases.runrows import Columns, Result, gap_columns, share_columns


@dataclass(frozen=True)
class Computed:
    """A run worked out and not yet kept: its record, and its rows by columns, without the run's number.

    `network` is the walking network, where it had to be built.
    """

    record: dict[str, Any]
    shares: Columns
    gaps: Columns
    network: bytes | None
    seconds: float


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
    result = Result(inputs, verdicts, weights(inputs.demand, inputs.rules))
    with ThreadPoolExecutor(1) as beside:  # compressing lets go of Python's lock
        packed = beside.submit(pack_arrays, inputs, verdicts, result.weight)
        rows = share_columns(result), gap_columns(result)
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
        "payload": packed.result(),
    }
    return Computed(record, *rows, networks.packed(inputs.standing), seconds=time.perf_counter() - began)


def keep(session: Session, computed: Computed) -> Run:
    """Store what was computed."""
    began = time.perf_counter()
    kept = Run(**computed.record, created_at=datetime.now(UTC), seconds=0.0)
    session.add(kept)
    session.flush()
    for model, columns in ((RunShare, computed.shares), (RunGap, computed.gaps)):
        fill_columns(session, model.metadata.tables[model.__tablename__], columns, run_id=kept.id)
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


def find(session: Session, number: int | None, at: At | None = None, pack: str | None = None) -> Run:
    """Return a run by its number, or else the newest one of a pack for a day; none is a NotFoundError."""
    found = latest(session, at, pack) if number is None else session.get(Run, number)
    if found is None and number is None and pack is not None:
        raise NotFoundError("run_none_of_pack", pack=deployment.pack(session, pack).id)
    if found is None:
        raise NotFoundError("run_unknown" if number is not None else "run_none", run=number)
    return found


def _summary(result: Result) -> dict[str, Any]:
    inputs = result.inputs
    told: dict[str, Any] = summary(result.verdicts, result.weight, inputs.demand.people, inputs.rules)
    for index, row in enumerate(told["types"]):
        rule = inputs.pack.row(row["type"])
        row["verified"] = bool(rule and rule.verified)
        row["serves"] = list(inputs.rules[index].serves)
        row["by_age"] = weighed_by_age(inputs.rules[index], result.weight[:, index], inputs.demand.people)
    told |= {"basis": inputs.points.basis, "year": inputs.points.year, "demand_points": len(inputs.points)}
    told |= {"profiles": list(PROFILES)}
    told |= {"doubtful": int(result.verdicts.demand_doubtful.sum()), "estimate": result.verdicts.estimate}
    return told

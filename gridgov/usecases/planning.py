"""Plans: edits kept under a name, and what they would change in coverage, before and after."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.domain.plans import edits
from gridgov.domain.privacy import age_row, small_hidden
from gridgov.domain.units import AGE_BANDS
from gridgov.errors import ConflictError, InputError, NotFoundError
from gridgov.spatial.coverage import shares, summary, weighed_by_age, weights
from gridgov.storage.current import At
from gridgov.storage.models import Plan
from gridgov.usecases import boards, deployment
from gridgov.usecases.inputs import Read, fingerprint
from gridgov.usecases.places import numbered
from gridgov.usecases.plan_edits import Edited, edited

Floats = npt.NDArray[np.float64]
Row = dict[str, Any]


@dataclass(frozen=True)
class Drawn:
    """A plan worked out and not yet kept."""

    pack: str
    as_of: date
    batch: int | None
    edits: list[Row]
    hash: str
    result: Row


def listed(session: Session) -> list[Row]:
    """List the plans, each with whether its result is stale."""
    plans = list(session.scalars(select(Plan).order_by(Plan.id)))
    now = {basis: _rests_on(session, *basis) for basis in {(plan.as_of, plan.pack) for plan in plans}}
    return [_head(plan, stale=plan.hash != now[plan.as_of, plan.pack]) for plan in plans]


def find(session: Session, told: str) -> Plan:
    """Return a plan by its name, or else by its number; NotFoundError ``plan_unknown``."""
    found = session.scalar(select(Plan).where(Plan.name == told))
    if found is None and told.isdecimal():
        found = session.get(Plan, int(told))
    if found is None:
        raise NotFoundError("plan_unknown", plan=told)
    return found


def show(plan: Plan, *, stale: bool = False) -> Row:
    """Return a plan with its edits and the result as it was last worked out; `is_stale` tells whether it is stale."""
    return _head(plan, stale=stale) | {"edits": plan.edits} | _shown(plan.result)


def draw(session: Session, at: At, document: Mapping[str, Any], pack: str | None = None) -> Drawn:
    """Check a document of edits and work out what they change; this only reads.

    Raises
    ------
    InputError
        What `domain.plans.edits` and `plan_edits.edited` raise; ``no_demand``.
    """
    wanted = edits(document)
    rules = deployment.pack(session, pack)
    with boards.board(session, at.day, rules) as board:
        result = _result(board.found, edited(session, board, wanted))
    return Drawn(rules.id, at.day, board.batch, [dict(row) for row in document["edits"]], board.hash, result)


def again(session: Session, plan: Plan) -> Drawn:
    """Work out a plan that is kept on the data as they are now; this only reads."""
    return draw(session, At(plan.as_of), {"edits": plan.edits}, plan.pack)


def create(session: Session, name: str, drawn: Drawn, owner: int | None = None) -> Plan:
    """Keep a new plan; ConflictError ``plan_exists``, InputError ``plan_unnamed``."""
    if not name.strip() or name.isdecimal():
        raise InputError("plan_unnamed", name=name)
    if session.scalar(select(Plan.id).where(Plan.name == name)) is not None:
        raise ConflictError("plan_exists", plan=name)
    now = datetime.now(UTC)
    plan = Plan(name=name, owner_id=owner, as_of=drawn.as_of, created_at=now, changed_at=now, **_kept(drawn))
    session.add(plan)
    session.flush()
    return plan


def keep(session: Session, plan: Plan, drawn: Drawn) -> Plan:
    """Keep what a plan comes to now."""
    for name, value in _kept(drawn).items():
        setattr(plan, name, value)
    plan.changed_at = datetime.now(UTC)
    session.flush()
    return plan


def remove(session: Session, plan: Plan) -> None:
    """Forget a plan."""
    session.delete(plan)
    session.flush()


def is_stale(session: Session, plan: Plan) -> bool:
    """Say whether what a plan rests on has changed since its result was worked out."""
    return plan.hash != _rests_on(session, plan.as_of, plan.pack)


def _rests_on(session: Session, day: date, pack: str) -> str:
    """Hash what plans of a day and a pack rest on now."""
    return fingerprint(session, At(day), deployment.pack(session, pack))


def _kept(drawn: Drawn) -> Row:
    told = {name: getattr(drawn, name) for name in ("pack", "edits", "hash", "result")}
    return told | {"batch_id": drawn.batch}


def _head(plan: Plan, *, stale: bool) -> Row:
    return {
        "plan": plan.id,
        "name": plan.name,
        "as_of": plan.as_of.isoformat(),
        "pack": plan.pack,
        "changed_at": plan.changed_at.isoformat(),
        "stale": stale,
        "edit_count": len(plan.edits),
    }


def _result(found: Read, outcome: Edited) -> Row:
    rules, weight = found.basis.rules, weights(found.demand, found.basis.rules)
    people = found.demand.people
    told = [summary(verdicts, weight, people, rules) for verdicts in (outcome.before, outcome.after)]
    by_age = [weighed_by_age(rule, weight[:, index], people) for index, rule in enumerate(rules)]
    decided = [index for index, rule in enumerate(rules) if rule.decided]
    gained = outcome.after.share[:, decided] - outcome.before.share[:, decided]
    known = np.nan_to_num(people)
    return {
        "basis": found.points.basis,
        "estimate": outcome.after.estimate,
        "edits_told": outcome.rows,
        "people": told[0]["people"],
        "people_gaining": float((known * gained.max(axis=1, initial=0.0)).sum()),
        "people_losing": float((known * (-gained).max(axis=1, initial=0.0)).sum()),
        "tiers": [_pair(*rows, ("tier",), "complete_share") for rows in _both(told, "tiers")],
        "scenarios": [_pair(*rows, ("scenario",), "share") for rows in _both(told, "scenarios")],
        "types": [
            _pair(*rows, ("type", "scenario", "required", "people"), "people_covered") | {"by_age": by_age[index]}
            for index, rows in enumerate(_both(told, "types"))
            if rules[index].decided
        ],
        "communities": _communities(found, weight, outcome, by_age),
        "ages": _ages(found, outcome),
    }


def _both(told: list[Row], name: str) -> list[tuple[Row, Row]]:
    return list(zip(told[0][name], told[1][name], strict=True))


def _pair(before: Row, after: Row, same: tuple[str, ...], measured: str) -> Row:
    return {name: before[name] for name in same} | {"before": before[measured], "after": after[measured]}


def _communities(found: Read, weight: Floats, outcome: Edited, by_age: list[bool]) -> list[Row]:
    """Count covered people by community and type, where an edit changes them."""
    places = found.points.places
    units, group = numbered(places.above("community", found.points.owners))
    people, before, _ = shares(outcome.before, weight, group, len(units))
    _, after, _ = shares(outcome.after, weight, group, len(units))
    rows = []
    for row, index in zip(*(part.tolist() for part in np.nonzero(before != after)), strict=True):
        unit, kind = units[row], found.basis.rules[index].type
        counts = {"people": people[row, index], "before": before[row, index], "after": after[row, index]}
        rows.append(
            {
                "code": places.codes[unit],
                "name": places.names[unit],
                "type": kind,
                "by_age": by_age[index],
            }
            | {name: float(count) for name, count in counts.items()}
        )
    return rows


def _ages(found: Read, outcome: Edited) -> list[Row]:
    """Count covered people by age and type, where ages are counted and an edit changes them."""
    ages = np.nan_to_num(found.demand.ages)
    # Not by matrix product: threads of a library of linear algebra wait for each other on a busy machine.
    before, after = (np.einsum("da,dt->at", ages, state.share) for state in (outcome.before, outcome.after))
    return [
        {
            "age": AGE_BANDS[band],
            "type": found.basis.rules[index].type,
            "by_age": True,
            "people": float(ages[:, band].sum()),
            "before": float(before[band, index]),
            "after": float(after[band, index]),
        }
        for band, index in zip(*(part.tolist() for part in np.nonzero(before != after)), strict=True)
    ]


def _shown(result: Row) -> Row:
    """Hide counts of an age under ten, and what they could be had from."""
    told = result | {name: [_row_shown(row) for row in result[name]] for name in ("types", "communities", "ages")}
    lacking = {row["scenario"] for row in told["types"] if row["before"] is None and row["required"]}
    told["scenarios"] = [
        row | {"before": None, "after": None} if row["scenario"] in lacking else row for row in result["scenarios"]
    ]
    return told


def _row_shown(row: Row) -> Row:
    told = {name: value for name, value in row.items() if name != "by_age"}
    if row["by_age"]:
        people, before = age_row(row["people"], row["before"])
        _, after = age_row(row["people"], row["after"])
        if before is None or after is None or (before != after and small_hidden(abs(before - after)) is None):
            before = after = None
        told |= {"people": people, "before": before, "after": after}
    return told

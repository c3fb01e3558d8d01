"""What a plan comes to: people covered before and after, by scenario, type, community and age, and who gains where."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.domain.privacy import age_row, small_hidden
from gridgov.domain.units import AGE_BANDS
from gridgov.spatial.coverage import Rule, Verdicts, shares, summary, weighed_by_age, weights
from gridgov.storage.current import At, Scope, within
from gridgov.storage.models import UnitVersion
from gridgov.usecases.inputs import Read
from gridgov.usecases.places import Places, numbered, pick
from gridgov.usecases.plan_edits import Edited

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Row = dict[str, Any]
PLACES_TOLD = 400


@dataclass(frozen=True)
class _Judged:
    """The verdicts on some demand points: `share` (d, t), `cause` (d, t), `points` (t,)."""

    share: Floats
    cause: npt.NDArray[np.int8]
    points: Ints

    @classmethod
    def of(cls, verdicts: Verdicts, rows: Ints | slice) -> "_Judged":
        return cls(verdicts.share[rows], verdicts.cause[rows], verdicts.points)


@dataclass(frozen=True)
class _Seen:
    """The demand points that somebody may see, `before` and `after`; `by_age` says which types count ages."""

    places: Places
    owners: Ints
    people: Floats
    ages: Floats
    weight: Floats
    rules: Sequence[Rule]
    before: _Judged
    after: _Judged
    by_age: list[bool]

    @classmethod
    def of(cls, found: Read, outcome: Edited, rows: Ints | slice) -> "_Seen":
        rules, weight, people = found.basis.rules, weights(found.demand, found.basis.rules), found.demand.people
        by_age = [weighed_by_age(rule, weight[:, index], people) for index, rule in enumerate(rules)]
        return cls(
            places=found.points.places,
            owners=found.points.owners[rows],
            people=people[rows],
            ages=np.nan_to_num(found.demand.ages[rows]),
            weight=weight[rows],
            rules=rules,
            before=_Judged.of(outcome.before, rows),
            after=_Judged.of(outcome.after, rows),
            by_age=by_age,
        )

    @property
    def changed(self) -> list[int]:
        """The types of which somebody gains or loses."""
        return np.flatnonzero((self.before.share != self.after.share).any(axis=0)).tolist()


def result(found: Read, outcome: Edited, rows: Ints | slice = slice(None)) -> Row:
    """Count people covered before and after among some demand points."""
    seen = _Seen.of(found, outcome, rows)
    told = [summary(judged, seen.weight, seen.people, seen.rules) for judged in (seen.before, seen.after)]
    decided = [index for index, rule in enumerate(seen.rules) if rule.decided]
    gained = seen.after.share[:, decided] - seen.before.share[:, decided]
    gaining, losing = gained.max(axis=1, initial=0.0), (-gained).max(axis=1, initial=0.0)
    known = np.nan_to_num(seen.people)
    return {
        "basis": found.points.basis,
        "estimate": outcome.after.estimate,
        "edits_told": outcome.rows,
        "people": told[0]["people"],
        "people_gaining": float((known * gaining).sum()),
        "people_losing": float((known * losing).sum()),
        "tiers": [_pair(*rows, ("tier",), "complete_share") for rows in _both(told, "tiers")],
        "scenarios": [_pair(*rows, ("scenario",), "share") for rows in _both(told, "scenarios")],
        "types": [
            _pair(*rows, ("type", "scenario", "required", "people"), "people_covered") | {"by_age": seen.by_age[index]}
            for index, rows in enumerate(_both(told, "types"))
            if seen.rules[index].decided
        ],
        "communities": _communities(seen),
        "ages": _ages(seen),
        "places": _places(seen, known * gaining, known * losing),
    }


def rows_in(session: Session, at: At, found: Read, scope: Scope) -> Ints | slice:
    """Return the demand points that lie in a scope."""
    if scope.areas is None:
        return slice(None)
    seen = list(session.scalars(select(UnitVersion.unit_id).where(within(UnitVersion.unit_id, at, scope))))
    units = pick(found.points.places.ids, found.points.owners)
    return np.flatnonzero(np.isin(units, np.array(seen, dtype=np.int64)))


def shown(result: Row) -> Row:
    """Hide counts of an age under ten, and what they could be had from."""
    told: Row = {"places": [], **result}
    told |= {name: [_row_shown(row) for row in result[name]] for name in ("types", "communities", "ages")}
    lacking = {row["scenario"] for row in told["types"] if row["before"] is None and row["required"]}
    told["scenarios"] = [
        row | {"before": None, "after": None} if row["scenario"] in lacking else row for row in result["scenarios"]
    ]
    return told


def _both(told: list[Row], name: str) -> list[tuple[Row, Row]]:
    return list(zip(told[0][name], told[1][name], strict=True))


def _pair(before: Row, after: Row, same: tuple[str, ...], measured: str) -> Row:
    return {name: before[name] for name in same} | {"before": before[measured], "after": after[measured]}


def _communities(seen: _Seen) -> list[Row]:
    """Count covered people by community and type, where an edit changes them."""
    places = seen.places
    units, group = numbered(places.above("community", seen.owners))
    people, before, _ = shares(seen.before, seen.weight, group, len(units))
    _, after, _ = shares(seen.after, seen.weight, group, len(units))
    rows = []
    for row, index in zip(*(part.tolist() for part in np.nonzero(before != after)), strict=True):
        unit = units[row]
        counts = {"people": people[row, index], "before": before[row, index], "after": after[row, index]}
        named = {"code": places.codes[unit], "name": places.names[unit], "type": seen.rules[index].type}
        rows.append(named | {"by_age": seen.by_age[index]} | {name: float(count) for name, count in counts.items()})
    return rows


def _ages(seen: _Seen) -> list[Row]:
    """Count covered people by age and type, where ages are counted and an edit changes them."""
    changed = seen.changed
    before, after = (
        np.einsum("da,dt->at", seen.ages, judged.share[:, changed]) for judged in (seen.before, seen.after)
    )
    return [
        {
            "age": AGE_BANDS[band],
            "type": seen.rules[changed[column]].type,
            "by_age": True,
            "people": float(seen.ages[:, band].sum()),
            "before": float(before[band, column]),
            "after": float(after[band, column]),
        }
        for band, column in zip(*(part.tolist() for part in np.nonzero(before != after)), strict=True)
    ]


def _places(seen: _Seen, gaining: Floats, losing: Floats) -> list[Row]:
    """Point at the compounds, or what else people are counted in, where most gain or lose something; no counts."""
    compounds = seen.places.above("compound", seen.owners)
    units, group = numbered(np.where(compounds >= 0, compounds, seen.owners))
    some = group >= 0
    gain = np.bincount(group[some], weights=gaining[some], minlength=len(units))
    loss = np.bincount(group[some], weights=losing[some], minlength=len(units))
    moved = np.maximum(gain, loss)
    order = [row for row in np.argsort(-moved, kind="stable").tolist() if moved[row] > 0][:PLACES_TOLD]
    shapes = seen.places.shapes[units[order]]
    xy = np.full((len(order), 2), np.nan)
    placed = ~shapely.is_missing(shapes)
    xy[placed] = shapely.get_coordinates(shapely.point_on_surface(shapes[placed]))
    rows = zip(order, np.round(xy, 6).tolist(), strict=True)
    return [
        {
            "code": seen.places.codes[units[row]],
            "name": seen.places.names[units[row]],
            "gains": bool(gain[row] >= loss[row]),
            "x": x,
            "y": y,
        }
        for row, (x, y) in rows
        if not np.isnan(x)
    ]


def _row_shown(row: Row) -> Row:
    told = {name: value for name, value in row.items() if name != "by_age"}
    if row["by_age"]:
        people, before = age_row(row["people"], row["before"])
        _, after = age_row(row["people"], row["after"])
        if before is None or after is None or (before != after and small_hidden(abs(before - after)) is None):
            before = after = None
        told |= {"people": people, "before": before, "after": after}
    return told

"""Reading a run: shares per unit, verdicts per demand point, the gap list with who and whose job."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridgov.domain.privacy import small_hidden
from gridgov.errors import InputError
from gridgov.spatial.coverage import CAUSES
from gridgov.spatial.middle import middle
from gridgov.storage.current import At, Scope, branches, current, within
from gridgov.storage.models import (
    CadreVersion,
    ContactVersion,
    GridVersion,
    Run,
    RunGap,
    RunShare,
    UnitGrid,
    UnitVersion,
)
from gridgov.usecases import gridding
from gridgov.usecases.runrecord import unpack_arrays

LEVELS = ("street", "community", "compound", "building", "grid", "demand")
GAP_ORDERS = ("people", "metres", "type", "cause")


@dataclass(frozen=True)
class GapFilter:
    """What of the gap list is asked for."""

    scenario: str | None = None
    type: str | None = None
    cause: str | None = None
    area: int | None = None
    required: bool | None = None
    order: str = "people"
    limit: int | None = None
    offset: int = 0


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
        **run.summary,
    }


def show(session: Session, run: Run, level: str, scope: Scope) -> list[dict[str, Any]]:
    """Return the shares of a level's units, or the verdicts of every demand point."""
    if level not in LEVELS:
        raise InputError("show_level_unknown", value=level, known=", ".join(LEVELS))
    if level == "demand":
        return list(_demand_rows(session, run, scope))
    if level == "building":
        return _point_shares(session, run, scope)
    if level == "grid":
        return _grid_shares(session, run, scope)
    at = At(run.as_of, run.batch_id)
    wanted = (
        select(UnitVersion.code, UnitVersion.name, RunShare)
        .join(RunShare, RunShare.unit_id == UnitVersion.unit_id)
        .where(RunShare.run_id == run.id, RunShare.level == level)
        .where(UnitVersion.id.in_(current(UnitVersion, at, scope).with_only_columns(UnitVersion.id)))
        .order_by(UnitVersion.code, RunShare.type)
    )
    return [
        _share_row(code, name, level, row.type, row.people, row.people_covered)
        for code, name, row in session.execute(wanted)
    ]


def gaps(session: Session, run: Run, scope: Scope, asked: GapFilter | None = None) -> list[dict[str, Any]]:
    """Return the gap list, the most people first, with the contact as liaison and the lead department."""
    asked = asked or GapFilter()
    if asked.order not in GAP_ORDERS:
        raise InputError("order_unknown", value=asked.order, known=", ".join(GAP_ORDERS))
    column = getattr(RunGap, asked.order)
    order = column.desc().nulls_last() if asked.order in {"people", "metres"} else column.asc()
    wanted = (
        _asked(select(RunGap), run, scope, asked).order_by(order, RunGap.id).offset(asked.offset).limit(asked.limit)
    )
    rows = list(session.scalars(wanted))
    names = _Names(session, At(run.as_of, run.batch_id), rows)
    return [names.row(gap) for gap in rows]


def count_gaps(session: Session, run: Run, scope: Scope, asked: GapFilter) -> tuple[int, float]:
    """Return how many gap rows there are, and the people in them summed (one person may lack several types)."""
    found = session.execute(_asked(select(func.count(), func.sum(RunGap.people)), run, scope, asked)).one()
    return int(found[0]), float(found[1] or 0.0)


def _asked(wanted: Any, run: Run, scope: Scope, asked: GapFilter) -> Any:
    at = At(run.as_of, run.batch_id)
    wanted = wanted.where(RunGap.run_id == run.id, within(RunGap.unit_id, at, scope))
    for name in ("scenario", "type", "cause", "required"):
        told = getattr(asked, name)
        if told is not None:
            wanted = wanted.where(getattr(RunGap, name) == told)
    if asked.area is not None:
        wanted = wanted.where(within(RunGap.unit_id, at, Scope.of({asked.area})))
    return wanted


class _Names:
    """Names of the places and people that gap rows speak of, looked up once."""

    def __init__(self, session: Session, at: At, rows: list[RunGap]) -> None:
        everything = Scope.everything()
        ids = {number for row in rows for number in (row.unit_id, row.community_id, row.street_id) if number}
        units = session.scalars(current(UnitVersion, at, everything).where(UnitVersion.unit_id.in_(ids)))
        self.units = {unit.unit_id: unit for unit in units}
        self.branches = {unit: branch.name for branch in branches(session, at, everything) for unit in branch.compounds}
        leads = select(ContactVersion.unit_id, CadreVersion.name).join(
            CadreVersion, CadreVersion.cadre_id == ContactVersion.cadre_id
        )
        valid = current(ContactVersion, at, everything).with_only_columns(ContactVersion.id)
        known = current(CadreVersion, at, everything).with_only_columns(CadreVersion.id)
        leads = leads.where(ContactVersion.id.in_(valid), CadreVersion.id.in_(known), ContactVersion.role == "lead")
        leads = leads.where(ContactVersion.unit_id.in_(ids)).order_by(
            ContactVersion.confirmed, ContactVersion.id.desc()
        )
        self.leads = dict(session.execute(leads).all())

    def row(self, gap: RunGap) -> dict[str, Any]:
        """Return a gap as CONTRACT tells it."""
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
            "liaison": self.leads.get(gap.unit_id),
            "department": gap.department,
            "type": gap.type,
            "scenario": gap.scenario,
            "required": gap.required,
            "people": gap.people,
            "people_60plus": small_hidden(gap.people_60plus),
            "nearest": gap.nearest,
            "metres": gap.metres,
            "cause": gap.cause,
            "firm": gap.firm,
        }


def _label(unit: UnitVersion | None) -> str | None:
    return None if unit is None else unit.name or unit.code


def _share_row(
    code: str, name: str | None, level: str, kind: str, people: float | None, covered: float | None
) -> dict[str, Any]:
    share = None if not people else round((covered or 0.0) / people, 6)
    return {
        "code": code,
        "name": name,
        "level": level,
        "type": kind,
        "people": people,
        "people_covered": covered,
        "share": share,
    }


def _demand_rows(session: Session, run: Run, scope: Scope) -> Iterator[dict[str, Any]]:
    arrays = unpack_arrays(run)
    units = _visible(session, run, scope)
    for row, unit_id in enumerate(arrays.units.tolist()):
        unit = units.get(unit_id)
        if unit is None or unit.geometry is None:
            continue
        x, y = middle(unit.geometry)
        people = arrays.people[row]
        for column in np.flatnonzero(arrays.decided):
            weight, reached = arrays.weight[row, column], not np.isnan(arrays.metres[row, column])
            covered, cause = bool(arrays.covered[row, column]), int(arrays.cause[row, column])
            yield {
                "demand": unit.code,
                "x": round(x, 7),
                "y": round(y, 7),
                "people": None if np.isnan(people) else float(people),
                "type": arrays.types[column],
                "metres": float(arrays.metres[row, column]) if reached else None,
                "point": arrays.points[arrays.point[row, column]]
                if reached and arrays.point[row, column] >= 0
                else None,
                "people_covered": None if np.isnan(weight) else float(weight) * covered,
                "covered": covered,
                "cause": CAUSES[cause] if cause >= 0 else None,
            }


def _point_shares(session: Session, run: Run, scope: Scope) -> list[dict[str, Any]]:
    return [
        _share_row(row["demand"], None, "building", row["type"], row["people"], row["people_covered"])
        for row in _demand_rows(session, run, scope)
    ]


def _grid_shares(session: Session, run: Run, scope: Scope) -> list[dict[str, Any]]:
    """Add the demand points up by governance grid; a building group on a border counts in the first grid only."""
    arrays = unpack_arrays(run)
    at = At(run.as_of, run.batch_id)
    grids = {grid.grid_id: grid for grid in session.scalars(current(GridVersion, at, scope).order_by(GridVersion.code))}
    laid = select(UnitGrid.unit_id, UnitGrid.grid_id).where(UnitGrid.batch_id == gridding.latest(session))
    owner: dict[int, int] = {}
    for unit, number in session.execute(laid.order_by(UnitGrid.unit_id, UnitGrid.share.desc(), UnitGrid.id)):
        if number in grids and grids[number].kind == "basic":
            owner.setdefault(unit, number)
    rows = []
    group = np.array([owner.get(unit, -1) for unit in arrays.units.tolist()])
    for grid_id, grid in grids.items():
        members = group == grid_id
        for column in np.flatnonzero(arrays.decided):
            weight = arrays.weight[members, column]
            people = float(np.nansum(weight))
            covered = float(np.nansum(np.where(arrays.covered[members, column], weight, 0.0)))
            known = people > 0
            rows.append(
                _share_row(
                    grid.code,
                    grid.name,
                    "grid",
                    arrays.types[column],
                    people if known else None,
                    covered if known else None,
                )
            )
    return rows


def _visible(session: Session, run: Run, scope: Scope) -> dict[int, UnitVersion]:
    at = At(run.as_of, run.batch_id)
    return {unit.unit_id: unit for unit in session.scalars(current(UnitVersion, at, scope))}

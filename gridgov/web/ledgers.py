"""The ledger on pages: who held what through time, and which departments are paired with which communities."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue

from gridgov.errors import InputError
from gridgov.usecases import browsing, deployment, ledger
from gridgov.usecases.ledger import Entry, Line
from gridgov.usecases.pairings import pairings
from gridgov.web import differences, page, parameters, views
from gridgov.web.handle import database
from gridgov.web.security import allow, scope

blueprint = Blueprint("ledgers", __name__, url_prefix="/contacts")
BY = ("unit", "department")
_SPAN = 1000


@blueprint.get("/ledger")
@allow("coordinator", "viewer", "admin")
def history() -> ResponseReturnValue:
    """Show who held what of a place, or where a department was paired, through time."""
    at, unit, code = parameters.at(), views.chosen(), parameters.text("department")
    if unit is None and code is None:
        raise InputError("option_unknown", name="unit", value="")
    office = None
    if unit is not None:
        lines = ledger.of_unit(database(), at, scope(), unit.unit_id)
    else:
        office, lines = ledger.of_department(database(), at, scope(), code or "")
    span = _span(lines, at.day)
    return page.show(
        "ledgers/history.html",
        unit=unit,
        office=office,
        lines=[(line, [_bar(entry, span) for entry in line.entries]) for line in lines],
        span=span,
        now=_at(at.day, span),
        places=_places(lines),
        roles={role.id: page.named(role) for role in deployment.profile(database()).roles},
    )


@blueprint.get("/departments")
@allow("coordinator", "viewer", "admin")
def departments() -> ResponseReturnValue:
    """Show which departments are paired with which communities, by either, and what is missing."""
    unit = views.chosen()
    by = parameters.choice("by", BY, "unit") or "unit"
    found = pairings(database(), parameters.at(), scope(), None if unit is None else unit.unit_id)
    lines = browsing.lines(database(), parameters.at(), [each.unit.unit_id for each in found.units])
    return page.show(
        "ledgers/departments.html",
        unit=unit,
        by=by,
        found=found,
        missing=parameters.choice("missing", ("1",)) == "1",
        wheres=differences.wheres(lines),
    )


def _span(lines: Sequence[Line], day: date) -> tuple[date, date]:
    """Return from when to when the bars are drawn: from the first entry to a while after the last day told."""
    entries = [entry for line in lines for entry in line.entries]
    first = min((entry.since for entry in entries), default=day)
    last = max([day, *(entry.until or entry.since for entry in entries)])
    return first, last + timedelta(days=max(30, (last - first).days // 12))


def _at(day: date, span: tuple[date, date]) -> float:
    first, last = span
    return round(_SPAN * min(max((day - first).days, 0), (last - first).days) / max(1, (last - first).days), 1)


def _bar(entry: Entry, span: tuple[date, date]) -> dict[str, float]:
    start = _at(entry.since, span)
    return {"x": start, "width": max(2.0, _at(entry.until or span[1], span) - start)}


def _places(lines: Sequence[Line]) -> dict[int, Any]:
    units = browsing.units_by_number(database(), {line.unit for line in lines}, parameters.at(), scope())
    return {one.unit_id: one for one in units}

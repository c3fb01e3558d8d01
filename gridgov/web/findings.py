"""The administrator's page of findings: each with its place on the map and a link to the form that mends it."""

from collections import Counter
from collections.abc import Sequence

import shapely
from flask import Flask, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from gridgov.usecases import browsing, checking, mending
from gridgov.usecases.findings import SEVERITIES, Finding, Ground
from gridgov.web import handle, page, parameters, views
from gridgov.web.admin import require_whole_city
from gridgov.web.geojson import collection
from gridgov.web.handle import database
from gridgov.web.security import allow, scope, user
from gridgov.wording import TERMS

ROWS = 50
_AROUND = 0.0015


def install(app: Flask) -> None:
    """Add the page to the administrator's, and its marks to the layers of the maps."""
    app.add_url_rule("/admin/findings", "admin.findings", findings)
    app.add_url_rule("/admin/findings/mend", "admin.mend", mend, methods=["POST"])
    app.add_url_rule("/layers/findings.geojson", "layers.findings", on_map)


@allow("admin")
def findings() -> ResponseReturnValue:
    """List what is wrong with the data, the gravest first, beside the map that shows where."""
    kind, severity = _asked()
    ground = Ground(database(), parameters.at(), scope())
    found = checking.seek(ground)
    rows = _chosen(found, kind, severity)
    shown, pages = views.paged(len(rows), ROWS)
    first = (shown - 1) * ROWS
    chosen = next((row for row in found if row.key == parameters.text("finding")), None)
    frame = _frame(chosen, kind, severity)
    return page.show(
        "admin/findings.html",
        **frame.values(),
        rows=rows[first : first + ROWS],
        count=len(rows),
        page=shown,
        pages=pages,
        codes=_codes([*rows[first : first + ROWS], *([chosen] if chosen else [])]),
        kind=kind,
        severity=severity,
        chosen=chosen,
        mend_address=_mend_address,
        kinds=Counter((row.severity, row.kind) for row in found),
        severities=Counter(row.severity for row in found),
        fixable=_fixable(ground),
    )


@allow("admin")
def mend() -> ResponseReturnValue:
    """Mend what needs no judgement, as one batch, and show the batches; a form sent twice finds nothing more to do."""
    require_whole_city()
    at = parameters.at()
    with handle.changing() as session:
        mending.mend(session, at, account=user().id)
    return redirect(url_for("admin.index"))


@allow("admin")
def on_map() -> Response:
    """Return a mark per finding that has a place, the gravest drawn last so that nothing hides it."""
    found = checking.check(database(), parameters.at(), scope())
    rows = _chosen(found, *_asked())
    return collection(
        (
            None if row.place is None else shapely.Point(row.place),
            {"code": row.key, "symbol": row.severity, "told": page.finding(row)},
        )
        for row in reversed(rows)
    )


def _asked() -> tuple[str | None, str | None]:
    """Return the kind and the severity asked for; one that doesn't exist is refused."""
    return parameters.choice("kind", TERMS["finding"]), parameters.choice("severity", SEVERITIES)


def _chosen(found: Sequence[Finding], kind: str | None, severity: str | None) -> list[Finding]:
    return [row for row in found if kind in {None, row.kind} and severity in {None, row.severity}]


def _frame(chosen: Finding | None, kind: str | None, severity: str | None) -> views.Frame:
    frame = views.frame("findings")
    frame.layers["findings"] = views.layer("findings", kind=kind, severity=severity)
    frame.selects, frame.asks = "finding", "never"
    if chosen is not None:
        frame.focus, frame.about_open = chosen.key, True
    if chosen is not None and chosen.place is not None:
        lon, lat = chosen.place
        frame.fit = [lon - _AROUND, lat - _AROUND, lon + _AROUND, lat + _AROUND]
    return frame


def _mend_address(row: Finding, codes: dict[int, str]) -> str | None:
    """Return the form that mends a finding: a wall without a gate gets one, all else is changed itself."""
    if row.kind == "wall_without_gate" and row.unit in codes:
        day = request.args.get("as_of") or None
        return url_for("editing.new", kind="gates", unit=codes[row.unit], as_of=day)
    return None if row.thing is None else page.thing_link(*row.thing)


def _fixable(ground: Ground) -> Counter[str] | None:
    """Count what could be mended without judgement, by kind; only who administers the whole city may do it."""
    if ground.scope.areas is not None:
        return None
    return Counter(each.kind for each in mending.plan(ground))


def _codes(rows: Sequence[Finding]) -> dict[int, str]:
    """Return the codes of the places the findings speak of, so that they can be opened."""
    wanted = {row.unit for row in rows if row.unit is not None}
    found = browsing.units_by_number(database(), wanted, parameters.at(), scope())
    return {unit.unit_id: unit.code for unit in found if unit.level != views.NEVER_LISTED}

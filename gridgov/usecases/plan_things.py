"""What a plan's edits speak of: the service points and gates that lie in view, and those that edits name."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from gridgov.storage.current import At, Scope, current
from gridgov.storage.models import GateVersion, ServicePointVersion, SiteVersion, UnitVersion
from gridgov.usecases import browsing
from gridgov.usecases.lookups import things_for

Row = dict[str, Any]
MOST = 400


def near(session: Session, at: At, scope: Scope, bounds: Sequence[float], types: Iterable[str]) -> list[Row]:
    """Return the service points of some types and the gates that lie within bounds, a few hundred of each at most."""
    sites = {site.site_id: site for site in browsing.sites_on_map(session, at, scope, bounds)[:MOST]}
    wanted = current(ServicePointVersion, at, scope).where(ServicePointVersion.type.in_(sorted(types)))
    points = things_for(session, wanted, ServicePointVersion.site_id, sites)
    gates = browsing.gates_on_map(session, at, scope, bounds)[:MOST]
    compounds = _compounds(session, at, gates)
    rows = [_point(point, sites[point.site_id]) for point in sorted(points, key=lambda point: point.code)]
    return rows + [_gate(gate, compounds.get(gate.unit_id)) for gate in gates]


def named(session: Session, at: At, scope: Scope, edits: Iterable[Mapping[str, Any]]) -> list[Row]:
    """Return edits with the `name` of what each speaks of, its place and how it stands now; None where unknown."""
    listed = list(edits)
    points = {str(edit["point"]) for edit in listed if "point" in edit}
    gates = {str(edit["gate"]) for edit in listed if "gate" in edit}
    known = _points_by_code(session, at, scope, points) | _gates_by_code(session, at, scope, gates)
    nothing: Row = {"name": None, "type": None, "now": None, "at": None}
    return [nothing | known.get(str(edit.get("point") or edit.get("gate")), {}) | dict(edit) for edit in listed]


def _points_by_code(session: Session, at: At, scope: Scope, codes: set[str]) -> dict[str, Row]:
    points = session.scalars(current(ServicePointVersion, at, scope).where(ServicePointVersion.code.in_(codes))).all()
    wanted = current(SiteVersion, at, scope)
    sites = {one.site_id: one for one in things_for(session, wanted, SiteVersion.site_id, {p.site_id for p in points})}
    return {point.code: _said(_point(point, sites[point.site_id])) for point in points if point.site_id in sites}


def _gates_by_code(session: Session, at: At, scope: Scope, codes: set[str]) -> dict[str, Row]:
    gates = session.scalars(current(GateVersion, at, scope).where(GateVersion.code.in_(codes))).all()
    compounds = _compounds(session, at, gates)
    return {gate.code: _said(_gate(gate, compounds.get(gate.unit_id))) for gate in gates if gate.geometry is not None}


def _said(row: Row) -> Row:
    """Return of a thing what an edit of it doesn't say itself."""
    return {"name": row["name"], "type": row.get("type"), "now": row, "at": [row["x"], row["y"]]}


def _point(point: ServicePointVersion, site: SiteVersion) -> Row:
    x, y = _spot(site.geometry)
    return {
        "kind": "point",
        "code": point.code,
        "name": point.name or site.name or point.code,
        "type": point.type,
        "status": point.status,
        "capacity": point.capacity,
        "x": x,
        "y": y,
    }


def _gate(gate: GateVersion, compound: str | None) -> Row:
    name = " ".join(part for part in (compound, gate.name or gate.code) if part)
    x, y = _spot(gate.geometry)
    return {"kind": "gate", "code": gate.code, "name": name, "state": gate.state, "x": x, "y": y}


def _spot(shape: BaseGeometry | None) -> tuple[float | None, float | None]:
    if shape is None:
        return None, None
    inner = shape.representative_point()
    return round(inner.x, 6), round(inner.y, 6)


def _compounds(session: Session, at: At, gates: Iterable[GateVersion]) -> dict[int, str]:
    wanted = current(UnitVersion, at, Scope.everything())
    units = things_for(session, wanted, UnitVersion.unit_id, {gate.unit_id for gate in gates})
    return {unit.unit_id: unit.name or unit.code for unit in units}

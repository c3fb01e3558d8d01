"""这里谁管: who is responsible for an address, a name, a code or a point (DOMAIN §2.7)."""

import re
import unicodedata
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import shapely
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridgov.domain.privacy import shown_phone
from gridgov.domain.units import LevelProfile
from gridgov.errors import InputError, NotFoundError
from gridgov.sources.rulepacks import pack as read_pack
from gridgov.spatial.crs import to_planar
from gridgov.storage.current import At, Scope, current
from gridgov.storage.models import Run, UnitVersion
from gridgov.usecases import browsing, contacting, covering, deployment
from gridgov.usecases.runrecord import unpack_arrays

BORDER_METRES = 30.0
BUILDING_METRES = 10.0
MOST = 10
_POSITION = re.compile(r"\s*(-?\d{1,3}(?:\.\d+)?)\s*[,，\s]\s*(-?\d{1,2}(?:\.\d+)?)\s*")


@dataclass(frozen=True)
class _Found:
    """A unit that may be meant: the deepest one, how far the place is from it, and whether there is any doubt."""

    unit: UnitVersion
    metres: float = 0.0
    certain: bool = True
    outside: bool = False


def who(session: Session, place: str, at: At, scope: Scope) -> dict[str, Any]:
    """Answer who is responsible at a place; nothing found is a NotFoundError."""
    text = unicodedata.normalize("NFKC", place).strip()
    if not text:
        raise InputError("place_empty")
    position = _POSITION.fullmatch(text)
    if position:
        found = _at_position(session, float(position[1]), float(position[2]), at, scope)
    else:
        found = _by_text(session, text, at, scope)
    if not found:
        raise NotFoundError("place_unknown", place=place)
    run = covering.latest(session, at)
    above = Scope.everything()  # whoever may see a place is told whom to call for it, on the levels above too
    return {
        "place": place,
        "as_of": at.day.isoformat(),
        "candidates": [_candidate(session, candidate, at, above, run) for candidate in found],
    }


def fold(text: str) -> str:
    """Fold what people write differently: width, case, blanks, the words behind a name."""
    folded = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text).casefold())
    return re.sub(r"(小区|社区居民委员会|社区居委会|居民委员会|居委会|街道办事处)$", "", folded) or folded


def _by_text(session: Session, text: str, at: At, scope: Scope) -> list[_Found]:
    exact = browsing.unit_by_code(session, text, at, scope)
    if exact is not None:
        return [_Found(exact)]
    wanted = fold(text)
    profile = deployment.profile(session)
    named = current(UnitVersion, at, scope).where(UnitVersion.level != "household")
    ranked = []
    for unit in session.scalars(named):
        rank = min(
            (_rank(wanted, told) for told in (unit.name, unit.address) if told),
            default=None,
            key=lambda r: 9 if r is None else r,
        )
        if rank is not None:
            ranked.append(((rank, profile.rank(unit.level), unit.code), unit))
    ranked.sort(key=lambda pair: pair[0])
    best = [unit for (rank, _, _), unit in ranked if rank == ranked[0][0][0]] if ranked else []
    alone = len(best) == 1
    return [_Found(unit, certain=alone) for unit in best[:MOST]]


def _rank(wanted: str, told: str) -> int | None:
    known = fold(told)
    if known == wanted:
        return 0
    if known.startswith(wanted):
        return 1
    return 2 if wanted in known else None


def _at_position(session: Session, lon: float, lat: float, at: At, scope: Scope) -> list[_Found]:
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise InputError("position_invalid", place=f"{lon}, {lat}")
    crs = deployment.crs(session)
    profile = deployment.profile(session)
    place = to_planar(np.array([shapely.Point(lon, lat)], dtype=object), crs)[0]
    areal = [level.id for level in reversed(profile.levels) if level.id not in {"building", "household"}]
    for level in areal:
        near = _near(session, level, (lon, lat), place, at, scope, BORDER_METRES)
        if near:
            return _doubts(session, near, place, (lon, lat), at, scope)
    for level in areal:
        anywhere = _near(session, level, (lon, lat), place, at, scope, None)
        if anywhere:
            return [_Found(anywhere[0][0], anywhere[0][1], certain=False, outside=True)]
    return []


def _near(
    session: Session,
    level: str,
    position: tuple[float, float],
    place: Any,
    at: At,
    scope: Scope,
    metres: float | None,
) -> list[tuple[UnitVersion, float]]:
    """Return the units of a level by their distance from a place, those within some metres."""
    lon, lat = position
    margin = 0.002
    bounds = (lon - margin, lat - margin, lon + margin, lat + margin) if metres is not None else None
    units = [
        unit
        for unit in browsing.units_on_map(session, at, scope, level, bounds=bounds)
        if unit.geometry is not None and (level == "building" or unit.geometry.geom_type != "Point")
    ]
    if not units:
        return []
    shapes = to_planar(np.array([unit.geometry for unit in units], dtype=object), deployment.crs(session))
    away = shapely.distance(shapes, place)
    order = sorted(range(len(units)), key=lambda index: (away[index], units[index].code))
    return [(units[index], float(away[index])) for index in order if metres is None or away[index] <= metres]


def _doubts(
    session: Session,
    near: list[tuple[UnitVersion, float]],
    place: Any,
    position: tuple[float, float],
    at: At,
    scope: Scope,
) -> list[_Found]:
    """Tell the candidates of a place: sure where one unit holds it and no border is within 30 m of another."""
    inside = [(unit, metres) for unit, metres in near if metres == 0]
    if len(inside) == 1 and len(near) == 1:
        return [_Found(_building(session, inside[0][0], position, place, at, scope) or inside[0][0])]
    candidates = [_Found(unit, metres, certain=False) for unit, metres in near]
    if not inside:
        level = near[0][0].level
        profile = deployment.profile(session)
        for above in reversed(profile.levels[: profile.rank(level)]):
            holding = [
                unit for unit, metres in _near(session, above.id, position, place, at, scope, 0.0) if metres == 0
            ]
            if holding:
                return [_Found(unit, certain=False) for unit in holding] + candidates
    return candidates


def _building(
    session: Session,
    compound: UnitVersion,
    position: tuple[float, float],
    place: Any,
    at: At,
    scope: Scope,
) -> UnitVersion | None:
    near = _near(session, "building", position, place, at, scope, BUILDING_METRES)
    return next((unit for unit, _ in near if unit.parent_id == compound.unit_id), None)


def _candidate(session: Session, found: _Found, at: At, scope: Scope, run: Run | None) -> dict[str, Any]:
    profile = deployment.profile(session)
    line = browsing.chain(session, found.unit.unit_id, at)
    ids = [unit.unit_id for unit in line]
    compounds = [unit.unit_id for unit in line if unit.level == "compound"]
    branch = next(iter(browsing.branches_of(session, at, scope, compounds)), None)
    codes = {unit.unit_id: unit.code for unit in line}
    held_here = contacting.contacts_of(session, at, scope, ids)
    return {
        "certain": found.certain,
        "outside": found.outside,
        "distance": round(found.metres, 1),
        "unit": found.unit.unit_id,
        "chain": _five(session, profile, line, at),
        "shares": [
            {"community": share.community_id, "share": round(share.share, 4), "leads": share.leads}
            for unit in compounds
            for share in browsing.shares_of(session, unit)
        ],
        "grids": [
            {"code": grid.code, "name": grid.name, "relation": relation, "share": round(share, 4)}
            for grid, relation, share in browsing.grids_of(session, at, scope, found.unit.unit_id)
        ],
        "posts": [
            {
                "role": post.role,
                "unit": codes[post.unit_id],
                "holder": post.holder,
                "office_phone": shown_phone(post.office_phone),
            }
            for post in reversed(browsing.posts(session, at, scope, ids))
        ],
        "contacts": [asdict(held) for held in sorted(held_here, key=lambda held: -held.tier)],
        "branch": None if branch is None else _said(branch, "code", "name", "formation", "enlarged"),
        "partners": [
            {**_said(body, "kind", "name", "contact", "resources", "pledges"), "phone": shown_phone(body.phone)}
            for body in browsing.partners(session, at, scope, ids)
        ],
        "office": _office(line),
        "nearest": _nearest(session, found.unit, at, run),
    }


def _said(version: Any, *names: str) -> dict[str, Any]:
    return {name: getattr(version, name) for name in names}


def _five(session: Session, profile: LevelProfile, line: list[UnitVersion], at: At) -> list[dict[str, Any] | None]:
    """Return the chain level by level; households are answered as present, through the building-group head."""
    by_level = {unit.level: unit for unit in line}
    told: list[dict[str, Any] | None] = []
    for level in profile.levels:
        unit = by_level.get(level.id)
        if unit is None or level.id == "household":
            told.append(_households(session, by_level.get("building"), at) if level.id == "household" else None)
        else:
            told.append(
                {"level": level.id, "unit": unit.unit_id, "code": unit.code, "name": unit.name, "orphan": unit.orphan}
            )
    return told


def _households(session: Session, building: UnitVersion | None, at: At) -> dict[str, Any] | None:
    if building is None:
        return None
    wanted = current(UnitVersion, at, Scope.everything()).where(
        UnitVersion.level == "household", UnitVersion.parent_id == building.unit_id
    )
    count = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    return {"level": "household", "present": count, "through": "building_head"} if count else None


def _office(line: list[UnitVersion]) -> dict[str, Any] | None:
    for unit in reversed(line):
        if unit.level != "household" and (unit.office_phone or unit.address):
            phone = {"phone": shown_phone(unit.office_phone)}
            return {"unit": unit.code, **_said(unit, "name", "address", "panorama"), **phone}
    return None


def _nearest(session: Session, unit: UnitVersion, at: At, run: Run | None) -> dict[str, Any]:
    """Return per scenario the nearest service point on foot from the unit, as the newest run found it."""
    if run is None:
        return {}
    arrays = unpack_arrays(run)
    row = _demand_row(session, unit, at, arrays.units.tolist())
    if row is None:
        return {}
    pack = read_pack(run.pack)
    found: dict[str, Any] = {}
    for column, kind in enumerate(arrays.types):
        rule, metres = pack.row(kind), arrays.metres[row, column]
        if rule is None or np.isnan(metres) or (rule.scenario in found and found[rule.scenario]["metres"] <= metres):
            continue
        point = arrays.points[arrays.point[row, column]]
        found[rule.scenario] = {"point": point, "type": kind, "metres": float(metres), "department": rule.department}
    return found


def _demand_row(session: Session, unit: UnitVersion, at: At, units: list[int]) -> int | None:
    """Return the demand row of a unit, or of the one under it that lies nearest its middle."""
    if unit.unit_id in units:
        return units.index(unit.unit_id)
    if unit.geometry is None:
        return None
    inside = [
        row
        for row in browsing.units_on_map(session, at, Scope.of({unit.unit_id}), "building")
        if row.unit_id in set(units)
    ]
    if not inside:
        return None
    middle = shapely.point_on_surface(unit.geometry)
    nearest = min(inside, key=lambda row: (shapely.distance(row.geometry, middle), row.code))
    return units.index(nearest.unit_id)

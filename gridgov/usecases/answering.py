"""这里谁管: who is responsible for an address, a name, a code or a point (DOMAIN §2.7)."""

import unicodedata
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import shapely
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridgov.domain.privacy import shown_phone
from gridgov.domain.standards import RulePack
from gridgov.domain.units import LEVELS, LevelProfile
from gridgov.errors import InputError, NotFoundError
from gridgov.spatial.crs import to_planar
from gridgov.spatial.positions import Position, read_position
from gridgov.storage.current import At, Scope, current
from gridgov.storage.database import setting
from gridgov.storage.models import Run, UnitVersion
from gridgov.usecases import browsing, contacting, covering, deployment, gridding, partnering, placenames
from gridgov.usecases.contacting import Held
from gridgov.usecases.runrecord import RunArrays, unpack_arrays

BORDER_METRES = 30.0
SLIVER_METRES = 1.0
BUILDING_METRES = 10.0
MOST = 10
_CALLED = frozenset({"tier", "unit", "role", "holder", "office_phone"})


@dataclass(frozen=True)
class _Found:
    """A unit that may be meant: how far the place is from it, whether there is any doubt, and whether he may see it."""

    unit: UnitVersion
    metres: float = 0.0
    certain: bool = True
    outside: bool = False
    in_scope: bool = True
    match: str = "position"


@dataclass(frozen=True)
class _Place:
    """A position, and its point in the working CRS."""

    lon: float
    lat: float
    point: Any


@dataclass(frozen=True)
class _Near:
    """An area near a place: how deep in the ladder it stands, its shape in the working CRS, how far it is."""

    unit: UnitVersion
    depth: int
    shape: Any
    metres: float


@dataclass(frozen=True)
class _Walked:
    """What a run found for each demand point, unpacked once for all candidates of an answer."""

    arrays: RunArrays
    pack: RulePack
    rows: dict[int, int]

    @classmethod
    def of(cls, session: Session, run: Run | None) -> "_Walked | None":
        if run is None:
            return None
        arrays = unpack_arrays(run)
        rows = {unit: row for row, unit in enumerate(arrays.units.tolist())}
        return cls(arrays, deployment.pack(session, run.pack), rows)


def who(session: Session, place: str, at: At, scope: Scope) -> dict[str, Any]:
    """Answer who is responsible at a place; nothing found is a NotFoundError.

    The place is a code, a name, an address, or a position as `positions.read_position` takes one; `match` says how each
    candidate was found, `position` how the numbers were read.
    """
    text = unicodedata.normalize("NFKC", place).strip()
    if not text:
        raise InputError("place_empty")
    exact = browsing.unit_by_code(session, text, at, scope)
    position = None if exact is not None else _position(session, text)
    if exact is not None:
        found = [_Found(exact, match="code")]
    elif position is not None:
        found = _at_position(session, position.lon, position.lat, at, scope)
    else:
        found = _by_text(session, text, at, scope)
    return _answer(session, place, found, at, scope, position)


def here(session: Session, position: tuple[float, float], at: At, scope: Scope) -> dict[str, Any]:
    """Answer for a longitude and latitude that a device told or a map was tapped at; kept nowhere."""
    told = Position(*position)
    found = _at_position(session, told.lon, told.lat, at, scope)
    return _answer(session, f"{told.lon:.6f}, {told.lat:.6f}", found, at, scope, told)


def suggest(session: Session, text: str, at: At, scope: Scope, most: int = 8) -> list[dict[str, Any]]:
    """Return places that a text still being typed may come to mean, each with what lies above it."""
    wanted = unicodedata.normalize("NFKC", text).strip()
    exact = browsing.unit_by_code(session, wanted, at, scope)
    called = placenames.suggested(session, wanted, at, scope, most)
    numbers = ([] if exact is None or exact.level == browsing.HOUSEHOLD else [exact.unit_id]) + called
    lines = browsing.lines(session, at, numbers)
    return [
        {
            **_said(lines[number][-1], "code", "name", "level", "address"),
            "above": [unit.name or unit.code for unit in lines[number][:-1]],
        }
        for number in list(dict.fromkeys(numbers))[:most]
    ]


def _position(session: Session, text: str) -> Position | None:
    working = setting(session, "working_crs")
    return read_position(text, deployment.extent(session), None if working is None else str(working))


def _answer(
    session: Session, place: str, found: list["_Found"], at: At, scope: Scope, position: Position | None
) -> dict[str, Any]:
    if not found:
        raise NotFoundError("place_unknown", place=place)
    walked = _Walked.of(session, covering.latest(session, at))
    return {
        "place": place,
        "as_of": at.day.isoformat(),
        "position": None if position is None else asdict(position),
        "candidates": [_candidate(session, candidate, at, scope, walked) for candidate in found],
    }


def _by_text(session: Session, text: str, at: At, scope: Scope) -> list[_Found]:
    match = placenames.places_called(session, text, at, scope)
    if match is None:
        return []
    best = match.units[:MOST]
    units = {unit.unit_id: unit for unit in browsing.units_by_number(session, best, at, scope)}
    certain = len(match.units) == 1 and match.way in placenames.CERTAIN
    return [_Found(units[number], certain=certain, match=match.way) for number in best]


def _at_position(session: Session, lon: float, lat: float, at: At, scope: Scope) -> list[_Found]:
    """Find what lies at a position in the whole city, then say what of it the asker may see."""
    if scope.areas is not None and not scope.areas:
        return []
    point = to_planar(np.array([shapely.Point(lon, lat)], dtype=object), deployment.crs(session))[0]
    place = _Place(lon, lat, point)
    profile = deployment.profile(session)
    areal = [level.id for level in profile.levels if level.id not in {"building", browsing.HOUSEHOLD}]
    near = [found for level in areal for found in _near(session, profile, level, place, at, BORDER_METRES)]
    found = _candidates(near, place) or _nearest_anywhere(session, profile, areal, place, at)
    seen = _seen(session, at, scope, [each.unit.unit_id for each in found])
    told = [replace(each, in_scope=each.unit.unit_id in seen) for each in found]
    return [replace(each, unit=_building(session, profile, each, place, at) or each.unit) for each in told]


def _candidates(near: list[_Near], place: _Place) -> list[_Found]:
    """Keep the areas that may hold the place: none that near it consists of deeper ones but for a sliver."""
    around = shapely.buffer(place.point, BORDER_METRES)
    kept: list[_Near] = []
    for area in sorted(near, key=lambda area: -area.depth):
        deeper = shapely.union_all([other.shape for other in kept if other.depth > area.depth])
        bare = shapely.difference(shapely.intersection(area.shape, around), deeper)
        if not shapely.is_empty(shapely.buffer(bare, -SLIVER_METRES / 2)):
            kept.append(area)
    kept.sort(key=lambda area: (area.metres, -area.depth, area.unit.code))
    certain = len(kept) == 1 and kept[0].metres == 0
    return [_Found(area.unit, area.metres, certain=certain) for area in kept]


def _nearest_anywhere(session: Session, profile: LevelProfile, areal: list[str], place: _Place, at: At) -> list[_Found]:
    for level in reversed(areal):
        found = _near(session, profile, level, place, at, None)
        if found:
            return [_Found(found[0].unit, found[0].metres, certain=False, outside=True)]
    return []


def _near(
    session: Session, profile: LevelProfile, level: str, place: _Place, at: At, metres: float | None
) -> list[_Near]:
    """Return the units of a level by their distance from a place, those within some metres; areas, or buildings."""
    margin = 0.002
    bounds = (place.lon - margin, place.lat - margin, place.lon + margin, place.lat + margin)
    found = browsing.units_on_map(session, at, Scope.everything(), level, bounds=None if metres is None else bounds)
    units = [
        unit
        for unit in found
        if unit.geometry is not None and (level == "building" or unit.geometry.geom_type != "Point")
    ]
    if not units:
        return []
    shapes = to_planar(np.array([unit.geometry for unit in units], dtype=object), deployment.crs(session))
    shapes = shapely.make_valid(shapes)
    away = shapely.distance(shapes, place.point)
    order = sorted(range(len(units)), key=lambda index: (away[index], units[index].code))
    return [
        _Near(units[index], profile.rank(level), shapes[index], float(away[index]))
        for index in order
        if metres is None or away[index] <= metres
    ]


def _building(session: Session, profile: LevelProfile, found: _Found, place: _Place, at: At) -> UnitVersion | None:
    """Return the building group at the place, of the unit that holds the place and that the asker may see."""
    if not found.in_scope or found.metres > 0:
        return None
    near = _near(session, profile, "building", place, at, BUILDING_METRES)
    return next((each.unit for each in near if each.unit.parent_id == found.unit.unit_id), None)


def _candidate(session: Session, found: _Found, at: At, scope: Scope, walked: _Walked | None) -> dict[str, Any]:
    profile = deployment.profile(session)
    line = browsing.chain(session, found.unit.unit_id, at)
    told: dict[str, Any] = {
        "match": found.match,
        "certain": found.certain,
        "outside": found.outside,
        "in_scope": found.in_scope,
        "distance": round(found.metres, 1),
        "unit": found.unit.unit_id if found.in_scope else None,
        "chain": _chain(session, profile, line, at, with_households=found.in_scope),
    }
    if not found.in_scope:
        lists: dict[str, Any] = {name: [] for name in ("shares", "grids", "posts", "contacts", "partners")}
        return told | lists | {"branch": None, "office": None, "nearest": {}}
    return told | _standing_on(session, line, at, scope) | {"nearest": _nearest(session, found.unit, at, walked)}


def _standing_on(session: Session, line: list[UnitVersion], at: At, scope: Scope) -> dict[str, Any]:
    """Tell what stands on a place and above it: whoever may see a place is told whom to call above it too."""
    above = Scope.everything()
    ids = [unit.unit_id for unit in line]
    seen = _seen(session, at, scope, ids)
    compounds = [unit.unit_id for unit in line if unit.level == "compound"]
    branch = next(iter(browsing.branches_of(session, at, above, compounds)), None)
    codes = {unit.unit_id: unit.code for unit in line}
    contacts = sorted(contacting.contacts_of(session, at, above, ids), key=lambda held: -held.tier)
    return {
        "shares": [
            {"community": share.community_id, "share": round(share.share, 4), "leads": share.leads}
            for number in compounds
            for share in gridding.shares_in(session, at, number)
        ],
        "grids": [
            {"code": grid.code, "name": grid.name, "relation": relation, "share": round(share, 4)}
            for grid, relation, share in browsing.grids_of(session, at, above, line[-1].unit_id)
        ],
        "posts": [
            {
                "role": post.role,
                "unit": codes[post.unit_id],
                "holder": shown_phone(post.holder),
                "office_phone": shown_phone(post.office_phone),
            }
            for post in reversed(browsing.posts(session, at, above, ids))
        ],
        "contacts": [_contact(held, whole=held.unit in seen) for held in contacts],
        "branch": None if branch is None else _said(branch, "code", "name", "formation", "enlarged"),
        "partners": [
            partnering.plain(partnering.body_on(body, at)) | {"unit": codes[body.unit_id]}
            for body in browsing.partners(session, at, above, ids)
        ],
        "office": _office(line),
    }


def _seen(session: Session, at: At, scope: Scope, units: list[int]) -> set[int]:
    """Return which of some units lie in the asker's own area."""
    own = current(UnitVersion, at, scope).where(UnitVersion.unit_id.in_(units))
    return set(session.scalars(own.with_only_columns(UnitVersion.unit_id)))


def _contact(held: Held, *, whole: bool) -> dict[str, Any]:
    """Tell a contact; of one outside the asker's own area only whom to call."""
    told = asdict(held)
    return told if whole else {name: value if name in _CALLED else None for name, value in told.items()}


def _said(version: Any, *names: str) -> dict[str, Any]:
    return {name: getattr(version, name) for name in names}


def _chain(
    session: Session, profile: LevelProfile, line: list[UnitVersion], at: At, *, with_households: bool
) -> list[dict[str, Any] | None]:
    """Return one entry for each of the five levels, whatever the city's ladder: None where there is none.

    Households are answered as present, through whoever heads their building group.
    """
    by_level = {unit.level: unit for unit in line}
    told = [_link(by_level.get(level)) for level in LEVELS if level != browsing.HOUSEHOLD]
    building = by_level.get("building") if with_households else None
    return [*told, _households(session, profile, building, at)]


def _link(unit: UnitVersion | None) -> dict[str, Any] | None:
    if unit is None:
        return None
    return {"level": unit.level, "unit": unit.unit_id, "code": unit.code, "name": unit.name, "orphan": unit.orphan}


def _households(session: Session, profile: LevelProfile, building: UnitVersion | None, at: At) -> dict[str, Any] | None:
    if building is None:
        return None
    wanted = current(UnitVersion, at, Scope.everything()).where(
        UnitVersion.level == "household", UnitVersion.parent_id == building.unit_id
    )
    count = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    head = next((role.id for role in profile.roles if role.level == "building"), None)
    return {"level": "household", "present": count, "through": head} if count else None


def _office(line: list[UnitVersion]) -> dict[str, Any] | None:
    for unit in reversed(line):
        if unit.level != "household" and (unit.office_phone or unit.address):
            phone = {"phone": shown_phone(unit.office_phone)}
            return {"unit": unit.code, **_said(unit, "name", "address", "panorama"), **phone}
    return None


def _nearest(session: Session, unit: UnitVersion, at: At, walked: _Walked | None) -> dict[str, Any]:
    """Return per scenario the nearest service point on foot from the unit, as the newest run found it."""
    row = None if walked is None else _demand_row(session, unit, at, walked.rows)
    if walked is None or row is None:
        return {}
    arrays = walked.arrays
    found: dict[str, Any] = {}
    for column, kind in enumerate(arrays.types):
        rule, metres = walked.pack.row(kind), arrays.metres[row, column]
        if rule is None or np.isnan(metres) or (rule.scenario in found and found[rule.scenario]["metres"] <= metres):
            continue
        point = arrays.points[arrays.point[row, column]]
        found[rule.scenario] = {"point": point, "type": kind, "metres": float(metres), "department": rule.department}
    return found


def _demand_row(session: Session, unit: UnitVersion, at: At, rows: dict[int, int]) -> int | None:
    """Return the demand row of a unit, or of the one under it that lies nearest its middle."""
    if unit.unit_id in rows:
        return rows[unit.unit_id]
    if unit.geometry is None:
        return None
    below = browsing.units_on_map(session, at, Scope.of({unit.unit_id}), "building")
    inside = [building for building in below if building.unit_id in rows]
    if not inside:
        return None
    middle = shapely.point_on_surface(unit.geometry)
    return rows[min(inside, key=lambda each: (shapely.distance(each.geometry, middle), each.code)).unit_id]

"""What leaves the system: every kind as its import reads it, the gaps, and the lists behind the posts' numbers.

Masked the same for everybody: personal numbers, small counts of an age, what tells who a member household is.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.domain.fields import FREE_TEXT
from gridgov.domain.posts import STATES
from gridgov.domain.privacy import WITHHELD, mask_phone, shown_phone, withholds
from gridgov.errors import InputError, NotFoundError
from gridgov.sources.headers import fields
from gridgov.sources.outgoing import Table
from gridgov.sources.writing import FORMS, PLACED
from gridgov.storage.current import At, Scope, current
from gridgov.storage.models import ExportRecord, UnitVersion
from gridgov.storage.models.accounts import Account
from gridgov.usecases import browsing, contacting, deployment, exporting_runs, movements
from gridgov.usecases import exporting_rows as rows
from gridgov.usecases.exporting_rows import Placed, Reading, Row
from gridgov.usecases.gap_filter import COUNTED, GapFilter
from gridgov.usecases.importing import end_of

NO_BRANCH, CHANGED = "no_branch", "changed"
POSTS_IN = ("due", *(state for state in STATES if state != "several"))  # no list adds up by person


@dataclass(frozen=True)
class Asked:
    """What is asked for: a kind or a list, of a level, under a unit, of a run, and which of its gaps or posts.

    `since` is the day from which on changes are told; a week before the day asked about where it isn't.
    """

    what: str
    level: str | None = None
    under: str | None = None
    run: int | None = None
    tier: int | None = None
    gaps: GapFilter = field(default_factory=GapFilter)
    since: date | None = None

    def narrowed(self) -> dict[str, Any]:
        """Return what the list was narrowed to, as the watermark tells it."""
        gaps = ("scenario", "type", "cause", "firm", "required", "vacant", "department", *COUNTED)
        own = {"level": self.level, "under": self.under, "tier": self.tier, "since": self.since}
        return own | {name: getattr(self.gaps, name) for name in gaps}


@dataclass(frozen=True)
class _Kind:
    """How a kind leaves: its rows, what stands beside the import's fields, what is never told."""

    rows: Callable[[Reading], Iterator[Placed]]
    beside: tuple[str, ...] = ()
    never: frozenset[str] = frozenset()
    placed: bool = True
    own_place: bool = True
    needs_place: bool = False
    levels: bool = False
    area: str = "scope"


_KINDS = {
    "units": _Kind(
        rows.units,
        ("parent_name", "member_households"),
        frozenset({"consent_date", "purpose"}),
        levels=True,
    ),
    "grids": _Kind(rows.grids, ("unit_name",), needs_place=True),
    "gates": _Kind(rows.gates, ("unit_name",), needs_place=True),
    "network": _Kind(rows.network, never=frozenset({"name", "kind", "tunnel"}), needs_place=True, area="shape"),
    "sites": _Kind(rows.sites, needs_place=True, area="shape"),
    "population": _Kind(rows.population, ("name",), own_place=False, levels=True),
    "departments": _Kind(rows.departments, area="none"),
    "cadres": _Kind(rows.cadres, ("department_name",), frozenset({"home_community"}), placed=False),
    "branches": _Kind(rows.branch_rows, ("compound_names",), own_place=False),
    "posts": _Kind(rows.posts, ("unit_name",), own_place=False, levels=True),
    "contacts": _Kind(rows.contacts, ("unit_name",), own_place=False, levels=True),
    "partners": _Kind(rows.partners, ("unit_name",), levels=True),
    "land": _Kind(rows.land, needs_place=True, area="shape"),
}
_POSTS = ("tier", "unit", "unit_name", "level", "parent_name", "holder_name", "department_name", "until", "confirmed")
_CHANGED = ("tier", "role", "unit", "unit_name", "level", "parent_name", "before", "after")
_BARE = ("unit", "unit_name", "level", "parent_name")
WHATS = (*_KINDS, *exporting_runs.WHATS, *POSTS_IN, NO_BRANCH, CHANGED)


def forms(what: str) -> tuple[str, ...]:
    """Return the forms something is exported in: what has no place is on no map."""
    placed = what not in _KINDS or _KINDS[what].placed
    return FORMS if placed else tuple(form for form in FORMS if form not in PLACED)


def refuse_form(what: str, form: str) -> None:
    """Refuse what isn't exported, and a map of what has no place."""
    if what not in WHATS:
        raise InputError("export_what_unknown", value=what, known=", ".join(WHATS))
    if form not in forms(what):
        raise InputError("export_without_place", value=what, form=form)


def table(session: Session, asked: Asked, form: str, at: At, scope: Scope) -> Table:
    """Return the rows of what is asked for, as the asker may see them, masked; their units' places for a map only.

    Raises
    ------
    InputError
        Where nothing of that name is exported, or not in that form, by level or under a unit.
    NotFoundError
        Where the unit or the run isn't there for the asker.
    """
    refuse_form(asked.what, form)
    area = _area(session, asked, at, scope)
    part = scope if area is None else Scope.of({area})
    reading = Reading(session, at, scope, part, asked.level)
    if asked.what in _KINDS:
        return _kind_table(reading, asked, area, form)
    if asked.what in exporting_runs.WHATS:
        return _run_table(reading, asked, area, form)
    if asked.level is not None:
        raise InputError("export_not_by_level", value=asked.what)
    if asked.what == CHANGED:
        return _changed_table(reading, asked, area, form)
    return _post_table(reading, asked, area, form)


def record(session: Session, what: str, form: str, at: At, count: int, account: int | None = None) -> ExportRecord:
    """Write down that something left, never what stood in it."""
    kept = ExportRecord(
        created_at=datetime.now(UTC), account_id=account, what=what, form=form, as_of=at.day, rows=count
    )
    session.add(kept)
    session.flush()
    return kept


def records(session: Session, limit: int, day: date | None = None) -> list[tuple[ExportRecord, str | None]]:
    """Return what left, by the end of a day where one is given, the newest first, with the account's name if any."""
    wanted = select(ExportRecord, Account.name).outerjoin(Account, Account.id == ExportRecord.account_id)
    if day is not None:
        wanted = wanted.where(ExportRecord.created_at < end_of(day))
    return [(kept, name) for kept, name in session.execute(wanted.order_by(ExportRecord.id.desc()).limit(limit))]


def _area(session: Session, asked: Asked, at: At, scope: Scope) -> int | None:
    if asked.level is not None and not (asked.what == "shares" and asked.level == "grid"):
        deployment.profile(session).level(asked.level)
        if asked.level == rows.HOUSEHOLD:
            raise InputError("export_households")
    if asked.under is None:
        return None
    found = browsing.unit_by_code(session, asked.under, at, scope)
    if found is None or found.level == rows.HOUSEHOLD:
        raise NotFoundError("unit_unknown", unit=asked.under)
    return found.unit_id


def _kind_table(reading: Reading, asked: Asked, area: int | None, form: str) -> Table:
    kind = _KINDS[asked.what]
    if asked.level is not None and not kind.levels:
        raise InputError("export_not_by_level", value=asked.what)
    if area is not None and kind.area == "none":
        raise InputError("export_not_by_area", value=asked.what)
    if area is not None and kind.area == "shape":
        found = rows.lying_in(reading, area, kind.rows(_whole(reading)))
    else:
        found = list(kind.rows(reading))
    columns = (*(name for name in fields(asked.what) if name not in kind.never), *kind.beside)
    guarded = [(_guarded(asked.what, row), place) for row, place in found]
    made = _made(reading, columns, guarded, placed=kind.placed and (kind.own_place or form in PLACED))
    return Table(made.columns, made.rows, made.geometry, kind.own_place, kind.needs_place)


def _whole(reading: Reading) -> Reading:
    """Return the reading of all the asker may see: what hangs on no unit is cut out by its place instead."""
    return Reading(reading.session, reading.at, reading.scope, reading.scope, reading.level)


def _run_table(reading: Reading, asked: Asked, area: int | None, form: str) -> Table:
    """Return what a run came to, as the units stood on its day."""
    wanted = asked.gaps if area is None else replace(asked.gaps, area=area)
    told = exporting_runs.told(reading, asked.what, asked.run, wanted, placed=form in PLACED)
    at = Reading(reading.session, told.at, reading.scope, reading.part)
    made = _made(at, told.columns, told.rows, placed=form in PLACED)
    return Table(made.columns, made.rows, made.geometry, own_place=False, about=told.about)


def _post_table(reading: Reading, asked: Asked, area: int | None, form: str) -> Table:
    found: list[Placed] = []
    if asked.what == NO_BRANCH:
        bare = contacting.uncovered_compounds(reading.session, reading.at, reading.scope, area)
        found = [(_unit_row(reading, unit.code, unit.name, unit.level, unit.parent_id), unit.unit_id) for unit in bare]
    else:
        tiers = [tier.tier for tier in deployment.profile(reading.session).tiers]
        for tier in tiers if asked.tier is None else [asked.tier]:
            places = contacting.places(reading.session, reading.at, reading.scope, tier, asked.what, area)
            found += [(row, place["unit"]) for place in places for row in _post_rows(reading, tier, place)]
    columns = _BARE if asked.what == NO_BRANCH else _POSTS
    made = _made(reading, columns, found, placed=form in PLACED)
    return Table(made.columns, made.rows, made.geometry, own_place=False)


def _changed_table(reading: Reading, asked: Asked, area: int | None, form: str) -> Table:
    """Return the roles that others hold than on an earlier day."""
    since = asked.since or reading.at.day - movements.WEEK
    moved = movements.since(reading.session, reading.at, since, reading.scope, area)
    units = contacting.last_known(reading.session, UnitVersion, {one.unit for one in moved}, reading.at)
    found: list[Placed] = []
    for one in moved:
        unit = units[one.unit]
        row = _unit_row(reading, unit.code, unit.name, unit.level, unit.parent_id)
        held = {"before": "、".join(one.before) or None, "after": "、".join(one.after) or None}
        found.append((row | {"tier": one.tier, "role": one.role} | held, one.unit))
    made = _made(reading, _CHANGED, found, placed=form in PLACED)
    return Table(made.columns, made.rows, made.geometry, own_place=False, about={"since": since.isoformat()})


def _post_rows(reading: Reading, tier: int, place: dict[str, Any]) -> Iterator[Row]:
    """Yield a place with each who holds its post, or with nobody."""
    row = {"tier": tier} | _unit_row(reading, place["code"], place["name"], place["level"], place["parent"])
    for held in place["holders"] or [None]:
        yield (
            row
            if held is None
            else row
            | {
                "holder_name": shown_phone(held.holder),
                "department_name": held.department,
                "until": held.until,
                "confirmed": held.confirmed,
            }
        )


def _unit_row(reading: Reading, code: str, name: str | None, level: str, parent: int | None) -> Row:
    return {"unit": code, "unit_name": name, "level": level, "parent_name": reading.names.unit_name(parent)}


def _made(reading: Reading, columns: Sequence[str], found: Iterable[Placed], *, placed: bool) -> Table:
    listed = list(found)
    told = [tuple(row.get(name) for name in columns) for row, _ in listed]
    if not placed:
        return Table(tuple(columns), told)
    points = _points(reading, {place for _, place in listed if isinstance(place, int)})
    shapes = [points.get(place) if isinstance(place, int) else place for _, place in listed]
    return Table(tuple(columns), told, shapes)


def _points(reading: Reading, units: set[int]) -> dict[int, BaseGeometry]:
    """Return a point on each unit that has a place, or on the nearest above it that has."""
    if not units:
        return {}
    columns = (UnitVersion.unit_id, UnitVersion.parent_id, UnitVersion.geometry)
    standing = current(UnitVersion, reading.at, reading.scope).with_only_columns(*columns)
    known = {unit: (parent, shape) for unit, parent, shape in reading.session.execute(standing)}
    owners = {unit: _nearest_placed(known, unit) for unit in units}
    placed = sorted({owner for owner in owners.values() if owner is not None})
    shapes = np.array([known[owner][1] for owner in placed], dtype=object)
    points = dict(zip(placed, shapely.point_on_surface(shapes).tolist(), strict=True)) if placed else {}
    return {unit: points[owner] for unit, owner in owners.items() if owner is not None}


def _nearest_placed(known: dict[int, tuple[int | None, BaseGeometry | None]], unit: int) -> int | None:
    at: int | None = unit
    for _ in range(len(known)):
        if at is None or at not in known:
            return None
        if known[at][1] is not None:
            return at
        at = known[at][0]
    return None


def _guarded(what: str, row: Row) -> Row:
    """Mask a row: a cadre's or holder's own number whole, a mobile number wherever in a text it stands."""
    text = FREE_TEXT | {"office_phone", "phone", "unit_name", "parent_name", "holder_name", "department_name"}
    if what == "posts":
        text |= {"holder"}
    masked = {name: shown_phone(value) for name, value in row.items() if name in text and isinstance(value, str)}
    shown = row | masked
    if shown.get("mobile"):
        number = mask_phone(str(shown["mobile"])) or ""
        shown["mobile"] = number if withholds(number) else WITHHELD
    return shown

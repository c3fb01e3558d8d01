"""Making a thing and changing one: a form is a row of its own, read and resolved as a file's rows are."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import select

from gridgov.domain.fields import read_cells
from gridgov.errors import ForbiddenError, InputError
from gridgov.storage.models import ContactVersion, UnitVersion
from gridgov.storage.versions import Revision, revise
from gridgov.usecases import deployment, holding, importing_units, resolving
from gridgov.usecases.acts import Change, RefusedError
from gridgov.usecases.deputies import refuse_unfit_deputy
from gridgov.usecases.ending import end_versions
from gridgov.usecases.fitting import (
    refuse_second_holder,
    refuse_second_post,
    refuse_taken_code,
    refuse_wrong_place,
    warn_of_children_left,
    within_time,
)
from gridgov.usecases.hand import Hand, refuse, versions_of
from gridgov.usecases.hanging import hangings
from gridgov.usecases.merging import Ready, merge
from gridgov.usecases.resolving import Resolver
from gridgov.usecases.staging import Intake, Row
from gridgov.usecases.targets import TARGETS
from gridgov.usecases.telling import tell
from gridgov.usecases.things import fields_of, standing_version

_FORM = "form"
_UNIT_FIELDS = frozenset({"community", "compound", "unit"})
# the columns that a field's words end up in, where they aren't the field's own
_COLUMNS: dict[str, tuple[str, ...]] = {
    "parent": ("parent_id", "parent_code", "orphan"),
    "community": ("unit_id",),
    "compound": ("unit_id",),
    "unit": ("unit_id",),
    "site": ("site_id",),
    "department": ("department_id",),
    "holder": ("holder", "cadre_id", "department_id"),
    "valid_to": (),
}
_HANGING = frozenset({"parent", "community", "compound", "unit", "compounds"})
_STANDING = _HANGING | {"valid_to"}
_IDENTIFYING = frozenset({"tier", "unit", "role", "holder"})


def change(hand: Hand, act: Change) -> int:
    """Write a new thing, or what is told of a standing one from the act's day on; return its identity."""
    old = None if act.identity is None else _standing(hand, act)
    level = act.level if old is None else getattr(old, "level", None)
    if act.kind == "units" and level is None:
        raise InputError("level_missing", path=_FORM)
    known = {} if old is None else _known(hand, act.kind, level, old)
    told = _told(hand, act, level)
    touched = frozenset(name for name, text in told.items() if text != known.get(name, ""))
    if old is not None and not touched and _same_place(act.geometry, old):
        raise InputError("edit_empty")
    if act.kind == "contacts" and old is not None and touched & _IDENTIFYING:
        return _hand_over(hand, act, old, {**known, **told})
    row = _row(hand, act, level, {**known, **told}, touched, old)
    ready = _resolved(hand, act.kind, level, row, _kept_units(old, touched))
    if old is None or hand.day < old.valid_from or touched & _STANDING:
        ready = within_time(hand, act.kind, ready, act.identity)
    _refuse_unfit(hand, act, ready, old, touched)
    return _write(hand, act, ready, old, touched)


def _standing(hand: Hand, act: Change) -> Any:
    """Return the version changed; what has ended by the day can't be changed any more."""
    old = standing_version(hand.session, act.kind, act.identity or 0, hand.at, hand.scope)
    if old.valid_to is not None and old.valid_to <= hand.day:
        raise InputError("thing_ended", day=old.valid_to.isoformat())
    hand.require(act.kind, old)
    return old


def _known(hand: Hand, kind: str, level: str | None, old: Any) -> dict[str, str]:
    names = [field.name for field in fields_of(kind, hand.profile, level)]
    return tell(hand.session, kind, [old], names, hand.day)[0]


def _told(hand: Hand, act: Change, level: str | None) -> dict[str, str]:
    names = {field.name for field in fields_of(act.kind, hand.profile, level)}
    for name in act.told:
        if name not in names:
            raise InputError("option_unknown", name=name, value=act.told[name])
    return {name: text.strip().replace("\r\n", "\n") for name, text in act.told.items()}


def _row(
    hand: Hand, act: Change, level: str | None, texts: Mapping[str, str], touched: frozenset[str], old: Any
) -> Row:
    """Read the form's texts; every text that can't be read is a problem beside its field."""
    values, problems = read_cells(fields_of(act.kind, hand.profile, level), texts, 1)
    if problems:
        raise RefusedError(problems)
    if old is not None and "valid_to" not in touched:
        values.pop("valid_to", None)
    place = _drawn(act.geometry)
    if place is not None:
        deployment.settle_crs(hand.session, [place])
    return Row(_FORM, 1, {**values, "valid_from": hand.day}, place or getattr(old, "geometry", None))


def _drawn(place: BaseGeometry | None) -> BaseGeometry | None:
    if place is None:
        return None
    if place.is_empty or not shapely.is_valid(place):
        reason = "" if place.is_empty else shapely.is_valid_reason(place)
        raise refuse("geometry", place.geom_type, "drawing_invalid", reason=reason)
    return shapely.force_2d(place)


def _kept_units(old: Any, touched: frozenset[str]) -> dict[str, int]:
    """Return the unit a thing stands on, by the fields that name it, where nobody changed them."""
    if old is None or not hasattr(old, "unit_id"):
        return {}
    return dict.fromkeys(_UNIT_FIELDS - touched, old.unit_id)


def _resolved(hand: Hand, kind: str, level: str | None, row: Row, kept: dict[str, int]) -> Ready:
    resolver = hand.resolver(kind)
    resolver.kept = kept
    if kind == "units":
        rung = hand.profile.level(level or "")
        ready = importing_units.unit(resolver, row, rung)
        if ready is not None and row.values.get("parent") and "parent_id" not in ready.values:
            _refuse_parent(resolver, row, level or "")
    else:
        ready = _RESOLVE[kind](resolver, row)
    if resolver.intake.problems or ready is None:
        raise RefusedError([problem for _, problem in resolver.intake.problems])
    return ready


def _refuse_parent(resolver: Resolver, row: Row, level: str) -> None:
    """Say why a told parent is none: nothing is called so above the level, or what is stands too low."""
    rungs = [rung.id for rung in resolver.profile.levels]
    above = rungs[: resolver.profile.rank(level)]
    code = str(row.values["parent"])
    named = resolver.directory.units(code, resolver.day_of(row), *above)
    if len(named) > 1:
        resolver.intake.reject(row, "parent", code, "row_unit_ambiguous", level=", ".join(above))
    elif resolver.directory.units(code, resolver.day_of(row), *rungs[len(above) :]):
        resolver.intake.reject(row, "parent", code, "parent_not_above")
    else:
        resolver.intake.reject(row, "parent", code, "row_unit_unknown", level=", ".join(above))


def _site(resolver: Resolver, row: Row) -> Ready | None:
    if row.geometry is None or row.geometry.geom_type not in {"Point", "Polygon", "MultiPolygon"}:
        resolver.intake.reject(row, "geometry", getattr(row.geometry, "geom_type", None), "place_needed")
        return None
    told = {name: value for name, value in row.values.items() if name not in {"valid_from", "valid_to"}}
    return resolver.ready(row, told)


def _service(resolver: Resolver, row: Row) -> Ready | None:
    values = {name: value for name, value in row.values.items() if name not in {"valid_from", "valid_to", "site"}}
    site = resolver.directory.site(str(row.values["site"]), resolver.day_of(row))
    if site is None:
        resolver.intake.reject(row, "site", row.values["site"], "site_unknown")
        return None
    if values["type"] not in {facility.id for facility in resolver.catalogue.types}:
        resolver.intake.reject(row, "type", values["type"], "facility_type_unknown")
        return None
    return resolver.ready(row, values | {"site_id": site}, status="open", verified=False)


_RESOLVE: dict[str, Callable[[Resolver, Row], Ready | None]] = {
    "grids": resolving.grid,
    "gates": resolving.gate,
    "sites": _site,
    "services": _service,
    "departments": resolving.department,
    "cadres": holding.cadre,
    "branches": resolving.branch,
    "posts": holding.post,
    "contacts": holding.contact,
    "partners": resolving.partner,
}


def _refuse_unfit(hand: Hand, act: Change, ready: Ready, old: Any, touched: frozenset[str]) -> None:
    identity = 0 if act.identity is None else act.identity
    moved = old is None or act.geometry is not None
    if old is None or touched & {"code", "parent"}:
        refuse_taken_code(hand, act.kind, ready, identity)
    if moved or touched & {"parent", "community", "compound"}:
        refuse_wrong_place(hand, act.kind, ready)
    parent = ready.values.get("parent_id")
    if act.kind == "units" and "parent" in touched and parent is not None and not hand.covers({parent}):
        raise ForbiddenError("edit_outside_area")
    if moved and act.kind == "units" and old is not None:
        warn_of_children_left(hand, identity, ready)
    if act.kind == "posts" and (old is None or touched & {"role", "unit"}):
        refuse_second_post(hand, ready, identity)
    if act.kind == "contacts" and (old is None or hand.day < old.valid_from or "valid_to" in touched):
        refuse_second_holder(hand, ready, identity)
        refuse_unfit_deputy(hand, ready)


def _write(hand: Hand, act: Change, ready: Ready, old: Any, touched: frozenset[str]) -> int:
    target = TARGETS[act.kind]
    if old is None:
        ready = replace(ready, alone=True)
        if act.kind == "units" and "parent_id" not in ready.values:
            importing_units.hang(hand.resolver("units"), hand.profile.level(ready.values["level"]), [ready])
    else:
        columns = {column for name in touched for column in _COLUMNS.get(name, (name,))}
        values = {name: value for name, value in ready.values.items() if name in columns}
        ready = replace(ready, identity=act.identity, values=values, defaults={}, geometry=_drawn(act.geometry))
    intake = Intake()
    merge(hand.session, target, hand.batch, [ready], intake)
    if intake.problems:
        raise RefusedError([problem for _, problem in intake.problems])
    hand.session.expire_all()
    written = _written(hand, act.kind)
    hand.require(act.kind, written)
    if act.kind == "units":
        _follow(hand, old, ready, touched)
    if act.kind == "cadres" and act.vacate and old is not None:
        end_versions(hand, ContactVersion, hand.lasting(ContactVersion, ContactVersion.cadre_id == act.identity))
    return int(getattr(written, target.version.subject))


def _written(hand: Hand, kind: str) -> Any:
    """Return the version written last."""
    model: Any = TARGETS[kind].version
    return hand.session.scalars(select(model).where(model.batch_id == hand.batch).order_by(model.id.desc())).first()


def _follow(hand: Hand, old: UnitVersion | None, ready: Ready, touched: frozenset[str]) -> None:
    """Let the children know a new code, and let orphans find a parent that came, moved or is called otherwise."""
    code = ready.values.get("code")
    if old is not None and code is not None and code != old.code:
        borne = select(UnitVersion.code).where(
            UnitVersion.unit_id == old.unit_id, UnitVersion.superseded_by == hand.batch
        )
        children = hand.lasting(UnitVersion, UnitVersion.parent_id == old.unit_id, UnitVersion.parent_code.in_(borne))
        later = [Revision(child, max(child.valid_from, hand.day), {"parent_code": code}) for child in children]
        revise(hand.session, UnitVersion, hand.batch, later)
    if old is None or ready.geometry is not None or touched & {"code", "parent"}:
        found = hangings(hand.session, hand.profile, hand.day)
        within = [one for one in found if hand.covers({(one.values or {})["parent_id"]})]
        revise(hand.session, UnitVersion, hand.batch, within)


def _hand_over(hand: Hand, act: Change, old: ContactVersion, texts: Mapping[str, str]) -> int:
    """End a contact and begin another: who holds what where is what a contact is."""
    end_versions(hand, ContactVersion, versions_of(hand, act.kind, old.contact_id))
    same_term = texts.get("valid_to") == (old.valid_to.isoformat() if old.valid_to else "")
    fresh = {name: text for name, text in texts.items() if not (name == "valid_to" and same_term)}
    return change(hand, replace(act, identity=None, told=fresh))


def _same_place(drawn: BaseGeometry | None, old: Any) -> bool:
    kept = getattr(old, "geometry", None)
    return drawn is None or (kept is not None and bool(shapely.equals_exact(drawn, kept, 1e-9)))

"""The things that are kept by hand: what each kind says, and how one stands on a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from shapely.geometry.base import BaseGeometry
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridgov.domain.fields import FORMS, Field
from gridgov.domain.privacy import shown_phone
from gridgov.domain.units import COMPOUND_KINDS, LevelProfile
from gridgov.errors import InputError, NotFoundError
from gridgov.sources.rulepacks import catalogue
from gridgov.storage.current import At, Scope, branches, current
from gridgov.storage.models import (
    CadreVersion,
    UnitVersion,
    Versioned,
)
from gridgov.usecases import deployment
from gridgov.usecases.lookups import things_for
from gridgov.usecases.targets import TARGETS
from gridgov.usecases.telling import tell

KINDS = tuple(FORMS)
KIND_OF = {TARGETS[kind].version: kind for kind in KINDS}
_REFERS = {
    ("units", "parent"): "unit",
    ("grids", "community"): "unit",
    ("gates", "compound"): "unit",
    ("services", "site"): "site",
    ("cadres", "department"): "department",
    ("branches", "compounds"): "units",
    ("posts", "unit"): "unit",
    ("contacts", "unit"): "unit",
    ("contacts", "holder"): "holder",
    ("partners", "unit"): "unit",
}
_OFFICE = frozenset({"office_phone", "panorama"})
_CONSENT = frozenset({"consent_date", "purpose"})


@dataclass(frozen=True)
class FormField:
    """One field of a form: how it is asked for, its choices, and what its code refers to."""

    name: str
    shape: str
    required: bool
    choices: tuple[str, ...] = ()
    refers: str | None = None


@dataclass(frozen=True)
class Thing:
    """A thing as it stands on a day, told by its form's fields; `stamp` changes with anything written about it."""

    kind: str
    identity: int
    level: str | None
    label: str
    code: str | None
    values: dict[str, str]
    geometry: BaseGeometry | None
    valid_from: date
    valid_to: date | None
    unit: int | None
    stamp: str


def form_fields(session: Session, kind: str, level: str | None = None) -> tuple[FormField, ...]:
    """Return the fields of a kind's form; of units, those that a unit of the level has."""
    profile = deployment.profile(session)
    return tuple(_form_field(kind, field, profile, level) for field in fields_of(kind, profile, level))


def fields_of(kind: str, profile: LevelProfile, level: str | None = None) -> tuple[Field, ...]:
    """Return what a thing of a kind, and of a level where it is a unit, can say."""
    if kind not in FORMS:
        raise InputError("kind_unknown", value=kind, known=", ".join(KINDS))
    if kind != "units" or level is None:
        return tuple(field for field in FORMS[kind] if field.name != "level")
    return tuple(field for field in FORMS[kind] if _has(profile, level, field.name))


def read(session: Session, kind: str, identity: int, at: At, scope: Scope) -> Thing:
    """Return a thing the asker may see, as it stands on the day; else as it stood last, or will first stand."""
    version = standing_version(session, kind, identity, at, scope)
    level = getattr(version, "level", None)
    names = [field.name for field in fields_of(kind, deployment.profile(session), level)]
    values = tell(session, kind, [version], names, at.day)[0]
    return _thing(kind, version, values, _labels(session, kind, [version], at.day)[0], stamp(session, kind, identity))


def standing_version(session: Session, kind: str, identity: int, at: At, scope: Scope) -> Any:
    """Return the version that tells what a thing is on a day, of those the asker may see."""
    if kind not in TARGETS:
        raise InputError("kind_unknown", value=kind, known=", ".join(KINDS))
    versions = timeline(session, kind, identity)
    holding = next((one for one in versions if holds(one, at.day)), None)
    nearest = holding or next((one for one in reversed(versions) if one.valid_from <= at.day), None)
    found = nearest or next(iter(versions), None)
    if found is None or not visible(session, kind, found, scope, at.day):
        raise NotFoundError("thing_unknown", kind=kind, identity=identity)
    return found


def timeline(session: Session, kind: str, identity: int) -> list[Any]:
    """Return the standing versions of a thing, in time's order."""
    model: Any = TARGETS[kind].version
    own = select(model).where(getattr(model, model.subject) == identity, model.superseded_by.is_(None))
    return list(session.scalars(own.order_by(model.valid_from)))


def visible(session: Session, kind: str, version: Any, scope: Scope, day: date) -> bool:
    """Tell whether a version lies within the asker's area on a day, or on the day nearest to that on which it holds."""
    if scope.areas is None:
        return True
    last = version.valid_to - timedelta(days=1) if version.valid_to is not None else day
    at = At(max(version.valid_from, min(day, last)))
    if kind == "branches":
        return any(branch.id == version.id for branch in branches(session, at, scope))
    model: Any = TARGETS[kind].version
    return session.scalar(current(model, at, scope).where(model.id == version.id)) is not None


def stamp(session: Session, kind: str, identity: int) -> str:
    """Return what changes with every writing about a thing."""
    model: Any = TARGETS[kind].version
    latest = select(func.max(model.id), func.max(model.superseded_by)).where(getattr(model, model.subject) == identity)
    written, superseded = session.execute(latest).one()
    return f"{written or 0}.{superseded or 0}"


def listed(
    session: Session,
    kind: str,
    at: At,
    scope: Scope,
    *,
    text: str | None = None,
    under: int | None = None,
    level: str | None = None,
    part: slice = slice(0, 50),
) -> tuple[list[Thing], int]:
    """Return a part of the things of a kind that stand on a day, by code, unstamped, and how many there are in all."""
    if kind not in TARGETS:
        raise InputError("kind_unknown", value=kind, known=", ".join(KINDS))
    versions = _found(session, kind, at, scope, under, level)
    if text:
        versions = _fitting(session, kind, versions, text, at)
    shown = versions[part]
    names = [field.name for field in FORMS[kind] if field.name != "level"]
    told = tell(session, kind, shown, names, at.day)
    labels = _labels(session, kind, shown, at.day)
    things = [_thing(kind, *parts, "") for parts in zip(shown, told, labels, strict=True)]
    return things, len(versions)


def label(kind: str, version: Any, told: dict[str, str]) -> str:
    """Return what a thing is called: its name, else its code, else role, holder and place."""
    if kind == "posts":
        return " · ".join(part for part in (told["unit"], told.get("holder")) if part)
    if kind == "contacts":
        return " · ".join(part for part in (told["unit"], told["holder"]) if part)
    if kind == "units" and version.level == "household":
        return str(version.code)
    return str(shown_phone(version.name) or version.code)


def _found(session: Session, kind: str, at: At, scope: Scope, under: int | None, level: str | None) -> list[Any]:
    model: Any = TARGETS[kind].version
    within = scope if under is None else Scope.of({under})
    if kind == "branches":
        return sorted(branches(session, at, within), key=lambda branch: branch.code)
    wanted = current(model, at, scope)
    if under is not None and hasattr(model, "unit_id"):
        wanted = current(model, at, within).where(model.id.in_(wanted.with_only_columns(model.id)))
    if level is not None and kind == "units":
        wanted = wanted.where(model.level == level)
    order = (model.code, model.id) if hasattr(model, "code") else (model.role, model.unit_id, model.id)
    return list(session.scalars(wanted.order_by(*order)))


def _fitting(session: Session, kind: str, versions: Sequence[Any], text: str, at: At) -> list[Any]:
    """Keep what has the text in its code or name; of posts and contacts, in their holder or their unit."""
    folded = text.casefold()
    if kind not in {"posts", "contacts"}:
        words = [(one, f"{one.code} {_shown_name(one)}") for one in versions]
    else:
        units = things_for(
            session, current(UnitVersion, at, Scope.everything()), UnitVersion.unit_id, (v.unit_id for v in versions)
        )
        places = {unit.unit_id: f"{unit.code} {_shown_name(unit)}" for unit in units}
        holders = tell(session, kind, versions, ["holder"], at.day)
        names = _cadre_names(session, versions, at) if kind == "contacts" else {}
        words = [
            (one, f"{places.get(one.unit_id, '')} {told['holder']} {names.get(getattr(one, 'cadre_id', None), '')}")
            for one, told in zip(versions, holders, strict=True)
        ]
    return [one for one, told in words if folded in told.casefold()]


def _cadre_names(session: Session, versions: Sequence[Any], at: At) -> dict[int | None, str]:
    wanted = current(CadreVersion, at, Scope.everything())
    held = (one.cadre_id for one in versions if one.cadre_id is not None)
    return {cadre.cadre_id: cadre.name for cadre in things_for(session, wanted, CadreVersion.cadre_id, held)}


def _shown_name(version: Any) -> str:
    return "" if getattr(version, "level", None) == "household" else version.name or ""


def _labels(session: Session, kind: str, versions: Sequence[Any], day: date) -> list[str]:
    """Return what things are called on a day, units and holders by their names."""
    named = [name for name in ("unit", "holder") if any(field.name == name for field in FORMS[kind])]
    told = tell(session, kind, versions, named, day, read=True)
    return [label(kind, version, texts) for version, texts in zip(versions, told, strict=True)]


def _thing(kind: str, version: Any, values: dict[str, str], called: str, stamped: str) -> Thing:
    return Thing(
        kind=kind,
        identity=getattr(version, version.subject),
        level=getattr(version, "level", None),
        label=called,
        code=getattr(version, "code", None),
        values=values,
        geometry=getattr(version, "geometry", None),
        valid_from=version.valid_from,
        valid_to=version.valid_to,
        unit=getattr(version, "unit_id", None),
        stamp=stamped,
    )


def holds(version: Versioned, day: date) -> bool:
    """Tell whether a version speaks of a day."""
    return version.valid_from <= day and (version.valid_to is None or day < version.valid_to)


def _has(profile: LevelProfile, level: str, name: str) -> bool:
    """Tell whether units of a level say a field."""
    rank = profile.rank(level)
    if name == "level":
        return False
    if level == "household":
        return name in {"code", "name", "parent", *_CONSENT}
    if name in _CONSENT or (name == "parent" and rank == 0):
        return False
    if name == "kind":
        return level == "compound" or any(kind.level == level for kind in profile.kinds)
    if name == "management":
        return level == "compound"
    return name not in _OFFICE or level != "building"


def _form_field(kind: str, field: Field, profile: LevelProfile, level: str | None) -> FormField:
    choices = _choices(kind, field, profile, level)
    shape = "choice" if choices else field.shape
    return FormField(field.name, shape, field.required, choices, _REFERS.get((kind, field.name)))


def _choices(kind: str, field: Field, profile: LevelProfile, level: str | None) -> tuple[str, ...]:
    """Return the identifiers a field chooses from: fixed ones, or those of the city's profile and catalogue."""
    if kind == "units" and field.name == "kind":
        own = tuple(one.id for one in profile.kinds if one.level == level)
        return (*COMPOUND_KINDS, *own) if level == "compound" else own
    told = {
        ("posts", "role"): [role.id for role in profile.roles],
        ("contacts", "tier"): [str(tier.tier) for tier in profile.tiers],
        ("contacts", "role"): list(dict.fromkeys(role for tier in profile.tiers for role in tier.roles)),
        ("services", "type"): [each.id for each in catalogue().types],
    }.get((kind, field.name))
    if told is not None:
        return tuple(told)
    return tuple(dict.fromkeys((field.words or {}).values()))

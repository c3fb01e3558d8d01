"""Putting a level profile or a rule pack in force: one that ships, or a city's own, kept with its data."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridgov.domain.profiles import ID
from gridgov.domain.units import LevelProfile
from gridgov.errors import InputError
from gridgov.sources import profiles, rulepacks
from gridgov.sources.documents import Document, Loaded, read_toml
from gridgov.storage.models import ContactVersion, GridVersion, PostVersion, Unit, UnitVersion
from gridgov.usecases import deployment
from gridgov.usecases.importing_contacts import settle_disputes


@dataclass(frozen=True)
class Listed:
    """One that can be put in force: its names, where it comes from, and whether it is."""

    id: str
    zh: str
    en: str
    version: str | None
    extends: str | None
    origin: str
    in_force: bool


@dataclass(frozen=True)
class Loading:
    """What was put in force; `astray` counts what stands on another level than the new profile gives it, by kind."""

    id: str
    zh: str
    en: str
    kept: bool
    astray: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class _Shelf:
    """A kind of document: what ships, and how a name becomes the thing."""

    kind: str
    shipped: Callable[[], list[str]]
    assemble: Callable[[str, Loaded], Any]


_PROFILES = _Shelf("profile", profiles.profiles, profiles.profile)
_PACKS = _Shelf("pack", rulepacks.packs, rulepacks.pack)


def listed_profiles(session: Session) -> list[Listed]:
    """Return the level profiles there are, by id."""
    return _listed(session, _PROFILES)


def listed_packs(session: Session) -> list[Listed]:
    """Return the rule packs there are, by id."""
    return _listed(session, _PACKS)


def load_profile(session: Session, told: str) -> Loading:
    """Put a profile in force: a file, kept with the data, or the id of one that is listed.

    Raises
    ------
    InputError
        ``file_missing``, ``toml_bad``, ``profile_…`` for the first thing wrong with it, ``profile_level_in_use`` where
        it lacks a level of which units stand. Nothing is written then.
    """
    loading, profile = _load(session, _PROFILES, told, lambda found: _refuse_homeless(session, found))
    settle_disputes(session, profile)
    return Loading(loading.id, loading.zh, loading.en, loading.kept, _astray(session, profile))


def load_pack(session: Session, told: str) -> Loading:
    """Put a rule pack in force: a file, kept with the data, or the id of one that is listed; a bad one is refused."""
    return _load(session, _PACKS, told, lambda _found: None)[0]


def _listed(session: Session, shelf: _Shelf) -> list[Listed]:
    loaded = deployment.loaded(session, shelf.kind)
    in_force = str(deployment.value(session, shelf.kind))
    rows = []
    for name in sorted({*shelf.shipped(), *loaded}):
        found = shelf.assemble(name, loaded)
        rows.append(
            Listed(
                name,
                found.zh,
                found.en,
                getattr(found, "version", None),
                found.extends,
                "loaded" if name in loaded else "shipped",
                name == in_force,
            )
        )
    return rows


def _load(session: Session, shelf: _Shelf, told: str, refuse: Callable[[Any], None]) -> tuple[Loading, Any]:
    loaded = deployment.loaded(session, shelf.kind)
    known = {*shelf.shipped(), *loaded}
    document = None if told in known and not Path(told).is_file() else read_toml(told)
    name = told if document is None else _id(shelf, document, told)
    if document is not None:
        loaded[name] = document
    with _called(shelf.kind, name, told):
        found = shelf.assemble(name, loaded)
        refuse(found)
    for other in sorted(known - {name}):  # what extends it must still stand
        shelf.assemble(other, loaded)
    if document is not None:
        deployment.keep(session, deployment.document_key(shelf.kind, name), document)
    deployment.keep(session, shelf.kind, name)
    session.flush()
    return Loading(name, found.zh, found.en, document is not None), found


def _id(shelf: _Shelf, document: Document, told: str) -> str:
    """Return the id a file gives itself: it names what is kept, and stands in commands and addresses."""
    name = document.get("id")
    if name is None:
        raise InputError(f"{shelf.kind}_field_missing", row=shelf.kind, field="id", **{shelf.kind: told})
    if not isinstance(name, str) or not ID.fullmatch(name):
        raise InputError("document_id", path=told, value=name)
    return name


@contextmanager
def _called(kind: str, name: str, told: str) -> Iterator[None]:
    """Let an error call a document by its file, as whoever loads it does."""
    try:
        yield
    except InputError as error:
        if error.params.get(kind) not in {name, "?"}:
            raise
        raise InputError(error.code, **{**error.params, kind: told}) from error


def _refuse_homeless(session: Session, profile: LevelProfile) -> None:
    """Refuse a ladder that lacks a level of which units stand: nobody could find them any more."""
    columns = select(UnitVersion.level, func.count(UnitVersion.unit_id.distinct()))
    standing = columns.where(UnitVersion.superseded_by.is_(None)).group_by(UnitVersion.level)
    counts: dict[str, int] = {level: units for level, units in session.execute(standing)}  # noqa: C416
    for level, units in sorted(counts.items()):
        if not profile.has(level):
            known = ", ".join(rung.id for rung in profile.levels)
            raise InputError("profile_level_in_use", profile=profile.id, level=level, units=units, known=known)


def _astray(session: Session, profile: LevelProfile) -> dict[str, int]:
    """Count what stands on another level than the profile says: kept, and counted nowhere."""
    tiers = {(tier.tier, tier.level) for tier in profile.tiers}
    roles = {(role.id, role.level) for role in profile.roles}
    counts = {
        "contacts": _count(session, ContactVersion, ContactVersion.tier, tiers),
        "posts": _count(session, PostVersion, PostVersion.role, roles),
        "grids": _count(session, GridVersion, Unit.level, {(profile.grid_level, profile.grid_level)}),
    }
    return {kind: number for kind, number in counts.items() if number}


def _count(session: Session, model: Any, column: Any, fitting: set[tuple[Any, str]]) -> int:
    columns = select(column, Unit.level, func.count()).select_from(model).join(Unit, Unit.id == model.unit_id)
    standing = columns.where(model.superseded_by.is_(None)).group_by(column, Unit.level)
    return sum(number for told, level, number in session.execute(standing) if (told, level) not in fitting)

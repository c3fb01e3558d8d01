"""Importing units: level by level, so that a file may hold parents and children; and counts onto units."""

from collections import Counter, defaultdict
from dataclasses import replace
from typing import Any

import shapely
from sqlalchemy import select

from gridgov.domain.fields import compound_kind
from gridgov.domain.intake import Problem
from gridgov.domain.units import COMPOUND_KINDS, Level, LevelProfile, normal_code, parent_code
from gridgov.errors import InputError
from gridgov.sources.headers import level_of
from gridgov.storage.current import At, standing
from gridgov.storage.models import UnitVersion
from gridgov.usecases.hanging import covering_parents, rehang
from gridgov.usecases.merging import Ready, Tally, merge
from gridgov.usecases.recognising import recognise
from gridgov.usecases.resolving import Resolver, plain
from gridgov.usecases.staging import Row
from gridgov.usecases.targets import TARGETS

_PARENT_CODE = frozenset({"parent_code"})
_COUNTED = replace(TARGETS["units"], key=("unit_id",))


def write(resolver: Resolver, batch: int, level: str | None) -> Tally:
    """Write units of one or several levels, each hung under its parent; then look for parents of orphans anew."""
    guessed = {} if level else _guess_levels(resolver)
    by_level: dict[str, list[Row]] = defaultdict(list)
    for row in resolver.rows():
        named = _level(resolver, row, level or guessed.get(row.file))
        if named is not None:
            by_level[named.id].append(row)
    tally = Tally()
    for rung in resolver.profile.levels:
        rows = by_level.get(rung.id)
        if rows is None:
            continue
        ready = [found for row in rows if (found := unit(resolver, row, rung)) is not None]
        recognise(resolver, rung, ready)
        hang(resolver, rung, ready)
        ready = _keep_outlines(resolver, rung, ready)
        resolver.progress("writing", 0, len(ready))
        tally += merge(resolver.session, TARGETS["units"], batch, ready, resolver.intake)
        resolver.directory.forget()
    rehang(resolver.session, resolver.profile, batch, resolver.day)
    return tally


def count(resolver: Resolver, batch: int) -> Tally:
    """Write counts of people, households and floor area onto the units their codes name."""
    ready = []
    for row in resolver.rows():
        told = row.values.get("level")
        rung = None if told is None else _level(resolver, row, None)
        if told is not None and rung is None:
            continue
        unit = resolver.unit(row, "code", *([] if rung is None else [rung.id]))
        counted = {
            name: value for name, value in row.values.items() if value is not None and name not in {"code", "level"}
        }
        found = resolver.ready(row, {**counted, "unit_id": unit}) if unit is not None else None
        if found is not None:
            ready.append(replace(found, geometry=None))
    resolver.progress("writing", 0, len(ready))
    return merge(resolver.session, _COUNTED, batch, ready, resolver.intake)


def _guess_levels(resolver: Resolver) -> dict[str, str]:
    """Return the level of each file that has no column for it and whose headers tell it, and say so."""
    names = {rung.id: (rung.zh, rung.en) for rung in resolver.profile.levels}
    ladder, found = list(names), {}
    for note in resolver.intake.notes:
        told = {field: column for column, field in note["columns"].items()}
        by_code, by_name = (level_of(told.get(field, ""), names) for field in ("code", "name"))
        level = by_code or by_name
        if "level" in told or level is None or (by_name and ladder.index(by_name) > ladder.index(level)):
            continue  # a name of what lies deeper: the code is that of what it lies in
        found[note["file"]] = note["level"] = level
        warning = Problem(0, "level", level, "level_guessed", {"column": told["code" if by_code else "name"]})
        resolver.intake.warnings.append((note["file"], warning))
    return found


def _level(resolver: Resolver, row: Row, given: str | None) -> Level | None:
    told = row.values.get("level") or given
    if told is None:
        raise InputError("level_missing", path=row.file)
    for rung in resolver.profile.levels:
        if told in {rung.id, rung.zh, rung.en}:
            return rung
    if given is not None and told == given:
        return resolver.profile.level(given)
    resolver.intake.reject(
        row, "level", told, "cell_choice_unknown", known=", ".join(rung.id for rung in resolver.profile.levels)
    )
    return None


def unit(resolver: Resolver, row: Row, rung: Level) -> Ready | None:
    """A unit stands on a rung under a parent; a member household has a consent and no place of its own."""
    values = plain(row, "parent")
    values["level"], values["code"] = rung.id, normal_code(row.values["code"], rung)
    if values.get("kind"):
        values["kind"], known = _kind(resolver.profile, rung, values["kind"])
        if values["kind"] is None:
            resolver.intake.reject(row, "kind", row.values["kind"], "cell_choice_unknown", known=known)
            return None
    if rung.id == "household" and not values.get("consent_date"):
        resolver.intake.reject(row, "consent_date", None, "consent_missing")
        return None
    if rung.id == "household" and row.geometry is not None:
        resolver.intake.reject(row, "geometry", row.geometry.geom_type, "household_place")
        return None
    above = resolver.profile.levels[: resolver.profile.rank(rung.id)]
    if above:
        _tell_parent(resolver, row, rung, above, values)
    ready = resolver.ready(row, values)
    if ready is not None and "parent_id" in values:
        # A parent that is known may go by another code than it did: the unit hangs where it hung.
        ready.quiet = _PARENT_CODE
    return ready


def _kind(profile: LevelProfile, rung: Level, told: str) -> tuple[str | None, str]:
    """Return the kind a word names on a level, and the kinds there are: a compound's are fixed, a city may add some."""
    own = [kind.id for kind in profile.kinds if kind.level == rung.id]
    if rung.id != "compound":
        return profile.kind(rung.id, told), ", ".join(own)
    named = compound_kind(told) or (profile.kind(rung.id, told) if own else None)
    return named, ", ".join((*COMPOUND_KINDS, *own))


def _tell_parent(resolver: Resolver, row: Row, rung: Level, above: tuple[Level, ...], values: dict[str, Any]) -> None:
    told = row.values.get("parent") or parent_code(values["code"], rung, above[-1])
    if told is None:
        return
    found = resolver.directory.unit(told, resolver.day_of(row), *[level.id for level in reversed(above)])
    values["parent_code"] = normal_code(told, above[-1])
    if found is not None:
        values["parent_id"], values["orphan"] = found, False


def hang(resolver: Resolver, rung: Level, rows: list[Ready]) -> None:
    """Hang what tells no known parent under what covers it; a standing unit keeps the parent it was told before."""
    if resolver.profile.rank(rung.id) == 0:
        return
    untold = [ready for ready in rows if "parent_id" not in ready.values]
    hung = _codes_hung(resolver, rung) if untold else set()
    lost = [ready for ready in untold if ready.values["code"] not in hung]
    places = [ready.geometry for ready in lost]
    parents = covering_parents(resolver.session, resolver.profile, rung.id, places, At(resolver.day))
    for ready, parent in zip(lost, parents, strict=True):
        # Without a place nothing is known of where it hangs: what stands hangs on.
        told = ready.values if ready.geometry is not None else ready.defaults
        told.update(parent_id=parent, orphan=True)


def _keep_outlines(resolver: Resolver, rung: Level, rows: list[Ready]) -> list[Ready]:
    """Take the place from rows that only tell a point within the outline that stands: they know less of it."""
    pointed = {ready.values["code"] for ready in rows if isinstance(ready.geometry, shapely.Point)}
    wanted = select(UnitVersion.unit_id, UnitVersion.code, UnitVersion.geometry).where(
        UnitVersion.superseded_by.is_(None), UnitVersion.level == rung.id, UnitVersion.geometry.is_not(None)
    )
    outlines: dict[object, list[Any]] = defaultdict(list)
    for identity, code, place in resolver.session.execute(wanted) if pointed else ():
        if shapely.area(place) > 0:
            outlines[identity].append(place)
            outlines[code].append(place)
    within = {
        index
        for index, ready in enumerate(rows)
        if isinstance(ready.geometry, shapely.Point)
        and not ready.alone
        and any(shapely.covers(outlines.get(ready.identity or ready.values["code"], []), ready.geometry))
    }
    for file, count in Counter(rows[index].row.file for index in within).items():
        resolver.intake.warnings.append((file, Problem(0, "geometry", None, "outlines_kept", {"count": count})))
    return [replace(ready, geometry=None) if index in within else ready for index, ready in enumerate(rows)]


def _codes_hung(resolver: Resolver, rung: Level) -> set[str]:
    """Return the codes of a level whose units hang where they were recorded to."""
    recorded = select(UnitVersion.code).where(
        standing(UnitVersion, At(resolver.day)),
        UnitVersion.level == rung.id,
        UnitVersion.orphan.is_(False),
        UnitVersion.parent_id.is_not(None),
    )
    return set(resolver.session.scalars(recorded))

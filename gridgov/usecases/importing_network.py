"""Importing a walking network: one source's segments, joined where they cross at grade, kept under their hash."""

import hashlib
from collections import defaultdict
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import shapely

from gridgov.errors import InputError
from gridgov.spatial.crs import to_geographic, to_planar
from gridgov.spatial.network import Segments, node_at_grade
from gridgov.storage.current import At, Scope, current
from gridgov.storage.models import NetworkData, NetworkVersion
from gridgov.usecases import deployment
from gridgov.usecases.merging import Fate, Ready, Tally, merge
from gridgov.usecases.resolving import Resolver
from gridgov.usecases.staging import Row
from gridgov.usecases.targets import TARGETS
from gridgov.usecases.timelines import Outcome

_SAME_DEGREES = 1e-9


def write(resolver: Resolver, batch: int) -> Tally:
    """Write the segments of the intake's rows as networks: each named as its rows say, else after their file."""
    rows: dict[str, list[Row]] = defaultdict(list)
    unnamed = Path(resolver.intake.rows[0].file).stem if resolver.intake.rows else ""
    for row in resolver.rows():
        if _is_line(resolver, row):
            rows[row.values.get("network") or unnamed].append(row)
    if not rows and not resolver.intake.problems:
        raise InputError("network_empty", path=", ".join(note["file"] for note in resolver.intake.notes))
    return sum((_write(resolver, batch, code, own) for code, own in rows.items()), Tally())


def _write(resolver: Resolver, batch: int, code: str, rows: list[Row]) -> Tally:
    told = _segments(rows)
    if _stands(resolver, code, told):
        return _shared(rows, Outcome.UNCHANGED)
    planar = replace(told, lines=to_planar(told.lines, deployment.crs(resolver.session)))
    if not resolver.intake.noded:
        noded = node_at_grade(planar.lines, planar.level_free)
        planar = replace(noded.segments, private=told.own[noded.origin])
    stored = replace(planar, lines=to_geographic(planar.lines, deployment.crs(resolver.session))).canonical()
    key = hashlib.sha256(stored.content()).hexdigest()
    if resolver.session.get(NetworkData, key) is None:
        resolver.session.add(NetworkData(hash=key, payload=stored.to_bytes()))
        resolver.session.flush()
    values = {
        "code": code,
        "hash": key,
        "segments": len(planar.lines),
        "metres": float(np.round(shapely.length(planar.lines).sum(), 1)),
    }
    tally = merge(
        resolver.session, TARGETS["network"], batch, [Ready(rows[0], values, resolver.day, None)], resolver.intake
    )
    return _shared(rows, tally.outcomes[0].outcome)


def _shared(rows: list[Row], outcome: Outcome) -> Tally:
    """Return what became of all rows of a network, which come and go as one."""
    return Tally.of([Fate(Ready(row, {}, date.min, None), outcome) for row in rows])


def _stands(resolver: Resolver, code: str, told: Segments) -> bool:
    """Tell whether the very segments that stand under a code came back: joining them again would move them a hair."""
    wanted = current(NetworkVersion, At(resolver.day), Scope.everything()).where(NetworkVersion.code == code)
    version = resolver.session.scalar(wanted)
    kept = None if version is None else resolver.session.get(NetworkData, version.hash)
    if kept is None or version is None or version.segments != len(told.lines):
        return False
    segments = Segments.from_bytes(kept.payload)
    same = shapely.equals_exact(segments.lines, told.lines, _SAME_DEGREES)
    return bool((same & (segments.level_free == told.level_free) & (segments.own == told.own)).all())


def _is_line(resolver: Resolver, row: Row) -> bool:
    kind = getattr(row.geometry, "geom_type", None)
    if kind in {"LineString", "MultiLineString"}:
        return True
    resolver.intake.reject(row, "geometry", kind, "line_needed")
    return False


def _segments(rows: list[Row]) -> Segments:
    parts, owner = shapely.get_parts(np.array([row.geometry for row in rows], dtype=object), return_index=True)
    free = np.array([bool(row.values.get("bridge")) or bool(row.values.get("tunnel")) for row in rows])
    own = np.array([row.values.get("access") == "private" for row in rows])
    return Segments(parts, free[owner], own[owner])

"""Where units whose parent isn't recorded hang: under the nearest ancestor that covers them (DOMAIN §1.3)."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from gridgov.domain.units import LevelProfile, parent_code
from gridgov.storage.current import At, parent_gone, standing
from gridgov.storage.models import UnitVersion
from gridgov.storage.versions import Revision, revise
from gridgov.usecases.directory import Directory

AREAL = frozenset({"Polygon", "MultiPolygon"})


def covering_parents(
    session: Session, profile: LevelProfile, level: str, places: Sequence[BaseGeometry | None], at: At
) -> list[int | None]:
    """Return for each place the nearest unit above `level` that covers it; on a tie the lowest code."""
    parents: list[int | None] = [None] * len(places)
    for above in reversed(profile.levels[: profile.rank(level)]):
        waiting = [index for index, place in enumerate(places) if parents[index] is None and place is not None]
        if not waiting:
            break
        _hang_under(session, above.id, at, [(index, places[index]) for index in waiting], parents)
    return parents


def rehang(session: Session, profile: LevelProfile, batch: int, day: date) -> int:
    """Hang the orphans anew after units came in, by the code told, else by place; return how many moved."""
    revisions = hangings(session, profile, day)
    revise(session, UnitVersion, batch, revisions)
    return len(revisions)


def hangings(session: Session, profile: LevelProfile, day: date) -> list[Revision]:
    """Return where orphans, and what hangs under something that has ended, would hang better from a day on."""
    at = At(day)
    directory = Directory(session, profile)
    better = []
    for level in profile.levels[1:]:
        parentless = or_(UnitVersion.orphan, UnitVersion.parent_id.is_(None), parent_gone(at))
        wanted = select(UnitVersion).where(standing(UnitVersion, at), UnitVersion.level == level.id, parentless)
        orphans = list(session.scalars(wanted))
        covered = covering_parents(session, profile, level.id, [orphan.geometry for orphan in orphans], at)
        better += [
            Revision(orphan, max(orphan.valid_from, day), found)
            for orphan, place in zip(orphans, covered, strict=True)
            if (found := _found(directory, profile, orphan, place, day)) is not None
        ]
    return better


def _found(
    directory: Directory, profile: LevelProfile, orphan: UnitVersion, place: int | None, day: date
) -> dict[str, Any] | None:
    above = [level.id for level in reversed(profile.levels[: profile.rank(orphan.level)])]
    code = orphan.parent_code or parent_code(orphan.code, profile.level(orphan.level), profile.level(above[0]))
    told = directory.unit(code, day, *above) if code else None
    if told is not None:
        known = told == orphan.parent_id and not orphan.orphan
        return None if known else {"parent_id": told, "parent_code": code, "orphan": False}
    return {"parent_id": place, "orphan": True} if place is not None and place != orphan.parent_id else None


def _hang_under(
    session: Session, level: str, at: At, waiting: list[tuple[int, Any]], parents: list[int | None]
) -> None:
    columns = select(UnitVersion.unit_id, UnitVersion.geometry)
    candidates = session.execute(
        columns.where(standing(UnitVersion, at), UnitVersion.level == level, UnitVersion.min_x.is_not(None)).order_by(
            UnitVersion.code
        )
    ).all()
    polygons = [(unit, shape) for unit, shape in candidates if shape is not None and shape.geom_type in AREAL]
    if not polygons:
        return
    points = shapely.point_on_surface(np.array([place for _, place in waiting], dtype=object))
    tree = shapely.STRtree([shape for _, shape in polygons])
    point_index, polygon_index = tree.query(points, predicate="covered_by")
    for point, polygon in sorted(zip(point_index.tolist(), polygon_index.tolist(), strict=True), reverse=True):
        parents[waiting[point][0]] = polygons[polygon][0]

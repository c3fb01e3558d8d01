"""What is settled once per deployment and kept with its data: the working CRS, the ladder, sizes and reaches."""

from collections.abc import Iterable
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridgov.domain.standards import RulePack
from gridgov.domain.units import LevelProfile
from gridgov.errors import InputError
from gridgov.sources import profiles, rulepacks
from gridgov.sources.documents import Document
from gridgov.spatial.crs import working_crs
from gridgov.storage.database import setting
from gridgov.storage.models import Deployment, Located, NetworkVersion, RasterVersion, UnitVersion
from gridgov.storage.versions import version_models

FAR_DEGREES = 3.0
DEMO_COUNTS = "demo_counts"
DEFAULTS = {
    "profile": "yichang",
    "pack": "yichang-demo",
    "unit_grid_size": 100,
    "household_size": 2.6,
    "gate_reach": 5.0,
    "leg_limit": 200.0,
    "stale_days": 365,
}


def value(session: Session, key: str) -> object:
    """Return a setting of the deployment, or its default."""
    return setting(session, key, DEFAULTS.get(key))


def number(session: Session, key: str) -> float:
    """Return a setting that is a number."""
    return float(str(value(session, key)))


def keep(session: Session, key: str, content: object) -> None:
    """Keep a setting with the data."""
    session.merge(Deployment(key=key, value=content))


def demo_counts(session: Session) -> list[dict[str, Any]]:
    """Return how many of everything the demo holds, and which of the numbers are published; nothing elsewhere."""
    return list(setting(session, DEMO_COUNTS, []))


def profile(session: Session) -> LevelProfile:
    """Return the city's level profile: the one in force."""
    return profiles.profile(str(value(session, "profile")), loaded(session, "profile"))


def pack(session: Session, name: str | None = None) -> RulePack:
    """Return a rule pack, loaded or shipped; the one in force where none is named."""
    return rulepacks.pack(name or str(value(session, "pack")), loaded(session, "pack"))


def loaded(session: Session, kind: str) -> dict[str, Document]:
    """Return the documents of a kind, `profile` or `pack`, that were loaded into this deployment, by id."""
    begin = document_key(kind, "")
    rows = session.scalars(select(Deployment).where(Deployment.key.startswith(begin, autoescape=True)))
    return {row.key.removeprefix(begin): row.value for row in rows}


def document_key(kind: str, name: str) -> str:
    """Return the key a loaded document is kept under."""
    return f"{kind}:{name}"


def crs(session: Session) -> str:
    """Return the working CRS; before any place is loaded there is none."""
    kept = setting(session, "working_crs")
    if kept is None:
        raise InputError("no_places_yet")
    return str(kept)


def settle_crs(session: Session, geometries: Iterable[BaseGeometry]) -> None:
    """Choose the working CRS by the first places that come in; refuse later ones that lie in another part of the world.

    Raises
    ------
    InputError
        ``places_far_away`` where the middle of the places is more than 3° from all that is loaded.
    """
    placed = list(geometries)
    if not placed:
        return
    west, south, east, north = shapely.total_bounds(placed).tolist()
    lon, lat = (west + east) / 2, (south + north) / 2
    if setting(session, "working_crs") is None:
        keep(session, "working_crs", working_crs(lon, lat))
        return
    known = extent(session)
    if known is not None and not shapely.dwithin(shapely.box(*known), shapely.Point(lon, lat), FAR_DEGREES):
        raise InputError("places_far_away", lon=round(lon, 3), lat=round(lat, 3))


def forget_crs(session: Session) -> None:
    """Let the working CRS be chosen anew where, after an undo, nothing with a place stands any more."""
    located = [model for model in version_models() if issubclass(model, Located)]
    placed = [select(model.id).where(model.superseded_by.is_(None), model.min_x.is_not(None)) for model in located]
    placed += [select(model.id).where(model.superseded_by.is_(None)) for model in (NetworkVersion, RasterVersion)]
    kept = session.get(Deployment, "working_crs")
    if kept is not None and all(session.scalar(some.limit(1)) is None for some in placed):
        session.delete(kept)


def extent(session: Session) -> tuple[float, float, float, float] | None:
    """Return the bounds of all units, lon/lat, or None where none has a place."""
    columns = (UnitVersion.min_x, UnitVersion.min_y, UnitVersion.max_x, UnitVersion.max_y)
    parts = (func.min(columns[0]), func.min(columns[1]), func.max(columns[2]), func.max(columns[3]))
    west, south, east, north = session.execute(select(*parts).where(UnitVersion.superseded_by.is_(None))).one()
    if west is None or south is None or east is None or north is None:
        return None
    return west, south, east, north

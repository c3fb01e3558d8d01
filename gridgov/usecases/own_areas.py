"""Areas of the planners' own, as renewal units or check-up blocks: brought as a file, kept, shared, let go."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from gridgov.domain.privacy import shown_phone
from gridgov.errors import ConflictError, ForbiddenError, InputError, NotFoundError
from gridgov.sources.headers import rename
from gridgov.sources.sheets import Reading, Sheet
from gridgov.sources.vector import read_sheets
from gridgov.spatial.topology import repair
from gridgov.storage.models import AreaSet
from gridgov.usecases import deployment

MOST_AREAS = 500
MOST_CORNERS = 500_000
LONGEST_NAME = 100
_AREAS = frozenset({"Polygon", "MultiPolygon"})
Geometries = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Areas:
    """Areas as they are kept: how each is called, and its shape, EPSG:4490."""

    names: list[str]
    shapes: Geometries


def read_areas(session: Session, path: Path, reading: Reading) -> Areas:
    """Read areas from a file of any form that is imported; each is called by its name, else its code, else its row.

    Raises
    ------
    InputError
        As `read_sheets`; ``own_area_unusable`` with the row that has no area, ``own_areas_many``,
        ``own_areas_elsewhere`` where none lies near the city.
    """
    names: list[str] = []
    shapes: list[BaseGeometry] = []
    for sheet in read_sheets(path, reading):
        names += _names(sheet)
        shapes += _shapes(sheet, path)
    if len(shapes) > MOST_AREAS or shapely.get_num_coordinates(shapes).sum() > MOST_CORNERS:
        raise InputError("own_areas_many", path=str(path), most=MOST_AREAS, corners=MOST_CORNERS)
    city = deployment.extent(session)
    if city is not None and not shapely.intersects(np.array(shapes, dtype=object), shapely.box(*city)).any():
        raise InputError("own_areas_elsewhere", path=str(path))
    return Areas(names, np.array(shapes, dtype=object))


def create(session: Session, name: str, areas: Areas, owner: int) -> AreaSet:
    """Keep areas under a name; InputError ``own_areas_unnamed``, ConflictError ``own_areas_exist``."""
    called = name.strip()
    if not called or len(called) > LONGEST_NAME:
        raise InputError("own_areas_unnamed", most=LONGEST_NAME)
    taken = select(AreaSet.id).where(AreaSet.owner_id == owner, AreaSet.name == called)
    if session.scalar(taken) is not None:
        raise ConflictError("own_areas_exist", name=called)
    kept = AreaSet(
        name=called,
        owner_id=owner,
        created_at=datetime.now(UTC),
        names=areas.names,
        shapes=shapely.to_wkb(shapely.GeometryCollection(areas.shapes.tolist())),
    )
    session.add(kept)
    session.flush()
    return kept


def seen(session: Session, account: int) -> Sequence[AreaSet]:
    """Return the sets of areas that an account may see: its own and shared ones, the oldest first."""
    own = or_(AreaSet.owner_id == account, AreaSet.shared)
    return session.scalars(select(AreaSet).where(own).order_by(AreaSet.id)).all()


def find(session: Session, number: int, account: int) -> AreaSet:
    """Return a set of areas; NotFoundError where there is none that the account may see."""
    found = session.get(AreaSet, number)
    if found is None or not (found.shared or found.owner_id == account):
        raise NotFoundError("own_areas_unknown", number=number)
    return found


def areas_of(kept: AreaSet) -> Areas:
    """Return the areas of a set."""
    return Areas(kept.names, shapely.get_parts(shapely.from_wkb(kept.shapes)))


def share(kept: AreaSet, account: int, *, shared: bool) -> None:
    """Let others see a set, or no longer; ForbiddenError where it is another's."""
    _require_own(kept, account)
    kept.shared = shared


def remove(session: Session, kept: AreaSet, account: int) -> None:
    """Forget a set; ForbiddenError where it is another's."""
    _require_own(kept, account)
    session.delete(kept)
    session.flush()


def _require_own(kept: AreaSet, account: int) -> None:
    if kept.owner_id != account:
        raise ForbiddenError("own_areas_of_another", name=kept.name)


def _shapes(sheet: Sheet, path: Path) -> list[BaseGeometry]:
    """Return the shapes of a sheet, mended where they can be; the first row that is no area is named."""
    given = sheet.geometry or [None] * len(sheet.rows)
    areas = [shape if shape is not None and shape.geom_type in _AREAS else None for shape in given]
    whole: list[BaseGeometry] = repair(np.array([*areas, None], dtype=object))[0].tolist()[:-1]
    for row, shape, told in zip(sheet.row_numbers, whole, given, strict=True):
        if shape is None or shape.is_empty:
            kind = "–" if told is None else told.geom_type
            raise InputError("own_area_unusable", path=str(path), row=row, value=kind)
    return whole


def _names(sheet: Sheet) -> list[str]:
    column = {field: column for column, field in rename(sheet.columns, "units", {}).items()}
    told = [column[field] for field in ("name", "code") if field in column]
    firsts = [next((row[each] for each in told if row.get(each)), None) for row in sheet.rows]
    names = [str(first or number).strip() for first, number in zip(firsts, sheet.row_numbers, strict=True)]
    return [(shown_phone(name) or "")[:LONGEST_NAME] for name in names]

"""What batches did to population rasters, which are no things kept by hand: brought, replaced or taken away."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from gridgov.storage.models import RasterVersion


@dataclass(frozen=True)
class RasterAct:
    """A raster as a batch left it: `new`, `changed`, or as it was when it `ended`."""

    what: str
    code: str
    cells: int
    people: float
    year: int | None
    ages: str | None


def raster_acts(session: Session, batches: Sequence[int]) -> dict[int, list[RasterAct]]:
    """Return what each of some batches did to rasters; a batch that did nothing to any isn't among them."""
    model = RasterVersion
    touching = or_(model.batch_id.in_(batches), model.superseded_by.in_(batches))
    sides: dict[tuple[int, int], list[list[RasterVersion]]] = defaultdict(lambda: [[], []])
    for version in session.scalars(select(model).where(touching).order_by(model.code, model.valid_from, model.id)):
        for side, batch in enumerate((version.superseded_by, version.batch_id)):
            if batch is not None and batch in batches:
                sides[batch, version.raster_id][side].append(version)
    found: dict[int, list[RasterAct]] = defaultdict(list)
    for (batch, _), (before, after) in sides.items():
        found[batch].append(_act(before, after))
    return dict(found)


def _act(before: Sequence[RasterVersion], after: Sequence[RasterVersion]) -> RasterAct:
    what = "ended" if not after else "changed" if before else "new"
    last = (after or before)[-1]
    return RasterAct(what, last.code, last.cells, last.people, last.year, last.band)

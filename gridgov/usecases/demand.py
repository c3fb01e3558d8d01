"""Who needs services, where: building groups with people, else compounds, else cells of the unit grid (DOMAIN §1.6)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy.orm import Session

from gridgov.spatial.crs import to_planar
from gridgov.storage.current import At
from gridgov.usecases import deployment
from gridgov.usecases.counts import BASES, Counts
from gridgov.usecases.places import Places
from gridgov.usecases.raster_people import Elsewhere, Living, people_of_rasters

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class DemandPoints:
    """The demand: units in code order, then cells of the unit grid outside of them, from the south-west.

    `xy` are planar, `people` NaN where unknown, `ages` by band; `groups` counts ages of several bands that are known
    together only; `basis` is the weakest used, `year` the oldest. `owners` are rows of the places: the units
    themselves, and of cells the community or else street round them, -1 outside of all; `cells` names the cells.
    """

    places: Places
    xy: Floats
    people: Floats
    ages: Floats
    basis: str
    year: int | None
    owners: Ints
    cells: Elsewhere
    groups: Mapping[tuple[int, ...], Floats] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.owners)

    @property
    def units(self) -> Ints:
        """The units among the demand points, by their ids; the first points, in this order."""
        return self.places.ids[self.owners[: len(self) - len(self.cells.codes)]]


def read_demand(session: Session, places: Places, at: At) -> DemandPoints:
    """Choose and weigh the demand points of a day."""
    counts = Counts(places, deployment.number(session, "household_size"))
    rows = np.flatnonzero(counts.stands & ~shapely.is_missing(places.shapes))
    shapes = to_planar(places.shapes[rows], deployment.crs(session)) if len(rows) else places.shapes[rows]
    inner = shapely.get_coordinates(shapely.point_on_surface(shapes)).reshape(-1, 2)
    living = Living(counts, rows, shapes, inner, places.ages[rows])
    found = people_of_rasters(session, at, living)
    used = set(counts.basis[rows][counts.known[rows]].tolist())
    people, basis = living.people, "raster" if found.used else BASES[max(used)] if used else "buildings"
    if basis == "buildings":
        people = np.where(counts.building[rows], 1.0, np.nan)
    years = {int(year) for year in places.numbers["year"][rows] if not np.isnan(year)} | found.years
    cells = found.elsewhere
    return DemandPoints(
        places=places,
        xy=np.concatenate([inner, cells.xy]),
        people=np.concatenate([people, cells.people]),
        ages=np.concatenate([living.ages, cells.ages]),
        basis=basis,
        year=min(years, default=None),
        owners=np.concatenate([rows, cells.owners]),
        cells=cells,
        groups=found.groups,
    )

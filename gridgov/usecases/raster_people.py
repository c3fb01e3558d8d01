"""People of rasters, put where nothing better is known: into building groups, compounds, or cells of the unit grid."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy.orm import Session

from gridgov.domain.ages import band_indexes
from gridgov.domain.units import AGE_BANDS
from gridgov.spatial.crs import to_geographic, to_planar
from gridgov.spatial.grids import cell_of
from gridgov.spatial.spreading import Ground, Homes, Spread, spread_cells
from gridgov.storage.current import At
from gridgov.storage.models import RasterVersion
from gridgov.usecases import deployment
from gridgov.usecases.counts import LEVELS, Counts
from gridgov.usecases.importing_population import read_cells, standing_rasters

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Geometries = npt.NDArray[np.object_]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Elsewhere:
    """Cells of the unit grid where people live in no unit, from the south-west: codes, planar and geographic middles.

    `owners` are the communities, or else streets, that they lie in, by their rows; `size` is their side in metres.
    """

    codes: tuple[str, ...] = ()
    xy: Floats = field(default_factory=lambda: np.empty((0, 2)))
    places: Floats = field(default_factory=lambda: np.empty((0, 2)))
    people: Floats = field(default_factory=lambda: np.empty(0))
    ages: Floats = field(default_factory=lambda: np.empty((0, len(AGE_BANDS))))
    owners: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    size: float = 0.0


@dataclass(frozen=True)
class Living:
    """The units that people live in: `rows` (u,) of the counts, planar shapes and inner points, ages by band.

    What rasters tell of them is written into `people` and `ages`.
    """

    counts: Counts
    rows: Ints
    shapes: Geometries
    inner: Floats
    ages: Floats

    @cached_property
    def people(self) -> Floats:
        """People of each, NaN unknown."""
        return self.counts.people[self.rows].copy()


@dataclass(frozen=True)
class Found:
    """What rasters told: whether any people came of it, of which years; who lives in no unit; ages known together."""

    used: bool = False
    years: frozenset[int] = frozenset()
    elsewhere: Elsewhere = field(default_factory=Elsewhere)
    groups: Mapping[tuple[int, ...], Floats] = field(default_factory=dict)


def people_of_rasters(session: Session, at: At, living: Living) -> Found:
    """Spread the rasters of a day over what nothing better is known of; rasters of everybody first, then those of ages.

    A unit whose total was placed, by counts below it or by floor area, is closed to rasters. What a total leaves that
    no floor area could place is placed by the raster instead: its people there are brought to that total.
    """
    rasters = standing_rasters(session, at)
    if not rasters:
        return Found()
    stage = _Stage(session, living)
    by_ages: dict[str | None, list[RasterVersion]] = {}
    for raster in rasters:
        by_ages.setdefault(raster.band, []).append(raster)
    spreads = {ages: stage.spread(some) for ages, some in by_ages.items()}
    if None in spreads:
        spreads[None] = stage.brought_to_totals(spreads[None])
        stage.tell(spreads[None], living.people)
    cells, row = stage.cells(spreads)
    counted = {ages: _sums(row[ages], one.rest, len(cells)) for ages, one in spreads.items()}
    groups = {}
    ages_elsewhere = np.full((len(cells), len(AGE_BANDS)), np.nan)
    for ages in sorted(each for each in spreads if each is not None):
        bands = band_indexes(ages)
        told = np.full(len(living.rows), np.nan)
        stage.tell(spreads[ages], told)
        if len(bands) == 1:
            column = living.ages[:, bands[0]]
            living.ages[:, bands[0]] = np.where(np.isnan(column), told, column)
            ages_elsewhere[:, bands[0]] = _some(counted[ages])
        else:
            groups[bands] = np.concatenate([told, _some(counted[ages])])
    used = [raster for raster in rasters if _placed(spreads[raster.band])]
    return Found(
        used=bool(used),
        years=frozenset(raster.year for raster in used if raster.year is not None),
        elsewhere=stage.elsewhere(cells, counted.get(None), ages_elsewhere),
        groups=groups,
    )


class _Stage:
    """Everything rasters are spread over, brought to the working CRS once."""

    def __init__(self, session: Session, living: Living) -> None:
        self.session = session
        self.crs = deployment.crs(session)
        self.size = deployment.number(session, "unit_grid_size")
        self.counts = living.counts
        self.living = living
        counts = living.counts
        own = counts.left if len(counts.places) else np.empty(0)
        counted = ~np.isnan(own)
        self.short = counted & (own > 0) & ~counts.spread & ~(counts.stands & counts.known)
        self.closed = self._under(counted & ~self.short)
        of_level = [np.flatnonzero(counts.places.areal & (counts.places.levels == level)) for level in LEVELS]
        self.areas = np.concatenate(of_level)
        shapes = counts.places.shapes[self.areas]
        self.polygons = _sound(to_planar(shapes, self.crs)) if len(shapes) else shapes
        self.is_home = ~(counts.places.areal & counts.compound)[living.rows]
        self.homes, self.ground = self._homes(), self._ground()

    def spread(self, rasters: Iterable[RasterVersion]) -> Spread:
        """Spread some rasters of the same ages."""
        loaded = [read_cells(self.session, raster) for raster in rasters]
        cells = to_planar(np.concatenate([each.shapes for each in loaded]), self.crs)
        people = np.concatenate([each.people for each in loaded])
        del loaded  # half a million outlines are better held once
        return spread_cells(cells, people, self.homes, self.ground, self.size)

    def tell(self, spread: Spread, people: Floats) -> None:
        """Write what a raster gives to units whose people nothing better tells."""
        given = np.zeros(len(self.living.rows))
        given[self.is_home] = spread.homes
        taking = dict(zip(self.areas[self.ground_rows].tolist(), spread.ground.tolist(), strict=True))
        for at in np.flatnonzero(~self.is_home).tolist():
            given[at] = taking.get(int(self.living.rows[at]), 0.0)
        people[given > 0] = given[given > 0]

    def brought_to_totals(self, spread: Spread) -> Spread:
        """Bring people of rasters in a unit to what its total leaves: a total that is known is kept exactly."""
        if not self.short.any():
            return spread
        rows = np.concatenate([self.living.rows[self.is_home], self.areas[self.ground_rows]])
        amount = np.concatenate([spread.homes, spread.ground, spread.rest])
        fixed = np.zeros(len(amount), dtype=bool)
        for level in LEVELS:
            owner = np.concatenate([self.counts.above[level][rows], self._holding(spread.xy, level)])
            mine = (owner >= 0) & self.short[owner]
            below = _sums(owner[mine & fixed], amount[mine & fixed], len(self.short))
            free = mine & ~fixed
            raw = _sums(owner[free], amount[free], len(self.short))
            left = np.maximum(np.nan_to_num(self.counts.left) - below, 0.0)
            amount[free] *= (left / np.where(raw > 0, raw, 1.0))[owner[free]]
            fixed |= mine
        homes, ground, rest = np.split(amount, np.cumsum([len(spread.homes), len(spread.ground)]))
        return Spread(homes, ground, spread.xy, rest, spread.let_go)

    def cells(self, spreads: Mapping[str | None, Spread]) -> tuple[Ints, dict[str | None, Ints]]:
        """Return the cells (k, 2) of the unit grid that people live in, row then column, and each part's cell."""
        found = {ages: cell_of(spread.xy, self.size) for ages, spread in spreads.items()}
        stacked = np.concatenate([np.column_stack([each.iy, each.ix]) for each in found.values()])
        cells, row = np.unique(stacked, axis=0, return_inverse=True)
        cuts = np.cumsum([len(each) for each in found.values()])[:-1]
        return cells, dict(zip(found, np.split(row.reshape(-1), cuts), strict=True))

    def elsewhere(self, cells: Ints, people: Floats | None, ages: Floats) -> Elsewhere:
        """Describe the cells that people live in outside of units."""
        if not len(cells):
            return Elsewhere()
        xy = np.asarray((cells[:, ::-1] + 0.5) * self.size, dtype=np.float64)
        owner = self._holding(xy, "street")
        community = self._holding(xy, "community")
        owner = np.where(community >= 0, community, owner)
        places = to_geographic(np.asarray(shapely.points(xy)), self.crs)
        return Elsewhere(
            codes=tuple(f"E{ix}N{iy}" for iy, ix in cells.tolist()),
            xy=xy,
            places=shapely.get_coordinates(places),
            people=np.full(len(cells), np.nan) if people is None else _some(people),
            ages=ages,
            owners=owner,
            size=self.size,
        )

    def _homes(self) -> Homes:
        """Give building groups, and compounds known by a point only."""
        rows, shapes = self.living.rows[self.is_home], self.living.shapes[self.is_home]
        area = shapely.area(shapes)
        compound = self.counts.above["compound"][rows]
        number = np.full(len(self.counts.places) + 1, -1)
        number[self.areas[self.ground_rows]] = np.arange(len(self.ground_rows))
        return Homes(
            xy=self.living.inner[self.is_home],
            floor=self.counts.floor[rows],
            footprint=np.where(area > 0, area, np.nan),
            known=self.counts.known[rows] | self.closed[rows],
            compound=number[compound],
        )

    def _ground(self) -> Ground:
        """Give the compounds, and whatever is closed, the lower level first."""
        rows, counts = self.areas[self.ground_rows], self.counts
        stands = counts.stands[rows]
        return Ground(self.polygons[self.ground_rows], stands, self.closed[rows] | (stands & counts.known[rows]))

    @cached_property
    def ground_rows(self) -> Ints:
        """Which of `areas` cells are cut by: compounds, if they hold people or building groups, and closed units."""
        rows, counts = self.areas, self.counts
        inhabited = np.zeros(len(counts.places) + 1, dtype=bool)
        inhabited[counts.above["compound"][self.living.rows]] = True
        return np.flatnonzero(self.closed[rows] | (counts.compound[rows] & inhabited[rows]))

    def _under(self, which: Bools) -> Bools:
        """Tell which units are, or lie below, some units."""
        found = which.copy()
        for level in LEVELS:
            owner = self.counts.above[level]
            found |= (owner >= 0) & which[owner]
        return found

    def _holding(self, xy: Floats, level: str) -> Ints:
        """Return for each place the unit of a level whose polygon holds it, the first by code, -1 none."""
        found = np.full(len(xy), -1, dtype=np.int64)
        of = self.counts.places.levels[self.areas] == level
        if of.any() and len(xy):
            place, polygon = shapely.STRtree(self.polygons[of]).query(shapely.points(xy), predicate="intersects")
            order = np.lexsort((polygon, place))[::-1]
            found[place[order]] = self.areas[of][polygon[order]]
        return found


def _sound(shapes: Geometries) -> Geometries:
    """Mend outlines that cross themselves, so that cells can be cut by them."""
    return np.asarray(shapely.make_valid(shapes, method="structure", keep_collapsed=False), dtype=object)


def _sums(group: Ints, people: Floats, groups: int) -> Floats:
    return np.asarray(np.bincount(group, people, groups), dtype=np.float64)


def _some(people: Floats) -> Floats:
    """Say unknown, not 0, where a raster counts nobody."""
    return np.where(people > 0, people, np.nan)


def _placed(spread: Spread) -> bool:
    return bool((spread.homes > 0).any() or (spread.ground > 0).any() or (spread.rest > 0).any())

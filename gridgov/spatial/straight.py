"""Straight lines between places and sites, in whole millimetres."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import shapely

from gridgov.spatial.lattice import Bits
from gridgov.spatial.nearby import Nearby, outlines
from gridgov.spatial.threads import abreast
from gridgov.spatial.topology import points

Floats = npt.NDArray[np.float64]
Geometries = npt.NDArray[np.object_]
Ints = npt.NDArray[np.int64]

SLACK = 0.002
DOTS = (0, -1)


class Sites:
    """Sites to which straight lines are drawn; of a polygon the nearest point counts, from inside it is no way."""

    def __init__(self, shapes: Geometries) -> None:
        """Take points and polygons (m,), in a planar CRS, metres."""
        self._bits = outlines(shapes)
        self._areas = np.flatnonzero(~np.isin(shapely.get_type_id(shapes), DOTS))
        self._tree = shapely.STRtree(shapes[self._areas]) if len(self._areas) else None

    def around(self, xy: Floats) -> tuple[Ints, Ints]:
        """List the places (n, 2) that are inside sites, and the sites."""
        if self._tree is None:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        place, area = self._tree.query(points(xy), predicate="intersects")
        return place, self._areas[area]

    def some(self, rows: Ints) -> Bits:
        """Take the outlines of some sites (k,), ascending, owned by their place among those."""
        owner = np.searchsorted(rows, self._bits.owner)
        kept = rows[np.minimum(owner, len(rows) - 1)] == self._bits.owner if len(rows) else owner < 0
        return Bits(self._bits.ends[kept], owner[kept], self._bits.kind[kept])


class Lines:
    """All straight lines between demand places and service points; the same questions as `Walks` answers on foot."""

    def __init__(self, xy: Floats, sites: Geometries, row: Ints, kind: Ints, *, detour: float = 1.0) -> None:
        """Take the d places (d, 2), and of the points that serve the sites (k,), supply indexes `row`, types `kind`."""
        self._xy = xy
        self._sites = Sites(sites)
        self._inside = self._sites.around(xy)
        self._row = row
        self._kind = kind
        self._detour = detour

    def nearest(self, types: Sequence[int]) -> tuple[Floats, Ints]:
        """Find the nearest service point of some types, as `Walks.nearest`; ties to the millimetre go to the lowest."""
        shape = len(self._xy), len(types)
        metres, point = np.full(shape, np.inf), np.full(shape, -1, np.int64)

        def one(_: None, column: int) -> None:
            rows = np.flatnonzero(self._kind == types[column])
            if len(rows):
                metres[:, column], nearest = self._nearest(rows)
                point[:, column] = self._row[rows[nearest]]

        abreast(lambda: None, one, range(len(types)))
        return metres, point

    def least_with_gates_open(self, limits: Floats) -> Floats:
        """Straight lines pass no gates."""
        return np.full((len(limits), len(self._xy)), np.inf)

    def pairs(self, index: int, limit: float) -> tuple[Ints, Ints, Ints]:
        """List every place within `limit` metres of every point of a type, as `Walks.pairs`."""
        rows = np.flatnonzero(self._kind == index)
        place, site, away = self._within(rows, limit)
        row = self._row[rows[site]]
        order = np.lexsort((place, row, away))
        return place[order], row[order], away[order].astype(np.int64)

    def _nearest(self, rows: Ints) -> tuple[Floats, Ints]:
        """Find the nearest of some sites for each place, and the millimetres: of those equal in them the lowest."""
        bits = self._sites.some(rows)
        bit, far = Nearby(bits).nearest(self._xy, grain=1000.0 * self._detour)
        metres, site = millimetres(far * self._detour) / 1000.0, bits.owner[bit]
        place, own = self._inside_of(rows)
        order = np.lexsort((own, place))
        place, first = np.unique(place[order], return_index=True)
        own = own[order][first]
        site[place] = np.where(metres[place] == 0.0, np.minimum(site[place], own), own)
        metres[place] = 0.0
        return metres, site

    def _within(self, rows: Ints, limit: float) -> tuple[Ints, Ints, Floats]:
        """List the places within `limit` metres of some sites: place, site, and the millimetres."""
        bits = self._sites.some(rows)
        place, bit, far = Nearby(bits).within(self._xy, limit / self._detour + SLACK)
        inside, own = self._inside_of(rows)
        place, site, far = np.r_[inside, place], np.r_[own, bits.owner[bit]], np.r_[np.zeros(len(own)), far]
        away = millimetres(far * self._detour)
        near = away <= millimetres(limit)
        place, site, away = place[near], site[near], away[near]
        once = np.unique(np.c_[place, site], axis=0, return_index=True)[1]
        return place[once], site[once], away[once]

    def _inside_of(self, rows: Ints) -> tuple[Ints, Ints]:
        """List the places inside some of the sites, and which of those."""
        place, site = self._inside
        own = np.isin(site, rows)
        return place[own], np.searchsorted(rows, site[own])


def millimetres(metres: npt.ArrayLike) -> Floats:
    """Round metres to whole millimetres, the unit verdicts are decided in; infinity stays."""
    return np.rint(np.asarray(metres, dtype=np.float64) * 1000.0)

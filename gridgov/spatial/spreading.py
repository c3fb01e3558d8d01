"""Spreading counts: a total over building groups, a raster's cells over what lies in them. Sums are kept.

All sums are float64 in a fixed order; what is spread differs from what there was by less than 1e-12 of it.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Geometries = npt.NDArray[np.object_]
Ints = npt.NDArray[np.int64]

NOISE = 1e-4  # a smaller part of a cell's area than this is drawing noise: borders drawn apart don't quite meet
MOST_ACROSS = 40  # parts along each side that a cell larger than the unit grid's is divided into at most


@dataclass(frozen=True)
class Homes:
    """Building groups, h of them: `xy` (h, 2), `floor` and `footprint` in m² (h,), NaN unknown.

    `known` (h,) have people counted better and take none; `compound` (h,) indexes `Ground.polygons`, -1 none.
    """

    xy: Floats
    floor: Floats
    footprint: Floats
    known: Bools
    compound: Ints


@dataclass(frozen=True)
class Ground:
    """Areas that cells are cut by, g of them, those that go first before others; where they overlap the first has it.

    `takes` (g,) areas are compounds that people live in as a whole; `closed` (g,) ones have all their people counted
    better; what is neither is a compound whose people live in its building groups.
    """

    polygons: Geometries
    takes: Bools
    closed: Bools


@dataclass(frozen=True)
class Spread:
    """Where a raster's people live: in `homes` (h,), in areas of the `ground` (g,), and elsewhere: `rest` (k,) at `xy`.

    `let_go` are those that are counted better already.
    """

    homes: Floats
    ground: Floats
    xy: Floats
    rest: Floats
    let_go: float


@dataclass(frozen=True)
class _Parts:
    """The cells cut by the ground: parts (p,) of `cell` in `area` with its `share`, and what is left of each cell."""

    cell: Ints
    area: Ints
    share: Floats
    left: Geometries
    left_share: Floats


def share_out(total: Floats, group: Ints, weight: Floats) -> Floats:
    """Spread totals over the members of their groups by weight.

    Parameters
    ----------
    total : ndarray of float, shape (g,)
    group : ndarray of int, shape (n,)
        The group of each member.
    weight : ndarray of float, shape (n,)
        Above 0.

    Returns
    -------
    ndarray of float, shape (n,)
        Each member's part; those of a group add up to its total.
    """
    return np.asarray(total[group] * weight / np.bincount(group, weight, minlength=len(total))[group])


def weights(group: Ints, groups: int, floor: Floats, footprint: Floats) -> Floats:
    """Weigh building groups: by floor area where all of their group know it, else by footprint, else alike.

    Parameters
    ----------
    group : ndarray of int, shape (n,)
    groups : int
    floor, footprint : ndarray of float, shape (n,)
        m²; NaN or 0 unknown.

    Returns
    -------
    ndarray of float, shape (n,)
    """
    weight = np.ones(len(group))
    for measured in (footprint, floor):
        lacking = np.bincount(group, ~(measured > 0), minlength=groups) > 0
        weight = np.where(lacking[group], weight, measured)
    return weight


def spread_cells(cells: Geometries, people: Floats, homes: Homes, ground: Ground, size: float) -> Spread:
    """Spread the people of cells over what lies in them.

    A cell is cut by area: its part in a closed area is let go, its part in a compound that takes people goes there.
    The rest goes to the building groups that lie in it, by floor area, else footprint, else alike; the share of those
    known better is let go. Where none lies in it, what falls into a compound goes to that compound's building groups,
    and what falls on no unit stays where it is, in parts no larger than the unit grid's cells.

    Parameters
    ----------
    cells : ndarray of Point or (Multi)Polygon, shape (n,)
        Valid, in the working CRS; a point is never cut.
    people : ndarray of float, shape (n,)
    homes : Homes
    ground : Ground
        Valid polygons in the working CRS.
    size : float
        Side of a unit-grid cell, m.

    Returns
    -------
    Spread
        Its sums and `let_go` add up to `people`, independently of the order of cells but for the last digits.
    """
    lying = _homes_in(cells, homes, ground)
    inhabited = np.bincount(lying[lying >= 0], minlength=len(cells)) > 0
    parts = _cut(cells, ground, inhabited)
    in_ground = np.bincount(parts.area, people[parts.cell] * parts.share, minlength=len(ground.polygons))
    left = people * parts.left_share
    taken, missed = _to_homes(np.where(inhabited, left, 0.0), lying, homes)
    through = ~(ground.takes | ground.closed)
    housed, unhoused = _to_homes(np.where(through, in_ground, 0.0), homes.compound, homes)
    let_go = [in_ground[ground.closed].sum(), missed, unhoused]
    xy, rest = _standing(parts.left, np.where(inhabited, 0.0, left), size)
    return Spread(taken + housed, np.where(ground.takes & ~ground.closed, in_ground, 0.0), xy, rest, float(sum(let_go)))


def _homes_in(cells: Geometries, homes: Homes, ground: Ground) -> Ints:
    """Find the cell of each home, -1 where it lies in none or in an area cut out of it; the first cell on a border."""
    found = np.full(len(homes.xy), -1, dtype=np.int64)
    if not len(cells) or not len(homes.xy):
        return found
    points = shapely.points(homes.xy)
    home, cell = shapely.STRtree(cells).query(points, predicate="intersects")
    order = np.lexsort((cell, home))[::-1]
    found[home[order]] = cell[order]
    cut = ground.takes | ground.closed
    if cut.any():
        inside, _ = shapely.STRtree(ground.polygons[cut]).query(points, predicate="intersects")
        found[inside] = -1
    return found


def _cut(cells: Geometries, ground: Ground, inhabited: Bools) -> _Parts:
    """Cut cells by the areas they touch, one area of each cell a round."""
    left, whole = cells.copy(), shapely.area(cells)
    measured = np.where(whole > 0, whole, 1.0)
    left_area = measured.copy()
    found: list[tuple[Ints, Ints, Floats]] = []
    for every, each in _rounds(cells, ground, inhabited):
        still = left_area[every] > 0
        cell, area = every[still], each[still]
        covered = shapely.covers(ground.polygons[area], left[cell])
        part = np.where(covered, left_area[cell], 0.0)
        left_area[cell[covered]] = 0.0
        crossed = np.flatnonzero(~covered & (whole[cell] > 0))
        own, by = left[cell[crossed]], ground.polygons[area[crossed]]
        part[crossed] = shapely.area(shapely.intersection(own, by))
        left[cell[crossed]] = shapely.difference(own, by)
        left_area[cell[crossed]] = shapely.area(left[cell[crossed]])
        found.append((cell, area, part))
    cell, area, part = _joined(found)
    part[part < NOISE * measured[cell]] = 0.0
    left_area[left_area < NOISE * measured] = 0.0
    total = left_area + np.bincount(cell, part, minlength=len(cells))
    return _Parts(cell, area, part / total[cell], left, left_area / total)


def _joined(found: list[tuple[Ints, Ints, Floats]]) -> tuple[Ints, Ints, Floats]:
    none = np.empty(0, np.int64)
    cell, area, part = zip(*found, strict=True) if found else ((none,), (none,), (np.empty(0),))
    return np.concatenate(cell), np.concatenate(area), np.concatenate(part)


def _rounds(cells: Geometries, ground: Ground, inhabited: Bools) -> list[tuple[Ints, Ints]]:
    """Return pairs of cell and area: the first area of each cell, then the second, and so on."""
    if not len(ground.polygons) or not len(cells):
        return []
    shapely.prepare(ground.polygons)
    cell, area = shapely.STRtree(ground.polygons).query(cells, predicate="intersects")
    through = ~(ground.takes | ground.closed)
    kept = ~(through[area] & inhabited[cell])
    cell, area = cell[kept], area[kept]
    # What is cut out for itself goes before compounds whose building groups take what falls into them.
    order = np.lexsort((area, through[area], cell))
    cell, area = cell[order], area[order]
    firsts = np.flatnonzero(np.diff(cell, prepend=-1))
    rank = np.arange(len(cell)) - np.repeat(firsts, np.diff(firsts, append=len(cell)))
    return [(cell[rank == turn], area[rank == turn]) for turn in range(int(rank.max(initial=-1)) + 1)]


def _to_homes(totals: Floats, group: Ints, homes: Homes) -> tuple[Floats, float]:
    """Give totals to the homes of each group; return what each takes, and how much falls on those known better."""
    member = np.flatnonzero((group >= 0) & (totals[group] > 0)) if len(totals) else np.empty(0, np.int64)
    own = group[member]
    weight = weights(own, len(totals), homes.floor[member], homes.footprint[member])
    part = share_out(totals, own, weight)
    known = homes.known[member]
    taken = np.zeros(len(group))
    taken[member] = np.where(known, 0.0, part)
    return taken, float(part[known].sum())


def _standing(left: Geometries, people: Floats, size: float) -> tuple[Floats, Floats]:
    """Place people who live in no unit: in the middle of what is left of their cell, a large one in several parts."""
    rows = np.flatnonzero(people > 0)
    shapes, counts = left[rows], people[rows]
    west, south, east, north = shapely.bounds(shapes).reshape(-1, 4).T
    across = np.clip(np.ceil(np.maximum(east - west, north - south) / size - 0.1), 1, MOST_ACROSS).astype(np.int64)
    places, shares = [np.empty((0, 2))], [np.empty(0)]
    for parts in np.unique(across).tolist():
        of = np.flatnonzero(across == parts)
        xy, owner = _dots(shapes[of], parts)
        each = np.bincount(owner, minlength=len(of))
        places.append(xy)
        shares.append((counts[of] / each)[owner])
    return np.concatenate(places), np.concatenate(shares)


def _dots(shapes: Geometries, parts: int) -> tuple[Floats, Ints]:
    """Lay parts × parts dots over each shape's bounds and keep those inside, or else an inner point of it."""
    west, south, east, north = (edge[:, None] for edge in shapely.bounds(shapes).T)
    step = (np.arange(parts) + 0.5) / parts
    x, y = (each.ravel() for each in np.meshgrid(step, step))
    xy = np.stack([west + (east - west) * x, south + (north - south) * y], axis=2)
    owner = np.repeat(np.arange(len(shapes)), parts * parts)
    shapely.prepare(shapes)
    inside = shapely.intersects_xy(shapes[owner], xy.reshape(-1, 2)[:, 0], xy.reshape(-1, 2)[:, 1])
    bare = np.flatnonzero(np.bincount(owner[inside], minlength=len(shapes)) == 0)
    inner = shapely.get_coordinates(shapely.point_on_surface(shapes[bare])).reshape(-1, 2)
    return np.concatenate([xy.reshape(-1, 2)[inside], inner]), np.concatenate([owner[inside], bare])

"""What stands on each block: compounds of four kinds, parks, public plots."""

from dataclasses import dataclass
from itertools import chain, cycle

import numpy as np
import shapely
from shapely import Polygon

from gridgov.demo import grouping
from gridgov.demo.areas import Cells
from gridgov.demo.geometry import box, centres, largest, union
from gridgov.demo.roads import HALF_WIDTH, Streets
from gridgov.demo.sizes import Size
from gridgov.demo.terrain import LAND, Terrain

_SMALLEST = 5200.0  # m², of a block that takes a compound of rows
_SLIVER = 50.0  # m², of what roads leave of a block; less is nothing
_OPEN_FACES = 2.6  # blocks to an open compound of the old quarter


@dataclass(frozen=True)
class Compound:
    """A compound as a place; `faces` are the blocks it covers."""

    polygon: Polygon
    kind: str
    faces: tuple[int, ...]
    community: int


@dataclass(frozen=True)
class Plots:
    """Compounds in the order of their codes, the blocks left for the public, and the villages' blocks with houses."""

    compounds: tuple[Compound, ...]
    public: tuple["Plot", ...]
    hamlets: tuple[Compound, ...] = ()  # no compounds: their houses belong to the village itself


@dataclass(frozen=True)
class Plot:
    """A block for the public, and what it is for."""

    polygon: Polygon
    use: str
    face: int


# The first blocks chosen lie at the town's edges, the later ones in its middle, where what serves many stands.
_AT_THE_EDGE = (
    "primary_school", "park_large", "market", "primary_school", "sports_large", "primary_school", "park_large",
    "market", "middle_school", "primary_school", "park_large", "market",
)  # fmt: skip
_IN_THE_MIDDLE = (
    "health_centre", "street_service_centre", "middle_school", "cultural_centre", "primary_school", "care_home",
    "sports_large", "park_large", "street_service_centre", "market", "health_centre", "care_home", "cultural_centre",
)  # fmt: skip


def settle(size: Size, terrain: Terrain, streets: Streets, cells: Cells, lonely: Polygon) -> Plots:
    """Decide what stands where; the lonely houses on the hill are a compound too."""
    insets = _Insets(streets)
    old, others = _blocks(size, terrain, cells)
    groups = _open_groups(streets, cells, old)
    rows = size.compounds - len(groups) - 1
    centre = centres([streets.faces[face] for face in others])
    free = grouping.spread(centre, len(others) - rows)
    public = [others[index] for index in free.tolist()]
    built = [face for face in others if face not in frozenset(public)]
    green = [face for face in range(len(cells.polygons)) if _left_over(cells, face, {*old, *others})]
    uses = [
        *zip(public, chain(_AT_THE_EDGE, cycle((*_IN_THE_MIDDLE * 3, *_AT_THE_EDGE))), strict=False),
        *((face, "green") for face in green),
    ]
    kinds = _kinds(size, streets, built)
    compounds = [
        *(Compound(insets.of(group), "open", group, int(cells.community[group[0]])) for group in groups),
        *(Compound(insets.of((f,)), kind, (f,), int(cells.community[f])) for f, kind in zip(built, kinds, strict=True)),
        Compound(lonely, "scattered", (), _community_of(lonely, cells)),
    ]
    compounds.sort(key=lambda one: (one.community, -round(one.polygon.centroid.y / 120), one.polygon.centroid.x))
    public_plots = [Plot(insets.of((face,)), use, face) for face, use in uses]
    hamlets = [Compound(insets.of((f,)), "scattered", (f,), int(cells.community[f])) for f in _hamlets(size, cells)]
    return Plots(tuple(compounds), tuple(plot for plot in public_plots if plot.polygon.area > _SLIVER), tuple(hamlets))


def _hamlets(size: Size, cells: Cells) -> list[int]:
    """Return each village's largest square blocks, in the order of the villages."""
    if size.rural is None:
        return []
    chosen: list[int] = []
    wide = [face for face, one in enumerate(cells.polygons) if _open_country(cells, face) and _fill(one) > 0.6]
    for community in np.unique(cells.community[cells.rural]):
        mine = sorted((f for f in wide if cells.community[f] == community), key=lambda f: -cells.polygons[f].area)
        chosen += mine[: size.rural.hamlets]
    return chosen


def _open_country(cells: Cells, face: int) -> bool:
    return bool(cells.rural[face] and cells.ground[face] == LAND and cells.polygons[face].area > _SMALLEST)


class _Insets:
    """Blocks without the roads around them."""

    def __init__(self, streets: Streets) -> None:
        self.faces = streets.faces
        wide = [
            shapely.buffer(e.geometry, HALF_WIDTH[e.kind], cap_style="flat", join_style="mitre") for e in streets.edges
        ]
        self.roads = [road for edge, road in zip(streets.edges, wide, strict=True) if HALF_WIDTH[edge.kind]]
        self.lines = [edge.geometry for edge in streets.edges if HALF_WIDTH[edge.kind]]
        self.tree = shapely.STRtree(self.lines)

    def of(self, faces: tuple[int, ...]) -> Polygon:
        whole = union([self.faces[face] for face in faces])
        near = self.tree.query(whole.exterior.buffer(0.1), predicate="intersects")
        along = [i for i in sorted(near.tolist()) if self._middle_on(i, whole)]
        left = shapely.difference(
            whole.buffer(-3.0, join_style="mitre"), shapely.union_all([self.roads[i] for i in along])
        )
        plain = shapely.simplify(largest(left).buffer(-0.4).buffer(0.4), 0.6)
        return largest(shapely.set_precision(plain, 0.01))

    def _middle_on(self, index: int, whole: Polygon) -> bool:
        middle = shapely.line_interpolate_point(self.lines[index], 0.5, normalized=True)
        return bool(whole.exterior.distance(middle) < 0.1)


def _left_over(cells: Cells, face: int, taken: set[int]) -> bool:
    built = cells.ground[face] == LAND and not cells.rural[face]
    return bool(built and face not in taken and cells.polygons[face].area > 2500)


def _community_of(lonely: Polygon, cells: Cells) -> int:
    return int(cells.community[next(i for i, one in enumerate(cells.polygons) if one.covers(lonely))])


def _blocks(size: Size, terrain: Terrain, cells: Cells) -> tuple[list[int], list[int]]:
    """Return the blocks of the old quarter, and the others large and square enough for rows."""
    old, others = [], []
    for face, polygon in enumerate(cells.polygons):
        if cells.ground[face] != LAND or cells.rural[face]:
            continue
        if 3000 < polygon.area < (size.old_block * 1.5) ** 2 and _in_old_quarter(size, terrain, polygon):
            old.append(face)
        elif polygon.area > _SMALLEST and _fill(polygon) > 0.72:
            others.append(face)
    return old, others


def _in_old_quarter(size: Size, terrain: Terrain, polygon: Polygon) -> bool:
    centre = polygon.centroid
    u = np.array([centre.x])
    away = centre.y - float((terrain.river(u) + terrain.half_width(u))[0])
    return any(west - 60 < centre.x < east + 60 and 0 < away < depth + 40 for west, east, depth in size.old_quarters)


def _fill(polygon: Polygon) -> float:
    return float(polygon.area / box(polygon).area)


def _open_groups(streets: Streets, cells: Cells, old: list[int]) -> list[tuple[int, ...]]:
    """Group the blocks of the old quarter, two or three to a compound, within a community and grid."""
    borders = grouping.Borders(streets.faces, streets)
    weight = shapely.area(list(streets.faces))
    groups: list[tuple[int, ...]] = []
    label = cells.community * 10 + cells.grid
    for one in np.unique(label[old]):
        members = np.asarray([face for face in old if label[face] == one], dtype=np.int64)
        part = grouping.group(borders, weight, members, max(1, round(len(members) / _OPEN_FACES)))
        for index in np.unique(part):
            groups += _connected(streets, members[part == index].tolist())
    return groups


def _connected(streets: Streets, faces: list[int]) -> list[tuple[int, ...]]:
    """Return the faces in groups that hang together."""
    parts = shapely.get_parts(shapely.union_all([streets.faces[face] for face in faces]))
    inner = [shapely.point_on_surface(streets.faces[face]) for face in faces]
    return [tuple(f for f, at in zip(faces, inner, strict=True) if part.covers(at)) for part in parts]


def _kinds(size: Size, streets: Streets, faces: list[int]) -> list[str]:
    """Return the kinds of the built blocks: scattered ones small and far out, work units between."""
    random = size.random("kinds")
    area = np.asarray([streets.faces[face].area for face in faces]) * random.uniform(0.6, 1.4, len(faces))
    order = np.argsort(area, kind="stable")
    scattered = round(size.share["scattered"] * size.compounds)
    work_unit = round(size.share["work_unit"] * size.compounds)
    kinds = ["walled"] * len(faces)
    for rank, position in enumerate(order[: scattered + work_unit]):
        kinds[position] = "scattered" if rank < scattered else "work_unit"
    return kinds

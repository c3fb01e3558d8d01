"""A wall map's drawing: ground, roads, places, grids and marks as one SVG, and the names that find room on it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gridgov.spatial.labels import Box, Label, Placed, place, width_of
from gridgov.spatial.middle import middle
from gridgov.spatial.paper import Paper, filled, round_length, stroked, svg
from gridgov.spatial.shading import HAIR, STEPS, UNKNOWN, discs, step
from gridgov.spatial.shading import symbol as cause_symbol
from gridgov.spatial.sketch import EDGE, FABRIC, GROUND, STATES, Ground, land
from gridgov.spatial.sketch import symbol as post_symbol

ROADS: Mapping[str, float] = {"arterial": 3.2, "street": 1.8, "lane": 0.9, "path": 0.4}
SIZES = (21.0, 12.5, 7.0)  # of the names, the uppermost level first, the last for all below
_ROOMY, _LARGER, _LARGEST = 60.0, 2.0, 30.0  # points of room that a unit of the fabric has where type may grow
GRID, GRID_LINE = "#6f5f8f", 'stroke-dasharray="3 2"'  # the colour of the grids on every map
_ROAD = "#ffffff"
_CODE = 7.0
_TRIED = 9  # places across a grid, and as many along it, where its code may stand
_BORDERS = ((2.6, 1.0), (1.3, 0.85), (0.7, 0.7))
_POST, _CAUSE, _POINT = 4.0, 3.4, 2.6


@dataclass(frozen=True)
class Wall:
    """What is drawn besides the ground, in its CRS; `posts`, `shares` and `causes` in the order of its fabric.

    `codes` are those of the grids, in their order; none where they aren't told.
    """

    ground: Ground
    names: Sequence[tuple[str, Sequence[tuple[str, BaseGeometry]]]]
    grids: Sequence[BaseGeometry]
    codes: Sequence[str]
    roads: Sequence[tuple[str, Sequence[BaseGeometry]]]
    posts: Sequence[str | None]
    shares: Sequence[float | None]
    causes: Sequence[str | None]
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Hung:
    """The map as SVG of a size in points, its names in their places, how many found no room, and its scale.

    The codes of grids stand among the names; those without room are counted apart.
    """

    svg: str
    width: float
    height: float
    names: list[Placed]
    left_out: int
    codes_left_out: int
    metres: float
    scale_metres: float
    scale_points: float


def extent(ground: Ground) -> Box:
    """Return west, south, east and north of what a ground draws, land apart."""
    shapes = [*(shape for line in ground.borders for shape in line), *ground.fabric]
    west, south, east, north = shapely.total_bounds(shapes).tolist()
    return west, south, east, north


def grid_key(size: float) -> str:
    """Draw a grid's border alone, for the key beside the map."""
    inner = size * 0.84
    box = f'<rect x="{size * 0.08:.2f}" y="{size * 0.2:.2f}" width="{inner:.2f}" height="{size * 0.6:.2f}"'
    return svg(size, size, f'{box} fill="none" stroke="{GRID}" stroke-width="1.2" {GRID_LINE}/>')


def hang(wall: Wall, width: float, height: float) -> Hung:
    """Draw a wall map of exactly this size, in points."""
    ground = wall.ground
    paper = Paper.filling([shapely.box(*extent(ground))], width, height)
    middles = [paper.point(shape) for shape in ground.fabric]
    larger = _larger(paper, ground.fabric)
    drawn = svg(
        width,
        height,
        f'<rect width="{width:.1f}" height="{height:.1f}" fill="{GROUND}"/>',
        *land(paper, ground.land),
        *_fabric(paper, wall),
        *_roads(paper, wall.roads),
        *_grids(paper, wall.grids, 0.6 * larger),
        *_borders(paper, ground.borders),
        *discs(paper, wall.points, _POINT * larger),
        *_marks(wall, middles, larger),
    )
    names, codes = [*_names(paper, wall, larger)], _codes(paper, wall, _CODE * larger)
    placed, left_out = place([*names, *codes], (4.0, 4.0, width - 4.0, height - 4.0), _taken(wall, middles, larger))
    codes_left_out = len(codes) - sum(each.label.kind == "grid" for each in placed)
    metres = round_length(width / 6 * paper.metres)
    return Hung(
        drawn,
        width,
        height,
        placed,
        left_out - codes_left_out,
        codes_left_out,
        paper.metres,
        metres,
        metres / paper.metres,
    )


def _larger(paper: Paper, fabric: Sequence[BaseGeometry]) -> float:
    """Return how much larger names and marks are than on a map of a city: twice at most, where few places are shown."""
    sides = np.sqrt(shapely.area(np.array([*fabric, None], dtype=object)[:-1])) / paper.metres
    areal = sides[sides > 0]
    return float(np.clip(np.median(areal) / _ROOMY, 1.0, _LARGER)) if len(areal) else 1.0


def _fabric(paper: Paper, wall: Wall) -> Iterable[str]:
    """Fill the units by their share where shares are told, else quietly."""
    paths = paper.areas(wall.ground.fabric)
    steps = [step(share) for share in wall.shares] if wall.shares else [None] * len(paths)
    for wanted, colour in ((None, UNKNOWN if wall.shares else FABRIC), *enumerate(STEPS)):
        path = "".join(path for path, found in zip(paths, steps, strict=True) if found == wanted)
        yield filled(path, colour) + stroked(path, HAIR, 0.4)


def _roads(paper: Paper, roads: Sequence[tuple[str, Sequence[BaseGeometry]]]) -> Iterable[str]:
    """Draw roads white in a grey casing, all casings below all whites, so that they join."""
    paths = [(ROADS.get(kind, 0.4), paper.lines([paper.cut_line(line) for line in some])) for kind, some in roads]
    yield from (stroked(path, HAIR, width + 0.6) for width, path in paths if width > 1)
    yield from (stroked(path, _ROAD if width > 1 else HAIR, min(width, 3.2)) for width, path in reversed(paths))


def _grids(paper: Paper, grids: Sequence[BaseGeometry], width: float) -> Iterable[str]:
    yield stroked("".join(paper.areas(grids)), GRID, width, f" {GRID_LINE}")


def _borders(paper: Paper, borders: Sequence[Sequence[BaseGeometry]]) -> Iterable[str]:
    for rank in reversed(range(len(borders))):
        width, opacity = _BORDERS[min(rank, len(_BORDERS) - 1)]
        yield stroked("".join(paper.areas(borders[rank])), EDGE, width, f' stroke-opacity="{opacity}"')


def _marks(wall: Wall, middles: Sequence[tuple[float, float]], larger: float) -> Iterable[str]:
    """Draw posts, those that ask for something last; or causes."""
    rank = {state: number for number, state in enumerate(STATES)}
    posts = [(rank[state], state, at) for state, at in zip(wall.posts, middles, strict=False) if state is not None]
    for _, state, (x, y) in sorted(posts):
        yield post_symbol(state, x, y, _POST * larger)
    for cause, (x, y) in zip(wall.causes, middles, strict=False):
        if cause is not None:
            yield cause_symbol(cause, x, y, _CAUSE * larger)


def _taken(wall: Wall, middles: Sequence[tuple[float, float]], larger: float) -> list[Box]:
    """Return where marks stand that no name may hide."""
    marked, clear = list(wall.posts or wall.causes), _clear(wall) * larger
    return [
        (x - clear, y - clear, x + clear, y + clear)
        for mark, (x, y) in zip(marked, middles, strict=False)
        if mark is not None
    ]


def _clear(wall: Wall) -> float:
    return (_POST if wall.posts else _CAUSE) * 1.5


def _names(paper: Paper, wall: Wall, larger: float) -> Iterable[Label]:
    """Return the names to place, the uppermost level's first, and of one level those of the larger places."""
    clear = _clear(wall) * larger if wall.posts or wall.causes else 0.0
    for rank, (_, named) in enumerate(wall.names):
        last = rank == len(wall.names) - 1
        size, kind = (SIZES[-1], 2) if last else (SIZES[min(rank, len(SIZES) - 2)], min(rank, 2))
        for name, shape in sorted(named, key=lambda each: -each[1].area):
            fits = max(size, min(size * larger, _LARGEST))
            yield Label(name, *paper.point(shape), fits, str(kind), clear if last else 0.0)


def _codes(paper: Paper, wall: Wall, size: float) -> list[Label]:
    """Return the codes of grids to place, each in its own grid; the smaller grids first, for they have less room."""
    labels = []
    for code, shape in sorted(zip(wall.codes, wall.grids, strict=False), key=lambda each: each[1].area):
        (x, y), *others = _spots(paper, shape, width_of(code, size), size)
        labels.append(Label(code, x, y, size, "grid", spots=tuple(others)))
    return labels


def _spots(paper: Paper, shape: BaseGeometry, wide: float, high: float) -> list[tuple[float, float]]:
    """Return where in a shape a text may stand, next to its middle first: wholly in it where there is such a place."""
    west, south, east, north = shape.bounds
    across, along = (np.linspace(low, top, _TRIED + 2)[1:-1] for low, top in ((west, east), (south, north)))
    centre = middle(shape)
    x, y = (np.r_[first, each.ravel()] for first, each in zip(centre, np.meshgrid(across, along), strict=True))
    half = wide / 2 * paper.metres, high / 2 * paper.metres
    shapely.prepare(shape)
    inside = shapely.contains(shape, shapely.box(x - half[0], y - half[1], x + half[0], y + half[1]))
    if not inside.any():
        inside = shapely.contains_xy(shape, x, y)
        inside[0] = True
    xy = np.column_stack([x[inside], y[inside]])
    near = np.argsort(np.hypot(*(xy - centre).T), kind="stable")
    return [(round(x, 1), round(y, 1)) for x, y in paper.placed(xy[near]).tolist()]

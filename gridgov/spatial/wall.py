"""A wall map's drawing: ground, roads, places, grids and marks as one SVG, and the names that find room on it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import shapely
from shapely.geometry.base import BaseGeometry

from gridgov.spatial.labels import Box, Label, Placed, place
from gridgov.spatial.paper import Paper, filled, round_length, stroked, svg
from gridgov.spatial.shading import HAIR, STEPS, UNKNOWN, discs, step
from gridgov.spatial.shading import symbol as cause_symbol
from gridgov.spatial.sketch import EDGE, FABRIC, GROUND, STATES, Ground, land
from gridgov.spatial.sketch import symbol as post_symbol

ROADS: Mapping[str, float] = {"arterial": 3.2, "street": 1.8, "lane": 0.9, "path": 0.4}
SIZES = (21.0, 12.5, 7.0)  # of the names, the uppermost level first, the last for all below
_ROAD, _GRID = "#ffffff", "#7d8b88"
_BORDERS = ((2.6, 1.0), (1.3, 0.85), (0.7, 0.7))
_POST, _CAUSE, _POINT = 4.0, 3.4, 2.6


@dataclass(frozen=True)
class Wall:
    """What is drawn besides the ground, in its CRS; `posts`, `shares` and `causes` in the order of its fabric."""

    ground: Ground
    names: Sequence[tuple[str, Sequence[tuple[str, BaseGeometry]]]]
    grids: Sequence[BaseGeometry]
    roads: Sequence[tuple[str, Sequence[BaseGeometry]]]
    posts: Sequence[str | None]
    shares: Sequence[float | None]
    causes: Sequence[str | None]
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Hung:
    """The map as SVG of a size in points, its names in their places, how many found no room, and its scale."""

    svg: str
    width: float
    height: float
    names: list[Placed]
    left_out: int
    metres: float
    scale_metres: float
    scale_points: float


def extent(ground: Ground) -> Box:
    """Return west, south, east and north of what a ground draws, land apart."""
    shapes = [*(shape for line in ground.borders for shape in line), *ground.fabric]
    west, south, east, north = shapely.total_bounds(shapes).tolist()
    return west, south, east, north


def hang(wall: Wall, width: float, height: float) -> Hung:
    """Draw a wall map of exactly this size, in points."""
    ground = wall.ground
    paper = Paper.filling([shapely.box(*extent(ground))], width, height)
    middles = [paper.point(shape) for shape in ground.fabric]
    drawn = svg(
        width,
        height,
        f'<rect width="{width:.1f}" height="{height:.1f}" fill="{GROUND}"/>',
        *land(paper, ground.land),
        *_fabric(paper, wall),
        *_roads(paper, wall.roads),
        *_grids(paper, wall.grids),
        *_borders(paper, ground.borders),
        *discs(paper, wall.points, _POINT),
        *_marks(wall, middles),
    )
    names, left_out = _placed(paper, wall, middles)
    metres = round_length(width / 6 * paper.metres)
    return Hung(drawn, width, height, names, left_out, paper.metres, metres, metres / paper.metres)


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


def _grids(paper: Paper, grids: Sequence[BaseGeometry]) -> Iterable[str]:
    yield stroked("".join(paper.areas(grids)), _GRID, 0.5, ' stroke-dasharray="3 2"')


def _borders(paper: Paper, borders: Sequence[Sequence[BaseGeometry]]) -> Iterable[str]:
    for rank in reversed(range(len(borders))):
        width, opacity = _BORDERS[min(rank, len(_BORDERS) - 1)]
        yield stroked("".join(paper.areas(borders[rank])), EDGE, width, f' stroke-opacity="{opacity}"')


def _marks(wall: Wall, middles: Sequence[tuple[float, float]]) -> Iterable[str]:
    """Draw posts, those that ask for something last; or causes."""
    rank = {state: number for number, state in enumerate(STATES)}
    posts = [(rank[state], state, at) for state, at in zip(wall.posts, middles, strict=False) if state is not None]
    for _, state, (x, y) in sorted(posts):
        yield post_symbol(state, x, y, _POST)
    for cause, (x, y) in zip(wall.causes, middles, strict=False):
        if cause is not None:
            yield cause_symbol(cause, x, y, _CAUSE)


def _placed(paper: Paper, wall: Wall, middles: Sequence[tuple[float, float]]) -> tuple[list[Placed], int]:
    """Place the names, the uppermost level's first, and of one level those of the larger places."""
    marked = list(wall.posts or wall.causes)
    clear = (_POST if wall.posts else _CAUSE) * 1.5
    taken = [
        (x - clear, y - clear, x + clear, y + clear)
        for mark, (x, y) in zip(marked, middles, strict=False)
        if mark is not None
    ]
    labels: list[Label] = []
    for rank, (_, named) in enumerate(wall.names):
        last = rank == len(wall.names) - 1
        size = SIZES[-1] if last else SIZES[min(rank, len(SIZES) - 2)]
        for name, shape in sorted(named, key=lambda each: -each[1].area):
            x, y = paper.point(shape)
            labels.append(
                Label(name, x, y, size, str(min(rank, 2) if not last else 2), clear if last and marked else 0.0)
            )
    return place(labels, (4.0, 4.0, paper.width - 4.0, paper.height - 4.0), taken)

"""A small map for paper: outlines, posts as symbols and a scale, drawn as SVG in points of paper."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from gridgov.spatial.middle import middle

LAND = {"water": "#c6dbe3", "green": "#d9e6d3", "hill": "#e2e7d8"}
EDGE, GROUND, FABRIC, HELD, WANTING = "#33514f", "#f7f8f5", "#dfe4de", "#0b5f60", "#b34a00"
STATES = ("held", "expiring", "vacant", "disputed")
_FINEST = 0.35  # points of paper; anything finer isn't drawn
_MARGIN = 6.0
_FAR = 1.25


@dataclass(frozen=True)
class Ground:
    """What is drawn, in one projected CRS in metres: land by kind, areas, borders, posts.

    The first borders are the heavier.
    """

    land: Sequence[tuple[str, BaseGeometry]]
    fabric: Sequence[BaseGeometry]
    borders: Sequence[Sequence[BaseGeometry]]
    names: Sequence[tuple[str, BaseGeometry]]
    posts: Sequence[tuple[str, BaseGeometry]]


@dataclass(frozen=True)
class Sketch:
    """The map as SVG of a size in points, names with where they stand, and a round length with its size on paper."""

    svg: str
    width: float
    height: float
    names: tuple[tuple[str, float, float], ...]
    scale_metres: float
    scale_points: float


def sketch(ground: Ground, width: float, height: float) -> Sketch | None:
    """Draw a map that fills the width or the height given, in points; None where nothing has a place.

    The frame fits borders, areas and posts; land is cut off at it. North is the grid north of the CRS, at the top.
    """
    framing = [*(shape for line in ground.borders for shape in line), *ground.fabric, *(at for _, at in ground.posts)]
    placed = [shape for shape in framing if not shape.is_empty]
    if not placed:
        return None
    paper = _Paper.fitting(placed, width, height)
    parts = [
        f'<rect width="{paper.width:.1f}" height="{paper.height:.1f}" fill="{GROUND}"/>',
        *(_filled(paper, paper.cut(shape), LAND.get(kind, GROUND)) for kind, shape in ground.land),
        *(_filled(paper, shape, FABRIC) for shape in ground.fabric),
        *_lines(paper, ground.borders),
        *_marks(paper, ground.posts),
    ]
    size = f'width="{paper.width:.1f}" height="{paper.height:.1f}"'
    box = f'viewBox="0 0 {paper.width:.1f} {paper.height:.1f}"'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" {size} {box}>{"".join(parts)}</svg>'
    names = tuple((name, *paper.point(shape)) for name, shape in ground.names)
    metres = round_length(width / 5 * paper.metres)
    return Sketch(svg, paper.width, paper.height, names, metres, metres / paper.metres)


def symbol(state: str, x: float, y: float, radius: float) -> str:
    """Draw a post's state: filled = held, ring = vacant, double ring = disputed, clock = expiring."""
    if state == "held":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius * 0.55:.2f}" fill="{HELD}"/>'
    line = f'stroke="{WANTING}" stroke-width="{radius * 0.36:.2f}"'
    ring = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.2f}" fill="#ffffff" {line}/>'
    if state == "disputed":
        outer = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius * 1.4:.2f}" fill="#ffffff" {line}/>'
        return outer + f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius * 0.65:.2f}" fill="none" {line}/>'
    if state == "expiring":
        hands = f"M{x:.1f} {y - radius * 0.6:.1f}v{radius * 0.6:.1f}l{radius * 0.5:.1f} {radius * 0.3:.1f}"
        return ring + f'<path d="{hands}" fill="none" {line}/>'
    return ring


def legend(state: str, size: float) -> str:
    """Draw a state's symbol alone, for the key beside the map."""
    mark = symbol(state, size / 2, size / 2, size / 3.3)
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}">{mark}</svg>'


def round_length(metres: float) -> float:
    """Return the greatest length of 1, 2 or 5 × 10ⁿ metres that isn't longer."""
    power = 10.0 ** np.floor(np.log10(metres))
    return float(max(step * power for step in (1, 2, 5) if step * power <= metres))


@dataclass(frozen=True)
class _Paper:
    """How metres go onto paper: the top left corner, metres per point, and the size in points."""

    west: float
    north: float
    metres: float
    width: float
    height: float

    @classmethod
    def fitting(cls, shapes: Sequence[BaseGeometry], width: float, height: float) -> "_Paper":
        """Return the paper on which the shapes just fit: as wide as asked, and no higher than asked."""
        west, south, east, north = shapely.total_bounds(shapes).tolist()
        wide, high = max(east - west, 1.0), max(north - south, 1.0)
        metres = max(wide / (width - 2 * _MARGIN), high / (height - 2 * _MARGIN))
        tall = min(height, max(high / metres + 2 * _MARGIN, width / 3))
        middle = (west + east) / 2, (south + north) / 2
        return cls(middle[0] - width / 2 * metres, middle[1] + tall / 2 * metres, metres, width, tall)

    def cut(self, shape: BaseGeometry) -> BaseGeometry:
        """Return what of a shape lies in the frame."""
        east, south = self.west + self.width * self.metres, self.north - self.height * self.metres
        return shapely.clip_by_rect(shapely.make_valid(shape), self.west, south, east, self.north)

    def point(self, shape: BaseGeometry) -> tuple[float, float]:
        """Return where a point on a shape stands, in points from the top left."""
        x, y = middle(shape)
        return round((x - self.west) / self.metres, 1), round((self.north - y) / self.metres, 1)

    def path(self, shape: BaseGeometry) -> str:
        """Return the rings of a shape as an SVG path, as fine as paper shows."""
        simple = shapely.simplify(shape, _FINEST * self.metres)
        rings = (ring for part in shapely.get_parts(simple) if isinstance(part, Polygon) for ring in _rings(part))
        return "".join(self._ring(ring) for ring in rings)

    def _ring(self, ring: BaseGeometry) -> str:
        xy = shapely.get_coordinates(ring)[:-1]
        on_paper = np.column_stack([(xy[:, 0] - self.west) / self.metres, (self.north - xy[:, 1]) / self.metres])
        return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in on_paper.tolist()) + "Z"


def _rings(polygon: Polygon) -> Iterable[BaseGeometry]:
    return (polygon.exterior, *polygon.interiors)


def _filled(paper: _Paper, shape: BaseGeometry, colour: str) -> str:
    path = paper.path(shape)
    return f'<path d="{path}" fill="{colour}" fill-rule="evenodd"/>' if path else ""


def _lines(paper: _Paper, borders: Sequence[Sequence[BaseGeometry]]) -> Iterable[str]:
    """Draw borders, the finer ones first so that the heavier lie over them."""
    for rank in reversed(range(len(borders))):
        style = 'stroke-width="1.2"' if rank == 0 else 'stroke-width="0.45" stroke-opacity="0.75"'
        path = "".join(paper.path(shape) for shape in borders[rank])
        yield f'<path d="{path}" fill="none" stroke="{EDGE}" stroke-linejoin="round" {style}/>' if path else ""


def _marks(paper: _Paper, posts: Sequence[tuple[str, BaseGeometry]]) -> Iterable[str]:
    """Draw the posts, those that ask for something over those that don't; where they stand close, smaller."""
    close = np.sqrt(paper.width * paper.height / max(len(posts), 1))
    radius = float(np.clip(close / 8, 1.4, 3.4))
    order: Mapping[str, int] = {state: rank for rank, state in enumerate(STATES)}
    for state, shape in sorted(posts, key=lambda post: order[post[0]]):
        yield symbol(state, *paper.point(shape), radius if state == "held" else max(radius * _FAR, 2.6))

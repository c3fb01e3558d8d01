"""A small map for paper: outlines, posts as symbols and a scale, drawn as SVG in points of paper."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from shapely.geometry.base import BaseGeometry

from gridgov.spatial.paper import Paper, filled, round_length, svg

LAND = {"water": "#c6dbe3", "green": "#d9e6d3", "hill": "#e2e7d8"}
EDGE, GROUND, FABRIC, HELD, WANTING = "#33514f", "#f7f8f5", "#dfe4de", "#0b5f60", "#b34a00"
STATES = ("held", "expiring", "vacant", "disputed")
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
    paper = Paper.fitting(placed, width, height)
    parts = [
        f'<rect width="{paper.width:.1f}" height="{paper.height:.1f}" fill="{GROUND}"/>',
        *land(paper, ground.land),
        *(filled(path, FABRIC) for path in paper.areas(ground.fabric)),
        *lines(paper, ground.borders),
        *_marks(paper, ground.posts),
    ]
    names = tuple((name, *paper.point(shape)) for name, shape in ground.names)
    return on_paper(paper, parts, names)


def on_paper(paper: Paper, parts: Sequence[str], names: tuple[tuple[str, float, float], ...] = ()) -> Sketch:
    """Put what was drawn together, with a scale of a fifth of the width at most."""
    metres = round_length(paper.width / 5 * paper.metres)
    drawn = svg(paper.width, paper.height, *parts)
    return Sketch(drawn, paper.width, paper.height, names, metres, metres / paper.metres)


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


def land(paper: Paper, pieces: Sequence[tuple[str, BaseGeometry]]) -> Iterable[str]:
    """Fill water, green and hills, cut off at the frame."""
    paths = paper.areas([paper.cut(shape) for _, shape in pieces])
    return (filled(path, LAND.get(kind, GROUND)) for (kind, _), path in zip(pieces, paths, strict=True))


def lines(paper: Paper, borders: Sequence[Sequence[BaseGeometry]]) -> Iterable[str]:
    """Draw borders, the finer ones first so that the heavier lie over them."""
    for rank in reversed(range(len(borders))):
        style = 'stroke-width="1.2"' if rank == 0 else 'stroke-width="0.45" stroke-opacity="0.75"'
        path = "".join(paper.areas(borders[rank]))
        yield f'<path d="{path}" fill="none" stroke="{EDGE}" stroke-linejoin="round" {style}/>' if path else ""


def _marks(paper: Paper, posts: Sequence[tuple[str, BaseGeometry]]) -> Iterable[str]:
    """Draw the posts, those that ask for something over those that don't; where they stand close, smaller."""
    close = np.sqrt(paper.width * paper.height / max(len(posts), 1))
    radius = float(np.clip(close / 8, 1.4, 3.4))
    order: Mapping[str, int] = {state: rank for rank, state in enumerate(STATES)}
    for state, shape in sorted(posts, key=lambda post: order[post[0]]):
        yield symbol(state, *paper.point(shape), radius if state == "held" else max(radius * _FAR, 2.6))

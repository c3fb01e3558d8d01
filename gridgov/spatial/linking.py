"""A link of path more or less: put among the segments so that it joins what it touches, or taken out."""

import numpy as np
import numpy.typing as npt
import shapely
from shapely import LineString, Point

from gridgov.spatial.segments import Segments, node_at_grade

REACH = 5.0
TOUCH = 1.0
NEARBY = 20.0


def with_link(segments: Segments, link: LineString) -> Segments | None:
    """Put a link among segments; ends no farther than 5 m from a path are drawn to it.

    Parameters
    ----------
    segments : Segments
        Working CRS, metres.
    link : LineString
        At grade, open to all.

    Returns
    -------
    Segments or None
        Those the link meets are split there. None where it meets no path, and no end comes near one: it would lead
        nowhere.
    """
    near = _beside(segments, link, REACH + TOUCH)
    xy, joins = shapely.get_coordinates(link), False
    for end in (0, -1) if len(near) else ():
        joined = shapely.shortest_line(segments.lines[near], Point(xy[end]))
        metres = shapely.length(joined)
        if metres.min() <= REACH:
            xy[end], joins = shapely.get_coordinates(joined[metres.argmin()])[0], True
    drawn = LineString(xy)
    met = near[shapely.dwithin(segments.lines[near], drawn, TOUCH)]
    if not joins and not shapely.intersects(segments.lines[met[~segments.level_free[met]]], drawn).any():
        return None
    rest = np.delete(np.arange(len(segments.lines)), met)
    lines = np.append(segments.lines[met], np.array([drawn], dtype=object))
    noded = node_at_grade(lines, np.append(segments.level_free[met], False))
    own = np.append(segments.own[met], False)[noded.origin]
    return Segments(
        np.concatenate([segments.lines[rest], noded.segments.lines]),
        np.concatenate([segments.level_free[rest], noded.segments.level_free]),
        np.concatenate([segments.own[rest], own]) if segments.own.any() else None,
    )


def _beside(segments: Segments, link: LineString, metres: float) -> npt.NDArray[np.int64]:
    """Return the rows of segments whose boxes come as near to a link's box; a tree of all would take far longer."""
    west, south, east, north = shapely.bounds(segments.lines).reshape(-1, 4).T
    left, low, right, top = link.bounds
    over = (west <= right + metres) & (east >= left - metres) & (south <= top + metres) & (north >= low - metres)
    return np.flatnonzero(over)


def without_link(segments: Segments, place: Point) -> Segments | None:
    """Take out the segment nearest to a place; None where none is within 20 m."""
    away = shapely.distance(segments.lines, place)
    if not len(away) or away.min() > NEARBY:
        return None
    kept = np.arange(len(away)) != int(away.argmin())
    own = segments.own[kept] if segments.own.any() else None
    return Segments(segments.lines[kept], segments.level_free[kept], own)

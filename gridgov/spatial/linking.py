"""A link of path more or less: put among the segments so that it joins what it touches, or taken out."""

import numpy as np
import shapely
from shapely import LineString, Point

from gridgov.spatial.segments import Segments, node_at_grade

REACH = 5.0
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
    if not len(segments.lines):
        return None
    tree = shapely.STRtree(segments.lines)
    xy, joins = shapely.get_coordinates(link), False
    for end in (0, -1):
        near = int(tree.query_nearest(Point(xy[end]), all_matches=False)[0])
        joined = shapely.shortest_line(segments.lines[near], Point(xy[end]))
        if shapely.length(joined) <= REACH:
            xy[end], joins = shapely.get_coordinates(joined)[0], True
    drawn = LineString(xy)
    met = tree.query(drawn, predicate="dwithin", distance=1.0)
    if not joins and not shapely.intersects(segments.lines[met[~segments.level_free[met]]], drawn).any():
        return None
    rest = np.setdiff1d(np.arange(len(segments.lines)), met)
    lines = np.append(segments.lines[met], np.array([drawn], dtype=object))
    noded = node_at_grade(lines, np.append(segments.level_free[met], False))
    own = np.append(segments.own[met], False)[noded.origin]
    return Segments(
        np.concatenate([segments.lines[rest], noded.segments.lines]),
        np.concatenate([segments.level_free[rest], noded.segments.level_free]),
        np.concatenate([segments.own[rest], own]) if segments.own.any() else None,
    )


def without_link(segments: Segments, place: Point) -> Segments | None:
    """Take out the segment nearest to a place; None where none is within 20 m."""
    away = shapely.distance(segments.lines, place)
    if not len(away) or away.min() > NEARBY:
        return None
    kept = np.arange(len(away)) != int(away.argmin())
    own = segments.own[kept] if segments.own.any() else None
    return Segments(segments.lines[kept], segments.level_free[kept], own)

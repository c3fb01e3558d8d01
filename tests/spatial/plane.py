"""Plane geometry in plain floats, for the brute-force router."""

import math
from itertools import pairwise

Xy = tuple[float, float]
ON_WALL = 0.01


class AmbiguousError(Exception):
    """The case hangs on a tie or a tolerance that the rules leave open."""


def along(a: Xy, b: Xy, t: float) -> Xy:
    return a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t


def foot_on(a: Xy, b: Xy, at: Xy) -> tuple[float, Xy]:
    """Give the place on the straight bit nearest to a point: its part of the bit, 0–1, and where it is."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    square = dx * dx + dy * dy
    t = 0.0 if square == 0 else min(1.0, max(0.0, ((at[0] - a[0]) * dx + (at[1] - a[1]) * dy) / square))
    return t, along(a, b, t)


def ring_bits(ring: list[Xy]) -> list[tuple[Xy, Xy]]:
    return list(zip(ring, [*ring[1:], ring[0]], strict=True))


def from_ring(at: Xy, ring: list[Xy]) -> tuple[float, Xy]:
    feet = [foot_on(a, b, at)[1] for a, b in ring_bits(ring)]
    return min((math.dist(at, foot), foot) for foot in feet)


def strictly_inside(at: Xy, ring: list[Xy]) -> bool:
    if from_ring(at, ring)[0] <= ON_WALL:
        return False
    inside = False
    for (ax, ay), (bx, by) in ring_bits(ring):
        if (ay > at[1]) != (by > at[1]) and at[0] < (bx - ax) * (at[1] - ay) / (by - ay) + ax:
            inside = not inside
    return inside


def crossings(a: Xy, b: Xy, ring: list[Xy]) -> list[float]:
    """List the parts of a straight bit, 0–1, at which it meets a ring."""
    found = []
    length = math.dist(a, b)
    for c, d in ring_bits(ring):
        rx, ry, sx, sy = b[0] - a[0], b[1] - a[1], d[0] - c[0], d[1] - c[1]
        cross = rx * sy - ry * sx
        if abs(cross) > 1e-9 * length * math.dist(c, d):
            t = ((c[0] - a[0]) * sy - (c[1] - a[1]) * sx) / cross
            u = ((c[0] - a[0]) * ry - (c[1] - a[1]) * rx) / cross
            if -1e-12 <= t <= 1 + 1e-12 and -1e-12 <= u <= 1 + 1e-12:
                found.append(min(1.0, max(0.0, t)))
        t, foot = foot_on(a, b, c)
        if math.dist(foot, c) <= ON_WALL:
            found.append(t)
    found += [t for t, end in ((0.0, a), (1.0, b)) if from_ring(end, ring)[0] <= ON_WALL]
    return found


def meetings(points: list[Xy], ring: list[Xy]) -> list[float]:
    found, run = [], 0.0
    for a, b in pairwise(points):
        found += [run + t * math.dist(a, b) for t in crossings(a, b, ring)]
        run += math.dist(a, b)
    return found


def point_at(points: list[Xy], offset: float) -> Xy:
    for a, b in pairwise(points):
        step = math.dist(a, b)
        if offset <= step and step > 0:
            return along(a, b, offset / step)
        offset -= step
    return points[-1]


def stretch(points: list[Xy], before: float, after: float) -> list[Xy]:
    run, inner = 0.0, []
    for a, b in pairwise(points):
        run += math.dist(a, b)
        if before + 1e-9 < run < after - 1e-9:
            inner.append(b)
    return [point_at(points, before), *inner, point_at(points, after)]


def nearest_on(points: list[Xy], at: Xy) -> tuple[float, Xy, float]:
    best, run = (math.inf, 0.0, points[0]), 0.0
    for a, b in pairwise(points):
        t, foot = foot_on(a, b, at)
        best = min(best, (math.dist(at, foot), run + t * math.dist(a, b), foot))
        run += math.dist(a, b)
    return best[1], best[2], best[0]


def entries(points: list[Xy], ring: list[Xy]) -> list[tuple[float, Xy, float]]:
    """List where a piece crosses the outline of an area, else where it is nearest within 20 m: offset, foot, leg."""
    met, run, tried = [], 0.0, []
    for a, b in pairwise(points):
        step = math.dist(a, b)
        met += [run + t * step for t in crossings(a, b, ring) if from_ring(along(a, b, t), ring)[0] < 1e-6]
        tried += [run + foot_on(a, b, corner)[0] * step for corner in ring]
        tried += [run, run + step]
        run += step
    if met:
        return [(offset, from_ring(point_at(points, offset), ring)[1], 0.0) for offset in met]
    legs = [(from_ring(point_at(points, offset), ring), offset) for offset in tried]
    least = min(leg for (leg, _), _ in legs)
    if abs(least - 20) < 0.002 or least < 0.02:
        raise AmbiguousError("reach of an entry")
    if least > 20:
        return []
    return [(offset, foot, leg) for (leg, foot), offset in legs if leg - least < 1e-7]

"""Roads as people see them: segments that run on into one another, and how far each such road runs.

Sources of paths seldom tell which roads matter, and in different words; how far one can go straight on nearly always
does (Thomson and Richardson 1999, "The good continuation principle of perceptual organization applied to the
generalization of road networks").
"""

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gridgov.spatial.chains import Chains, numbered, spans

Floats = npt.NDArray[np.float64]
Geometries = npt.NDArray[np.object_]
Ints = npt.NDArray[np.int64]

STRAIGHT_ON = np.radians(40.0)  # the sharpest turn at which one road runs on into another


def strokes(lines: Geometries) -> tuple[Ints, Floats]:
    """Join segments into strokes: at each end a segment runs on into the one that it turns least to, and it to it.

    Parameters
    ----------
    lines : ndarray of LineString, shape (n,)
        Segments that share end points where they join, in metres (a projected CRS).

    Returns
    -------
    stroke : ndarray of int, shape (n,)
        The stroke of each segment, from 0.
    metres : ndarray of float, shape (strokes,)
        How long each stroke is.
    """
    if not len(lines):
        return np.empty(0, np.int64), np.empty(0)
    chains = Chains.of(lines)
    one, other = _running_on(chains)
    count = len(chains)
    joined = coo_array((np.ones(len(one), dtype=np.int8), (one, other)), shape=(count, count))
    found, stroke = connected_components(joined, directed=False)
    metres = np.bincount(stroke, weights=chains.length, minlength=found)
    return stroke.astype(np.int64), metres.astype(np.float64)


def _running_on(chains: Chains) -> tuple[Ints, Ints]:
    """Pair the segments that are at one of their ends each other's straightest continuation."""
    count = len(chains)
    first, last = chains.first[:-1], chains.first[1:] - 1
    place = np.concatenate([chains.xy[first], chains.xy[last]])
    away = np.concatenate([chains.xy[first + 1], chains.xy[last - 1]]) - place
    heading = np.arctan2(away[:, 1], away[:, 0])
    _, node = numbered(place[:, 0], place[:, 1])
    order = np.argsort(node, kind="stable")
    begin = np.flatnonzero(np.diff(node[order], prepend=-1))
    end = np.append(begin[1:], len(order))
    group = np.repeat(np.arange(len(begin)), end - begin)
    a, b = spans(begin[group], end[group])
    apart = a != b
    a, b = order[a[apart]], order[b[apart]]
    turn = np.abs(np.pi - np.abs(heading[a] - heading[b]))
    best = np.full(2 * count, -1)
    ranked = np.lexsort((b, turn, a))
    ranked = ranked[turn[ranked] <= STRAIGHT_ON]
    heads = ranked[np.diff(a[ranked], prepend=-1) > 0]
    best[a[heads]] = b[heads]
    ends = np.flatnonzero(best >= 0)
    ends = ends[best[best[ends]] == ends]
    return ends % count, best[ends] % count

"""Layers displaced as a whole: stored as true coordinates, but drawn on a Chinese web map's datum."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from gridgov.spatial.crs import Geometries, to_planar
from gridgov.spatial.datums import FROM_WGS84, TO_WGS84, Floats, Move

WGS84 = "WGS84"
FEWEST = 10
FITS_ALREADY = 0.9
GAIN = 0.25
CERTAIN = 3.0
Bools = npt.NDArray[np.bool_]
Misfit = Callable[[Geometries], Floats]


@dataclass(frozen=True)
class Shift:
    """How a layer lies displaced.

    `crs` is the datum its coordinates are really in, ``GCJ-02`` or ``BD-09``, or ``WGS84`` where they were read as one
    of those; `homes` says that not the things lie
    displaced but what they were compared with. `east`, `north`: metres from where the layer belongs to where it lies.
    `before`, `after`: the shares of things that fit as stored, and once corrected, of `compared` things.
    """

    crs: str
    homes: bool
    east: float
    north: float
    before: float
    after: float
    compared: int

    @property
    def metres(self) -> float:
        """How far the layer lies from where it belongs."""
        return float(np.hypot(self.east, self.north))

    @property
    def direction(self) -> str:
        """The compass point, of eight, towards which the layer lies displaced."""
        turn = np.degrees(np.arctan2(self.east, self.north))
        return ("n", "ne", "e", "se", "s", "sw", "w", "nw")[int(np.round(turn / 45.0)) % 8]


def find_shift(
    things: npt.ArrayLike, misfit: Misfit, *, crs: str, tolerance: float, least: float, read: str = WGS84
) -> Shift | None:
    """Decide by evidence whether a layer is taken for WGS84, or read as another datum, but is in GCJ-02 or BD-09.

    Parameters
    ----------
    things : array_like of shapely geometries, shape (n,)
        As stored: degrees, EPSG:4490, none missing.
    misfit : callable
        Takes the things in the working CRS, moved, and returns for each how badly it lies there (n,), 0 or more: metres
        from its parent or wall or path, or the share of it outside its parent. NaN where that can't be said.
    crs : str
        The working CRS, metres.
    tolerance : float
        A thing fits where its misfit is no more than this, in the unit of `misfit`.
    least : float
        The share of things that must fit once corrected, 0 to 1.
    read : str
        The datum their coordinates were taken for: ``WGS84``, ``GCJ-02`` or ``BD-09``.

    Returns
    -------
    Shift or None
        The correction under which most things fit; None where fewer than 10 can be compared, where nine in ten fit
        already, or where no correction is certain.

    Notes
    -----
    Four corrections are tried: undoing GCJ-02 or BD-09 for the things, or, as what they are compared with may be the
    displaced one, applying either to them. Of two that come to the same the one that blames the things is told.
    A correction is certain where it makes at least a quarter of those fit that didn't before on balance, `least` of
    all fit then, and a paired sign test is beyond 3 standard deviations (p < 0.002): of better against worse, or of
    those that fit only then against those that fit only before (McNemar 1947), which tells more where a town is so
    dense that a displaced thing soon comes near something else. A layer that is right, or wrong here and there, never
    passes, as both datums move everything by hundreds of metres one way. Measured on sites beside paths: displaced
    300 times by 100 to 700 m, those of a Nanjing quarter fit once as well as where they belong.
    """
    stored = np.asarray(things, dtype=object)
    if len(stored) < FEWEST:
        return None
    planar = to_planar(stored, crs)
    before = misfit(planar)
    known = np.isfinite(before)
    if known.sum() < FEWEST or np.mean(before[known] <= tolerance) >= FITS_ALREADY:
        return None
    found = []
    for name, homes, move in _corrections(read):
        moved = to_planar(_moved(stored, move), crs)
        after = misfit(moved)
        if _certain(before[known], after[known], tolerance, least):
            shift = _shift(planar, moved, homes=homes)
            shares = float(np.mean(before[known] <= tolerance)), float(np.mean(after[known] <= tolerance))
            found.append(Shift(name, homes, *shift, *shares, int(known.sum())))
    return max(found, key=lambda shift: shift.after, default=None)


def _certain(before: Floats, after: Floats, tolerance: float, least: float) -> bool:
    fitted, fits = before <= tolerance, after <= tolerance
    gained = np.mean(fits) - np.mean(fitted) >= GAIN * (1 - np.mean(fitted))
    return bool(np.mean(fits) >= least and gained and (_surer(after < before, after > before) or _surer(fits, fitted)))


def _surer(one: Bools, other: Bools) -> bool:
    """Tell whether a paired sign test is certain that more things have only the one than only the other."""
    ones, others = int(np.count_nonzero(one & ~other)), int(np.count_nonzero(other & ~one))
    return bool(ones - others >= CERTAIN * np.sqrt(max(ones + others, 1)))


def _shift(planar: Geometries, moved: Geometries, *, homes: bool) -> tuple[float, float]:
    """Return the median way from where the displaced layer belongs to where it lies."""
    way = shapely.get_coordinates(shapely.centroid(planar)) - shapely.get_coordinates(shapely.centroid(moved))
    east, north = np.median(way, axis=0) * (-1.0 if homes else 1.0)
    return float(east), float(north)


def _moved(things: Geometries, move: Move) -> Geometries:
    return shapely.transform(things, lambda xy: np.column_stack(move(xy[:, 0], xy[:, 1])))


def _corrections(read: str) -> Iterator[tuple[str, bool, Move]]:
    """Yield what may have been meant instead: another datum for the things, or one of the two for their homes."""
    raw = FROM_WGS84.get(read, _stay)
    for name in (WGS84, *TO_WGS84):
        if name != read:
            yield name, False, _joined(raw, TO_WGS84.get(name, _stay))
    yield from ((name, True, move) for name, move in FROM_WGS84.items() if name != read)


def _joined(first: Move, then: Move) -> Move:
    return lambda lon, lat: then(*first(lon, lat))


def _stay(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Floats, Floats]:
    return np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)

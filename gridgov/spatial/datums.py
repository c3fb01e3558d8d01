"""The two shifted datums of Chinese web maps, GCJ-02 and BD-09: there and back."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Move = Callable[[npt.ArrayLike, npt.ArrayLike], tuple[Floats, Floats]]

SHIFTED = (72.004, 0.8293, 137.8347, 55.8271)
KRASOVSKY_AXIS = 6378245.0
KRASOVSKY_ECCENTRICITY = 0.00669342162296594323
BAIDU_TURN = np.pi * 3000.0 / 180.0
RIM = 0.02  # degrees, more than any shift
CLOSE = 1e-12
ROUNDS = 60


def wgs84_to_gcj02(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Shift WGS84 to GCJ-02, the datum of Chinese web maps.

    Parameters
    ----------
    lon, lat : array_like of float, shape (n,)
        Degrees, WGS84.

    Returns
    -------
    lon, lat : ndarray of float, shape (n,)
        Degrees, GCJ-02. Outside 72.004–137.8347 E, 0.8293–55.8271 N nothing is shifted.

    Notes
    -----
    The published approximation of the offset as sums of sines on the Krasovsky 1940 ellipsoid, as every open
    implementation has it.
    """
    x, y = _degrees(lon, lat)
    inside = _shifted_area(x, y)
    east, north = _forward_everywhere(x, y)
    return np.where(inside, east, x), np.where(inside, north, y)


def gcj02_to_wgs84(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Undo `wgs84_to_gcj02`.

    Parameters
    ----------
    lon, lat : array_like of float, shape (n,)
        Degrees, GCJ-02.

    Returns
    -------
    lon, lat : ndarray of float, shape (n,)
        Degrees, WGS84, found by fixed-point iteration to better than 1e-9 degrees.

    Notes
    -----
    Exact for every place that is shifted, those too that are shifted across the edge of the shifted area. All else
    stays where it is: what lies beyond the edge, and the strip inside it, up to a kilometre wide, that nothing is
    shifted into. Just beyond an edge some places have two origins; the shifted one is taken.
    """
    x, y = _degrees(lon, lat)
    west, south, east, north = SHIFTED
    near = (x > west - RIM) & (x < east + RIM) & (y > south - RIM) & (y < north + RIM)
    origin_x, origin_y = _undone(_forward_everywhere, np.where(near, x, 105.0), np.where(near, y, 35.0))
    shifted = near & _shifted_area(origin_x, origin_y, slack=1e-10)
    return np.where(shifted, origin_x, x), np.where(shifted, origin_y, y)


def gcj02_to_bd09(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Shift GCJ-02 to BD-09, the datum of one Chinese web map.

    Parameters
    ----------
    lon, lat : array_like of float, shape (n,)
        Degrees, GCJ-02.

    Returns
    -------
    lon, lat : ndarray of float, shape (n,)
        Degrees, BD-09, by the published turn-and-stretch formula.
    """
    x, y = _degrees(lon, lat)
    radius = np.hypot(x, y) + 0.00002 * np.sin(y * BAIDU_TURN)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * BAIDU_TURN)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def bd09_to_gcj02(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Undo `gcj02_to_bd09`.

    Parameters
    ----------
    lon, lat : array_like of float, shape (n,)
        Degrees, BD-09.

    Returns
    -------
    lon, lat : ndarray of float, shape (n,)
        Degrees, GCJ-02, found by fixed-point iteration to better than 1e-9 degrees.

    Notes
    -----
    The inverse published beside the forward formula is a single step, which misses the origin by up to 0.2 m in China
    (1.6e-6 degrees).
    """
    x, y = _degrees(lon, lat)
    return _undone(gcj02_to_bd09, x, y)


def _undo_bd09(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Floats, Floats]:
    return gcj02_to_wgs84(*bd09_to_gcj02(lon, lat))


def _do_bd09(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Floats, Floats]:
    return gcj02_to_bd09(*wgs84_to_gcj02(lon, lat))


TO_WGS84: dict[str, Move] = {"GCJ-02": gcj02_to_wgs84, "BD-09": _undo_bd09}
FROM_WGS84: dict[str, Move] = {"GCJ-02": wgs84_to_gcj02, "BD-09": _do_bd09}


def _degrees(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Floats, Floats]:
    return np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)


def _shifted_area(lon: Floats, lat: Floats, slack: float = 0.0) -> npt.NDArray[np.bool_]:
    west, south, east, north = SHIFTED
    return (lon >= west - slack) & (lon <= east + slack) & (lat >= south - slack) & (lat <= north + slack)


def _gcj_offset(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    ripple = 20.0 * np.sin(6.0 * x * np.pi) + 20.0 * np.sin(2.0 * x * np.pi)
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + ripple * 2.0 / 3.0
    north += (20.0 * np.sin(y * np.pi) + 40.0 * np.sin(y / 3.0 * np.pi)) * 2.0 / 3.0
    north += (160.0 * np.sin(y / 12.0 * np.pi) + 320.0 * np.sin(y * np.pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + ripple * 2.0 / 3.0
    east += (20.0 * np.sin(x * np.pi) + 40.0 * np.sin(x / 3.0 * np.pi)) * 2.0 / 3.0
    east += (150.0 * np.sin(x / 12.0 * np.pi) + 300.0 * np.sin(x / 30.0 * np.pi)) * 2.0 / 3.0
    latitude = np.radians(lat)
    bulge = 1.0 - KRASOVSKY_ECCENTRICITY * np.sin(latitude) ** 2
    meridian = KRASOVSKY_AXIS * (1.0 - KRASOVSKY_ECCENTRICITY) / (bulge * np.sqrt(bulge))
    parallel = KRASOVSKY_AXIS / np.sqrt(bulge) * np.cos(latitude)
    return np.degrees(east / parallel), np.degrees(north / meridian)


def _forward_everywhere(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Floats, Floats]:
    x, y = _degrees(lon, lat)
    east, north = _gcj_offset(x, y)
    return x + east, y + north


def _undone(forward: Move, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Solve forward(answer) = (lon, lat): both shifts move less than they carry, so stepping back converges."""
    x, y = lon.copy(), lat.copy()
    for _ in range(ROUNDS):
        east, north = forward(x, y)
        x, y = x + (lon - east), y + (lat - north)
        if np.all(np.abs(lon - east) + np.abs(lat - north) < CLOSE):
            break
    return x, y

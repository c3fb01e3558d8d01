"""Coordinate reference systems: the working CRS, degrees and metres, and the two shifted datums of Chinese web maps."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError

from gridgov.errors import InputError

Floats = npt.NDArray[np.float64]
Geometries = npt.NDArray[np.object_]
Shift = Callable[[Floats, Floats], tuple[Floats, Floats]]

GEOGRAPHIC = "EPSG:4490"
CHINA = (73.5, 3.0, 136.5, 54.0)
SHIFTED = (72.004, 0.8293, 137.8347, 55.8271)
KRASOVSKY_AXIS = 6378245.0
KRASOVSKY_ECCENTRICITY = 0.00669342162296594323
BAIDU_TURN = np.pi * 3000.0 / 180.0
CLOSE = 1e-12
ROUNDS = 60


def working_crs(lon: float, lat: float) -> str:
    """Choose the projected CRS a deployment around one place works in.

    Parameters
    ----------
    lon, lat : float
        Degrees, EPSG:4490 (taken as equal to WGS84).

    Returns
    -------
    str
        ``EPSG:4534`` … ``EPSG:4554``: the CGCS2000 3-degree Gauss-Krüger zone without a zone prefix in its easting,
        where lon is in 73.5–136.5 and lat in 3–54; the UTM zone on WGS84 elsewhere. Units: metres.

    Raises
    ------
    InputError
        ``position_invalid`` where the place is no place, or nearer a pole than UTM goes (84° N, 80° S).
    """
    if not (-180 <= lon <= 180 and -80 <= lat <= 84):
        raise InputError("position_invalid", lon=lon, lat=lat)
    west, south, east, north = CHINA
    if west <= lon <= east and south <= lat <= north:
        zone = min(int((lon - west) // 3), 20)
        return f"EPSG:{4534 + zone}"
    zone = min(int((lon + 180) // 6) + 1, 60)
    return f"EPSG:{(32600 if lat >= 0 else 32700) + zone}"


def to_geographic(geometries: npt.ArrayLike, crs: str) -> Geometries:
    """Bring geometries of any CRS to EPSG:4490 longitude/latitude.

    Parameters
    ----------
    geometries : array_like of shapely geometries or None, shape (n,)
        In `crs`, easting or longitude first. Heights are dropped.
    crs : str
        Anything PROJ knows, or ``GCJ-02`` or ``BD-09``.

    Returns
    -------
    ndarray of object, shape (n,)
        Degrees, EPSG:4490. CGCS2000 and WGS84 are taken as one datum: between them nothing is shifted.

    Raises
    ------
    InputError
        ``crs_unknown`` for a CRS nobody knows, ``crs_out_of_range`` where coordinates have no image.
    """
    shift = _web_shift(crs)
    if shift is not None:
        return _moved(geometries, shift, crs)
    return _moved(geometries, _transformer(crs, inverse=False).transform, crs)


def to_planar(geometries: npt.ArrayLike, crs: str) -> Geometries:
    """Bring EPSG:4490 geometries to a projected CRS.

    Parameters
    ----------
    geometries : array_like of shapely geometries or None, shape (n,)
        Degrees, EPSG:4490, longitude first. Heights are dropped.
    crs : str
        The working CRS, or another one PROJ knows.

    Returns
    -------
    ndarray of object, shape (n,)
        In `crs`, easting first; metres where `crs` has metres.

    Raises
    ------
    InputError
        ``crs_unknown`` for a CRS nobody knows, ``crs_out_of_range`` where coordinates have no image.
    """
    return _moved(geometries, _transformer(crs, inverse=True).transform, crs)


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
    east, north = _gcj_offset(x, y)
    inside = _shifted_area(x, y)
    return np.where(inside, x + east, x), np.where(inside, y + north, y)


def gcj02_to_wgs84(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Undo `wgs84_to_gcj02`.

    Parameters
    ----------
    lon, lat : array_like of float, shape (n,)
        Degrees, GCJ-02.

    Returns
    -------
    lon, lat : ndarray of float, shape (n,)
        Degrees, WGS84, found by fixed-point iteration to better than 1e-9 degrees. Outside the shifted area unchanged.
    """
    x, y = _degrees(lon, lat)
    inside = _shifted_area(x, y)

    def forward(east: Floats, north: Floats) -> tuple[Floats, Floats]:
        offset = _gcj_offset(east, north)
        return east + offset[0], north + offset[1]

    east, north = _undone(forward, x, y)
    return np.where(inside, east, x), np.where(inside, north, y)


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
    """
    x, y = _degrees(lon, lat)
    return _undone(gcj02_to_bd09, x, y)


def _degrees(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Floats, Floats]:
    return np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)


def _shifted_area(lon: Floats, lat: Floats) -> npt.NDArray[np.bool_]:
    west, south, east, north = SHIFTED
    return (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)


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


def _undone(forward: Shift, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Solve forward(answer) = (lon, lat): both shifts move less than they carry, so stepping back converges."""
    x, y = lon.copy(), lat.copy()
    for _ in range(ROUNDS):
        east, north = forward(x, y)
        x, y = x + (lon - east), y + (lat - north)
        if np.all(np.abs(lon - east) + np.abs(lat - north) < CLOSE):
            break
    return x, y


def _bd09_to_wgs84(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    return gcj02_to_wgs84(*bd09_to_gcj02(lon, lat))


def _web_shift(crs: str) -> Shift | None:
    return {"GCJ02": gcj02_to_wgs84, "BD09": _bd09_to_wgs84}.get(crs.upper().replace("-", "").replace("_", ""))


@lru_cache(maxsize=32)
def _transformer(crs: str, *, inverse: bool) -> Transformer:
    try:
        known = CRS.from_user_input(crs)
    except CRSError as error:
        raise InputError("crs_unknown", crs=crs) from error
    geodetic = known.geodetic_crs
    if geodetic is None:
        raise InputError("crs_unknown", crs=crs)
    # Its own longitude and latitude where the datum is one of the two taken as equal: nothing is shifted between them.
    degrees = geodetic.to_2d() if _same_datum(geodetic) else CRS.from_user_input("EPSG:4326")
    pair = (degrees, known) if inverse else (known, degrees)
    return Transformer.from_crs(*pair, always_xy=True)


def _same_datum(geodetic: CRS) -> bool:
    told = " ".join(str(name) for name in (geodetic.name, geodetic.datum.name if geodetic.datum else "")).lower()
    told = told.replace("_", " ")
    return any(
        name in told for name in ("wgs 84", "wgs84", "wgs 1984", "world geodetic system 1984", "china 2000", "cgcs2000")
    )


def _moved(geometries: npt.ArrayLike, step: Callable[..., tuple[Floats, Floats]], crs: str) -> Geometries:
    def image(xy: Floats) -> Floats:
        try:
            moved = np.column_stack(step(xy[:, 0], xy[:, 1]))
        except ProjError as error:
            raise InputError("crs_out_of_range", crs=crs) from error
        if not np.isfinite(moved).all():
            raise InputError("crs_out_of_range", crs=crs)
        return moved

    return shapely.transform(np.asarray(geometries, dtype=object), image)

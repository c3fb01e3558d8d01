"""Coordinate reference systems: the working CRS, degrees and metres."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError

from gridgov.errors import InputError
from gridgov.spatial.datums import TO_WGS84, Floats

Geometries = npt.NDArray[np.object_]

GEOGRAPHIC = "EPSG:4490"
CHINA = (73.5, 3.0, 136.5, 54.0)


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
        Anything PROJ knows, or ``GCJ-02`` or ``BD-09``, by just these names (`systems.known_system` knows more).

    Returns
    -------
    ndarray of object, shape (n,)
        Degrees, EPSG:4490. CGCS2000 and WGS84 are taken as one datum: between them nothing is shifted.

    Raises
    ------
    InputError
        ``crs_unknown`` for a CRS nobody knows, ``crs_out_of_range`` where coordinates have no image.
    """
    if crs in TO_WGS84:
        return _moved(geometries, TO_WGS84[crs], crs)
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

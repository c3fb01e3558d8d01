"""Which coordinate system numbers without one are in, and whether their two axes stand the wrong way round."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import shapely

from gridgov.errors import InputError
from gridgov.spatial.crs import CHINA, GEOGRAPHIC, to_geographic
from gridgov.spatial.systems import MILLION, SWAPPED, fitting_zone, zone_crs, zone_of

Bounds = tuple[float, float, float, float]
MERCATOR = "EPSG:3857"
MERCATOR_EDGE = 20_037_509.0
NEAR_DEGREES = 0.25
NARROW = (320_000.0, 680_000.0)
WIDE = (100_000.0, 900_000.0)
NORTHING = (0.0, 10_000_000.0)
LAST_WIDE = 24  # zones 13 to 23 are 6 degrees wide, 25 to 45 are 3
_MERIDIANS = range(75, 136, 3)


@dataclass(frozen=True)
class Guess:
    """What to type after --crs, or None; the code of the sentence that says why, and what fills it."""

    crs: str | None
    reason: str
    params: dict[str, object] = field(default_factory=dict)


def guess(bounds: Bounds, near: Bounds | None = None, working: str | None = None) -> Guess:
    """Guess the system of coordinates from their size, and from where a deployment's data lie.

    Parameters
    ----------
    bounds : tuple of float
        Least first, least second, greatest first, greatest second coordinate of a layer, as it stands.
    near : tuple of float, optional
        West, south, east, north of what a deployment holds already: degrees.
    working : str, optional
        The deployment's working CRS, which goes before others that fit as well.

    Returns
    -------
    Guess
        Reasons: ``crs_by_data`` (so it lies on the deployment's data), ``crs_by_zone`` (the easting begins with a zone
        number), ``crs_by_degrees``, ``crs_by_mercator``, ``crs_by_mercator_or`` (which a wide zone of the far west
        would fit too), ``crs_zone_open`` (metres of a zone that isn't told; no guess), ``crs_by_nothing`` (no guess).
    """
    readings = (("", bounds), (SWAPPED, _turned(bounds)))
    if near is not None:
        fitting = [
            crs + way
            for way, read in readings
            for crs in dict.fromkeys(_near(read, near, working))
            if _lies_in(read, crs, _wider(near))
        ]
        if fitting:
            return Guess(fitting[0], "crs_by_data")
    told = [
        (crs + way, why, read) for way, read in readings for crs, why in _by_size(read) if _lies_in(read, crs, CHINA)
    ]
    if told:
        (crs, why, read), others = told[0], ", ".join(other for other, _, _ in told[1:])
        return Guess(crs, f"{why}_or" if others else why, {"zone": int(read[0] // MILLION), "others": others})
    degrees = next((GEOGRAPHIC + way for way, read in readings if _fits_degrees(read)), None)
    if degrees:
        return Guess(degrees, "crs_by_degrees")
    open_zone = next((way for way, read in readings if _in_zone(read, WIDE)), None)
    return Guess(None, "crs_by_nothing") if open_zone is None else Guess(None, "crs_zone_open", {"turned": open_zone})


def turned_way(bounds: Bounds, crs: str, *, told: bool = False, near: Bounds | None = None) -> bool:
    """Tell whether a layer only lies where it can with its two coordinates read the other way round.

    That is in China, or `near` what a deployment holds; where a person `told` its system his word on where the layer
    lies is taken, but no easting of a zone is a northing.
    """
    if crs.endswith(SWAPPED) or (told and near is None and zone_of(crs) is None):
        return False
    area = CHINA if near is None else _wider(near)
    system = fitting_zone(crs, bounds[1])
    return not _lies_in(bounds, fitting_zone(crs, bounds[0]), area) and _lies_in(_turned(bounds), system, area)


def other_zone(bounds: Bounds, crs: str) -> bool:
    """Tell whether eastings begin with the number of another zone than the one told."""
    read = _turned(bounds) if crs.endswith(SWAPPED) else bounds
    zone, number = zone_of(fitting_zone(crs.removesuffix(SWAPPED), read[0])), int(read[0] // MILLION)
    return zone is not None and number > 0 and zone[2] != number and _in_zone(read, WIDE, number * MILLION)


def _by_size(bounds: Bounds) -> Iterator[tuple[str, str]]:
    """Yield the systems that these sizes alone tell, easting first, each with its reason."""
    if _fits_degrees(bounds):
        yield GEOGRAPHIC, "crs_by_degrees"
        return
    if max(map(abs, bounds)) <= MERCATOR_EDGE and abs(bounds[0]) > MILLION:
        yield MERCATOR, "crs_by_mercator"
    number = int(bounds[0] // MILLION)
    width, meridian = (6, 6 * number - 3) if number <= LAST_WIDE else (3, 3 * number)
    crs = zone_crs(width, meridian, numbered=True)
    if crs and _in_zone(bounds, WIDE, number * MILLION):
        yield crs, "crs_by_zone"


def _near(bounds: Bounds, near: Bounds, working: str | None) -> Iterator[str]:
    """Yield the systems to try for a layer that should lie on what is held already."""
    yield from (crs for crs, _ in _by_size(bounds))
    if not _in_zone(bounds, WIDE):
        return
    yield from [working] if working else []
    lon = (near[0] + near[2]) / 2
    for width in (3, 6) if _in_zone(bounds, NARROW) else (6,):
        meridians = sorted(_MERIDIANS, key=lambda meridian: abs(meridian - lon))[:4]
        yield from (crs for each in meridians if (crs := zone_crs(width, each, numbered=False)))
    base = 32600 if near[3] > 0 else 32700
    yield from (f"EPSG:{base + (int((lon + 180) // 6) + step) % 60 + 1}" for step in (0, -1, 1))


def _in_zone(bounds: Bounds, reach: tuple[float, float], start: float = 0.0) -> bool:
    west, south, east, north = bounds
    return reach[0] <= west - start and east - start <= reach[1] and NORTHING[0] <= south and north <= NORTHING[1]


def _fits_degrees(bounds: Bounds) -> bool:
    west, south, east, north = bounds
    return west >= -180 and east <= 180 and south >= -90 and north <= 90


def _lies_in(bounds: Bounds, crs: str, area: Bounds) -> bool:
    zone = zone_of(crs)
    if zone and not _in_zone(bounds, WIDE, (zone[2] or 0) * MILLION):
        return False
    middle = shapely.Point((bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2)
    try:
        with np.errstate(all="ignore"):
            (place,) = to_geographic(np.array([middle], dtype=object), crs)
    except InputError:
        return False
    return _inside((place.x, place.y, place.x, place.y), area)


def _inside(bounds: Bounds, area: Bounds) -> bool:
    return area[0] <= bounds[0] and bounds[2] <= area[2] and area[1] <= bounds[1] and bounds[3] <= area[3]


def _turned(bounds: Bounds) -> Bounds:
    return bounds[1], bounds[0], bounds[3], bounds[2]


def _wider(area: Bounds) -> Bounds:
    return area[0] - NEAR_DEGREES, area[1] - NEAR_DEGREES, area[2] + NEAR_DEGREES, area[3] + NEAR_DEGREES

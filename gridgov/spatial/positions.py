"""A position as people write one: degrees, minutes and seconds, either order, any coordinate system by its name."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely

from gridgov.errors import InputError
from gridgov.spatial.crs import GEOGRAPHIC, to_geographic
from gridgov.spatial.guessing import Bounds, guess, turned_way
from gridgov.spatial.systems import SWAPPED, fitting_zone, known_system

_SIDE = r"北纬|南纬|东经|西经|纬度|经度|[nsew]|latitude|longitude|lat|lon|lng"
_NUMBER = r"[-+]?\d+(?:\.\d+)?"
_DEGREES = rf"{_NUMBER}(?:\s*[°度]\s*(?:\d+(?:\.\d+)?\s*['′’分]\s*(?:\d+(?:\.\d+)?\s*(?:\"|''|′′|’’|”|秒))?)?)?"
_ANGLE = rf"(?:(?:{_SIDE})\s*[:=]?\s*)?{_DEGREES}\s*(?:[nsew])?"
_PAIR = re.compile(rf"({_ANGLE})\s*(?:[,;/、]|\s|(?<=[nsew秒分°'\"′”]))\s*({_ANGLE})", re.IGNORECASE)
_BEFORE = re.compile(rf"(?P<told>.*?[^\s:：=(（,])[\s:：=(（,]+(?P<pair>{_PAIR.pattern})\s*[)）]?", re.IGNORECASE)
_BEHIND = re.compile(rf"(?P<pair>{_PAIR.pattern})[\s,;，(（]+(?P<told>[^)）]+)[)）]?", re.IGNORECASE)
_SIDES = {
    "北纬": ("lat", 1), "纬度": ("lat", 1), "n": ("lat", 1), "lat": ("lat", 1), "latitude": ("lat", 1),
    "南纬": ("lat", -1), "s": ("lat", -1),
    "东经": ("lon", 1), "经度": ("lon", 1), "e": ("lon", 1), "lon": ("lon", 1), "lng": ("lon", 1),
    "longitude": ("lon", 1), "西经": ("lon", -1), "w": ("lon", -1),
}  # fmt: skip


@dataclass(frozen=True)
class Position:
    """A position in EPSG:4490 degrees: the system it was read in, whether that was told, and whether turned round."""

    lon: float
    lat: float
    crs: str = GEOGRAPHIC
    told: bool = False
    turned: bool = False


def read_position(text: str, near: Bounds | None = None, working: str | None = None) -> Position | None:
    """Read a position out of what somebody wrote, or return None where it is none.

    Parameters
    ----------
    text : str
        Two numbers with what parts them: decimal degrees, degrees-minutes-seconds (``111°17′20″E 30°41′N``, 东经…),
        or metres of a projected system; a system's name may stand before or behind them (``GCJ-02``, 高德, 百度,
        ``CGCS2000 3度带 37带``).
    near : tuple of float, optional
        West, south, east, north of what a deployment holds, degrees: where an untold system or order is decided by.
    working : str, optional
        The deployment's working CRS.

    Returns
    -------
    Position or None
        Degrees, EPSG:4490. An untold system is guessed by the size of the numbers (`guessing.guess`): degrees are
        taken for EPSG:4490 or WGS84, never for a shifted datum.

    Raises
    ------
    InputError
        ``position_invalid`` for two numbers that are no position, ``position_zone_open`` for metres of a zone that
        nothing tells, ``crs_inexact`` and others of `systems.known_system`.
    """
    said = unicodedata.normalize("NFKC", text).strip(" \t()[]")
    for pair, system in _readings(said):
        crs, swapped = (None, False) if system is None else _system(system)
        if system is None or crs is not None:
            return _position(pair, crs, swapped, near, working)
    return None


def _readings(text: str) -> Iterator[tuple[re.Match[str], str | None]]:
    """Yield what may be the two angles, with the name of a system beside them."""
    if whole := _PAIR.fullmatch(text):
        yield whole, None
    for form in (_BEFORE, _BEHIND):
        found = form.fullmatch(text)
        pair = found and _PAIR.fullmatch(found["pair"].strip())
        if found and pair:
            yield pair, found["told"]


def _system(told: str) -> tuple[str | None, bool]:
    try:
        return known_system(told)
    except InputError as error:
        if error.code == "crs_unknown":
            return None, False
        raise


def _position(
    pair: re.Match[str], crs: str | None, swapped: bool, near: Bounds | None, working: str | None
) -> Position:
    (first, one), (second, other) = _angle(pair[1]), _angle(pair[2])
    sides = {side for side in (one, other) if side}
    told = crs is not None
    if sides and (one == other or len(sides) > 2):
        raise InputError("position_invalid", place=pair[0])
    if sides:
        swapped = one == "lat" or other == "lon"
        crs = crs or GEOGRAPHIC
    elif crs is None:
        crs, swapped = _guessed(first, second, near, working, pair[0])
    else:
        swapped = swapped or turned_way((first, second, first, second), crs, told=True, near=near)
    x, y = (second, first) if swapped else (first, second)
    point = to_geographic(np.array([shapely.Point(x, y)], dtype=object), fitting_zone(crs, x))[0]
    if not (-180 <= point.x <= 180 and -90 <= point.y <= 90):
        raise InputError("position_invalid", place=pair[0])
    return Position(float(point.x), float(point.y), crs, told, swapped)


def _guessed(first: float, second: float, near: Bounds | None, working: str | None, place: str) -> tuple[str, bool]:
    found = guess((first, second, first, second), near, working)
    if found.crs is None:
        raise InputError("position_zone_open" if found.reason == "crs_zone_open" else "position_invalid", place=place)
    return found.crs.removesuffix(SWAPPED), found.crs.endswith(SWAPPED)


def _angle(text: str) -> tuple[float, str | None]:
    """Return a number, in degrees where it has minutes and seconds, and which of the two axes it names."""
    words = re.findall(_SIDE, text, re.IGNORECASE)
    axis, sign = _SIDES[words[0].casefold()] if words else (None, 1)
    parts = [float(part) for part in re.findall(_NUMBER, text)]
    whole = sum(abs(part) / 60**rank for rank, part in enumerate(parts))
    return (-whole if "-" in text else whole) * sign, axis

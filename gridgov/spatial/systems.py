"""Coordinate systems by the names people write, and the CGCS2000 zones in all their spellings."""

import re
import unicodedata
from functools import lru_cache

from pyproj import CRS
from pyproj.exceptions import CRSError

from gridgov.errors import InputError
from gridgov.spatial.crs import GEOGRAPHIC

SWAPPED = ";swapped"
MILLION = 1_000_000
# What people write, folded: one case, half-width, without blanks and marks.
_NAMES = {
    "GCJ-02": ("gcj02", "gcj", "高德", "高德地图", "火星", "国测局", "腾讯", "腾讯地图", "amap", "gaode"),
    "BD-09": ("bd09", "bd09ll", "百度", "百度地图", "baidu"),
    GEOGRAPHIC: ("cgcs2000", "国家2000", "2000国家大地", "国家大地2000", "大地2000", "天地图", "crs84", "ogccrs84"),
    "EPSG:4326": ("wgs84", "wgs1984", "gps", "wgs84经纬度"),
    "EPSG:3857": ("web墨卡托", "墨卡托", "球面墨卡托", "webmercator", "900913", "102100", "102113", "3785"),
}  # fmt: skip
_BY_NAME = {name: crs for crs, names in _NAMES.items() for name in names}
_OLD_DATUMS = {
    "Xian 1980": ("西安80", "西安1980", "80西安", "xian80", "xian1980", "1980西安"),
    "Beijing 1954": ("北京54", "北京1954", "54北京", "beijing54", "beijing1954", "1954北京"),
    "New Beijing": ("新北京54", "newbeijing"),
}
_ENDINGS = re.compile(r"(坐标系统?|坐标|datum)$")
_TURNED = re.compile(r"(.+?)\s*[;；,，]?\s*(swapped|lat ?lon|对调|互换|交换)", re.IGNORECASE | re.DOTALL)
_UTM = re.compile(r"(?:wgs84)?utm(?:zone)?(\d{1,2})([ns]?)")
_ZONE = re.compile(
    r"(?:cgcs2000|国家2000|国家大地2000|2000国家大地)?(?:坐标系?)?"
    r"(?:高斯(?:克吕格|克里格)?(?:投影)?|gausskr(?:u|ü|ue)ger|gk)?"
    r"(?:(?P<width>[36三六])(?:度|°|degree|deg)(?:分?带)?)?"
    r"(?:高斯(?:克吕格|克里格)?(?:投影)?|gausskr(?:u|ü|ue)ger|gk)?"
    r"(?:(?:zone|第|带号)?(?P<zone>\d{2})(?:[度号]?带)?|(?:cm|中央经线|中央子午线)(?P<meridian>\d{2,3})(?:度|°)?e?"
    r"|(?P<east>\d{2,3})(?:度|°)?e)"
)


def known_system(told: str) -> tuple[str, bool]:
    """Say which coordinate system a person or a file means.

    Parameters
    ----------
    told : str
        An EPSG code, WKT, PROJ's own text, a URN, or a name: ``国家2000``, ``CGCS2000 3度带 37带``, ``GK37``,
        ``CM 111E``, ``Web墨卡托``, ``高德``, ``BD-09`` … With ``;swapped`` behind it the file has northing or latitude
        first.

    Returns
    -------
    crs : str
        ``EPSG:…``, ``GCJ-02``, ``BD-09``, or WKT where it has no code.
    swapped : bool
        Whether the first coordinate is the northing or latitude.

    Raises
    ------
    InputError
        ``crs_unknown``; ``crs_inexact`` for the datums from which no exact way leads to CGCS2000; ``crs_local`` for
        coordinates counted from a point of their own.
    """
    if turned := _TURNED.fullmatch(told.strip()):
        return known_system(turned[1])[0], True
    bare = _ENDINGS.sub("", re.sub(r"^epsg:", "", _fold(told)).translate(_MARKS))
    _refuse_old(bare, told)
    return _BY_NAME.get(bare) or _zone_named(bare) or _by_proj(told.strip()), False


def zone_of(crs: str) -> tuple[int, int, int | None] | None:
    """Return the width in degrees, the central meridian and the zone number in the easting of a CGCS2000 zone.

    The number is None where eastings have no zone before them. None for every other system.
    """
    code = int(crs[5:]) if re.fullmatch(r"EPSG:\d{4}", crs) else 0
    for first, last, width, start in _FAMILIES:
        if first <= code <= last:
            meridian = start + width * (code - first)
            return width, meridian, _number(width, meridian) if first in _NUMBERED else None
    return None


def zone_crs(width: int, meridian: int, *, numbered: bool) -> str | None:
    """Return the CGCS2000 zone of that width in degrees round a central meridian, with or without its number."""
    for first, last, wide, start in _FAMILIES:
        code = first + (meridian - start) // width
        if (
            (wide, first in _NUMBERED) == (width, numbered)
            and (meridian - start) % width == 0
            and first <= code <= last
        ):
            return f"EPSG:{code}"
    return None


def fitting_zone(crs: str, easting: float) -> str:
    """Return the twin of a CGCS2000 zone whose eastings have, or lack, the zone number as this easting does.

    People name a zone by its number whether their files' eastings begin with it or not; the easting leaves no doubt.
    """
    zone = zone_of(crs)
    if zone is None or not easting > 0:
        return crs
    width, meridian, number = zone
    if number is not None and easting < MILLION:
        return zone_crs(width, meridian, numbered=False) or crs
    for wide in (width, 9 - width):
        if number is None and _number(wide, meridian) == easting // MILLION:
            return zone_crs(wide, meridian, numbered=True) or crs
    return crs


# EPSG's four families: first and last code, width of a zone, central meridian of the first.
_FAMILIES = ((4491, 4501, 6, 75), (4502, 4512, 6, 75), (4513, 4533, 3, 75), (4534, 4554, 3, 75))
_NUMBERED = (4491, 4513)
_MARKS = {ord(mark): None for mark in " -_/:()（）.,、\t'′"}


def _number(width: int, meridian: int) -> int | None:
    if width == 6:
        return (meridian + 3) // 6 if meridian % 6 == 3 else None
    return meridian // 3


def _fold(told: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", told)).casefold()


def _refuse_old(bare: str, told: str) -> None:
    for datum, names in _OLD_DATUMS.items():
        if any(name in bare for name in names):
            raise InputError("crs_inexact", crs=told[:80], datum=datum)


def _zone_named(bare: str) -> str | None:
    if utm := _UTM.fullmatch(bare):
        zone = int(utm[1])
        return f"EPSG:{(32700 if utm[2] == 's' else 32600) + zone}" if 1 <= zone <= 60 else None
    found = _ZONE.fullmatch(bare)
    if found is None or bare.isdecimal():
        return None
    width = {"3": 3, "三": 3, "6": 6, "六": 6}.get(found["width"] or "")
    if found["zone"] is None:
        return zone_crs(width or 3, int(found["meridian"] or found["east"]), numbered=False)
    number = int(found["zone"])
    own = 6 if number < 24 else 3
    meridian = 6 * number - 3 if own == 6 else 3 * number
    return zone_crs(own, meridian, numbered=True) if width in {None, own} else None


@lru_cache(maxsize=64)
def _by_proj(told: str) -> str:
    urn = re.fullmatch(r"urn:(?:x-)?ogc:def:crs:(\w+):[^:]*:(\w+)", told, re.IGNORECASE)
    name = f"{urn[1]}:{urn[2]}" if urn else told
    if re.sub(r"[\s\-_]", "", name).casefold() in {"ogc:crs84", "ogc:1.3:crs84"}:
        return GEOGRAPHIC
    try:
        found = CRS.from_user_input(int(name) if name.isdecimal() else name)
    except (CRSError, ValueError) as error:
        raise InputError("crs_unknown", crs=told[:80]) from error
    if not (found.is_geographic or found.is_projected or found.is_compound):
        raise InputError("crs_local", crs=told[:80])
    _refuse_old(_fold(str(found.geodetic_crs.name if found.geodetic_crs else "")).translate(_MARKS), found.name)
    code = found.to_epsg(min_confidence=70)
    return _BY_NAME.get(str(code)) or (f"EPSG:{code}" if code else str(found.to_wkt()))

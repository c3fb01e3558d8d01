"""What the address bar says, read in one place."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from urllib.parse import urlsplit

from flask import current_app, g, request

from gridgov.errors import InputError
from gridgov.storage.current import At

_LARGEST_PAGE = 100_000
_LONGEST_TEXT = 200
_EARLIEST, _LATEST = date(1900, 1, 1), date(2200, 1, 1)


def today() -> date:
    """Return the date on this machine's calendar, unless the application stands on a fixed day."""
    fixed: date | None = current_app.config["TODAY"]
    return fixed or datetime.now(UTC).astimezone().date()


def as_of() -> date:
    """Return the day asked about: today, unless the address says another."""
    return day("as_of", today())


def day(name: str, default: date) -> date:
    """Return a day that the address gives under a name."""
    given = request.args.get(name, "")
    return _day_of(given) if given else default


def _day_of(given: str) -> date:
    try:
        found: date | None = date.fromisoformat(given)
    except ValueError:
        found = None
    if found is None or not _EARLIEST <= found <= _LATEST:
        raise InputError("date_unreadable", value=given[:_LONGEST_TEXT])
    return found


def day_of_form() -> date:
    """Return the day that a posted form speaks of: today unless it says another."""
    given = request.form.get("day", "")
    return _day_of(given) if given else today()


def told_day() -> date | None:
    """Return the day the address says, or nothing: what was written is listed whole unless a day is asked about."""
    return as_of() if request.args.get("as_of") else None


def at() -> At:
    """Return the day asked about, as every reading use case takes it."""
    if "at" not in g:
        g.at = At(as_of())
    found: At = g.at
    return found


def choice(name: str, allowed: Iterable[str], default: str | None = None) -> str | None:
    """Return one of a fixed set of values; an unknown one is refused."""
    given = request.args.get(name) or default
    if given is not None and given not in allowed:
        raise InputError("option_unknown", name=name, value=given[:_LONGEST_TEXT])
    return given


def text(name: str) -> str | None:
    """Return a short text, or nothing where it is empty."""
    given = request.values.get(name, "").strip()
    if len(given) > _LONGEST_TEXT:
        raise InputError("text_long", name=name, most=_LONGEST_TEXT)
    return given or None


def page() -> int:
    """Return the page of a list, from 1."""
    return whole("page", 1, least=1, most=_LARGEST_PAGE)


def whole(name: str, default: int, *, least: int, most: int) -> int:
    """Return a whole number within bounds."""
    given = request.args.get(name, "")
    if not given:
        return default
    if not given.isdecimal() or len(given) > 12 or not least <= int(given) <= most:
        raise InputError("number_unreadable", name=name, value=given[:_LONGEST_TEXT])
    return int(given)


def bounds() -> tuple[float, float, float, float]:
    """Return the west, south, east and north of the part of the map that is asked about."""
    told = request.args.get("bounds", "")[:_LONGEST_TEXT]
    try:
        west, south, east, north = (float(part) for part in told.split(","))
    except ValueError:
        raise InputError("bounds_invalid", bounds=told) from None
    if not (-360 <= west <= east <= 360 and -90 <= south <= north <= 90):
        raise InputError("bounds_invalid", bounds=told)
    return west, south, east, north


def position() -> tuple[float, float] | None:
    """Return the longitude and latitude of a posted form or JSON body; kept nowhere."""
    body = request.get_json(silent=True) if request.is_json else request.form
    if not isinstance(body, dict) or body.get("lon") in (None, ""):
        return None
    return degrees(body.get("lon"), body.get("lat"))


def degrees(east: object, north: object) -> tuple[float, float]:
    """Return a longitude and latitude that somebody told as numbers or as text."""
    try:
        lon, lat = float(_plain(east)), float(_plain(north))
    except (TypeError, ValueError, OverflowError):
        raise InputError("position_unreadable") from None
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise InputError("position_unreadable")
    return lon, lat


def _plain(told: object) -> str | int | float:
    """Return a number or its text; a list, a truth value or nothing is no degree."""
    if isinstance(told, str | int | float) and not isinstance(told, bool):
        return told
    raise TypeError(told)


def local_path(given: str | None) -> str | None:
    """Return a path on this site, or nothing: a sign-in never sends anybody to another host."""
    if not given or not given.startswith("/") or "//" in given.partition("?")[0] or given.startswith("/\\"):
        return None
    parts = urlsplit(given)
    if parts.scheme or parts.netloc or any(ord(char) < 32 for char in given) or "\\" in given:
        return None
    return given

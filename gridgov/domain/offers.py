"""What a partner body shares and what it pledged: how a cell or a form tells them, and how they are told again.

One per line, or parted by a semicolon. Shared: `text`, or `kind: text` where the kind is a place or a skill. Pledged:
`text | due | kept`, the days where there are any; or as people write it, with `（2026年12月31日前）` or `by 2026-12-31`
and `（2026年11月20日已兑现）` or `kept 2026-11-20` at the end of the text.
"""

import re
from collections.abc import Iterable
from datetime import date, timedelta

from gridgov.domain.dates import SPELLED, read_day

PARTNER_KINDS = (
    "owners_committee", "property_company", "social_organisation", "volunteer_team", "resident_department"
)  # fmt: skip
RESOURCE_KINDS = ("place", "skill")
PLEDGE_STATES = ("overdue", "due_soon", "open", "kept")
DUE_SOON_DAYS = 30
Offer = dict[str, str | None]

_KIND_WORDS = {**dict.fromkeys(("place", "场地"), "place"), **dict.fromkeys(("skill", "技能"), "skill")}
_PARTED = re.compile(r"[;；\r\n]+")
_BAR = "|"
_COLON = re.compile(r"\s*[:：]\s*")
# Full-width letters, digits and signs as their narrow twins, one for one, so that a place in the text stays its place.
_NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_KEPT = r"(?:已?兑现|kept)"
_ENDINGS = {
    "due": rf"(?:截至|截止|by)?\s*(?P<day>{SPELLED})\s*(?:之?前|以前|截止)?(?:完成|兑现)?",
    "kept": rf"(?:{_KEPT}\s*(?:于|on)?\s*(?P<before>{SPELLED})|(?:于\s*)?(?P<after>{SPELLED})\s*{_KEPT})",
}
_BRACKETED = {name: re.compile(rf"\s*[(\[【]\s*{form}\s*[)\]】]$", re.IGNORECASE) for name, form in _ENDINGS.items()}
_BARE = {
    "due": re.compile(
        rf"[\s,，、]+(?:by|截至|截止)\s*(?P<by>{SPELLED})$|[\s,，、]*(?P<day>{SPELLED})\s*(?:之?前|以前)$",
        re.IGNORECASE,
    ),
    "kept": re.compile(rf"[\s,，、]+{_KEPT}\s*(?:于|on)?\s*(?P<before>{SPELLED})$", re.IGNORECASE),
}
_KEPT_WORD = re.compile(rf"^{_KEPT}\s*(?:于|on)?\s*|\s*{_KEPT}$", re.IGNORECASE)
_KEPT_ALONE = re.compile(rf"[(\[【]\s*{_KEPT}\s*[)\]】]$|[\s,，、]{_KEPT}$", re.IGNORECASE)


def read_resources(told: str) -> list[Offer]:
    """Read what a body shares: `{kind, text}` each, the kind None where none is told."""
    return [_resource(part.strip()) for part in _PARTED.split(told) if part.strip()]


def read_pledges(told: str) -> list[Offer]:
    """Read what a body pledged: `{text, due, kept}` each, days as ISO text.

    Raises
    ------
    ValueError
        With the pledge that can't be read: a day that is none, a third one, or kept without the day it was.
    """
    return [_pledge(part.strip()) for part in _PARTED.split(told) if part.strip()]


def write_resources(offers: Iterable[Offer]) -> str:
    """Tell what a body shares as `read_resources` reads it."""
    return "\n".join(f"{offer['kind']}: {offer['text']}" if offer["kind"] else str(offer["text"]) for offer in offers)


def write_pledges(offers: Iterable[Offer]) -> str:
    """Tell what a body pledged as `read_pledges` reads it."""
    return "\n".join(_written(offer) for offer in offers)


def pledge_state(pledge: Offer, day: date) -> str:
    """Tell where a pledge stands on a day: kept by then, overdue, due soon (that day or within 30 days), open."""
    due, kept = (date.fromisoformat(told) if told else None for told in (pledge["due"], pledge["kept"]))
    if kept is not None and kept <= day:
        return "kept"
    if due is None or due > day + timedelta(days=DUE_SOON_DAYS):
        return "open"
    return "overdue" if due < day else "due_soon"


def pressing(states: Iterable[str]) -> str | None:
    """Return the most pressing of some pledges' states: what a body is marked by; None where it pledged nothing."""
    return min(states, key=PLEDGE_STATES.index, default=None)


def _resource(told: str) -> Offer:
    head, *rest = _COLON.split(told, maxsplit=1)
    kind = _KIND_WORDS.get(head.translate(_NARROW).casefold()) if rest and rest[0] else None
    return {"kind": kind, "text": rest[0] if kind else told}


def _pledge(told: str) -> Offer:
    narrow = told.translate(_NARROW)
    text = told[: narrow.find(_BAR)].strip() if _BAR in narrow else told
    days = [part.strip() for part in narrow.split(_BAR)[1:]]
    try:
        return _spoken(text, *_barred(*days))
    except (ValueError, TypeError):
        raise ValueError(told) from None


def _barred(due: str = "", kept: str = "") -> tuple[str | None, str | None]:
    """Read the days behind bars; the first one, where it says that the pledge was kept, is the day of that."""
    if not kept and _KEPT_WORD.search(due):
        due, kept = "", due
    kept_day = _KEPT_WORD.sub("", kept)
    if kept and not kept_day:
        raise ValueError(kept)
    return _day(due), _day(kept_day)


def _spoken(text: str, due: str | None, kept: str | None) -> Offer:
    """Read the days that stand at the end of the text itself, those that no bar told."""
    days = {"due": due, "kept": kept}
    while found := _ending(text, [name for name, day in days.items() if day is None]):
        name, day, start = found
        days[name], text = _day(day), text[:start].strip()
    if not text or (days["kept"] is None and _KEPT_ALONE.search(text.translate(_NARROW))):
        raise ValueError(text)
    return {"text": text, **days}


def _ending(text: str, wanted: list[str]) -> tuple[str, str, int] | None:
    """Return what the end of a text tells (due or kept), the day, and where it begins."""
    narrow = text.translate(_NARROW)
    for name in wanted:
        for form in (_BRACKETED[name], _BARE[name]):
            found = form.search(narrow)
            if found:
                return name, next(day for day in found.groupdict().values() if day), found.start()
    return None


def _day(told: str) -> str | None:
    return read_day(told.strip()).isoformat() if told else None


def _written(offer: Offer) -> str:
    parts = [offer["text"] or "", offer["due"] or "", offer["kept"] or ""]
    while not parts[-1]:
        parts.pop()
    return " | ".join(parts)

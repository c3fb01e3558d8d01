"""What a partner body shares and what it pledged: how a cell or a form tells them, and how they are told again.

One per line, or parted by a semicolon. Shared: `text`, or `kind: text` where the kind is a place or a skill. Pledged:
`text | due | kept`, the dates where there are any.
"""

import re
from datetime import date

RESOURCE_KINDS = ("place", "skill")
_KIND_WORDS = {**dict.fromkeys(("place", "场地"), "place"), **dict.fromkeys(("skill", "技能"), "skill")}
_PARTED = re.compile(r"[;；\n]+")
_BARS = re.compile(r"\s*[|｜]\s*")
_COLON = re.compile(r"\s*[:：]\s*")
Offer = dict[str, str | None]


def read_resources(told: str) -> list[Offer]:
    """Read what a body shares: `{kind, text}` each, the kind None where none is told."""
    return [_resource(part.strip()) for part in _PARTED.split(told) if part.strip()]


def read_pledges(told: str) -> list[Offer]:
    """Read what a body pledged: `{text, due, kept}` each, dates as ISO text.

    Raises
    ------
    ValueError
        Where a date can't be read, or a pledge has more than two.
    """
    return [_pledge(part.strip()) for part in _PARTED.split(told) if part.strip()]


def write_resources(offers: list[Offer]) -> str:
    """Tell what a body shares as `read_resources` reads it."""
    return "\n".join(f"{offer['kind']}: {offer['text']}" if offer["kind"] else str(offer["text"]) for offer in offers)


def write_pledges(offers: list[Offer]) -> str:
    """Tell what a body pledged as `read_pledges` reads it."""
    return "\n".join(_written(offer) for offer in offers)


def _resource(told: str) -> Offer:
    head, *rest = _COLON.split(told, maxsplit=1)
    kind = _KIND_WORDS.get(head.casefold()) if rest else None
    return {"kind": kind, "text": rest[0] if kind else told}


def _pledge(told: str) -> Offer:
    text, *days = _BARS.split(told)
    if not text or len(days) > 2:
        raise ValueError(told)
    due, kept = (*(_day(day) for day in days), None, None)[:2]
    return {"text": text, "due": due, "kept": kept}


def _day(told: str) -> str | None:
    return date.fromisoformat(told).isoformat() if told else None


def _written(offer: Offer) -> str:
    parts = [offer["text"] or "", offer["due"] or "", offer["kept"] or ""]
    while not parts[-1]:
        parts.pop()
    return " | ".join(parts)

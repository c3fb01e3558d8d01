"""The number a row of a contact carries out and back: its identity, and letters that say whose it was.

The letters stand for what the contact is, so that a row that comes back to another deployment, where that number is
somebody else's, isn't taken for his. They are consonants, which no spreadsheet reads as a number or a date.
"""

import re
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from gridgov.storage.models import ContactVersion

KEY = ("tier", "unit_id", "role", "cadre_id", "department_id")
_LETTERS = "bcdfghjkmnpqrstv"
_NUMBER = re.compile(r"(\d{1,18})([a-z]{4})")


def key_of(version: ContactVersion) -> tuple[Any, ...]:
    """Return what a contact is: who holds which role where."""
    return tuple(getattr(version, name) for name in KEY)


def number_of(version: ContactVersion) -> str:
    """Return the number of a contact as its rows carry it."""
    told = ".".join(str(part) for part in (version.contact_id, *key_of(version)))
    letters = "".join(_LETTERS[byte % len(_LETTERS)] for byte in sha256(told.encode()).digest()[:4])
    return f"{version.contact_id}{letters}"


def identity_in(number: str) -> int | None:
    """Return the identity a number speaks of, or None where it is none."""
    found = _NUMBER.fullmatch(number.strip().casefold())
    return int(found[1]) if found else None


def fits(number: str, versions: Iterable[ContactVersion]) -> bool:
    """Tell whether a number is that of a contact, by any of its versions."""
    return number.strip().casefold() in {number_of(version) for version in versions}

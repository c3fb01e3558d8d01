"""What may be shown of people: masking and small counts (DOMAIN §4)."""

import re
from collections.abc import Sequence

SMALLEST_AGE_COUNT = 10
_DIGITS = re.compile(r"\d")
_MOBILE = re.compile(r"(?:\+?86[- ]?)?1[3-9]\d(?:[- ]?\d{4}){2}")


def mask_phone(number: str | None) -> str | None:
    """Hide the middle of a personal number: 13812341234 → 138****1234; a short one is hidden whole."""
    if number is None:
        return None
    digits = "".join(_DIGITS.findall(number))
    if len(digits) < 8:
        return "*" * len(digits)
    return f"{digits[:3]}****{digits[-4:]}"


def shown_phone(number: str | None) -> str | None:
    """Return an office number plain and a personal one masked, whichever column it was written in."""
    return mask_phone(number) if number is not None and _MOBILE.fullmatch(number.strip()) else number


def mask_name(name: str | None) -> str | None:
    """Keep the family name only: 王小明 → 王**."""
    return name[:1] + "*" * (len(name) - 1) if name else name


def small_hidden(count: float | None) -> float | None:
    """Return the count, or None where it is under ten: an age count that small isn't shown to anybody."""
    return None if count is None or count < SMALLEST_AGE_COUNT else count


def suppressed(counts: Sequence[float | None]) -> list[float | None]:
    """Hide small counts of a row whose total is shown beside it, and the next smallest where one alone is hidden.

    One hidden part could be had by subtraction; two can't (complementary suppression).
    """
    shown = [small_hidden(count) for count in counts]
    hidden = [index for index, count in enumerate(counts) if count is not None and shown[index] is None]
    if len(hidden) == 1:
        rest = [index for index, count in enumerate(shown) if count is not None]
        if rest:
            shown[min(rest, key=lambda index: shown[index] or 0)] = None
    return shown

"""Ages of people: which of the age bands a text means."""

import re

from gridgov.domain.units import AGE_BANDS
from gridgov.errors import InputError

TOLD_OF_GAPS = {"people_60plus": (5, 6), "people_0_5": (0, 1), "people_6_14": (2, 3)}
"""The ages of a gap's people that stand beside their number: which of AGE_BANDS each column sums up."""
_BEGINS = (0, 3, 6, 12, 15, 60, 80)
_ENDS = (2, 5, 11, 14, 59, 79, None)
_ALL = {"all", "everybody", "全部", "所有"}
_SPAN = re.compile(r"(\d+)(?:[_\-–—~至到](\d+)|(\+|岁以上|岁及以上)?)岁?")


def read_ages(told: str) -> str | None:
    """Return the age bands a text means, joined by commas, or None for all: ``60+`` and ``60_79,80`` are ``60_79,80``.

    Raises
    ------
    InputError
        ``ages_not_bands`` where ages begin or end within a band: 65 and over can't be told from those of 60.
    """
    if told.strip().casefold() in _ALL:
        return None
    bands: set[int] = set()
    for part in told.replace("，", ",").split(","):
        bands |= _bands(part.strip(), told)
    return ",".join(AGE_BANDS[band] for band in sorted(bands))


def band_indexes(ages: str) -> tuple[int, ...]:
    """Return which of AGE_BANDS some ages are, as `read_ages` writes them."""
    return tuple(AGE_BANDS.index(band) for band in ages.split(","))


def _bands(part: str, told: str) -> set[int]:
    found = _SPAN.fullmatch(part)
    first = int(found[1]) if found else -1
    last = int(found[2]) if found and found[2] else None
    open_end = last is None and found is not None and (found[3] is not None or part == AGE_BANDS[-1])
    if first not in _BEGINS or (last not in _ENDS if last is not None else not open_end):
        raise InputError("ages_not_bands", value=told, known=", ".join(AGE_BANDS))
    begin, end = _BEGINS.index(first), _ENDS.index(last)
    if end < begin:
        raise InputError("ages_not_bands", value=told, known=", ".join(AGE_BANDS))
    return set(range(begin, end + 1))

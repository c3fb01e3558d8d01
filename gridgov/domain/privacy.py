"""What may be shown of people: masking and small counts (DOMAIN §4)."""

import re
from collections.abc import Sequence

SMALLEST_AGE_COUNT = 10
WITHHELD = "****"
_DIGITS = re.compile(r"\d")
_WITHHELD = re.compile(rf"<\s*{SMALLEST_AGE_COUNT}|.*\*{{4}}.*", re.DOTALL)
_BETWEEN = r"[-\s.·–—－()（）]?"
_PREFIX = rf"(?:(?:[+＋]|[0０]{{2}})?[8８][6６]{_BETWEEN})?"
_MOBILE = re.compile(rf"(?<!\d){_PREFIX}[1１][3-9３-９](?:{_BETWEEN}\d){{9}}(?!\d)")


def mask_phone(number: str | None) -> str | None:
    """Hide the middle of a personal number: 13812341234 → 138****1234; a short one is hidden whole."""
    if number is None:
        return None
    digits = "".join(_DIGITS.findall(number))
    if len(digits) < 8:
        return "*" * len(digits)
    return f"{digits[:3]}****{digits[-4:]}"


def shown_phone(text: str | None) -> str | None:
    """Mask every mobile number in a text, however it is written; office numbers and words stay as they are."""
    return None if text is None else _MOBILE.sub(_masked_mobile, text)


def withholds(cell: str) -> bool:
    """Tell whether a cell hides something, a number's middle or a small count: it tells nothing that could be taken."""
    return (WITHHELD in cell or "<" in cell) and _WITHHELD.fullmatch(cell) is not None


def mask_name(name: str | None) -> str | None:
    """Keep the family name only: 王小明 → 王**."""
    return name[:1] + "*" * (len(name) - 1) if name else name


def small_hidden(count: float | None) -> float | None:
    """Return the count, or None where it is under ten: an age count that small isn't shown to anybody."""
    return None if count is None or count < SMALLEST_AGE_COUNT else count


def age_groups_hidden(groups: Sequence[float | None], total: float | None) -> list[bool]:
    """Say which counts of different age groups of one place have to be hidden beside the place's total.

    Counts from 1 to 9 are hidden. What isn't shown, those and the ages no group stands for, could be had by subtracting
    the shown groups from the total; so the smallest groups are hidden as well until that remainder holds two counts
    and ten people at least (complementary suppression). Where the total isn't told nothing can be subtracted from.
    """
    hidden = [_small(count) for count in groups]
    if total is None:
        return hidden
    rest = total - sum(count or 0.0 for count in groups)
    while _gives_away([count for count, no in zip(groups, hidden, strict=True) if no and count], rest):
        shown = [index for index, count in enumerate(groups) if count and not hidden[index]]
        if not shown:
            break
        hidden[min(shown, key=lambda index: groups[index] or 0.0)] = True
    return hidden


def age_sums_hidden(bands: Sequence[float], sums: Sequence[Sequence[int]], total: float) -> list[bool]:
    """Say which sums of age bands have to be hidden beside each other, the bands and the total of one place.

    `sums` names the bands of each, which share none. A sum tells of those of its bands that are hidden together: that
    may come to no single small count, nor to a few people, and nor may what is hidden besides.
    """
    told = age_groups_hidden(bands, total)
    unshown = {band for band, no in enumerate(told) if no and bands[band]}
    rest = total - sum(bands)
    hidden = [True] * len(sums)
    for index in sorted(range(len(sums)), key=lambda index: -sum(bands[band] for band in sums[index])):
        own, besides = unshown.intersection(sums[index]), unshown.difference(sums[index])
        counts, others = ([bands[band] for band in some] for some in (own, besides))
        if own and (_gives_away(counts, 0.0) or _gives_away(others, rest)):
            continue
        hidden[index], unshown = False, besides
    return hidden


def age_row(people: float | None, covered: float | None, *, hidden: bool = False) -> tuple[float | None, float | None]:
    """Return what may be shown of an age group's people and of those of them covered; the uncovered are the difference.

    `hidden` says that the people themselves have to be hidden for what stands beside them.
    """
    if hidden or people is None or _small(people):
        return None, None
    if covered is None or _small(covered) or _small(people - covered):
        return people, None
    return people, covered


def age_part(part: float | None, whole: float | None) -> float | None:
    """Return the part of some people that is of an age, or None where it, or the rest of them, is under ten."""
    return None if part is None or whole is None or _small(whole - part) else small_hidden(part)


def _small(count: float | None) -> bool:
    return count is not None and 0 < round(count, 6) < SMALLEST_AGE_COUNT


def _gives_away(unshown: Sequence[float], rest: float) -> bool:
    """Tell whether what isn't shown comes to a single small count, or to a few people in all."""
    counts = [*unshown, rest] if round(rest, 6) > 0 else list(unshown)
    return any(map(_small, counts)) and (len(counts) == 1 or _small(sum(counts)))


def _masked_mobile(found: re.Match[str]) -> str:
    digits = "".join(_DIGITS.findall(found[0]))[-11:]
    return f"{digits[:3]}****{digits[-4:]}"

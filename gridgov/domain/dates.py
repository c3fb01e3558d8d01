"""Days as people write them in a cell, and nothing that only looks like one."""

import re
from datetime import date

SPELLED = r"\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?"
_DAY = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T]\d{1,2}:\d{2}.*)?|(\d{4})(\d{2})(\d{2})"
)


def read_day(text: str) -> date:
    """Read a day: 2026-12-31, 2026年12月31日, 2026/12/31, 2026.12.31 or 20261231; a time behind it is let go.

    Raises
    ------
    ValueError
        Where it isn't a day of the calendar written so.
    """
    found = _DAY.fullmatch(text)
    if not found:
        raise ValueError(text)
    return date(*(int(part) for part in found.groups() if part is not None))

"""Days as people write them in a cell, and nothing that only looks like one."""

import re
from datetime import date, timedelta

SPELLED = r"\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?"
_DAY = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?(?:[ T]\d{1,2}:\d{2}.*)?|(\d{4})(\d{2})(\d{2})"
)
# A point between year and month could be a number's: 2026.1 may have been the October of 2026.
_MONTH = re.compile(r"(\d{4})\s*[-/年]\s*(\d{1,2})\s*月?(?:份)?")
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?")
# Excel calls 1 January 1900 day 1 and counts a 29 February 1900 that never was: every later day is one too many.
_EXCEL_BEGIN = date(1899, 12, 30)
_NO_END = frozenset({"长期", "永久", "至今", "今", "现在", "无固定期限", "无期限", "长期有效", "present", "ongoing"})
_NUMERALS = "〇一二三四五六七八九"
_DIGITS = str.maketrans("零○" + _NUMERALS, "000123456789")
_SPELLED_OUT = re.compile(rf"[零○十廿卅{_NUMERALS}]+")


def read_day(text: str) -> date:
    """Read a day: 2026-12-31, 2026/12/31, 2026.12.31, 2026年12月31日, 二〇二六年十二月三十一日, 20261231.

    Excel's number of a day, 46387, is one too. A time behind it is let go.

    Raises
    ------
    ValueError
        Where it isn't a day of the calendar written so.
    """
    serial = _SERIAL.fullmatch(text)
    if serial:
        return _EXCEL_BEGIN + timedelta(days=int(serial[1]))
    found = _DAY.fullmatch(_in_digits(text))
    if not found:
        raise ValueError(text)
    return date(*(int(part) for part in found.groups() if part is not None))


def read_start(text: str) -> date:
    """Read the day something begins: of a month alone (2026年3月) its first."""
    month = _month(text)
    return read_day(text) if month is None else month


def read_end(text: str) -> date | None:
    """Read the first day something holds no longer: of a month alone the day after it; None where it goes on (长期)."""
    if text.casefold() in _NO_END:
        return None
    month = _month(text)
    return read_day(text) if month is None else (month + timedelta(days=31)).replace(day=1)


def _month(text: str) -> date | None:
    found = _MONTH.fullmatch(_in_digits(text))
    return date(int(found[1]), int(found[2]), 1) if found else None


def _in_digits(text: str) -> str:
    """Return a text with the numbers that are spelled out in characters as digits: 二〇二六年三月 is 2026年3月."""
    return _SPELLED_OUT.sub(lambda found: _number(found[0]), text)


def _number(spelled: str) -> str:
    ten = spelled.replace("廿", "二十").replace("卅", "三十")
    if "十" not in ten:
        return spelled.translate(_DIGITS)
    tens, _, ones = (part.translate(_DIGITS) for part in ten.partition("十"))
    return f"{tens or 1}{ones or 0}"

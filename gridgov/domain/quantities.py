"""Numbers as people write them in a cell: with their unit, in 万, with commas; never one that is only about right."""

import math
import re
from collections.abc import Callable
from decimal import Decimal

LARGEST_WHOLE = 2**31 - 1
PEOPLE = ("人", "口", "名", "位")
HOUSEHOLDS = ("户", "家")
AREA = ("平方米", "平米", "平", "m2", "sqm")
PLACES = (*PEOPLE, "个", "张", "床", "座", "席", "间", "学位", "床位", "座位", "车位")
YEAR = ("年", "年度")
_PLAIN = re.compile(r"((?:\d{1,3}(?:[, ]\d{3})+|\d+)(?:\.\d*)?|\.\d+)\s*([万亿])?\s*(.*)", re.DOTALL)
_POWERS = re.compile(r"\d+(?:\.\d*)?[eE]\+?\d{1,2}")
_SHORT = 15
_TIMES = {"万": 10_000, "亿": 100_000_000, None: 1}


def quantity(*units: str) -> Callable[[str], float]:
    """Return a reader of numbers that may have one of some units behind them: 1,234人, 12.5万㎡.

    It raises ValueError for anything else: 约300, 300左右, 30%, 1,2, -5, 5户 where people are counted.
    """
    known = frozenset({"", *units})

    def read(text: str) -> float:
        if len(text) <= _SHORT and text.isascii() and text.replace(".", "", 1).isdigit():
            return float(text)  # what nearly every cell of a long column is
        if _POWERS.fullmatch(text):
            return float(text)
        found = _PLAIN.fullmatch(text)
        if not found or found[3].strip().casefold() not in known:
            raise ValueError(text)
        told = float(Decimal(re.sub(r"[, ]", "", found[1])) * _TIMES[found[2]])
        if not math.isfinite(told):
            raise ValueError(text)
        return told

    return read


def whole(*units: str) -> Callable[[str], int]:
    """Return a reader of whole numbers that may have one of some units behind them."""
    number = quantity(*units)

    def read(text: str) -> int:
        told = number(text)
        if not told.is_integer() or told > LARGEST_WHOLE:
            raise ValueError(text)
        return int(told)

    return read

"""What people write when they ask for a place, brought into one form: width, numbers, words left out or added."""

import re
import unicodedata
from collections.abc import Iterator

from gridgov.domain.names import without_city

_UNSAID = re.compile(r"[\s·•・\u200b\ufeff,，.。、;；:：()\[\]{}【】「」“”\"'‘’]+")
_TRADITIONAL = str.maketrans("號樓棟園區莊鎮鄉臺層單戶東門衛", "号楼栋园区庄镇乡台层单户东门卫")
_DASHES = re.compile(r"[‐‑‒–—―−~～至]")
_NUMERAL = re.compile(r"[零〇一二三四五六七八九十百]+(?=号|栋|幢|座|单元)")
_DIGITS = "零一二三四五六七八九"
# behind the building: a staircase, a floor, a flat
_INSIDE = re.compile(r"(?<=[号栋])(?:\d+单元)?(?:\d+[层楼])?(?:\d+[室户])?$")
_BUILDING = re.compile(r"(\d+|[a-z])(?:号楼|号栋|栋楼|#楼|幢|座|栋|#)")
_SUB = re.compile(r"(\d+)号?(?:之|-)(\d+)号?")
_BARE_HOUSE = re.compile(r"(?<=[路街道巷弄])(\d+(?:-\d+)?)$")
_HOUSE = re.compile(r"(?P<road>.*?[路街道巷弄里])(?P<number>\d+)(?:-(?P<sub>\d+))?号")
_KINDS = re.compile(
    r"(?<=.)(?:小区|住宅区|社区居民委员会|社区居委会|居民委员会|村民委员会|居委会|村委会|社区|街道办事处|街道办|街道|办事处)$"
)
_GARDENS = re.compile(r"(?<=..)(?:花园|家园|花苑|苑|园|公寓|新村|大院|院)$")
_IN_COMPOUND = re.compile(r"(?P<head>.+?)(?P<building>(?:\d+|[a-z])栋)")


def written(text: str) -> str:
    """Return a text in one width, case and set of address words: 中山路十二號之１ is 中山路12-1号."""
    told = unicodedata.normalize("NFKC", text).casefold().translate(_TRADITIONAL)
    told = _UNSAID.sub("", _DASHES.sub("-", told))
    told = _NUMERAL.sub(lambda found: str(_value(found[0])), without_city(told))
    told = _SUB.sub(r"\1-\2号", _BUILDING.sub(r"\1栋", told))
    return _INSIDE.sub("", _BARE_HOUSE.sub(r"\1号", told))


def bare(text: str) -> str:
    """Return a written text without the word for what it is: 桂花苑小区, 学院街道办事处."""
    return _KINDS.sub("", text)


def stem(text: str) -> str:
    """Return a written text without the word that many compounds end with: 桂花苑, 桂花园."""
    return _GARDENS.sub("", bare(text))


def house(text: str) -> tuple[str, int, int] | None:
    """Return the road, the number and the number behind it (0 where there is none) that a written text ends with."""
    found = _HOUSE.fullmatch(text)
    return None if found is None else (found["road"], int(found["number"]), int(found["sub"] or 0))


def in_compound(text: str) -> tuple[str, str] | None:
    """Part a written text into a place and the building in it: 桂花苑3栋."""
    found = _IN_COMPOUND.fullmatch(text)
    return None if found is None else (found["head"], found["building"])


def shortened(word: str) -> Iterator[str]:
    """Yield a word, and it without each of its characters.

    Two words that differ by one character more, less, changed or swapped with its neighbour share one of these
    (the deletion neighbourhood: Mor and Fraenkel 1982).
    """
    yield word
    for index in range(len(word)):
        yield word[:index] + word[index + 1 :]


def _value(numeral: str) -> int:
    """Return a number written in Chinese, below a thousand."""
    if not set(numeral) & set("十百"):
        return int("".join(str(_DIGITS.index(each.replace("〇", "零"))) for each in numeral))
    hundreds, _, rest = numeral.rpartition("百")
    tens, ten, ones = rest.lstrip("零〇").rpartition("十")
    return 100 * _digit(hundreds) * ("百" in numeral) + 10 * (_digit(tens) if tens else 1) * bool(ten) + _last(ones)


def _digit(numeral: str) -> int:
    return _DIGITS.index(numeral[-1]) if numeral and numeral[-1] in _DIGITS else 1


def _last(numeral: str) -> int:
    return _DIGITS.index(numeral[-1]) if numeral and numeral[-1] in _DIGITS else 0

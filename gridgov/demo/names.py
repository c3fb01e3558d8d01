"""Invented names of a plausible pattern; none is meant to be anybody's or any place's."""

from itertools import product

import numpy as np

_STREETS = ("栖澜街道", "鹭桥街道", "汀南街道")
_AGAIN = "东西南北中上下新老前后内外大小长金银玉青"  # before a name that has been given already
_FIRST = "澜栖鹭汀蘅泠霁芷榆棠樟樨笙苇菱"
_SECOND = "桥浦渚畔洲矶陂塘隅坪"
_COMPOUND = {
    "walled": ("苑", "花园", "家园", "雅筑", "府", "华庭"),
    "open": ("里", "坊", "巷"),
    "work_unit": ("宿舍", "职工院", "新村"),
    "scattered": ("散居点", "零星楼栋"),
}
_SURNAMES = "王李张刘陈杨黄赵周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
_GIVEN = "安柏晨澄川丹枫广恒弘嘉健静珂岚黎林敏宁朋平清荣锐珊诗书思涛庭文希贤欣雅彦阳毅颖宇远哲真知志卓"
_ROADS = {"primary": "大道", "secondary": "路", "residential": "街"}
_NUMERALS = "一二三四五六七八九十"


def streets(count: int, towns: int) -> tuple[str, ...]:
    """Return that many names of streets, all different; the last `towns` of them are towns of villages."""
    pairs = [a + b for a, b in product(_FIRST, _SECOND) if f"{a}{b}街道" not in _STREETS]
    more = [pairs[(29 + index * 71) % len(pairs)] for index in range(max(0, count - len(_STREETS)))]
    return (*_STREETS[:count], *(name + ("镇" if len(more) - i <= towns else "街道") for i, name in enumerate(more)))


def communities(count: int, villages: frozenset[int] = frozenset()) -> list[str]:
    """Return that many community names, all different."""
    step = 67  # coprime with 150: neighbours get names that don't look alike
    return [_distinct(_FIRST, _SECOND, i, i * step) + ("村" if i in villages else "社区") for i in range(count)]


def stem(community: str) -> str:
    """Return a community's name without the word for what it is."""
    return community.removesuffix("社区").removesuffix("村")


def compound(kind: str, number: int, random: np.random.Generator) -> str:
    """Return a compound's name; `number` keeps it from being another's."""
    return _distinct(_SECOND, _FIRST, number, number * 41) + str(random.choice(_COMPOUND[kind]))


def person(random: np.random.Generator) -> str:
    """Return a person's name."""
    given = "".join(str(random.choice(list(_GIVEN))) for _ in range(1 + int(random.random() < 0.8)))
    return str(random.choice(list(_SURNAMES))) + given


def road(number: int, kind: str = "secondary") -> str:
    """Return a road's name; `number` keeps it from being another's."""
    return _distinct(_FIRST, _SECOND, number, 11 + number * 53) + _ROADS[kind]


def numeral(number: int) -> str:
    """Return a small number in Chinese, 1 to 99."""
    tens, ones = divmod(number, 10)
    return ("" if tens == 0 else ("" if tens == 1 else _NUMERALS[tens - 1]) + "十") + (
        _NUMERALS[ones - 1] if ones else ""
    )


def office_phone(number: int) -> str:
    """Return an office number nobody has."""
    return f"0717-{number % 100000:07d}"


def mobile(number: int) -> str:
    """Return a mobile number nobody has."""
    return f"138{number % 100000:08d}"


def _distinct(first: str, second: str, number: int, place: int) -> str:
    """Return the pair at a place; once all pairs are given, with a syllable before it that tells it from the first."""
    pairs = [a + b for a, b in product(first, second)]
    again = number // len(pairs)
    return ("" if again == 0 else _AGAIN[(again - 1) % len(_AGAIN)]) + pairs[place % len(pairs)]

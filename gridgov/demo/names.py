"""Invented names of a plausible pattern; none is meant to be anybody's or any place's."""

from itertools import product

import numpy as np

STREETS = ("栖澜街道", "鹭桥街道", "汀南街道")
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


def communities(count: int) -> list[str]:
    """Return that many community names, all different."""
    pairs = [a + b for a, b in product(_FIRST, _SECOND)]
    step = 67  # coprime with 150: neighbours get names that don't look alike
    return [pairs[index * step % len(pairs)] + "社区" for index in range(count)]


def compound(kind: str, number: int, random: np.random.Generator) -> str:
    """Return a compound's name; `number` keeps it from being another's."""
    pairs = [a + b for a, b in product(_SECOND, _FIRST)]
    return pairs[number * 41 % len(pairs)] + str(random.choice(_COMPOUND[kind]))


def person(random: np.random.Generator) -> str:
    """Return a person's name."""
    given = "".join(str(random.choice(list(_GIVEN))) for _ in range(1 + int(random.random() < 0.8)))
    return str(random.choice(list(_SURNAMES))) + given


def road(number: int, kind: str = "secondary") -> str:
    """Return a road's name; `number` keeps it from being another's."""
    pairs = [a + b for a, b in product(_FIRST, _SECOND)]
    return pairs[(11 + number * 53) % len(pairs)] + _ROADS[kind]


def numeral(number: int) -> str:
    """Return a small number in Chinese, 1 to 99."""
    tens, ones = divmod(number, 10)
    return ("" if tens == 0 else ("" if tens == 1 else _NUMERALS[tens - 1]) + "十") + (
        _NUMERALS[ones - 1] if ones else ""
    )


def office_phone(number: int) -> str:
    """Return an office number nobody has."""
    return f"0717-{number % 10000:07d}"


def mobile(number: int) -> str:
    """Return a mobile number nobody has."""
    return f"138{number % 100000:08d}"

"""The departments: those of the catalogue that answer for services, and invented ones that pair with communities."""

from itertools import product

import numpy as np

from gridgov.demo import codes, names
from gridgov.demo.register import Row
from gridgov.demo.sizes import Size
from gridgov.demo.terrain import to_degrees
from gridgov.demo.town import Town
from gridgov.sources.rulepacks import catalogue

_PLACES = "澜栖鹭汀蘅泠霁芷榆棠樟樨笙苇菱桥浦渚畔洲"
_KINDS = (
    "供水中心", "规划研究院", "公共交通公司", "职业学校", "图书档案馆", "粮食储备中心", "城建投资公司", "水文站",
    "实验中学", "园林管理处",
)  # fmt: skip


def departments(size: Size) -> list[Row]:
    """Return the departments, with invented addresses and numbers."""
    known = [(row.code, row.zh) for row in catalogue().departments]
    invented = [f"{place}{kind}" for kind, place in product(_KINDS, _PLACES)][: max(0, size.departments - len(known))]
    known += [(f"D{number:02d}", name) for number, name in enumerate(invented, len(known) + 1)]
    return [
        {
            "code": code,
            "name": name,
            "phone": names.office_phone(100 + number),
            "address": f"{names.road(number)}{12 + 7 * number}号",
        }
        for number, (code, name) in enumerate(known)
    ]


def seated(town: Town) -> list[Row]:
    """Return the departments with where they sit: each in a community, spread over the town."""
    rows = departments(town.size)
    count = len(set(town.cells.community.tolist()) - {-1})
    seats = [
        codes.area(town, town.cells.community, number * count // len(rows)).representative_point()
        for number in range(len(rows))
    ]
    placed = to_degrees(np.array(seats, dtype=object), town.size)
    return [{**row, "lon": seat.x, "lat": seat.y} for row, seat in zip(rows, placed, strict=True)]

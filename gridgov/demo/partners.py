"""The partner bodies around compounds and communities: what they share, and pledges in every state."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import shapely

from gridgov.demo import names
from gridgov.demo.codes import Codes
from gridgov.demo.departments import departments
from gridgov.demo.register import Row
from gridgov.demo.terrain import to_degrees
from gridgov.demo.town import Town
from gridgov.domain.offers import DUE_SOON_DAYS, PLEDGE_STATES, Offer, write_pledges, write_resources

_SHARED = (
    ("place", "会议室"), ("place", "停车位"), ("place", "健身场地"), ("place", "书屋"), ("place", "活动室"),
    ("skill", "法律咨询"), ("skill", "义诊"), ("skill", "课后托管"), ("skill", "家电维修"),
)  # fmt: skip
_PLEDGED = (
    "义诊一次", "开放停车位20个", "法律咨询日", "认领绿地一处", "课后托管一学期", "修缮单元门", "更换楼道灯",
    "清理架空层",
)  # fmt: skip
_SPREAD = 1.25  # pledges to a body that pledges at all


@dataclass(frozen=True)
class Around:
    """The bodies' rows, and the codes of those with a pledge in each state, one for each such pledge."""

    rows: list[Row]
    pledged: dict[str, list[str]]

    def truth(self) -> dict[str, Any]:
        """Tell how many bodies and pledges there are, and whose those are that press."""
        return {
            "bodies": len(self.rows),
            "kinds": dict(Counter(str(row["kind"]) for row in self.rows)),
            "placed": [row["code"] for row in self.rows if row["lon"] is not None],
            "pledges": {state: len(codes) for state, codes in self.pledged.items()},
            "by": {state: sorted(set(self.pledged[state])) for state in ("overdue", "due_soon")},
        }


def gather(town: Town, codes: Codes, management: list[str], today: date) -> Around:
    """Return the partner bodies around compounds and communities, with pledges as planted for a day."""
    random = town.size.random("partners")
    rows: list[Row] = []

    def add(kind: str, name: str, unit: str) -> None:
        rows.append(_body(kind, name, unit, len(rows), random))

    for index, (code, name) in enumerate(zip(codes.compounds, codes.compound_names, strict=True)):
        if management[index] == "property_company":
            add("property_company", f"{name[:2]}物业服务公司", code)
            if random.random() < 0.65:
                add("owners_committee", f"{name}业主委员会", code)
    bureaus = departments(town.size)
    supported = _supported(town, codes)
    for index, (code, name) in enumerate(zip(codes.communities, codes.community_names, strict=True)):
        add("volunteer_team", f"{name}志愿服务队", code)
        if index in supported:
            add("resident_department", f"{bureaus[index % len(bureaus)]['name']}（驻区）", code)
        if index % 3 == 0:
            add("social_organisation", f"{names.stem(name)}邻里互助社", code)
    _place(town, codes, rows)
    return Around(rows, _pledge(town, rows, today))


def _supported(town: Town, codes: Codes) -> frozenset[int]:
    """Return the communities a resident department supports: all, or as many as are told, then no village."""
    urban = [index for index in range(len(codes.communities)) if index not in codes.villages]
    if town.size.posts.supported is None:
        return frozenset(range(len(codes.communities)))
    chosen = town.size.random("supported").permutation(urban)[: town.size.posts.supported]
    return frozenset(int(index) for index in chosen)


def _body(kind: str, name: str, unit: str, number: int, random: np.random.Generator) -> Row:
    shared = random.choice(len(_SHARED), size=1 + int(random.integers(3)), replace=False)
    offers: list[Offer] = [{"kind": _SHARED[i][0], "text": _SHARED[i][1]} for i in sorted(shared.tolist())]
    return {
        "code": f"P{number + 1:04d}",
        "kind": kind,
        "name": name,
        "unit": unit,
        "contact": names.person(random),
        "phone": names.office_phone(7000 + number),
        "resources": write_resources(offers),
        "pledges": None,
        "lon": None,
        "lat": None,
    }


def _place(town: Town, codes: Codes, rows: list[Row]) -> None:
    """Put every department that resides in a community with compounds at a house of its last one."""
    houses = {
        codes.communities[compound.community]: estate.buildings[-1].footprint
        for compound, estate in zip(town.plots.compounds, town.estates, strict=True)
    }
    resident = [row for row in rows if row["kind"] == "resident_department" and row["unit"] in houses]
    footprints = np.asarray([houses[str(row["unit"])] for row in resident], dtype=object)
    points = shapely.get_coordinates(to_degrees(shapely.centroid(footprints), town.size))
    for row, (lon, lat) in zip(resident, points.tolist(), strict=True):
        row.update(lon=lon, lat=lat)


def _pledge(town: Town, rows: list[Row], today: date) -> dict[str, list[str]]:
    """Deal the planted pledges out to the bodies; some pledge several things."""
    random = town.size.random("pledges")
    planted = [(state, number) for state in PLEDGE_STATES for number in range(town.size.pledges[state])]
    dealt = [planted[int(i)] for i in random.permutation(len(planted))]
    givers = [rows[int(i)] for i in random.permutation(len(rows))[: round(len(planted) / _SPREAD)]]
    pledged: dict[str, list[str]] = {state: [] for state in PLEDGE_STATES}
    given: dict[str, list[Offer]] = {str(row["code"]): [] for row in givers}
    for turn, (state, number) in enumerate(dealt):
        code = str(givers[turn % len(givers)]["code"])
        text = _PLEDGED[(turn // len(givers) * 3 + turn) % len(_PLEDGED)]
        given[code].append({"text": text, **_days(state, number, today)})
        pledged[state].append(code)
    for row in givers:
        row["pledges"] = write_pledges(given[str(row["code"])])
    return pledged


def _days(state: str, number: int, today: date) -> dict[str, str | None]:
    """Return the days of a pledge in a state: the first ones on the very edge of it, every third open one without."""
    if state == "overdue":
        return {"due": _day(today, -1 - 7 * number % 150), "kept": None}
    if state == "due_soon":
        return {"due": _day(today, (DUE_SOON_DAYS * number) % (DUE_SOON_DAYS + 1)), "kept": None}
    if state == "open":
        return {"due": _day(today, DUE_SOON_DAYS + 1 + 11 * number % 300) if number % 3 < 2 else None, "kept": None}
    due = _day(today, 60 - 13 * number % 200)
    return {"due": due, "kept": _day(today, -(5 * number % 120))}


def _day(today: date, days: int) -> str:
    return (today + timedelta(days=days)).isoformat()

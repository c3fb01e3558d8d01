"""Branches and standing posts: who stands on a place beside the contacts."""

from dataclasses import dataclass
from itertools import chain

import numpy as np

from gridgov.demo import names
from gridgov.demo.codes import Codes, Home
from gridgov.demo.register import Row
from gridgov.demo.town import Town

_START = "2024-01-01"


@dataclass(frozen=True)
class Branches:
    """The branches' rows, and the indexes of the compounds each covers."""

    rows: list[Row]
    covers: list[list[int]]


def branches(town: Town, codes: Codes) -> Branches:
    """Return the branches: most on one compound, some over two or three of a community, some compounds without."""
    random = town.size.random("branches")
    homes = [compound.community for compound in town.plots.compounds]
    bare = {int(i) for i in random.permutation(len(homes))[: len(homes) - town.size.posts.branch_covered]}
    left = [index for index in range(len(homes)) if index not in bare]
    covers: list[list[int]] = []
    for count in town.size.posts.joint_branches:
        starts = [i for i in range(len(left) - count) if len({homes[left[i + k]] for k in range(count)}) == 1]
        at = int(random.choice(starts))
        covers.append(left[at : at + count])
        del left[at : at + count]
    formation = ["joint"] * len(covers) + [
        "attached" if i < town.size.posts.attached_branches else "independent" for i in range(len(left))
    ]
    covers += [[int(index)] for index in random.permutation(left)]
    order = sorted(range(len(covers)), key=lambda index: covers[index][0])
    exactly = town.size.posts.enlarged_branches
    enlarged = None if exactly is None else {int(i) + 1 for i in random.permutation(len(order))[:exactly]}
    rows: list[Row] = [
        {
            "code": f"B{number:04d}",
            "name": f"{codes.compound_names[covers[index][0]]}{'联合' if len(covers[index]) > 1 else ''}党支部",
            "compounds": ";".join(codes.compounds[i] for i in covers[index]),
            "formation": formation[index],
            "enlarged": int(number in enlarged if enlarged is not None else random.random() < town.size.posts.enlarged),
            "valid_from": _START,
            "valid_to": None,
        }
        for number, index in enumerate(order, 1)
    ]
    return Branches(rows, [covers[index] for index in order])


def posts(town: Town, codes: Codes, homes: list[list[Home]], led: Branches) -> list[Row]:
    """Return who holds the standing posts."""
    random = town.size.random("posts")
    rows: list[Row] = []

    def add(role: str, unit: str) -> None:
        rows.append(_post(role, unit, len(rows), random))

    for street in codes.streets:
        add("street_secretary", street)
    for index, community in enumerate(codes.communities):
        add("community_secretary", community)
        add("community_police", community)
        for grid in codes.grids:
            if grid.community == index and grid.kind == "basic":
                add("grid_worker", community)
    for covered in led.covers:
        add("branch_secretary", codes.compounds[covered[0]])
        rows += [{**rows[-1], "unit": codes.compounds[other]} for other in covered[1:]]
    for home in chain.from_iterable(homes):
        if random.random() < 0.7:
            add("building_head", home.code)
    return rows


def managements(town: Town) -> list[str]:
    """Return who manages each compound."""
    random = town.size.random("management")
    found = []
    for compound in town.plots.compounds:
        chance = random.random()
        usual = {"walled": "property_company", "open": "community", "work_unit": "work_unit", "scattered": "none"}
        other = "none" if compound.kind in {"open", "work_unit"} else "community"
        found.append(usual[compound.kind] if chance < 0.82 else other)
    return found


def _post(role: str, unit: str, number: int, random: np.random.Generator) -> Row:
    plain = role in {"street_secretary", "community_secretary", "community_police"}
    return {
        "role": role,
        "unit": unit,
        "holder": names.person(random),
        "office_phone": names.office_phone(5000 + number) if plain else None,
        "mobile": names.mobile(20000 + number),
        "valid_from": _START,
        "valid_to": None,
    }

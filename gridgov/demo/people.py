"""How many people live where: storeys make households, households make people, people have ages."""

from dataclasses import dataclass

import numpy as np

from gridgov.demo.shapes import Building
from gridgov.demo.town import Town

BANDS = ("age_0_2", "age_3_5", "age_6_11", "age_12_14", "age_15_59", "age_60_79", "age_80")
_PROFILE = {  # share of each band, by what a compound is
    "walled": (0.035, 0.038, 0.075, 0.034, 0.655, 0.138, 0.025),
    "open": (0.019, 0.020, 0.042, 0.020, 0.560, 0.270, 0.069),
    "work_unit": (0.022, 0.024, 0.050, 0.024, 0.560, 0.250, 0.070),
    "scattered": (0.024, 0.025, 0.052, 0.024, 0.600, 0.220, 0.055),
}
_FLOOR_AREA = {"slab": 92.0, "tower": 104.0, "old": 74.0, "house": 88.0}  # m² of floor to a household
_YEAR = 2025


@dataclass(frozen=True)
class Count:
    """A building's counts; `people` and `ages` are None where nobody has counted."""

    floor_area: int
    households: int | None
    people: int | None
    ages: tuple[int, ...] | None
    year: int = _YEAR


def count(town: Town, unknown: frozenset[int]) -> list[list[Count]]:
    """Return the counts of each compound's and hamlet's buildings; those of the compounds `unknown` have no people."""
    counts = []
    for index, (compound, estate) in enumerate(zip(town.plots.compounds, town.estates, strict=True)):
        random = town.size.random(f"people {index}")
        counts.append([_count(one, compound.kind, random, known=index not in unknown) for one in estate.buildings])
    for index, estate in enumerate(town.hamlets):
        random = town.size.random(f"villagers {index}")
        counts.append([_count(one, "scattered", random, known=True) for one in estate.buildings])
    return counts


def _count(building: Building, kind: str, random: np.random.Generator, *, known: bool) -> Count:
    floor_area = round(building.area * building.storeys * 0.94)
    households = max(1, round(floor_area / _FLOOR_AREA[building.form]))
    people = round(households * random.uniform(2.1, 2.75))
    ages = random.multinomial(people, np.asarray(_PROFILE[kind]) / sum(_PROFILE[kind]))
    if not known:
        return Count(floor_area, None, None, None)
    return Count(floor_area, households, people, tuple(int(band) for band in ages))

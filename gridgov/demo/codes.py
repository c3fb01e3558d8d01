"""What everything is called: codes and names of streets, communities, grids, compounds, buildings."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
from shapely import Polygon

from gridgov.demo import names
from gridgov.demo.geometry import joined
from gridgov.demo.shapes import Building, Estate
from gridgov.demo.terrain import LAND
from gridgov.demo.town import Town


@dataclass(frozen=True)
class Grid:
    """A governance grid."""

    code: str
    kind: str
    community: int
    polygon: Polygon


@dataclass(frozen=True)
class Codes:
    """Codes and names by index."""

    streets: tuple[str, ...]
    street_names: tuple[str, ...]
    communities: tuple[str, ...]
    community_names: tuple[str, ...]
    street_of: tuple[int, ...]  # by community
    compounds: tuple[str, ...]
    compound_names: tuple[str, ...]
    grids: tuple[Grid, ...]
    villages: frozenset[int]  # communities whose houses hang directly under them

    def building(self, compound: int, number: int) -> str:
        """Return the code of a compound's building, numbered from 0."""
        return f"{self.compounds[compound]}L{number + 1:02d}"


@dataclass(frozen=True)
class Home:
    """A building group with its code and its parent's, and its number among its parent's, from 0."""

    code: str
    parent: str
    number: int
    building: Building


def homes(town: Town, codes: Codes) -> list[list[Home]]:
    """Return the building groups of each compound and then of each hamlet."""
    found = [
        [Home(codes.building(index, number), codes.compounds[index], number, one) for number, one in _numbered(estate)]
        for index, estate in enumerate(town.estates)
    ]
    count: Counter[int] = Counter()
    for place, estate in zip(town.plots.hamlets, town.hamlets, strict=True):
        village, first = codes.communities[place.community], count[place.community]
        numbered = [(first + number, one) for number, one in _numbered(estate)]
        found.append([Home(f"{village}L{number + 1:02d}", village, number, one) for number, one in numbered])
        count[place.community] += len(numbered)
    return found


def _numbered(estate: Estate) -> list[tuple[int, Building]]:
    return list(enumerate(estate.buildings))


def give(town: Town) -> Codes:
    """Give codes and names."""
    cells = town.cells
    total = int(cells.community.max()) + 1
    street_of = tuple(int(cells.street[cells.community == index][0]) for index in range(total))
    streets = tuple(f"{town.size.county}{number:03d}" for number in range(1, int(cells.street.max()) + 2))
    villages = frozenset(int(one) for one in np.unique(cells.community[cells.rural & (cells.ground == LAND)]))
    within = [street_of[: index + 1].count(street_of[index]) for index in range(total)]
    communities = tuple(f"{streets[street_of[i]]}{within[i]:03d}" for i in range(total))
    homes = [compound.community for compound in town.plots.compounds]
    numbers = [homes[: index + 1].count(homes[index]) for index in range(len(homes))]
    random = town.size.random("names")
    return Codes(
        streets=streets,
        street_names=names.streets(len(streets), town.size.rural.streets if town.size.rural else 0),
        communities=communities,
        community_names=tuple(names.communities(total, villages)),
        street_of=street_of,
        compounds=tuple(f"{communities[home]}X{number:02d}" for home, number in zip(homes, numbers, strict=True)),
        compound_names=tuple(names.compound(one.kind, i, random) for i, one in enumerate(town.plots.compounds)),
        grids=(*_basic(town, communities), *_special(town, communities)),
        villages=villages,
    )


def area(town: Town, of: np.ndarray, index: int) -> Polygon:
    """Return the polygon of the cells that belong to an index: a street or a community."""
    return joined([town.cells.polygons[cell] for cell in np.flatnonzero(of == index)])


def _basic(town: Town, communities: tuple[str, ...]) -> list[Grid]:
    """Return the basic grids, numbered north to south and west to east in their community."""
    cells, grids = town.cells, []
    for community, code in enumerate(communities):
        mine = np.flatnonzero(cells.community == community)
        whole = [joined([cells.polygons[c] for c in mine if cells.grid[c] == g]) for g in np.unique(cells.grid[mine])]
        whole.sort(key=lambda one: (-round(one.centroid.y / 150), one.centroid.x))
        grids += [Grid(f"{code}{number:03d}", "basic", community, one) for number, one in enumerate(whole, 1)]
    return grids


def _special(town: Town, communities: tuple[str, ...]) -> list[Grid]:
    """Return special grids, laid over the basic ones: schools and markets."""
    plots = [plot for plot in town.plots.public if plot.use in {"primary_school", "market", "health_centre"}]
    grids: list[Grid] = []
    for plot in plots[: town.size.special_grids]:
        community = int(town.cells.community[plot.face])
        number = 901 + sum(grid.community == community for grid in grids)
        grids.append(Grid(f"{communities[community]}{number}", "special", community, plot.polygon))
    return grids

"""The engine on the real streets of Wuhan, against scipy on a graph that is explicitly split where anything hangs."""

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra

from gridgov.spatial.coverage import Rule, Verdicts, evaluate
from gridgov.spatial.network import Segments, Walls, build_network
from tests.spatial.cases import demand, supply

pytestmark = pytest.mark.realdata

TYPES, POINTS, PLACES = 12, 700, 1500
RADII = [(300.0, 500.0, 800.0, 1000.0)[kind % 4] for kind in range(TYPES)]
HAIR = 1e-9  # a weight of 0 is no arc for scipy
ISLAND = 500.0
LEG = 200.0


@dataclass(frozen=True)
class Hung:
    """Where places hang: `edge` (n,), `offset` (n,) along it and `leg` (n,) to it, metres."""

    edge: np.ndarray
    offset: np.ndarray
    leg: np.ndarray


@dataclass(frozen=True)
class Town:
    """Lines between numbered nodes, and what hangs on them."""

    lines: np.ndarray
    ends: np.ndarray
    places: np.ndarray
    sites: np.ndarray
    kind: np.ndarray


@pytest.fixture(scope="module")
def town(realdata: Path) -> Town:
    lines = gpd.read_parquet(realdata / "osm/wuhan_8989_streets_original.parquet").geometry.to_numpy()
    lines = lines[shapely.length(lines) > 0]
    ends = shapely.get_coordinates(shapely.get_point(lines, [[0], [-1]]).ravel())
    _, number = np.unique(np.rint(ends * 1000), axis=0, return_inverse=True)
    chance = np.random.default_rng(8989)
    return Town(
        lines,
        number.reshape(2, -1),
        beside(lines, chance, PLACES),
        beside(lines, chance, POINTS),
        np.arange(POINTS) % TYPES,
    )


@pytest.fixture(scope="module")
def verdicts(town: Town) -> Verdicts:
    network = build_network(Segments(town.lines, np.zeros(len(town.lines), dtype=bool)), Walls.none())
    rules = [Rule(f"type_{kind:02}", radius) for kind, radius in enumerate(RADII)]
    return evaluate(demand(*town.places), supply(*town.sites, type=town.kind), rules, network)


@pytest.fixture(scope="module")
def by_scipy(town: Town) -> np.ndarray:
    """Measure from every place to the nearest point of each type, infinite where there is none: (PLACES, TYPES)."""
    hung = hang(town.lines, np.concatenate([town.places, town.sites]))
    graph, first = split(town, hung)
    hangs = on_land(town, hung)
    metres = np.full((PLACES, TYPES), np.inf)
    for kind in range(TYPES):
        rows = PLACES + np.flatnonzero(town.kind == kind)
        away = dijkstra(graph, indices=first + rows[hangs[rows]], min_only=True)[first : first + PLACES]
        metres[hangs[:PLACES], kind] = away[hangs[:PLACES]]
    return metres


def test_metres_are_scipys_to_a_millimetre(verdicts: Verdicts, by_scipy: np.ndarray) -> None:
    reached = np.isfinite(by_scipy)
    assert reached.mean() > 0.9
    assert (np.isfinite(verdicts.metres) == reached).all()
    assert np.abs(verdicts.metres[reached] - by_scipy[reached]).max() < 0.001


def test_verdicts_are_scipys(verdicts: Verdicts, by_scipy: np.ndarray) -> None:
    covered = np.rint(by_scipy * 1000) <= np.array(RADII) * 1000
    assert 0.005 < covered.mean() < 0.5
    assert (verdicts.covered == covered).all()


def test_what_hangs_too_far_off_or_on_an_island_is_doubtful(verdicts: Verdicts, by_scipy: np.ndarray) -> None:
    assert verdicts.demand_doubtful.any()
    assert np.isinf(by_scipy[verdicts.demand_doubtful]).all()


def beside(lines: np.ndarray, chance: np.random.Generator, count: int) -> np.ndarray:
    """Scatter places beside lines, some exactly on them and at their ends, a few far off."""
    spots = shapely.line_interpolate_point(
        chance.choice(lines, count), chance.choice([0.0, 0.25, 0.618, 1.0], count), normalized=True
    )
    return shapely.get_coordinates(spots) + chance.choice([0.0, 0.0, 7.31, -23.9, 151.3, 911.0], (count, 2))


def hang(lines: np.ndarray, xy: np.ndarray) -> Hung:
    places = shapely.points(xy)
    place, edge = shapely.STRtree(lines).query_nearest(places)
    order = np.lexsort((edge, place))
    edge = edge[order][np.unique(place[order], return_index=True)[1]]
    return Hung(edge, shapely.line_locate_point(lines[edge], places), shapely.distance(lines[edge], places))


def split(town: Town, hung: Hung) -> tuple[csr_array, int]:
    """Split every edge wherever something hangs on it; what hangs is numbered from `first` on."""
    spots = town.ends.max() + 1
    first = spots + len(hung.edge)
    number, far = np.arange(len(hung.edge)), shapely.length(town.lines)
    edge = np.concatenate([np.arange(len(far)), np.arange(len(far)), hung.edge])
    along = np.concatenate([np.zeros(len(far)), far, hung.offset])
    node = np.concatenate([town.ends[0], town.ends[1], spots + number])
    order = np.lexsort((along, edge))
    one, other = order[:-1], order[1:]
    same = edge[one] == edge[other]
    tail = np.concatenate([node[one][same], spots + number])
    head = np.concatenate([node[other][same], first + number])
    metres = np.maximum(np.concatenate([(along[other] - along[one])[same], hung.leg]), HAIR)
    return least(tail, head, metres, first + len(number)), first


def least(tail: np.ndarray, head: np.ndarray, metres: np.ndarray, nodes: int) -> csr_array:
    """Make a matrix of the shortest of parallel arcs: scipy would add them up."""
    tail, head = np.minimum(tail, head), np.maximum(tail, head)
    order = np.lexsort((metres, head, tail))
    tail, head, metres = tail[order], head[order], metres[order]
    new = np.r_[True, (np.diff(tail) != 0) | (np.diff(head) != 0)] & (tail != head)
    rows, columns = np.r_[tail[new], head[new]], np.r_[head[new], tail[new]]
    return csr_array((np.r_[metres[new], metres[new]], (rows, columns)), shape=(nodes, nodes))


def on_land(town: Town, hung: Hung) -> np.ndarray:
    """Say what hangs by a leg that isn't too long on a component that is no island."""
    matrix = least(*town.ends, np.ones(len(town.lines)), int(town.ends.max()) + 1)
    component = connected_components(matrix, directed=False)[1][town.ends[0]]
    metres = np.bincount(component, weights=shapely.length(town.lines))
    return (metres[component[hung.edge]] >= ISLAND) & (hung.leg <= LEG)

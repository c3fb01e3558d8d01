"""What lies within reach of what: the places each site would cover, their people, and how many sites each place has."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gridgov.spatial.attachment import attach_places, attach_sites
from gridgov.spatial.candidates import MILLIONTHS
from gridgov.spatial.network import WalkNetwork
from gridgov.spatial.stage import DETOUR
from gridgov.spatial.straight import Lines
from gridgov.spatial.verdicts import Demand, Rule, weights
from gridgov.spatial.walking import Points, Walks

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Geometries = npt.NDArray[np.object_]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Matrix:
    """Which places lie within the radius of which sites: `place`, `site` (k,), `millimetres` (k,) between them.

    `doubtful` (n,) marks the sites that can't be attached to the network: nobody is known to reach them.
    """

    place: Ints
    site: Ints
    millimetres: Ints
    doubtful: Bools


def matrix(demand: Demand, sites: Sequence[object] | Geometries, rule: Rule, network: WalkNetwork | None) -> Matrix:
    """Find the places within the radius of some sites, as `evaluate` would if they all were points of that type.

    Parameters
    ----------
    demand : Demand
        d places. Working CRS, metres.
    sites : sequence of Point, Polygon or MultiPolygon, shape (n,)
        In the same CRS.
    rule : Rule
        With a radius, and not by jurisdiction.
    network : WalkNetwork or None
        None gives an estimate: straight lines × 1.3.

    Returns
    -------
    Matrix
        A pair once, in the order of millimetres, then site, then place.

    Raises
    ------
    InputError
        ``coordinates_invalid``, ``site_geometry_invalid`` with the `row` of the first site that is none.
    """
    shapes = np.array(sites, dtype=object)
    radius = rule.radius or 0.0
    doubtful = np.zeros(len(shapes), dtype=bool)
    if network is None or rule.measure == "straight":
        return Matrix(*_lines(demand, shapes, rule).pairs(0, radius), doubtful)
    walks, doubtful = _walks(demand, shapes, network)
    return Matrix(*walks.pairs(0, radius), doubtful)


def counts(demand: Demand, sites: Sequence[object] | Geometries, rule: Rule, network: WalkNetwork | None) -> Ints:
    """Count for every place the sites within the radius: how many there are to choose from.

    Parameters
    ----------
    demand, sites, rule, network
        As in `matrix`; pairs are counted without being kept.

    Returns
    -------
    ndarray of int, shape (d,)
    """
    shapes = np.array(sites, dtype=object)
    if network is None or rule.measure == "straight":
        place = _lines(demand, shapes, rule).pairs(0, rule.radius or 0.0)[0]
        return np.bincount(place, minlength=len(demand.xy)).astype(np.int64)
    return _walks(demand, shapes, network)[0].counts(0, rule.radius or 0.0)


def people(demand: Demand, sites: Sequence[object] | Geometries, rule: Rule, network: WalkNetwork | None) -> Floats:
    """Count for every site the people within the radius, those the type serves; places without a count have none.

    Parameters
    ----------
    demand, sites, rule, network
        As in `matrix`; pairs are added up without being kept.

    Returns
    -------
    ndarray of float, shape (n,)
        To a millionth, whatever the order of places.
    """
    shapes = np.array(sites, dtype=object)
    weight = np.rint(np.nan_to_num(weights(demand, [rule])[:, 0]) * MILLIONTHS)
    if network is None or rule.measure == "straight":
        place, site, _ = _lines(demand, shapes, rule).pairs(0, rule.radius or 0.0)
        return np.bincount(site, weight[place], minlength=len(shapes)) / MILLIONTHS
    reached, sums = _walks(demand, shapes, network)[0].sums(0, rule.radius or 0.0, weight)
    found = np.zeros(len(shapes))
    found[reached] = sums
    return found / MILLIONTHS


def _lines(demand: Demand, shapes: Geometries, rule: Rule) -> Lines:
    detour = 1.0 if rule.measure == "straight" else DETOUR
    return Lines(_xy(demand), shapes, np.arange(len(shapes)), np.zeros(len(shapes), np.int64), detour=detour)


def _walks(demand: Demand, shapes: Geometries, network: WalkNetwork) -> tuple[Walks, Bools]:
    """Lay out the ways to some sites, and mark those that can't be attached."""
    xy = _xy(demand)
    attached = attach_sites(network, shapes, np.full(len(shapes), None))
    serving = np.flatnonzero(~attached.doubtful)
    ways = Points(serving, np.zeros(len(serving), np.int64), serving)
    permissions = network.permissions(xy, demand.home)
    return Walks(network, attach_places(network, xy), permissions, attached, ways), attached.doubtful


def _xy(demand: Demand) -> Floats:
    return np.asarray(demand.xy, dtype=np.float64).reshape(-1, 2)

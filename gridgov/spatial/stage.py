"""What every type's verdict is taken from: demand and supply on the network, who may serve, and the ways there."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import shapely

from gridgov.spatial.attachment import Attachments, attach_places, attach_sites
from gridgov.spatial.network import WalkNetwork
from gridgov.spatial.straight import Lines
from gridgov.spatial.verdicts import Demand, Rule, Supply, weights
from gridgov.spatial.walking import Points, Walks

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

DETOUR = 1.3


@dataclass(frozen=True)
class Stage:
    """Demand and supply on the network, and who may serve.

    `type`, `open`, `usable` (s,) of the points, `site` (s,) into the attached `sites`; `places` are the demand's own
    attachments; `weight` (d, t) people. `walks` are ways known already, of any points.
    """

    demand: Demand
    supply: Supply
    rules: Sequence[Rule]
    network: WalkNetwork | None
    xy: Floats
    type: Ints
    open: Bools
    usable: Bools
    places: Attachments
    sites: Attachments
    site: Ints
    weight: Floats
    walks: Walks | None = None

    @classmethod
    def of(cls, demand: Demand, supply: Supply, rules: Sequence[Rule], network: WalkNetwork | None) -> "Stage":
        """Attach demand and supply to a network; None is an estimate without one."""
        xy = np.asarray(demand.xy, dtype=np.float64).reshape(-1, 2)
        kind, is_open, usable = _serving(supply, rules)
        first, site = _same_sites(supply)
        if network is None:
            places, sites = Attachments.certain(len(xy)), Attachments.certain(len(first))
        else:
            with ThreadPoolExecutor(1) as beside:
                ready = beside.submit(network.make_ready)
                places = attach_places(network, xy)
                sites = attach_sites(network, supply.geometry[first], supply.entrances[first])
                ready.result()
        return cls(
            demand=demand,
            supply=supply,
            rules=rules,
            network=network,
            xy=xy,
            type=kind,
            open=is_open,
            usable=usable,
            places=places,
            sites=sites,
            site=site,
            weight=weights(demand, rules),
        )

    def on(self, network: WalkNetwork) -> "Stage":
        """Put another network in the place of this one; where only gates differ, nothing is attached anew."""
        if self.network is not None and network.lies_as(self.network):
            return replace(self, network=network, walks=None)
        return Stage.of(self.demand, self.supply, self.rules, network)

    def with_supply(self, supply: Supply, sites: Attachments, site: Ints) -> "Stage":
        """Put other points in the place of these, at sites already attached."""
        kind, is_open, usable = _serving(supply, self.rules)
        known = None if self.network is None else self._anywhere
        return replace(self, supply=supply, type=kind, open=is_open, usable=usable, sites=sites, site=site, walks=known)

    @cached_property
    def by_line(self) -> Lines:
        """Straight lines to whatever may serve."""
        return self.lines_to(self.usable)

    @cached_property
    def on_foot(self) -> Walks | Lines:
        """Ways to whatever may serve, or an estimate of them."""
        return self.ways_to(self.usable)

    def lines_to(self, usable: Bools, detour: float = 1.0, places: Ints | None = None) -> Lines:
        """Straight lines to some points, from all places or from some (k,)."""
        rows = np.flatnonzero(usable)
        return Lines(
            self.xy if places is None else self.xy[places],
            self.supply.geometry[rows],
            rows,
            self.type[rows],
            detour=detour,
        )

    def ways_to(self, usable: Bools) -> Walks | Lines:
        """Ways to some points, or an estimate of them where there is no network."""
        if self.network is None:
            return self.lines_to(usable, DETOUR)
        rows = np.flatnonzero(usable & ~self.sites.doubtful[self.site])
        return self._anywhere.serving(self.sites, Points(rows, self.type[rows], self.site[rows]))

    @cached_property
    def _anywhere(self) -> Walks:
        """Ways from the demand's places, wherever to: who may pass which gates is worked out once."""
        if self.walks is not None:
            return self.walks
        assert self.network is not None
        none = np.empty(0, np.int64)
        permissions = self.network.permissions(self.demand.xy, self.demand.home)
        return Walks(self.network, self.places, permissions, self.sites, Points(none, none, none))


def _serving(supply: Supply, rules: Sequence[Rule]) -> tuple[Ints, Bools, Bools]:
    """Tell the type of each point (s,), whether it is open, and whether it may serve."""
    kind = np.asarray(supply.type_index, dtype=np.int64)
    is_open = np.asarray(supply.open, dtype=bool)
    strict = np.array([rule.needs_verified for rule in rules], dtype=bool)[kind]
    return kind, is_open, is_open & (np.asarray(supply.verified, dtype=bool) | ~strict)


def _same_sites(supply: Supply) -> tuple[Ints, Ints]:
    """Find the points that share a site: the first of each, and for every point which it is."""
    keys = zip(shapely.to_wkb(supply.geometry), shapely.to_wkb(supply.entrances), strict=True)
    ranks: dict[tuple[bytes, bytes | None], int] = {}
    site = np.array([ranks.setdefault(key, len(ranks)) for key in keys], dtype=np.int64)
    return np.unique(site, return_index=True)[1], site

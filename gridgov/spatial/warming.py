"""Compiling all loops ahead of need: when a database is made, not while somebody waits."""

import numpy as np
import shapely

from gridgov.spatial import deciding, tiles
from gridgov.spatial.candidates import Terms, instance
from gridgov.spatial.isochrones import isochrone
from gridgov.spatial.network import Segments, Walls, build_network
from gridgov.spatial.siting import choose, upper_bound


def warm_up() -> None:
    """Compile the loops of coverage, siting, isochrones and tiles, or load them where kept, by a small case of each."""
    deciding.warm_up()
    tiles.warm_up()
    one = np.zeros(1, np.int64)
    of = instance(1, one, one, np.ones(1), Terms(1))
    upper_bound(of, choose(of))
    path, none = shapely.LineString([(0.0, 0.0), (600.0, 0.0)]), np.empty(0, np.int64)
    walls = Walls(np.empty(0, dtype=object), np.empty((0, 2)), none, none.astype(np.int8))
    isochrone(build_network(Segments(np.array([path]), np.zeros(1, dtype=bool)), walls), (300.0, 0.0), 100.0)

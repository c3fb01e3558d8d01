"""Compiling all loops ahead of need: when a database is made, not while somebody waits."""

import numpy as np

from gridgov.spatial import deciding
from gridgov.spatial.candidates import Terms, instance
from gridgov.spatial.siting import choose, upper_bound


def warm_up() -> None:
    """Compile the loops of coverage and siting, or load them where they are kept, by the smallest case of each."""
    deciding.warm_up()
    one = np.zeros(1, np.int64)
    of = instance(1, one, one, np.ones(1), Terms(1))
    upper_bound(of, choose(of))

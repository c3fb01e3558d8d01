"""What pandana takes for the nearest point of every type from all nodes; run by its own environment's Python."""

import sys
import time

import numpy as np
import pandana
import pandas as pd

if __name__ == "__main__":
    town = np.load(sys.argv[1])
    x, y = (pd.Series(column) for column in town["xy"].T)
    ends, metres = (pd.Series(town[name]) for name in ("tail", "head")), pd.DataFrame({"metres": town["metres"]})
    network = pandana.Network(x, y, *ends, metres)
    cutoff = float(town["cutoff"])
    start = time.perf_counter()
    for kind in range(town["kind"].max() + 1):
        at = town["xy"][town["node"][town["kind"] == kind]]
        network.set_pois(str(kind), cutoff, 1, pd.Series(at[:, 0]), pd.Series(at[:, 1]))
        network.nearest_pois(cutoff, str(kind), num_pois=1)
    sys.stdout.write(f"{time.perf_counter() - start}\n")

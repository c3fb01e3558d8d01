"""What pandana takes to count the points of every type around all nodes; run by its own environment's Python."""

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
    start = time.perf_counter()
    for kind in range(town["kind"].max() + 1):
        network.set(pd.Series(town["node"][town["kind"] == kind]), name=str(kind))
        network.aggregate(float(town["radius"]), type="count", decay="flat", name=str(kind))
    sys.stdout.write(f"{time.perf_counter() - start}\n")

"""The demo district from nothing to computed coverage, as a person gets it from the command line."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.measuring import Measurement, timed


def measurements() -> Iterator[Measurement]:
    with tempfile.TemporaryDirectory() as instance:
        told = {name: value for name, value in os.environ.items() if not name.startswith("GRIDGOV_")}
        told["GRIDGOV_INSTANCE"] = instance
        command = [str(Path(sys.executable).with_name("gridgov")), "demo", "--no-serve"]
        _, seconds = timed(lambda: subprocess.run(command, check=True, capture_output=True, env=told))
    yield Measurement("demo district: written, imported, coverage computed", seconds, promised=60)

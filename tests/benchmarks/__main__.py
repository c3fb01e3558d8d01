"""Print every measurement beside its promise; exit 1 where one is broken."""

import sys

from tests.benchmarks import city, demo, engine, intake, mapping, network, osm, reach, reading, walking, whatif
from tests.benchmarks.measuring import Measurement


def main() -> int:
    say(f"{'what':<70}{'measured':>12}{'promised':>12}")
    broken = 0
    for part in (walking, engine, network, whatif, reach, demo, city, reading, intake, osm, mapping):
        for measurement in part.measurements():
            say(_line(measurement))
            broken += measurement.broken
    return 1 if broken else 0


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _line(measurement: Measurement) -> str:
    figure = f"{measurement.figure:.2f} {measurement.unit}"
    promised = "" if measurement.promised is None else f"{measurement.promised:g} {measurement.unit}"
    told = f"{measurement.what:<70}{figure:>12}{promised:>12}"
    return f"{told}  broken" if measurement.broken else told


if __name__ == "__main__":
    sys.exit(main())

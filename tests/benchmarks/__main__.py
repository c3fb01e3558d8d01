"""Print every measurement beside its promise; exit 1 where one is broken."""

import sys

from tests.benchmarks import city, demo, walking
from tests.benchmarks.measuring import Measurement


def main() -> int:
    say(f"{'what':<58}{'seconds':>10}{'promised':>10}")
    broken = 0
    for part in (walking, demo, city):
        for measurement in part.measurements():
            say(_line(measurement))
            broken += measurement.broken
    return 1 if broken else 0


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _line(measurement: Measurement) -> str:
    promised = "" if measurement.promised is None else f"{measurement.promised:.0f}"
    told = f"{measurement.what:<58}{measurement.seconds:>10.2f}{promised:>10}"
    return f"{told}  broken" if measurement.broken else told


if __name__ == "__main__":
    sys.exit(main())

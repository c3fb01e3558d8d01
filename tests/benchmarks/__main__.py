"""Print every measurement beside its promise, or those of the parts named; exit 1 where one is broken."""

import sys

from tests.benchmarks import city, demo, engine, intake, mapping, network, osm, reach, reading, tiles, walking, whatif
from tests.benchmarks.measuring import Measurement

PARTS = {
    part.__name__.rpartition(".")[2]: part
    for part in (walking, engine, network, whatif, reach, demo, city, reading, intake, osm, tiles, mapping)
}
HEAD = f"{'what':<90}{'measured':>14}{'promised':>14}"


def main(*asked: str) -> int:
    unknown = [name for name in asked if name not in PARTS]
    if unknown:
        say(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}")
        return 2
    say(HEAD)
    promised: list[Measurement] = []
    for name in asked or PARTS:
        for measurement in PARTS[name].measurements():
            say(_line(measurement))
            promised += [measurement] if measurement.promised is not None else []
    broken = sum(measurement.broken for measurement in promised)
    say(f"\nWhat is promised: {len(promised) - broken} kept, {broken} broken\n\n{HEAD}")
    for measurement in promised:
        say(_line(measurement))
    return 1 if broken else 0


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _line(measurement: Measurement) -> str:
    figure = f"{measurement.figure:.{2 if measurement.figure >= 0.1 else 4}f} {measurement.unit}"
    sign = ">=" if measurement.unit == "x" else "<="
    promised = "" if measurement.promised is None else f"{sign} {measurement.promised:g} {measurement.unit}"
    told = f"{measurement.what:<90}{figure:>14}{promised:>14}"
    return told if measurement.promised is None else f"{told}  {'broken' if measurement.broken else 'kept'}"


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

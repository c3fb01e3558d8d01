"""OpenStreetMap extracts (.osm, .osm.gz, .pbf) → walking network, sites, buildings, compounds and their gates."""

from dataclasses import dataclass
from pathlib import Path

from gridgov.domain.intake import Problem
from gridgov.sources import osmlayers
from gridgov.sources.osmscan import scan
from gridgov.sources.sheets import Sheet


@dataclass(frozen=True)
class OsmLayers:
    """What an extract holds, each layer with gridgov's own field names, geometry in EPSG:4490."""

    network: Sheet
    sites: Sheet
    buildings: Sheet
    compounds: Sheet
    gates: Sheet
    problems: list[Problem]


def read_osm(path: Path | str) -> OsmLayers:
    """Read an extract by the rules of geodata/osm.toml. Nothing the extract doesn't record is made up.

    Codes are `osm:n…`, `osm:w…`, `osm:r…`. What an extract has cut through (a relation without all its members, a way
    without all its nodes) is a problem of row 0 with the object's code as its value; the rest is read.

    Raises
    ------
    InputError
        file_missing, file_empty, file_truncated, file_unreadable, file_kind_unknown.
    """
    found = scan(Path(path))
    metric = osmlayers.Metric.of(found)
    sites, unclear = osmlayers.sites(found, metric)
    compounds = osmlayers.compounds(found, metric)
    return OsmLayers(
        network=osmlayers.network(found, {str(row["code"]) for row in compounds.gates.rows}),
        sites=sites,
        buildings=osmlayers.buildings(found, metric),
        compounds=compounds.compounds,
        gates=compounds.gates,
        problems=[*found.problems, *unclear, *compounds.again],
    )

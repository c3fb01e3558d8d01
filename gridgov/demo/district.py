"""Writing the demo's files: the same bytes for the same size and day, whatever the machine."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from gridgov.demo import bodies, departments, files, officials, partners, rows, tallies, town
from gridgov.demo.sizes import size_of
from gridgov.demo.truth import Truth, tell

if TYPE_CHECKING:
    from gridgov.demo.register import Row
    from gridgov.demo.rows import Layer

# Kind, file and level, in the order of import.
FILES: list[tuple[str, str, str | None]] = [
    ("units", "streets.geojson", "street"),
    ("units", "communities.geojson", "community"),
    ("units", "compounds.geojson", "compound"),
    ("units", "buildings.geojson", "building"),
    ("units", "households.csv", "household"),
    ("grids", "grids.geojson", None),
    ("gates", "gates.geojson", None),
    ("network", "network.geojson", None),
    ("land", "land.geojson", None),
    ("sites", "sites.geojson", None),
    ("departments", "departments.csv", None),
    ("cadres", "cadres.csv", None),
    ("branches", "branches.csv", None),
    ("posts", "posts.csv", None),
    ("contacts", "contacts.csv", None),
    ("partners", "partners.csv", None),
]
TRUTH = "truth.json"


def write(folder: Path, size: str = "district", today: date | None = None) -> Truth:
    """Write every file of `FILES` and the truth; contacts end and pledges fall due around `today`."""
    parameters = size_of(size)
    day = today or date(2026, 11, 1)
    folder.mkdir(parents=True, exist_ok=True)
    drawn = rows.draw(town.build(parameters))
    layers: dict[str, Layer] = {
        "streets.geojson": rows.streets(drawn),
        "communities.geojson": rows.communities(drawn),
        "compounds.geojson": rows.compounds(drawn),
        "buildings.geojson": rows.buildings(drawn),
        "grids.geojson": rows.grids(drawn),
        "gates.geojson": rows.gates(drawn),
        "network.geojson": rows.network(drawn),
        "land.geojson": rows.land(drawn.town),
        "sites.geojson": rows.sites(drawn),
    }
    led = bodies.branches(drawn.town, drawn.codes)
    register = officials.appoint(parameters, drawn.codes, day)
    around = partners.gather(drawn.town, drawn.codes, drawn.management, day)
    tables: dict[str, list[Row]] = {
        "households.csv": rows.households(drawn),
        "departments.csv": departments.seated(drawn.town),
        "cadres.csv": register.cadres,
        "branches.csv": led.rows,
        "posts.csv": bodies.posts(drawn.town, drawn.codes, drawn.homes, led),
        "contacts.csv": register.contacts,
        "partners.csv": around.rows,
    }
    for name, (properties, geometries) in layers.items():
        files.write_geojson(folder / name, properties, geometries, parameters)
    for name, table in tables.items():
        files.write_csv(folder / name, table)
    counts = {name.split(".")[0]: len(layer[0]) for name, layer in layers.items()}
    counts |= {name.split(".")[0]: len(table) for name, table in tables.items()}
    told = tallies.count(drawn, tables, day.isoformat())
    truth = tell(drawn, register, led, around, size, counts, told)
    files.write_json(folder / TRUTH, truth.as_dict())
    return truth

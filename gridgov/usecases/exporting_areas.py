"""The figures of a planner's own areas as a table: a row for each, with its shape."""

from sqlalchemy.orm import Session

from gridgov.sources.outgoing import Cell, Table
from gridgov.storage.current import Scope
from gridgov.storage.models import AreaSet, Run
from gridgov.usecases import area_figures, own_areas
from gridgov.usecases.area_figures import Figures
from gridgov.usecases.runrecord import REFERENCE

AREAS = "areas"
FORMS = ("xlsx", "csv", "geojson", "gpkg")
_FIRST = ("name", "people", "gaps")


def table(session: Session, run: Run, scope: Scope, kept: AreaSet, profile: str = REFERENCE) -> Table:
    """Return people, gaps, what each circle comes to, and the shares of scenarios and types, in columns by their ids.

    What is hidden on the page is empty here too.
    """
    areas = own_areas.areas_of(kept)
    shapes = areas.shapes.tolist()
    told = area_figures.of_areas(session, run, scope, shapes, profile)
    tiers = [row["tier"] for row in run.summary["tiers"]]
    circles = [f"{part}_{tier}" for tier in tiers for part in ("met", "of", "limiting")]
    shares = [f"{part}_{row[part]}" for part in ("scenario", "type") for row in run.summary[f"{part}s"]]
    rows = [_row(name, figures, (*circles, *shares)) for name, figures in zip(areas.names, told, strict=True)]
    about = {"areas": kept.name, "run": run.id, "pack": run.pack, "profile": profile}
    return Table((*_FIRST, *circles, *shares), rows, shapes, own_place=False, about=about)


def _row(name: str, told: Figures, columns: tuple[str, ...]) -> tuple[Cell, ...]:
    if not told.people:
        return (name, told.people, *(None for _ in ("gaps", *columns)))
    cells: dict[str, Cell] = {f"scenario_{row['scenario']}": row["share"] for row in told.scenarios}
    cells |= {f"type_{row['type']}": row["share"] for row in told.types}
    for row in told.tiers:
        cells |= {f"{part}_{row['tier']}": row[part] for part in ("met", "of", "limiting")}
    return (name, told.people, told.gaps.total(), *(cells.get(column) for column in columns))

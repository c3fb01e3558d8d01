"""The urban check-up (城市体检) on the planner's side: how many compounds lack what, and which."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from gridgov.sources import rulepacks
from gridgov.storage.models import Run, UnitVersion
from gridgov.usecases import browsing, checkup, reading_runs
from gridgov.usecases.checkup import Line, Place
from gridgov.web import differences, looking, page, parameters, plans, views
from gridgov.web.handle import database
from gridgov.web.security import allow, scope
from gridgov.wording.gaps import graded

blueprint = Blueprint("checkup", __name__)
ROWS = 20
LISTED = (*checkup.STATES, "unknown")


@blueprint.get("/planner/checkup")
@allow("planner", "viewer")
def index() -> ResponseReturnValue:
    """Show the counts of an area, the same by the places below it, and the compounds behind a count."""
    look, unit = looking.look(), views.chosen()
    run = look.run
    levels = checkup.levels(database())
    told: dict[str, object] = {"tabs": plans.tabs(), "unit": unit, "levels": levels, "run": None, "crumbs": []}
    told |= {"look": look}
    if run is None or not levels:
        return page.show("planner/checkup.html", **told)
    area = None if unit is None else unit.unit_id
    below = _below(levels, unit)
    return page.show(
        "planner/checkup.html",
        **told
        | {
            "run": reading_runs.record(run),
            "crumbs": [] if unit is None else browsing.chain(database(), unit.unit_id, parameters.at()),
        },
        graded=graded(look.pack),
        lines=checkup.lines(database(), run, scope(), area),
        below=below,
        places=_by_place(checkup.lines(database(), run, scope(), area, below)) if below else [],
        kinds={kind.id: kind for kind in rulepacks.catalogue().types},
        **_listed(run, area),
    )


def _below(levels: tuple[str, ...], unit: UnitVersion | None) -> str | None:
    """Return the level by which an area's counts are parted; below the last one the compounds themselves are listed."""
    above = levels[:-1]
    if unit is None:
        return above[0] if above else None
    rest = above[above.index(unit.level) + 1 :] if unit.level in above else ()
    return rest[0] if rest else None


def _by_place(lines: list[Line]) -> list[tuple[Place, list[Line]]]:
    """Gather the lines of each place, of the items that can be told."""
    found: dict[Place, list[Line]] = {}
    for line in lines:
        if line.place is not None and line.told.why_not is None:
            found.setdefault(line.place, []).append(line)
    return list(found.items())


def _listed(run: Run, area: int | None) -> dict[str, object]:
    """Return the compounds behind the count that the address asks for."""
    item = parameters.choice("item", [each.id for each in rulepacks.checkup_items()])
    state = str(parameters.choice("state", LISTED, "lacking"))
    if item is None:
        return {"item": None, "state": state, "rows": [], "count": 0, "page": 1, "pages": 1, "wheres": {}}
    found = checkup.compounds(database(), run, scope(), item, state, area)
    shown, pages = views.paged(len(found), ROWS)
    rows = found[(shown - 1) * ROWS : shown * ROWS]
    lines = browsing.lines(database(), parameters.at(), [place.unit for place in rows])
    return {
        "item": next(each for each in rulepacks.checkup_items() if each.id == item),
        "state": state,
        "rows": rows,
        "count": len(found),
        "page": shown,
        "pages": pages,
        "wheres": differences.wheres(lines),
    }

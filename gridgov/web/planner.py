"""The planner's page: where people lack what, why, and whose job it is."""

from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from gridgov.domain.standards import Catalogue, RulePack
from gridgov.sources import rulepacks
from gridgov.spatial.coverage import CAUSES
from gridgov.storage.current import At
from gridgov.storage.models import Run, UnitVersion
from gridgov.usecases import reading_runs
from gridgov.usecases.gap_filter import GapFilter
from gridgov.web import areas, gapfilter, looking, page, parameters, place, plans, views
from gridgov.web.gapwords import counted, department_name, gap_sentence, graded, older
from gridgov.web.handle import database
from gridgov.web.language import gettext
from gridgov.web.looking import Look
from gridgov.web.security import allow, scope
from gridgov.web.views import Frame

blueprint = Blueprint("planner", __name__)
ROWS = 50


@dataclass(frozen=True)
class Asked:
    """What the planner chose, as the address says it."""

    scenario: str | None
    type: str | None
    cause: str | None
    area: UnitVersion | None


@blueprint.get("/planner")
@allow("planner", "viewer")
def index() -> ResponseReturnValue:
    """Show shares, gaps and causes on map and list; or a plan, drawn on the map."""
    told = parameters.text("plan")
    if told is not None:
        return plans.show(told)
    look = looking.look()
    run, pack = look.run, look.pack
    frame = views.frame("planner")
    if run is None:
        return page.show("planner/none.html", **frame.values(), look=look, elsewhere=_computed_today(look))
    known = rulepacks.catalogue()
    asked = _asked(known, pack)
    filtered = gapfilter.asked(None if asked.area is None else asked.area.unit_id, ROWS)
    count, count_people = reading_runs.count_gaps(database(), run, scope(), filtered)
    shown, pages = views.paged(count, ROWS)
    about, what_shown = frame.unit or asked.area, _shown(known, asked)
    figures = reading_runs.figures(database(), run, scope(), about.unit_id if about else None, look.profile)
    narrowed = {name: request.args[name] for name in gapfilter.CHOICES if request.args.get(name)}
    frame.layers.update(_layers(look, run, asked), **areas.overlay(), **_way(frame, known, run))
    frame.colour, frame.selectable, frame.picks = "share", look.level not in {"grid", "cell"}, ("coverage",)
    frame.words = looking.words(look, what_shown)
    if frame.unit is None and asked.area is not None:
        frame.fit, frame.focus = views.fit_around(asked.area.unit_id, None), asked.area.code
    frame.about_open = frame.unit is not None
    return page.show(
        "planner/index.html",
        **frame.values(),
        run=reading_runs.record(run),
        figures=figures,
        area_name=_area_name(about),
        look=look,
        levels=looking.levels(frame.profile),
        what_shown=what_shown,
        owing={row["scenario"] for row in figures["types"] if row["required"]},
        pack=pack,
        tabs=plans.tabs(),
        known=known,
        asked=asked,
        causes=CAUSES,
        streets=views.streets(),
        rows=_rows(run, pack, known, replace(filtered, offset=(shown - 1) * ROWS)),
        filtered=filtered,
        narrowed=narrowed,
        count=count,
        count_people=count_people,
        page=shown,
        pages=pages,
        types=_types(figures, pack, asked),
        graded=graded(pack, asked.type, asked.scenario),
        about=place.about(frame.unit, run) if frame.unit is not None and frame.about_open else None,
    )


def _asked(known: Catalogue, pack: RulePack) -> Asked:
    kind = parameters.choice("type", [each.id for each in known.types])
    return Asked(
        scenario=parameters.choice("scenario", [each.id for each in known.scenarios]),
        type=kind if kind is None or pack.row(kind) is not None else None,
        cause=parameters.choice("cause", CAUSES),
        area=views.chosen("street"),
    )


def _computed_today(look: Look) -> bool:
    """Tell whether today has what the day shown lacks."""
    return parameters.as_of() != parameters.today() and looking.computed(look.pack.id, At(parameters.today()))


def _shown(known: Catalogue, asked: Asked) -> str:
    """Name what the map shows."""
    if asked.type is not None:
        return page.named(known.type(asked.type))
    return gettext("All required services") if asked.scenario is None else page.named(known.scenario(asked.scenario))


def _area_name(area: UnitVersion | None) -> str:
    """Name the area that the figures speak of: the chosen one, else all that the asker may see."""
    if area is not None:
        return area.name or area.code
    if scope().areas is None:
        return gettext("Whole area")
    return gettext(", ").join(node.name or node.code for node in views.streets())


def _rows(run: Run, pack: RulePack, known: Catalogue, asked: GapFilter) -> list[dict[str, Any]]:
    basis = str(run.summary["basis"])
    rows = reading_runs.gaps(database(), run, scope(), asked)
    for row in rows:
        name = page.named(known.type(row["type"]))
        row["type_name"] = name
        row["sentence"] = gap_sentence(row, pack, name, basis)
        row["affected"] = counted(row["people"], basis)
        row["older"] = older(row, pack)
        row["department_name"] = department_name(pack, row["department"])
    return rows


def _types(figures: dict[str, Any], pack: RulePack, asked: Asked) -> list[dict[str, Any]]:
    """Return the types of the chosen scenario with their shares, the least reached first."""
    rows = [
        {**row, "rule": pack.row(row["type"])}
        for row in figures["types"]
        if asked.scenario in {None, row["scenario"]} and row["share"] is not None
    ]
    return sorted(rows, key=lambda row: row["share"])


def _way(frame: Frame, known: Catalogue, run: Run) -> dict[str, Any]:
    """Return the layer of the way from the chosen place to what it lacks, where one is asked for."""
    lacked = parameters.choice("way", [each.id for each in known.types])
    if frame.unit is None or lacked is None:
        return {}
    why = parameters.choice("why", CAUSES)
    return {"way": page.link("api.coverage_way", unit=frame.unit.code, type=lacked, cause=why, run=run.id)}


def _layers(look: Look, run: Run, asked: Asked) -> dict[str, Any]:
    chosen: dict[str, Any] = {"run": run.id, "type": asked.type, "scenario": asked.scenario}
    layers: dict[str, Any] = {
        "compound": None,
        **looking.layers(look, **chosen),
        "causes": views.tiled("causes", cause=asked.cause, **chosen),
    }
    if asked.type or asked.scenario:
        layers["facilities"] = views.tiled("facilities", type=asked.type, scenario=asked.scenario)
    return layers

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
from gridgov.usecases import coming, reading_runs, run_view
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
    shares = _shares(look, run, asked, frame.unit or asked.area)
    if parameters.choice("part", ["shares"]) is not None:
        return page.show("planner/shares.html", **shares)
    filtered = gapfilter.asked(None if asked.area is None else asked.area.unit_id, ROWS)
    count, count_people = reading_runs.count_gaps(database(), run, scope(), filtered)
    shown, pages = views.paged(count, ROWS)
    what_shown = _shown(known, asked)
    narrowed = {name: request.args[name] for name in gapfilter.CHOICES if request.args.get(name)}
    frame.layers.update(looking.coloured(look, run.id, asked.type, asked.scenario), **_marks(run, asked))
    frame.layers.update(areas.overlay(), **_way(frame, known, run))
    frame.colour, frame.selectable, frame.picks = "share", look.level not in {"grid", "cell"}, ("coverage",)
    frame.words = looking.words(look, what_shown)
    if frame.unit is None and asked.area is not None:
        frame.fit, frame.focus = views.fit_around(asked.area.unit_id, None), asked.area.code
    frame.about_open = frame.unit is not None
    return page.show(
        "planner/index.html",
        **frame.values(),
        **shares,
        run=reading_runs.record(run),
        levels=looking.levels(frame.profile),
        what_shown=what_shown,
        rule=None if asked.type is None else pack.row(asked.type),
        standing=_standing(asked, frame.unit or asked.area),
        pack=pack,
        tabs=plans.tabs(),
        causes=CAUSES,
        streets=views.streets(),
        rows=_rows(run, pack, known, replace(filtered, offset=(shown - 1) * ROWS)),
        filtered=filtered,
        narrowed=narrowed,
        count=count,
        count_people=count_people,
        page=shown,
        pages=pages,
        graded=graded(pack, asked.type, asked.scenario),
        about=place.about(frame.unit, run) if frame.unit is not None and frame.about_open else None,
    )


def _shares(look: Look, run: Run, asked: Asked, area: UnitVersion | None) -> dict[str, Any]:
    """Return what the shares' part of the page tells: of an area, or of what the map shows where bounds are given."""
    name, inview = _area_name(area), parameters.choice("inview", ["yes"]) is not None
    if inview and request.args.get("bounds"):
        figures = run_view.figures_within(database(), run, scope(), parameters.bounds(), look.profile)
    else:
        figures = reading_runs.figures(database(), run, scope(), area.unit_id if area else None, look.profile)
    return {
        "figures": figures,
        "figures_name": gettext("What the map shows") if inview and request.args.get("bounds") else name,
        "area_name": name,
        "inview": inview,
        "owing": {row["scenario"] for row in figures["types"] if row["required"]},
        "types": _types(figures, look.pack, asked),
        "known": rulepacks.catalogue(),
        "asked": asked,
        "look": look,
    }


def _standing(asked: Asked, area: UnitVersion | None) -> dict[str, int]:
    """Count the service points of the chosen type in the area, by status."""
    shape = None if area is None else area.geometry
    return {} if asked.type is None else coming.counts(database(), parameters.at(), asked.type, shape)


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


def _marks(run: Run, asked: Asked) -> dict[str, Any]:
    """Return the layers of gaps, of service points to come, and where a type or scenario is asked for of open ones."""
    chosen: dict[str, Any] = {"type": asked.type, "scenario": asked.scenario}
    layers = {
        "causes": views.tiled("causes", cause=asked.cause, run=run.id, **chosen),
        "coming": views.tiled("coming", **chosen),
    }
    if asked.type or asked.scenario:
        layers["facilities"] = views.tiled("facilities", **chosen)
    return layers

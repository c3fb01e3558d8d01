"""A wall map on paper: one A0, or A3 tiles with an index sheet, cut marks and what they share."""

from collections.abc import Callable, Sequence
from typing import Any

from gridgov.domain.standards import RulePack
from gridgov.reports.brief import Made, area_name, frame
from gridgov.reports.circle import beside
from gridgov.reports.typesetting import typeset
from gridgov.sources.rulepacks import catalogue
from gridgov.spatial.labels import Placed, width_of
from gridgov.spatial.shading import CAUSES, STEPS, UNKNOWN, cause_key, disc_key, swatch
from gridgov.spatial.sheets import Sheet, Tile, scale, sheet
from gridgov.spatial.sketch import STATES, legend
from gridgov.spatial.wall import Hung, Wall, extent, grid_key, hang
from gridgov.usecases.reporting import Circle
from gridgov.usecases.wallmaps import WallMap
from gridgov.wording import term, translate
from gridgov.wording.figures import day, named, number
from gridgov.wording.gaps import graded

TEMPLATE = "wallmap.typ"
_MARGIN, _HEAD, _FOOT, _KEY = 38.0, 104.0, 132.0, 20.0
Row = dict[str, Any]
Tell = Callable[[str, int, int], None]


def wallmap_pdf(told: WallMap, paper: str, made: Made, locale: str, tell: Tell = lambda *_: None) -> bytes:
    """Return a wall map as PDF in a language; `tell` is told of each stage."""
    tell("drawing", 0, 1)
    content = document(told, paper, made, locale)
    tell("setting", 0, 1)
    return typeset(TEMPLATE, content, made.when)[0]


def document(told: WallMap, paper: str, made: Made, locale: str) -> Row:
    """Return everything that the template places, in words of a language and points of paper."""
    west, south, east, north = extent(told.ground)
    whole = sheet(paper, upright=north - south > east - west)
    hung = hang(_wall(told), whole.width - 2 * _MARGIN, whole.height - 2 * _MARGIN - _HEAD - _FOOT)
    title = area_name(told.name, told.names_of, locale)
    return frame(_kind(told, locale), title, told.day, made, locale) | {
        "sheet": {"width": whole.width, "height": whole.height, "page": whole.page},
        "map": {"svg": hung.svg, "x": _MARGIN, "y": _MARGIN + _HEAD, "width": hung.width, "height": hung.height},
        "labels": [_label(placed) for placed in hung.names],
        "tiles": [_tile(tile, whole, hung) for tile in whole.tiles],
        "legend": [{"svg": svg, "label": label} for svg, label in _keys(told, locale)],
        "lines": _lines(told, hung, locale),
        "scale": {
            "words": _length(hung.scale_metres),
            "points": hung.scale_points,
            "ratio": translate("1 : {ratio}", locale, ratio=number(scale(hung.metres), locale)),
        },
        "north": translate("N", locale),
        "index": translate("Index sheet", locale),
        "howto": translate(
            "Print every sheet at 100 %. Cut along the dashed lines, lay each sheet over the edge that its neighbour "
            "shares with it, row by row from A1.",
            locale,
        ),
    }


def _wall(told: WallMap) -> Wall:
    marks = told.posts, told.shares, told.causes, told.points
    return Wall(told.ground, told.names, told.grids, told.codes, told.roads, *marks)


def _kind(told: WallMap, locale: str) -> str:
    if told.show == "governance":
        return translate("Wall map: who looks after what", locale)
    if told.type is None:
        return translate("Wall map: share of people who reach what they need", locale)
    name = named(catalogue().type(told.type), locale)
    return translate("Wall map: share of people who reach a {type}", locale, type=name)


def _label(placed: Placed) -> Row:
    label = placed.label
    return {"text": label.text, "x": placed.x, "y": placed.y, "size": label.size, "kind": label.kind}


def _tile(tile: Tile, whole: Sheet, hung: Hung) -> Row:
    """Return a tile with the labels that reach into it, and whether it has neighbours to the right and below."""
    left, top = tile.x - _MARGIN, tile.y - _MARGIN - _HEAD
    return {
        "name": tile.name,
        "x": tile.x,
        "y": tile.y,
        "width": tile.width,
        "height": tile.height,
        "right": tile.x + tile.width < whole.width - 1,
        "below": tile.y + tile.height < whole.height - 1,
        "labels": [_label(placed) for placed in hung.names if _reaches(placed, left, top, tile)],
    }


def _reaches(placed: Placed, left: float, top: float, tile: Tile) -> bool:
    wide, high = width_of(placed.label.text, placed.label.size) / 2 + 4, placed.label.size
    inside = left - wide < placed.x < left + tile.width + wide
    return inside and top - high < placed.y < top + tile.height + high


def _keys(told: WallMap, locale: str) -> Sequence[tuple[str, str]]:
    words = translate("grid, with its code", locale) if told.codes else translate("grid", locale)
    grids = [(grid_key(_KEY), words)] if told.grids else []
    if told.show == "governance":
        of = "" if told.tier is None else f"{term('contact_tier', told.tier, locale)}: "
        return [*((legend(state, _KEY), f"{of}{term('state', state, locale)}") for state in STATES), *grids]
    steps = [(swatch(colour, _KEY), f"{20 * at}–{20 * at + 20}%") for at, colour in enumerate(STEPS)]
    causes = [(cause_key(cause, _KEY), term("cause", cause, locale)) for cause in CAUSES]
    point = (disc_key(_KEY), translate("service point", locale))
    return [*steps, (swatch(UNKNOWN, _KEY), translate("unknown", locale)), *causes, point, *grids]


def _lines(told: WallMap, hung: Hung, locale: str) -> list[str]:
    """Return what stands below the map: the basis and the rules, the sources, what found no room."""
    loaded = [f"{term('batch', one.kind, locale)} {day(one.loaded, locale)}" for one in told.sources]
    found = [
        translate(
            "Sources, by the day they were last loaded: {sources}", locale, sources=translate(", ", locale).join(loaded)
        )
    ]
    if any(one.kind == "osm" for one in told.sources):
        found.append("© OpenStreetMap contributors, ODbL 1.0")
    if told.run is not None and told.pack is not None:
        found.insert(0, _ruled(told, told.run, told.pack, locale))
    if hung.left_out:
        found.append(translate("{count} names found no room.", locale, count=number(hung.left_out, locale)))
    if hung.codes_left_out:
        left_out = number(hung.codes_left_out, locale)
        found.append(translate("{count} codes of grids found no room.", locale, count=left_out))
    return found


def _ruled(told: WallMap, run: Row, pack: RulePack, locale: str) -> str:
    """Say what the shares rest on, and whether by rules read in the standard's own text."""
    sure = graded(pack, told.type)
    grade = translate("against the standard", locale) if sure else translate("reference", locale)
    rests = beside(Circle(run, pack, {}, (), 0, ()), locale)
    unread = translate("by rules not read in the standard’s own text: no verdict that it is met", locale)
    return " · ".join([grade, rests, *([] if sure else [unread])])


def _length(metres: float) -> str:
    return f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"

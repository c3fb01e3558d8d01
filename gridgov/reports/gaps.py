"""The planner's brief: who lacks what, why and whose job it is, in words, on A4."""

from collections.abc import Sequence
from typing import Any

from gridgov.domain.standards import Catalogue
from gridgov.reports.brief import MAP_WIDTH, Made, area_name, frame, map_told
from gridgov.reports.circle import circle, gap_told
from gridgov.reports.method import ended
from gridgov.reports.typesetting import typeset
from gridgov.sources.rulepacks import catalogue
from gridgov.spatial.shading import CAUSES, STEPS, UNKNOWN, Plate, cause_key, disc_key, swatch
from gridgov.usecases.gap_brief import GapBrief, Lack, Tried
from gridgov.wording import term, translate
from gridgov.wording.figures import NOT_KNOWN, day, named, number, share
from gridgov.wording.gaps import counted, department_name, graded, older

TEMPLATE = "gaps.typ"
_MAP_HEIGHT, _LOW_MAP = 300.0, 235.0
_KEY = 12.0
_COMMUNITIES = 24
Row = dict[str, Any]
Keys = list[tuple[str, str]]


def gaps_pdf(brief: GapBrief, made: Made, locale: str) -> bytes:
    """Return the planner's brief as PDF in a language."""
    return typeset(TEMPLATE, document(brief, made, locale), made.when)[0]


def document(brief: GapBrief, made: Made, locale: str) -> Row:
    """Return everything that the template places, in words of a language."""
    kind = translate("Planner’s brief: who lacks what", locale)
    title = area_name(brief.name, brief.names, locale)
    told = circle(brief.circle, locale)
    return frame(kind, title, brief.day, made, locale) | {
        "circle": told,
        "facts": _facts(brief, locale),
        "maps": _maps(brief, locale),
        "causes": _causes(brief, locale),
        "types": _types(brief, locale),
        "gaps": _gaps(brief, locale),
        "lacks": _lacks(brief, locale),
        "parts": _parts(brief, locale),
        "checkup": _checkup(brief, locale),
        "plan": None if brief.plan is None else _plan(brief.plan, locale),
        **ended(brief, locale),
    }


def _facts(brief: GapBrief, locale: str) -> list[tuple[str, str]]:
    figures, basis = brief.circle.figures, str(brief.circle.run["basis"])
    gate = {cause: people for cause, _, people in brief.causes}["gate"]
    return [
        (counted(figures["people"], basis, locale), translate("counted here", locale)),
        (number(brief.circle.gap_count, locale), translate("gaps in required types", locale)),
        (number(len(brief.shares), locale), translate("places on the map", locale)),
        (number(gate, locale), translate("lacks that a gate causes", locale)),
    ]


def _maps(brief: GapBrief, locale: str) -> list[Row]:
    plate = None if brief.ground is None else Plate.of(brief.ground, MAP_WIDTH, _MAP_HEIGHT)
    if plate is None:
        return []
    return [
        map_told(plate.shaded(brief.shares), translate("Share of people reached", locale), _steps(locale), locale),
        map_told(plate.marked(brief.worst), translate("The cause most people lack by", locale), _marks(locale), locale),
    ]


def _steps(locale: str) -> Keys:
    shown = [(swatch(colour, _KEY), f"{20 * at}–{20 * at + 20}%") for at, colour in enumerate(STEPS)]
    return [*shown, (swatch(UNKNOWN, _KEY), translate("unknown", locale))]


def _marks(locale: str) -> Keys:
    return [(cause_key(cause, _KEY), term("cause", cause, locale)) for cause in CAUSES]


def _causes(brief: GapBrief, locale: str) -> Row:
    return {
        "title": translate("Why they lack it", locale),
        "heads": [translate("Cause", locale), translate("Gaps", locale), translate("Lacks, people by type", locale)],
        "rows": [
            [cause_key(cause, _KEY), term("cause", cause, locale), number(count, locale), number(people, locale)]
            for cause, count, people in brief.causes
            if count
        ],
        "note": translate(
            "Who lacks three types is counted three times; hidden counts of an age are left out.", locale
        ),
    }


def _types(brief: GapBrief, locale: str) -> Row:
    known, pack = catalogue(), brief.circle.pack
    rows = sorted(brief.circle.figures["types"], key=lambda row: (row["share"] is None, row["share"] or 0.0))
    heads = [
        translate("Type", locale),
        translate("Circle", locale),
        translate("Radius", locale),
        translate("Points", locale),
        translate("Reached", locale),
        translate("Rule", locale),
    ]
    return {
        "title": translate("Types, the least reached first", locale),
        "heads": heads,
        "rows": [
            {
                "required": row["required"],
                "name": named(known.type(row["type"]), locale),
                "circle": term("circle", row["tier"], locale),
                "radius": _radius(pack.row(row["type"]), locale),
                "points": number(row["points"], locale),
                "share": share(row["share"], locale),
                "part": row["share"],
                "grade": _grade(row["verified"], locale),
            }
            for row in rows
        ],
        "note": translate("● required · △ as needed · reference: the rule wasn’t read in the standard’s text", locale),
    }


def _radius(rule: Any, locale: str) -> str:
    if rule is None or not rule.decided:
        return NOT_KNOWN
    return translate("by area", locale) if rule.basis == "jurisdiction" else f"{number(rule.radius, locale)} m"


def _grade(verified: bool, locale: str) -> str:
    return translate("against the standard", locale) if verified else translate("reference", locale)


def _gaps(brief: GapBrief, locale: str) -> Row:
    known, basis = catalogue(), str(brief.circle.run["basis"])
    more = brief.circle.gap_count - len(brief.rows)
    heads = [
        translate("Where and what", locale),
        translate("Affected", locale),
        translate("60 and over", locale),
        translate("Nearest", locale),
        translate("Lead department · liaison", locale),
    ]
    return {
        "title": translate("The gaps most people have", locale),
        "heads": heads,
        "rows": [_gap(row, brief, known, basis, locale) for row in brief.rows],
        "more": translate("… and {count} more", locale, count=number(more, locale)) if more > 0 else None,
        "none_text": translate("Everybody counted here reaches every required type.", locale),
    }


def _gap(row: Row, brief: GapBrief, known: Catalogue, basis: str, locale: str) -> Row:
    told = gap_told(row, brief.circle, known, locale)
    elders = older(row, brief.circle.pack)
    away = row["metres"]
    return {
        "svg": cause_key(row["cause"], _KEY),
        "place": told["place"],
        "where": told["where"],
        "sentence": told["sentence"],
        "firm": translate("firm", locale) if row["firm"] else "",
        "people": counted(row["people"], basis, locale),
        "older": "" if elders is None else number(elders, locale),
        "nearest": NOT_KNOWN if away is None else f"{number(away, locale)} m",
        "department": department_name(brief.circle.pack, row["department"], locale),
        "liaison": translate("liaison: {name}", locale, name=row["liaison"] or translate("vacant", locale)),
    }


def _lacks(brief: GapBrief, locale: str) -> list[Row]:
    plate = None if brief.ground is None else Plate.of(brief.ground, MAP_WIDTH, _LOW_MAP)
    return [_lack(lack, plate, brief, locale) for lack in brief.lacks]


def _lack(lack: Lack, plate: Plate | None, brief: GapBrief, locale: str) -> Row:
    known, row = catalogue(), lack.row
    name = named(known.type(row["type"]), locale)
    keys = [*_steps(locale), (disc_key(_KEY), translate("service point", locale))]
    lacking = counted(row["people"] - row["people_covered"], str(brief.circle.run["basis"]), locale)
    told = {"count": lacking, "share": share(row["share"], locale), "points": number(row["points"], locale)}
    return {
        "title": name,
        "grade": _grade(graded(brief.circle.pack, row["type"]), locale),
        "sum": translate("{count} lack one; {share} reach one of {points} open.", locale, **told),
        "map": None if plate is None else map_told(plate.shaded(lack.shares, lack.points), name, keys, locale),
        "gaps": [gap_told(gap, brief.circle, known, locale) for gap in lack.gaps],
    }


def _parts(brief: GapBrief, locale: str) -> Row | None:
    if not brief.parts:
        return None
    scenarios = [
        each for each in catalogue().scenarios if any(told.get(each.id) is not None for _, told in brief.parts)
    ]
    more = brief.part_count - len(brief.parts)
    return {
        "title": translate("By place and scenario", locale),
        "heads": [named(each, locale) for each in scenarios],
        "rows": [[name, *(share(told.get(each.id), locale) for each in scenarios)] for name, told in brief.parts],
        "more": translate("… and {count} more", locale, count=number(more, locale)) if more > 0 else None,
    }


def _checkup(brief: GapBrief, locale: str) -> Row | None:
    if not brief.lines:
        return None
    heads = [
        translate("Item", locale),
        translate("Lacking it", locale),
        translate("Lacking it in part", locale),
        translate("Not lacking it", locale),
        translate("Unknown", locale),
        translate("Graded", locale),
    ]
    return {
        "title": translate("Urban check-up", locale),
        "sum": translate("{count} places counted", locale, count=number(brief.lines[0].compounds, locale)),
        "heads": heads,
        "rows": [
            [
                named(line.told.item, locale),
                *(number(count, locale) for count in (line.lacking, line.partly, line.met, line.unknown)),
                term("checkup_grade", line.told.grade, locale),
            ]
            for line in brief.lines
        ],
    }


def _plan(tried: Tried, locale: str) -> Row:
    told = tried.told
    sums = {"gain": number(told["people_gaining"], locale), "lose": number(told["people_losing"], locale)}
    sums |= {"edits": number(told["edit_count"], locale), "day": day(told["as_of"], locale)}
    return {
        "title": translate("What a plan would change: {name}", locale, name=told["name"]),
        "sum": translate(
            "{edits} edits, worked out on {day}: {gain} people gain something, {lose} lose something.", locale, **sums
        ),
        "stale": term("plan_state", "stale", locale) if tried.stale else None,
        "heads": [translate("Before", locale), translate("After", locale), translate("More or less", locale)],
        "sections": _changes(told, catalogue(), locale),
    }


def _changes(told: Row, known: Catalogue, locale: str) -> list[Row]:
    """Tell a plan's figures before and after, by scenario, by type and by community, those with most people first."""
    types = [row for row in told["types"] if row["before"] is None or row["before"] != row["after"]]
    most = sorted(told["communities"], key=lambda row: -(row["people"] or 0))[:_COMMUNITIES]
    sections = (
        (
            translate("By scenario: share of people reached", locale),
            [[named(known.scenario(row["scenario"]), locale), *_pair(row, share, locale)] for row in told["scenarios"]],
        ),
        (
            translate("By type: people reached", locale),
            [[named(known.type(row["type"]), locale), *_pair(row, number, locale)] for row in types],
        ),
        (
            translate("By community: people reached", locale),
            [
                [
                    f"{row['name'] or row['code']} · {named(known.type(row['type']), locale)}",
                    *_pair(row, number, locale),
                ]
                for row in most
            ],
        ),
    )
    return [{"title": title, "rows": rows} for title, rows in sections]


def _community(row: Row, known: Catalogue, locale: str) -> str:
    return f"{row['name'] or row['code']} · {named(known.type(row['type']), locale)}"


def _pair(row: Row, write: Any, locale: str) -> Sequence[str]:
    """Write before, after and the difference; of what is hidden nothing."""
    before, after = row["before"], row["after"]
    if before is None or after is None:
        return write(before, locale), write(after, locale), NOT_KNOWN
    more = after - before
    sign = "+" if more > 0 else "−" if more < 0 else ""
    return write(before, locale), write(after, locale), f"{sign}{write(abs(more), locale)}"

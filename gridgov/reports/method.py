"""How the planner's figures came about, in plain words: the method, the run behind them, and what to beware of."""

from typing import Any

from gridgov.domain.standards import RulePack
from gridgov.sources.rulepacks import catalogue
from gridgov.usecases.gap_brief import GapBrief
from gridgov.usecases.reporting import Source
from gridgov.wording import term, translate
from gridgov.wording.figures import day, named, number


def ended(brief: GapBrief, locale: str) -> dict[str, Any]:
    """Return the brief's warnings, its method and its run record."""
    return {
        "warnings_title": translate("Beware", locale),
        "warnings": warnings(brief.circle.pack, brief.circle.run, brief.circle.figures["unknown"], locale),
        "method_title": translate("How these figures came about", locale),
        "method": method(locale),
        "record_title": translate("The run behind them", locale),
        "record": _record(brief, locale),
    }


def warnings(pack: RulePack, run: dict[str, Any], unknown: int, locale: str) -> list[str]:
    """Say which rules weren't read in the standard's own text, and what else makes the figures less sure."""
    ruled = [row for row in pack.rows if row.decided]
    unread = [row for row in ruled if not row.verified]
    told = []
    if unread:
        names = translate(", ", locale).join(named(catalogue().type(row.type), locale) for row in unread)
        count = {"count": number(len(unread), locale), "of": number(len(ruled), locale), "names": names}
        told.append(
            translate(
                "{count} of {of} rules were not read in the standard’s own text: what rests on them is printed as "
                "reference and never says that the standard is met or missed. They are: {names}.",
                locale,
                **count,
            )
        )
    if run["estimate"]:
        told.append(translate("No paths are loaded: distances are straight lines × 1.3, an estimate.", locale))
    if run["basis"] != "people":
        basis = term("basis", run["basis"], locale)
        told.append(translate("People aren’t counted here but told by {basis}.", locale, basis=basis))
    if unknown:
        places = number(unknown, locale)
        told.append(
            translate("Of {count} places nobody knows how many live there: they are in no share.", locale, count=places)
        )
    return told


def method(locale: str) -> list[str]:
    """Say in plain words how coverage is computed."""
    return [
        translate(
            "Where people live (building groups, else compounds) the way on foot to the nearest open service point of "
            "each type is measured along the paths, to the metre. Walls aren’t crossed but at gates; a gate for "
            "residents lets only them through.",
            locale,
        ),
        translate(
            "Somebody is reached where that way is no longer than the rule pack’s radius; by area, where one stands in "
            "the same area; and where points have room for so many only, the nearest go first.",
            locale,
        ),
        translate(
            "A gap’s cause is the first of these that holds: the data are in doubt, none stands near, those near are "
            "full, a gate isn’t open, no way leads there. A gap is firm where it stays at any pace, fast or slow.",
            locale,
        ),
        translate(
            "A scenario’s share is the mean over its required types. A lead department answers for a service, the "
            "contact of a place is its liaison. Counts of an age below ten are told nowhere.",
            locale,
        ),
    ]


def _record(brief: GapBrief, locale: str) -> list[tuple[str, str]]:
    run, pack = brief.circle.run, brief.circle.pack
    return [
        (translate("Run", locale), f"{run['run']} · {run['hash'][:16]}…"),
        (translate("As of", locale), day(run["as_of"], locale)),
        (translate("Rule pack", locale), f"{named(pack, locale)} ({run['pack']}) {run['pack_version']}"),
        (translate("Counted in", locale), " ".join(filter(None, _basis(run, locale)))),
        (translate("Program", locale), f"gridgov {run['code_version']}"),
        *((translate("Loaded {day}", locale, day=when), kinds) for when, kinds in _loaded(brief.sources, locale)),
    ]


def _basis(run: dict[str, Any], locale: str) -> tuple[str, str]:
    return term("basis", run["basis"], locale), str(run["year"] or "")


def _loaded(sources: tuple[Source, ...], locale: str) -> list[tuple[str, str]]:
    """Tell which kinds of data were last loaded on which day, the oldest first."""
    found: dict[str, list[str]] = {}
    for source in sources:
        found.setdefault(day(source.loaded, locale), []).append(term("batch", source.kind, locale))
    return [(when, translate(", ", locale).join(kinds)) for when, kinds in found.items()]

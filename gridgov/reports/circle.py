"""The living circle as a brief tells it: circles, scenarios, and the gravest gaps in sentences."""

from typing import Any

from gridgov.domain.standards import Catalogue
from gridgov.sources.rulepacks import catalogue
from gridgov.usecases.reporting import Circle
from gridgov.wording import term, translate
from gridgov.wording.figures import day, named, number, share
from gridgov.wording.gaps import Called, department_name, gap_sentence, graded


def circle(told: Circle, locale: str) -> dict[str, Any]:
    """Return the parts of the brief that speak of the living circle."""
    known = catalogue()
    return {
        "title": translate("Living circle", locale),
        "grade": _grade(graded(told.pack), locale),
        "beside": beside(told, locale),
        "tiers_title": translate("Circles", locale),
        "heads": [translate("Circle", locale), translate("Types met", locale), translate("Have all", locale)],
        "tiers": [_tier(row, known, locale) for row in told.figures["tiers"]],
        "tiers_note": translate("Types met: the mean over people; have all: the share who reach every one.", locale),
        "scenarios_title": translate("The eight scenarios", locale),
        "scenarios": [_scenario(row, told, known, locale) for row in told.figures["scenarios"]],
        "scenarios_note": translate(
            "Share of people who reach what they need, the mean over a scenario’s required types.", locale
        ),
        "gaps_title": translate("The gravest gaps", locale),
        "gaps_count": translate(
            "one a place and type, of {count} in required types", locale, count=number(told.gap_count, locale)
        ),
        "gaps": [gap_told(row, told, known, locale) for row in told.gaps],
        "no_gaps": translate("Everybody counted here reaches every required type.", locale),
    }


def _grade(verified: bool, locale: str) -> str:
    return translate("against the standard", locale) if verified else translate("reference", locale)


def beside(told: Circle, locale: str) -> str:
    """Say what the figures rest on: what they count, by which rules, for which day."""
    run = told.run
    basis = translate("counted in {basis}", locale, basis=term("basis", run["basis"], locale))
    parts = [
        f"{basis} {run['year']}" if run["year"] else basis,
        f"{named(told.pack, locale)} {run['pack_version']}",
        translate("computed as of {day}", locale, day=day(run["as_of"], locale)),
    ]
    if run["estimate"]:
        parts.append(translate("estimate: straight line × 1.3", locale))
    return " · ".join(parts)


def _tier(row: dict[str, Any], known: Catalogue, locale: str) -> dict[str, str]:
    limiting, met = row["limiting"], row["met"]
    count = {"met": "–" if met is None else f"{met:.1f}", "of": number(row["of"], locale)}
    limit = translate("limited by {type}", locale, type=named(known.type(limiting), locale)) if limiting else ""
    return {
        "tier": term("circle", row["tier"], locale),
        "limiting": limit,
        "met": translate("{met} of {of}", locale, **count),
        "all": share(row["complete_share"], locale),
    }


def _scenario(row: dict[str, Any], told: Circle, known: Catalogue, locale: str) -> dict[str, Any]:
    part = row["share"]
    return {
        "name": named(known.scenario(row["scenario"]), locale),
        "part": part,
        "share": share(part, locale) if part is not None else _no_share(row["scenario"], told, locale),
        "grade": "" if part is None else _grade(graded(told.pack, scenario=row["scenario"]), locale),
    }


def _no_share(scenario: str, told: Circle, locale: str) -> str:
    owed = any(row["required"] and row["scenario"] == scenario for row in told.figures["types"])
    return translate("unknown", locale) if owed else translate("only as needed", locale)


def gap_told(row: dict[str, Any], told: Circle, known: Catalogue, locale: str) -> dict[str, str]:
    """Say a gap as a sentence, with where it is, which department leads on it, and how it is graded."""
    kind = named(known.type(row["type"]), locale)
    leads = department_name(told.pack, row["department"], locale)
    rule = told.pack.row(row["type"])
    level = next((named(each, locale) for each in told.levels if rule and each.id == rule.jurisdiction), None)
    sentence = gap_sentence(row, told.pack, Called(kind, level), str(told.run["basis"]), locale)
    return {
        "place": row["name"] or row["place"] or "–",
        "where": " › ".join(name for name in (row["street"], row["community"]) if name),
        "sentence": translate("{sentence}.", locale, sentence=sentence),
        "department": translate("Lead department: {name}", locale, name=leads),
        "grade": _grade(graded(told.pack, row["type"]), locale),
    }

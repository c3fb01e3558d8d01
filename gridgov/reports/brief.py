"""The brief a coordinator takes into a meeting: the use case's figures, in words, on A4."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from gridgov.domain.posts import STATES
from gridgov.reports.circle import circle
from gridgov.reports.typesetting import typeset
from gridgov.spatial.sketch import STATES as DRAWN
from gridgov.spatial.sketch import Sketch, legend, sketch
from gridgov.usecases.reporting import Brief, Pledge, Post, Posts
from gridgov.wording import term, translate
from gridgov.wording.figures import day, number, share

TEMPLATE = "brief.typ"
MAP_WIDTH, MAP_HEIGHT = 493.0, 258.0  # points: what lies between the margins, and what leaves the page its figures
_COLUMNS = ("due", *STATES)
_ASKING = frozenset({"vacant", "disputed"})
_KEY_SIZE = 12.0


@dataclass(frozen=True)
class Made:
    """When a brief was made, and by whom: every page says it."""

    when: datetime
    by: str


def brief_pdf(brief: Brief, made: Made, locale: str) -> bytes:
    """Return a brief as PDF in a language."""
    return typeset(TEMPLATE, document(brief, made, locale), made.when)[0]


def document(brief: Brief, made: Made, locale: str) -> dict[str, Any]:
    """Return everything that the brief's template places, in words of a language."""
    loaded = bool(brief.parts or brief.code)
    kind, title = translate("Brief on grassroots governance", locale), area_name(brief.name, brief.names, locale)
    return frame(kind, title, brief.day, made, locale) | {
        "notes": translate(
            "Reference: a rule that wasn’t read in the standard’s own text. A lead department answers for its "
            "services, the contact of a place is its liaison. No figure here speaks of a person.",
            locale,
        ),
        "nothing": None if loaded else translate("No places are recorded for this day.", locale),
        "posts": _posts(brief, locale) if loaded else None,
        "branches": _branches(brief, locale),
        "map": _map(brief, locale),
        "parts": _parts(brief, locale),
        "lists": _lists(brief, locale) if loaded else None,
        "circle": None if brief.circle is None else circle(brief.circle, locale),
        "pledges": _pledges(brief, locale),
        "data": _data(brief, locale),
    }


def area_name(name: str | None, names: Sequence[str], locale: str) -> str:
    """Name the area a brief speaks of."""
    if name is not None:
        return name
    return translate(", ", locale).join(names) or translate("Whole area", locale)


def frame(kind: str, title: str, day_told: date, made: Made, locale: str) -> dict[str, Any]:
    """Return what stands on every page: what this is, of which day, made when and by whom."""
    when = f"{day(made.when.date(), locale)} {made.when:%H:%M}"
    told = {"day": day(day_told, locale), "when": when, "by": made.by}
    return {
        "lang": "zh" if locale == "zh_Hans" else "en",
        "region": "CN" if locale == "zh_Hans" else "GB",
        "kind": kind,
        "title": title,
        "as_of": translate("as of {day}", locale, **told),
        "made": translate("made {when} by {by}", locale, **told),
        "watermark": translate("gridgov · as of {day} · made {when} by {by} · numbers masked", locale, **told),
        "page": translate("Page {page} of {pages}", locale),
    }


def map_told(drawn: Sketch, title: str, keys: Sequence[tuple[str, str]], locale: str) -> dict[str, Any]:
    """Return a map as the templates place it: the drawing, its names, scale and north, and its key (SVG, words)."""
    metres = drawn.scale_metres
    return {
        "title": title,
        "svg": drawn.svg,
        "width": drawn.width,
        "height": drawn.height,
        "names": [{"name": name, "x": x, "y": y} for name, x, y in drawn.names],
        "scale": f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m",
        "scale_points": drawn.scale_points,
        "north": translate("N", locale),
        "legend": [{"svg": svg, "label": label} for svg, label in keys],
    }


def _posts(brief: Brief, locale: str) -> dict[str, Any]:
    return {
        "title": translate("Three-tier contact posts", locale),
        "heads": [term("state", name, locale) for name in _COLUMNS],
        "rows": [
            {
                "tier": term("contact_tier", row["tier"], locale),
                "of": term("contact_level", row["tier"], locale),
                "cells": _cells(row, locale),
            }
            for row in brief.report["tiers"]
        ],
    }


def _cells(row: Mapping[str, int], locale: str) -> list[dict[str, Any]]:
    return [{"count": number(row[name], locale), "wanting": name in _ASKING} for name in _COLUMNS]


def _branches(brief: Brief, locale: str) -> dict[str, Any] | None:
    reached = brief.report["branch_coverage"]
    if not reached["compounds"]:
        return None
    part = reached["covered"] / reached["compounds"]
    told = {"covered": number(reached["covered"], locale), "compounds": number(reached["compounds"], locale)}
    enlarged = {"enlarged": number(brief.enlarged, locale), "branches": number(brief.branches, locale)}
    return {
        "title": translate("Branch coverage", locale),
        "share": share(part, locale),
        "part": part,
        "covered": translate("{covered} of {compounds} compounds", locale, **told),
        "enlarged": translate("{enlarged} of {branches} branches with an enlarged mechanism", locale, **enlarged),
    }


def _map(brief: Brief, locale: str) -> dict[str, Any] | None:
    drawn = None if brief.ground is None else sketch(brief.ground, MAP_WIDTH, MAP_HEIGHT)
    if drawn is None:
        return None
    tier = brief.report["tiers"][-1]["tier"]
    title = " · ".join((term("contact_tier", tier, locale), translate("Where the posts stand", locale)))
    keys = [(legend(state, _KEY_SIZE), term("state", state, locale)) for state in DRAWN]
    return map_told(drawn, title, keys, locale)


def _parts(brief: Brief, locale: str) -> dict[str, Any] | None:
    if not brief.parts:
        return None
    tiers = sorted({row["tier"] for part in brief.parts for row in part.report["tiers"] if _any(row)})
    return {
        "title": translate("By place", locale),
        "groups": [f"{term('contact_tier', tier, locale)} · {term('contact_level', tier, locale)}" for tier in tiers],
        "heads": [term("state", name, locale) for name in _COLUMNS],
        "branches": translate("Branch coverage", locale),
        "covered": translate("covered of all", locale),
        "rows": [
            {
                "name": part.name,
                "cells": [cell for row in part.report["tiers"] if row["tier"] in tiers for cell in _cells(row, locale)],
                "covered": _covered(part.report["branch_coverage"], locale),
            }
            for part in brief.parts
        ],
        "more": _more(brief.part_count - len(brief.parts), locale),
    }


def _any(row: Mapping[str, int]) -> bool:
    return any(row[name] for name in _COLUMNS)


def _covered(reached: Mapping[str, int], locale: str) -> str:
    told = {"covered": number(reached["covered"], locale), "compounds": number(reached["compounds"], locale)}
    return translate("{covered} of {compounds}", locale, **told) if reached["compounds"] else "–"


def _lists(brief: Brief, locale: str) -> dict[str, Any]:
    return {
        "title": translate("Posts that ask for something", locale),
        "rows": [_list(posts, locale) for posts in brief.posts],
        "none_text": translate("Every post due is held by one, and none ends within 30 days.", locale),
    }


def _list(posts: Posts, locale: str) -> dict[str, Any]:
    title = f"{term('contact_tier', posts.tier, locale)} · {term('state_title', posts.state, locale)}"
    return {
        "svg": legend(posts.state, _KEY_SIZE),
        "title": title,
        "count": number(posts.count, locale),
        "rows": [_post(post, posts.state, locale) for post in posts.first],
        "more": _more(posts.count - len(posts.first), locale),
    }


def _post(post: Post, state: str, locale: str) -> dict[str, str]:
    ends = post.until is not None and state == "expiring"
    until = translate("until {day}", locale, day=day(post.until, locale)) if ends else ""
    return {"name": post.name, "where": " › ".join(post.where), "until": until}


def _more(count: int, locale: str) -> str | None:
    return translate("… and {count} more", locale, count=number(count, locale)) if count > 0 else None


def _pledges(brief: Brief, locale: str) -> dict[str, Any] | None:
    pledges = brief.pledges
    if not pledges.bodies:
        return None
    names = ("bodies", "overdue", "ahead", "kept", "undated")
    counts = {name: number(getattr(pledges, name), locale) for name in names}
    return {
        "title": translate("Partner bodies and their pledges", locale),
        "counts": translate(
            "{bodies} bodies. Pledges: {overdue} overdue, {ahead} due later, {kept} kept, {undated} without a day.",
            locale,
            **counts,
        ),
        "heads": [translate("Due", locale), translate("Pledge", locale), translate("Partner body", locale)],
        "rows": [_pledge(pledge, locale) for pledge in pledges.first],
        "more": _more(pledges.overdue + pledges.ahead - len(pledges.first), locale),
    }


def _pledge(pledge: Pledge, locale: str) -> dict[str, Any]:
    told = day(pledge.due, locale)
    due = translate("{day}, overdue", locale, day=told) if pledge.overdue else told
    return {"due": due, "overdue": pledge.overdue, "text": pledge.text, "body": pledge.body, "place": pledge.place}


def _data(brief: Brief, locale: str) -> dict[str, Any] | None:
    if not brief.findings and not brief.sources:
        return None
    return {
        "title": translate("The data behind it", locale),
        "findings_title": translate("Findings", locale),
        "findings_heads": [translate("Weight", locale), translate("Finding", locale), translate("Count", locale)],
        "findings": [
            {
                "severity": term("severity", severity, locale),
                "error": severity == "error",
                "kind": term("finding", kind, locale),
                "count": number(count, locale),
            }
            for severity, kind, count in brief.findings
        ],
        "no_findings": translate("Nothing is found wrong with the data.", locale),
        "sources_title": translate("Sources", locale),
        "stale": translate("stale", locale),
        "sources": _sources(brief, locale),
    }


def _sources(brief: Brief, locale: str) -> list[dict[str, Any]]:
    """Tell what was last loaded on each day, the oldest first."""
    loaded: dict[tuple[date, bool], list[str]] = defaultdict(list)
    for source in brief.sources:
        loaded[source.loaded, source.stale].append(term("batch", source.kind, locale))
    return [
        {
            "day": translate("last loaded {day}", locale, day=day(when, locale)),
            "stale": stale,
            "kinds": translate(", ", locale).join(kinds),
        }
        for (when, stale), kinds in loaded.items()
    ]

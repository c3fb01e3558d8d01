"""A gap told in a sentence: how many, what, how far, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gridgov.domain.standards import RulePack
from gridgov.wording import catalogue
from gridgov.wording.figures import NOT_KNOWN, named, number

_OLDER = frozenset({5, 6})  # the age bands 60–79 and 80+


@dataclass(frozen=True)
class Called:
    """What a gap's type is called, and the level whose areas a rule by jurisdiction looks at."""

    type: str
    level: str | None = None


def gap_sentence(gap: Mapping[str, Any], pack: RulePack, called: Called, basis: str, locale: str) -> str:
    """Say what people here lack and why: “312 people here have no pharmacy within 500 m on foot: …”."""
    told = {"lack": _lack(gap, pack, called, basis, locale), "cause": cause_words(str(gap["cause"]), locale)}
    return catalogue(locale).gettext("%(lack)s: %(cause)s") % told


def cause_words(cause: str, locale: str) -> str:
    """Say a cause as the end of a sentence."""
    spoken = catalogue(locale)
    words = {
        "data": spoken.gettext("the data here are in doubt, so it can’t be said for sure"),
        "no_facility": spoken.gettext("none stands that near"),
        "capacity": spoken.gettext("those within reach are full"),
        "gate": spoken.gettext("a gate on the way isn’t open to them"),
        "no_path": spoken.gettext("one is near, but no way leads there"),
    }
    return words.get(cause, cause)


def older(gap: Mapping[str, Any], pack: RulePack) -> float | None:
    """Return those of 60 and over a gap touches, where its type serves them at all."""
    row = pack.row(str(gap["type"]))
    serves = () if row is None else row.serves
    count: float | None = gap["people_60plus"]
    return count if not serves or set(serves) & _OLDER else None


def counted(people: float | None, basis: str, locale: str) -> str:
    """Say a count with its unit: people, or what stands for them where they aren't known; a hidden one is no number."""
    spoken = catalogue(locale)
    if people is None:
        return spoken.gettext("some people")
    told = {"count": number(people, locale)}
    if basis == "buildings":
        return spoken.gettext("%(count)s buildings") % told
    return spoken.gettext("%(count)s people") % told


def department_name(pack: RulePack, department: str | None, locale: str) -> str:
    """Return the name of a lead department, or a dash where the pack names none."""
    found = next((each for each in pack.departments if each.id == department), None)
    return named(found, locale) if found is not None else department or NOT_KNOWN


def graded(pack: RulePack, kind: str | None = None, scenario: str | None = None) -> bool:
    """Tell whether every row behind the figures was read in the standard's own text (达标, else 参考)."""
    behind = [row for row in pack.rows if kind in {None, row.type} and scenario in {None, row.scenario} and row.decided]
    return bool(behind) and all(row.verified for row in behind)


def _inside_a_sentence(name: str) -> str:
    """Write a name's first letter small, unless the word is written in capitals; Chinese stays as it is."""
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]


def _lack(gap: Mapping[str, Any], pack: RulePack, called: Called, basis: str, locale: str) -> str:
    row, spoken = pack.row(str(gap["type"])), catalogue(locale)
    told = {"who": counted(gap["people"], basis, locale), "type": _inside_a_sentence(called.type)}
    if row is not None and row.basis == "jurisdiction":
        told["level"] = _inside_a_sentence(called.level or row.jurisdiction or "")
        return spoken.gettext("%(who)s here have no %(type)s in their %(level)s") % told
    told["radius"] = number(row.radius if row else None, locale)
    if row is not None and row.measure == "straight":
        return spoken.gettext("%(who)s here have no %(type)s within %(radius)s m") % told
    return spoken.gettext("%(who)s here have no %(type)s within %(radius)s m on foot") % told

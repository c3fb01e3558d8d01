"""A gap told in a sentence: how many, what, how far, and why."""

from collections.abc import Mapping
from typing import Any

from gridgov.domain.standards import RulePack
from gridgov.web.language import gettext, number
from gridgov.web.page import level_name, named

_OLDER = frozenset({5, 6})  # the age bands 60–79 and 80+


def gap_sentence(gap: Mapping[str, Any], pack: RulePack, type_name: str, basis: str) -> str:
    """Say what people here lack and why: “312 people here have no pharmacy within 500 m on foot: …”."""
    return gettext("%(lack)s: %(cause)s", lack=_lack(gap, pack, type_name, basis), cause=cause_words(str(gap["cause"])))


def cause_words(cause: str) -> str:
    """Say a cause as the end of a sentence."""
    words = {
        "data": gettext("the data here are in doubt, so it can’t be said for sure"),
        "no_facility": gettext("none stands that near"),
        "capacity": gettext("those within reach are full"),
        "gate": gettext("a gate on the way isn’t open to them"),
        "no_path": gettext("one is near, but no way leads there"),
    }
    return words.get(cause, cause)


def older(gap: Mapping[str, Any], pack: RulePack) -> float | None:
    """Return those of 60 and over a gap touches, where its type serves them at all."""
    row = pack.row(str(gap["type"]))
    serves = () if row is None else row.serves
    count: float | None = gap["people_60plus"]
    return count if not serves or set(serves) & _OLDER else None


def counted(people: float | None, basis: str) -> str:
    """Say a count with its unit: people, or what stands for them where they aren't known; a hidden one is no number."""
    if people is None:
        return gettext("some people")
    if basis == "buildings":
        return gettext("%(count)s buildings", count=number(people))
    return gettext("%(count)s people", count=number(people))


def department_name(pack: RulePack, department: str | None) -> str:
    """Return the name of a lead department, or a dash where the pack names none."""
    found = next((each for each in pack.departments if each.id == department), None)
    return named(found) if found is not None else department or "–"


def graded(pack: RulePack, kind: str | None = None, scenario: str | None = None) -> bool:
    """Tell whether every row behind the figures was read in the standard's own text (达标, else 参考)."""
    behind = [row for row in pack.rows if kind in {None, row.type} and scenario in {None, row.scenario} and row.decided]
    return bool(behind) and all(row.verified for row in behind)


def _inside_a_sentence(name: str) -> str:
    """Write a name's first letter small, unless the word is written in capitals; Chinese stays as it is."""
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]


def _lack(gap: Mapping[str, Any], pack: RulePack, type_name: str, basis: str) -> str:
    row = pack.row(str(gap["type"]))
    type_name = _inside_a_sentence(type_name)
    who = counted(gap["people"], basis)
    if row is not None and row.basis == "jurisdiction":
        level = _inside_a_sentence(level_name(row.jurisdiction or "") or row.jurisdiction or "")
        return gettext("%(who)s here have no %(type)s in their %(level)s", who=who, type=type_name, level=level)
    radius = number(row.radius if row else None)
    if row is not None and row.measure == "straight":
        return gettext("%(who)s here have no %(type)s within %(radius)s m", who=who, type=type_name, radius=radius)
    return gettext("%(who)s here have no %(type)s within %(radius)s m on foot", who=who, type=type_name, radius=radius)

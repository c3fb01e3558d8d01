"""What a coordinator finds on Monday: what changed since a day, and what waits; each as a list and on the map."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from gridgov.usecases import accounts, browsing, movements, proposing
from gridgov.usecases.movements import Awaited
from gridgov.web import differences, language, parameters
from gridgov.web.handle import database
from gridgov.web.security import scope, user
from gridgov.web.views import Frame
from gridgov.wording import term

CHANGED, TO_DECIDE, RETURNED, ENDING = "changed", "to_decide", "returned", "ending"
LISTS = (CHANGED, TO_DECIDE, RETURNED, ENDING)
DECIDING = ("coordinator", "admin")


def since() -> date:
    """Return the day from which on changes are asked for: told, else a week before the day shown."""
    return parameters.day("since", parameters.as_of() - movements.WEEK)


def strip(frame: Frame, report: dict[str, Any]) -> dict[str, Any]:
    """Return how much changed and how much waits; what is to be decided only for who may decide."""
    waiting = _awaited(frame)
    return {
        "since": since(),
        CHANGED: len({moved.unit for moved in _moved(frame)}),
        TO_DECIDE: None if waiting is None else len(waiting.proposed),
        RETURNED: None if waiting is None else len(waiting.returned),
        ENDING: sum(row["expiring"] for row in report["tiers"]),
    }


def rows(frame: Frame, what: str) -> list[dict[str, Any]]:
    """Return the list behind one of the figures, and mark its places on the map."""
    found = {CHANGED: _changed, TO_DECIDE: _to_decide, RETURNED: _returned, ENDING: _ending}[what](frame)
    differences.draw(frame, {row["unit"]: (row["kind"], row["told"]) for row in reversed(found)}, parameters.at())
    return found


def told(some: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Complete the rows shown: what the places are called and where they lie."""
    lines = browsing.lines(database(), parameters.at(), {row["unit"] for row in some})
    wheres = differences.wheres(lines)
    for row in some:
        unit = lines[row["unit"]][-1] if lines[row["unit"]] else None
        row["code"] = unit.code if unit else ""
        row["name"] = (unit.name or unit.code) if unit else ""
        row["where"] = wheres.get(row["unit"], "")
    return some


def _moved(frame: Frame) -> list[movements.Movement]:
    return movements.since(database(), parameters.at(), since(), scope(), frame.unit_id)


def _awaited(frame: Frame) -> Awaited | None:
    if not user().roles.intersection(DECIDING):
        return None
    deciding = accounts.scope_of(user().grants, DECIDING)
    within = frame.unit_id
    if within is not None and not browsing.units_by_number(database(), [within], parameters.at(), deciding):
        return Awaited([], [])
    return movements.awaited(database(), parameters.at(), deciding, user().id, within)


def _changed(frame: Frame) -> list[dict[str, Any]]:
    return [
        {
            **_row(one.unit, one.tier, one.role),
            "before": one.before,
            "after": one.after,
            "kind": differences.kind_of(bool(one.before), after=bool(one.after)),
            "told": _listed(one.after) or term("state", "vacant", language.locale()),
        }
        for one in _moved(frame)
    ]


def _to_decide(frame: Frame) -> list[dict[str, Any]]:
    waiting = _awaited(frame)
    found = []
    for change in waiting.proposed if waiting else []:
        for line in proposing.told(database(), change):
            after = (line["after"]["name"],) if line["after"] else ()
            before = tuple(one["name"] for one in line["before"])
            kind = differences.kind_of(bool(before), after=bool(after))
            told = {"before": before, "after": after, "kind": kind, "change": change, "told": change.title}
            found.append(_row(line["id"], change.tier, None) | told)
    return found


def _returned(frame: Frame) -> list[dict[str, Any]]:
    waiting = _awaited(frame)
    return [
        _row(one.unit, one.tier, one.role)
        | {"kind": differences.EMPTIED, "told": one.holder, "return": one, "before": (one.holder,), "after": ()}
        for one in (waiting.returned if waiting else [])
    ]


def _ending(frame: Frame) -> list[dict[str, Any]]:
    return [
        _row(one.unit, one.tier, one.role)
        | {"kind": "expiring", "told": one.holder, "before": (one.holder,), "after": (), "held": one}
        for one in movements.expiring(database(), parameters.at(), scope(), frame.unit_id)
    ]


def _row(unit: int, tier: int, role: str | None) -> dict[str, Any]:
    return {"unit": unit, "tier": tier, "role": role}


def _listed(names: Iterable[str]) -> str:
    return language.gettext(", ").join(names)

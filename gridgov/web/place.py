"""What a page tells about one place: who answers for it, and what its people lack."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from gridgov.sources import rulepacks
from gridgov.storage.current import Scope
from gridgov.storage.models import Run, UnitVersion
from gridgov.usecases import answering, browsing, coming, contacting, covering, deployment, reading_runs
from gridgov.usecases.gap_filter import GapFilter
from gridgov.web import parameters
from gridgov.web.gapwords import cause_words, counted, department_name, gap_sentence, graded
from gridgov.web.handle import database
from gridgov.web.language import gettext, number
from gridgov.web.page import named
from gridgov.web.security import scope


def about(unit: UnitVersion, run: Run | None = None) -> dict[str, Any]:
    """Return the panel of a place: the answer to who is responsible there, its facts, and what it lacks by a run."""
    answer = answering.who(database(), unit.code, parameters.at(), scope())["candidates"][0]
    run = run or covering.latest(database(), parameters.at())
    return {
        "unit": unit,
        "people": people(unit),
        "answer": told(answer),
        "lacks": [] if run is None else _with_coming(run, unit, lacks(run, unit.unit_id)),
        "run": None if run is None else _beside(run),
        "counted": run is not None and is_counted(run, unit),
        "earlier": contacting.earlier(database(), parameters.at(), scope(), unit.unit_id)[:5],
    }


def people(unit: UnitVersion) -> str | None:
    """Say how many people are recorded at a place, else at its building groups; at least so many where some aren't."""
    if unit.people is not None or unit.level == "building":
        return None if unit.people is None else number(unit.people)
    below = browsing.units_on_map(database(), parameters.at(), scope(), "building", unit.unit_id)
    known = [building.people for building in below if building.people is not None]
    if not known:
        return None
    told = number(sum(known))
    return told if len(known) == len(below) else gettext("at least %(count)s", count=told)


def told(answer: dict[str, Any]) -> dict[str, Any]:
    """Return an answer with names for its codes: posts' roles, scenarios, types, departments."""
    known = rulepacks.catalogue()
    roles = {role.id: named(role) for role in deployment.profile(database()).roles}
    places = {step["code"]: step["name"] or step["code"] for step in answer["chain"] if step and "code" in step}
    ids = {step["unit"]: step["code"] for step in answer["chain"] if step and "unit" in step}
    departments = {each.id: named(each) for each in known.departments}
    for post in answer["posts"]:
        post |= {"role_name": roles.get(post["role"], post["role"]), "place": places.get(post["unit"], post["unit"])}
    for step in answer["chain"]:
        if step and step.get("through"):
            step["through_name"] = roles.get(step["through"], step["through"])
    for body in answer["partners"]:
        body["around"] = places.get(body["unit"], body["unit"])
    for held in answer["contacts"]:
        code = ids.get(held["unit"], "")
        held |= {"place": places.get(code, ""), "place_code": code}
    for near in answer["nearest"].values():
        department = near["department"]
        near |= {
            "type_name": named(known.type(near["type"])),
            "department_name": departments.get(department, department),
        }
    return answer


def lacks(run: Run, area: int) -> list[dict[str, Any]]:
    """Return what people under a unit lack, most people first: one row per type, with the cause most of them meet."""
    by_type: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for gap in reading_runs.gaps(database(), run, scope(), GapFilter(area=area)):
        by_type[gap["type"]].append(gap)
    rows = [lack(run, gaps) for gaps in by_type.values()]
    return sorted(rows, key=lambda row: (not row["required"], -(row["people"] or 0.0)))


def lack(run: Run, gaps: list[dict[str, Any]]) -> dict[str, Any]:
    """Return some gaps of one type as one, with names for its codes, and as a sentence."""
    pack, known = deployment.pack(database(), run.pack), rulepacks.catalogue()
    cause = _commonest(gaps)
    told = [gap["people"] for gap in gaps if gap["people"] is not None]
    first = gaps[0] | {"people": sum(told) if told else None, "cause": cause}
    name = named(known.type(first["type"]))
    return first | {
        "type_name": name,
        "counted": counted(first["people"], str(run.summary["basis"])),
        "cause_words": cause_words(cause),
        "department_name": department_name(pack, first["department"]),
        "sentence": gap_sentence(first, pack, name, str(run.summary["basis"])),
    }


def is_counted(run: Run, unit: UnitVersion) -> bool:
    """Tell whether anybody was counted at a place: where nobody was, nothing is known of what it lacks."""
    there = Scope.of({unit.unit_id})
    rows = reading_runs.show(database(), run, unit.level, there) if unit.level in reading_runs.LEVELS else []
    return any(row["code"] == unit.code and row["people"] is not None for row in rows)


def _with_coming(run: Run, unit: UnitVersion, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add to each lack the nearest service point to come that lies within the rule’s radius, where there is one.

    Only where people live close together: from the middle of a whole street nothing is near.
    """
    if unit.level not in {"compound", "building"}:
        return rows
    pack = deployment.pack(database(), run.pack)
    near = coming.within_reach(database(), parameters.at(), unit, {row["type"] for row in rows}, pack)
    return [row | {"coming": near.get(row["type"])} for row in rows]


def _beside(run: Run) -> dict[str, Any]:
    """Return a run's record with what stands beside its figures: the rule pack, and whether it is the standard's."""
    pack = deployment.pack(database(), run.pack)
    return {**reading_runs.record(run), "rules": pack, "graded": graded(pack)}


def _commonest(gaps: Iterable[dict[str, Any]]) -> str:
    people: dict[str, float] = defaultdict(float)
    for gap in gaps:
        people[gap["cause"]] += gap["people"] or 0.0
    return max(people, key=lambda cause: (people[cause], cause))

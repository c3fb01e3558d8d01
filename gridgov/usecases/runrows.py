"""A run's rows as they are stored, by columns: people covered of every unit and type, and the gap list."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gridgov.spatial.coverage import CAUSES, Verdicts, shares
from gridgov.usecases.gap_ages import Lacking, age_columns
from gridgov.usecases.inputs import Inputs
from gridgov.usecases.places import numbered

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Columns = dict[str, list[Any]]

SHARE_LEVELS = ("street", "community", "compound")


@dataclass(frozen=True)
class Result:
    """What a run decided; `weight` (d, t) are the people each type serves."""

    inputs: Inputs
    verdicts: Verdicts
    weight: Floats


def share_columns(result: Result) -> Columns:
    """Tell people and people covered of every unit that holds demand, by level, unit and type."""
    points, verdicts = result.inputs.points, result.verdicts
    decided = np.flatnonzero(verdicts.decided)
    types = [result.inputs.rules[index].type for index in decided]
    columns: Columns = {name: [] for name in ("unit_id", "level", "type", "people", "people_covered")}
    for level in SHARE_LEVELS:
        units, group = numbered(points.places.above(level, points.owners))
        people, covered = (each[:, decided] for each in shares(verdicts, result.weight, group, len(units))[:2])
        known = people > 0
        columns["unit_id"] += np.repeat(points.places.ids[units], len(types)).tolist()
        columns["level"] += [level] * people.size
        columns["type"] += types * len(units)
        columns["people"] += _rounded(np.where(known, people, np.nan))
        columns["people_covered"] += _rounded(np.where(known, covered, np.nan))
    return columns


def gap_columns(result: Result) -> Columns:
    """Tell every place and type with people uncovered: a compound, or a building group outside every compound.

    Of people who live in no unit the place is the community or street round them; outside of all they have no row.
    """
    inputs, verdicts, places = result.inputs, result.verdicts, result.inputs.points.places
    home = places.above("compound", inputs.points.owners)
    units, group = numbered(np.where(home >= 0, home, inputs.points.owners))
    left = 1.0 - verdicts.share
    people = np.nan_to_num(result.weight) * left
    at, kind, firsts = _by_place((people > 0) & verdicts.decided & (group >= 0)[:, None], group, verdicts.metres)
    nearest, types, unit = at[firsts], kind[firsts], units[group[at[firsts]]]
    metres = verdicts.metres[nearest, types]
    point = np.where(np.isnan(metres), -1, verdicts.point[nearest, types])
    lacking = Lacking(at, kind, left[at, kind], people[at, kind], firsts, group)
    ages = age_columns(inputs.demand, len(inputs.points.units), inputs.rules, lacking)
    cause = _gravest(verdicts.cause[at, kind], lacking.people, firsts)
    # The last of each is what -1 stands for: none.
    ids, codes = (np.array([*told, None], dtype=object) for told in (places.ids.tolist(), inputs.supply_codes))
    return {
        "unit_id": ids[unit].tolist(),
        "community_id": ids[places.above("community", unit)].tolist(),
        "street_id": ids[places.above("street", unit)].tolist(),
        **{name: np.array(told, dtype=object)[types].tolist() for name, told in _of_types(inputs).items()},
        "people": _rounded(np.add.reduceat(lacking.people, firsts)),
        **{name: _rounded(told) for name, told in ages.items()},
        "nearest": codes[point].tolist(),
        "metres": _or_none(metres),
        "cause": np.array(CAUSES, dtype=object)[cause].tolist(),
        "firm": np.logical_and.reduceat(verdicts.firm[at, kind], firsts).tolist(),
    }


def _by_place(lacking: npt.NDArray[np.bool_], group: Ints, metres: Floats) -> tuple[Ints, Ints, Ints]:
    """Order the uncovered by type, place and metres: demand point and type of each, and where each place begins."""
    kind, at = np.nonzero(lacking.T)
    order = np.lexsort((at, metres[at, kind], group[at], kind))  # what is unreachable is NaN, and comes last
    at, kind = at[order], kind[order]
    firsts = np.flatnonzero((np.diff(kind, prepend=-1) != 0) | (np.diff(group[at], prepend=-1) != 0))
    return at, kind, firsts


def _gravest(cause: npt.NDArray[np.int8], people: Floats, firsts: Ints) -> Ints:
    """Find the cause of most people's lack in each place; of those alike the first."""
    place = np.repeat(np.arange(len(firsts)), np.diff(firsts, append=len(people)))
    by_cause = np.bincount(place * len(CAUSES) + cause, people, len(firsts) * len(CAUSES))
    return np.asarray(by_cause.reshape(-1, len(CAUSES)).argmax(axis=1))


def _of_types(inputs: Inputs) -> Columns:
    rows = [inputs.pack.row(rule.type) for rule in inputs.rules]
    return {
        "type": [rule.type for rule in inputs.rules],
        "scenario": [rule.scenario for rule in inputs.rules],
        "required": [rule.required for rule in inputs.rules],
        "department": [row.department if row else None for row in rows],
    }


def _rounded(values: Floats) -> list[float | None]:
    return _or_none(np.round(values.ravel(), 3))


def _or_none(values: Floats) -> list[float | None]:
    known = values.astype(object)
    known[np.isnan(values)] = None
    told: list[float | None] = known.tolist()
    return told

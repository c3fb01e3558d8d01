"""Which of a run's figures count people of an age, and what of them may be shown (DOMAIN §4.2)."""

from collections.abc import Iterable, Mapping
from typing import Any

from gridgov.domain.privacy import WITHHELD, age_groups_hidden, age_row
from gridgov.domain.units import AGE_BANDS
from gridgov.storage.models import Run, UnitVersion

AGES = tuple(f"age_{band}" for band in AGE_BANDS)
Counts = Mapping[str, tuple[float | None, float | None]]


def ages_of(unit: UnitVersion) -> dict[str, float | str | None]:
    """Return a unit's counts by age, those withheld that are under ten or would tell such a one."""
    ages = [getattr(unit, name) for name in AGES]
    hidden = age_groups_hidden(ages, unit.people)
    return {name: WITHHELD if no else age for name, age, no in zip(AGES, ages, hidden, strict=True)}


class AgeCounts:
    """The types of a run that serve some ages only and were weighed by them; every other figure is shown as it is.

    Storage keeps exact numbers; whatever reads a run for somebody goes through here.
    """

    def __init__(self, run: Run) -> None:
        self.groups: dict[str, tuple[int, ...]] = {
            row["type"]: tuple(row["serves"]) for row in run.summary["types"] if row.get("by_age")
        }

    def shown(self, counts: Counts, total: float | None = None) -> dict[str, tuple[float | None, float | None]]:
        """Return people and people covered per type of one place, with what has to be hidden as None.

        Without a `total` it is the people of a type that serves everybody, where the place has one.
        """
        if not self.groups:
            return dict(counts)
        if total is None:
            total = next((people for kind, (people, _) in counts.items() if kind not in self.groups), None)
        hidden = self._hidden({kind: people for kind, (people, _) in counts.items() if kind in self.groups}, total)
        return {
            kind: age_row(people, covered, hidden=self.groups[kind] in hidden)
            if kind in self.groups
            else (people, covered)
            for kind, (people, covered) in counts.items()
        }

    def of_unit(self, unit: UnitVersion, types: Iterable[str]) -> dict[str, tuple[float | None, float | None]]:
        """Return the exact counts of a single demand point where nobody is covered, per type weighed by age."""
        ages = [getattr(unit, f"age_{band}") for band in AGE_BANDS]
        counts: dict[str, tuple[float | None, float | None]] = {}
        for kind in types:
            served = [ages[band] for band in self.groups.get(kind, ())]
            known = bool(served) and None not in served
            counts[kind] = (float(sum(served)) if known else unit.people, 0.0)
        return counts

    def summary(self, told: Mapping[str, Any]) -> dict[str, Any]:
        """Return a summary's types and scenarios with what has to be hidden as None.

        A scenario's mean would tell the share of its one hidden type.
        """
        types = self.summary_rows(told["types"], told["people"])
        hidden = {
            row["scenario"]
            for row, exact in zip(types, told["types"], strict=True)
            if row["required"] and row["share"] is None and exact["share"] is not None
        }
        scenarios = [row | {"share": None} if row["scenario"] in hidden else row for row in told["scenarios"]]
        return {"types": types, "scenarios": scenarios}

    def summary_rows(self, rows: Iterable[dict[str, Any]], total: float | None) -> list[dict[str, Any]]:
        """Return a summary's rows per type with what has to be hidden as None."""
        told = list(rows)
        shown = self.shown({row["type"]: (row["people"], row["people_covered"]) for row in told}, total)
        return [row | _with_share(*shown[row["type"]], row["share"]) for row in told]

    def _hidden(self, people: Mapping[str, float | None], total: float | None) -> set[tuple[int, ...]]:
        """Return the age groups whose count has to be hidden for itself or for what stands beside it."""
        by_group = {self.groups[kind]: count for kind, count in people.items()}
        hidden = age_groups_hidden(list(by_group.values()), total)
        return {group for group, no in zip(by_group, hidden, strict=True) if no}


def _with_share(people: float | None, covered: float | None, share: float | None) -> dict[str, Any]:
    return {"people": people, "people_covered": covered, "share": None if covered is None else share}

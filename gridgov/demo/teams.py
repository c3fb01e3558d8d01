"""Tier 3: a team of cadres for each compound, one of them its lead."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from gridgov.demo.register import Register

_CHANGED = 150  # days since a lead followed another
_LEAST = 4  # members of a team beside its lead, where the register's size is told


@dataclass(frozen=True)
class _Parts:
    """Which compounds stand in which state, as indexes."""

    vacant: list[int]
    disputed: list[int]
    pairs: list[tuple[int, int]]
    expiring: list[int]
    succeeded: int
    absent: int


def form(register: Register) -> None:
    """Enter a lead and a team for each compound: two to six, or as many as make the register full."""
    parts = _tier_three_parts(register)
    compounds = register.codes.compounds
    leads: dict[int, str] = {}
    again = {later: earlier for earlier, later in parts.pairs}
    sizes = _sizes(register, parts)
    for index, compound in enumerate(compounds):
        if index in parts.vacant:
            _vacancy(register, compound, ended=index in parts.vacant[:2])
        else:
            leads[index] = (
                leads[again[index]] if index in again else register.cadre(_department(register, index), "科长")
            )
            end = register.soon() if index in parts.expiring else None
            start = register.today - timedelta(days=_CHANGED) if index == parts.succeeded else None
            register.contact(3, compound, "lead", leads[index], start=start, end=end)
        if index not in parts.vacant[:1]:
            for _ in range(int(register.random.integers(2, 7)) if sizes is None else sizes[index]):
                register.contact(3, compound, "member", register.cadre(_department(register, index), "科员"))
    for index in parts.disputed:
        register.contact(3, compounds[index], "lead", register.cadre(_department(register, index), "科长"))
    _notes(register, parts, leads)
    units: dict[str, list[str]] = defaultdict(list)
    units["due"] = list(compounds)
    for name, indexes in (("vacant", parts.vacant), ("expiring", parts.expiring), ("disputed", parts.disputed)):
        units[name] = sorted(compounds[i] for i in indexes)
    units["several"] = sorted(compounds[i] for pair in parts.pairs for i in pair)
    register.truth["3"] = dict(units)


def _sizes(register: Register, parts: _Parts) -> list[int] | None:
    """Return how many members each compound's team has beside its lead, where the register's size is told."""
    if register.size.posts.members is None:
        return None
    compounds = len(register.codes.compounds)
    leads = compounds - len(parts.vacant) - len(parts.pairs) + len(parts.disputed)
    manned = np.array([index not in parts.vacant[:1] for index in range(compounds)])
    spare = register.size.posts.members - leads - _LEAST * int(manned.sum())
    more = register.random.multinomial(spare, manned / manned.sum())
    return [int(count) for count in np.where(manned, _LEAST, 0) + more]


def _tier_three_parts(register: Register) -> _Parts:
    posts = register.size.posts
    order = iter(int(i) for i in register.random.permutation(len(register.codes.compounds)))

    def take(count: int) -> list[int]:
        return [next(order) for _ in range(count)]

    doubles = [sorted(take(2)) for _ in range(posts.double_leads)]
    return _Parts(
        vacant=take(posts.vacant_compounds),
        disputed=take(posts.disputed_compounds),
        pairs=[(pair[0], pair[1]) for pair in doubles],
        expiring=take(posts.expiring_compounds),
        succeeded=take(1)[0],
        absent=take(1)[0],
    )


def _department(register: Register, index: int) -> str:
    codes = register.departments
    return codes[(index * 5 + int(register.random.integers(3))) % len(codes)]


def _vacancy(register: Register, compound: str, *, ended: bool) -> None:
    if ended:
        register.contact(3, compound, "lead", register.cadre(_department(register, 0), "科长"), end=register.lately())


def _notes(register: Register, parts: _Parts, leads: dict[int, str]) -> None:
    """Enter the predecessor of one lead and the deputy of another."""
    compounds = register.codes.compounds
    changed = register.today - timedelta(days=_CHANGED)
    before = register.cadre(_department(register, parts.succeeded), "科长")
    register.contact(3, compounds[parts.succeeded], "lead", before, end=changed)
    deputy = register.cadre(_department(register, parts.absent), "科长")
    register.contact(3, compounds[parts.absent], "deputy", deputy, start=register.today - timedelta(days=10))
    register.notes["history"] = {
        "unit": compounds[parts.succeeded],
        "before": before,
        "after": leads[parts.succeeded],
        "changed": changed.isoformat(),
    }
    register.notes["deputy"] = {"unit": compounds[parts.absent], "lead": leads[parts.absent], "deputy": deputy}

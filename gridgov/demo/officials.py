"""Departments, cadres and the three contact tiers, with the planted vacancies, disputes and ends."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from gridgov.demo import names
from gridgov.demo.codes import Codes
from gridgov.demo.sizes import Size
from gridgov.sources.rulepacks import catalogue

Row = dict[str, object]
EPOCH = date(2024, 1, 1)
_ENDS_IN = 20  # days until the expiring contacts end
_ENDED = 45  # days since those ended that left a vacancy
_CHANGED = 150  # days since a lead followed another


@dataclass
class Register:
    """Cadres and contacts as they are told, and the truth about the posts."""

    size: Size
    codes: Codes
    today: date
    random: np.random.Generator
    cadres: list[Row] = field(default_factory=list)
    contacts: list[Row] = field(default_factory=list)
    truth: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    notes: dict[str, dict[str, str]] = field(default_factory=dict)

    def cadre(self, department: str | None, post: str) -> str:
        """Enter a cadre and return the code."""
        number = len(self.cadres) + 1
        home = int(self.random.integers(len(self.codes.communities)))
        self.cadres.append(
            {
                "code": f"C{number:04d}",
                "name": names.person(self.random),
                "department": department,
                "post": post,
                "office_phone": names.office_phone(2000 + number),
                "mobile": names.mobile(number),
                "home_community": self.codes.communities[home] if self.random.random() < 0.8 else None,
            }
        )
        return f"C{number:04d}"

    def contact(
        self, tier: int, unit: str, role: str, holder: str, start: date | None = None, end: date | None = None
    ) -> None:
        """Enter a contact."""
        begun = start or max(EPOCH, self.today - timedelta(days=int(self.random.integers(300, 800))))
        self.contacts.append(
            {
                "tier": tier,
                "unit": unit,
                "role": role,
                "holder": holder,
                "document": f"演示文〔{begun.year}〕{int(self.random.integers(1, 60))}号",
                "recorded_by": "演示数据",
                "valid_from": begun.isoformat(),
                "valid_to": end.isoformat() if end else None,
            }
        )

    def soon(self) -> date:
        """Return the day on which the expiring contacts end."""
        return self.today + timedelta(days=_ENDS_IN)

    def lately(self) -> date:
        """Return the day on which the contacts ended that left a vacancy."""
        return self.today - timedelta(days=_ENDED)


def appoint(size: Size, codes: Codes, today: date) -> Register:
    """Fill the three tiers."""
    register = Register(size, codes, today, size.random("officials"))
    _leaders(register)
    _first_secretaries(register)
    _teams(register)
    return register


def departments() -> list[Row]:
    """Return the departments of the catalogue, with invented addresses and numbers."""
    return [
        {
            "code": row.code,
            "name": row.zh,
            "phone": names.office_phone(100 + number),
            "address": f"{names.road(number)}{12 + 7 * number}号",
        }
        for number, row in enumerate(catalogue().departments)
    ]


def _leaders(register: Register) -> None:
    """Tier 1: a leader for each street; the last one's contact is about to end."""
    streets = register.codes.streets
    for index, street in enumerate(streets):
        leader = register.cadre(None, "市级领导")
        register.contact(1, street, "leader", leader, end=register.soon() if index == len(streets) - 1 else None)
    deputy = register.cadre(None, "市级领导")
    register.contact(1, streets[0], "deputy", deputy)
    register.truth["1"] = {"due": list(streets), "vacant": [], "expiring": [streets[-1]], "disputed": [], "several": []}
    register.notes["street_deputy"] = {"unit": streets[0], "cadre": deputy}


def _first_secretaries(register: Register) -> None:
    """Tier 2: a leading department for each community, others supporting, and a first secretary of its own."""
    codes = [str(row["code"]) for row in departments()]
    communities = register.codes.communities
    order = [int(i) for i in register.random.permutation(len(communities) - len(codes))]
    vacant = sorted(order[: register.size.posts.vacant_communities])
    disputed, expiring, *free = order[len(vacant) :]
    first = next(index for index in free if index + len(codes) not in {*vacant, disputed, expiring})
    second = first + len(codes)  # the same leading department
    held: dict[int, str] = {}
    for index, community in enumerate(communities):
        leading = codes[index % len(codes)]
        register.contact(2, community, "leading", leading)
        for step in range(1, 1 + int(register.random.integers(0, 3))):
            register.contact(2, community, "supporting", codes[(index + 2 * step) % len(codes)])
        if index in vacant:
            if index == vacant[0]:
                _left(register, community, leading)
            continue
        held[index] = (
            held[first] if index == second else register.cadre(leading, "主任" if index < len(codes) else "副主任")
        )
        end = register.soon() if index == expiring else None
        register.contact(2, community, "first_secretary", held[index], end=end)
    rival = register.cadre(codes[(disputed + 1) % len(codes)], "副主任")
    register.contact(2, communities[disputed], "first_secretary", rival)
    register.truth["2"] = {
        "due": list(communities),
        "vacant": [communities[i] for i in vacant],
        "expiring": [communities[expiring]],
        "disputed": [communities[disputed]],
        "several": sorted(communities[i] for i in (first, second)),
    }


def _left(register: Register, community: str, department: str) -> None:
    """A transfer vacates the post, not the pairing."""
    gone = register.cadre(department, "主任")
    register.contact(2, community, "first_secretary", gone, end=register.lately())
    register.notes["transferred"] = {"unit": community, "cadre": gone, "department": department}


@dataclass(frozen=True)
class _Parts:
    """Which compounds stand in which state, as indexes."""

    vacant: list[int]
    disputed: list[int]
    pairs: list[tuple[int, int]]
    expiring: list[int]
    succeeded: int
    absent: int


def _teams(register: Register) -> None:
    """Tier 3: a lead and a team of two to six for each compound."""
    parts = _tier_three_parts(register)
    compounds = register.codes.compounds
    leads: dict[int, str] = {}
    again = {later: earlier for earlier, later in parts.pairs}
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
            for _ in range(int(register.random.integers(2, 7))):
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
    codes = [row.code for row in catalogue().departments]
    return str(codes[(index * 5 + int(register.random.integers(3))) % len(codes)])


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

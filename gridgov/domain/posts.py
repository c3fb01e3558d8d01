"""Posts and the three contact tiers: due, vacant, expiring, disputed, several."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from gridgov.domain.units import ContactTier

EXPIRING_DAYS = 30
CONTACT_ROLES = ("leader", "leading", "supporting", "first_secretary", "lead", "member", "deputy")
_ROLE_WORDS = {
    "leader": ("市领导", "包联领导", "联系领导", "city leader"),
    "leading": ("牵头部门", "牵头单位", "leading department"),
    "supporting": ("协同部门", "协同单位", "配合部门", "配合单位", "supporting department"),
    "first_secretary": ("第一书记", "社区第一书记", "first secretary"),
    "lead": (
        "牵头人(第一书记)",
        "牵头人",
        "第一书记",
        "小区第一书记",
        "组长",
        "lead (first secretary)",
    ),
    "member": ("成员", "组员", "包联成员", "team member"),
    "deputy": ("代理", "代理人", "deputy, standing in"),
}
DEPARTMENT_ROLES = frozenset({"leading", "supporting"})
STATES = ("vacant", "expiring", "disputed", "several")


def contact_role(told: str, roles: Iterable[str]) -> str | None:
    """Return which of a tier's roles a word names, or None: 第一书记 is the lead of a compound's tier."""
    word = unicodedata.normalize("NFKC", told).strip().casefold()
    return next((role for role in roles if word == role or word in _ROLE_WORDS.get(role, ())), None)


@dataclass(frozen=True)
class Holding:
    """Somebody holds the exclusive role of a unit on the day in question, until `end` (not included)."""

    unit: int
    holder: int
    end: date | None


@dataclass(frozen=True)
class TierState:
    """Where a tier's posts are due, and which of those units stand in each state."""

    tier: int
    due: frozenset[int]
    vacant: frozenset[int]
    expiring: frozenset[int]
    disputed: frozenset[int]
    several: frozenset[int]
    several_holders: int

    def numbers(self) -> dict[str, int]:
        """Return the first-screen numbers; `several` counts leads who hold two or more units."""
        return {
            "tier": self.tier,
            "due": len(self.due),
            "vacant": len(self.vacant),
            "expiring": len(self.expiring),
            "disputed": len(self.disputed),
            "several": self.several_holders,
        }


def tier_state(
    tier: ContactTier,
    due: Iterable[int],
    holdings: Iterable[Holding],
    day: date,
    successions: Mapping[int, date] | None = None,
) -> TierState:
    """Work out one tier's state from the holdings valid on `day` (DOMAIN §2.5).

    `due` are the units of the tier's level where its post is due. A post is vacant only there; a unit where the rule
    says it isn't due appears in no number but those of posts that are held all the same (expiring, disputed, several).
    `successions` holds, by unit, the day from which a
    later holder is recorded already: what goes over without a day between doesn't expire.
    """
    expected = frozenset(due) if tier.due else frozenset()
    by_unit: dict[int, set[int]] = defaultdict(set)
    by_holder: dict[int, set[int]] = defaultdict(set)
    expiring = set()
    limit = day + timedelta(days=EXPIRING_DAYS)
    for holding in holdings:
        by_unit[holding.unit].add(holding.holder)
        by_holder[holding.holder].add(holding.unit)
        following = (successions or {}).get(holding.unit)
        if holding.end is not None and holding.end <= limit and not (following and following <= holding.end):
            expiring.add(holding.unit)
    spread = [held for held in by_holder.values() if len(held) > 1]
    return TierState(
        tier=tier.tier,
        due=expected,
        vacant=frozenset(expected - by_unit.keys()),
        expiring=frozenset(expiring),
        disputed=frozenset(unit for unit, holders in by_unit.items() if len(holders) > 1),
        several=frozenset(unit for held in spread for unit in held),
        several_holders=len(spread),
    )

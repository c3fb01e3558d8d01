"""Due, vacant, expiring, disputed, several: against a count made the slow way."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gridgov.domain.posts import EXPIRING_DAYS, Holding, TierState, tier_state
from gridgov.domain.units import ContactTier

DAY = date(2026, 3, 31)
UNITS = st.integers(1, 6)
ENDS = st.none() | st.integers(1, 60).map(lambda number: DAY + timedelta(days=number))
HOLDINGS = st.lists(st.builds(Holding, UNITS, st.integers(101, 105), ENDS), max_size=12)


def tier(*, due: bool = True) -> ContactTier:
    return ContactTier(3, "compound", "lead", ("lead", "member"), due)


def state(units: set[int], holdings: list[Holding], *, due: bool = True) -> TierState:
    return tier_state(tier(due=due), units, holdings, DAY)


@given(st.sets(UNITS), HOLDINGS, st.booleans())
def test_against_a_slow_count(units: set[int], holdings: list[Holding], due: bool) -> None:
    found = state(units, holdings, due=due)
    holders = {unit: {held.holder for held in holdings if held.unit == unit} for unit in range(1, 7)}
    held_by = {holder: {held.unit for held in holdings if held.holder == holder} for holder in range(101, 106)}
    assert found.due == (units if due else set())
    assert found.vacant == {unit for unit in units if due and not holders[unit]}
    assert found.disputed == {unit for unit, people in holders.items() if len(people) >= 2}
    limit = DAY + timedelta(days=EXPIRING_DAYS)
    assert found.expiring == {held.unit for held in holdings if held.end and held.end <= limit}
    assert found.several == {unit for places in held_by.values() if len(places) >= 2 for unit in places}
    assert found.numbers() == {
        "tier": 3,
        "due": len(found.due),
        "vacant": len(found.vacant),
        "expiring": len(found.expiring),
        "disputed": len(found.disputed),
        "several": sum(len(places) >= 2 for places in held_by.values()),
    }


def test_thirty_days_is_expiring_and_thirty_one_is_not() -> None:
    holdings = [Holding(1, 101, DAY + timedelta(days=30)), Holding(2, 102, DAY + timedelta(days=31))]
    assert state({1, 2}, holdings).expiring == {1}


def test_one_person_twice_on_a_unit_is_no_dispute() -> None:
    found = state({1}, [Holding(1, 101, None), Holding(1, 101, None)])
    assert found.disputed == found.vacant == found.several == frozenset()


def test_a_village_where_no_lead_is_due_has_no_vacancy() -> None:
    found = state({1, 2}, [], due=False)
    assert found.numbers() == {"tier": 3, "due": 0, "vacant": 0, "expiring": 0, "disputed": 0, "several": 0}

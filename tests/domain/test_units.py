"""The ladder of levels: profiles, codes that slide, half-open periods."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgov.domain.units import Level, Period, contradicts, normal_code, parent_code
from gridgov.errors import InputError

STREET = Level("street", "街道", "Street", 9)
COMMUNITY = Level("community", "社区", "Community", 12)
COMPOUND = Level("compound", "小区", "Compound")
FIRST = date(2020, 1, 1)
DAYS = st.integers(0, 60).map(lambda number: FIRST + timedelta(days=number))


@st.composite
def periods(draw: st.DrawFn) -> Period:
    start = draw(DAYS)
    end = draw(st.none() | st.integers(1, 60).map(lambda number: start + timedelta(days=number)))
    return Period(start, end)


@pytest.mark.parametrize(
    ("code", "level", "normal"),
    [
        ("110108014000", STREET, "110108014"),  # twelve digits, as map services write streets
        ("110108014", STREET, "110108014"),
        ("110108014001", STREET, "110108014001"),  # the tail says something: kept
        ("110108014001", COMMUNITY, "110108014001"),
        ("11010801", STREET, "11010801"),
        ("X-000", STREET, "X-000"),
        ("osm:w12000", COMPOUND, "osm:w12000"),
        ("12000", COMPOUND, "12000"),
    ],
)
def test_codes_come_to_their_levels_length(code: str, level: Level, normal: str) -> None:
    assert normal_code(code, level) == normal


@pytest.mark.parametrize(
    ("code", "level", "above", "parent"),
    [
        ("420503001002", COMMUNITY, STREET, "420503001"),
        ("420503001", STREET, None, None),
        ("42050300100", COMMUNITY, STREET, None),  # a digit short tells nothing
        ("C-17", COMPOUND, COMMUNITY, None),
        ("420503001002001", COMPOUND, COMMUNITY, "420503001002"),
        ("420503001", COMPOUND, STREET, None),  # not longer than the street's own code
    ],
)
def test_a_code_tells_its_parents(code: str, level: Level, above: Level | None, parent: str | None) -> None:
    assert parent_code(code, level, above) == parent


def test_a_code_that_names_another_parent_contradicts() -> None:
    assert contradicts("420503001002", COMMUNITY, STREET, "420503009")
    assert not contradicts("420503001002", COMMUNITY, STREET, "420503001")
    assert not contradicts("420503001002", COMMUNITY, STREET, None)
    assert not contradicts("420503001002", COMMUNITY, STREET, "the-old-town")
    assert not contradicts("C-17", COMPOUND, COMMUNITY, "420503009001")


@given(periods(), periods())
def test_periods_meet_exactly_where_they_share_a_day(one: Period, other: Period) -> None:
    days = [FIRST + timedelta(days=number) for number in range(130)]
    shared = any(one.holds(day) and other.holds(day) for day in days)
    assert one.meets(other) == other.meets(one) == shared


@given(periods())
def test_a_period_holds_its_first_day_and_not_its_end(period: Period) -> None:
    assert period.holds(period.start)
    assert not period.holds(period.start - timedelta(days=1))
    if period.end is not None:
        assert period.holds(period.end - timedelta(days=1))
        assert not period.holds(period.end)
        assert not period.meets(Period(period.end))


@given(DAYS, st.integers(0, 40))
def test_a_period_that_ends_before_it_begins_is_refused(start: date, back: int) -> None:
    with pytest.raises(InputError, match="period_reversed"):
        Period(start, start - timedelta(days=back))

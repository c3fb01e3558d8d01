"""What a row shows gives nothing hidden away by subtraction, and no mobile stays readable in a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgov.domain.privacy import SMALLEST_AGE_COUNT, age_groups_hidden, age_row, shown_phone


def test_the_ages_no_group_stands_for_hide_a_group_where_they_are_few() -> None:
    assert age_groups_hidden([25], 120) == [False]
    assert age_groups_hidden([115], 120) == [True]
    assert age_groups_hidden([4], 120) == [True]
    assert age_groups_hidden([4, 12], None) == [True, False]
    assert age_groups_hidden([None, 0, 60], 60) == [False, False, False]


@given(st.integers(0, 60).map(float), st.integers(0, 60).map(float), st.booleans())
def test_no_hidden_count_of_a_row_can_be_had_by_subtraction(covered: float, uncovered: float, hidden: bool) -> None:
    people = covered + uncovered
    told = age_row(people, covered, hidden=hidden)
    left = None if told[0] is None or told[1] is None else people - covered
    shown = {"people": told[0], "covered": told[1], "uncovered": left}
    exact = {"people": people, "covered": covered, "uncovered": uncovered}
    assert all(value in {None, exact[name]} for name, value in shown.items())
    assert not any(value is not None and 0 < value < SMALLEST_AGE_COUNT for value in shown.values())
    known = [name for name, value in shown.items() if value is not None]
    assert len(known) != 2  # any two of the three give the third
    if hidden:
        assert known == []
    elif min(covered, uncovered) >= SMALLEST_AGE_COUNT:
        assert len(known) == 3


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("手机13812341234、13987654321", "手机138****1234、139****4321"),
        ("0086 138 1234 1234", "138****1234"),
        ("8613812341234", "138****1234"),
        ("138-1234-1234转1", "138****1234转1"),
        ("陈女士（138.1234.1234）", "陈女士（138****1234）"),
        ("１３８１２３４１２３４", "１３８****１２３４"),
        ("0717-6255123 / 13812341234", "0717-6255123 / 138****1234"),
        ("420503001001001", "420503001001001"),
        ("12345", "12345"),
        ("会议室3间，可坐138人", "会议室3间，可坐138人"),
        ("", ""),
    ],
)
def test_a_mobile_is_masked_wherever_it_is_written(text: str, shown: str) -> None:
    assert shown_phone(text) == shown


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.sampled_from(["", "+86", "86-", "电话", "a: "]))
def test_no_mobile_is_left_in_a_text(number: str, before: str) -> None:
    told = shown_phone(f"{before}{number[:3]} {number[3:7]} {number[7:]}；{number}")
    assert told is not None
    assert number not in told.replace(" ", "")
    assert told.count("****") == 2

"""Masking, and counts too small to be shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgov.domain.privacy import (
    SMALLEST_AGE_COUNT,
    age_groups_hidden,
    age_part,
    age_row,
    mask_name,
    mask_phone,
    shown_phone,
    small_hidden,
)

COUNTS = st.lists(st.none() | st.integers(0, 30).map(float), max_size=9)


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("13812341234", "138****1234"),
        ("+86 138-1234-1234", "861****1234"),
        ("0717 6255", "071****6255"),
        ("6255000", "*******"),
        ("", ""),
        (None, None),
    ],
)
def test_phones(number: str | None, masked: str | None) -> None:
    assert mask_phone(number) == masked


@given(st.from_regex(r"1[3-9]\d{9}", fullmatch=True))
def test_a_masked_mobile_hides_its_four_middle_digits(number: str) -> None:
    masked = mask_phone(number)
    assert masked == f"{number[:3]}****{number[-4:]}"


@pytest.mark.parametrize(("name", "masked"), [("王小明", "王**"), ("李", "李"), ("", ""), (None, None)])
def test_names(name: str | None, masked: str | None) -> None:
    assert mask_name(name) == masked


def test_small_counts_are_hidden_and_ten_is_shown() -> None:
    assert [small_hidden(count) for count in (0, 9, 9.9, 10, 11, None)] == [None, None, None, 10, 11, None]


def test_a_hidden_group_takes_others_with_it_until_nothing_is_given_away() -> None:
    assert age_groups_hidden([4, 30, 12, 50], 96) == [True, False, True, False]
    assert age_groups_hidden([4, 7, 12, 50], 73) == [True, True, False, False]
    assert age_groups_hidden([4, 3, 12, 50], 69) == [True, True, True, False]
    assert age_groups_hidden([12, 50], 62) == [False, False]
    assert age_groups_hidden([12, 50], None) == [False, False]


@given(COUNTS, st.integers(0, 40))
def test_nothing_small_can_be_had_by_subtraction(counts: list[float | None], others: int) -> None:
    """Whoever subtracts what is shown from the total is left with ten people at least, or with nothing hidden."""
    total = sum(count or 0 for count in counts) + others
    hidden = age_groups_hidden(counts, total)
    told = list(zip(counts, hidden, strict=True))
    assert all(no for count, no in told if count is not None and 0 < count < SMALLEST_AGE_COUNT)
    left = total - sum(count or 0 for count, no in told if not no)
    secret = [count for count, no in told if no and count]
    shown = [count for count, no in told if not no and count]
    assert not secret or not shown or left >= SMALLEST_AGE_COUNT
    assert len(secret) != 1 or not shown or others > 0


def test_people_and_covered_people_hide_each_others_rest() -> None:
    assert age_row(40, 25) == (40, 25)
    assert age_row(40, 5) == (40, None)
    assert age_row(40, 35) == (40, None)
    assert age_row(40, 40) == (40, 40)
    assert age_row(6, 6) == (None, None)
    assert age_row(40, 25, hidden=True) == (None, None)
    assert age_row(None, None) == (None, None)
    assert [age_part(*told) for told in ((30, 100), (95, 100), (5, 100), (30, None))] == [30, None, None, None]


def test_mobiles_in_a_text_are_masked_and_office_numbers_stay() -> None:
    assert shown_phone("13812341234") == "138****1234"
    assert shown_phone("王主任 +86 138-1234-1234 或 0717-6255000") == "王主任 138****1234 或 0717-6255000"
    assert shown_phone("0717-6000001") == "0717-6000001"
    assert shown_phone(None) is None

"""Masking, and counts too small to be shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgov.domain.privacy import SMALLEST_AGE_COUNT, mask_name, mask_phone, small_hidden, suppressed

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


def test_one_hidden_count_takes_the_next_smallest_with_it() -> None:
    assert suppressed([4, 30, 12, 50]) == [None, 30, None, 50]
    assert suppressed([4, 3, 12, 50]) == [None, None, 12, 50]
    assert suppressed([12, 50]) == [12, 50]
    assert suppressed([4]) == [None]
    assert suppressed([None, 4, 12]) == [None, None, None]


@given(COUNTS)
def test_no_single_part_can_be_had_by_subtraction(counts: list[float | None]) -> None:
    shown = suppressed(counts)
    assert len(shown) == len(counts)
    hidden = [count for count, seen in zip(counts, shown, strict=True) if count is not None and seen is None]
    others = [seen for seen in shown if seen is not None]
    assert all(seen >= SMALLEST_AGE_COUNT for seen in others)
    assert all(seen in (None, count) for count, seen in zip(counts, shown, strict=True))
    assert len(hidden) != 1 or not others

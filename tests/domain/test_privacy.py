"""Masking, and counts too small to be shown."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgov.domain.privacy import (
    SMALLEST_AGE_COUNT,
    age_groups_hidden,
    age_part,
    age_row,
    age_sums_hidden,
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


PAIRS = ((0, 1), (2, 3), (5, 6))


def test_a_sum_isnt_told_from_which_a_hidden_band_is_had() -> None:
    assert age_sums_hidden([30, 20, 40, 40, 200, 60, 20], PAIRS, 410) == [False, False, False]
    assert age_sums_hidden([30, 4, 40, 40, 200, 60, 20], PAIRS, 394) == [True, False, True]  # 20 hides with the 4
    assert age_sums_hidden([30, 4, 40, 40, 200, 6, 5], PAIRS, 325) == [True, False, True]
    assert age_sums_hidden([0, 0, 0, 0, 0, 6, 4], PAIRS, 50) == [False, False, False]
    assert age_sums_hidden([0, 0, 0, 0, 0, 6, 3], PAIRS, 50) == [False, False, True]


@given(st.lists(st.integers(0, 25).map(float), min_size=7, max_size=7), st.integers(0, 15))
def test_sums_bands_and_total_together_give_no_small_count(bands: list[float], others: int) -> None:
    total = sum(bands) + others
    there = np.flatnonzero([*bands, others])
    shown = [(band,) for band, no in enumerate(age_groups_hidden(bands, total)) if not no]
    sums = [pair for pair, no in zip(PAIRS, age_sums_hidden(bands, PAIRS, total), strict=True) if not no]
    before, after = (_written(known, there) for known in ([*shown, range(8)], [*shown, range(8), *sums]))
    for band in (band for band, count in enumerate(bands) if 0 < count < SMALLEST_AGE_COUNT):
        alone = _written([(band,)], there)
        assert _follows(alone, before) or not _follows(alone, after)


def _written(told: Iterable[Iterable[int]], there: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Write sums as rows of ones, of the counts that there are."""
    return np.array([np.isin(there, list(bands)) for bands in told], dtype=np.float64)


def _follows(row: npt.NDArray[np.float64], known: npt.NDArray[np.float64]) -> bool:
    return bool(np.linalg.matrix_rank(np.vstack([known, row])) == np.linalg.matrix_rank(known))


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

"""Ages as people write them are age bands, or are refused."""

import pytest

from gridgov.domain.ages import band_indexes, read_ages
from gridgov.errors import InputError


@pytest.mark.parametrize(
    ("told", "bands"),
    [
        ("60+", "60_79,80"),
        ("60_79,80", "60_79,80"),
        ("80, 60-79", "60_79,80"),
        ("60岁以上", "60_79,80"),
        ("80", "80"),
        ("0–14", "0_2,3_5,6_11,12_14"),
        ("3至5岁", "3_5"),
        ("0+", "0_2,3_5,6_11,12_14,15_59,60_79,80"),
        ("all", None),
        ("全部", None),
    ],
)
def test_what_falls_on_the_bands_is_read(told: str, bands: str | None) -> None:
    assert read_ages(told) == bands


@pytest.mark.parametrize("told", ["65+", "60-69", "60", "79-60", "", "old", "3-5,65+", "60+80"])
def test_what_begins_or_ends_within_a_band_is_refused(told: str) -> None:
    with pytest.raises(InputError) as refused:
        read_ages(told)
    assert (refused.value.code, refused.value.params["value"]) == ("ages_not_bands", told)


def test_bands_are_numbered_as_rules_number_them() -> None:
    assert band_indexes("60_79,80") == (5, 6)

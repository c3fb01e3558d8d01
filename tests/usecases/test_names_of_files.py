"""Names of files somebody uploads: without folders, and short enough for every file system."""

import pytest

from gridgov.errors import InputError
from gridgov.usecases.intaking import plain_name


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("../../etc/passwd.csv", "passwd.csv"),
        ("..\\x\\楼栋.xlsx", "楼栋.xlsx"),
        ("a\x00\nb.csv", "ab.csv"),
        ("a.csv/", "a.csv"),
    ],
)
def test_no_folder_is_left_in_a_name(told: str, kept: str) -> None:
    assert plain_name(told) == kept


@pytest.mark.parametrize("told", ["楼" * 300 + ".geojson", "😀" * 100 + ".csv", "a." + "长" * 300, "." * 3 + "x" * 400])
def test_a_long_name_fits_a_file_system_and_keeps_its_ending(told: str) -> None:
    kept = plain_name(told)
    assert len(kept.encode()) <= 200
    assert told.endswith((".geojson", ".csv")) == kept.endswith((".geojson", ".csv"))


def test_a_name_of_dots_is_none() -> None:
    with pytest.raises(InputError, match="upload_name_wrong"):
        plain_name("../..")

"""Nasty files that were made for it: each is refused by name, or read as it should be."""

import re
from pathlib import Path

import pytest

from gridgov.errors import InputError
from gridgov.sources.sheets import Reading, Sheet
from gridgov.sources.vector import read_sheets
from gridgov.wording import sentence

CORPUS = Path(__file__).parent / "corpus"
REFUSED = {
    "backslash.zip": "archive_unsafe",
    "bomb.zip": "archive_bomb",
    "cut.zip": "file_truncated",
    "deep.geojson": "json_bad",
    "dotdot.zip": "archive_unsafe",
    "entities.kml": "xml_bad",
    "far_cell.xlsx": "file_cells_many",
    "fault_in_utf8.csv": "encoding_wrong",
    "link.zip": "archive_unsafe",
    "locked.xlsx": "file_locked",
    "locked.zip": "file_locked",
    "nested.zip": "archive_nested",
    "nothing.xlsx": "file_empty",
    "pages.gpkg": "file_truncated",
    "several.zip": "layers_several",
    "twice.csv": "columns_twice",
    "two_delimiters.csv": "table_delimiters",
    "two_gigabytes.dbf": "file_truncated",
    "two_gigabytes.shp": "file_truncated",
    "two_gigabytes.shx": "file_truncated",
    "two_gigabytes.zip": "archive_bomb",
}
# How many rows, how many places, and what is wrong with which.
READ: dict[str, tuple[int, int, list[tuple[int, str]]]] = {
    "antimeridian.geojson": (2, 1, [(1, "geometry_across_180")]),
    "formulas_and_merged.xlsx": (2, 0, [(4, "formula_unanswered")]),
    "gbk_calls_itself_utf8.kml": (1, 1, []),
    "mixed_and_null.geojson": (4, 2, []),
    "not_finite.geojson": (3, 1, [(1, "geometry_not_finite"), (2, "geometry_not_finite")]),
    "sequence.geojsons": (3, 3, []),
    "utf16.csv": (1, 0, []),
}


def test_every_file_is_known() -> None:
    assert {file.name for file in CORPUS.iterdir()} == {*REFUSED, *READ}


@pytest.mark.parametrize(("name", "code"), REFUSED.items())
@pytest.mark.parametrize("locale", ["en", "zh_Hans"])
def test_a_file_that_is_refused(name: str, code: str, locale: str) -> None:
    with pytest.raises(InputError) as refused:
        read_sheets(CORPUS / name, Reading())
    assert refused.value.code == code
    told = sentence(refused.value, locale)
    assert name.split(".", 1)[0] in told
    assert "{" not in told
    assert bool(re.search("[一-鿿]", told.replace(str(refused.value.params.get("layers")), ""))) is (locale != "en")


@pytest.mark.parametrize(("name", "wanted"), READ.items())
def test_a_file_that_is_read(name: str, wanted: tuple[int, int, list[tuple[int, str]]]) -> None:
    (sheet,) = read_sheets(CORPUS / name, Reading())
    assert (len(sheet.rows), _places(sheet), [(each.row, each.code) for each in sheet.problems]) == wanted


def _places(sheet: Sheet) -> int:
    return sum(each is not None for each in sheet.geometry or [])

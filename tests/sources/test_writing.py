"""Files that leave: whole or not at all, and no cell more than a text."""

import zipfile
from pathlib import Path

import pytest
import shapely

from gridgov.errors import InputError
from gridgov.sources.outgoing import Mark, Table
from gridgov.sources.vector import read_file
from gridgov.sources.workbook import LONGEST_CELL
from gridgov.sources.writing import FORMS, form_of, refuse_existing, write_file

LINES = [("Content", "Units & more"), ("By", "a\nb")]
MARK = Mark({"what": "units", "by": "a"}, LINES, "About", "Units", {"code": "代码"})
TABLE = Table(("code", "people"), [("007", 3.5), ("=1", None)], [shapely.Point(111, 30), None])


@pytest.mark.parametrize("form", FORMS)
def test_a_file_is_replaced_whole_or_stays(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"a.{form}"
    path.write_bytes(b"old")

    def refuse() -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_file(path, TABLE, MARK, keep=refuse)
    assert path.read_bytes() == b"old"
    write_file(path, TABLE, MARK)
    assert [row["代码" if form == "xlsx" else "code"] for row in read_file(path).rows] == ["007", "=1"]
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("form", FORMS)
def test_nothing_is_left_where_nothing_can_be_written(tmp_path: Path, form: str) -> None:
    with pytest.raises(InputError, match="export_unwritable"):
        write_file(tmp_path / "nowhere" / f"a.{form}", TABLE, MARK)


def test_forms_are_told_by_the_ending(tmp_path: Path) -> None:
    assert [form_of(name) for name in ("A.XLSX", "b.csv", Path("c.geojson"))] == ["xlsx", "csv", "geojson"]
    for name in ("a.xls", "a", "a.csv.gz"):
        with pytest.raises(InputError, match="export_form_unknown"):
            form_of(name)
    (tmp_path / "a.csv").touch()
    with pytest.raises(InputError, match="export_exists"):
        refuse_existing(tmp_path / "a.csv")


def test_a_workbook_is_frozen_filtered_and_marked(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    write_file(path, TABLE, MARK)
    with zipfile.ZipFile(path) as archive:
        rows, about = (archive.read(f"xl/worksheets/sheet{number}.xml").decode() for number in (1, 2))
    assert 'state="frozen"' in rows
    assert '<autoFilter ref="A1:B3"/>' in rows
    assert "Units &amp;&amp; more" in rows
    assert "<f>" not in rows
    assert "Units &amp; more" in about


def test_what_excel_cannot_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="export_cell_too_long"):
        write_file(tmp_path / "a.xlsx", Table(("name",), [("x" * (LONGEST_CELL + 1),)]), MARK)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", FORMS)
def test_nothing_to_tell_is_a_file_too(tmp_path: Path, form: str) -> None:
    write_file(tmp_path / f"a.{form}", Table(("code",), [], []), MARK)
    assert (tmp_path / f"a.{form}").stat().st_size > 0

"""Good files of every format with some bytes changed: read, or refused by an InputError, and never anything else."""

import contextlib
import gzip
import json
import zipfile
from pathlib import Path

import pytest
import shapely
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridgov.errors import InputError
from gridgov.sources.sheets import Reading
from gridgov.sources.vector import read_sheets
from tests.sources.files import frame, put, save
from tests.sources.test_fuzz import whole
from tests.sources.test_kml import PLACE, data, kml, placemark
from tests.sources.test_topojson import TOPOLOGY

FORMATS = ("gpkg", "fgb", "shp", "dbf", "parquet", "geojson", "topojson", "kml", "csv", "csv.gz", "xlsx", "zip")
WORDS = [b"\xff\xff\xff\x7f", b"\xff\xff\xff\xff", b"\x00\x00\x00\x00", b"\x00\x00\x00\x80"]
Edits = list[tuple[float, int, bytes]]  # where, how many bytes go, and what comes in their place
EDITS = st.lists(
    st.tuples(st.floats(0, 0.999), st.integers(0, 8), st.one_of(st.binary(max_size=8), st.sampled_from(WORDS))),
    min_size=1,
    max_size=12,
)


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("good")
    told = frame(code=["1", "2", "3"], name=["东门小区", "西门", "c"], people=[1, 2, 3])
    told.loc[1, "geometry"] = shapely.box(111, 30, 111.1, 30.1)
    save(told, folder / "a.gpkg")
    save(told, folder / "a.fgb")
    save(frame(name=["东门"]), folder / "a.shp", encoding="GBK")
    told.to_parquet(folder / "a.parquet", compression=None)
    put(folder, "a.geojson", told.to_json())
    put(folder, "a.topojson", json.dumps(TOPOLOGY))
    put(folder, "a.kml", kml(placemark("a", data(code="1"), PLACE)))
    put(folder, "a.csv", "代码,名称,wkt\n1,东门,POINT (111 30)\n")
    put(folder, "a.csv.gz", gzip.compress(b"code,lon,lat\n1,111,30\n"))
    with xlsxwriter.Workbook(str(folder / "a.xlsx")) as book:
        page = book.add_worksheet("一")
        page.write_row(0, 0, ["代码", "名称"])
        page.write_formula(1, 0, "=1+1", None, "")
        page.merge_range(2, 0, 3, 1, "合")
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        archive.write(folder / "a.geojson", "资料/a.geojson")
    return folder


@pytest.mark.parametrize("ending", FORMATS)
@given(edits=EDITS)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_mutant(good: Path, tmp_path: Path, ending: str, edits: Edits) -> None:
    name = f"a.{ending}"
    if ending in {"shp", "dbf"}:
        for part in (".shp", ".shx", ".dbf", ".prj"):
            put(tmp_path, f"a{part}", (good / f"a{part}").read_bytes())
    with contextlib.suppress(InputError):
        for sheet in read_sheets(put(tmp_path, name, mutated((good / name).read_bytes(), edits)), Reading(layer="*")):
            whole(sheet)


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"])
@given(edits=EDITS)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_workbook_with_a_mutant_part(
    good: Path, tmp_path: Path, part: str, edits: list[tuple[float, int, bytes]]
) -> None:
    with zipfile.ZipFile(good / "a.xlsx") as book, zipfile.ZipFile(tmp_path / "a.xlsx", "w") as other:
        for name in book.namelist():
            content = book.read(name)
            other.writestr(name, mutated(content, edits) if name == part else content)
    with contextlib.suppress(InputError):
        for sheet in read_sheets(tmp_path / "a.xlsx", Reading()):
            whole(sheet)


def mutated(content: bytes, edits: Edits) -> bytes:
    """Put bytes in the place of others, each edit at a share of what is there."""
    for at, length, put_there in edits:
        start = int(at * len(content))
        content = content[:start] + put_there + content[start + length :]
    return content

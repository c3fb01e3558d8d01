"""Whatever stands in a file, a reader returns a sheet or says what is wrong with it, and nothing else."""

import contextlib
import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from gridgov.errors import InputError
from gridgov.sources.osm import read_osm
from gridgov.sources.sheets import Sheet
from gridgov.sources.vector import read_file

CELLS = st.one_of(
    st.text(max_size=8),
    st.sampled_from(["", "1", "111.2", "30.7", "nan", "1e999", '"', "POINT (1 2)", "POINT (", "4.2E+11", "１２"]),
)
HEADERS = st.sampled_from(["code", "代码", "name", "lon", "lat", "wkt", "x", "y", "", " ", '"', "人口"])
NUMBERS = st.one_of(st.floats(), st.integers(), st.text(max_size=3), st.none(), st.booleans())
COORDINATES: Any = st.recursive(NUMBERS, lambda inner: st.lists(inner, max_size=5), max_leaves=20)
KINDS = ["Point", "LineString", "Polygon", "MultiPoint", "MultiPolygon", "GeometryCollection", "Circle", None, 3]
GEOMETRIES = st.one_of(
    NUMBERS,
    st.fixed_dictionaries(
        {"type": st.sampled_from(KINDS)}, optional={"coordinates": COORDINATES, "geometries": COORDINATES}
    ),
)
VALUES: Any = st.recursive(NUMBERS, lambda inner: st.dictionaries(st.text(max_size=4), inner, max_size=3), max_leaves=5)
FEATURES = st.one_of(
    VALUES,
    st.fixed_dictionaries(
        {"type": st.sampled_from(["Feature", "Point", None])},
        optional={"geometry": GEOMETRIES, "properties": VALUES, "id": VALUES},
    ),
)
DOCUMENTS = st.fixed_dictionaries(
    {"type": st.sampled_from(["FeatureCollection", "Feature", "Polygon", "Topology"])},
    optional={
        "features": st.lists(FEATURES, max_size=4),
        "coordinates": COORDINATES,
        "geometry": GEOMETRIES,
        "crs": VALUES,
    },
)


def check(content: bytes, name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / name
        file.write_bytes(content)
        with contextlib.suppress(InputError):
            whole(read_file(file))


def whole(sheet: Sheet) -> None:
    assert sheet.rows
    assert len(sheet.rows) == len(sheet.row_numbers)
    assert all(set(row) == set(sheet.columns) for row in sheet.rows)
    assert {each.row for each in sheet.problems} <= {*sheet.row_numbers}
    if sheet.geometry is not None:
        assert len(sheet.geometry) == len(sheet.rows)
        for each in sheet.geometry:
            assert each is None or (not each.is_empty and -180 <= each.bounds[0] <= each.bounds[2] <= 180)


@given(st.binary(max_size=300), st.sampled_from(["a.csv", "a.geojson", "a.gpkg", "a.shp", "a"]))
@example(b"PK\x03\x04" + b"\x00" * 40, "a.zip")
@example(b"SQLite format 3\x00" + b"\x00" * 90, "a.gpkg")
@example(b"\x00\x00\x27\x0a" + b"\x00" * 100, "a.shp")
@settings(max_examples=200)
def test_any_bytes(content: bytes, name: str) -> None:
    check(content, name)


@given(
    st.lists(HEADERS, min_size=1, max_size=6),
    st.lists(st.lists(CELLS, max_size=7), max_size=5),
    st.sampled_from(",;\t"),
)
@settings(max_examples=200)
def test_any_table(headers: list[str], rows: list[list[str]], delimiter: str) -> None:
    text = "\n".join(delimiter.join(each) for each in [headers, *rows])
    check(text.encode("utf-8", "surrogatepass"), "a.csv")


@given(
    st.sampled_from(
        [b"<osm version='0.6'>", b"<osm><node id='1' lat='1' lon='2'>", b"\x00\x00\x00\x0d\x0a\x09OSMHeader", b""]
    ),
    st.one_of(st.binary(max_size=60), st.text(max_size=40).map(lambda text: text.encode("utf-8", "ignore"))),
)
@settings(max_examples=60)
def test_any_extract(start: bytes, rest: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(InputError):
        file = Path(folder) / "a.osm"
        file.write_bytes(start + rest)
        read_osm(file)


@given(DOCUMENTS)
@settings(max_examples=300)
def test_any_geojson(document: dict[str, Any]) -> None:
    check(json.dumps(document).encode(), "a.geojson")

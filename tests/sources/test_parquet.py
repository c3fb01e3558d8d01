"""GeoParquet in its versions and ways, and plain Parquet that holds a place."""

import dataclasses
import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from gridgov.errors import InputError
from gridgov.sources.limits import LIMITS
from gridgov.sources.vector import read_file
from tests.sources.files import YICHANG, frame, put

# EPSG:4546 without its number: as good as told, but by what it is, not by what it is called
UNNUMBERED = "+proj=tmerc +lat_0=0 +lon_0=111 +k=1 +x_0=500000 +y_0=0 +ellps=GRS80 +units=m +type=crs"


def stored(folder: Path, data: gpd.GeoDataFrame, **options: Any) -> Path:
    data.to_parquet(folder / "a.parquet", **options)
    return folder / "a.parquet"


def table(folder: Path, **columns: Any) -> Path:
    pq.write_table(pa.table(columns), folder / "a.parquet")
    return folder / "a.parquet"


def refusal(file: Path, **options: Any) -> InputError:
    with pytest.raises(InputError) as refused:
        read_file(file, **options)
    assert refused.value.params["path"] == str(file)
    return refused.value


@pytest.mark.parametrize(
    "options",
    [
        {"schema_version": "2.0.0"},
        {"schema_version": "1.1.0", "write_covering_bbox": True},
        {"schema_version": "1.1.0", "geometry_encoding": "geoarrow"},
        {"schema_version": "0.4.0"},
        {"index": True},
    ],
)
def test_every_way_to_store_a_place(tmp_path: Path, options: dict[str, Any]) -> None:
    data = frame(code=[7, 8], name=[" 东门小区 ", None], people=[3, 4])
    data.loc[1, "geometry"] = None
    sheet = read_file(stored(tmp_path, data, **options))
    assert sheet.rows == [{"code": "7", "name": "东门小区", "people": 3}, {"code": "8", "name": None, "people": 4}]
    assert (sheet.crs, sheet.encoding, sheet.problems) == ("EPSG:4490", None, [])
    assert sheet.geometry == [shapely.Point(YICHANG), None]


def test_a_system_without_a_number(tmp_path: Path) -> None:
    data = frame(code=["1"]).to_crs(UNNUMBERED)
    sheet = read_file(stored(tmp_path, data))
    assert sheet.geometry[0].x == pytest.approx(YICHANG[0], abs=1e-9)


def test_no_system_is_asked_for(tmp_path: Path) -> None:
    file = stored(tmp_path, frame(None, code=["1"]))
    assert refusal(file).code == "crs_missing"
    assert read_file(file, crs="EPSG:4490").crs == "EPSG:4490"


def test_values_are_plain(tmp_path: Path) -> None:
    moment = dt.datetime(2024, 5, 1, tzinfo=dt.timezone(dt.timedelta(hours=8)))
    sheet = read_file(
        table(
            tmp_path,
            wkb=[shapely.Point(YICHANG).wkb],
            on=pa.array([dt.date(2024, 5, 1)]),
            since=pa.array([dt.datetime(2024, 5, 1)]),  # noqa: DTZ001
            at=pa.array([moment], pa.timestamp("us", "+08:00")),
            area=pa.array([Decimal("12.50")]),
            part=pa.array([1.5]),
            none=pa.array([float("nan")]),
            kind=pa.array(["住宅"]).dictionary_encode(),
            tags=pa.array([{"a": ["中"]}]),
            blob=pa.array([b"x"]),
        )
    )
    assert sheet.rows == [
        {
            "on": "2024-05-01",
            "since": "2024-05-01",
            "at": "2024-05-01",
            "area": "12.50",
            "part": 1.5,
            "none": None,
            "kind": "住宅",
            "tags": '{"a": ["中"]}',
        }
    ]
    assert sheet.geometry == [shapely.Point(YICHANG)]


@pytest.mark.parametrize(
    "columns",
    [
        {"geometry": [shapely.Point(YICHANG).wkb]},
        {"WKB": [shapely.Point(YICHANG).wkb]},
        {"wkt": [f"POINT ({YICHANG[0]} {YICHANG[1]})"]},
        {"经度": [YICHANG[0]], "纬度": [YICHANG[1]]},
    ],
)
def test_a_plain_table_with_a_place(tmp_path: Path, columns: dict[str, Any]) -> None:
    sheet = read_file(table(tmp_path, code=[420502], **columns))
    assert sheet.rows[0]["code"] == "420502"
    assert sheet.geometry == [shapely.Point(YICHANG)]


def test_a_plain_table_without_a_place(tmp_path: Path) -> None:
    sheet = read_file(table(tmp_path, code=["1"], name=["东门"]))
    assert (sheet.rows, sheet.geometry) == ([{"code": "1", "name": "东门"}], None)


def test_a_bad_place_keeps_its_row(tmp_path: Path) -> None:
    good = shapely.Point(YICHANG).wkb
    sheet = read_file(table(tmp_path, code=["1", "2", "3"], geometry=[good, good[:-3], None]))
    assert [(each.row, each.code) for each in sheet.problems] == [(2, "geometry_unreadable")]
    assert sheet.geometry[1:] == [None, None]


def test_what_cant_be_read(tmp_path: Path) -> None:
    good = stored(tmp_path, frame(code=["1"])).read_bytes()
    assert refusal(put(tmp_path, "cut.parquet", good[:-9])).code == "file_unreadable"
    for geo in (
        b"[1]",
        b"{",
        b'{"primary_column": "a", "columns": {}}',
        b'{"primary_column": "g", "columns": {"g": {}}}',
    ):
        pq.write_table(pa.table({"code": ["1"]}).replace_schema_metadata({b"geo": geo}), tmp_path / "geo.parquet")
        assert refusal(tmp_path / "geo.parquet").code == "file_unreadable"
    assert refusal(table(tmp_path, code=pa.array([], pa.string()))).code == "file_no_rows"
    twice = pa.Table.from_arrays([pa.array(["1"]), pa.array(["2"])], ["code", "code"])
    pq.write_table(twice, tmp_path / "twice.parquet")
    assert refusal(tmp_path / "twice.parquet").code == "columns_twice"


def test_a_file_larger_than_the_limits_isnt_read(tmp_path: Path) -> None:
    file = table(tmp_path, code=["1"] * 1000, name=[str(number) for number in range(1000)])
    refused = refusal(file, limits=dataclasses.replace(LIMITS, rows=999))
    assert (refused.code, refused.params["rows"]) == ("file_rows_many", 1000)
    assert refusal(file, limits=dataclasses.replace(LIMITS, unpacked=1000)).code == "file_too_large"

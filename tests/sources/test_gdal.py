"""FileGDB, GML and GPX: read by their layers, from folders and archives, without asking anybody else."""

import shutil
import warnings
import zipfile
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
import shapely

from gridgov.errors import InputError
from gridgov.sources.sheets import ALL, Reading
from gridgov.sources.vector import read_file, read_sheets
from tests.sources.files import frame, put

CODES, NAMES = ["420503001", "420503002"], ["大公桥", "万寿桥"]
GPX = """<?xml version="1.0"?><gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1">{}</gpx>"""
WAYPOINT = '<wpt lat="30.70" lon="111.29"><name>东门</name></wpt>'
TRACK = '<trk><name>绿道</name><trkseg><trkpt lat="30.7" lon="111.2"/><trkpt lat="30.8" lon="111.2"/></trkseg></trk>'


@pytest.fixture(scope="module")
def geodatabase(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A FileGDB of two layers and a table, in a zone of CGCS2000."""
    file = tmp_path_factory.mktemp("gdb") / "规划.gdb"
    places = frame(代码=CODES, 名称=NAMES).to_crs(4546)
    streets = places.set_geometry(places.buffer(200))
    for layer, data in (("街道", streets), ("设施点", places)):
        pyogrio.write_dataframe(data, file, layer=layer, driver="OpenFileGDB", append=file.exists())
    table = gpd.pd.DataFrame({"代码": ["D1"], "名称": ["教育局"]})
    pyogrio.write_dataframe(table, file, layer="部门", driver="OpenFileGDB", append=True)
    return file


def packed(folder: Path, geodatabase: Path, within: str) -> Path:
    with zipfile.ZipFile(folder / "规划.zip", "w") as archive:
        for part in geodatabase.iterdir():
            archive.write(part, within + part.name)
    return folder / "规划.zip"


def test_a_geodatabase_asks_which_layer(geodatabase: Path) -> None:
    with pytest.raises(InputError) as refused:
        read_file(geodatabase)
    assert refused.value.code == "layers_several"
    assert sorted(refused.value.params["choices"]) == ["街道", "设施点", "部门"]


@pytest.mark.parametrize("within", ["", "规划.gdb/", "资料/2026/规划.gdb/"])
def test_a_geodatabase_in_an_archive(geodatabase: Path, tmp_path: Path, within: str) -> None:
    sheet = read_file(packed(tmp_path, geodatabase, within), layer="街道")
    assert [(row["代码"], row["名称"]) for row in sheet.rows] == list(zip(CODES, NAMES, strict=True))
    assert sheet.crs == "EPSG:4546"
    assert sheet.geometry is not None
    assert shapely.distance(sheet.geometry[0].centroid, shapely.Point(111.29, 30.70)) < 1e-6
    assert sheet.path == str(tmp_path / "规划.zip")


def test_all_layers_of_a_geodatabase_and_its_tables(geodatabase: Path) -> None:
    sheets = {sheet.layer: sheet for sheet in read_sheets(geodatabase, Reading(layer=ALL))}
    assert {name: len(sheet.rows) for name, sheet in sheets.items()} == {"街道": 2, "设施点": 2, "部门": 1}
    assert sheets["部门"].geometry is None


def test_a_geodatabase_cut_off(geodatabase: Path, tmp_path: Path) -> None:
    broken = tmp_path / "规划.gdb"
    shutil.copytree(geodatabase, broken)
    for part in broken.glob("*.gdbtable"):
        part.write_bytes(part.read_bytes()[:40])
    with pytest.raises(InputError, match="file_unreadable"):
        read_file(broken)


def test_a_gml_keeps_its_codes_and_its_axes(tmp_path: Path) -> None:
    data = frame(代码=["001", "002"], 名称=NAMES)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pyogrio.write_dataframe(data, tmp_path / "a.gml", driver="GML")
    sheet = read_file(tmp_path / "a.gml")
    assert [row["代码"] for row in sheet.rows] == ["001", "002"]
    assert (sheet.crs, sheet.encoding) == ("EPSG:4490", "utf-8")
    assert sheet.geometry is not None
    assert sheet.geometry[0].equals_exact(shapely.Point(111.29, 30.70), 1e-9)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.gml", "a.xsd"]


def test_a_gml_in_gbk_that_names_its_schema_elsewhere(tmp_path: Path) -> None:
    text = (
        '<?xml version="1.0" encoding="GBK"?><wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs" '
        'xmlns:gml="http://www.opengis.net/gml" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        'xmlns:a="http://a" xsi:schemaLocation="http://a http://127.0.0.1:9/schema.xsd"><gml:featureMember><a:place>'
        '<a:mc>大公桥</a:mc><a:where><gml:Point srsName="EPSG:4326"><gml:coordinates>111.29,30.70</gml:coordinates>'
        "</gml:Point></a:where></a:place></gml:featureMember></wfs:FeatureCollection>"
    )
    sheet = read_file(put(tmp_path, "a.gml", text, "gbk"))
    assert [row["mc"] for row in sheet.rows] == ["大公桥"]
    assert (sheet.encoding, sheet.encoding_by) == ("gb18030", "marked")


def test_a_gpx_is_read_by_what_it_has(tmp_path: Path) -> None:
    sheet = read_file(put(tmp_path, "a.gpx", GPX.format(WAYPOINT)))
    assert [row["name"] for row in sheet.rows] == ["东门"]
    assert sheet.layer == "waypoints"
    both = put(tmp_path, "b.gpx", GPX.format(WAYPOINT + TRACK))
    with pytest.raises(InputError) as refused:
        read_file(both)
    assert refused.value.params["choices"] == ["waypoints", "tracks"]
    assert [row["name"] for row in read_file(both, layer="tracks").rows] == ["绿道"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (GPX.format(""), "file_no_rows"),
        (GPX.format(WAYPOINT)[:-40], "file_unreadable"),
        (GPX.format("<!-- <OGRVRTDataSource> -->" + WAYPOINT), "file_kind_unknown"),
        ('<!DOCTYPE gpx [<!ENTITY a "aaaa">]>' + GPX.format(WAYPOINT)[21:], "file_kind_unknown"),
        ('<OGRVRTDataSource><OGRVRTLayer name="a"/></OGRVRTDataSource>', "file_kind_unknown"),
    ],
)
def test_what_is_no_gpx_or_leads_elsewhere(tmp_path: Path, text: str, code: str) -> None:
    with pytest.raises(InputError) as refused:
        read_file(put(tmp_path, "a.gpx", text))
    assert refused.value.code == code

"""Archives: whole ones, ones with tricks in them, and ones that would fill the disk."""

import dataclasses
import gzip
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest

from gridgov.errors import InputError
from gridgov.sources.limits import LIMITS
from gridgov.sources.sheets import Reading
from gridgov.sources.vector import read_file, read_sheets
from tests.sources.files import YICHANG, collection, feature, frame, point, put, save

KML = "<kml><Placemark><name>东门</name><Point><coordinates>111,30</coordinates></Point></Placemark></kml>"
TABLE = "代码,名称\n1,东门\n"
PLACES = collection(feature(point(), code="1"))


def packed(folder: Path, members: dict[str | zipfile.ZipInfo, str | bytes], name: str = "a.zip") -> Path:
    with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members.items():
            archive.writestr(member, content)
    return folder / name


def refusal(file: Path, **options: Any) -> InputError:
    with pytest.raises(InputError) as refused:
        read_file(file, **options)
    assert refused.value.params["path"] == str(file)
    return refused.value


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("资料/a.csv", TABLE),
        ("a.TXT", TABLE),
        ("a.geojson", PLACES),
        (
            "x/y/a.kml",
            "<kml><Placemark><name>东门</name><Point><coordinates>111,30</coordinates></Point></Placemark></kml>",
        ),
    ],
)
def test_one_file_in_an_archive(tmp_path: Path, name: str, content: str) -> None:
    beside = {"__MACOSX/._a.csv": "x", "说明.pdf": "%PDF", ".DS_Store": "x", "资料/": ""}
    sheet = read_file(packed(tmp_path, {name: content, **beside}))
    assert len(sheet.rows) == 1
    assert (sheet.path, sheet.layer) == (str(tmp_path / "a.zip"), name)
    assert (sheet.encoding, sheet.encoding_by) == ("utf-8", "found")


def test_every_format_in_an_archive(tmp_path: Path) -> None:
    data = frame(code=["1"])
    for ending in ("gpkg", "fgb"):
        inner = save(data, tmp_path / f"towns.{ending}")
        sheet = read_file(packed(tmp_path, {f"in/{inner.name}": inner.read_bytes()}))
        assert sheet.rows == [{"code": "1"}]
        assert sheet.geometry[0].x == pytest.approx(YICHANG[0])
    data.to_parquet(tmp_path / "a.parquet")
    assert read_file(packed(tmp_path, {"a.parquet": (tmp_path / "a.parquet").read_bytes()})).rows == [{"code": "1"}]


def test_several_files_in_an_archive(tmp_path: Path) -> None:
    file = packed(tmp_path, {"一/a.csv": TABLE, "b.csv": TABLE.replace("东门", "西门")})
    refused = refusal(file)
    assert (refused.code, refused.params["choices"]) == ("layers_several", ["一/a.csv", "b.csv"])
    assert read_file(file, layer="a.csv").rows[0]["名称"] == "东门"
    assert read_file(file, layer="一/a.csv").rows[0]["名称"] == "东门"
    assert refusal(file, layer="c.csv").code == "file_layer_unknown"
    assert [(each.path, each.rows[0]["名称"]) for each in read_sheets(file, Reading(layer="*"))] == [
        (f"{file}/一/a.csv", "东门"),
        (f"{file}/b.csv", "西门"),
    ]
    assert refusal(file, layer="*").code == "layers_several"


def test_a_layer_of_a_file_in_an_archive(tmp_path: Path) -> None:
    inner = save(frame(code=["1"]), tmp_path / "towns.gpkg", layer="streets")
    save(frame(code=["2"]), inner, layer="communities")
    alone = packed(tmp_path, {"towns.gpkg": inner.read_bytes()})
    assert refusal(alone).params["choices"] == ["communities", "streets"]
    assert read_file(alone, layer="streets").rows == [{"code": "1"}]
    beside = packed(tmp_path, {"towns.gpkg": inner.read_bytes(), "b.csv": TABLE}, "b.zip")
    sheet = read_file(beside, layer="towns.gpkg/communities")
    assert (sheet.rows, sheet.layer) == ([{"code": "2"}], "towns.gpkg/communities")


def test_names_in_gbk_and_backslashes(tmp_path: Path) -> None:
    save(frame(name=["东门"]), tmp_path / "a.shp", encoding="GBK")
    name = "资料\\小区".encode("gbk")
    stand_in = "x" * len(name)
    plain = packed(tmp_path, {stand_in + part.suffix: part.read_bytes() for part in tmp_path.glob("a.*")})
    sheet = read_file(put(tmp_path, "gbk.zip", plain.read_bytes().replace(stand_in.encode(), name)))
    assert (sheet.rows, sheet.layer) == ([{"name": "东门"}], "资料/小区.shp")


@pytest.mark.parametrize(
    "name", ["../a.csv", "/etc/a.csv", "x/../../a.csv", "..\\a.csv", "C:\\a.csv", "\\\\host\\a.csv"]
)
def test_a_name_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    assert refusal(packed(tmp_path, {name: TABLE, "b.csv": TABLE})).code == "archive_unsafe"


def test_a_link_is_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("a.csv")
    link.external_attr = 0o120777 << 16
    assert refusal(packed(tmp_path, {link: "/etc/passwd"})).code == "archive_unsafe"


def test_a_locked_archive(tmp_path: Path) -> None:
    data = bytearray(packed(tmp_path, {"a.csv": TABLE}).read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert refusal(put(tmp_path, "locked.zip", bytes(data))).code == "file_locked"


def test_archives_within_archives(tmp_path: Path) -> None:
    inner = packed(tmp_path, {"a.csv": TABLE}).read_bytes()
    assert refusal(packed(tmp_path, {"b.zip": inner}, "outer.zip")).code == "archive_nested"
    assert refusal(packed(tmp_path, {"b.csv": inner}, "outer.zip")).code == "archive_nested"
    assert refusal(put(tmp_path, "a.csv.gz", gzip.compress(inner))).code == "archive_nested"


def test_an_archive_left_beside_what_is_read_is_told(tmp_path: Path) -> None:
    inner = packed(tmp_path, {"a.csv": TABLE}).read_bytes()
    (remark,) = read_file(packed(tmp_path, {"b.csv": TABLE, "x/b.zip": inner}, "outer.zip")).remarks
    assert (remark.code, remark.value) == ("archives_left", "x/b.zip")


def test_what_holds_nothing_to_read(tmp_path: Path) -> None:
    refused = refusal(packed(tmp_path, {"a.docx": "x", "b.dwg": "x"}))
    assert (refused.code, refused.params["members"]) == ("archive_nothing", "a.docx, b.dwg")
    assert refusal(packed(tmp_path, {"a.csv": ""})).code == "file_empty"
    assert refusal(packed(tmp_path, {"a.shp": b"\x00\x00\x27\x0a" + b"\x00" * 96})).code == "file_part_missing"


def test_bombs_arent_unpacked(tmp_path: Path) -> None:
    zeros = b"0" * (1 << 20)
    small = dataclasses.replace(LIMITS, small=1 << 16)
    file = packed(tmp_path, {"a.csv": zeros})
    refused = refusal(file, limits=small)
    assert (refused.code, refused.params["size"]) == ("archive_bomb", 1)
    assert refusal(file, limits=dataclasses.replace(LIMITS, unpacked=1 << 19)).code == "file_too_large"
    assert refusal(file, limits=dataclasses.replace(LIMITS, members=0)).code == "archive_members_many"
    flat = put(tmp_path, "a.csv.gz", gzip.compress(zeros))
    assert refusal(flat, limits=small).code == "archive_bomb"
    assert refusal(flat, limits=dataclasses.replace(LIMITS, unpacked=1 << 19)).code == "file_too_large"


@pytest.mark.parametrize(
    ("size", "code"), [(3 << 30, "file_too_large"), (100 << 20, "archive_bomb"), (3, "file_unreadable")]
)
def test_a_size_that_is_a_lie(tmp_path: Path, size: int, code: str) -> None:
    data = bytearray(packed(tmp_path, {"a.csv": TABLE}).read_bytes())
    struct.pack_into("<I", data, data.index(b"PK\x01\x02") + 24, size)
    assert refusal(put(tmp_path, "lie.zip", bytes(data))).code == code


def test_cut_off_and_damaged(tmp_path: Path) -> None:
    good = packed(tmp_path, {"a.csv": TABLE * 50}).read_bytes()
    assert refusal(put(tmp_path, "cut.zip", good[:-30])).code == "file_truncated"
    hurt = bytearray(good)
    hurt[60] ^= 0xFF
    assert refusal(put(tmp_path, "hurt.zip", bytes(hurt))).code == "file_unreadable"
    whole = gzip.compress(TABLE.encode() * 50)
    assert refusal(put(tmp_path, "cut.gz", whole[:-9])).code == "file_truncated"
    assert refusal(put(tmp_path, "hurt.gz", whole[:20] + b"xx" + whole[22:])).code == "file_unreadable"


@pytest.mark.parametrize(("name", "content"), [("a.csv.gz", TABLE), ("a.geojson.gz", PLACES), ("a.gz", PLACES)])
def test_a_text_packed_by_gzip(tmp_path: Path, name: str, content: str) -> None:
    sheet = read_file(put(tmp_path, name, gzip.compress(content.encode("gb18030"))))
    assert (len(sheet.rows), sheet.path) == (1, str(tmp_path / name))


def test_a_packed_extract_is_told(tmp_path: Path) -> None:
    refused = refusal(put(tmp_path, "a.osm.gz", gzip.compress(b"<?xml version='1.0'?><osm version='0.6'></osm>")))
    assert refused.code == "file_is_osm"


def test_what_is_wrong_inside_is_told_of_the_archive(tmp_path: Path) -> None:
    inner = save(frame(code=["1"]), tmp_path / "a.fgb").read_bytes()
    refused = refusal(packed(tmp_path, {"in.fgb": inner[:-40]}))
    assert refused.code == "file_unreadable"
    assert "gridgov-" not in str(refused)


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    read_file(packed(tmp_path, {"a.csv": TABLE}))
    refusal(packed(tmp_path, {"a.csv": "代码\n"}))
    assert list(folder.iterdir()) == []

"""Any file of rows → sheets, told apart by what is in it before what it is called."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from gridgov.errors import InputError
from gridgov.sources.archives import member_names, read_gzip, read_zip
from gridgov.sources.excel import read_workbook
from gridgov.sources.gdal import is_geodatabase, markup_kind, read_geodatabase, read_markup
from gridgov.sources.geojson import parse, read_geojson
from gridgov.sources.kml import read_kml
from gridgov.sources.layers import read_flatgeobuf, read_geopackage, read_shapefile
from gridgov.sources.limits import LIMITS, Limits
from gridgov.sources.parquet import read_parquet
from gridgov.sources.sheets import Reading, Sheet, several
from gridgov.sources.tables import delimiter, read_table
from gridgov.sources.text import Text, decode
from gridgov.sources.topojson import read_topojson

_TABLE_ENDINGS = frozenset({".csv", ".tsv", ".txt", ".tab"})
_JSON_ENDINGS = frozenset({".json", ".geojson", ".topojson"})
_SHAPEFILE_PARTS = frozenset({".shp", ".shx", ".dbf", ".prj", ".cpg"})
_ZIP, _GZIP, _SHAPES = b"PK\x03\x04", b"\x1f\x8b", b"\x00\x00\x27\x0a"
_NO_ZIP = b"PK\x05\x06"  # an archive of nothing
_BOOKS = frozenset({"xl/workbook.xml", "xl/workbook.bin"})
_STRANGERS = (
    (b"%PDF", "PDF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (_NO_ZIP, "ZIP"),
)
_RASTERS = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
_XML_ENCODING = re.compile(rb"""\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)["']""")


def read_file(
    path: Path | str,
    *,
    crs: str | None = None,
    encoding: str | None = None,
    layer: str | None = None,
    limits: Limits = LIMITS,
) -> Sheet:
    """Read one layer of a file, as `read_sheets` does several.

    Raises
    ------
    InputError
        As `read_sheets`.
    """
    sheets = read_sheets(path, Reading(crs, encoding, layer, limits))
    if len(sheets) > 1:
        raise several([each.layer or each.path for each in sheets], str(path))
    return sheets[0]


def read_sheets(path: Path | str, reading: Reading) -> list[Sheet]:
    """Read a file of rows, one in a .zip or .gz too.

    GeoJSON, TopoJSON, GeoPackage, FileGDB, GeoParquet, FlatGeobuf, Shapefile, GML, KML, GPX, CSV and Excel are read.

    The system given goes before what the file declares. An encoding is for text and Shapefiles; without it the file's
    own mark or .cpg is taken, else UTF-8, else GB18030. The layer chooses among a file's layers, a workbook's sheets, a
    KML's folders or an archive's members; `*` takes them all.

    Raises
    ------
    InputError
        file_missing, file_empty, file_truncated, file_no_rows, file_unreadable, file_kind_unknown, file_is_osm,
        file_is_raster, file_part_missing, file_layer_unknown, layers_several, file_rows_many, file_cells_many,
        file_too_large, archive_bomb, archive_members_many, archive_unsafe, file_locked, archive_nested,
        archive_nothing, crs_missing, crs_unknown, crs_mismatch, encoding_unknown, encoding_wrong, encoding_not_found,
        columns_twice, table_bad, json_bad, xml_bad.
    """
    return _read(Path(path), reading, packed=False)


def _read(file: Path, reading: Reading, *, packed: bool) -> list[Sheet]:
    if is_geodatabase(file):
        return read_geodatabase(file, reading)
    start = _start(file)
    if (start.startswith(_ZIP) and not _is_book(file)) or start.startswith(_GZIP):
        if packed:
            raise InputError("archive_nested", path=str(file), member=file.name)
        unpack = read_gzip if start.startswith(_GZIP) else read_zip
        return unpack(file, reading, lambda inner, asked: _read(inner, asked, packed=True))
    return _reader(file, start)(file, reading)


def _reader(file: Path, start: bytes) -> Callable[[Path, Reading], list[Sheet]]:
    """Return what reads a file that begins so."""
    known: tuple[tuple[bytes, Callable[[Path, Reading], list[Sheet]]], ...] = (
        (b"SQLite format 3\x00", read_geopackage),
        (b"fgb\x03fgb", lambda file, reading: [read_flatgeobuf(file, reading)]),
        (b"PAR1", lambda file, reading: [read_parquet(file, reading)]),
        (b"\xd0\xcf\x11\xe0", read_workbook),
        (_ZIP, read_workbook),
        (_SHAPES, _read_shapefile),
    )
    reader = next((each for mark, each in known if start.startswith(mark)), None)
    if reader is None and _is_part(file):
        return _read_shapefile
    if reader is None:
        _refuse_stranger(file, start)
    return reader or _read_text


def _start(file: Path) -> bytes:
    if not file.exists():
        raise InputError("file_missing", path=str(file))
    if not file.is_file():
        raise InputError("file_kind_unknown", path=str(file), kind="folder")
    try:
        with file.open("rb") as stream:
            start = stream.read(512)
    except OSError as error:
        raise InputError("file_unreadable", path=str(file), reason=error.strerror or "") from error
    if not start:
        raise InputError("file_empty", path=str(file))
    return start


def _is_part(file: Path) -> bool:
    return file.suffix.lower() in _SHAPEFILE_PARTS and file.with_suffix(_ending_like(file)).is_file()


def _ending_like(file: Path) -> str:
    return ".SHP" if file.suffix.isupper() else ".shp"


def _read_shapefile(file: Path, reading: Reading) -> list[Sheet]:
    return [read_shapefile(file.with_suffix(_ending_like(file)), reading)]


def _is_book(file: Path) -> bool:
    return not _BOOKS.isdisjoint(member_names(file))


def _refuse_stranger(file: Path, start: bytes) -> None:
    if b"OSMHeader" in start:
        raise InputError("file_is_osm", path=str(file))
    if start.startswith(_RASTERS):
        raise InputError("file_is_raster", path=str(file))
    kind = next((kind for mark, kind in _STRANGERS if start.startswith(mark)), None)
    if kind:
        raise InputError("file_kind_unknown", path=str(file), kind=kind)


def _read_text(file: Path, reading: Reading) -> list[Sheet]:
    path, data = str(file), file.read_bytes()
    if not data.strip(b" \t\r\n\x00\xef\xbb\xbf"):
        raise InputError("file_empty", path=path)
    if b"\x00" in data[:4096] and not reading.encoding and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError("file_kind_unknown", path=path, kind="binary")
    told = _decoded(data, path, reading.encoding)
    del data
    sheets = _sheets_of(told, file, reading)
    return [replace(each, encoding=told.encoding, encoding_by=told.by) for each in sheets]


def _decoded(data: bytes, path: str, encoding: str | None) -> Text:
    """Return the text, that of XML by the encoding it says of itself if it is in it."""
    marked = None if encoding else _XML_ENCODING.match(data[:200])
    if marked:
        try:
            return replace(decode(data, path, marked[1].decode()), by="marked")
        except InputError:
            pass
    return decode(data, path, encoding)


def _sheets_of(told: Text, file: Path, reading: Reading) -> list[Sheet]:
    path, begin = str(file), told.text[:4096].lstrip("\ufeff\x1e \t\r\n")
    if begin.startswith("<"):
        kind = markup_kind(begin)
        if kind:
            return read_markup(told.text.lstrip("\ufeff \t\r\n"), kind, path, reading)
        _refuse_markup(begin, path)
        return [read_kml(told.text.lstrip("\ufeff \t\r\n"), path, reading)]
    if begin.startswith("{") or (begin.startswith("[") and file.suffix.lower() not in _TABLE_ENDINGS):
        document = parse(told.text, path, reading.limits)
        if document.members.get("type") == "Topology":
            return read_topojson(document, reading)
        return [read_geojson(document, crs=reading.crs)]
    if file.suffix.lower() not in _TABLE_ENDINGS and not _looks_table(begin, file):
        raise InputError("file_kind_unknown", path=path, kind="text")
    return [read_table(told.text, path, reading)]


def _refuse_markup(begin: str, path: str) -> None:
    if "<osm" in begin:
        raise InputError("file_is_osm", path=path)
    if not re.search(r"<(\w+:)?kml\b", begin):
        raise InputError("file_kind_unknown", path=path, kind="HTML" if "<html" in begin.lower() else "XML")


def _looks_table(text: str, file: Path) -> bool:
    return delimiter(text.split("\n", 1)[0]) is not None and file.suffix.lower() not in _JSON_ENDINGS

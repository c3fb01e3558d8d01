"""Any file of rows → Sheet, told apart by what is in it before what it is called."""

import zipfile
from pathlib import Path

from gridgov.errors import InputError
from gridgov.sources.excel import read_workbook
from gridgov.sources.geojson import read_geojson
from gridgov.sources.layers import read_flatgeobuf, read_geopackage, read_shapefile, read_zipped_shapefile
from gridgov.sources.limits import LIMITS, Limits
from gridgov.sources.parquet import read_parquet
from gridgov.sources.sheets import Sheet
from gridgov.sources.tables import delimiter, read_table
from gridgov.sources.text import decode

_TABLE_ENDINGS = frozenset({".csv", ".tsv", ".txt", ".tab"})
_SHAPEFILE_PARTS = frozenset({".shp", ".shx", ".dbf", ".prj", ".cpg"})
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_STRANGERS = (
    (b"%PDF", "PDF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"\x1f\x8b", "gzip"),
)


def read_file(  # noqa: PLR0911 - one line a kind
    path: Path | str,
    *,
    crs: str | None = None,
    encoding: str | None = None,
    layer: str | None = None,
    limits: Limits = LIMITS,
) -> Sheet:
    """Read GeoJSON, GeoPackage, GeoParquet, FlatGeobuf, Shapefile (zipped too), CSV or Excel.

    `crs` goes before what the file declares. `encoding` is for text and Shapefiles; without it the file's own mark or
    .cpg is taken, else UTF-8, else GB18030. `layer` chooses among several in a GeoPackage, or a workbook's sheet.

    Raises
    ------
    InputError
        file_missing, file_empty, file_truncated, file_no_rows, file_unreadable, file_kind_unknown, file_part_missing,
        layer_unknown, layers_several, crs_missing, crs_unknown, crs_mismatch, encoding_unknown, encoding_wrong,
        encoding_not_found, columns_twice, table_bad, json_bad, file_rows_many,
        file_too_large.
    """
    file = Path(path)
    start = _start(file)
    if start.startswith(b"SQLite format 3\x00"):
        return read_geopackage(file, crs=crs, layer=layer)
    if start.startswith(b"fgb\x03fgb"):
        return read_flatgeobuf(file, crs=crs)
    if start.startswith(b"PAR1"):
        return read_parquet(file, crs=crs, limits=limits)
    if start.startswith(_OLD_OFFICE) or _is_workbook(file, start):
        return read_workbook(file, crs=crs, sheet=layer)
    if start.startswith(b"PK\x03\x04"):
        return read_zipped_shapefile(_zip_member(file), str(file), crs=crs, encoding=encoding)
    if start.startswith(b"\x00\x00\x27\x0a") or _is_part(file):
        return read_shapefile(file.with_suffix(_ending_like(file)), crs=crs, encoding=encoding)
    osm = "OSM" if b"OSMHeader" in start else None
    stranger = next((kind for mark, kind in _STRANGERS if start.startswith(mark)), osm)
    if stranger:
        raise InputError("file_kind_unknown", path=str(file), kind=stranger)
    return _read_text(file, crs, encoding)


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


def _is_workbook(file: Path, start: bytes) -> bool:
    if not start.startswith(b"PK\x03\x04"):
        return False
    try:
        with zipfile.ZipFile(file) as archive:
            return any(name in archive.namelist() for name in ("xl/workbook.xml", "xl/workbook.bin"))
    except zipfile.BadZipFile as error:
        raise InputError("file_truncated", path=str(file)) from error


def _zip_member(file: Path) -> str:
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile as error:
        raise InputError("file_truncated", path=str(file)) from error
    shapes = [name for name in names if name.lower().endswith(".shp") and "__MACOSX" not in name]
    if len(shapes) > 1:
        raise InputError("layers_several", path=str(file), layers=", ".join(shapes))
    if not shapes:
        kind = "Office" if "[Content_Types].xml" in names else "ZIP"
        raise InputError("file_kind_unknown", path=str(file), kind=kind)
    return shapes[0]


def _read_text(file: Path, crs: str | None, encoding: str | None) -> Sheet:
    data = file.read_bytes()
    if not data.strip(b" \t\r\n\x00\xef\xbb\xbf"):
        raise InputError("file_empty", path=str(file))
    if b"\x00" in data[:4096] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError("file_kind_unknown", path=str(file), kind="binary")
    text, told = decode(data, str(file), encoding)
    begin = text.lstrip("\ufeff \t\r\n")
    if begin.startswith(("{", "[")) and _looks_json(begin, file):
        return read_geojson(begin, str(file), crs=crs, encoding=told)
    if begin.startswith("<"):
        kind = "OSM" if "<osm" in begin[:300] else "KML" if "<kml" in begin[:300] else "XML"
        raise InputError("file_kind_unknown", path=str(file), kind=kind)
    if file.suffix.lower() not in _TABLE_ENDINGS and not _looks_table(begin, file):
        raise InputError("file_kind_unknown", path=str(file), kind="text")
    return read_table(text, str(file), crs=crs, encoding=told)


def _looks_json(text: str, file: Path) -> bool:
    return file.suffix.lower() not in _TABLE_ENDINGS or text.startswith("{")


def _looks_table(text: str, file: Path) -> bool:
    return delimiter(text.split("\n", 1)[0]) is not None and file.suffix.lower() not in {
        ".json",
        ".geojson",
        ".topojson",
    }

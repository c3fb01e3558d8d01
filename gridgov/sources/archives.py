"""Archives: what is in them is looked at before anything is unpacked, and unpacked under names of our own."""

import gzip
import re
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from lzma import LZMAError
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from gridgov.domain.intake import Problem
from gridgov.errors import InputError
from gridgov.sources.gdal import TABLE
from gridgov.sources.limits import Limits
from gridgov.sources.sheets import ALL, Reading, Sheet, several

_READ = frozenset(
    {".shp", ".gpkg", ".fgb", ".parquet", ".geoparquet", ".gml", ".kml", ".gpx", ".xlsx", ".xls", ".csv", ".tsv"}
    | {".tab", ".geojson", ".json", ".topojson", ".geojsonl", ".geojsons", ".ndjson"}
)
_BESIDE = frozenset({".shx", ".dbf", ".prj", ".cpg"})
_PACKED = frozenset({".zip", ".kmz", ".gz", ".rar", ".7z", ".tar"})
_DRIVE = re.compile(r"[A-Za-z]:")
_LOCKED = 0x1
_UTF8 = 0x800
_PIECE = 2**20
_NAMED = 10
Reader = Callable[[Path, Reading], list[Sheet]]


@dataclass(frozen=True)
class Member:
    """A file in an archive, by the name it is known by."""

    name: PurePosixPath
    info: zipfile.ZipInfo

    @property
    def hidden(self) -> bool:
        """Whether a system left it there, not a person."""
        return "__MACOSX" in self.name.parts or self.name.name.startswith((".", "~$"))


def read_zip(file: Path, reading: Reading, read: Reader) -> list[Sheet]:
    """Read the files in an archive with `read`: the only one, or the one that `layer` names, or all of them.

    Below a member, `layer` may name one of its layers: `towns.gpkg/streets`.
    """
    path = str(file)
    with opened(file) as archive:
        members = checked(archive, path, reading.limits)
        mains = [each for each in _mains(members, path) if not _only_links(archive, each)]
    wanted = _wanted(mains or _mains(members, path), reading, path)
    sheets = []
    for member, layer in wanted:
        shown = path if len(wanted) == 1 else f"{path}/{member.name}"
        with tempfile.TemporaryDirectory(prefix="gridgov-", suffix=".gdb") as folder:
            with opened(file) as archive:
                main = _unpack(archive, member, members, Path(folder))
            told = _read(main, replace(reading, layer=layer), read, shown)
        sheets += [replace(each, layer="/".join(filter(None, (str(member.name), each.layer)))) for each in told]
    left = [each for each in members if not each.hidden and each.name.suffix.lower() in _PACKED]
    if left and reading.layer in {None, ALL}:
        remark = Problem(0, None, _listed(left), "archives_left")
        sheets[0] = replace(sheets[0], remarks=[*sheets[0].remarks, remark])
    return sheets


def read_gzip(file: Path, reading: Reading, read: Reader) -> list[Sheet]:
    """Read the one file that was packed by gzip, with `read`."""
    path = str(file)
    with tempfile.TemporaryDirectory(prefix="gridgov-") as folder:
        inner = Path(folder) / (file.name.removesuffix(".gz") or "file")
        try:
            with gzip.open(file) as packed, inner.open("wb") as unpacked:
                _copy(packed, unpacked, file, reading.limits)
        except EOFError as error:
            raise InputError("file_truncated", path=path) from error
        except (OSError, zlib.error) as error:
            raise InputError("file_unreadable", path=path, reason=str(error)) from error
        return _read(inner, reading, read, path)


def refuse_large(total: int, packed: int, path: str, limits: Limits) -> None:
    """Refuse what unpacks to more than is read, or to so much more than it is that it must be a trap."""
    if total > limits.unpacked:
        raise InputError("file_too_large", path=path, size=total >> 20, limit=limits.unpacked >> 20)
    if total > limits.small and total > limits.ratio * packed:
        raise InputError("archive_bomb", path=path, size=total >> 20, times=total // max(packed, 1), limit=limits.ratio)


def member_names(file: Path) -> list[str]:
    """Return the names in an archive as they stand."""
    with opened(file) as archive:
        return archive.namelist()


@contextmanager
def opened(file: Path) -> Iterator[zipfile.ZipFile]:
    """Yield an archive to read; whatever is wrong with it is an InputError."""
    path = str(file)
    try:
        with zipfile.ZipFile(file) as archive:
            yield archive
    except zipfile.BadZipFile as error:
        code = "file_unreadable" if "CRC" in str(error) else "file_truncated"
        raise InputError(code, path=path, reason=str(error)) from error
    except EOFError as error:
        raise InputError("file_truncated", path=path) from error
    except (RuntimeError, ValueError, OSError, LookupError, zlib.error, LZMAError) as error:
        raise InputError("file_unreadable", path=path, reason=str(error)) from error


def checked(archive: zipfile.ZipFile, path: str, limits: Limits) -> list[Member]:
    """Return an archive's files; refused as a whole where one is locked, leads elsewhere, or all are too much."""
    infos = archive.infolist()
    if len(infos) > limits.members:
        raise InputError("archive_members_many", path=path, members=len(infos), limit=limits.members)
    refuse_large(sum(each.file_size for each in infos), Path(path).stat().st_size, path, limits)
    members = [Member(PurePosixPath(_name(each)), each) for each in infos if not each.is_dir()]
    for each in members:
        mode = each.info.external_attr >> 16
        if ".." in each.name.parts or each.name.is_absolute() or _DRIVE.match(str(each.name)) or stat.S_ISLNK(mode):
            raise InputError("archive_unsafe", path=path, member=str(each.name))
        if each.info.flag_bits & _LOCKED:
            raise InputError("file_locked", path=path)
    return members


def _name(info: zipfile.ZipInfo) -> str:
    """Return a member's name, one that isn't marked as UTF-8 in the encoding it seems to be in."""
    name = info.filename
    if not info.flag_bits & _UTF8:
        raw = name.encode("cp437", "replace")
        for encoding in ("utf-8", "gb18030"):
            try:
                name = raw.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
    return name.replace("\\", "/")


def _mains(members: Sequence[Member], path: str) -> list[Member]:
    """Return the members that are files to read, not parts of one or papers beside it."""
    seen = [each for each in members if not each.hidden]
    found = [Member(_home(each.name), each.info) for each in seen if each.name.name == TABLE]
    found += [each for each in seen if each.name.suffix.lower() in _READ]
    found = found or [each for each in seen if each.name.suffix.lower() == ".txt"]
    if found:
        return found
    if any(str(each.name) == "[Content_Types].xml" for each in members):
        raise InputError("file_kind_unknown", path=path, kind="Office")
    packed = [each for each in seen if each.name.suffix.lower() in _PACKED]
    if packed:
        raise InputError("archive_nested", path=path, member=str(packed[0].name))
    raise InputError("archive_nothing", path=path, members=_listed(seen))


def _only_links(archive: zipfile.ZipFile, member: Member) -> bool:
    """Whether a member is the KML that only leads to others of the archive."""
    return member.name.name == "doc.kml" and b"<Placemark" not in archive.read(member.info)


def _listed(members: Sequence[Member]) -> str:
    told = ", ".join(str(each.name) for each in members[:_NAMED])
    return told + ", …" if len(members) > _NAMED else told or "–"


def _wanted(mains: Sequence[Member], reading: Reading, path: str) -> list[tuple[Member, str | None]]:
    """Return the members to read, each with the layer of it that was asked for."""
    names = [str(each.name) for each in mains]
    layer = reading.layer
    if layer == ALL:
        return [(each, ALL) for each in mains]
    for each in mains:
        for name in (str(each.name), each.name.name):
            if layer == name:
                return [(each, None)]
            if layer and layer.startswith(f"{name}/"):
                return [(each, layer.removeprefix(f"{name}/"))]
    if len(mains) == 1:
        return [(mains[0], layer)]
    if layer is None:
        raise several(names, path)
    raise InputError("file_layer_unknown", path=path, layer=layer, layers=", ".join(names))


def _unpack(archive: zipfile.ZipFile, main: Member, members: Sequence[Member], folder: Path) -> Path:
    """Unpack a file and what belongs to it; no more comes out of a member than was declared and allowed."""
    if main.info.filename.endswith(TABLE):
        parts = [each for each in members if _home(each.name) == main.name and not each.hidden]
        for each in parts:
            _copy_out(archive, each, folder / each.name.name)
        return folder
    beside = [each for each in members if _belongs(each, main)] if main.name.suffix.lower() == ".shp" else []
    for each in (*beside, main):
        _copy_out(archive, each, folder / f"file{each.name.suffix.lower()}")
    return folder / f"file{main.name.suffix.lower()}"


def _copy_out(archive: zipfile.ZipFile, member: Member, target: Path) -> None:
    with archive.open(member.info) as packed, target.open("wb") as unpacked:
        shutil.copyfileobj(packed, unpacked, _PIECE)


def _home(name: PurePosixPath) -> PurePosixPath:
    """Return the folder of a FileGDB's file, by which the whole goes; one packed without its folder has a name too."""
    return name.parent if name.parent.name else PurePosixPath("geodatabase.gdb")


def _belongs(member: Member, main: Member) -> bool:
    stems = {str(each.name.with_suffix("")).casefold() for each in (member, main)}
    return len(stems) == 1 and member.name.suffix.lower() in _BESIDE


def _copy(packed: gzip.GzipFile, unpacked: BinaryIO, file: Path, limits: Limits) -> None:
    total, size = 0, file.stat().st_size
    while piece := packed.read(_PIECE):
        total += len(piece)
        refuse_large(total, size, str(file), limits)
        unpacked.write(piece)


def _read(main: Path, reading: Reading, read: Reader, shown: str) -> list[Sheet]:
    """Read an unpacked file, and speak of it by the name its user knows."""
    try:
        return [replace(each, path=shown) for each in read(main, reading)]
    except InputError as error:
        reason = str(error.params.get("reason", "")).replace(str(main), shown)
        raise InputError(error.code, **{**error.params, "path": shown, "reason": reason}) from error

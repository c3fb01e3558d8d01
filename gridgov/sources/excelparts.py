"""The parts of an .xlsx that its reader doesn't look at: how large it really is, and formulas that came to nothing."""

import re
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from posixpath import join, normpath
from xml.etree.ElementTree import Element, ParseError

from gridgov.sources.archives import checked, opened
from gridgov.sources.limits import Limits
from gridgov.sources.xmltext import elements, local

_CELL = re.compile(rb"""\sr=["']([A-Z]{1,3})(\d{1,7})["']""")


@dataclass(frozen=True)
class Formula:
    """A cell with a formula that holds no result; line and column count from 0."""

    cell: str
    line: int
    column: int
    text: str


@contextmanager
def sound_copy(file: Path, limits: Limits) -> Iterator[Path]:
    """Yield a workbook to open in place of a zipped one, whose members are as long as they say; another as it is."""
    if not zipfile.is_zipfile(file):
        yield file
        return
    with tempfile.TemporaryDirectory(prefix="gridgov-") as folder:
        sound = Path(folder) / "book.xlsx"
        with opened(file) as archive, zipfile.ZipFile(sound, "w") as copy:
            for member in checked(archive, str(file), limits):
                if not str(member.name).startswith("xl/media/"):
                    copy.writestr(member.info.filename, archive.read(member.info))
        yield sound


def unanswered(book: Path, sheets: Sequence[str], path: str, limits: Limits) -> dict[str, list[Formula]]:
    """Return the formulas without a result of each sheet; refused where its cells lie farther apart than is read."""
    if not zipfile.is_zipfile(book):
        return {}
    found = {}
    with opened(book) as archive:
        parts = _parts(archive)
        for name in sheets:
            if parts.get(name) in archive.namelist():
                data = archive.read(parts[name])
                _refuse_wide(data, path, limits)
                found[name] = _formulas(data) if b"<f" in data or b":f" in data else []
    return found


def _parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return where in the archive each sheet stands."""
    try:
        sheets = _all(archive.read("xl/workbook.xml"), "sheet")
        relations = _all(archive.read("xl/_rels/workbook.xml.rels"), "Relationship")
    except (KeyError, ParseError):  # a binary workbook, or a broken one, of which its reader tells
        return {}
    targets = {each.get("Id"): normpath(join("/xl", each.get("Target", ""))).lstrip("/") for each in relations}
    return {each.get("name", ""): targets.get(_relation(each), "") for each in sheets}


def _relation(sheet: Element) -> str | None:
    return next((told for name, told in sheet.items() if name.endswith("}id")), None)


def _all(data: bytes, tag: str) -> list[Element]:
    return [each for event, each in elements(data) if event == "end" and local(each) == tag]


def _refuse_wide(data: bytes, path: str, limits: Limits) -> None:
    rows, columns = 0, b""
    for match in _CELL.finditer(data):
        rows = max(rows, int(match[2]))
        columns = max(columns, match[1].rjust(3))
    limits.refuse_many(rows, _column(columns.decode()) + 1, path)


def _formulas(data: bytes) -> list[Formula]:
    found = []
    try:
        for event, cell in elements(data):
            if event == "end" and local(cell) == "c":
                found += _formula(cell)
                cell.clear()
    except ParseError:  # its reader tells
        return []
    return found


def _formula(cell: Element) -> list[Formula]:
    parts = {local(each): each.text or "" for each in cell}
    place = re.fullmatch(r"([A-Z]{1,3})(\d{1,7})", cell.get("r", ""))
    if "f" not in parts or parts.get("v") or cell.get("t") == "str" or place is None:
        return []
    return [Formula(place[0], int(place[2]) - 1, _column(place[1]), "=" + parts["f"])]


def _column(letters: str) -> int:
    number = 0
    for letter in letters.strip():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1

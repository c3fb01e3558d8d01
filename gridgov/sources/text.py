"""Bytes → text, in the encoding told or the one found, and which it was."""

import codecs
import re
from dataclasses import dataclass

from gridgov.errors import InputError

_FAMILY = {"gbk": "gb18030", "gb2312": "gb18030", "cp936": "gb18030", "utf_8_sig": "utf-8-sig", "ascii": "utf-8"}
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_LOOKED_AT = 2**16  # bytes before a fault
_SURE = 12  # so many characters of several bytes are UTF-8 by no accident
_SEVERAL_BYTES = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")


@dataclass(frozen=True)
class Text:
    """A file's text; how its encoding is known: `told` by who asks, `marked` in the file or beside it, or `found`."""

    text: str
    encoding: str
    by: str


def decode(data: bytes, path: str, encoding: str | None = None) -> Text:
    """Return the text by the encoding given, else by its mark, else as UTF-8, else as GB18030."""
    if encoding:
        name = known_encoding(encoding, path)
        if name == "utf-8" and data.startswith(codecs.BOM_UTF8):
            name = "utf-8-sig"
        return Text(_decoded(data, path, name), name, "told")
    marked = next((name for mark, name in _MARKS if data.startswith(mark)), None)
    if marked:
        return Text(_decoded(data, path, marked), marked, "marked")
    for name in ("utf-8", "gb18030"):
        try:
            return Text(data.decode(name), name, "found")
        except UnicodeDecodeError as error:
            if name == "utf-8" and is_utf8(data[max(0, error.start - _LOOKED_AT) : error.start]):
                raise _wrong(data, path, name, error) from error
    raise InputError("encoding_not_found", path=path)


def is_utf8(data: bytes) -> bool:
    """Whether bytes hold so much UTF-8 that a fault among them doesn't make them GB18030."""
    return len(_SEVERAL_BYTES.findall(data)) >= _SURE


def known_encoding(encoding: str, path: str) -> str:
    """Return an encoding's name in one form; GBK and GB2312 are read as GB18030, which holds them."""
    try:
        name = codecs.lookup(encoding).name
        "".encode(name)  # some codecs turn bytes into bytes
    except (LookupError, ValueError, TypeError) as error:
        raise InputError("encoding_unknown", path=path, encoding=encoding) from error
    return _FAMILY.get(name.replace("-", "_"), name)


def _decoded(data: bytes, path: str, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeError as error:
        raise _wrong(data, path, encoding, error) from error


def _wrong(data: bytes, path: str, encoding: str, error: UnicodeError) -> InputError:
    line = data.count(b"\n", 0, getattr(error, "start", 0)) + 1
    return InputError("encoding_wrong", path=path, encoding=encoding, line=line)

"""Bytes → text, in the encoding told or the one found, and which it was."""

import codecs

from gridgov.errors import InputError

_FAMILY = {"gbk": "gb18030", "gb2312": "gb18030", "cp936": "gb18030", "utf_8_sig": "utf-8-sig", "ascii": "utf-8"}
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def decode(data: bytes, path: str, encoding: str | None = None) -> tuple[str, str]:
    """Return the text and its encoding: the one given, else by its mark, else UTF-8, else GB18030."""
    if encoding:
        name = known_encoding(encoding, path)
        if name == "utf-8" and data.startswith(codecs.BOM_UTF8):
            name = "utf-8-sig"
        return _decoded(data, path, name), name
    marked = next((name for mark, name in _MARKS if data.startswith(mark)), None)
    if marked:
        return _decoded(data, path, marked), marked
    for name in ("utf-8", "gb18030"):
        try:
            return data.decode(name), name
        except UnicodeDecodeError:
            continue
    raise InputError("encoding_not_found", path=path)


def known_encoding(encoding: str, path: str) -> str:
    """Return an encoding's name in one form; GBK and GB2312 are read as GB18030, which holds them."""
    try:
        name = codecs.lookup(encoding).name
    except (LookupError, ValueError) as error:
        raise InputError("encoding_unknown", path=path, encoding=encoding) from error
    return _FAMILY.get(name.replace("-", "_"), name)


def _decoded(data: bytes, path: str, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeError as error:
        at = getattr(error, "start", 0)
        line = data.count(b"\n", 0, at) + 1
        raise InputError("encoding_wrong", path=path, encoding=encoding, line=line) from error

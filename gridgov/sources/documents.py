"""TOML documents that ship in geodata/ or are loaded into a deployment, and what they extend."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from gridgov.errors import InputError
from gridgov.resources import resource

Document = Mapping[str, Any]
Loaded = Mapping[str, Document]


def shipped(folder: str) -> list[str]:
    """Return the ids of the documents in a folder of geodata/, sorted."""
    return sorted(path.stem for path in resource("geodata", folder).glob("*.toml"))


def read_toml(path: Path | str) -> dict[str, Any]:
    """Read a TOML file; one that isn't there or can't be read is an InputError."""
    file = Path(path)
    if not file.is_file():
        raise InputError("file_missing", path=str(path))
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError("toml_bad", path=str(path), reason=str(error)) from error


def line(folder: str, kind: str, name: str, loaded: Loaded) -> list[Document]:
    """Return a document with all it extends, the farthest first; a loaded one goes before a shipped one of its id.

    Raises
    ------
    InputError
        ``pack_unknown`` or ``profile_unknown`` where one of them isn't there, ``…_extends_itself`` where the line comes
        back to where it was; `kind` is the word before.
    """
    known = sorted({*shipped(folder), *loaded})
    found: dict[str, Document] = {}
    following: str | None = name
    while following is not None:
        if following in found:
            raise InputError(f"{kind}_extends_itself", **{kind: following})
        if following not in known:
            raise InputError(f"{kind}_unknown", name=following, value=following, known=", ".join(known))
        found[following] = loaded[following] if following in loaded else _shipped(folder, following)
        extends = found[following].get("extends")
        following = None if extends is None else str(extends)
    return list(found.values())[::-1]


@cache
def _shipped(folder: str, name: str) -> Document:
    return read_toml(resource("geodata", folder, f"{name}.toml"))

"""The facility-type catalogue and the rule packs, read from TOML."""

import tomllib
from functools import cache
from pathlib import Path

from gridgov.domain import standards
from gridgov.domain.standards import Catalogue, RulePack
from gridgov.errors import InputError
from gridgov.resources import resource


@cache
def catalogue() -> Catalogue:
    """Return the catalogue of geodata/catalogue.toml."""
    return standards.catalogue(_toml(resource("geodata", "catalogue.toml")))


def packs() -> list[str]:
    """Return the names of the packs in geodata/packs, sorted."""
    return sorted(path.stem for path in resource("geodata", "packs").glob("*.toml"))


@cache
def pack(name: str) -> RulePack:
    """Return a pack of geodata/packs, laid over the pack it extends."""
    _known(name)
    return read_pack(resource("geodata", "packs", f"{name}.toml"))


def read_pack(path: Path | str) -> RulePack:
    """Read a pack from any file, laid over the pack of geodata/packs it extends."""
    document = _toml(Path(path))
    extends = document.get("extends")
    if extends is None:
        return standards.rule_pack(document, catalogue())
    _known(extends)
    if extends == document.get("id"):
        raise InputError("pack_extends_itself", pack=str(extends))
    return standards.merge(document, pack(str(extends)), catalogue())


def _known(name: object) -> None:
    if name not in packs():
        raise InputError("pack_unknown", name=str(name), known=", ".join(packs()))


def _toml(path: Path) -> dict[str, object]:
    if not path.is_file():
        raise InputError("file_missing", path=str(path))
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError("toml_bad", path=str(path), reason=str(error)) from error

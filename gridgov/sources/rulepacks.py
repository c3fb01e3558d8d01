"""The facility-type catalogue, the rule packs and the items of the urban check-up, read from TOML."""

from functools import cache
from pathlib import Path

from gridgov.domain import checkup, standards
from gridgov.domain.standards import Catalogue, RulePack
from gridgov.resources import resource
from gridgov.sources import documents
from gridgov.sources.documents import Loaded, read_toml

FOLDER = "packs"


@cache
def catalogue() -> Catalogue:
    """Return the catalogue of geodata/catalogue.toml."""
    return standards.catalogue(read_toml(resource("geodata", "catalogue.toml")))


@cache
def checkup_items() -> tuple[checkup.Item, ...]:
    """Return the items of geodata/checkup.toml."""
    return checkup.items(read_toml(resource("geodata", "checkup.toml")), catalogue())


def packs() -> list[str]:
    """Return the names of the packs in geodata/packs, sorted."""
    return documents.shipped(FOLDER)


def pack(name: str, loaded: Loaded | None = None) -> RulePack:
    """Return a pack, loaded or else of geodata/packs, laid over those it extends."""
    return _assembled(name, loaded) if loaded else _shipped(name)


def read_pack(path: Path | str) -> RulePack:
    """Read a pack from any file, laid over the pack of geodata/packs it extends."""
    document = read_toml(path)
    name = document.get("id")
    return _assembled(name, {name: document}) if isinstance(name, str) else standards.rule_pack(document, catalogue())


@cache
def _shipped(name: str) -> RulePack:
    return _assembled(name, {})


def _assembled(name: str, loaded: Loaded) -> RulePack:
    first, *others = documents.line(FOLDER, "pack", name, loaded)
    found = standards.rule_pack(first, catalogue())
    for document in others:
        found = standards.merge(document, found, catalogue())
    return found

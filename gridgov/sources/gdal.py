"""FileGDB, GML and GPX, which GDAL reads: what GDAL would fetch or write besides is forbidden it here."""

import re
import tempfile
import warnings
from pathlib import Path

import pyogrio

from gridgov.errors import InputError
from gridgov.sources.layers import read_layer
from gridgov.sources.sheets import Reading, Sheet

TABLE = "a00000001.gdbtable"  # stands in every FileGDB
_ROOT = re.compile(r"(?:\s|<\?.*?\?>|<!--.*?-->)*<(?:\w+:)?(\w+)([^>]*)>", re.DOTALL)
_DECLARED = re.compile(r"\s*<\?xml.*?\?>", re.DOTALL)
_LEADS_ON = re.compile(r"<!ENTITY|<(?:OGR|VRT|GDAL)\w*")  # documents that have GDAL read others, here or elsewhere
_SCHEMA = re.compile(r"""\b\w+:schemaLocation\s*=\s*("[^"]*"|'[^']*')""")  # an address that GDAL would ask
_TOLD = ("waypoints", "routes", "tracks")  # the points of a track are no places


def is_geodatabase(folder: Path) -> bool:
    """Tell whether a folder is a FileGDB."""
    return (folder / TABLE).is_file()


def read_geodatabase(folder: Path, reading: Reading) -> list[Sheet]:
    """Read the layers of a FileGDB: its only one, or those asked for."""
    path = str(folder)
    return [read_layer(folder, reading, layer) for layer in reading.choose(_layers(folder, path), path)]


def markup_kind(text: str) -> str | None:
    """Return GML or GPX where a text is one of them by its root, else None."""
    root = _ROOT.match(text)
    if root is None:
        return None
    if root[1] == "gpx":
        return "GPX"
    return "GML" if root[1].endswith("FeatureCollection") and "opengis.net/gml" in root[2] else None


def read_markup(text: str, kind: str, path: str, reading: Reading) -> list[Sheet]:
    """Read a GML's feature types, or the waypoints, routes and tracks of a GPX, those that have any.

    GDAL is given a copy in UTF-8, whatever the encoding was, with nothing beside it, and takes every value for a text:
    it would take the zeros from codes.
    """
    if _LEADS_ON.search(text):
        raise InputError("file_kind_unknown", path=path, kind="XML")
    with tempfile.TemporaryDirectory(prefix="gridgov-") as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # GDAL's remarks on versions; what matters is checked here
        copy = Path(folder) / f"file.{kind.lower()}"
        copy.write_text(_SCHEMA.sub("", _DECLARED.sub("", text, count=1)).lstrip(), encoding="utf-8")
        pyogrio.set_gdal_config_options({"GML_FIELDTYPES": "ALWAYS_STRING"})
        layers = _layers(copy, path)
        if kind == "GPX" and reading.layer not in layers:
            layers = [name for name in layers if name in _TOLD and _has_rows(copy, name)]
        if not layers:
            raise InputError("file_no_rows", path=path)
        chosen = reading.choose(layers, path)
        return [read_layer(copy, reading, name, path) for name in chosen]


def _layers(file: Path, path: str) -> list[str]:
    try:
        return [str(name) for name, _ in pyogrio.list_layers(file)]
    except (RuntimeError, ValueError) as error:
        raise InputError("file_unreadable", path=path, reason=str(error).replace(str(file), path)) from error


def _has_rows(file: Path, layer: str) -> bool:
    return bool(pyogrio.read_info(file, layer=layer, force_feature_count=True)["features"])

"""`gridgov export tiles FILE.pmtiles`."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import shapely

from gridgov.cli.console import answer_json, changing, looking, progress, say
from gridgov.cli.console import today as at_day
from gridgov.cli.following import following
from gridgov.errors import InputError
from gridgov.sources.tilearchive import refuse_other_form, turn, write_archive
from gridgov.sources.writing import refuse_existing
from gridgov.spatial.tiling import DEEPEST, Tile
from gridgov.storage.current import At
from gridgov.usecases import exporting, exporting_tiles

WHAT = "tiles"
_KINDS = {"room": "Number", "count": "Number", "verified": "Boolean"}


def export_tiles(
    file: str, as_of: date | None, under: str | None, zooms: str | None, *, force: bool, form: str
) -> None:
    """Draw all tiles of an area and put the archive in its place only when it is whole."""
    path, at = Path(file), at_day(as_of)
    refuse_other_form(path)
    if not force:
        refuse_existing(path)
    with looking() as session:
        scope, wanted = exporting_tiles.plan(session, under, at, _zooms(zooms))
        wanted.sort(key=lambda tile: turn(tile.z, tile.x, tile.y))
        held: dict[str, set[str]] = {}
        progress("Drawing {tiles} tiles …", tiles=len(wanted))
        with following() as tell:

            def drawn() -> Iterator[tuple[int, int, int, bytes]]:
                number = {tile: place for place, tile in enumerate(wanted)}
                for tile, told in exporting_tiles.drawn(session, at, scope, wanted, held):
                    tell("tiles", number[tile], len(wanted))
                    yield tile.z, tile.x, tile.y, told

            count = write_archive(
                path, drawn(), _bounds(wanted), lambda: _about(at, held), lambda count: _keep(at, count)
            )
    if form == "json":
        answer_json({"what": WHAT, "file": file, "rows": count, "as_of": at.day.isoformat()})
    else:
        say("{rows} tiles written to {file}.", rows=count, file=file)


def _keep(at: At, count: int) -> None:
    with changing() as session:
        exporting.record(session, WHAT, "pmtiles", at, count)


def _zooms(told: str | None) -> tuple[int, int]:
    if told is None:
        return exporting_tiles.FIRST_ZOOM, exporting_tiles.LAST_ZOOM
    first, _, last = told.partition("-")
    if not (first.isdecimal() and (last or first).isdecimal() and len(told) <= 5):
        raise InputError("zooms_unreadable", value=told, most=DEEPEST)
    return int(first), int(last or first)


def _bounds(wanted: list[Tile]) -> tuple[float, float, float, float]:
    deepest = [tile for tile in wanted if tile.z == wanted[-1].z]
    west, south, east, north = shapely.total_bounds([shapely.box(*tile.bounds()) for tile in deepest]).tolist()
    return west, south, east, north


def _about(at: At, held: dict[str, set[str]]) -> dict[str, Any]:
    """Tell what the archive is, and its layers as TileJSON 3.0 does."""
    layers = [
        {"id": name, "fields": {each: _KINDS.get(each, "String") for each in sorted(held[name])}} for name in held
    ]
    return {"name": "gridgov", "type": "overlay", "description": at.day.isoformat(), "vector_layers": layers}

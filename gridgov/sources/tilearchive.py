"""Tiles → one PMTiles archive (version 3), which any static host serves to MapLibre, OpenLayers, Leaflet and GDAL."""

import gzip
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from gridgov.errors import InputError
from gridgov.sources.writing import taking_its_place

ENDING = ".pmtiles"
_DEGREE = 10_000_000  # positions are whole ten-millionths of one


def refuse_other_form(path: Path) -> None:
    """Refuse a name that doesn't end as an archive of tiles does."""
    if path.suffix.lower() != ENDING:
        raise InputError("export_form_unknown", path=str(path), value=path.suffix, known=ENDING)


def turn(z: int, x: int, y: int) -> int:
    """Return the turn of a tile in an archive, by which readers find what lies together together."""
    return int(zxy_to_tileid(z, x, y))


def write_archive(
    path: Path,
    tiles: Iterable[tuple[int, int, int, bytes]],
    bounds: tuple[float, float, float, float],
    about: Callable[[], dict[str, Any]],
    keep: Callable[[int], None],
) -> int:
    """Write tiles, each z, x, y and its bytes; what stands under the name is replaced only by the finished file.

    `bounds` are degrees; `about`, asked for at the end, is told in the archive; `keep` is called before anybody can
    have the file, with how many tiles it holds.
    """
    count = 0
    with taking_its_place(path) as own, own.open("wb") as file:
        writer: Any = Writer(file)  # type: ignore[no-untyped-call]
        with closing(writer.tile_f):  # which the library itself closes only when all went well
            for z, x, y, told in tiles:
                writer.write_tile(turn(z, x, y), gzip.compress(told, 6, mtime=0))
                count += 1
            if not count:
                raise InputError("export_nothing", path=str(path))
            writer.finalize(_header(bounds), about())
        file.flush()
        keep(count)
    return count


def _header(bounds: tuple[float, float, float, float]) -> dict[str, Any]:
    west, south, east, north = (round(side * _DEGREE) for side in bounds)
    return {
        "tile_type": TileType.MVT,
        "tile_compression": Compression.GZIP,
        "min_lon_e7": west,
        "min_lat_e7": south,
        "max_lon_e7": east,
        "max_lat_e7": north,
        "center_zoom": 12,
        "center_lon_e7": (west + east) // 2,
        "center_lat_e7": (south + north) // 2,
    }

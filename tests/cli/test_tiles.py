"""`gridgov export tiles`: an archive that other programs read."""

import gzip
from collections.abc import Callable
from pathlib import Path

import mapbox_vector_tile
import pyogrio
import pytest
from pmtiles.reader import MemorySource, Reader, all_tiles

from gridgov.usecases import exporting_tiles
from tests.cases import DAY, Files
from tests.cli.conftest import Answer, Gridgov

LAYERS = {"area", "land", "street", "community", "compound", "building", "facilities", "roads"}


@pytest.fixture
def place(loaded: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:  # noqa: ARG001 - it is worked on
    """The folder that one stands in, with the district in the database."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def codes(path: Path, layer: str) -> set[str]:
    found: set[str] = set()
    for _, told in all_tiles(MemorySource(path.read_bytes())):
        held = mapbox_vector_tile.decode(gzip.decompress(told))
        found |= {one["properties"]["code"] for one in held.get(layer, {"features": []})["features"]}
    return found


def test_an_archive_is_read_by_others(answer: Answer, place: Path) -> None:
    told = answer("export", "tiles", "town.pmtiles", "--as-of", DAY, "--zooms", "9-15")
    reader = Reader(MemorySource((place / "town.pmtiles").read_bytes()))
    header = reader.header()
    assert (header["min_zoom"], header["max_zoom"], header["clustered"]) == (9, 15, True)
    assert header["addressed_tiles_count"] == told["rows"]
    named = {layer["id"] for layer in reader.metadata()["vector_layers"]}
    assert named >= LAYERS
    assert {name for name, _ in pyogrio.list_layers(place / "town.pmtiles")} == named
    assert codes(place / "town.pmtiles", "compound") == {"C1", "C2"}


def test_an_archive_of_a_part_holds_that_part_and_nobodys_business(gridgov: Gridgov, place: Path) -> None:
    gridgov("export", "tiles", "part.pmtiles", "--as-of", DAY, "--zooms", "14", "--under", "420503001001")
    path = place / "part.pmtiles"
    assert codes(path, "compound") == {"C1"}
    told = b"".join(gzip.decompress(tile) for _, tile in all_tiles(MemorySource(path.read_bytes())))
    for kept in ("branch", "王建国", "H1", "赵一", "周书记", "0717"):
        assert kept.encode() not in told


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["a.mbtiles"], "is not a form of export. Known: .pmtiles"),
        (["a.pmtiles", "--zooms", "15-3"], "are no zooms"),
        (["a.pmtiles", "--zooms", "3-23"], "the deepest is 22"),
        (["a.pmtiles", "--zooms", "x"], "are no zooms"),
        (["a.pmtiles", "--zooms", "3-22"], "choose a smaller area"),
        (["a.pmtiles", "--under", "X"], "No place “X” is known"),
        (["a.pmtiles", "--as-of", "1990-01-01", "--zooms", "9"], "Nothing would be in a.pmtiles"),
        (["none/a.pmtiles", "--zooms", "9"], "can’t be written"),
    ],
)
def test_what_makes_no_sense_is_said_in_a_line(
    refused: Callable[..., str], place: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], said: str
) -> None:
    monkeypatch.setattr(exporting_tiles, "MOST_TILES", 100)
    assert said in refused("export", "tiles", *words)
    assert list(place.glob("*.pmtiles")) == []
    assert list(place.glob(".*pmtiles")) == []

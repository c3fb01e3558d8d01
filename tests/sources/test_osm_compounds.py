"""Compounds of OpenStreetMap extracts: which areas are one, and each of them once."""

from pathlib import Path

import pytest

from gridgov.sources.osm import OsmLayers, read_osm
from tests.sources.extracts import Extract


@pytest.fixture
def extract() -> Extract:
    return Extract()


def load(extract: Extract, tmp_path: Path) -> OsmLayers:
    return read_osm(extract.write(tmp_path / "a.osm"))


def test_compounds_named_and_not(extract: Extract, tmp_path: Path) -> None:
    extract.box(0, 0, 100, 100, landuse="residential", name="东门小区")
    extract.box(200, 0, 100, 100, landuse="residential")
    extract.box(400, 0, 100, 100, place="neighbourhood", name="西门")
    extract.box(600, 0, 100, 100, place="neighbourhood")
    extract.box(800, 0, 100, 100, landuse="industrial")
    rows = load(extract, tmp_path).compounds.rows
    assert [(row["name"], row["kind"], row["level"]) for row in rows] == [
        ("东门小区", "open", "compound"),
        (None, "open", "compound"),
        ("西门", "open", "compound"),
    ]


def test_a_compound_mapped_as_way_and_relation_comes_once(extract: Extract, tmp_path: Path) -> None:
    way = extract.box(0, 0, 100, 100, landuse="residential")
    relation = extract.relation((way, "outer"), landuse="residential", name="桂苑")
    beside = extract.box(100, 0, 100, 100, landuse="residential", name="桂苑")
    found = read_osm(extract.write(tmp_path / "x.osm"))
    assert {row["code"] for row in found.compounds.rows} == {f"osm:r{relation}", f"osm:w{beside}"}
    assert [(each.code, each.value, dict(each.params)) for each in found.problems] == [
        ("osm_compound_again", f"osm:w{way}", {"other": f"osm:r{relation}"})
    ]

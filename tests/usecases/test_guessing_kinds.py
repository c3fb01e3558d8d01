"""What files hold, guessed by their columns and by how their rows lie."""

import json
from pathlib import Path

import pytest

from gridgov.errors import InputError
from gridgov.usecases.previewing import guess
from gridgov.usecases.staging import ImportOptions

SQUARE = {"type": "Polygon", "coordinates": [[[111, 30], [111.1, 30], [111.1, 30.1], [111, 30]]]}
LINE = {"type": "LineString", "coordinates": [[111, 30], [111.1, 30]]}


def kind_of(folder: Path, geometry: object, **properties: object) -> str:
    path = folder / "a.geojson"
    path.write_text(json.dumps({"type": "Feature", "properties": properties, "geometry": geometry}), encoding="utf-8")
    return guess([path], ImportOptions())


def test_areas_are_neither_paths_nor_persons(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="intake_kind_unclear"):
        kind_of(tmp_path, SQUARE, NAME="静安区", PYNAME="jing an", ADMINCODE="310106")
    assert kind_of(tmp_path, SQUARE, code="310106", name="静安区") == "units"


def test_lines_are_paths_and_names_alone_are_persons(tmp_path: Path) -> None:
    assert kind_of(tmp_path, LINE, name="延安路") == "network"
    assert kind_of(tmp_path, None, 姓名="王伟", 部门="民政局", 职务="科长") == "cadres"

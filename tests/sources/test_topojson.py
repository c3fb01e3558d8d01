"""TopoJSON: arcs put together, layers, and topologies that don't hold."""

import json
from pathlib import Path
from typing import Any

import pytest
import shapely

from gridgov.errors import InputError
from gridgov.sources.sheets import Sheet
from gridgov.sources.vector import read_file
from tests.sources.files import put

# Two squares side by side that share one arc, as integers from (111, 30) in steps of 0.001 degrees.
TOPOLOGY: dict[str, Any] = {
    "type": "Topology",
    "transform": {"scale": [0.001, 0.001], "translate": [111, 30]},
    "arcs": [
        [[10, 0], [0, 10]],
        [[10, 10], [-10, 0], [0, -10], [10, 0]],
        [[10, 0], [10, 0], [0, 10], [-10, 0]],
    ],
    "objects": {
        "小区": {
            "type": "GeometryCollection",
            "geometries": [
                {"type": "Polygon", "arcs": [[0, 1]], "id": 7, "properties": {"name": "东门", "tags": [1]}},
                {"type": "MultiPolygon", "arcs": [[[2, -1]]], "properties": {"name": "西门"}},
                {"type": "LineString", "arcs": [0]},
                {"type": "Point", "coordinates": [5, 5]},
                {"type": "MultiPoint", "coordinates": [[5, 5], [6, 6]]},
                {"type": None, "properties": {"name": "无"}},
            ],
        }
    },
}


def read(folder: Path, topology: Any, **options: Any) -> Sheet:
    return read_file(put(folder, "a.topojson", json.dumps(topology, ensure_ascii=False)), **options)


def test_shared_arcs(tmp_path: Path) -> None:
    sheet = read(tmp_path, TOPOLOGY)
    assert (sheet.layer, sheet.columns, sheet.problems) == ("小区", ("name", "tags", "id"), [])
    assert sheet.rows[0] == {"name": "东门", "tags": "[1]", "id": "7"}
    assert sheet.geometry[0].equals(shapely.box(111, 30, 111.01, 30.01))
    assert sheet.geometry[1].equals(shapely.box(111.01, 30, 111.02, 30.01))
    assert shapely.is_valid(sheet.geometry[:2]).all()
    assert sheet.geometry[2].equals(shapely.LineString([(111.01, 30), (111.01, 30.01)]))
    assert sheet.geometry[3].equals(shapely.Point(111.005, 30.005))
    assert (sheet.geometry[4].geom_type, sheet.geometry[5]) == ("MultiPoint", None)


def test_without_a_transform_and_alone(tmp_path: Path) -> None:
    topology = {
        "type": "Topology",
        "arcs": [[[111, 30], [112, 31]]],
        "objects": {"a": {"type": "LineString", "arcs": [0]}},
    }
    assert read(tmp_path, topology).geometry[0].equals(shapely.LineString([(111, 30), (112, 31)]))


def test_several_objects_are_layers(tmp_path: Path) -> None:
    topology = {**TOPOLOGY, "objects": {**TOPOLOGY["objects"], "道路": {"type": "LineString", "arcs": [0]}}}
    with pytest.raises(InputError) as refused:
        read(tmp_path, topology)
    assert refused.value.params["choices"] == ["小区", "道路"]
    assert len(read(tmp_path, topology, layer="道路").rows) == 1


def test_a_shape_whose_arcs_lack_keeps_its_row(tmp_path: Path) -> None:
    shapes: list[Any] = [
        {"type": "Polygon", "arcs": [[99]]},
        {"type": "Polygon", "arcs": "x"},
        {"type": "Polygon", "arcs": [[]]},
        {"type": "Circle", "arcs": [0]},
        {"type": "Point", "coordinates": ["x", 1]},
        5,
        {"type": "Point", "coordinates": [1, 1]},
    ]
    objects = {"a": {"type": "GeometryCollection", "geometries": shapes}}
    sheet = read(tmp_path, {**TOPOLOGY, "objects": objects})
    assert [(each.row, each.code) for each in sheet.problems] == [(n, "geometry_unreadable") for n in range(1, 7)]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"objects": {}}, "file_no_rows"),
        ({"objects": None}, "file_no_rows"),
        ({"arcs": "x"}, "file_unreadable"),
        ({"arcs": [[[1, "y"]]]}, "file_unreadable"),
        ({"transform": {"scale": [1]}}, "file_unreadable"),
        ({"objects": {"a": {"type": "GeometryCollection", "geometries": []}}}, "file_no_rows"),
    ],
)
def test_a_bad_topology_is_refused(tmp_path: Path, change: dict[str, Any], code: str) -> None:
    with pytest.raises(InputError) as refused:
        read(tmp_path, TOPOLOGY | change)
    assert refused.value.code == code


def test_an_arc_told_of_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gridgov.sources.topojson._MOST_VERTICES", 1000)
    objects = {"a": {"type": "MultiLineString", "arcs": [[0]] * 1000}}
    sheet = read(tmp_path, {**TOPOLOGY, "objects": objects})
    assert [each.code for each in sheet.problems] == ["geometry_unreadable"]

"""What the demo draws: counts, tilings, walls and gates, the noded network."""

from collections import Counter

import numpy as np
import pytest
import shapely

from tests.demo.conftest import Demo, Layer


def test_counts(demo: Demo) -> None:
    counts = demo.truth["counts"]
    wanted = {"streets": 3, "communities": 20, "compounds": 110, "households": 550, "departments": 9}
    assert {name: counts[name] for name in wanted} == wanted
    assert counts["buildings"] == pytest.approx(1300, abs=40)
    assert counts["sites"] == pytest.approx(450, abs=40)


@pytest.mark.parametrize("name", ["streets", "communities", "compounds", "buildings", "grids", "gates"])
def test_geometries_are_valid_and_codes_are_unique(demo: Demo, name: str) -> None:
    layer = demo.layer(name)
    assert shapely.is_valid(layer.degrees).all()
    assert max(Counter(row["code"] for row in layer.rows).values()) == 1


def test_no_geometry_stands_twice(demo: Demo) -> None:
    for name in ("compounds", "buildings", "gates", "network"):
        assert max(Counter(shapely.to_wkb(shapely.normalize(demo.layer(name).degrees))).values()) == 1


def test_every_code_begins_with_its_parents(demo: Demo) -> None:
    known = set()
    for name in ("streets", "communities", "compounds", "buildings"):
        rows = demo.layer(name).rows
        assert name == "streets" or all(
            row["code"].startswith(row["parent"]) and row["parent"] in known for row in rows
        )
        known |= {row["code"] for row in rows}
    assert all(row["parent"] in known and row["consent_date"] for row in demo.table("households"))
    assert all(row["code"].startswith(row["community"]) and len(row["code"]) == 15 for row in demo.layer("grids").rows)


def test_children_tile_their_parents(demo: Demo) -> None:
    streets, communities = demo.layer("streets"), demo.layer("communities")
    _tiles(streets, communities, [row["parent"] for row in communities.rows])
    grids = demo.layer("grids")
    basic = [index for index, row in enumerate(grids.rows) if row["kind"] == "basic"]
    kept = type(grids)([grids.rows[i] for i in basic], grids.degrees[basic], grids.metres[basic])
    _tiles(communities, kept, [row["community"] for row in kept.rows])
    assert shapely.coverage_is_valid(kept.degrees)
    assert {1, 2, 3, 4} >= set(Counter(row["community"] for row in kept.rows).values())


def _tiles(parents: Layer, children: Layer, of: list[object]) -> None:
    for code, place in parents.by_code.items():
        mine = children.metres[[parent == code for parent in of]]
        assert shapely.area(mine).sum() == pytest.approx(place.area, abs=0.01)
        assert shapely.symmetric_difference(shapely.union_all(mine), place).area < 0.01


def test_buildings_stand_in_their_compound_and_apart(demo: Demo) -> None:
    compounds, buildings = demo.layer("compounds").by_code, demo.layer("buildings")
    for row, place in zip(buildings.rows, buildings.metres, strict=True):
        assert compounds[row["parent"]].buffer(0.02).covers(place), row["code"]
    one, other = shapely.STRtree(buildings.metres).query(buildings.metres, predicate="intersects")
    assert (one == other).all()


def test_compounds_dont_overlap(demo: Demo) -> None:
    compounds = demo.layer("compounds").metres
    one, other = shapely.STRtree(compounds).query(compounds, predicate="intersects")
    assert (one == other).all()


def test_people_are_the_sum_of_their_ages_or_unknown(demo: Demo) -> None:
    unknown = set()
    for row in demo.layer("buildings").rows:
        ages = [value for name, value in row.items() if name.startswith("age_")]
        assert len(ages) == 7
        if row["people"] is None:
            assert ages == [None] * 7
            unknown.add(row["parent"])
        else:
            assert sum(ages) == row["people"] > 0
    assert sorted(unknown) == demo.truth["places"]["unknown_people"]


def test_gates_are_corners_of_wall_and_path(demo: Demo) -> None:
    compounds, gates, network = demo.layer("compounds"), demo.layer("gates"), demo.layer("network")
    walls = {row["code"]: place for row, place in zip(compounds.rows, compounds.degrees, strict=True)}
    trodden = {tuple(xy) for xy in shapely.get_coordinates(network.degrees)}
    for row, gate in zip(gates.rows, gates.degrees, strict=True):
        assert gate.coords[0] in walls[row["compound"]].exterior.coords
        assert gate.coords[0] in trodden
    assert {row["state"] for row in gates.rows} == {"open", "residents", "closed"}
    each = Counter(row["compound"] for row in gates.rows)
    assert set(each.values()) <= {1, 2, 3}


def test_walls_are_crossed_at_gates_only(demo: Demo) -> None:
    compounds, gates, paths = demo.layer("compounds"), demo.layer("gates"), demo.layer("network").metres
    tree = shapely.STRtree(paths)
    without = set()
    for row, place in zip(compounds.rows, compounds.metres, strict=True):
        if row["kind"] not in {"walled", "work_unit"}:
            continue
        own = [gate for of, gate in zip(gates.rows, gates.metres, strict=True) if of["compound"] == row["code"]]
        crossing = shapely.intersection(paths[tree.query(place.exterior, "intersects")], place.exterior)
        if not own:
            without.add(row["code"])
            continue
        assert shapely.distance(shapely.get_parts(crossing)[:, None], np.asarray(own)).min(axis=1).max() < 0.05
    assert sorted(without) == demo.truth["places"]["unrecorded_gates"]


def test_paths_are_noded(demo: Demo) -> None:
    layer = demo.layer("network")
    grade = np.array([not (row["bridge"] or row["tunnel"]) for row in layer.rows])
    lines = layer.degrees[grade]
    one, other = shapely.STRtree(lines).query(lines, predicate="intersects")
    pairs = one < other
    met = shapely.intersection(lines[one[pairs]], lines[other[pairs]])
    assert set(shapely.get_type_id(shapely.get_parts(met))) == {0}
    ends = {line.coords[at] for line in lines for at in (0, -1)}
    assert all(tuple(xy) in ends for xy in shapely.get_coordinates(met))


def test_the_network_is_a_river_towns(demo: Demo) -> None:
    layer = demo.layer("network")
    nodes = {line.coords[at] for line in layer.degrees for at in (0, -1)}
    assert len(nodes) >= 12_000
    assert sum(row["bridge"] for row in layer.rows) == 2
    land = demo.layer("land")
    water = next(place for row, place in zip(land.rows, land.metres, strict=True) if row["kind"] == "water")
    wet = shapely.intersects(layer.metres, water)
    assert {row["bridge"] for row, over in zip(layer.rows, wet, strict=True) if over} == {1}
    ends = {
        line.coords[at]
        for row, line in zip(layer.rows, layer.degrees, strict=True)
        if not row["bridge"]
        for at in (0, -1)
    }
    assert all(
        line.coords[at] in ends
        for row, line in zip(layer.rows, layer.degrees, strict=True)
        if row["bridge"]
        for at in (0, -1)
    )

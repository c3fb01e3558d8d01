"""The city: its counts, and what it plants, found in its files; and that they come out the same."""

import hashlib
import os
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest
import shapely

from tests.conftest import ROOT
from tests.databases import Databases
from tests.demo import small_city
from tests.demo.conftest import Demo
from tests.demo.test_planted import found_as_planted

EXCLUSIVE = {"1": "leader", "2": "first_secretary", "3": "lead"}


@pytest.fixture(scope="module")
def city(databases: Databases) -> Demo:
    return Demo(databases.demo_folder("city"))


def digest(folder: Path) -> str:
    total = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        total.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def test_two_processes_write_the_same(tmp_path: Path) -> None:
    """On the small city, whose files are made by the same lines; the other process has a hash seed of its own."""
    one, other = tmp_path / "one", tmp_path / "other"
    truth = small_city.write(one)
    assert (len(truth.villages), truth.counts["communities"]) == (4, 26)
    environment = {**os.environ, "PYTHONHASHSEED": "4711", "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-m", small_city.__name__, str(other)], check=True, env=environment)
    assert digest(one) == digest(other)


def test_counts(city: Demo) -> None:
    counts = city.truth["counts"]
    wanted = {"communities": 330, "compounds": 1300, "branches": 1105, "households": 6500, "streets": 28}
    assert {name: counts[name] for name in wanted} == wanted
    assert counts["buildings"] == pytest.approx(16_000, abs=800)
    assert counts["sites"] == pytest.approx(4_500, abs=200)
    lines = city.layer("network").degrees
    ends = np.vstack([shapely.get_coordinates(shapely.get_point(lines, at)) for at in (0, -1)])
    assert len(np.unique(ends, axis=0)) >= 120_000


def test_the_truth_says_which_counts_are_published(city: Demo) -> None:
    published = {"supported": 209, "branches": 1105, "enlarged": 926, "heads": 179, "leads": 1058, "members": 13_000}
    told = {row["count"]: row["number"] for row in city.truth["tallies"] if row["published"]}
    assert told == published
    invented = {row["count"]: row["number"] for row in city.truth["tallies"] if not row["published"]}
    assert invented["communities"] == 330
    assert invented["buildings"] == city.truth["counts"]["buildings"]
    supported = {row["unit"] for row in city.table("partners") if row["kind"] == "resident_department"}
    assert len(supported) == 209
    assert not supported & set(city.truth["villages"])


def test_posts(city: Demo) -> None:
    day = city.truth["as_of"]
    posts = {row["code"]: row["post"] for row in city.table("cadres")}
    rows = [r for r in city.table("contacts") if r["valid_from"] <= day and (not r["valid_to"] or r["valid_to"] > day)]
    for tier, level in (("1", "streets"), ("2", "communities"), ("3", "compounds")):
        told, held = city.truth["posts"][tier], [r for r in rows if r["role"] == EXCLUSIVE[tier] and r["tier"] == tier]
        due = {row["code"] for row in city.layer(level).rows}
        leads, units = Counter(row["unit"] for row in held), defaultdict(set)
        for row in held:
            units[row["holder"]].add(row["unit"])
        assert told["due"] == len(due)
        assert told["units"]["vacant"] == sorted(due - leads.keys())
        assert told["units"]["disputed"] == sorted(unit for unit, count in leads.items() if count > 1)
        assert told["several"] == sum(len(found) > 1 for found in units.values())
        assert all(told[state] == len(told["units"][state]) for state in ("vacant", "disputed", "expiring"))
    heads = {row["holder"] for row in rows if row["role"] == "first_secretary" and posts[row["holder"]] == "主任"}
    assert len(heads) == 179
    assert len({row["holder"] for row in rows if row["role"] == "lead"}) == 1058
    assert len({row["holder"] for row in rows if row["role"] in {"lead", "member"}}) == 13_000


def test_heads_are_of_the_department_that_leads(city: Demo) -> None:
    department = {row["code"]: row["department"] for row in city.table("cadres")}
    leading = {row["unit"]: row["holder"] for row in city.table("contacts") if row["role"] == "leading"}
    disputed = set(city.truth["posts"]["2"]["units"]["disputed"])
    for row in city.table("contacts"):
        if row["role"] == "first_secretary" and row["unit"] not in disputed:
            assert department[row["holder"]] == leading[row["unit"]]


def test_branches(city: Demo) -> None:
    rows = city.table("branches")
    covered = [code for row in rows for code in row["compounds"].split(";")]
    assert len(rows) == 1105
    assert sum(int(row["enlarged"]) for row in rows) == 926
    assert len(covered) == len(set(covered)) == city.truth["branch_coverage"]["covered"]
    assert sum(";" in row["compounds"] for row in rows) == city.truth["branch_coverage"]["joint"] > 50


def test_partner_bodies(city: Demo) -> None:
    assert city.truth["partners"]["pledges"] == {"overdue": 120, "due_soon": 150, "kept": 300, "open": 600}
    found_as_planted(city)


def test_villages_have_houses_and_no_compounds(city: Demo) -> None:
    villages = set(city.truth["villages"])
    names = {row["code"]: row["name"] for row in city.layer("communities").rows}
    assert {code for code, name in names.items() if name.endswith("村")} == villages
    assert not villages & {row["parent"] for row in city.layer("compounds").rows}
    assert {row["parent"] for row in city.layer("buildings").rows} >= villages
    kinds = {row["code"]: row["kind"] for row in city.layer("communities").rows}
    assert {code for code, kind in kinds.items() if kind == "村"} == villages
    assert city.truth["profile"] == "yichang-villages"


def test_names_and_codes_are_unique(city: Demo) -> None:
    for layer in ("streets", "communities", "compounds"):
        rows = city.layer(layer).rows
        assert len({row["code"] for row in rows}) == len({row["name"] for row in rows}) == len(rows)
    assert len({row["code"] for row in city.layer("buildings").rows}) == city.truth["counts"]["buildings"]


def test_compounds_stand_apart_with_and_without_property_management(city: Demo) -> None:
    layer = city.layer("compounds")
    assert shapely.is_valid(layer.degrees).all()
    one, other = shapely.STRtree(layer.metres).query(layer.metres, predicate="intersects")
    assert (one == other).all()
    assert {row["management"] for row in layer.rows} == {"property_company", "work_unit", "community", "none"}


def test_children_tile_their_parents(city: Demo) -> None:
    for above, below, parent in (("streets", "communities", "parent"), ("communities", "grids", "community")):
        area = {row["code"]: place.area for row, place in zip(*_parts(city, above), strict=True)}
        sums: Counter[object] = Counter()
        for row, place in zip(*_parts(city, below), strict=True):
            if row.get("kind") != "special":
                sums[row[parent]] += place.area
        assert sums == pytest.approx(area, abs=0.05)
    assert sum(row["kind"] == "special" for row in city.layer("grids").rows) == 60


def _parts(city: Demo, name: str) -> tuple[list[dict[str, object]], np.ndarray]:
    layer = city.layer(name)
    return layer.rows, layer.metres


def test_river_bridges_and_hills(city: Demo) -> None:
    land, network = city.layer("land"), city.layer("network")
    water = next(place for row, place in zip(land.rows, land.metres, strict=True) if row["kind"] == "water")
    wet = shapely.intersects(network.metres, water)
    assert {row["bridge"] for row, over in zip(network.rows, wet, strict=True) if over} == {1}
    assert sum(row["bridge"] for row in network.rows) == 6
    assert sum(row["kind"] == "hill" for row in land.rows) == 3


def test_every_cause_is_planted(city: Demo) -> None:
    told = {gap["cause"] for gap in city.truth["gaps"]} | {gap["cause"] for gap in city.truth["capacity"]}
    assert told == {"data", "no_facility", "gate", "no_path", "capacity"}
    (full,) = city.truth["capacity"]
    sites = {row["code"]: (row, place) for row, place in zip(*_parts(city, "sites"), strict=True)}
    row, place = sites[full["point"]]
    homes = city.layer("buildings")
    near = shapely.distance(homes.metres, place) <= full["radius"]
    children = [home["age_3_5"] or 0 for home in homes.rows]
    own = [home["parent"] == full["compound"] for home in homes.rows]
    assert (row["type"], row["capacity"]) == (full["type"], full["capacity"])
    assert np.sum(children, where=near) == full["within"]
    assert np.sum(children, where=own) == full["children"] > full["capacity"]
    same = [other for told, other in sites.values() if told["type"] == full["type"] and other is not place]
    compound = city.layer("compounds").by_code[full["compound"]]
    assert shapely.distance(same, compound).min() > full["radius"]

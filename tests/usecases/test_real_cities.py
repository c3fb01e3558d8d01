"""Two real places: Haidian in Beijing from three public sources, and a piece of Nanjing from one.

What is asserted was counted in the raw files, without gridgov.
"""

import csv
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from sqlalchemy.orm import Session

from gridgov.sources import rulepacks
from gridgov.spatial.crs import to_planar
from gridgov.storage.current import At, Scope, current
from gridgov.storage.database import open_engine
from gridgov.storage.models import GateVersion, Run, ServicePointVersion, SiteVersion, UnitVersion
from gridgov.storage.versions import undo
from gridgov.usecases import answering, browsing, checking, covering, deployment, gridding, reading_runs
from gridgov.usecases.gridding import GridReport
from gridgov.usecases.importing import ImportReport, import_files, import_osm
from gridgov.usecases.staging import ImportOptions
from tests.cases import DAY
from tests.databases import ENGINES, Databases

pytestmark = pytest.mark.realdata
AT = At(DAY)
EVERYTHING = Scope.everything()
CAUSES = {"data", "no_facility", "capacity", "gate", "no_path"}
HOMES = {"apartments", "residential", "house", "dormitory", "detached", "terrace"}
HAIDIAN_STREETS = "admin/beijing_subdistricts/haidian-all.geojson"
VILLAGES = "admin/china_division_2.7.0_beijing_villages.csv"
HAIDIAN_MAP = "osm/beijing_cau_xueyuanlu_20260322.osm"
NEVER = {"duplicate_code", "geometry_invalid", "code_contradicts", "shifted", "code_untidy", "duplicate_service"}
NANJING_MAP = "osm/nanjing_gulou_20210612.osm"


@dataclass
class City:
    """A loaded city, its reports, its run and the raw objects of its map by code."""

    session: Session
    reports: list[ImportReport]
    grids: GridReport
    run: Run
    raw: dict[str, dict[str, str]]

    def units(self, level: str) -> list[UnitVersion]:
        """Return the units of a level."""
        wanted = current(UnitVersion, AT, EVERYTHING).where(UnitVersion.level == level)
        return list(self.session.scalars(wanted.order_by(UnitVersion.code)))

    def demand(self) -> list[dict[str, Any]]:
        """Return the run's verdicts."""
        return reading_runs.show(self.session, self.run, "demand", EVERYTHING)


def raw_objects(path: Path) -> dict[str, dict[str, str]]:
    """Return the tags of all tagged objects of a map, by gridgov's code for them."""
    found = {}
    for _, item in ET.iterparse(path):
        if item.tag in {"node", "way", "relation"}:
            tags = {tag.get("k", ""): tag.get("v", "") for tag in item.iter("tag")}
            if tags:
                found[f"osm:{item.tag[0]}{item.get('id')}"] = tags
    return found


def finish(session: Session, reports: list[ImportReport], path: Path) -> City:
    assert [report.problems for report in reports if report.problems] == []
    session.flush()
    grids = gridding.build(session, DAY, 100)
    return City(session, reports, grids, covering.run(session, AT), raw_objects(path))


def bring_haidian(session: Session, realdata: Path) -> list[ImportReport]:
    """Bring Haidian in as the README does."""
    streets = ImportOptions(level="street", valid_from=DAY)
    told = {"level": "community", "only": "110108", "mapping": {"streetCode": "parent"}}
    return [
        import_files(session, "units", [realdata / HAIDIAN_STREETS], streets),
        import_files(session, "units", [realdata / VILLAGES], ImportOptions(valid_from=DAY, **told)),
        import_osm(session, realdata / HAIDIAN_MAP, ImportOptions(valid_from=DAY)),
    ]


def bring_nanjing(session: Session, realdata: Path) -> list[ImportReport]:
    """Bring a neighbourhood of Nanjing in from its map alone."""
    return [import_osm(session, realdata / NANJING_MAP, ImportOptions(valid_from=DAY))]


CITIES = {"haidian": (bring_haidian, HAIDIAN_MAP), "nanjing": (bring_nanjing, NANJING_MAP)}
Load = Callable[[str, str], City]


@pytest.fixture(scope="module")
def load(databases: Databases, realdata: Path) -> Iterator[Load]:
    """Load a city into a database of its own, once for all tests of this file."""
    with ExitStack() as stack:

        @cache
        def once(engine: str, name: str) -> City:
            opened = open_engine(stack.enter_context(databases.copy(engine, "empty")))
            stack.callback(opened.dispose)
            session = stack.enter_context(Session(opened, expire_on_commit=False))
            stack.callback(session.rollback)
            bring, path = CITIES[name]
            return finish(session, bring(session, realdata), realdata / path)

        yield once


@pytest.fixture(params=[(engine, name) for engine in ENGINES for name in CITIES], ids="-".join)
def city(request: pytest.FixtureRequest, load: Load) -> City:
    """Either city, on each engine in turn."""
    return load(*request.param)


@pytest.fixture(params=ENGINES)
def haidian(request: pytest.FixtureRequest, load: Load) -> City:
    """Haidian, on each engine in turn."""
    return load(request.param, "haidian")


def test_haidians_streets_and_communities(haidian: City, realdata: Path) -> None:
    with (realdata / VILLAGES).open(encoding="utf-8", newline="") as file:
        raw = [row for row in csv.DictReader(file) if row["areaCode"] == "110108"]
    streets = {unit.unit_id: unit for unit in haidian.units("street")}
    communities = haidian.units("community")
    assert len(streets) == 29
    assert all(len(unit.code) == 9 and unit.geometry is not None for unit in streets.values())
    plain = {row["code"]: row["name"] for row in raw}
    assert {unit.code: unit.name for unit in communities} == plain
    assert {unit.geometry for unit in communities} == {None}
    told = {row["code"]: row["streetCode"] for row in raw}
    hung = {unit.code: streets[unit.parent_id].code for unit in communities if unit.parent_id in streets}
    assert hung == {code: street for code, street in told.items() if street in {s.code for s in streets.values()}}
    assert all(unit.parent_code == told[unit.code] for unit in communities)


def test_compounds_are_the_maps_residential_areas(city: City) -> None:
    compounds = city.units("compound")
    residential = [unit for unit in compounds if city.raw[unit.code].get("landuse") == "residential"]
    assert len(residential) == (10 if city.units("street") else 11)
    assert all(unit.name in {None, city.raw[unit.code].get("name")} for unit in compounds)


def test_buildings_are_the_maps_homes(city: City) -> None:
    codes = {unit.code for unit in city.units("building")}
    buildings = {code for code, tags in city.raw.items() if tags.get("building", "no") != "no"}
    homes = {code for code, tags in city.raw.items() if tags.get("building") in HOMES and code.startswith("osm:w")}
    assert homes - {unit.code for unit in city.units("compound")} <= codes <= buildings
    assert not any("amenity" in city.raw[code] and city.raw[code]["building"] == "yes" for code in codes)


def test_sites_are_objects_of_the_map_and_no_code_stands_twice(city: City) -> None:
    points = list(city.session.scalars(current(ServicePointVersion, AT, EVERYTHING)))
    sites = list(city.session.scalars(current(SiteVersion, AT, EVERYTHING)))
    assert points
    assert {site.code for site in sites} <= set(city.raw)
    assert max(Counter(point.code for point in points).values()) == 1
    assert {point.site_id for point in points} == {site.site_id for site in sites}
    for kind, amenity in (("kindergarten", "kindergarten"), ("library", "library"), ("police_station", "police")):
        tagged = {code for code, tags in city.raw.items() if tags.get("amenity") == amenity}
        assert {site.code for site in sites for p in points if p.site_id == site.site_id and p.type == kind} <= tagged
    assert not any(point.verified for point in points)


def test_nothing_is_invented(city: City) -> None:
    units = [unit for level in ("compound", "building") for unit in city.units(level)]
    assert {(unit.people, unit.households, unit.age_80) for unit in units} == {(None, None, None)}
    assert all(unit.orphan for unit in units)
    gates = list(city.session.scalars(current(GateVersion, AT, EVERYTHING)))
    assert {gate.code for gate in gates} <= set(city.raw)


def test_buildings_hang_under_the_compound_that_covers_them(city: City) -> None:
    compounds = {unit.unit_id: unit for unit in city.units("compound")}
    shapes = {number: unit.geometry for number, unit in compounds.items()}
    inside = 0
    for building in city.units("building"):
        place = shapely.point_on_surface(building.geometry)
        covering_it = {number for number, shape in shapes.items() if shapely.covers(shape, place)}
        assert building.parent_id in covering_it or (not covering_it and building.parent_id not in compounds)
        inside += bool(covering_it)
    assert inside > 30


def test_buildings_are_weighed_and_every_one_counts_once(city: City) -> None:
    told = reading_runs.record(city.run)
    demand = city.demand()
    assert (told["basis"], told["year"], told["estimate"]) == ("buildings", None, False)
    decided = {row["type"] for row in demand}
    buildings = {unit.code for unit in city.units("building")}
    assert buildings <= {row["demand"] for row in demand}
    assert told["people"] == len(buildings)
    assert len(demand) == len({row["demand"] for row in demand}) * len(decided)
    assert {row["people"] for row in demand if row["demand"] in buildings} == {1.0}


def test_verdicts_are_of_the_lawful_kind(city: City) -> None:
    pack = {row.type: row for row in rulepacks.pack(city.run.pack).rows}
    for row in city.demand():
        assert row["metres"] is None or (row["metres"] >= 0 and np.isfinite(row["metres"]))
        assert (row["cause"] is None) == row["covered"]
        assert row["cause"] in CAUSES | {None}
        assert (row["metres"] is None) == (row["point"] is None)
        radius = pack[row["type"]].radius
        if row["covered"] and pack[row["type"]].basis == "reach":
            assert row["metres"] <= radius + 0.0005


def test_no_way_is_shorter_than_the_straight_line(city: City) -> None:
    crs = deployment.crs(city.session)
    sites = {site.site_id: site for site in city.session.scalars(current(SiteVersion, AT, EVERYTHING))}
    points = city.session.scalars(current(ServicePointVersion, AT, EVERYTHING))
    shapes = {point.code: to_planar(np.array([sites[point.site_id].geometry]), crs)[0] for point in points}
    rows = [row for row in city.demand() if row["metres"] is not None]
    places = to_planar(shapely.points([(row["x"], row["y"]) for row in rows]), crs)
    straight = shapely.distance(places, np.array([shapes[row["point"]] for row in rows], dtype=object))
    metres = np.array([row["metres"] for row in rows])
    assert len(rows) > 1000
    assert (metres >= straight - 0.05).all()
    assert np.median(metres - straight) > 10


def test_shares_and_gaps_agree_with_the_verdicts(city: City) -> None:
    demand = city.demand()
    lacking = {(row["type"]) for row in demand if not row["covered"] and row["people"]}
    gaps = reading_runs.gaps(city.session, city.run, EVERYTHING)
    assert {row["type"] for row in gaps} == lacking
    assert sum(row["people"] for row in gaps) == sum(1 for row in demand if not row["covered"] and row["people"])
    assert all(row["cause"] in CAUSES and row["firm"] in {True, False} and row["liaison"] is None for row in gaps)
    assert all(0 <= row["share"] <= 1 for row in city.run.summary["types"] if row["share"] is not None)
    causes = city.run.summary["causes"]
    assert causes["capacity"] == 0
    assert sum(causes.values()) == sum(row["people"] for row in gaps)


def test_orphans_and_walls_without_gates_are_found(city: City) -> None:
    found = checking.check(city.session, AT, EVERYTHING)
    orphans = {finding.subject for finding in found if finding.kind == "orphan"}
    assert orphans == {unit.code for level in ("compound", "building") for unit in city.units(level)}
    gated = {gate.unit_id for gate in city.session.scalars(current(GateVersion, AT, EVERYTHING))}
    walled = {unit.code for unit in city.units("compound") if unit.kind == "walled" and unit.unit_id not in gated}
    assert {finding.subject for finding in found if finding.kind == "wall_without_gate"} == walled
    assert not any(finding.kind in NEVER for finding in found)


def test_every_building_lies_on_one_cell(city: City) -> None:
    assert city.grids.units == sum(len(city.units(level)) for level in ("street", "compound", "building"))
    assert city.grids.on_cells >= len(city.units("building"))
    assert city.grids.grids == 0


def test_who_answers_by_name_code_and_place(haidian: City) -> None:
    session = haidian.session
    (street,) = answering.who(session, "学院路街道", AT, EVERYTHING)["candidates"]
    assert street["chain"][0]["name"] == "学院路街道"
    compounds = {unit.unit_id for unit in haidian.units("compound")}
    inside = next(unit for unit in haidian.units("building") if unit.parent_id in compounds)
    (found,) = answering.who(session, inside.code, AT, EVERYTHING)["candidates"]
    assert [None if link is None else link["level"] for link in found["chain"]] == [
        "street",
        None,
        "compound",
        "building",
        None,
    ]
    assert found["nearest"]
    community = haidian.units("community")[0]
    (known,) = answering.who(session, community.code, AT, EVERYTHING)["candidates"]
    assert known["chain"][1]["name"] == community.name


def test_the_tree_leads_from_streets_to_buildings(haidian: City) -> None:
    tops = browsing.tree(haidian.session, AT, EVERYTHING)
    streets = [node for node in tops if node.level == "street"]
    assert len(streets) == 29
    assert {node.level for node in tops} == {"street", "compound", "building"}
    below = [child for street in streets for child in browsing.tree(haidian.session, AT, EVERYTHING, street.unit)]
    assert sum(child.level == "community" for child in below) == 678
    assert not any(child.placed for child in below if child.level == "community")


def test_a_map_comes_in_again_unchanged_and_goes_as_a_whole(session: Session, realdata: Path) -> None:
    (first,), (again,) = bring_nanjing(session, realdata), bring_nanjing(session, realdata)
    assert (again.read, again.new, again.changed) == (first.read, 0, 0)
    assert again.unchanged == again.read
    undo(session, again.batch or 0)
    undo(session, first.batch or 0)
    assert session.scalars(current(UnitVersion, AT, EVERYTHING)).all() == []

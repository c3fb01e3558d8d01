"""OpenStreetMap extracts: what becomes network, site, building, compound and gate, and what is told as cut off."""

import gzip
from collections import Counter
from pathlib import Path

import pytest
import shapely

from gridgov.errors import InputError
from gridgov.sources.headers import fields
from gridgov.sources.osm import OsmLayers, read_osm
from gridgov.sources.osmtags import osm_tags
from gridgov.sources.rulepacks import catalogue
from gridgov.sources.sheets import Sheet
from tests.sources.extracts import Extract
from tests.sources.files import put


@pytest.fixture
def extract() -> Extract:
    return Extract()


def load(extract: Extract, tmp_path: Path) -> OsmLayers:
    return read_osm(extract.write(tmp_path / "a.osm"))


def by_code(sheet: Sheet) -> dict[object, dict[str, object]]:
    return {row["code"]: row for row in sheet.rows}


WALKABLE = [
    ({"highway": "residential"}, "public"),
    ({"highway": "footway"}, "public"),
    ({"highway": "steps"}, "public"),
    ({"highway": "primary"}, "public"),
    ({"highway": "motorway"}, None),
    ({"highway": "motorway_link", "foot": "yes"}, None),
    *(({"highway": kind}, None) for kind in ("construction", "proposed", "trunk", "trunk_link")),
    ({"highway": "trunk", "foot": "yes"}, "public"),
    ({"highway": "trunk", "sidewalk": "both"}, "public"),
    ({"highway": "residential", "foot": "no"}, None),
    ({"highway": "service", "access": "no"}, None),
    ({"highway": "service", "access": "no", "foot": "yes"}, "public"),
    ({"highway": "service", "access": "private"}, "private"),
    ({"highway": "footway", "access": "private"}, "private"),
    ({"highway": "service", "access": "private", "foot": "permissive"}, "public"),
    ({"highway": "footway", "foot": "private"}, "private"),
    ({"highway": "secondary", "access": "private"}, None),
    ({"railway": "rail"}, None),
    ({"route": "ferry"}, None),
    ({"highway": "service", "service": "parking_aisle"}, "public"),
    ({"highway": "service", "service": "driveway"}, "public"),
    ({"highway": "service", "service": "drive-through"}, None),
    ({"highway": "steps", "conveying": "yes"}, "public"),
    ({"highway": "corridor", "indoor": "yes"}, "public"),
    ({"highway": "residential", "foot": "use_sidepath", "sidewalk": "separate"}, None),
    ({"highway": "footway", "footway": "sidewalk"}, "public"),
]


@pytest.mark.parametrize(("tags", "access"), WALKABLE)
def test_who_may_walk_where(extract: Extract, tmp_path: Path, tags: dict[str, str], access: str | None) -> None:
    extract.way((0, 0), (100, 0), **tags)
    rows = load(extract, tmp_path).network.rows
    assert [row["access"] for row in rows] == ([access] if access else [])


def test_ways_are_split_where_they_share_a_node(extract: Extract, tmp_path: Path) -> None:
    cross = extract.node(50, 0)
    street = extract.way((0, 0), cross, (100, 0), highway="residential", name="学院街")
    lane = extract.way((50, -50), (50, -20), cross, highway="footway", bridge="yes", layer="1")
    extract.way(cross, (50, 50), highway="motorway")  # nobody walks there: it splits nothing
    layers = load(extract, tmp_path)
    assert Counter(row["code"] for row in layers.network.rows) == {f"osm:w{street}": 2, f"osm:w{lane}": 1}
    assert [len(line.coords) for line in layers.network.geometry] == [2, 2, 3]
    assert layers.network.rows[0] | {"code": 0} == {
        "code": 0, "name": "学院街", "kind": "residential", "bridge": 0, "tunnel": 0, "layer": None, "access": "public"
    }  # fmt: skip
    assert (layers.network.rows[2]["bridge"], layers.network.rows[2]["layer"]) == (1, 1)
    assert layers.network.crs == "EPSG:4490"


def test_loops_and_knots(extract: Extract, tmp_path: Path) -> None:
    knot = extract.node(0, 0)
    extract.way((-50, 0), knot, (30, 30), (30, -30), knot, highway="path")
    extract.box(200, 0, 20, 20, highway="pedestrian", area="yes")
    assert sorted(len(line.coords) for line in load(extract, tmp_path).network.geometry) == [2, 4, 5]


@pytest.mark.parametrize(
    ("tags", "cut"),
    [
        ({"barrier": "gate"}, False),
        ({"barrier": "gate", "access": "no"}, True),
        ({"barrier": "gate", "locked": "yes"}, True),
        ({"barrier": "gate", "access": "private"}, True),
        ({"barrier": "gate", "access": "private", "foot": "yes"}, False),
        ({"barrier": "wall"}, True),
        ({"barrier": "bollard", "access": "no"}, False),
        ({"barrier": "lift_gate", "access": "private"}, False),
        ({"barrier": "lift_gate", "foot": "no"}, True),
    ],
)
def test_a_barrier_nobody_may_pass_cuts_the_way(
    extract: Extract, tmp_path: Path, tags: dict[str, str], cut: bool
) -> None:
    barrier = extract.node(50, 0, **tags)
    extract.way((0, 0), barrier, (100, 0), highway="footway")
    extract.way(barrier, (50, 50), highway="footway")
    lines = load(extract, tmp_path).network.geometry
    ends = Counter(end for line in lines for end in (line.coords[0], line.coords[-1]))
    assert len(lines) == 3
    assert max(ends.values()) == (1 if cut else 3)
    apart = shapely.distance(lines[0], lines[1]) * 111_195
    assert apart == pytest.approx(1.0 if cut else 0.0, abs=0.2)


def test_a_barrier_on_a_compounds_boundary_is_its_gate_and_cuts_nothing(extract: Extract, tmp_path: Path) -> None:
    extract.box(0, 0, 100, 100, landuse="residential")
    gate = extract.node(100, 50, barrier="gate", access="private")
    extract.way((50, 50), gate, (150, 50), highway="service")
    layers = load(extract, tmp_path)
    assert [row["state"] for row in layers.gates.rows] == ["residents"]
    assert len(layers.network.geometry) == 1


def test_a_pedestrian_relation_gives_its_rings(extract: Extract, tmp_path: Path) -> None:
    outer, inner = extract.box(0, 0, 100, 100), extract.box(40, 40, 10, 10)
    extract.relation((outer, "outer"), (inner, "inner"), highway="pedestrian", area="yes")
    assert [line.is_ring for line in load(extract, tmp_path).network.geometry] == [True, True]


def test_tunnels_and_passages(extract: Extract, tmp_path: Path) -> None:
    extract.way((0, 0), (10, 0), highway="footway", tunnel="yes")
    extract.way((0, 9), (10, 9), highway="footway", tunnel="building_passage")
    assert [row["tunnel"] for row in load(extract, tmp_path).network.rows] == [1, 0]


def test_a_way_with_missing_nodes_keeps_what_is_there(extract: Extract, tmp_path: Path) -> None:
    a, b, c, d = (extract.node(x, 0) for x in (0, 10, 20, 30))
    way = extract.way(a, b, 999, c, d, 998, highway="service", name="断路")
    layers = load(extract, tmp_path)
    assert [len(line.coords) for line in layers.network.geometry] == [2, 2]
    assert [(each.row, each.value, each.code, each.params) for each in layers.problems] == [
        (0, f"osm:w{way}", "osm_way_incomplete", {"name": "断路"})
    ]


def test_a_relation_with_missing_members_is_told(extract: Extract, tmp_path: Path) -> None:
    way = extract.box(0, 0, 10, 10)
    compound = extract.relation((way, "outer"), (999, "outer"), landuse="residential", name="半个小区")
    border = extract.relation((999, "outer"), type="boundary", boundary="administrative")
    extract.relation((999, "outer"), natural="water")
    layers = load(extract, tmp_path)
    assert layers.compounds.rows == []
    assert [(each.value, each.code) for each in layers.problems] == [
        (f"osm:r{compound}", "osm_relation_incomplete"),
        (f"osm:r{border}", "osm_relation_incomplete"),
    ]


def test_an_area_that_crosses_itself_out_is_told(extract: Extract, tmp_path: Path) -> None:
    a, b, c, d = (extract.node(*at) for at in ((0, 0), (10, 10), (10, 0), (0, 10)))
    extract.way(a, b, c, d, a, building="house")
    extract.box(100, 0, 10, 10, building="house")
    layers = load(extract, tmp_path)
    assert len(layers.buildings.rows) + len(layers.problems) == 2


SITES = [
    ({"amenity": "kindergarten"}, "kindergarten"),
    ({"amenity": "school", "name": "实验小学"}, "primary_school"),
    ({"amenity": "school", "name": "第一中学"}, "middle_school"),
    ({"amenity": "school", "isced__level": "1"}, "primary_school"),
    ({"amenity": "school", "isced__level": "2;3"}, "middle_school"),
    ({"amenity": "hospital", "name": "学院街道社区卫生服务中心"}, "health_centre"),
    ({"amenity": "clinic", "name": "东门卫生服务站"}, "health_station"),
    ({"amenity": "clinic"}, "clinic"),
    ({"amenity": "pharmacy"}, "pharmacy"),
    ({"amenity": "social_facility", "social_facility": "nursing_home"}, "care_home"),
    ({"amenity": "social_facility", "name": "日间照料中心"}, "elder_day_care"),
    ({"office": "government", "name": "东门社区居委会"}, "community_station"),
    ({"amenity": "townhall", "name": "西陵街道办事处"}, "street_service_centre"),
    ({"amenity": "police", "name": "西陵派出所"}, "police_station"),
    ({"amenity": "police", "name": "东门警务室"}, "police_room"),
    ({"shop": "convenience"}, "convenience_store"),
    ({"shop": "supermarket"}, "market"),
    ({"highway": "bus_stop"}, "bus_stop"),
    ({"public_transport": "platform", "bus": "yes"}, "bus_stop"),
    ({"emergency": "assembly_point"}, "shelter"),
    ({"amenity": "library"}, "library"),
]


@pytest.mark.parametrize(("tags", "facility_type"), SITES)
def test_what_tags_stand_for(extract: Extract, tmp_path: Path, tags: dict[str, str], facility_type: str) -> None:
    extract.node(0, 0, **tags)
    assert [row["type"] for row in load(extract, tmp_path).sites.rows] == [facility_type]


@pytest.mark.parametrize(
    "tags",
    [
        {"amenity": "bench"},
        {"amenity": "shelter", "shelter_type": "public_transport"},
        {"leisure": "park"},
        {"office": "government", "name": "税务局"},
        {"public_transport": "platform", "train": "yes"},
    ],
)
def test_what_is_no_site(extract: Extract, tmp_path: Path, tags: dict[str, str]) -> None:
    extract.node(0, 0, **tags)
    assert load(extract, tmp_path).sites.rows == []


@pytest.mark.parametrize(
    ("key", "side", "facility_type"),
    [
        ("park", 80, "park_large"),
        ("park", 60, "park_small"),
        ("park", 30, None),
        ("pitch", 60, "sports_large"),
        ("pitch", 40, "sports_medium"),
        ("pitch", 20, "sports_small"),
    ],
)
def test_size_tells_parks_and_grounds(
    extract: Extract, tmp_path: Path, key: str, side: float, facility_type: str | None
) -> None:
    extract.box(0, 0, side, side, leisure=key)
    sheet = load(extract, tmp_path).sites
    assert [row["type"] for row in sheet.rows] == ([facility_type] if facility_type else [])
    assert all(each.geom_type == "Polygon" for each in sheet.geometry)


def test_a_nine_year_school_is_two_service_points_of_one_site(extract: Extract, tmp_path: Path) -> None:
    extract.node(0, 0, amenity="school", name="东门九年一贯制学校")
    rows = load(extract, tmp_path).sites.rows
    assert [(row["site"], row["code"], row["type"]) for row in rows] == [
        ("osm:n1", "osm:n1", "primary_school"),
        ("osm:n1", "osm:n1#middle_school", "middle_school"),
    ]


def test_a_school_of_no_level_is_unclear(extract: Extract, tmp_path: Path) -> None:
    extract.node(0, 0, amenity="school", name="培训学校")
    layers = load(extract, tmp_path)
    assert layers.sites.rows == []
    assert [(each.value, each.field, each.code) for each in layers.problems] == [("osm:n1", "type", "osm_type_unclear")]


def test_a_site_in_a_building_is_a_point_and_on_open_ground_an_area(extract: Extract, tmp_path: Path) -> None:
    tags = {"addr__street": "学院街", "addr__housenumber": "8", "opening_hours": "24/7", "name": "市图书馆"}
    extract.box(0, 0, 20, 20, building="public", amenity="library", **tags)
    extract.box(100, 0, 90, 90, leisure="park")
    sheet = load(extract, tmp_path).sites
    assert [each.geom_type for each in sheet.geometry] == ["Point", "Polygon"]
    assert sheet.rows[0] == {
        "site": "osm:w1", "site_name": "市图书馆", "code": "osm:w1", "name": "市图书馆", "type": "library",
        "hours": "24/7", "status": "open", "verified": 0, "source": "OpenStreetMap", "address": "学院街 8",
    }  # fmt: skip


def test_homes_and_their_floor_area(extract: Extract, tmp_path: Path) -> None:
    extract.box(0, 0, 20, 10, building="apartments", building__levels="6", name="1号楼")
    extract.box(100, 0, 20, 10, building="yes")
    extract.box(200, 0, 20, 10, building="yes", amenity="school")
    extract.box(300, 0, 20, 10, building="commercial")
    extract.box(400, 0, 20, 10, building="house", building__levels="many")
    outer, inner = extract.box(500, 0, 40, 40), extract.box(510, 10, 20, 20)
    ring = extract.relation((outer, "outer"), (inner, "inner"), building="residential", building__levels="2")
    rows = by_code(load(extract, tmp_path).buildings)
    assert list(rows) == ["osm:w1", "osm:w2", "osm:w5", f"osm:r{ring}"]
    assert rows["osm:w1"]["floor_area"] == pytest.approx(1200, rel=0.01)
    assert rows["osm:w1"]["name"] == "1号楼"
    assert rows["osm:w2"]["floor_area"] is None
    assert rows["osm:w5"]["floor_area"] is None
    assert rows[f"osm:r{ring}"]["floor_area"] == pytest.approx(2400, rel=0.01)
    assert "people" not in rows["osm:w1"]


def test_what_makes_a_compound_walled(extract: Extract, tmp_path: Path) -> None:
    by_tag = extract.box(0, 0, 100, 100, landuse="residential", barrier="fence")
    by_wall = extract.box(200, 0, 100, 100, landuse="residential")
    extract.way((198, -2), (302, -2), (302, 50), barrier="wall")
    by_gate = extract.box(400, 0, 100, 100, landuse="residential")
    extract.node(400, 50, barrier="gate")
    by_name = extract.box(600, 0, 100, 100, landuse="residential", name="水利局家属院")
    short = extract.box(800, 0, 100, 100, landuse="residential")
    extract.way((800, 0), (820, 0), barrier="wall")
    door = extract.box(1000, 0, 100, 100, landuse="residential")
    extract.node(1000, 50, entrance="yes")
    kinds = {code: row["kind"] for code, row in by_code(load(extract, tmp_path).compounds).items()}
    walled = {f"osm:w{each}" for each in (by_tag, by_wall, by_gate, by_name)}
    assert {code for code, kind in kinds.items() if kind == "walled"} == walled
    assert {f"osm:w{short}", f"osm:w{door}"} <= set(kinds)


@pytest.mark.parametrize(
    ("tags", "state"),
    [
        ({}, "open"),
        ({"access": "private"}, "residents"),
        ({"access": "residents"}, "residents"),
        ({"access": "private", "foot": "yes"}, "open"),
        ({"access": "no"}, "closed"),
        ({"locked": "yes"}, "closed"),
    ],
)
def test_who_may_pass_a_gate(extract: Extract, tmp_path: Path, tags: dict[str, str], state: str) -> None:
    compound = extract.box(0, 0, 100, 100, landuse="residential")
    extract.node(-3, 50, barrier="gate", name="西门", opening_hours="06:00-22:00", **tags)
    sheet = load(extract, tmp_path).gates
    assert [(row["compound"], row["state"], row["name"], row["hours"]) for row in sheet.rows] == [
        (f"osm:w{compound}", state, "西门", "06:00-22:00")
    ]
    assert sheet.geometry[0].geom_type == "Point"


def test_gates_belong_to_the_nearest_boundary_within_reach(extract: Extract, tmp_path: Path) -> None:
    west = extract.box(0, 0, 100, 100, landuse="residential")
    east = extract.box(104, 0, 100, 100, landuse="residential")
    extract.node(101, 50, barrier="gate")
    extract.node(103, 60, barrier="lift_gate")
    extract.node(50, 50, barrier="gate")  # well inside
    extract.node(-6, 50, barrier="gate")  # too far outside
    extract.node(0, 70, barrier="bollard")
    rows = load(extract, tmp_path).gates.rows
    assert [row["compound"] for row in rows] == [f"osm:w{west}", f"osm:w{east}"]


def test_every_type_the_rules_name_is_in_the_catalogue() -> None:
    named = {rule.type for rule in osm_tags().sites} - {None}
    assert named <= {each.id for each in catalogue().types}


def test_every_layer_uses_the_fields_of_its_import(extract: Extract, tmp_path: Path) -> None:
    layers = load(extract, tmp_path)
    kinds = {"sites": layers.sites, "units": layers.buildings, "gates": layers.gates}
    for kind, sheet in kinds.items():
        assert set(sheet.columns) <= set(fields(kind))
    assert set(layers.compounds.columns) <= set(fields("units"))
    assert set(fields("network")) - {"network"} <= set(layers.network.columns)  # an extract is named after its file


def test_an_extract_with_nothing_in_it_is_empty_layers(extract: Extract, tmp_path: Path) -> None:
    layers = load(extract, tmp_path)
    assert [len(each.rows) for each in (layers.network, layers.sites, layers.buildings, layers.compounds)] == [0] * 4
    assert (layers.gates.rows, layers.problems) == ([], [])


def test_a_packed_extract_whatever_its_name(extract: Extract, tmp_path: Path) -> None:
    extract.way((0, 0), (10, 0), highway="path")
    data = extract.write(tmp_path / "a.osm").read_bytes()
    for name in ("a.osm.gz", "a.data"):
        assert len(read_osm(put(tmp_path, name, gzip.compress(data, mtime=0))).network.rows) == 1


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.osm", b"", "file_empty"),
        ("a.osm", b"hello", "file_kind_unknown"),
        ("a.pbf", b"hello", "file_kind_unknown"),
        ("a.osm", b"<kml></kml>", "file_kind_unknown"),
        ("a.osm", b"<osm version='0.6'><node id='1' ", "file_truncated"),
        ("a.osm", b"<osm version='0.6'><node id='x'/></osm>", "file_unreadable"),
        ("a.osm.gz", gzip.compress(b"<osm version='0.6'></osm>" * 50, mtime=0)[:-12], "file_truncated"),
        ("a.osm.gz", gzip.compress(b"hello", mtime=0), "file_kind_unknown"),
        ("a.pbf", b"\x00\x00\x00\x0d\x0a\x09OSMHeader\x18\x7f", "file_truncated"),
    ],
)
def test_a_bad_extract_is_refused(tmp_path: Path, name: str, content: bytes, code: str) -> None:
    file = put(tmp_path, name, content)
    with pytest.raises(InputError) as refused:
        read_osm(file)
    assert (refused.value.code, refused.value.params["path"]) == (code, str(file))


def test_no_extract_at_all(tmp_path: Path) -> None:
    for path, code in ((tmp_path / "none.osm", "file_missing"), (tmp_path, "file_kind_unknown")):
        with pytest.raises(InputError) as refused:
            read_osm(path)
        assert refused.value.code == code

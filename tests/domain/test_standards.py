"""Facility types and rule packs: what a good one gives, and what each bad one is told."""

import copy
from typing import Any

import pytest

from gridgov.domain.standards import AGE_BANDS, Catalogue, RulePack, catalogue, merge, rule_pack
from gridgov.errors import InputError, NotFoundError

CATALOGUE = {
    "scenarios": [{"id": "learning", "zh": "全民学习", "en": "Learning"}],
    "departments": [{"id": "education", "code": "D01", "zh": "教育局", "en": "Education"}],
    "types": [
        {"id": "middle_school", "zh": "初中", "en": "Middle school", "scenario": "learning", "icon": "school"},
        {"id": "primary_school", "zh": "小学", "en": "Primary school", "scenario": "learning", "icon": "school"},
    ],
}
PRIMARY = {"type": "primary_school", "tier": "10", "required": True, "radius": 500, "verified": True, "source": "GB"}


@pytest.fixture
def known() -> Catalogue:
    return catalogue(CATALOGUE)


def document(*rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": "p", "zh": "包", "en": "pack", "version": "1", "rows": list(rows)} | more


@pytest.fixture
def national(known: Catalogue) -> RulePack:
    return rule_pack(document(PRIMARY), known)


def test_a_row_is_read_whole(known: Catalogue) -> None:
    told = PRIMARY | {
        "serves": ["80", "6_11"],
        "department": "education",
        "measure": "straight",
        "needs_verified": True,
    }
    row = rule_pack(document(told), known).row("primary_school")
    assert row is not None
    assert (row.radius, row.tier, row.measure, row.scenario) == (500.0, "10", "straight", "learning")
    assert [AGE_BANDS[each] for each in row.serves] == ["6_11", "80"]
    assert row.decided


def test_the_pack_answers_which_department_leads(known: Catalogue) -> None:
    own = {"id": "schools", "code": "K7", "zh": "校管办", "en": "School Office"}
    pack = rule_pack(document(PRIMARY | {"department": "schools"}, departments=[own]), known)
    assert pack.department("primary_school").zh == "校管办"
    assert pack.department("middle_school") is None


@pytest.mark.parametrize(("verified", "grade"), [(True, "standard"), (False, "reference")])
def test_only_a_verified_row_prints_as_the_standard(known: Catalogue, verified: bool, grade: str) -> None:
    pack = rule_pack(document(PRIMARY | {"verified": verified}), known)
    assert pack.rows[0].printed_grade == grade


def test_verified_is_false_unless_said(known: Catalogue) -> None:
    row = {"type": "primary_school", "tier": "10", "required": False}
    assert rule_pack(document(row), known).rows[0].printed_grade == "reference"


def test_a_row_with_neither_radius_nor_jurisdiction_is_not_decided(known: Catalogue) -> None:
    bare = {"type": "primary_school", "tier": "10", "required": True}
    by_street = bare | {"basis": "jurisdiction", "jurisdiction": "street"}
    assert not rule_pack(document(bare), known).rows[0].decided
    assert rule_pack(document(by_street), known).rows[0].decided


def test_a_local_row_changes_what_it_says_and_no_more(known: Catalogue, national: RulePack) -> None:
    local = merge(document({"type": "primary_school", "department": "education"}), national, known)
    assert local.rows[0].radius == 500
    assert local.rows[0].department == "education"
    assert local.rows[0].verified


@pytest.mark.parametrize("change", [{"radius": 800}, {"tier": "15"}, {"required": False}, {"serves": ["6_11"]}])
def test_what_a_local_row_changes_was_not_read_in_the_standard(
    known: Catalogue, national: RulePack, change: dict[str, object]
) -> None:
    local = merge(document({"type": "primary_school"} | change), national, known)
    assert not local.rows[0].verified
    told = merge(document({"type": "primary_school", "verified": True} | change), national, known)
    assert told.rows[0].verified


def test_the_same_value_again_is_no_change(known: Catalogue, national: RulePack) -> None:
    assert merge(document({"type": "primary_school", "radius": 500}), national, known).rows[0].verified


def test_a_local_pack_adds_types_in_the_catalogues_order(known: Catalogue, national: RulePack) -> None:
    added = {"type": "middle_school", "tier": "15", "required": False}
    assert [row.type for row in merge(document(added), national, known).rows] == ["middle_school", "primary_school"]


BAD_ROWS = [
    ({"tier": "20"}, "pack_value_unknown", "tier"),
    ({"tier": 10}, "pack_value_unknown", "tier"),
    ({"required": "yes"}, "pack_value_type", "required"),
    ({"radius": "500"}, "pack_value_type", "radius"),
    ({"radius": True}, "pack_value_type", "radius"),
    ({"radius": 0}, "pack_value_range", "radius"),
    ({"radius": float("inf")}, "pack_value_range", "radius"),
    ({"radius": float("nan")}, "pack_value_range", "radius"),
    ({"basis": "reach", "jurisdiction": "street"}, "pack_fields_contradict", "jurisdiction"),
    ({"basis": "jurisdiction"}, "pack_field_missing", "jurisdiction"),
    ({"basis": "jurisdiction", "jurisdiction": "city"}, "pack_value_unknown", "jurisdiction"),
    ({"measure": "bus"}, "pack_value_unknown", "measure"),
    ({"serves": ["6_12"]}, "pack_value_unknown", "serves"),
    ({"serves": "6_11"}, "pack_value_type", "serves"),
    ({"capacity_rule": "seats"}, "pack_value_unknown", "capacity_rule"),
    ({"scenario": "sea"}, "pack_value_unknown", "scenario"),
    ({"department": "navy"}, "pack_value_unknown", "department"),
    ({"department": 3}, "pack_value_type", "department"),
    ({"clause": ""}, "pack_field_missing", "clause"),
    ({"raduis": 500}, "pack_field_unknown", "raduis"),
    ({"type": "submarine"}, "pack_value_unknown", "type"),
]


@pytest.mark.parametrize(("change", "code", "field"), BAD_ROWS)
def test_a_bad_row_is_named(known: Catalogue, change: dict[str, object], code: str, field: str) -> None:
    row = PRIMARY | change
    with pytest.raises(InputError) as refused:
        rule_pack(document(row), known)
    assert refused.value.code == code
    assert refused.value.params["pack"] == "p"
    assert refused.value.params["row"] == row["type"]
    assert refused.value.params["field"] == field
    if code.startswith("pack_value"):
        assert repr(refused.value.params["value"]) in {repr(change[field]), *(repr(each) for each in ("6_12",))}


@pytest.mark.parametrize("field", ["tier", "required"])
def test_a_row_needs_its_tier_and_its_flag(known: Catalogue, field: str) -> None:
    row = {name: value for name, value in PRIMARY.items() if name != field}
    with pytest.raises(InputError, match="pack_field_missing"):
        rule_pack(document(row), known)


@pytest.mark.parametrize(
    ("told", "code"),
    [
        (document(PRIMARY, PRIMARY), "pack_row_twice"),
        (document() | {"rows": {}}, "pack_value_type"),
        (document() | {"rows": ["primary_school"]}, "pack_value_type"),
        (document({"tier": "10"}), "pack_field_missing"),
        (document(PRIMARY) | {"version": 2}, "pack_value_type"),
        (document(PRIMARY) | {"extends": 2}, "pack_value_type"),
        ({"rows": [PRIMARY]}, "pack_field_missing"),
        (document(PRIMARY, departments=[{"id": "x"}]), "pack_field_missing"),
    ],
)
def test_a_bad_pack_is_refused(known: Catalogue, told: dict[str, object], code: str) -> None:
    with pytest.raises(InputError) as refused:
        rule_pack(told, known)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        (("types", 0, "scenario"), "sea", "pack_value_unknown"),
        (("types", 0, "icon"), 3, "pack_value_type"),
        (("types", 1, "id"), "middle_school", "pack_row_twice"),
        (("types", 0), "middle_school", "pack_value_type"),
        (("types",), None, "pack_value_type"),
        (("scenarios", 0, "colour"), "red", "pack_field_unknown"),
    ],
)
def test_a_bad_catalogue_is_refused(path: tuple[Any, ...], value: object, code: str) -> None:
    told: Any = copy.deepcopy(CATALOGUE)
    at = told
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    with pytest.raises(InputError) as refused:
        catalogue(told)
    assert refused.value.code == code


def test_the_catalogue_finds_by_id(known: Catalogue) -> None:
    assert known.type("primary_school").zh == "小学"
    assert known.scenario("learning").zh == "全民学习"
    assert known.department("education").code == "D01"
    for find, code in ((known.type, "type_unknown"), (known.scenario, "scenario_unknown")):
        with pytest.raises(NotFoundError) as missing:
            find("submarine")
        assert missing.value.code == code

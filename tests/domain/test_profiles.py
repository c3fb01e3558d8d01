"""Level profiles: what a document must say, and how one is laid over another."""

from typing import Any

import pytest

from gridgov.domain.profiles import lay_over, level_profile
from gridgov.errors import InputError
from gridgov.sources.profiles import profile, profiles


def ladder(**changes: Any) -> dict[str, Any]:
    return {
        "id": "village",
        "zh": "村",
        "en": "Village",
        "grid_level": "community",
        "levels": [
            {"id": "community", "zh": "片区", "en": "Area"},
            {"id": "building", "zh": "院落", "en": "Courtyard"},
        ],
        "kinds": [{"id": "hamlet", "level": "community", "zh": "自然村", "en": "Hamlet", "words": ["村湾"]}],
        "tiers": [{"tier": 3, "level": "building", "exclusive": "lead", "roles": ["lead"], "due": False}],
        "roles": [{"id": "yard_head", "level": "building", "zh": "院长", "en": "Yard head"}],
    } | changes


def tier(**changes: Any) -> list[dict[str, Any]]:
    return [{"tier": 3, "level": "building", "exclusive": "lead", "roles": ["lead", "leading"]} | changes]


def test_the_yichang_profile_is_the_five_levels_and_three_tiers() -> None:
    yichang = profile("yichang")
    assert [level.id for level in yichang.levels] == ["street", "community", "compound", "building", "household"]
    assert [(tier.tier, tier.level, tier.exclusive) for tier in yichang.tiers] == [
        (1, "street", "leader"),
        (2, "community", "first_secretary"),
        (3, "compound", "lead"),
    ]
    assert yichang.tier(2).single == ("leading",)
    assert yichang.grid_level == "community"
    assert {role.level for role in yichang.roles} <= {level.id for level in yichang.levels}


def test_every_shipped_profile_reads_and_is_named_as_its_file() -> None:
    assert {"yichang", "three-levels", "yichang-villages"} <= set(profiles())
    assert [profile(name).id for name in profiles()] == profiles()


def test_the_villages_take_all_but_their_own_rows_from_the_five() -> None:
    five, villages = profile("yichang"), profile("yichang-villages")
    assert villages.levels == five.levels
    assert villages.tiers[:2] == five.tiers[:2]
    assert villages.tier(3).not_due_kinds == ("village",)
    assert villages.tier(3).roles == five.tier(3).roles
    assert villages.roles[: len(five.roles)] == five.roles
    assert villages.kind("community", "行政村") == villages.kind("community", "VILLAGE") == "village"
    assert villages.kind("community", "沙漠") is None
    assert villages.kind("building", "塔楼") == "塔楼"


def test_a_ladder_of_two_levels() -> None:
    village = level_profile(ladder())
    assert [village.rank(level.id) for level in village.levels] == [0, 1]
    assert village.tier(3).due is False
    assert village.tier(3).single == village.tier(3).not_due_kinds == ()
    assert not village.has("compound")
    assert village.kind("community", "村湾") == "hamlet"


@pytest.mark.parametrize(
    ("changes", "code", "field", "value"),
    [
        ({"id": "Our City"}, "profile_value_type", "id", "Our City"),
        ({"zh": ""}, "profile_value_type", "zh", ""),
        ({"grid_level": "street"}, "profile_value_unknown", "grid_level", "street"),
        ({"levels": []}, "profile_field_missing", "levels", None),
        ({"levels": "five"}, "profile_value_type", "levels", "five"),
        ({"levels": [7]}, "profile_value_type", "levels", [7]),
        ({"levels": [{"id": "planet", "zh": "星", "en": "Planet"}]}, "profile_value_unknown", "id", "planet"),
        ({"levels": ladder()["levels"][::-1]}, "profile_levels_order", "id", "building, community"),
        ({"levels": [*ladder()["levels"], ladder()["levels"][0]]}, "profile_row_twice", "id", "community"),
        ({"levels": [{"id": "community", "zh": "社", "en": "C", "code_digits": "12"}]}, "profile_value_type",
         "code_digits", "12"),
        ({"levels": [{"id": "community", "zh": "社"}]}, "profile_field_missing", "en", None),
        ({"colour": "red"}, "profile_field_unknown", "colour", None),
        ({"tiers": tier(colour="red")}, "profile_field_unknown", "colour", None),
        ({"tiers": tier(tier=4)}, "profile_value_type", "tier", 4),
        ({"tiers": tier(tier=[])}, "profile_value_type", "tier", []),
        ({"tiers": tier() * 2}, "profile_row_twice", "tier", 3),
        ({"tiers": tier(level="compound")}, "profile_value_unknown", "level", "compound"),
        ({"tiers": tier(level="household")}, "profile_value_unknown", "level", "household"),
        ({"tiers": tier(roles="lead")}, "profile_value_type", "roles", "lead"),
        ({"tiers": tier(roles=["king"])}, "profile_value_unknown", "roles", "king"),
        ({"tiers": tier(exclusive="leading")}, "profile_value_unknown", "exclusive", "leading"),
        ({"tiers": tier(single=["member"])}, "profile_value_unknown", "single", "member"),
        ({"tiers": tier(due="no")}, "profile_value_type", "due", "no"),
        ({"tiers": tier(not_due_kinds=["village"])}, "profile_value_unknown", "not_due_kinds", "village"),
        ({"kinds": [{"id": "x", "level": "street", "zh": "x", "en": "x"}]}, "profile_value_unknown", "level", "street"),
        ({"roles": [{"id": "a", "level": "street", "zh": "x", "en": "x"}]}, "profile_value_unknown", "level", "street"),
        ({"roles": [{"id": "a", "level": "building", "zh": "x", "en": "x", "single": 1}]}, "profile_value_type",
         "single", 1),
    ],
)  # fmt: skip
def test_a_bad_profile_is_refused_by_profile_row_field_and_value(
    changes: dict[str, Any], code: str, field: str, value: object
) -> None:
    with pytest.raises(InputError) as refused:
        level_profile(ladder(**changes))
    told = refused.value.params
    assert (refused.value.code, told["field"], told.get("value")) == (code, field, value)
    assert told["profile"] == str(changes.get("id", "village"))
    assert told["row"]


@pytest.mark.parametrize("key", ["id", "zh", "en", "grid_level", "levels"])
def test_a_profile_without_a_key_is_refused(key: str) -> None:
    with pytest.raises(InputError, match="profile_field_missing") as refused:
        level_profile({name: value for name, value in ladder().items() if name != key})
    assert refused.value.params["field"] == key


def test_a_citys_own_rows_change_or_add_and_the_rest_stays() -> None:
    own = {"id": "ours", "extends": "village", "tiers": [{"tier": 3, "due": True}],
           "roles": [{"id": "team", "level": "building", "zh": "两队", "en": "Teams"}]}  # fmt: skip
    ours = level_profile(lay_over(own, ladder()))
    assert (ours.id, ours.zh, ours.extends) == ("ours", "村", "village")
    assert ours.tier(3).due
    assert ours.tier(3).exclusive == "lead"
    assert [role.id for role in ours.roles] == ["yard_head", "team"]


def test_what_is_no_list_is_not_laid_over_but_refused() -> None:
    for roles in ("none", [7], [{"id": ["a"]}]):
        with pytest.raises(InputError, match="profile_"):
            level_profile(lay_over({"roles": roles}, ladder()))


def test_unknown_names_say_what_is_known() -> None:
    village = level_profile(ladder())
    with pytest.raises(InputError) as refused:
        village.level("compound")
    assert refused.value.params == {"value": "compound", "known": "community, building"}
    with pytest.raises(InputError, match="tier_unknown"):
        village.tier(2)
    with pytest.raises(InputError) as unknown:
        profile("atlantis")
    assert "yichang" in str(unknown.value.params["known"])
    with pytest.raises(InputError, match="profile_extends_itself"):
        profile("a", {"a": {"extends": "b"}, "b": {"extends": "a"}})

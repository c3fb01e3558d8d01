"""Cells into values: what people type, and what can't be read."""

from datetime import UTC, date, datetime

import pytest

from gridgov.domain.fields import KINDS, compound_kind, field_names, read_row
from gridgov.domain.intake import Problem
from gridgov.sources.headers import fields


def value(row: str, field: str, cell: object, **more: object) -> object:
    told = {
        "code": "A",
        "unit": "U",
        "role": "lead",
        "holder": "H",
        "state": "open",
        "name": "N",
        "kind": None,
        **more,
        field: cell,
    }
    values, problems = read_row(row, told, 1)
    assert problems == []
    return values[field]


def problem(kind: str, told: dict[str, object]) -> Problem:
    _, problems = read_row(kind, told, 7)
    assert len(problems) == 1
    assert problems[0].row == 7
    return problems[0]


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("１２３", 123.0), ("1,234.5", 1234.5), (12, 12.0), (12.0, 12.0), (" 7 ", 7.0), ("３．５", 3.5), ("0", 0.0),
        ("1,234人", 1234.0), ("１，２３４　人", 1234.0), ("12.5万", 125_000.0), ("1.23万人", 12_300.0),
        ("300口", 300.0), ("1 234", 1234.0), ("1.2E+3", 1200.0), (".5", 0.5),
    ],
)  # fmt: skip
def test_numbers_in_full_and_half_width(cell: object, number: float) -> None:
    assert value("units", "people", cell) == number


@pytest.mark.parametrize(
    "cell",
    [
        "2024年3月1日", "2024-03-01", "2024/3/1", "2024.3.1", "20240301", "２０２４年３月１日", "2024-03-01 08:00:00",
        date(2024, 3, 1), datetime(2024, 3, 1, 8, tzinfo=UTC), 20240301, "2024 年 3 月 1 日", "二〇二四年三月一日",
        "二零二四年三月一号", "2024年3月", "2024-03", "二〇二四年三月", 45352, 45352.0, "45352", "45352.33",
    ],
)  # fmt: skip
def test_dates_as_people_write_them(cell: object) -> None:
    assert value("units", "valid_from", cell) == date(2024, 3, 1)


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("长期", None), ("至今", None), ("2026年3月", date(2026, 4, 1)), ("2026-12", date(2027, 1, 1)),
        ("二〇二六年十二月三十一日", date(2026, 12, 31)), ("2026年二十月", None), ("二〇二六年廿月", None), (61, None),
        (36526, date(2000, 1, 1)), (46112, date(2026, 3, 31)),
    ],
)  # fmt: skip
def test_ends_as_people_write_them(cell: object, day: date | None) -> None:
    if cell in {"2026年二十月", "二〇二六年廿月", 61}:
        assert problem("units", {"code": "A", "valid_to": cell}).code == "value_unreadable"
    else:
        assert value("units", "valid_to", cell) == day


@pytest.mark.parametrize(
    "cell",
    ["2024-13-01", "2024-02-30", "去年", "1-3-2024", "24-03-01", "2024", "2024.1", "202403", "长期", "2024年初", "1.5"],
)
def test_what_is_no_date_is_told(cell: str) -> None:
    found = problem("units", {"code": "A", "valid_from": cell})
    assert (found.field, found.value, found.code) == ("valid_from", cell, "value_unreadable")


@pytest.mark.parametrize(
    "cell",
    [
        "-3", "nan", "inf", "约300", "1e400", "300余人", "300左右", "30%", "1,2", "12,34", "5户", "100-200", ">300",
        "1_0", "三百", "12.5万㎡", "人",
    ],
)  # fmt: skip
def test_what_is_no_count_is_told(cell: str) -> None:
    found = problem("units", {"code": "A", "people": cell})
    assert (found.field, found.code) == ("people", "value_unreadable")


def test_a_tier_is_a_whole_number() -> None:
    assert value("contacts", "tier", "３", unit="U") == 3
    assert problem("contacts", {"tier": "2.5", "unit": "U", "role": "r", "holder": "h"}).code == "value_unreadable"


@pytest.mark.parametrize(
    ("kind", "field", "cell", "meant"),
    [
        ("units", "management", "Property_Company", "property_company"),
        ("units", "management", "物业公司", "property_company"),
        ("gates", "state", "仅居民", "residents"),
        ("sites", "status", "在建", "under_construction"),
        ("branches", "formation", "联合", "joint"),
        ("partners", "kind", "业委会", "owners_committee"),
        ("grids", "kind", "专属网格", "special"),
    ],
)
def test_choices_in_chinese_and_english(kind: str, field: str, cell: str, meant: str) -> None:
    assert value(kind, field, cell, type="library", community="X", compounds="C") == meant


@pytest.mark.parametrize(
    ("word", "meant"),
    [("封闭小区", "walled"), ("walled", "walled"), ("Walled", "walled"), ("单位大院", "work_unit"), ("六边形", None)],
)
def test_kinds_of_compounds(word: str, meant: str | None) -> None:
    assert compound_kind(word) == meant


def test_an_unknown_choice_names_the_known_ones() -> None:
    found = problem("gates", {"state": "半开"})
    assert (found.field, found.value, found.code) == ("state", "半开", "choice_unknown")
    assert found.params["known"] == "open, residents, closed"


def test_a_missing_field_is_a_problem_and_an_empty_cell_is_none() -> None:
    found = problem("units", {"name": "无名"})
    assert (found.field, found.value, found.code) == ("code", None, "field_missing")
    assert problem("units", {"code": "  "}).code == "field_missing"
    values, problems = read_row("units", {"code": "A", "people": "", "name": float("nan")}, 1)
    assert problems == []
    assert values == {"code": "A", "people": None, "name": None}
    assert "households" not in values


def test_every_problem_of_a_row_is_told_at_once() -> None:
    _, problems = read_row("contacts", {"tier": "x", "valid_to": "morgen"}, 3)
    assert [(found.field, found.code) for found in problems] == [
        ("tier", "value_unreadable"),
        ("unit", "field_missing"),
        ("role", "field_missing"),
        ("holder", "field_missing"),
        ("valid_to", "value_unreadable"),
    ]


def test_codes_stay_text() -> None:
    assert value("units", "code", 420503001002.0) == "420503001002"
    assert value("units", "code", "007") == "007"
    assert value("units", "code", "Ａ－１") == "A-1"


@pytest.mark.parametrize(
    "cell",
    [420503001002, 420503001002.0, "420503001002.0", "'420503001002", "’420503001002", "420503 001 002",
     "\ufeff420503001002", "４２０５０３００１００２", "420503001\u3000002 "],
)  # fmt: skip
def test_a_code_is_one_however_a_spreadsheet_left_it(cell: object) -> None:
    assert value("units", "code", cell) == "420503001002"


@pytest.mark.parametrize("cell", ["4.20503E+11", "4.20503e11", 420503001002001000.0])
def test_a_code_that_lost_its_digits_is_told(cell: object) -> None:
    assert problem("units", {"code": cell}).code == "code_rounded"


@pytest.mark.parametrize(
    ("cell", "meant"),
    [
        ("42O502001", "420502001"), ("420502l", None), ("42050200l", "420502001"), ("42O502", "420502"),
        ("420503OO1001A1", "420503001001A1"), ("4205030010OI", "420503001001"), ("４２０５０２００ｌ", "420502001"),
        ("420503001001O1", None), ("420503001I1", None), ("I123456", None), ("way/1O1", None), ("D01", None),
    ],
)  # fmt: skip
def test_letters_for_digits_are_told_in_statistics_codes_alone(cell: str, meant: str | None) -> None:
    if meant is None:
        assert value("units", "code", cell) == cell
    else:
        found = problem("units", {"code": cell})
        assert (found.code, found.value, found.params) == ("code_letters", cell, {"meant": meant})


@pytest.mark.parametrize(
    ("kind", "field", "cell", "meant"),
    [
        ("units", "floor_area", "12.5万㎡", 125_000.0), ("units", "floor_area", "980平方米", 980.0),
        ("units", "households", "52户", 52.0), ("units", "year", "2025年", 2025), ("sites", "capacity", "60张", 60.0),
        ("contacts", "tier", "3级", 3), ("sites", "planned_year", "２０２７年度", 2027),
    ],
)  # fmt: skip
def test_a_number_may_have_its_own_unit(kind: str, field: str, cell: str, meant: object) -> None:
    assert value(kind, field, cell, type="library") == meant


@pytest.mark.parametrize(("cell", "meant"), [("是", True), ("1", True), (True, True), ("否", False), (0, False)])
def test_flags(cell: object, meant: bool) -> None:
    assert value("network", "bridge", cell) is meant


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_field_can_be_told_by_a_header(kind: str) -> None:
    assert set(field_names(kind)) == set(fields(kind))

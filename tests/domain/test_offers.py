"""What partner bodies share and pledge: read as people write it, told again, and where a pledge stands on a day."""

from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gridgov.domain.fields import read_row
from gridgov.domain.offers import (
    DUE_SOON_DAYS,
    pledge_state,
    pressing,
    read_pledges,
    read_resources,
    write_pledges,
    write_resources,
)

DUE, KEPT = "2026-12-31", "2026-11-20"
DAY = date(2026, 11, 1)
WORDS = st.sampled_from(
    ["义诊", "每周", "（2026年12月31日前）", "（2026年11月20日已兑现）", "(已兑现)", " by 2026-12-31",
     "kept 2026-11-20", "|", "｜", " | 2026-12-31", "；", "\n", "place: ", "技能：", ":", "，", " ",
     "２０２６－１２－３１", "2026-02-30", "活动室"]
)  # fmt: skip
CELLS = st.lists(st.one_of(WORDS, st.text(max_size=6)), max_size=6).map("".join)
TEXTS = st.text(st.characters(exclude_characters=";；|｜\r\n")).map(lambda text: f"诺{text}".strip())
DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1)).map(date.isoformat)


def pledge(text: str, due: str | None = None, kept: str | None = None) -> dict[str, str | None]:
    return {"text": text, "due": due, "kept": kept}


@pytest.mark.parametrize(
    ("cell", "meant"),
    [
        ("每季度义诊", pledge("每季度义诊")),
        ("每季度义诊 | 2026-12-31", pledge("每季度义诊", DUE)),
        ("每季度义诊｜2026年12月31日｜2026年11月20日", pledge("每季度义诊", DUE, KEPT)),
        ("每季度义诊|20261231|2026/11/20", pledge("每季度义诊", DUE, KEPT)),
        ("每季度义诊 | ２０２６．１２．３１", pledge("每季度义诊", DUE)),
        ("每季度义诊 | 2026-12-31 00:00:00", pledge("每季度义诊", DUE)),
        ("每季度义诊 | | 2026-11-20", pledge("每季度义诊", None, KEPT)),
        ("每季度义诊 |", pledge("每季度义诊")),
        ("每季度义诊（2026年12月31日前）", pledge("每季度义诊", DUE)),
        ("每季度义诊（2026年12月31日前完成）", pledge("每季度义诊", DUE)),
        ("每季度义诊(截至2026-12-31)", pledge("每季度义诊", DUE)),
        ("每季度义诊，2026年12月31日前", pledge("每季度义诊", DUE)),
        ("A clinic every quarter by 2026-12-31", pledge("A clinic every quarter", DUE)),
        ("A clinic (by 2026-12-31)", pledge("A clinic", DUE)),
        ("A clinic by 2026-12-31, kept 2026-11-20", pledge("A clinic", DUE, KEPT)),
        ("每季度义诊（2026年12月31日前）（2026年11月20日已兑现）", pledge("每季度义诊", DUE, KEPT)),
        ("每季度义诊（已兑现 2026-11-20）", pledge("每季度义诊", None, KEPT)),
        ("每季度义诊 | 2026-12-31 | 已兑现 2026-11-20", pledge("每季度义诊", DUE, KEPT)),
        ("每季度义诊 | kept 2026-11-20", pledge("每季度义诊", None, KEPT)),
        ("每季度义诊（2026年11月20日已兑现） | 2026-12-31", pledge("每季度义诊", DUE, KEPT)),
        ("（第一期）义诊", pledge("（第一期）义诊")),
        ("自2026-12-31起义诊", pledge("自2026-12-31起义诊")),
    ],
)
def test_a_pledge_as_people_write_it(cell: str, meant: dict[str, str | None]) -> None:
    assert read_pledges(cell) == [meant]


def test_several_stand_apart_by_lines_or_semicolons() -> None:
    assert read_pledges("义诊 | 2026-12-31；停车位\n\n绿地;") == [pledge("义诊", DUE), pledge("停车位"), pledge("绿地")]
    assert read_pledges("") == read_resources(" ； ") == []


@pytest.mark.parametrize(
    "cell",
    [
        "义诊 | 年底",
        "义诊 | 2026-02-30",
        "义诊（2026年2月30日前）",
        "义诊 | 2026-12-31 | 2026-11-20 | 2026-11-21",
        " | 2026-12-31",
        "（2026年12月31日前）",
        "义诊 | 2026-12-31 | 已兑现",
        "义诊 | 已兑现",
        "义诊（已兑现）",
        "义诊 | 2026-12-31 | 没有",
    ],
)
def test_what_is_no_pledge_is_told_with_field_value_and_how_to_write_it(cell: str) -> None:
    told = {"code": "W1", "kind": "物业", "name": "物业", "unit": "C1", "pledges": f"停车位；{cell}"}
    values, problems = read_row("partners", told, 7)
    assert "pledges" not in values
    (found,) = problems
    assert (found.row, found.field, found.value) == (7, "pledges", told["pledges"])
    assert (found.code, found.params) == ("pledge_unreadable", {"part": cell.strip()})


@pytest.mark.parametrize(
    ("cell", "kind", "text"),
    [
        ("place: 活动室", "place", "活动室"),
        ("场地：活动室", "place", "活动室"),
        ("Skill :维修", "skill", "维修"),
        ("ｐｌａｃｅ：活动室", "place", "活动室"),
        ("技能:法律咨询：每周", "skill", "法律咨询：每周"),
        ("活动室", None, "活动室"),
        ("周一：活动室", None, "周一：活动室"),
        ("place:", None, "place:"),
    ],
)
def test_what_is_shared(cell: str, kind: str | None, text: str) -> None:
    assert read_resources(cell) == [{"kind": kind, "text": text}]


@given(CELLS)
@example("义诊（2026-12-31前） |")
@example("义诊（2026-12-31前）（2027-01-01前）")
def test_what_was_read_is_read_the_same_once_it_is_written(cell: str) -> None:
    shared = read_resources(cell)
    assert read_resources(write_resources(shared)) == shared
    try:
        pledged = read_pledges(cell)
    except ValueError:
        return
    assert read_pledges(write_pledges(pledged)) == pledged
    assert all(each["text"] for each in (*shared, *pledged))


@given(st.lists(st.builds(pledge, TEXTS, DAYS, DAYS), max_size=4))
def test_whatever_the_text_its_days_come_back(pledges: list[dict[str, str | None]]) -> None:
    assert read_pledges(write_pledges(pledges)) == pledges


@pytest.mark.parametrize(
    ("due", "kept", "state"),
    [
        (None, None, "open"),
        (-1, None, "overdue"),
        (0, None, "due_soon"),
        (DUE_SOON_DAYS, None, "due_soon"),
        (DUE_SOON_DAYS + 1, None, "open"),
        (-1, 0, "kept"),
        (-5, -9, "kept"),
        (None, -1, "kept"),
        (-1, 1, "overdue"),
        (5, 1, "due_soon"),
    ],
)
def test_where_a_pledge_stands_on_a_day(due: int | None, kept: int | None, state: str) -> None:
    days = [None if told is None else (DAY + timedelta(days=told)).isoformat() for told in (due, kept)]
    assert pledge_state(pledge("义诊", *days), DAY) == state


def test_the_most_pressing_pledge_marks_the_body() -> None:
    assert pressing(["kept", "open", "overdue", "due_soon"]) == "overdue"
    assert pressing(["kept", "open"]) == "open"
    assert pressing([]) is None

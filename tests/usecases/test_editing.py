"""Editing by hand: what a form makes of the data, and what it refuses."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.storage.current import At
from gridgov.storage.models import (
    BranchVersion,
    CadreVersion,
    ContactVersion,
    GateVersion,
    PostVersion,
    UnitVersion,
)
from gridgov.usecases import browsing, contacting, editing, history, things
from gridgov.usecases.acts import Change, End, Split
from gridgov.usecases.targets import TARGETS
from tests.cases import DAY
from tests.usecases.by_hand import ALL, BEFORE, THEN, do, halves, here, lead, now, number, refusal, refused

# --- making and changing --------------------------------------------------------------------------------------------


def test_a_gate_is_made_and_stands_from_its_day(town: Session) -> None:
    act = Change("gates", None, THEN, {"compound": "C1", "state": "open", "code": "G9"}, here(shapely.Point(50, 150)))
    batch = do(town, act, account=None, note="现场核实")
    assert [gate.code for gate in now(town, GateVersion)] == ["G1", "G9"]
    assert [gate.code for gate in now(town, GateVersion, BEFORE)] == ["G1"]
    assert (batch.kind, batch.counts, batch.note) == ("edit", {"gates": 1}, "现场核实")


@pytest.mark.parametrize(
    ("kind", "code", "told", "field", "before", "after"),
    [
        ("units", "C1", {"name": "桂花里"}, "name", "桂花苑小区", "桂花里"),
        ("units", "C1", {"people": "1,200"}, "people", None, 1200.0),
        ("units", "C1", {"kind": "open"}, "kind", "walled", "open"),
        ("grids", "420503001001001", {"kind": "special"}, "kind", "basic", "special"),
        ("gates", "G1", {"state": "closed"}, "state", "open", "closed"),
        ("sites", "K1", {"address": "学院街2号"}, "address", None, "学院街2号"),
        ("services", "K1", {"capacity": "90"}, "capacity", 5000.0, 90.0),
        ("departments", "D1", {"phone": "0717-9"}, "phone", "0717-6100001", "0717-9"),
        ("cadres", "P1", {"post": "科长"}, "post", None, "科长"),
        ("branches", "BR1", {"enlarged": "是"}, "enlarged", False, True),
        ("partners", "W1", {"pledges": "护学 | 2026-12-31"}, "pledges", [],
         [{"text": "护学", "due": "2026-12-31", "kept": None}]),
    ],
)  # fmt: skip
def test_a_change_holds_from_its_day_and_not_before(
    town: Session, kind: str, code: str, told: dict[str, str], field: str, before: Any, after: Any
) -> None:
    model: Any = TARGETS[kind].version
    identity = number(town, kind, code if kind != "services" else "K1")
    do(town, Change(kind, identity, THEN, told))
    assert [getattr(one, field) for one in now(town, model, code=code)] == [after]
    assert [getattr(one, field) for one in now(town, model, BEFORE, code=code)] == [before]
    assert len(things.timeline(town, kind, identity)) == 2


def test_a_change_leaves_what_it_does_not_tell(town: Session) -> None:
    compound = number(town, "units", "C1")
    do(town, Change("units", compound, date(2026, 9, 1), {"people": "900"}))
    do(town, Change("units", compound, THEN, {"name": "桂花里"}))
    told = [(one.valid_from, one.name, one.people) for one in things.timeline(town, "units", compound)]
    assert told == [
        (DAY, "桂花苑小区", None),
        (THEN, "桂花里", None),
        (date(2026, 9, 1), "桂花里", 900.0),
    ]


def test_a_form_read_and_sent_back_changes_nothing(town: Session) -> None:
    for kind in things.KINDS:
        listed, count = things.listed(town, kind, At(THEN), ALL, part=slice(0, 3))
        assert count
        for shown in listed:
            thing = things.read(town, kind, shown.identity, At(THEN), ALL)
            act = Change(kind, thing.identity, THEN, thing.values, thing.geometry, stamp=thing.stamp)
            assert refusal(town, act) == "edit_empty"


def test_every_kind_is_made_by_a_form(town: Session) -> None:
    point, area = here(shapely.Point(420, 40)), here(shapely.box(700, 300, 800, 400))
    acts = [
        Change("units", None, THEN, {"code": "C3", "name": "新苑", "parent": "420503001002", "kind": "walled"}, area,
               "compound"),
        Change("units", None, THEN, {"code": "B9", "name": "9栋", "parent": "C3", "people": "30"},
               here(shapely.Point(750, 350)), "building"),
        Change("units", None, THEN, {"code": "H9", "parent": "B9", "name": "甲", "consent_date": "2026年5月1日",
               "purpose": "联络"}, None, "household"),
        Change("grids", None, THEN, {"code": "420503001002009", "community": "420503001002", "kind": "special"}, area),
        Change("sites", None, THEN, {"code": "S9", "name": "新址"}, point),
        Change("services", None, THEN, {"code": "S9/library", "site": "S9", "type": "library"}),
        Change("departments", None, THEN, {"code": "D9", "name": "水务局"}),
        Change("cadres", None, THEN, {"code": "P9", "name": "李九", "department": "D9"}),
        Change("branches", None, THEN, {"code": "BR9", "name": "新苑党支部", "compounds": "C3; C2"}),
        Change("posts", None, THEN, {"role": "building_head", "unit": "B9", "holder": "楼栋长甲"}),
        Change("contacts", None, THEN, {"tier": "3", "unit": "C3", "role": "lead", "holder": "P9"}),
        Change("partners", None, THEN, {"code": "W9", "kind": "property_company", "name": "物业", "unit": "C3"}, point),
    ]  # fmt: skip
    for act in acts:
        do(town, act)
    told = {kind: things.listed(town, kind, At(THEN), ALL)[1] for kind in things.KINDS}
    before = {kind: things.listed(town, kind, At(BEFORE), ALL)[1] for kind in things.KINDS}
    made = {kind: sum(act.kind == kind for act in acts) for kind in things.KINDS}
    assert {kind: told[kind] - before[kind] for kind in told} == made
    assert now(town, BranchVersion, code="BR9")[0].formation == "joint"
    assert now(town, ContactVersion, role="lead", unit_id=number(town, "units", "C3"))[0].confirmed


@pytest.mark.parametrize(
    ("kind", "told", "shape", "level", "problems"),
    [
        ("units", {"code": "C9", "people": "viele", "households": "-3"}, None, "compound",
         {"people": "value_unreadable", "households": "value_unreadable"}),
        ("units", {"name": "无码"}, None, "compound", {"code": "field_missing"}),
        ("units", {"code": "C1", "parent": "420503001001"}, None, "compound", {"code": "code_taken"}),
        ("units", {"code": "C9", "parent": "nowhere"}, None, "compound", {"parent": "row_unit_unknown"}),
        ("units", {"code": "C9", "parent": "C2"}, None, "compound", {"parent": "parent_not_above"}),
        ("units", {"code": "C9", "parent": "B1"}, None, "compound", {"parent": "parent_not_above"}),
        ("units", {"code": "C9", "parent": "420503001002"}, shapely.box(0, 0, 40, 40), "compound",
         {"geometry": "place_outside_parent"}),
        ("units", {"code": "H9", "parent": "B1"}, None, "household", {"consent_date": "consent_missing"}),
        ("gates", {"compound": "C1", "state": "open"}, shapely.Point(150, 150), None, {"geometry": "gate_off_wall"}),
        ("gates", {"compound": "C1", "state": "ajar"}, shapely.Point(50, 150), None, {"state": "choice_unknown"}),
        ("gates", {"compound": "C1", "state": "open"}, None, None, {"geometry": "point_needed"}),
        ("grids", {"code": "12", "community": "420503001001"}, shapely.box(0, 0, 9, 9), None, {"code": "grid_code"}),
        ("services", {"code": "X", "site": "K1", "type": "castle"}, None, None, {"type": "facility_type_unknown"}),
        ("services", {"code": "X", "site": "nowhere", "type": "library"}, None, None, {"site": "site_unknown"}),
        ("cadres", {"code": "P9", "name": "无部门", "department": "D9"}, None, None,
         {"department": "row_department_unknown"}),
        ("branches", {"code": "BR9", "name": "支部", "compounds": "C1; C7"}, None, None,
         {"compounds": "row_unit_unknown"}),
        ("posts", {"role": "community_secretary", "unit": "420503001001", "holder": "二"}, None, None,
         {"role": "post_stands"}),
        ("contacts", {"tier": "3", "unit": "C1", "role": "lead", "holder": "P3"}, None, None, {"holder": "post_taken"}),
        ("contacts", {"tier": "2", "unit": "420503001001", "role": "leading", "holder": "D2"}, None, None,
         {"holder": "post_taken"}),
        ("contacts", {"tier": "3", "unit": "420503001001", "role": "lead", "holder": "P3"}, None, None,
         {"unit": "row_unit_unknown"}),
        ("contacts", {"tier": "3", "unit": "C2", "role": "lead", "holder": "P7"}, None, None,
         {"holder": "holder_unknown"}),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_beside_its_field(
    town: Session, kind: str, told: dict[str, str], shape: Any, level: str | None, problems: dict[str, str]
) -> None:
    place = None if shape is None else here(shape)
    assert refused(town, Change(kind, None, THEN, told, place, level)) == problems


def test_a_crossed_outline_is_refused(town: Session) -> None:
    bow = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])
    act = Change("units", number(town, "units", "C1"), THEN, {}, here(bow))
    assert refused(town, act) == {"geometry": "drawing_invalid"}


def test_what_ended_is_not_changed_any_more(town: Session) -> None:
    gate = number(town, "gates", "G1")
    do(town, End("gates", gate, THEN))
    assert refusal(town, Change("gates", gate, date(2026, 7, 1), {"state": "closed"})) == "thing_ended"
    do(town, Change("gates", gate, BEFORE, {"state": "closed"}))
    assert [gate.state for gate in now(town, GateVersion, BEFORE)] == ["closed"]
    assert now(town, GateVersion) == []


def test_nothing_stands_on_a_unit_before_or_after_that_stands(town: Session) -> None:
    place = here(shapely.Point(50, 150))
    early = Change("gates", None, date(2026, 1, 1), {"compound": "C1", "state": "open", "code": "G9"}, place)
    assert refused(town, early) == {"unit": "unit_not_then"}
    assert refused(town, Change("gates", number(town, "gates", "G1"), date(2026, 1, 1), {"state": "closed"})) == {
        "unit": "unit_not_then"
    }
    do(town, End("units", number(town, "units", "C1"), date(2026, 10, 1), along=True))
    act = replace(early, day=THEN)
    assert [warning.code for warning in editing.preview(town, act, ALL).warnings] == ["ends_with_unit"]
    do(town, act)
    assert [gate.valid_to for gate in now(town, GateVersion, code="G9")] == [date(2026, 10, 1)]
    assert refusal(town, Split("units", number(town, "units", "C1"), THEN, halves())) == "thing_ends_ahead"


# --- identity: code, name, border and parent change, history and contacts stay --------------------------------------


def test_a_new_code_name_and_border_keep_history_and_contacts(town: Session) -> None:
    compound = number(town, "units", "C1")
    held = [one.contact for one in contacting.contacts_of(town, At(THEN), ALL, [compound])]
    told = {"code": "C77", "name": "丹桂苑"}
    do(town, Change("units", compound, THEN, told, here(shapely.box(50, 50, 260, 250))))
    assert browsing.unit_by_code(town, "C77", At(THEN), ALL).unit_id == compound  # type: ignore[union-attr]
    assert browsing.unit_by_code(town, "C1", At(BEFORE), ALL).name == "桂花苑小区"  # type: ignore[union-attr]
    assert browsing.unit_by_code(town, "C1", At(THEN), ALL) is None
    assert [one.contact for one in contacting.contacts_of(town, At(THEN), ALL, [compound])] == held != []
    assert {child.parent_code for child in now(town, UnitVersion, parent_id=compound)} == {"C77"}
    assert {child.parent_code for child in now(town, UnitVersion, BEFORE, parent_id=compound)} == {"C1"}
    batches = [[change.label for change in changes] for _, changes in history.of_thing(town, "units", compound)]
    assert batches == [["丹桂苑"], ["桂花苑小区"]]


def test_a_unit_moves_under_another_parent(town: Session) -> None:
    building = number(town, "units", "B3")
    assert refused(town, Change("units", building, THEN, {"parent": "C1"})) == {"geometry": "place_outside_parent"}
    do(town, Change("units", building, THEN, {"parent": "C1"}, here(shapely.Point(150, 200))))
    above = [unit.code for unit in browsing.chain(town, building, At(THEN))]
    assert above == ["420503001", "420503001001", "C1", "B3"]
    assert [unit.code for unit in browsing.chain(town, building, At(BEFORE))][1] == "420503001002"


def test_a_parent_below_is_refused_so_that_no_circle_closes(town: Session) -> None:
    street, community = number(town, "units", "420503001"), number(town, "units", "420503001001")
    assert refused(town, Change("units", community, THEN, {"parent": "C1"})) == {"parent": "parent_not_above"}
    assert refused(town, Change("units", community, THEN, {"parent": "420503001001"})) == {"parent": "parent_not_above"}
    assert refusal(town, Change("units", street, THEN, {"parent": "420503001001"})) == "option_unknown"


def test_a_smaller_border_warns_of_the_children_it_leaves_outside(town: Session) -> None:
    look = editing.preview(town, Change("units", number(town, "units", "C1"), THEN, {}, here(shapely.box(50, 50, 150, 250))), ALL)  # fmt: skip  # noqa: E501
    assert [(warning.code, warning.params["names"]) for warning in look.warnings] == [("children_outside", "2栋")]


# --- posts and contacts ---------------------------------------------------------------------------------------------


def test_a_post_passes_on_and_the_former_holder_is_remembered(town: Session) -> None:
    contact = now(town, ContactVersion, tier=3, role="lead")[0].contact_id
    do(town, Change("contacts", contact, THEN, {"holder": "P3", "document": "宜办〔2026〕9号"}))
    assert (lead(town, BEFORE), lead(town, THEN)) == (["钱二"], ["孙三"])
    unit = number(town, "units", "C1")
    assert [held.holder for held in contacting.earlier(town, At(THEN), ALL, unit)] == ["钱二"]
    assert now(town, ContactVersion, tier=3, role="lead")[0].document == "宜办〔2026〕9号"


def test_a_transfer_vacates_the_post_and_leaves_the_pairing(town: Session) -> None:
    town.execute(select(1))
    community = number(town, "units", "420503001001")
    do(town, Change("contacts", None, date(2026, 4, 20), {"tier": "2", "unit": "420503001001", "role": "first_secretary", "holder": "P1"}))  # fmt: skip  # noqa: E501
    do(town, Change("cadres", number(town, "cadres", "P1"), THEN, {"department": "D2"}, vacate=True))
    assert now(town, CadreVersion, code="P1")[0].department_id == number(town, "departments", "D2")
    told = {(one.role, one.holder) for one in contacting.contacts_of(town, At(THEN), ALL, [community])}
    assert told == {("leading", "教育局")}
    assert ("first_secretary", "赵一") in {
        (one.role, one.holder) for one in contacting.contacts_of(town, At(BEFORE), ALL, [community])
    }


def test_a_term_is_given_and_taken_away(town: Session) -> None:
    contact = now(town, ContactVersion, tier=3, role="lead")[0].contact_id
    do(town, Change("contacts", contact, THEN, {"valid_to": "2026-12-01"}))
    assert [one.valid_to for one in things.timeline(town, "contacts", contact)] == [date(2026, 12, 1)]
    do(town, Change("contacts", contact, THEN, {"valid_to": ""}))
    assert [one.valid_to for one in things.timeline(town, "contacts", contact)] == [None]


def test_an_end_is_told_once(town: Session) -> None:
    contact = now(town, ContactVersion, tier=3, role="lead")[0].contact_id
    batch = do(town, End("contacts", contact, THEN))
    assert [(one.what, one.start, one.fields) for one in history.of_batch(town, batch.id)] == [("ended", THEN, [])]


def test_a_single_post_passes_on_within_its_own_line(town: Session) -> None:
    post = now(town, PostVersion, role="community_secretary")[0].post_id
    do(town, Change("posts", post, THEN, {"holder": "新书记"}))
    assert [(one.valid_from, one.holder) for one in things.timeline(town, "posts", post)] == [
        (DAY, "吴书记"),
        (THEN, "新书记"),
    ]

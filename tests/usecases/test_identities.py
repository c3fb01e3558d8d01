"""What is the same thing over time: codes that slide, posts that pass on, contacts that go on, two writers at once."""

import threading
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from gridgov.storage.current import At, Scope, current
from gridgov.storage.database import open_engine, writing
from gridgov.storage.models import ContactVersion, PostVersion, UnitVersion
from gridgov.usecases import contacting, deployment
from gridgov.usecases.importing import undo
from tests import cases
from tests.usecases.test_importing import bring, counts, problems, unit

AT = At(cases.DAY)
COMMUNITY = "420503001001"
TODAY = date(2026, 6, 1)
YEARS = {"valid_from": date(2020, 1, 1)}


@pytest.fixture
def place(session: Session, tmp_path: Path) -> Session:
    cases.district(tmp_path).load(session, **YEARS)
    return session


def standing(session: Session, model: type, day: date = cases.DAY) -> list:
    return list(session.scalars(current(model, At(day), Scope.everything()).order_by(model.id)))


def lead(session: Session, folder: Path, holder: str, **cells: object) -> None:
    bring(session, folder, "contacts", {"tier": 3, "unit": "C1", "role": "lead", "holder": holder, **cells})


def cadres(session: Session, folder: Path, *codes: str) -> None:
    rows = [{"code": code, "name": f"人{code}"} for code in codes]
    bring(session, folder, "cadres", *rows, valid_from=date(2020, 1, 1))


def test_a_code_that_slid_to_another_name_takes_nothing_with_it(session: Session, tmp_path: Path) -> None:
    old, new = date(2016, 1, 1), date(2023, 1, 1)
    bring(session, tmp_path, "units", {"code": "420503001", "name": "街"}, level="street", valid_from=old)
    bring(session, tmp_path, "units", {"code": "420503001002", "name": "隆康路"}, level="community", valid_from=old)
    kept = unit(session, "420503001002", date(2020, 1, 1)).unit_id
    slid = [{"code": "420503001001", "name": "隆康路"}, {"code": "420503001002", "name": "北山坡"}]
    report = bring(session, tmp_path, "units", *slid, level="community", valid_from=new)
    assert counts(report) == (2, 1, 1, 0, 0, 0)
    assert unit(session, "420503001001", new).unit_id == kept
    assert unit(session, "420503001002", new).unit_id != kept
    assert unit(session, "420503001002", date(2022, 12, 31)).name == "隆康路"


def test_a_new_name_for_a_code_alone_is_a_renaming(place: Session, tmp_path: Path) -> None:
    kept = unit(place, "C1").unit_id
    bring(place, tmp_path, "units", {"code": "C1", "name": "新名", "level": "compound"}, valid_from=cases.DAY)
    assert unit(place, "C1").unit_id == kept


def test_the_same_number_in_another_compound_is_another_building(session: Session, tmp_path: Path) -> None:
    bring(session, tmp_path, "units", {"code": "C1"}, {"code": "C2"}, level="compound")
    first = bring(session, tmp_path, "units", {"code": "1", "parent": "C1"}, level="building")
    second = bring(session, tmp_path, "units", {"code": "1", "parent": "C2"}, level="building")
    again = bring(session, tmp_path, "units", {"code": "1", "parent": "C2"}, level="building")
    assert counts(first) == counts(second) == (1, 1, 0, 0, 0, 0)
    assert counts(again) == (1, 0, 0, 0, 1, 0)
    report = bring(session, tmp_path, "population", {"code": "1", "people": 5})
    assert [problem[3] for problem in problems(report)] == ["row_unit_ambiguous"]


def test_a_street_code_with_trailing_zeros_names_the_street_everywhere(session: Session, tmp_path: Path) -> None:
    bring(session, tmp_path, "units", {"code": "420503001000", "name": "街"}, level="street")
    assert counts(bring(session, tmp_path, "population", {"code": "420503001000", "people": 9})) == (1, 0, 1, 0, 0, 0)


def test_counts_for_a_unit_that_ended_are_refused(session: Session, tmp_path: Path) -> None:
    row = {"code": "C9", "valid_from": "2020-01-01", "valid_to": "2022-01-01"}
    bring(session, tmp_path, "units", row, level="compound")
    report = bring(session, tmp_path, "population", {"code": "C9", "people": 5}, valid_from=date(2024, 1, 1))
    assert [problem[3] for problem in problems(report)] == ["row_unit_unknown"]
    assert standing(session, UnitVersion, date(2024, 1, 1)) == []


def test_a_new_holder_of_a_single_post_follows_the_old(place: Session, tmp_path: Path) -> None:
    for name, day in (("周", "2021-01-01"), ("吴", "2023-01-01")):
        row = {"role": "community_secretary", "unit": COMMUNITY, "holder": name, "valid_from": day}
        bring(place, tmp_path, "posts", row)
    held = [post.holder for post in standing(place, PostVersion) if post.role == "community_secretary"]
    assert held == ["吴"]
    before = [
        post.holder for post in standing(place, PostVersion, date(2022, 1, 1)) if post.role == "community_secretary"
    ]
    assert before == ["周"]


def test_the_first_lead_stands_whoever_is_recorded_again(place: Session, tmp_path: Path) -> None:
    cadres(place, tmp_path, "P8", "P9")
    lead(place, tmp_path, "P8", unit="C2", valid_from="2021-01-01")
    lead(place, tmp_path, "P9", unit="C2", valid_from="2022-01-01")
    lead(place, tmp_path, "P8", unit="C2", valid_from="2023-01-01", document="新文件")
    held = {
        contact.code: (contact.confirmed, contact.since)
        for contact in contacting.contacts_of(place, AT, Scope.everything(), [unit(place, "C2").unit_id])
    }
    assert held == {"P8": (True, "2021-01-01"), "P9": (False, "2022-01-01")}
    assert contacting.earlier(place, AT, Scope.everything(), unit(place, "C2").unit_id) == []


def test_undoing_the_first_lead_settles_the_dispute(session: Session, tmp_path: Path) -> None:
    bring(session, tmp_path, "units", {"code": "C1"}, level="compound", valid_from=date(2020, 1, 1))
    cadres(session, tmp_path, "P1", "P2")
    first = bring(session, tmp_path, "contacts", {"tier": 3, "unit": "C1", "role": "lead", "holder": "P1"})
    bring(session, tmp_path, "contacts", {"tier": 3, "unit": "C1", "role": "lead", "holder": "P2"})
    assert [contact.confirmed for contact in standing(session, ContactVersion, TODAY)] == [True, False]
    assert first.batch is not None
    undo(session, first.batch)
    session.expire_all()
    assert [contact.confirmed for contact in standing(session, ContactVersion, TODAY)] == [True]


def test_a_cadre_who_left_holds_no_post(session: Session, tmp_path: Path) -> None:
    bring(session, tmp_path, "units", {"code": "C1"}, level="compound", valid_from=date(2020, 1, 1))
    cadres(session, tmp_path, "P1")
    lead(session, tmp_path, "P1", valid_from="2021-01-01")
    left = {"code": "P1", "name": "人P1", "valid_from": "2020-01-01", "valid_to": "2023-01-01"}
    bring(session, tmp_path, "cadres", left)
    report = contacting.report(session, AT, Scope.everything())
    assert report["tiers"][2]["vacant"] == 1
    assert contacting.contacts_of(session, AT, Scope.everything(), [unit(session, "C1").unit_id]) == []
    assert contacting.report(session, At(date(2022, 1, 1)), Scope.everything())["tiers"][2]["vacant"] == 0


def test_a_post_that_passes_on_without_a_day_between_does_not_expire(session: Session, tmp_path: Path) -> None:
    bring(session, tmp_path, "units", {"code": "C1"}, level="compound", valid_from=date(2020, 1, 1))
    cadres(session, tmp_path, "P1", "P2")
    lead(session, tmp_path, "P1", valid_from="2021-01-01", valid_to="2026-04-10")
    assert contacting.report(session, AT, Scope.everything())["tiers"][2]["expiring"] == 1
    lead(session, tmp_path, "P2", valid_from="2026-04-10")
    assert contacting.report(session, AT, Scope.everything())["tiers"][2]["expiring"] == 0


def test_children_of_what_ended_hang_anew(session: Session, tmp_path: Path) -> None:
    cases.district(tmp_path).load(session, **YEARS)
    ended = {"code": COMMUNITY, "valid_from": "2020-01-01", "valid_to": "2025-01-01"}
    bring(session, tmp_path, "units", ended, level="community")
    bring(session, tmp_path, "units", {"code": "Z", "name": "无关"}, level="street", valid_from=date(2025, 6, 1))
    compound = unit(session, "C1")
    parents = {found.unit_id for found in standing(session, UnitVersion)}
    assert compound.orphan
    assert compound.parent_id in parents


def test_after_an_undo_the_working_crs_is_chosen_anew(session: Session, tmp_path: Path) -> None:
    wrong = bring(
        session, tmp_path, "units", {"code": "X", "lon": 30.7, "lat": 61.3}, level="compound", crs="EPSG:4326"
    )
    assert wrong.batch is not None
    undo(session, wrong.batch)
    bring(session, tmp_path, "units", {"code": "Y", "lon": 111.3, "lat": 30.7}, level="compound", crs="EPSG:4326")
    assert deployment.crs(session) == "EPSG:4546"


def test_two_writers_make_a_unit_once(database_url: str, tmp_path: Path) -> None:
    def bring_it(number: int) -> None:
        engine = open_engine(database_url)
        folder = tmp_path / str(number)
        folder.mkdir()
        with writing(engine) as session:
            bring(session, folder, "units", {"code": "C1", "name": "甲"}, level="compound", valid_from=cases.DAY)
        engine.dispose()

    threads = [threading.Thread(target=bring_it, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    engine = open_engine(database_url)
    with Session(engine) as session:
        assert len(standing(session, UnitVersion)) == 1
    engine.dispose()

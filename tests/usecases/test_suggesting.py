"""Who might take which post: hand-made streets where the answer can be told by looking."""

from datetime import UTC, date, datetime
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.errors import InputError
from gridgov.storage.current import At, Scope
from gridgov.storage.models import ContactReturn, ContactVersion
from gridgov.usecases import accounts, contacting, suggesting
from gridgov.usecases.suggesting import Asked
from tests.usecases.along_a_street import numbers, town
from tests.usecases.conftest import AT

EVERYTHING = Scope.everything()


def told(session: Session, **asked: Any) -> dict[str, Any]:
    return suggesting.suggest(session, AT, EVERYTHING, Asked(3, **asked))


def pairs(answer: dict[str, Any]) -> dict[str, str]:
    return {row["unit"]: row["cadre"] for row in answer["rows"]}


def test_the_nearest_takes_a_vacant_post(session: Session, tmp_path: Path) -> None:
    town(tmp_path, {"C1": 1000, "C2": 9000}, {"PA": "A", "PB": "B"}, {}).load(session)
    answer = told(session)
    assert [(row["unit"], row["cadre"], row["metres"], row["why"]) for row in answer["rows"]] == [
        ("C1", "PA", 1000, ["nearest"]),
        ("C2", "PB", 1000, ["nearest"]),
    ]
    assert (answer["due"], answer["filled"], answer["blocked"]) == (2, 2, [])
    assert answer["objective"]["cost"] == 2000


def test_who_leads_stays_unless_twenty_kilometres_are_saved(session: Session, tmp_path: Path) -> None:
    town(tmp_path, {"C1": 1000}, {"PA": "A", "PB": "B"}, {"C1": "PB"}).load(session)
    (row,) = told(session)["rows"]
    assert (row["cadre"], row["keeps"], row["metres"], row["why"]) == ("PB", True, 9000, ["keeps"])


def test_a_filled_post_goes_before_a_standing_lead(session: Session, tmp_path: Path) -> None:
    town(tmp_path, {"C1": 1000, "C2": 2000}, {"PA": "A", "PB": "B"}, {"C1": "PA", "C2": "PB"}).load(session)
    found = numbers(session)
    returned(session, "C2", "PB")
    answer = told(session, cap=1)
    assert pairs(answer) == {"C1": "PB", "C2": "PA"}
    assert answer["objective"]["changes"] == 2
    with pytest.raises(InputError, match="lock_conflict"):
        told(session, locked={found["C2"]: found["PB"]})


def returned(session: Session, unit: str, cadre: str, state: str = "open") -> None:
    found = numbers(session)
    contact = session.scalars(
        select(ContactVersion).where(ContactVersion.unit_id == found[unit], ContactVersion.cadre_id == found[cadre])
    ).one()
    account = accounts.add(session, f"{cadre}-{state}", "a long enough password")
    session.add(
        ContactReturn(
            contact_id=contact.contact_id,
            tier=3,
            unit_id=found[unit],
            cadre_id=found[cadre],
            reason="调往外地",
            state=state,
            returned_by=account.id,
            returned_at=datetime.now(UTC),
        )
    )
    session.flush()


def test_a_return_that_was_declined_is_no_conflict(session: Session, tmp_path: Path) -> None:
    town(tmp_path, {"C1": 1000}, {"PA": "A"}, {"C1": "PA"}).load(session)
    returned(session, "C1", "PA", "declined")
    assert pairs(told(session)) == {"C1": "PA"}


def test_an_unfilled_post_names_the_rule_that_blocks_it(session: Session, tmp_path: Path) -> None:
    town(tmp_path, {"C1": 1000, "C2": 2000}, {"PA": "A"}, {"C1": "PA"}).load(session)
    assert [(row["unit"], row["rule"]) for row in told(session, cap=1)["blocked"]] == [("C2", "cap")]
    returned(session, "C1", "PA")
    answer = told(session, cap=1)
    assert pairs(answer) == {"C2": "PA"}
    assert [(row["unit"], row["rule"]) for row in answer["blocked"]] == [("C1", "conflict")]


def test_who_no_longer_serves_leads_nothing_that_could_change(session: Session, tmp_path: Path) -> None:
    files = town(tmp_path, {"C1": 1000}, {"PA": "A"}, {"C1": "PA"})
    files.rows["cadres"][0]["valid_to"] = "2026-05-01"
    files.add("cadres", code="PB", name="某PB", department="B")
    files.load(session)
    later = At(date(2026, 6, 1))
    answer = suggesting.suggest(session, later, EVERYTHING, Asked(3))
    assert pairs(answer) == {"C1": "PB"}
    assert (answer["objective"]["changes"], answer["objective"]["cost"]) == (0, 9000)


def test_where_nobody_may_be_asked(session: Session, tmp_path: Path) -> None:
    town(tmp_path, {"C1": 1000}, {}, {}).load(session)
    answer = told(session)
    assert (answer["filled"], [(row["unit"], row["rule"]) for row in answer["blocked"]]) == (0, [("C1", "nobody")])


def test_an_office_that_isnt_the_communitys_weighs_five_kilometres(session: Session, tmp_path: Path) -> None:
    files = town(tmp_path, {"C1": 4000, "C2": 1000}, {"PA": "A", "PB": "B"}, {})
    files.add("contacts", tier=2, unit="420503001001", role="leading", holder="B")
    files.load(session)
    answer = told(session)
    assert pairs(answer) == {"C1": "PB", "C2": "PA"}  # 6000 before 4000 + 5000; 9000 not before 1000 + 5000
    assert answer["rows"][0]["why"] == ["own_department", "nearest"]
    assert answer["objective"]["other_offices"] == 1


def test_locked_lines_stand_and_the_rest_is_solved_anew(session: Session, tmp_path: Path) -> None:
    town(tmp_path, {"C1": 1000, "C2": 9000}, {"PA": "A", "PB": "B"}, {}).load(session)
    found = numbers(session)
    answer = told(session, cap=1, locked={found["C1"]: found["PB"]})
    assert pairs(answer) == {"C1": "PB", "C2": "PA"}
    assert answer["rows"][0]["why"] == ["locked"]
    with pytest.raises(InputError, match="lock_over_cap"):
        told(session, cap=1, locked=dict(product((found["C1"], found["C2"]), [found["PB"]])))
    with pytest.raises(InputError, match="lock_unknown"):
        told(session, locked={found["C1"]: -1})
    with pytest.raises(InputError, match="lock_unknown"):
        told(session, locked={found["420503001"]: found["PA"]})


def test_posts_elsewhere_count_towards_the_cap(session: Session, tmp_path: Path) -> None:
    files = town(tmp_path, {"C1": 1000}, {"PA": "A"}, {})
    files.unit("community", "420503001002", shapely.box(20_000, -500, 21_000, 500), name="远", parent="420503001")
    files.unit("compound", "C9", shapely.box(20_100, 0, 20_120, 20), name="C9", parent="420503001002", kind="open")
    files.add("contacts", tier=3, unit="C9", role="lead", holder="PA")
    files.load(session)
    area = numbers(session)["420503001001"]
    assert [row["rule"] for row in told(session, area=area, cap=1)["blocked"]] == ["cap"]
    assert pairs(told(session, area=area, cap=2)) == {"C1": "PA"}
    assert pairs(told(session, area=area)) == {"C1": "PA"}


def test_a_workplace_nobody_recorded_weighs_as_the_longest_way(session: Session, tmp_path: Path) -> None:
    town(tmp_path, {"C1": 1000}, {"PN": "N"}, {}).load(session)
    (row,) = told(session)["rows"]
    assert (row["cadre"], row["metres"], row["why"]) == ("PN", None, ["workplace_unknown"])


def test_the_citys_own_cap_holds_unless_another_is_asked(session: Session, tmp_path: Path) -> None:
    town(tmp_path, {"C1": 1000}, {"PA": "A"}, {}).load(session)
    assert told(session)["cap"] is None
    with pytest.raises(InputError, match="cap_below_one"):
        told(session, cap=0)
    with pytest.raises(InputError, match="tier_unknown"):
        suggesting.suggest(session, AT, EVERYTHING, Asked(7))


def test_who_has_a_part_in_another_tier_isnt_asked(session: Session, tmp_path: Path) -> None:
    files = town(tmp_path, {"C1": 1000}, {"PA": "A", "PB": "B"}, {})
    files.add("contacts", tier=1, unit="420503001", role="leader", holder="PA")
    files.load(session)
    assert pairs(told(session)) == {"C1": "PB"}


def test_the_demo_keeps_its_leads_and_fills_what_is_vacant(demo_session: Session) -> None:
    answer = suggesting.suggest(demo_session, AT, EVERYTHING, Asked(3))
    assert answer["due"] == answer["filled"] == 110
    assert answer["objective"]["changes"] == 0
    vacant = contacting.report(demo_session, AT, EVERYTHING)["tiers"][2]["vacant"]
    assert len([row for row in answer["rows"] if not row["keeps"]]) == vacant > 0
    assert suggesting.suggest(demo_session, AT, Scope.nothing(), Asked(3))["due"] == 0

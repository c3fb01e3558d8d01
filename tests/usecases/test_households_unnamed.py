"""A member household is counted and led to through its building-group head; its name stays in its community."""

from dataclasses import asdict
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.storage.current import Scope
from gridgov.storage.models import UnitVersion
from gridgov.usecases import browsing, checking
from tests import cases
from tests.usecases.conftest import AT

EVERYTHING = Scope.everything()


@pytest.fixture(autouse=True)
def ids(session: Session, tmp_path: Path) -> dict[str, int]:
    """The small district, with an address for one household and a household whose building isn't known."""
    files = cases.district(tmp_path)
    told = {"consent_date": "2026-01-05", "purpose": "联络"}
    files.unit("household", "H3", parent="B2", name="赵秀兰", address="东风路9号301室", **told)
    files.unit("household", "H9", parent="no such building", name="孙桂英", **told)
    files.load(session)
    return {unit.code: unit.unit_id for unit in session.scalars(select(UnitVersion))}


def test_the_tree_counts_households_without_names(session: Session, ids: dict[str, int]) -> None:
    (node,) = browsing.tree(session, AT, EVERYTHING, ids["B1"])
    assert (node.code, node.name, node.level) == ("H1", None, "household")
    (building,) = [node for node in browsing.tree(session, AT, EVERYTHING, ids["C2"]) if node.code == "B3"]
    assert (building.name, building.children) == ("1栋", 1)
    everywhere = browsing.tree(session, AT, EVERYTHING)
    assert not any(node.name for node in everywhere if node.level == "household")


def test_a_household_alone_has_no_name_but_for_its_own_community(session: Session, ids: dict[str, int]) -> None:
    found = browsing.unit(session, ids["H3"], AT, EVERYTHING)
    assert (found.code, found.name, found.address, found.parent_id) == ("H3", None, None, ids["B2"])
    own = browsing.unit(session, ids["H3"], AT, Scope.of({ids["420503001001"]}), own_community=True)
    assert (own.name, own.address) == ("赵秀兰", "东风路9号301室")
    by_code = browsing.unit_by_code(session, "H3", AT, EVERYTHING)
    assert by_code is not None
    assert by_code.name is None
    assert [step.name for step in browsing.chain(session, ids["H3"], AT)][-2:] == ["2栋", None]


def test_hiding_a_name_never_writes_it_away(session: Session, ids: dict[str, int]) -> None:
    browsing.unit(session, ids["H3"], AT, EVERYTHING)
    browsing.chain(session, ids["H3"], AT)
    session.flush()
    session.expire_all()
    assert session.scalar(select(UnitVersion.name).where(UnitVersion.unit_id == ids["H3"])) == "赵秀兰"


def test_no_household_is_on_the_map(session: Session) -> None:
    assert browsing.units_on_map(session, AT, EVERYTHING, "household") == []


def test_findings_speak_of_a_household_by_its_code(session: Session) -> None:
    told = [asdict(finding) for finding in checking.check(session, AT, EVERYTHING)]
    assert {row["params"]["name"] for row in told if row["subject"] == "H9"} == {"H9"}
    assert not any(name in str(told) for name in ("孙桂英", "赵秀兰", "王建国"))

"""Persons named by name: of homonyms the one in the department told; otherwise the row asks, and nobody is guessed."""

from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from gridgov.storage.models import CadreVersion, ContactVersion, PostVersion
from tests import cases
from tests.usecases.test_importing import bring, counts, now, problems


@pytest.fixture
def place(session: Session, tmp_path: Path) -> Session:
    """The district, with a second 赵一 at the other department."""
    files = cases.district(tmp_path)
    files.add("cadres", code="P9", name="赵 一", department="D2")
    files.load(session)
    return session


def led(session: Session, folder: Path, **cells: object) -> str | tuple[int, str | None, object, str]:
    """Return who leads C2 after a row was brought, or what was wrong with it."""
    report = bring(session, folder, "contacts", {"tier": 3, "unit": "C2", "role": "member", **cells})
    if report.problems:
        return problems(report)[0]
    held = [found for found in now(session, ContactVersion) if found.batch_id == report.batch]
    codes = {cadre.cadre_id: cadre.code for cadre in now(session, CadreVersion)}
    return codes[held[0].cadre_id or 0]


def test_a_name_that_only_one_bears_is_enough(place: Session, tmp_path: Path) -> None:
    assert led(place, tmp_path, holder="钱　二") == "P2"


@pytest.mark.parametrize(
    "cells",
    [{"holder": "赵一（民政局）"}, {"holder": "赵一 (D2)"}, {"holder": "赵一", "department": "民政局"},
     {"holder": "赵 一", "department": "D2"}, {"holder": "P9"}],
)  # fmt: skip
def test_homonyms_are_told_apart_by_department(place: Session, tmp_path: Path, cells: dict[str, str]) -> None:
    assert led(place, tmp_path, **cells) == "P9"


def test_of_two_nobody_is_guessed(place: Session, tmp_path: Path) -> None:
    assert led(place, tmp_path, holder="赵一") == (2, "holder", "赵一", "name_ambiguous")
    report = bring(place, tmp_path, "contacts", {"tier": 3, "unit": "C2", "role": "member", "holder": "赵一"})
    assert report.problems[0][1].params == {"candidates": "P1 赵一（教育局）; P9 赵 一（民政局）"}
    assert led(place, tmp_path, holder="赵一(财政局)") == (2, "holder", "赵一(财政局)", "holder_unknown")


def test_a_pairing_names_its_department(place: Session, tmp_path: Path) -> None:
    row = {"tier": 2, "unit": "420503001002", "role": "supporting", "holder": "教育 局"}
    assert counts(bring(place, tmp_path, "contacts", row)) == (1, 1, 0, 0, 0, 0)
    row["holder"] = "财政局"
    assert problems(bring(place, tmp_path, "contacts", row)) == [(2, "holder", "财政局", "holder_unknown")]


def test_cadres_without_a_code_are_known_by_name_and_department(place: Session, tmp_path: Path) -> None:
    known = {"name": "钱二", "department": "教育局", "post": "科长"}
    fresh = {"name": "吴八", "department": "D1"}
    assert counts(bring(place, tmp_path, "cadres", known, fresh, known | {"name": "赵一"})) == (3, 1, 2, 0, 0, 0)
    codes = {cadre.code: cadre.post for cadre in now(place, CadreVersion)}
    assert (codes["P2"], codes["P1"], codes["P9"], "吴八@D1" in codes) == ("科长", "科长", None, True)
    moved = bring(place, tmp_path, "cadres", {"name": "钱二", "department": "D2"}, {"name": "赵一"})
    assert [problem[3] for problem in problems(moved)] == ["name_ambiguous", "name_ambiguous"]
    assert counts(bring(place, tmp_path, "cadres", known, fresh)) == (2, 0, 0, 0, 2, 0)


def test_a_shared_post_is_the_same_however_its_holder_is_spaced(place: Session, tmp_path: Path) -> None:
    row = {"role": "grid_worker", "unit": "420503001001", "holder": "刘芳"}
    bring(place, tmp_path, "posts", row)
    before = len(now(place, PostVersion))
    assert bring(place, tmp_path, "posts", row | {"holder": "刘　芳"}).unchanged == 1
    assert len(now(place, PostVersion)) == before

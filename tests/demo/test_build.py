"""The demo goes through the ordinary import whole, and the product finds what was planted."""

import json
from collections.abc import Iterator

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.demo.build import build
from gridgov.storage import database
from gridgov.storage.current import At, Scope
from gridgov.storage.models import RunGap, UnitVersion
from gridgov.usecases import checking, contacting, covering
from tests.demo.conftest import TODAY, Demo

AT = At(TODAY)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    engine = database.open_engine(f"sqlite:///{tmp_path_factory.mktemp('built') / 'demo.sqlite'}")
    database.upgrade(engine)
    with database.writing(engine) as session:
        build(session, "district", TODAY)
        yield session
    engine.dispose()


def test_numbers_of_posts(built: Session, demo: Demo) -> None:
    report = contacting.report(built, AT, Scope.everything())
    assert report["branch_coverage"] == {"compounds": 110, "covered": demo.truth["branch_coverage"]["covered"]}
    states = ("due", "vacant", "expiring", "disputed", "several")
    for row in report["tiers"]:
        told = demo.truth["posts"][str(row["tier"])]
        assert {state: row[state] for state in states} == {state: told[state] for state in states}


def test_planted_gaps(built: Session, demo: Demo) -> None:
    run = covering.run(built, AT)
    rows = select(UnitVersion.code, RunGap.type, RunGap.cause).join(UnitVersion, UnitVersion.unit_id == RunGap.unit_id)
    found = {tuple(row) for row in built.execute(rows.where(RunGap.run_id == run.id))}
    assert {(gap["compound"], gap["type"], gap["cause"]) for gap in demo.truth["gaps"]} <= found
    places = demo.truth["places"]
    assert {code for code, _, cause in found if cause == "data"} == {places["island"], places["far_compound"]}
    unknown = [row for row in demo.layer("buildings").rows if row["people"] is None]
    assert json.loads(json.dumps(run.summary))["unknown"] == len(unknown)


def test_check_finds_what_is_planted_and_nothing_else(built: Session, demo: Demo) -> None:
    places = demo.truth["places"]
    disputed = {unit for told in demo.truth["posts"].values() for unit in told["units"]["disputed"]}
    far = {code.rsplit("-", 1)[0] for code in places["far_service_points"]}
    found = {(finding.kind, finding.subject) for finding in checking.check(built, AT, Scope.everything())}
    assert found == {
        *(("disputed_post", unit) for unit in disputed),
        *(("wall_without_gate", code) for code in places["unrecorded_gates"]),
        *(("far_from_path", code) for code in far),
        ("crosses_community", places["crossing"]["compound"]),
        *(("pledge_overdue", code) for code in demo.truth["partners"]["by"]["overdue"]),
        *(("capacity_unknown", code) for code in demo.without_capacity),
    }

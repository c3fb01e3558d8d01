"""A database of the first schema with rows in it, upgraded: nothing told is lost, and every guard stands."""

from collections.abc import Iterator
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gridgov.storage.database import migrations, open_engine, upgrade
from gridgov.storage.models import Base, PartnerVersion

BATCH = "INSERT INTO batch (id, kind, files, digest, created_at, counts) VALUES (1, 'partners', '[]', '', :now, '{}')"
OLD = (
    "INSERT INTO partner_version (partner_id, code, kind, name, unit_id, contact, phone, resources, pledges, batch_id, "
    "valid_from, valid_to) VALUES (:partner, :code, 'volunteer_team', '队', 1, '陈', '0717-62', :resources, :pledges, "
    "1, :start, :end)"
)
NEW = (
    "INSERT INTO partner_version (partner_id, code, kind, name, unit_id, resources, pledges, batch_id, valid_from, "
    "min_x, min_y, max_x, max_y) VALUES (:partner, 'W9', 'volunteer_team', '队', 1, '[]', '[]', 1, :start, "
    "111, 30, 111, 30)"
)
HELD = (
    "INSERT INTO contact_version (contact_id, tier, unit_id, role, confirmed, batch_id, valid_from) "
    "VALUES (1, 3, 1, 'lead', {yes}, 1, '2026-01-01')"
)
ROWS = [
    {
        "partner": 1,
        "code": "W1",
        "resources": "会议室、停车位",
        "pledges": "义诊；停车位20个\n绿地",
        "end": "2026-03-01",
    },
    {"partner": 1, "code": "W1", "resources": None, "pledges": "", "end": None},
    {"partner": 2, "code": "W2", "resources": '说"是"', "pledges": None, "end": None},
]


@pytest.fixture
def old(blank_url: str) -> Iterator[Engine]:
    """A database of the first schema with partner bodies and a contact."""
    engine = open_engine(blank_url)
    with engine.begin() as connection:
        config = migrations()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    with engine.begin() as connection:
        connection.execute(text(BATCH), {"now": "2026-01-01 00:00:00"})
        connection.execute(text("INSERT INTO unit (id, level) VALUES (1, 'compound')"))
        for table, ids in (("partner", (1, 2)), ("contact", (1, 2))):
            for number in ids:
                connection.execute(text(f"INSERT INTO {table} (id) VALUES ({number})"))
        for row in ROWS:
            start = "2026-01-01" if row["end"] or row["partner"] == 2 else "2026-03-01"
            connection.execute(text(OLD), {**row, "start": start})
        connection.execute(text(HELD.format(yes="true")))
    yield engine
    engine.dispose()


@pytest.fixture
def upgraded(old: Engine) -> Engine:
    """The same, upgraded."""
    upgrade(old)
    return old


def test_what_was_told_as_a_text_is_kept_as_the_one_entry_of_a_list(upgraded: Engine) -> None:
    with Session(upgraded) as session:
        found = session.query(PartnerVersion).order_by(PartnerVersion.id).all()
        told = [(body.code, body.resources, body.pledges, body.geometry) for body in found]
        assert [body.contact for body in found] == ["陈"] * 3
    pledge = {"text": "义诊；停车位20个\n绿地", "due": None, "kept": None}
    assert told == [
        ("W1", [{"kind": None, "text": "会议室、停车位"}], [pledge], None),
        ("W1", [], [], None),
        ("W2", [{"kind": None, "text": '说"是"'}], [], None),
    ]


@pytest.mark.filterwarnings("ignore:Did not recognize type 'geometry'")
def test_indexes_references_and_checks_are_those_of_a_new_database(upgraded: Engine) -> None:
    inspector = inspect(upgraded)
    for name in ("partner_version", "contact_version", "batch", "export_record"):
        table = Base.metadata.tables[name]
        assert {index.name for index in table.indexes} <= {index["name"] for index in inspector.get_indexes(name)}
        assert {column.name for column in table.columns} == {column["name"] for column in inspector.get_columns(name)}
        assert {(column.name, column.nullable) for column in table.columns} == {
            (column["name"], column["nullable"]) for column in inspector.get_columns(name)
        }
        assert len(inspector.get_foreign_keys(name)) == len(table.foreign_keys)
        checks = {check["name"] for check in inspector.get_check_constraints(name)}
        assert (f"ck_{name}_period" in checks) == name.endswith("_version")


def refused(engine: Engine, statement: str, **values: Any) -> str:
    with engine.connect() as connection, pytest.raises(IntegrityError) as error:
        connection.execute(text(statement), values)
    return str(error.value)


def test_the_guards_stand_over_the_rows_that_were_there(upgraded: Engine) -> None:
    assert "partner_version_overlap" in refused(upgraded, NEW, partner=2, start="2026-06-01")
    assert "contact_version_overlap" in refused(
        upgraded, HELD.format(yes="true").replace("confirmed,", "confirmed, exclusive,").replace("true,", "true, true,")
    )
    backwards = NEW.replace("valid_from,", "valid_from, valid_to,").replace(":start,", ":start, '2020-01-01',")
    assert "period" in refused(upgraded, backwards, partner=1, start="2020-01-01")


def test_a_second_confirmed_holder_is_refused(upgraded: Engine) -> None:
    with upgraded.begin() as connection:
        assert connection.scalar(text("SELECT exclusive FROM contact_version")) in {False}
        connection.execute(text("UPDATE contact_version SET exclusive = true"))
    second = HELD.format(yes="true").replace("(1, 3", "(2, 3")
    second = second.replace("confirmed,", "confirmed, exclusive,").replace("true,", "true, true,")
    assert "contact_version_holder" in refused(upgraded, second)


def test_places_written_after_it_are_indexed(upgraded: Engine) -> None:
    if upgraded.dialect.name != "sqlite":
        gist = {index["name"] for index in inspect(upgraded).get_indexes("partner_version")}
        assert "partner_version_geometry" in gist
        return
    with upgraded.begin() as connection:
        assert connection.execute(text("SELECT id FROM partner_version_rt")).all() == []
        connection.execute(text("INSERT INTO partner (id) VALUES (3)"))
        connection.execute(text(NEW), {"partner": 3, "start": "2026-01-01"})
        placed = connection.scalars(text("SELECT id FROM partner_version WHERE min_x IS NOT NULL")).all()
        assert connection.scalars(text("SELECT id FROM partner_version_rt")).all() == placed
        connection.execute(text("UPDATE partner_version SET min_x = NULL WHERE partner_id = 3"))
        assert connection.execute(text("SELECT id FROM partner_version_rt")).all() == []


def test_upgrading_again_changes_nothing(upgraded: Engine) -> None:
    with upgraded.connect() as connection:
        before = connection.execute(text("SELECT * FROM partner_version ORDER BY id")).all()
    upgrade(upgraded)
    with upgraded.connect() as connection:
        assert connection.execute(text("SELECT * FROM partner_version ORDER BY id")).all() == before

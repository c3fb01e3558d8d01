"""What the engines enforce and index beside the tables, and shapes that come back as they went in."""

from contextlib import nullcontext
from datetime import date
from itertools import product
from typing import Any

import numpy as np
import pytest
import shapely
from sqlalchemy import Engine, inspect, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gridgov.domain.units import Period
from gridgov.storage.migrations.guards import LOCATED, SUBJECTS
from gridgov.storage.models import (
    Base,
    Cadre,
    Contact,
    ContactVersion,
    Located,
    Unit,
    UnitVersion,
    Versioned,
    located,
)
from gridgov.storage.versions import add_identities, add_versions, mark_contacts, open_batch, version_models
from tests.storage.things import SQUARE, add_unit, standing

SHAPES = {
    "point": shapely.Point(111.123456789, 30.987654321),
    "square": SQUARE,
    "hole": shapely.Polygon(SQUARE.exterior, [shapely.box(111.001, 30.001, 111.002, 30.002).exterior]),
    "two": shapely.MultiPolygon([SQUARE, shapely.box(112, 30, 112.5, 30.5)]),
    "line": shapely.LineString([(111, 30), (111.5, 30.25)]),
}


def placed(session: Session, shape: shapely.Geometry | None) -> UnitVersion:
    unit = add_unit(session, open_batch(session, "units"), "compound", "C", shape=shape)
    return standing(session, unit)


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_a_shape_comes_back_as_it_went_in(session: Session, name: str) -> None:
    version = placed(session, SHAPES[name])
    session.expire_all()
    assert shapely.equals_exact(version.geometry, SHAPES[name], 0.0)
    assert (version.min_x, version.min_y, version.max_x, version.max_y) == SHAPES[name].bounds


@pytest.mark.parametrize("shape", [None, shapely.Polygon()])
def test_no_shape_comes_back_as_none(session: Session, shape: shapely.Geometry | None) -> None:
    version = placed(session, shape)
    session.expire_all()
    assert version.geometry is None
    assert (version.min_x, version.max_y) == (None, None)


def test_the_guards_cover_every_version_table() -> None:
    models = version_models()
    assert {model.__tablename__: model.subject for model in models} == SUBJECTS
    assert {model.__tablename__ for model in models if issubclass(model, Located)} == set(LOCATED)
    assert {table.name for table in Base.metadata.tables.values() if "superseded_by" in table.columns} == set(SUBJECTS)
    assert all(issubclass(model, Versioned) for model in models)


def test_the_guards_stand_at_head(engine: Engine) -> None:
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            rows = connection.execute(text("SELECT type, name FROM sqlite_master"))
            found = {name for kind, name in rows if kind in {"trigger", "table"}}
            wanted = {f"{table}_overlap_{what}" for table in SUBJECTS for what in ("insert", "update")}
            wanted |= {f"contact_version_holder_{what}" for what in ("insert", "update")}
            wanted |= {f"{table}_rt{part}" for table in LOCATED for part in ("", "_insert", "_update", "_delete")}
        else:
            found = set(connection.scalars(text("SELECT conname FROM pg_constraint")))
            found |= set(connection.scalars(text("SELECT indexname FROM pg_indexes")))
            wanted = (
                {f"{table}_overlap" for table in SUBJECTS}
                | {"contact_version_holder"}
                | {f"{table}_geometry" for table in LOCATED}
            )
    assert wanted <= found


def test_every_reference_and_period_is_checked(engine: Engine) -> None:
    inspector = inspect(engine)
    for table in SUBJECTS:
        assert any("period" in check["name"] for check in inspector.get_check_constraints(table))
        assert {"batch_id", SUBJECTS[table]} <= {
            key for found in inspector.get_foreign_keys(table) for key in found["constrained_columns"]
        }


def test_the_rtree_follows_inserts_updates_and_deletes(session: Session) -> None:
    if session.get_bind().dialect.name != "sqlite":
        gist = text("SELECT count(*) FROM pg_indexes WHERE indexdef LIKE '%USING gist (geometry)%'")
        assert session.scalar(gist) == len(LOCATED)
        return
    version = placed(session, SQUARE)
    assert boxes(session) == {version.id: pytest.approx(SQUARE.bounds, abs=1e-4)}
    moved = shapely.box(112, 31, 112.01, 31.01)
    session.execute(UnitVersion.__table__.update().where(UnitVersion.id == version.id).values(**located(moved)))
    assert boxes(session) == {version.id: pytest.approx(moved.bounds, abs=1e-4)}
    session.execute(UnitVersion.__table__.update().where(UnitVersion.id == version.id).values(name="other"))
    assert len(boxes(session)) == 1
    session.execute(UnitVersion.__table__.update().where(UnitVersion.id == version.id).values(**located(None)))
    assert boxes(session) == {}
    session.execute(UnitVersion.__table__.update().where(UnitVersion.id == version.id).values(**located(moved)))
    assert len(boxes(session)) == 1
    session.execute(UnitVersion.__table__.delete().where(UnitVersion.id == version.id))
    assert boxes(session) == {}


def test_a_search_by_box_finds_what_shapely_finds(session: Session) -> None:
    batch = open_batch(session, "units")
    generator = np.random.default_rng(5)
    corners = generator.uniform((111, 30), (111.2, 30.2), (60, 2))
    shapes = {f"B{row:02d}": shapely.box(x, y, x + 0.01, y + 0.01) for row, (x, y) in enumerate(corners.tolist())}
    for code, shape in shapes.items():
        add_unit(session, batch, "building", code, shape=shape)
    window = (111.05, 30.05, 111.1, 30.1)
    west, south, east, north = window
    if session.get_bind().dialect.name == "sqlite":
        told = text(
            "SELECT id FROM unit_version_rt "
            "WHERE min_x <= :east AND max_x >= :west AND min_y <= :north AND max_y >= :south"
        ).bindparams(west=west, south=south, east=east, north=north)
    else:
        told = text("SELECT id FROM unit_version WHERE geometry && ST_MakeEnvelope(:west, :south, :east, :north, 4490)")
        told = told.bindparams(west=west, south=south, east=east, north=north)
    near = session.scalars(select(UnitVersion).where(UnitVersion.id.in_(session.scalars(told).all())))
    found = {unit.code for unit in near if unit.geometry.intersects(shapely.box(*window))}
    assert found == {code for code, shape in shapes.items() if shape.intersects(shapely.box(*window))}
    assert found


def boxes(session: Session) -> dict[int, tuple[float, ...]]:
    rows = session.execute(text("SELECT id, min_x, min_y, max_x, max_y FROM unit_version_rt"))
    return {row[0]: tuple(row[1:]) for row in rows}


def test_just_what_shares_a_day_is_refused(session: Session) -> None:
    batch = open_batch(session, "test")
    days: list[Any] = [date(1, 1, 1), date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 3), date(9999, 12, 30), None]
    periods = [(start, end) for at, start in enumerate(days[:-1]) for end in days[at + 1 :]]
    units = add_identities(session, Unit, [{"level": "street"}] * (len(periods) ** 2 + 1))
    for (one, other), unit in zip(product(periods, periods), units, strict=False):
        # the unit beside it stands all the time
        first = {"unit_id": unit + 1, "level": "street", "code": "S", "valid_from": days[0], "valid_to": None}
        rows = [{**first, "unit_id": unit, "valid_from": start, "valid_to": end} for start, end in (one, other)]
        shared = Period(*one).meets(Period(*other))
        with session.begin_nested() as tried:
            add_versions(session, UnitVersion, batch.id, [first, rows[0]])
            refused = pytest.raises(IntegrityError, match="unit_version_overlap") if shared else nullcontext()
            with refused, session.begin_nested():
                add_versions(session, UnitVersion, batch.id, rows[1:])
            tried.rollback()


@pytest.mark.parametrize("how", ["insert", "update"])
def test_two_confirmed_holders_are_refused_by_the_engine(session: Session, how: str) -> None:
    batch = open_batch(session, "contacts")
    unit = add_unit(session, batch, "compound", "C")
    people = add_identities(session, Cadre, [{}, {}])
    contacts = add_identities(session, Contact, [{}, {}])
    told = {"tier": 3, "role": "lead", "unit_id": unit, "valid_from": date(2026, 1, 1), "valid_to": None}
    rows = [{**told, "contact_id": c, "cadre_id": p} for c, p in zip(contacts, people, strict=True)]
    add_versions(session, ContactVersion, batch.id, rows)
    ids = list(session.scalars(select(ContactVersion.id).order_by(ContactVersion.id)))
    mark_contacts(session, ids[:1], exclusive=True, confirmed=True)
    mark_contacts(session, ids[1:], exclusive=True, confirmed=False)
    third = {**told, "cadre_id": people[1], "contact_id": add_identities(session, Contact, [{}])[0]}
    second = {"exclusive": True, "confirmed": True}

    def happen() -> None:
        with session.begin_nested():
            if how == "update":
                mark_contacts(session, ids[1:], confirmed=True)
            else:
                add_versions(session, ContactVersion, batch.id, [{**third, **second}])

    with pytest.raises(IntegrityError, match="contact_version_holder"):
        happen()
    mark_contacts(session, ids[1:], exclusive=False, confirmed=True)

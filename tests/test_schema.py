"""What the tables may hold: duties and services, never a register of residents. One history, true on both engines."""

import re

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Engine, Float, MetaData, String, Table
from sqlalchemy.dialects.postgresql.base import ischema_names

from gridgov.storage.database import migrations
from gridgov.storage.migrations import ours
from gridgov.storage.models import Base
from gridgov.storage.types import PostgisGeometry, Shape

# Words of a table's name that would make it a list of people who hold no duty.
RESIDENTS = (
    "resident", "citizen", "inhabitant", "villager", "tenant", "lodger", "migrant", "person", "human", "member",
    "household", "family", "kin", "spouse", "child", "elder", "petitioner", "suspect", "offender", "visitor",
)  # fmt: skip

# Words of a column's (or table's) name. A word also stands for what it begins: `ethnic` refuses `ethnicity`.
REFUSED = {
    "identity number": ("id_number", "id_card", "idcard", "identity", "national_id", "passport", "ssn", "sfz", "hukou"),
    "religion": ("religio", "faith", "belief", "church"),
    "ethnicity": ("ethnic", "race", "nationality", "minzu", "minority"),
    "health": ("health", "illness", "disease", "disab", "medical", "medicat", "mental", "pregnan", "vaccin", "addict"),
    "political profile": ("politic", "ideolog", "party_member", "attitude", "sentiment", "loyal", "opinion"),
    "key person": ("key_person", "key_population", "petition", "watch", "blacklist", "risk", "suspect", "crim"),
    "face": ("face", "facial", "biometr", "fingerprint", "iris", "voiceprint", "gait", "photo", "portrait"),
    "camera": ("camera", "cctv", "video", "stream", "surveil"),
    "plate": ("plate", "vehicle", "car", "licence_no", "license"),
    "score": ("score", "rank", "rating", "rated", "credit", "merit", "reward", "penalt", "stars", "kpi", "performance"),
    "live position": ("position", "latitude", "longitude", "lat", "lon", "lng", "gps", "live", "last_seen", "device"),
    "tracks": ("track", "trajector", "trace", "trail", "check_in", "checkin", "clock", "visit", "attendance"),
    "private life": ("birth", "gender", "sex", "marital", "income", "salary", "occupation", "home", "wechat", "email"),
}  # fmt: skip
WHOLE_WORDS = {
    "car",
    "lat",
    "lon",
    "lng",
    "sex",
    "race",
    "live",
    "face",
    "iris",
    "ssn",
    "sfz",
    "child",
    "kin",
    "plate",
    "home",
}

# The one exception: a member household is a consented volunteer post (when, what for; withdrawal erases it). It is a
# unit of the lowest level, and these two columns are all that a unit knows of it.
MEMBER_HOUSEHOLD = {("unit_version", "consent_date"), ("unit_version", "purpose")}

# A cadre's home is at most a community's code, and matching is its only use.
CADRE_HOME = ("cadre_version", "home_community")

# Columns that reach a person, and the duties that they come with.
REACHING = {
    "mobile": {"cadre_version", "post_version"},
    "holder": {"post_version"},
    "contact": {"partner_version"},
    "phone": {"department_version", "partner_version"},
    "consent_date": {"unit_version"},
    "purpose": {"unit_version"},
}
PLACES = {
    "department_version", "gate_version", "grid_version", "land_version", "partner_version", "site_version",
    "unit_version",
}  # fmt: skip


def test_nobody_is_registered() -> None:
    assert findings(Base.metadata) == []


@pytest.mark.parametrize(
    "column",
    [
        "id_number", "holder_id_card", "religion", "religious_belief", "ethnicity", "health", "disabled",
        "health_status", "political_status", "key_person", "is_key_person", "risk_level", "face", "face_vector",
        "camera_id", "cameras", "plate", "plate_number", "score", "scores", "rank", "ranking", "live_position", "lat",
        "longitude", "last_seen_at", "track", "tracks", "trajectory", "check_in_at", "photo", "birthday",
    ],
)  # fmt: skip
def test_a_refused_column_is_found(column: str) -> None:
    assert findings(_table("cadre_version", Column(column, String)))


@pytest.mark.parametrize("name", ["resident", "residents", "resident_version", "household_member", "member", "person"])
def test_a_register_of_residents_is_found(name: str) -> None:
    assert findings(_table(name))


def test_a_name_or_number_away_from_a_duty_is_found() -> None:
    assert findings(_table("unit_version", Column("mobile", String)))
    assert findings(_table("grid_version", Column("consent_date", String)))
    assert findings(_table("cadre_version", Column("place", Shape)))
    assert findings(_table("gate_version", Column("home_community", String)))


def test_ordinary_columns_pass() -> None:
    plain = ("age_60_79", "people", "households", "capacity", "latest", "carried_from", "explained", "deliveries")
    assert findings(_table("unit_version", *(Column(name, Float) for name in plain))) == []


def test_history_has_one_head() -> None:
    assert len(ScriptDirectory.from_config(migrations()).get_heads()) == 1


def test_the_history_ends_in_the_model(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ischema_names, "geometry", lambda *_: PostgisGeometry())
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": ours, "compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []


def findings(metadata: MetaData) -> list[str]:
    """Return what in these tables would make them a register of people, or a watch on them."""
    found = []
    for table in metadata.tables.values():
        found += [f"{table.name}: a table of {word}" for word in RESIDENTS if _holds(table.name, word)]
        found += [f"{table.name}: {why}" for why, words in REFUSED.items() if any(_holds(table.name, w) for w in words)]
        found += [finding for column in table.columns for finding in _of_column(table.name, column)]
    return found


def _of_column(table: str, column: Column[object]) -> list[str]:
    name = f"{table}.{column.name}"
    if (table, column.name) in MEMBER_HOUSEHOLD or (table, column.name) == CADRE_HOME:
        return []
    found = [f"{name}: {why}" for why, words in REFUSED.items() if any(_holds(column.name, word) for word in words)]
    if table not in REACHING.get(column.name, {table}):
        found.append(f"{name}: reaches a person away from a duty")
    if isinstance(column.type, Shape) and table not in PLACES:
        found.append(f"{name}: a place for what has none")
    return found


def _holds(name: str, word: str) -> bool:
    end = r"s?(_|$)" if word in WHOLE_WORDS or word in RESIDENTS else ""
    return re.search(rf"(^|_){word}{end}", name) is not None


def _table(name: str, *columns: Column[object]) -> MetaData:
    metadata = MetaData()
    Table(name, metadata, Column("id", String, primary_key=True), *columns)
    return metadata

"""What the engines enforce beside the tables: spatial indexes, and no overlap of standing versions.

SQLite's triggers go when Alembic rebuilds a table: a migration that does so calls these again for it.
"""

from alembic import op

LOCATED = (
    "department_version",
    "gate_version",
    "grid_version",
    "land_version",
    "partner_version",
    "site_version",
    "unit_version",
)
SUBJECTS = {
    "branch_version": "branch_id",
    "cadre_version": "cadre_id",
    "contact_version": "contact_id",
    "department_version": "department_id",
    "gate_version": "gate_id",
    "grid_version": "grid_id",
    "land_version": "land_id",
    "network_version": "network_id",
    "partner_version": "partner_id",
    "post_version": "post_id",
    "raster_version": "raster_id",
    "service_point_version": "service_point_id",
    "site_version": "site_id",
    "unit_version": "unit_id",
}

_DAY_0, _NEVER = "DATE '2000-01-01'", 10_000_000  # days are counted from the one, and don't reach the other


def prepare() -> None:
    """Load what the guards need of the engine."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE EXTENSION IF NOT EXISTS postgis")
        op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")


def index_places(table: str) -> None:
    """Index a table's geometries: GiST, or an R*Tree over the bounding boxes kept by triggers."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"CREATE INDEX {table}_geometry ON {table} USING gist (geometry)")
        return
    op.execute(f"CREATE VIRTUAL TABLE {table}_rt USING rtree (id, min_x, max_x, min_y, max_y)")
    box = "new.id, new.min_x, new.max_x, new.min_y, new.max_y"
    op.execute(
        f"CREATE TRIGGER {table}_rt_insert AFTER INSERT ON {table} WHEN new.min_x IS NOT NULL "
        f"BEGIN INSERT INTO {table}_rt VALUES ({box}); END"
    )
    op.execute(
        f"CREATE TRIGGER {table}_rt_update AFTER UPDATE OF min_x, min_y, max_x, max_y ON {table} "
        f"BEGIN DELETE FROM {table}_rt WHERE id = old.id; "
        f"INSERT INTO {table}_rt SELECT {box} WHERE new.min_x IS NOT NULL; END"
    )
    op.execute(
        f"CREATE TRIGGER {table}_rt_delete AFTER DELETE ON {table} BEGIN DELETE FROM {table}_rt WHERE id = old.id; END"
    )


def refuse_overlap(table: str, subject: str) -> None:
    """Let no two standing versions of one thing share a day.

    On PostgreSQL a version is a stroke in the plane: its thing's number across, its days up to half a day before the
    one on which it no longer holds. Writing strokes costs a third of what an equal number and a range of dates does.
    """
    if op.get_bind().dialect.name == "postgresql":
        first = f"point({subject}, valid_from - {_DAY_0})"
        last = f"point({subject}, coalesce(valid_to - {_DAY_0}, {_NEVER}) - 0.5)"
        op.execute(
            f"ALTER TABLE {table} ADD CONSTRAINT {table}_overlap EXCLUDE USING gist "
            f"(box({first}, {last}) WITH &&) WHERE (superseded_by IS NULL)"
        )
        return
    shared = (
        f"SELECT 1 FROM {table} v WHERE v.{subject} = new.{subject} AND v.id <> new.id AND v.superseded_by IS NULL "
        "AND v.valid_from < coalesce(new.valid_to, '9999-12-31') "
        "AND new.valid_from < coalesce(v.valid_to, '9999-12-31')"
    )
    for happening in ("INSERT", f"UPDATE OF {subject}, superseded_by, valid_from, valid_to"):
        op.execute(
            f"CREATE TRIGGER {table}_overlap_{happening[:6].lower()} AFTER {happening} ON {table} "
            f"WHEN new.superseded_by IS NULL AND EXISTS ({shared}) "
            f"BEGIN SELECT RAISE(ABORT, '{table}_overlap'); END"
        )


def refuse_second_holder() -> None:
    """Let no two confirmed contacts hold one exclusive role of a unit on one day."""
    wanted = "superseded_by IS NULL AND confirmed AND exclusive"
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "ALTER TABLE contact_version ADD CONSTRAINT contact_version_holder EXCLUDE USING gist "
            "(unit_id WITH =, tier WITH =, role WITH =, daterange(valid_from, valid_to) WITH &&) "
            f"WHERE ({wanted})"
        )
        return
    shared = (
        "SELECT 1 FROM contact_version v WHERE v.unit_id = new.unit_id AND v.tier = new.tier AND v.role = new.role "
        "AND v.id <> new.id AND v.superseded_by IS NULL AND v.confirmed AND v.exclusive "
        "AND v.valid_from < coalesce(new.valid_to, '9999-12-31') "
        "AND new.valid_from < coalesce(v.valid_to, '9999-12-31')"
    )
    for happening in ("INSERT", "UPDATE"):
        op.execute(
            f"CREATE TRIGGER contact_version_holder_{happening.lower()} AFTER {happening} ON contact_version "
            f"WHEN new.superseded_by IS NULL AND new.confirmed AND new.exclusive AND EXISTS ({shared}) "
            "BEGIN SELECT RAISE(ABORT, 'contact_version_holder'); END"
        )

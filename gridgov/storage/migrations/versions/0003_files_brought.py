"""Sources of files, imports under way, population rasters, what runs rest on; overlaps refused at less cost"""

import sqlalchemy as sa
from alembic import op

from gridgov.storage.migrations import guards

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _sources()
    _intakes()
    _rasters()
    op.add_column("run", sa.Column("inputs", sa.JSON(), nullable=True))
    _overlaps()


def _sources() -> None:
    op.create_table(
        "source",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("crs", sa.String(), nullable=True),
        sa.Column("encoding", sa.String(), nullable=True),
        sa.Column("level", sa.String(), nullable=True),
        sa.Column("stale_days", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
        sa.UniqueConstraint("kind", "name", name=op.f("uq_source_kind_name")),
    )
    # As one column definition: a rebuilt table would break what refers to it on SQLite.
    op.execute("ALTER TABLE batch ADD COLUMN source_id INTEGER CONSTRAINT fk_batch_source_id REFERENCES source (id)")


def _intakes() -> None:
    op.create_table(
        "intake",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=True),
        sa.Column("rows", sa.LargeBinary(), nullable=True),
        sa.Column("returned", sa.LargeBinary(), nullable=True),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_intake_account_id")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_intake_batch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake")),
    )
    op.create_index(op.f("ix_intake_token"), "intake", ["token"], unique=True)
    op.create_table(
        "upload",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("intake_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["intake_id"], ["intake.id"], name=op.f("fk_upload_intake_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload")),
    )
    op.create_index(op.f("ix_upload_intake_id"), "upload", ["intake_id"])
    op.create_table(
        "upload_part",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("upload_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["upload_id"], ["upload.id"], name=op.f("fk_upload_part_upload_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload_part")),
        sa.UniqueConstraint("upload_id", "number", name=op.f("uq_upload_part_upload_id_number")),
    )


def _rasters() -> None:
    op.create_table(
        "raster",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_raster")),
    )
    op.create_table(
        "raster_data",
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_raster_data")),
    )
    op.create_table(
        "raster_version",
        sa.Column("raster_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("cells", sa.Integer(), nullable=False),
        sa.Column("people", sa.Double(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("band", sa.String(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("superseded_by", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_raster_version_period")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_raster_version_batch_id")),
        sa.ForeignKeyConstraint(["hash"], ["raster_data.hash"], name=op.f("fk_raster_version_hash")),
        sa.ForeignKeyConstraint(["raster_id"], ["raster.id"], name=op.f("fk_raster_version_raster_id")),
        sa.ForeignKeyConstraint(["superseded_by"], ["batch.id"], name=op.f("fk_raster_version_superseded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_raster_version")),
    )
    for column in ("batch_id", "code", "superseded_by"):
        op.create_index(op.f(f"ix_raster_version_{column}"), "raster_version", [column])
    together = ["raster_id", "superseded_by", "valid_from"]
    op.create_index(op.f("ix_raster_version_raster_id_superseded_by_valid_from"), "raster_version", together)
    guards.refuse_overlap("raster_version", "raster_id")


def _overlaps() -> None:
    """Refuse overlaps on PostgreSQL as `guards` does now; SQLite's triggers stay as they are."""
    if op.get_bind().dialect.name == "postgresql":
        for table, subject in guards.SUBJECTS.items():
            op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {table}_overlap")
            guards.refuse_overlap(table, subject)

"""Edits by hand, pledges with dates and places, exports; no two confirmed holders"""

import sqlalchemy as sa
from alembic import op

from gridgov.storage.migrations import guards
from gridgov.storage.types import Shape

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("batch", sa.Column("token", sa.String(), nullable=True))
    op.add_column("batch", sa.Column("note", sa.String(), nullable=True))
    op.create_index(op.f("ix_batch_token"), "batch", ["token"], unique=True)
    op.create_table(
        "export_record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_export_record_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export_record")),
    )
    _contacts()
    _partners()


def _contacts() -> None:
    """Say of each contact whether only one may hold its role; until the next writing tells, none does."""
    with op.batch_alter_table("contact_version") as batch_op:
        batch_op.add_column(sa.Column("exclusive", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("contact_version") as batch_op:
        batch_op.alter_column("exclusive", server_default=None)
    _guard_again("contact_version", "contact_id")
    guards.refuse_second_holder()


def _partners() -> None:
    """Turn what partner bodies share and pledged from a text into lists, and give them a place."""
    connection = op.get_bind()
    old = sa.table("partner_version", sa.column("id"), sa.column("resources"), sa.column("pledges"))
    told = connection.execute(sa.select(old)).all()
    with op.batch_alter_table("partner_version") as batch_op:
        batch_op.drop_column("resources")
        batch_op.drop_column("pledges")
    with op.batch_alter_table("partner_version") as batch_op:
        batch_op.add_column(sa.Column("resources", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("pledges", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("geometry", Shape(), nullable=True))
        for name in ("min_x", "min_y", "max_x", "max_y"):
            batch_op.add_column(sa.Column(name, sa.Double(), nullable=True))
    with op.batch_alter_table("partner_version") as batch_op:
        batch_op.alter_column("resources", server_default=None)
        batch_op.alter_column("pledges", server_default=None)
    new = sa.table("partner_version", sa.column("id"), sa.column("resources", sa.JSON), sa.column("pledges", sa.JSON))
    for row in told:
        lists = {"resources": _listed(row.resources, kind=None), "pledges": _listed(row.pledges, due=None, kept=None)}
        connection.execute(sa.update(new).where(new.c.id == row.id).values(**lists))
    _guard_again("partner_version", "partner_id")
    guards.index_places("partner_version")


def _listed(text: str | None, **more: None) -> list[dict[str, str | None]]:
    return [] if not text else [{**more, "text": text}]


def _guard_again(table: str, subject: str) -> None:
    """Put back the triggers that went with SQLite's old table."""
    if op.get_bind().dialect.name == "sqlite":
        guards.refuse_overlap(table, subject)

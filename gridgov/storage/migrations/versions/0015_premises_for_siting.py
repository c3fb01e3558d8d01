"""Premises brought as candidates for sites, and the question a plan answers"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "premises",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_premises_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_premises")),
    )
    op.create_index(op.f("ix_premises_account_id"), "premises", ["account_id"])
    op.create_index(op.f("ix_premises_token"), "premises", ["token"], unique=True)
    with op.batch_alter_table("plan") as batch_op:
        batch_op.add_column(sa.Column("asked", sa.JSON(), nullable=True))

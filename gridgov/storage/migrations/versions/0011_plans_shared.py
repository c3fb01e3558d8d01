"""Plans that are shared, speak of an area, and count how often they were saved"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("plan") as batch_op:
        batch_op.add_column(sa.Column("areas", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("shared", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    with op.batch_alter_table("plan") as batch_op:
        batch_op.alter_column("shared", server_default=None)
        batch_op.alter_column("version", server_default=None)

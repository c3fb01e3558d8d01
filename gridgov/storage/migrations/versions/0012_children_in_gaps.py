"""Gaps that tell of children of 0-5 and of 6-14"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("people_0_5", "people_6_14"):
        op.add_column("run_gap", sa.Column(name, sa.Double(), nullable=True))

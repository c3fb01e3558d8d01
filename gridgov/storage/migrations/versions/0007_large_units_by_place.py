"""Units larger than a building group found by level and place"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    large = sa.text("superseded_by IS NULL AND level <> 'building'")
    columns = ["level", "min_x", "max_x", "min_y", "max_y"]
    op.create_index("ix_unit_version_large", "unit_version", columns, sqlite_where=large, postgresql_where=large)

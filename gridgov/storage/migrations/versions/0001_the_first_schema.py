"""The first schema"""

import sqlalchemy as sa
from alembic import op

from gridgov.storage.migrations import guards
from gridgov.storage.types import Shape

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_LATER = {"raster_version"}  # came with 0003


def upgrade() -> None:
    guards.prepare()
    op.create_table(
        "branch", sa.Column("id", sa.Integer(), nullable=False), sa.PrimaryKeyConstraint("id", name=op.f("pk_branch"))
    )
    op.create_table(
        "cadre", sa.Column("id", sa.Integer(), nullable=False), sa.PrimaryKeyConstraint("id", name=op.f("pk_cadre"))
    )
    op.create_table(
        "contact", sa.Column("id", sa.Integer(), nullable=False), sa.PrimaryKeyConstraint("id", name=op.f("pk_contact"))
    )
    op.create_table(
        "department",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_department")),
    )
    op.create_table(
        "deployment",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_deployment")),
    )
    op.create_table(
        "gate", sa.Column("id", sa.Integer(), nullable=False), sa.PrimaryKeyConstraint("id", name=op.f("pk_gate"))
    )
    op.create_table(
        "grid", sa.Column("id", sa.Integer(), nullable=False), sa.PrimaryKeyConstraint("id", name=op.f("pk_grid"))
    )
    op.create_table(
        "land", sa.Column("id", sa.Integer(), nullable=False), sa.PrimaryKeyConstraint("id", name=op.f("pk_land"))
    )
    op.create_table(
        "login_throttle",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_login_throttle")),
    )
    op.create_table(
        "network", sa.Column("id", sa.Integer(), nullable=False), sa.PrimaryKeyConstraint("id", name=op.f("pk_network"))
    )
    op.create_table(
        "network_data",
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_network_data")),
    )
    op.create_table(
        "partner", sa.Column("id", sa.Integer(), nullable=False), sa.PrimaryKeyConstraint("id", name=op.f("pk_partner"))
    )
    op.create_table(
        "post", sa.Column("id", sa.Integer(), nullable=False), sa.PrimaryKeyConstraint("id", name=op.f("pk_post"))
    )
    op.create_table(
        "service_point",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_point")),
    )
    op.create_table(
        "site", sa.Column("id", sa.Integer(), nullable=False), sa.PrimaryKeyConstraint("id", name=op.f("pk_site"))
    )
    op.create_table(
        "unit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
    )
    with op.batch_alter_table("unit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_unit_level"), ["level"], unique=False)

    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("stamp", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("cadre_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["cadre_id"], ["cadre.id"], name=op.f("fk_account_cadre_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("name", name=op.f("uq_account_name")),
    )
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_account_cadre_id"), ["cadre_id"], unique=False)

    op.create_table(
        "account_role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_account_role_account_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_account_role_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_role")),
        sa.UniqueConstraint("account_id", "role", "unit_id", name=op.f("uq_account_role_account_id_role_unit_id")),
    )
    with op.batch_alter_table("account_role", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_account_role_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_account_role_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("undoes", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_batch_account_id")),
        sa.ForeignKeyConstraint(["undoes"], ["batch.id"], name=op.f("fk_batch_undoes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
        sa.UniqueConstraint("undoes", name=op.f("uq_batch_undoes")),
    )
    op.create_table(
        "branch_version",
        sa.Column("branch_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("formation", sa.String(), nullable=False),
        sa.Column("enlarged", sa.Boolean(), nullable=False),
        sa.Column("compounds", sa.JSON(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("superseded_by", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_branch_version_period")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_branch_version_batch_id")),
        sa.ForeignKeyConstraint(["branch_id"], ["branch.id"], name=op.f("fk_branch_version_branch_id")),
        sa.ForeignKeyConstraint(["superseded_by"], ["batch.id"], name=op.f("fk_branch_version_superseded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_branch_version")),
    )
    with op.batch_alter_table("branch_version", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_branch_version_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_branch_version_branch_id_superseded_by_valid_from"),
            ["branch_id", "superseded_by", "valid_from"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_branch_version_code"), ["code"], unique=False)
        batch_op.create_index(batch_op.f("ix_branch_version_superseded_by"), ["superseded_by"], unique=False)

    op.create_table(
        "cadre_version",
        sa.Column("cadre_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("post", sa.String(), nullable=True),
        sa.Column("office_phone", sa.String(), nullable=True),
        sa.Column("mobile", sa.String(), nullable=True),
        sa.Column("home_community", sa.String(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("superseded_by", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_cadre_version_period")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_cadre_version_batch_id")),
        sa.ForeignKeyConstraint(["cadre_id"], ["cadre.id"], name=op.f("fk_cadre_version_cadre_id")),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_cadre_version_department_id")),
        sa.ForeignKeyConstraint(["superseded_by"], ["batch.id"], name=op.f("fk_cadre_version_superseded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cadre_version")),
    )
    with op.batch_alter_table("cadre_version", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cadre_version_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_cadre_version_cadre_id_superseded_by_valid_from"),
            ["cadre_id", "superseded_by", "valid_from"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_cadre_version_code"), ["code"], unique=False)
        batch_op.create_index(batch_op.f("ix_cadre_version_department_id"), ["department_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_cadre_version_superseded_by"), ["superseded_by"], unique=False)

    op.create_table(
        "contact_version",
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("tier", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("cadre_id", sa.Integer(), nullable=True),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("document", sa.String(), nullable=True),
        sa.Column("recorded_by", sa.String(), nullable=True),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("superseded_by", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_contact_version_period")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_contact_version_batch_id")),
        sa.ForeignKeyConstraint(["cadre_id"], ["cadre.id"], name=op.f("fk_contact_version_cadre_id")),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_contact_version_contact_id")),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_contact_version_department_id")),
        sa.ForeignKeyConstraint(["superseded_by"], ["batch.id"], name=op.f("fk_contact_version_superseded_by")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_contact_version_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_version")),
    )
    with op.batch_alter_table("contact_version", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contact_version_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_contact_version_cadre_id"), ["cadre_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_contact_version_contact_id_superseded_by_valid_from"),
            ["contact_id", "superseded_by", "valid_from"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_contact_version_department_id"), ["department_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_contact_version_superseded_by"), ["superseded_by"], unique=False)
        batch_op.create_index(batch_op.f("ix_contact_version_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "department_version",
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("superseded_by", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("geometry", Shape(), nullable=True),
        sa.Column("min_x", sa.Double(), nullable=True),
        sa.Column("min_y", sa.Double(), nullable=True),
        sa.Column("max_x", sa.Double(), nullable=True),
        sa.Column("max_y", sa.Double(), nullable=True),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_department_version_period")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_department_version_batch_id")),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_department_version_department_id")),
        sa.ForeignKeyConstraint(["superseded_by"], ["batch.id"], name=op.f("fk_department_version_superseded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_department_version")),
    )
    with op.batch_alter_table("department_version", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_department_version_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_department_version_code"), ["code"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_department_version_department_id_superseded_by_valid_from"),
            ["department_id", "superseded_by", "valid_from"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_department_version_superseded_by"), ["superseded_by"], unique=False)

    op.create_table(
        "gate_version",
        sa.Column("gate_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("hours", sa.String(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("superseded_by", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("geometry", Shape(), nullable=True),
        sa.Column("min_x", sa.Double(), nullable=True),
        sa.Column("min_y", sa.Double(), nullable=True),
        sa.Column("max_x", sa.Double(), nullable=True),
        sa.Column("max_y", sa.Double(), nullable=True),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_gate_version_period")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_gate_version_batch_id")),
        sa.ForeignKeyConstraint(["gate_id"], ["gate.id"], name=op.f("fk_gate_version_gate_id")),
        sa.ForeignKeyConstraint(["superseded_by"], ["batch.id"], name=op.f("fk_gate_version_superseded_by")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_gate_version_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gate_version")),
    )
    with op.batch_alter_table("gate_version", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_gate_version_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_gate_version_code"), ["code"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_gate_version_gate_id_superseded_by_valid_from"),
            ["gate_id", "superseded_by", "valid_from"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_gate_version_superseded_by"), ["superseded_by"], unique=False)
        batch_op.create_index(batch_op.f("ix_gate_version_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "grid_version",
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("superseded_by", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("geometry", Shape(), nullable=True),
        sa.Column("min_x", sa.Double(), nullable=True),
        sa.Column("min_y", sa.Double(), nullable=True),
        sa.Column("max_x", sa.Double(), nullable=True),
        sa.Column("max_y", sa.Double(), nullable=True),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_grid_version_period")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_grid_version_batch_id")),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_grid_version_grid_id")),
        sa.ForeignKeyConstraint(["superseded_by"], ["batch.id"], name=op.f("fk_grid_version_superseded_by")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_grid_version_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grid_version")),
    )
    with op.batch_alter_table("grid_version", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_grid_version_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_grid_version_code"), ["code"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_grid_version_grid_id_superseded_by_valid_from"),
            ["grid_id", "superseded_by", "valid_from"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_grid_version_superseded_by"), ["superseded_by"], unique=False)
        batch_op.create_index(batch_op.f("ix_grid_version_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "land_version",
        sa.Column("land_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("superseded_by", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("geometry", Shape(), nullable=True),
        sa.Column("min_x", sa.Double(), nullable=True),
        sa.Column("min_y", sa.Double(), nullable=True),
        sa.Column("max_x", sa.Double(), nullable=True),
        sa.Column("max_y", sa.Double(), nullable=True),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_land_version_period")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_land_version_batch_id")),
        sa.ForeignKeyConstraint(["land_id"], ["land.id"], name=op.f("fk_land_version_land_id")),
        sa.ForeignKeyConstraint(["superseded_by"], ["batch.id"], name=op.f("fk_land_version_superseded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_land_version")),
    )
    with op.batch_alter_table("land_version", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_land_version_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_land_version_code"), ["code"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_land_version_land_id_superseded_by_valid_from"),
            ["land_id", "superseded_by", "valid_from"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_land_version_superseded_by"), ["superseded_by"], unique=False)

    op.create_table(
        "network_version",
        sa.Column("network_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("segments", sa.Integer(), nullable=False),
        sa.Column("metres", sa.Double(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("superseded_by", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_network_version_period")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_network_version_batch_id")),
        sa.ForeignKeyConstraint(["hash"], ["network_data.hash"], name=op.f("fk_network_version_hash")),
        sa.ForeignKeyConstraint(["network_id"], ["network.id"], name=op.f("fk_network_version_network_id")),
        sa.ForeignKeyConstraint(["superseded_by"], ["batch.id"], name=op.f("fk_network_version_superseded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_network_version")),
    )
    with op.batch_alter_table("network_version", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_network_version_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_network_version_code"), ["code"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_network_version_network_id_superseded_by_valid_from"),
            ["network_id", "superseded_by", "valid_from"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_network_version_superseded_by"), ["superseded_by"], unique=False)

    op.create_table(
        "partner_version",
        sa.Column("partner_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("contact", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("resources", sa.String(), nullable=True),
        sa.Column("pledges", sa.String(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("superseded_by", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_partner_version_period")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_partner_version_batch_id")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_partner_version_partner_id")),
        sa.ForeignKeyConstraint(["superseded_by"], ["batch.id"], name=op.f("fk_partner_version_superseded_by")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_partner_version_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner_version")),
    )
    with op.batch_alter_table("partner_version", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_partner_version_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_partner_version_code"), ["code"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_partner_version_partner_id_superseded_by_valid_from"),
            ["partner_id", "superseded_by", "valid_from"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_partner_version_superseded_by"), ["superseded_by"], unique=False)
        batch_op.create_index(batch_op.f("ix_partner_version_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "post_version",
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(), nullable=True),
        sa.Column("office_phone", sa.String(), nullable=True),
        sa.Column("mobile", sa.String(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("superseded_by", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_post_version_period")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_post_version_batch_id")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_post_version_post_id")),
        sa.ForeignKeyConstraint(["superseded_by"], ["batch.id"], name=op.f("fk_post_version_superseded_by")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_post_version_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_version")),
    )
    with op.batch_alter_table("post_version", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_post_version_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_post_version_post_id_superseded_by_valid_from"),
            ["post_id", "superseded_by", "valid_from"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_post_version_role"), ["role"], unique=False)
        batch_op.create_index(batch_op.f("ix_post_version_superseded_by"), ["superseded_by"], unique=False)
        batch_op.create_index(batch_op.f("ix_post_version_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        sa.Column("pack", sa.String(), nullable=False),
        sa.Column("pack_version", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("code_version", sa.String(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("estimate", sa.Boolean(), nullable=False),
        sa.Column("summary", sa.JSON(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_run_batch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
    )
    with op.batch_alter_table("run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_run_hash"), ["hash"], unique=False)

    op.create_table(
        "service_point_version",
        sa.Column("service_point_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("capacity", sa.Double(), nullable=True),
        sa.Column("hours", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("planned_year", sa.Integer(), nullable=True),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("superseded_by", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_service_point_version_period")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_service_point_version_batch_id")),
        sa.ForeignKeyConstraint(
            ["service_point_id"], ["service_point.id"], name=op.f("fk_service_point_version_service_point_id")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_service_point_version_site_id")),
        sa.ForeignKeyConstraint(["superseded_by"], ["batch.id"], name=op.f("fk_service_point_version_superseded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_point_version")),
    )
    with op.batch_alter_table("service_point_version", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_service_point_version_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_service_point_version_code"), ["code"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_service_point_version_service_point_id_superseded_by_valid_from"),
            ["service_point_id", "superseded_by", "valid_from"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_service_point_version_site_id"), ["site_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_service_point_version_superseded_by"), ["superseded_by"], unique=False)
        batch_op.create_index(batch_op.f("ix_service_point_version_type"), ["type"], unique=False)

    op.create_table(
        "site_version",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("entrances", sa.String(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("superseded_by", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("geometry", Shape(), nullable=True),
        sa.Column("min_x", sa.Double(), nullable=True),
        sa.Column("min_y", sa.Double(), nullable=True),
        sa.Column("max_x", sa.Double(), nullable=True),
        sa.Column("max_y", sa.Double(), nullable=True),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_site_version_period")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_site_version_batch_id")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_site_version_site_id")),
        sa.ForeignKeyConstraint(["superseded_by"], ["batch.id"], name=op.f("fk_site_version_superseded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_version")),
    )
    with op.batch_alter_table("site_version", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_site_version_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_site_version_code"), ["code"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_site_version_site_id_superseded_by_valid_from"),
            ["site_id", "superseded_by", "valid_from"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_site_version_superseded_by"), ["superseded_by"], unique=False)

    op.create_table(
        "unit_cell",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("cell", sa.String(), nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_unit_cell_batch_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_unit_cell_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_cell")),
    )
    with op.batch_alter_table("unit_cell", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_unit_cell_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_unit_cell_cell"), ["cell"], unique=False)
        batch_op.create_index(batch_op.f("ix_unit_cell_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "unit_grid",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("relation", sa.String(), nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_unit_grid_batch_id")),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_unit_grid_grid_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_unit_grid_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_grid")),
    )
    with op.batch_alter_table("unit_grid", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_unit_grid_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_unit_grid_grid_id"), ["grid_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_unit_grid_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "unit_share",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.Column("leads", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_unit_share_batch_id")),
        sa.ForeignKeyConstraint(["community_id"], ["unit.id"], name=op.f("fk_unit_share_community_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_unit_share_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_share")),
    )
    with op.batch_alter_table("unit_share", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_unit_share_batch_id_unit_id"), ["batch_id", "unit_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_unit_share_community_id"), ["community_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_unit_share_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "unit_version",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("code", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("parent_code", sa.String(), nullable=True),
        sa.Column("orphan", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.String(), nullable=True),
        sa.Column("management", sa.String(), nullable=True),
        sa.Column("people", sa.Double(), nullable=True),
        sa.Column("households", sa.Double(), nullable=True),
        sa.Column("floor_area", sa.Double(), nullable=True),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("age_0_2", sa.Double(), nullable=True),
        sa.Column("age_3_5", sa.Double(), nullable=True),
        sa.Column("age_6_11", sa.Double(), nullable=True),
        sa.Column("age_12_14", sa.Double(), nullable=True),
        sa.Column("age_15_59", sa.Double(), nullable=True),
        sa.Column("age_60_79", sa.Double(), nullable=True),
        sa.Column("age_80", sa.Double(), nullable=True),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("office_phone", sa.String(), nullable=True),
        sa.Column("panorama", sa.String(), nullable=True),
        sa.Column("consent_date", sa.Date(), nullable=True),
        sa.Column("purpose", sa.String(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("superseded_by", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("geometry", Shape(), nullable=True),
        sa.Column("min_x", sa.Double(), nullable=True),
        sa.Column("min_y", sa.Double(), nullable=True),
        sa.Column("max_x", sa.Double(), nullable=True),
        sa.Column("max_y", sa.Double(), nullable=True),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_unit_version_period")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_unit_version_batch_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["unit.id"], name=op.f("fk_unit_version_parent_id")),
        sa.ForeignKeyConstraint(["superseded_by"], ["batch.id"], name=op.f("fk_unit_version_superseded_by")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_unit_version_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_version")),
    )
    with op.batch_alter_table("unit_version", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_unit_version_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_unit_version_code"), ["code"], unique=False)
        batch_op.create_index(batch_op.f("ix_unit_version_parent_id"), ["parent_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_unit_version_superseded_by"), ["superseded_by"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_unit_version_unit_id_superseded_by_valid_from"),
            ["unit_id", "superseded_by", "valid_from"],
            unique=False,
        )

    op.create_table(
        "run_gap",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("community_id", sa.Integer(), nullable=True),
        sa.Column("street_id", sa.Integer(), nullable=True),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("scenario", sa.String(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("department", sa.String(), nullable=True),
        sa.Column("people", sa.Double(), nullable=False),
        sa.Column("people_60plus", sa.Double(), nullable=True),
        sa.Column("nearest", sa.String(), nullable=True),
        sa.Column("metres", sa.Double(), nullable=True),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("firm", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["community_id"], ["unit.id"], name=op.f("fk_run_gap_community_id")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_run_gap_run_id")),
        sa.ForeignKeyConstraint(["street_id"], ["unit.id"], name=op.f("fk_run_gap_street_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_run_gap_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_gap")),
    )
    with op.batch_alter_table("run_gap", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_run_gap_run_id_people"), ["run_id", "people"], unique=False)
        batch_op.create_index(batch_op.f("ix_run_gap_run_id_unit_id"), ["run_id", "unit_id"], unique=False)

    op.create_table(
        "run_share",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("people", sa.Double(), nullable=True),
        sa.Column("people_covered", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_run_share_run_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_run_share_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_share")),
    )
    with op.batch_alter_table("run_share", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_run_share_run_id_level"), ["run_id", "level"], unique=False)
        batch_op.create_index(batch_op.f("ix_run_share_run_id_unit_id"), ["run_id", "unit_id"], unique=False)
    for table in ("department_version", "gate_version", "grid_version", "land_version", "site_version", "unit_version"):
        guards.index_places(table)
    for table, subject in guards.SUBJECTS.items():
        if table not in _LATER:
            guards.refuse_overlap(table, subject)

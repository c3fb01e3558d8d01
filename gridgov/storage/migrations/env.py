"""Run the migrations on the connection handed over by gridgov.storage.database."""

from alembic import context

from gridgov.storage.migrations import ours
from gridgov.storage.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    include_object=ours,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()

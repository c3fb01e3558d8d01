"""The queue: work is handed over at once, and anybody may ask how far it is. A web process never works itself.

Workflows are kept by DBOS, in a database of their own (a SQLite file, or a schema on PostgreSQL); how far each one is,
and whether somebody wants it stopped, stands beside them in a table of ours.
"""

import secrets
from dataclasses import dataclass
from functools import cached_property

import sqlalchemy as sa
from dbos import DBOS, DBOSClient, DBOSPortableJSONSerializer, error
from sqlalchemy.engine import make_url

from gridgov.jobs.places import Places, places_at
from gridgov.storage.database import open_engine

SCHEMA = "gridgov_jobs"
NAME = "gridgov"
WORKS = ("look", "apply", "draw")
_STATES = {"ENQUEUED": "waiting", "DELAYED": "waiting", "PENDING": "running", "SUCCESS": "ended"}


@dataclass(frozen=True)
class Standing:
    """How far a job is: `waiting`, `running`, `ended`, or `lost` where nobody will go on with it."""

    state: str
    stage: str | None = None
    done: int = 0
    of: int = 0
    stopping: bool = False


class Queue:
    """The queue at an address; nothing is opened before it is first used."""

    def __init__(self, address: str) -> None:
        url = make_url(address)
        if url.drivername.startswith("postgres"):
            url = url.set(drivername="postgresql+psycopg")
        self.address = url.render_as_string(hide_password=False)

    @staticmethod
    def new(work: str) -> str:
        """Return the number of a job to be: an import says which one works on it before the job is handed over."""
        return f"{work}-{secrets.token_hex(8)}"

    def put(self, job: str, token: str) -> None:
        """Hand over a job about an import, or a document."""
        work = job.partition("-")[0]
        with self.engine.begin() as connection:
            connection.execute(self._told.insert().values(job=job, done=0, of=0, stop=False))
        self._client.enqueue({"workflow_name": work, "queue_name": work, "workflow_id": job}, token, job)

    def standing(self, job: str) -> Standing:
        """Tell how far a job is."""
        try:
            status = self._client.retrieve_workflow(job).get_status().status
        except error.DBOSNonExistentWorkflowError:
            return Standing("lost")
        with self.engine.execution_options(gridgov_reading=True).connect() as connection:
            told = connection.execute(sa.select(self._told).where(self._told.c.job == job)).one_or_none()
        state = _STATES.get(status, "lost")
        return Standing(state) if told is None else Standing(state, told.stage, told.done, told.of, told.stop)

    def stop(self, job: str) -> bool:
        """Ask for a job to be stopped; True where it had not begun, so that it never will."""
        with self.engine.begin() as connection:
            connection.execute(self._told.update().where(self._told.c.job == job).values(stop=True))
        if self.standing(job).state != "waiting":
            return False
        self._client.cancel_workflow(job)
        return True

    def tell(self, job: str, stage: str, done: int, of: int) -> bool:
        """Say how far a job is; True where it is to stop."""
        with self.engine.begin() as connection:
            row = self._told.c.job == job
            connection.execute(self._told.update().where(row).values(stage=stage, done=done, of=of))
            return bool(connection.scalar(sa.select(self._told.c.stop).where(row)))

    def heard(self) -> bool:
        """Tell whether any worker lives."""
        return bool(self.places.held())

    @cached_property
    def engine(self) -> sa.Engine:
        """The database of the queue, made where there is none."""
        opened = open_engine(self.address)
        if opened.dialect.name == "sqlite":
            opened.connect().close()  # sets the write-ahead log, which the file keeps
        DBOS.migrate(self.address, schema=SCHEMA)
        self._told.metadata.create_all(opened)
        return opened

    @cached_property
    def places(self) -> Places:
        """The places of the workers of this queue."""
        return places_at(self.engine)

    def close(self) -> None:
        """Let go of all connections."""
        for name in ("_client", "engine"):
            kept = self.__dict__.pop(name, None)
            if kept is not None:
                kept.destroy() if name == "_client" else kept.dispose()

    @cached_property
    def _client(self) -> DBOSClient:
        self.engine.connect().close()
        return DBOSClient(
            system_database_url=self.address,
            dbos_system_schema=SCHEMA,
            serializer=DBOSPortableJSONSerializer(),
            application_name=NAME,
            retry_connection_errors=False,
        )

    @cached_property
    def _told(self) -> sa.Table:
        schema = None if self.address.startswith("sqlite") else SCHEMA
        return sa.Table(
            "progress",
            sa.MetaData(schema=schema),
            sa.Column("job", sa.String, primary_key=True),
            sa.Column("stage", sa.String),
            sa.Column("done", sa.Integer, nullable=False),
            sa.Column("of", sa.Integer, nullable=False),
            sa.Column("stop", sa.Boolean, nullable=False),
        )

"""The work itself, as a worker does it: looking at what somebody brought, and writing it.

Either may be killed at any moment and done again by another worker. A look leaves nothing but its report. A writing
keeps the import's token with its batch in one transaction: who does it again finds the batch, or finds nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Engine

from gridgov.domain.intake import Problem
from gridgov.errors import GridgovError, InputError
from gridgov.jobs import drawing
from gridgov.jobs.following import Follower
from gridgov.jobs.queue import Queue
from gridgov.sources.limits import LIMITS, Limits
from gridgov.storage.database import reading, writing
from gridgov.storage.models import Intake
from gridgov.storage.trying import HinderedError, trying
from gridgov.usecases import intaking, placing, previewing
from gridgov.usecases.importing import Brought
from gridgov.usecases.intaking import Asked
from gridgov.usecases.staging import ImportOptions
from gridgov.wording import sentence, term, without_options


@dataclass(frozen=True)
class Bench:
    """What a worker works with: the city's database, the queue, and a folder of its own for files in passing."""

    engine: Engine
    queue: Queue
    folder: Path
    limits: Limits = LIMITS

    def look(self, token: str, job: str) -> None:
        """Look at an import: read its files, try it out, and keep what would come of it."""
        self._do(token, job, "looking", self._look)

    def apply(self, token: str, job: str) -> None:
        """Write an import that was looked at; a batch that stands under its token already is all there is to do."""
        self._do(token, job, "applying", self._apply)

    def draw(self, token: str, job: str) -> None:
        """Make a document that somebody asked for."""
        drawing.draw(self.engine, self.queue, token, job)

    def _look(self, intake: Intake, tell: Follower, folder: Path) -> None:
        try:
            seen = self._seen(intake, tell, folder)
        except HinderedError:
            seen = self._seen(intake, tell, folder, turn=True)
        tell("keeping", 0, 1)
        with writing(self.engine) as session:
            kept = intaking.by_token(session, intake.token)
            if _is_of(kept, tell.job, "looking"):
                intaking.keep_look(session, kept, seen, folder)

    def _seen(self, intake: Intake, tell: Follower, folder: Path, *, turn: bool = False) -> dict[str, Any]:
        brought, options = self._brought(intake, tell, folder)
        with trying(self.engine, folder, turn=turn) as session:
            return previewing.look(session, intake, brought, options, tell, _saying(Asked.of(intake).locale))

    def _apply(self, intake: Intake, tell: Follower, folder: Path) -> None:
        with reading(self.engine) as session:
            done = previewing.written(session, intake) is not None
        brought = None if done else self._brought(intake, tell, folder)
        with writing(self.engine) as session:
            previewing.apply(session, intaking.by_token(session, intake.token), brought, tell)
            tell("keeping", 0, 1)

    def _do(self, token: str, job: str, state: str, work: Callable[[Intake, Follower, Path], None]) -> None:
        """Work on an import that is a job's; an error on purpose is kept with it, for people to read."""
        with reading(self.engine) as session:
            intake = intaking.find(session, token)
            session.expunge_all()
        if intake is None or not _is_of(intake, job, state):
            return
        with TemporaryDirectory(dir=self.folder) as folder:
            try:
                work(intake, Follower(self.queue, job), Path(folder))
            except GridgovError as error:
                with writing(self.engine) as session:
                    kept = intaking.by_token(session, token)
                    if _is_of(kept, job, state):
                        intaking.break_off(kept, error)

    def _brought(self, intake: Intake, tell: Follower, folder: Path) -> tuple[Brought, ImportOptions]:
        tell("fetching", 0, 1)
        with reading(self.engine) as session:
            paths = intaking.files_into(session, intake, folder)
            try:
                return previewing.read(session, intake, paths, tell, self.limits)
            except InputError as error:
                raise placing.advised(session, error) from error


def _saying(locale: str) -> Callable[[Problem], str]:
    """Return what turns a problem into a sentence in a language, its field by its name."""

    def say(problem: Problem) -> str:
        told = {"field": term("field", problem.field or "", locale), "value": problem.value, **problem.params}
        return without_options(sentence(GridgovError(problem.code, **told), locale))

    return say


def _is_of(intake: Intake, job: str, state: str) -> bool:
    return intake.state == state and intake.options.get("job") == job

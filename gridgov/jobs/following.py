"""How far a job is: told to the queue, which answers when somebody wants it stopped."""

import time
from dataclasses import dataclass

from gridgov.errors import CancelledError
from gridgov.jobs.queue import Queue

_BETWEEN = 0.25  # seconds between two words about how far it is


@dataclass
class Follower:
    """Tells the queue how far a job is, and stops the job where somebody asked for that."""

    queue: Queue
    job: str
    stage: str = ""
    told: float = 0.0
    stopped: str = "import_stopped"

    def __call__(self, stage: str, done: int, of: int) -> None:
        """Take a word of progress; most are kept back."""
        now = time.monotonic()
        if stage == self.stage and now - self.told < _BETWEEN:
            return
        self.stage, self.told = stage, now
        if self.queue.tell(self.job, stage, done, of):
            raise CancelledError(self.stopped)

"""One measurement, and the clock that takes it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Measurement:
    """How long something took, and how long it may take where that is promised."""

    what: str
    seconds: float
    promised: float | None = None

    @property
    def broken(self) -> bool:
        """Whether it took longer than promised."""
        return self.promised is not None and self.seconds > self.promised


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """Do some work and tell how many seconds it took."""
    start = time.perf_counter()
    done = work()
    return done, time.perf_counter() - start

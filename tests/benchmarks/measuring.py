"""One measurement, and the clock that takes it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Measurement:
    """How long something took, or how much it used, and how much it may take where that is promised.

    Figures told in times ("x") are how often quicker something is than a peer: those may not be less than promised.
    """

    what: str
    figure: float
    promised: float | None = None
    unit: str = "s"

    @property
    def broken(self) -> bool:
        """Whether it took more than promised, or was fewer times quicker."""
        if self.promised is None:
            return False
        return self.figure < self.promised if self.unit == "x" else self.figure > self.promised


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """Do some work and tell how many seconds it took."""
    start = time.perf_counter()
    done = work()
    return done, time.perf_counter() - start


def held() -> float:
    """Return how many gigabytes this process held at most; its parent's, which rusage hands down, don't count."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024**2

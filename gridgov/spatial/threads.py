"""Work done abreast: the compiled loops let go of Python's lock, so threads are enough."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import TypeVar

S = TypeVar("S")
T = TypeVar("T")


def count() -> int:
    """Tell how many threads compiled loops are run in."""
    from numba import get_num_threads  # noqa: PLC0415 - it takes its time to be imported

    return int(get_num_threads())


def abreast(space: Callable[[], S], work: Callable[[S, int], T], rows: Sequence[int]) -> list[T]:
    """Do some work for each of some rows, some at once, each in a space of its own."""
    threads = min(count(), len(rows))
    if threads <= 1:
        alone = space() if len(rows) else None
        return [work(alone, row) for row in rows]  # type: ignore[arg-type]
    spaces: SimpleQueue[S] = SimpleQueue()
    for _ in range(threads):
        spaces.put(space())

    def done(row: int) -> T:
        own = spaces.get()
        try:
            return work(own, row)
        finally:
            spaces.put(own)

    with ThreadPoolExecutor(max(threads, 1)) as pool:
        return list(pool.map(done, rows))

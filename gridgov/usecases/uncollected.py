"""Python's search for unreachable objects, held off where rows come by the hundred thousand and none is one."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Hold the search off for a while: walking over all rows again and again took a sixth of an import."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()

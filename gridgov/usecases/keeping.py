"""What a process keeps of things that never change under their key, because working them out takes seconds."""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """A few things by key; the one kept longest goes first. Two threads may work the same one out at once: no harm."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._things: dict[Hashable, T] = {}

    def of(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what is kept under a key, or make it."""
        if key in self._things:
            return self._things[key]
        made = make()
        while len(self._things) >= self.most:
            self._things.pop(next(iter(self._things)), None)
        self._things[key] = made
        return made

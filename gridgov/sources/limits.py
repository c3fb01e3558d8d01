"""How much one file may hold: more is refused before it is unpacked or read, not after it has filled the memory."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Bytes an archive may unpack to, and how many times its own size; members of an archive; rows of a file.

    Below `small` bytes the ratio isn't looked at: a short table of zeros is no bomb.
    """

    unpacked: int = 2 * 2**30
    ratio: int = 200
    small: int = 64 * 2**20
    members: int = 10_000
    rows: int = 5_000_000


LIMITS = Limits()

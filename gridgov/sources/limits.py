"""How much one file may hold: more is refused before it is unpacked or read, not after it has filled the memory."""

from dataclasses import dataclass

from gridgov.errors import InputError


@dataclass(frozen=True)
class Limits:
    """Bytes an archive may unpack to and how many times its own size, its members; a table's rows, and rows x columns.

    Below `small` bytes the ratio isn't looked at: a short table of zeros is no bomb.
    """

    unpacked: int = 2 * 2**30
    ratio: int = 200
    small: int = 64 * 2**20
    members: int = 10_000
    rows: int = 5_000_000
    cells: int = 50_000_000

    def refuse_many(self, rows: int, columns: int, path: str) -> None:
        """Refuse a table of more rows or cells than are read."""
        if rows > self.rows:
            raise InputError("file_rows_many", path=path, rows=rows, limit=self.rows)
        if rows * columns > self.cells:
            raise InputError("file_cells_many", path=path, rows=rows, columns=columns, limit=self.cells)


LIMITS = Limits()

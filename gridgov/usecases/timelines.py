"""What was said of one thing, laid out in time; a row lays its values over it from its first day on."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from enum import Enum
from typing import Any, NamedTuple


class Outcome(Enum):
    """What a row did to a timeline."""

    NEW = "new"
    CHANGED = "changed"
    ENDED = "ended"
    UNCHANGED = "unchanged"


class Said(NamedTuple):
    """What a row says, and for how long; whether it tells its first and last day itself or only by default.

    What is `quiet` goes along with a change, but is none by itself.
    """

    values: Mapping[str, Any]
    start: date
    end: date | None
    start_told: bool
    end_told: bool
    quiet: frozenset[str] = frozenset()

    def differs(self, kept: Mapping[str, Any], same: Callable[[Any, Any], bool]) -> bool:
        """Tell whether it says anything else than what is kept."""
        return any(not same(kept.get(name), value) for name, value in self.values.items() if name not in self.quiet)


class Standing(NamedTuple):
    """A standing version: its id, its period, and what it says of the thing, in an order its reader knows."""

    id: int
    start: date
    end: date | None
    told: Sequence[Any]


class Piece(NamedTuple):
    """A stretch of time with what holds in it; `version` is the standing one's id where nothing was changed."""

    start: date
    end: date | None
    values: Mapping[str, Any]
    version: int | None = None


class Timeline:
    """The standing versions of one identity, in order, and what rows make of them.

    A city's file speaks of hundreds of thousands of things that stand as they are told: what a version says is spread
    out by `names` only where a row is laid over it, and let go of where that changed nothing.
    """

    __slots__ = ("_names", "_pieces", "_same", "_versions", "identity")

    def __init__(self, identity: int, names: Sequence[str], same: Callable[[Any, Any], bool]) -> None:
        self.identity = identity
        self._names, self._same = names, same
        self._versions: list[Standing] = []
        self._pieces: list[Piece] | None = None

    def stands(self, version: Standing) -> None:
        """Add a standing version; they come in the order of their days."""
        self._versions.append(version)

    def told(self, names: Sequence[str]) -> set[tuple[Any, ...]]:
        """Return what the standing versions say under some names."""
        places = [self._names.index(name) for name in names]
        return {tuple(version.told[place] for place in places) for version in self._versions}

    @property
    def pieces(self) -> list[Piece]:
        """Return the stretches of time as the rows have left them."""
        if self._pieces is None:
            self._pieces = [
                Piece(start, end, dict(zip(self._names, told, strict=True)), number)
                for number, start, end, told in self._versions
            ]
        return self._pieces

    def lay(self, said: Said) -> Outcome:
        """Lay a row over the timeline: before its first day all stays, on its last day told the thing ends.

        A row that touches no stretch, not even end to start, speaks of another thing: NEW, and nothing is laid.
        """
        outcome = self._lay(said)
        if all(piece.version is not None for piece in self.pieces):
            self._pieces = None
        return outcome

    def gone(self) -> list[int]:
        """Return the ids of the versions that no longer stand as they were."""
        kept = {piece.version for piece in self._pieces or ()}
        return [] if self._pieces is None else [old.id for old in self._versions if old.id not in kept]

    def fresh(self) -> list[dict[str, Any]]:
        """Return the rows of the versions to be written."""
        return [
            {**piece.values, "valid_from": piece.start, "valid_to": piece.end}
            for piece in self._pieces or ()
            if piece.version is None
        ]

    def _lay(self, said: Said) -> Outcome:
        met = [piece for piece in self.pieces if self._meets(piece, said)]
        if met:
            return self._lay_over(met, said)
        before = [piece for piece in self.pieces if piece.end == said.start]
        if not before:
            return Outcome.NEW
        self._put([], [Piece(said.start, self._free_until(said), {**before[0].values, **said.values})])
        return Outcome.CHANGED

    def _meets(self, piece: Piece, said: Said) -> bool:
        return (piece.end is None or piece.end > said.start) and (said.end is None or piece.start < said.end)

    def _lay_over(self, met: list[Piece], said: Said) -> Outcome:
        end = self._end(met[-1], said)
        laid: list[Piece] = []
        changed = end != met[-1].end and not _earlier(end, met[-1].end)
        for number, piece in enumerate(met):
            start = said.start if number == 0 and said.start_told and said.start < piece.start else piece.start
            until = end if piece is met[-1] else piece.end
            differs = said.differs(piece.values, self._same)
            changed |= differs or start != piece.start
            laid += self._stretch(piece, said, start, until, differs=differs)
        self._put(met, laid)
        if changed:
            return Outcome.CHANGED
        return Outcome.ENDED if end != met[-1].end else Outcome.UNCHANGED

    def _stretch(self, piece: Piece, said: Said, start: date, until: date | None, *, differs: bool) -> list[Piece]:
        if not differs:
            unmoved = start == piece.start and until == piece.end
            return [piece if unmoved else Piece(start, until, piece.values)]
        earlier = [Piece(piece.start, said.start, piece.values)] if piece.start < said.start else []
        return [*earlier, Piece(max(start, said.start) if earlier else start, until, {**piece.values, **said.values})]

    def _end(self, last: Piece, said: Said) -> date | None:
        """Return when the last stretch ends now: earlier where the row ends it, later where the row says so itself."""
        if _earlier(said.end, last.end):
            return said.end
        return self._free_until(said) if said.end_told and _earlier(last.end, said.end) else last.end

    def _free_until(self, said: Said) -> date | None:
        """Return the row's last day, or the next stretch's first where that comes earlier."""
        following = [piece.start for piece in self.pieces if piece.start > said.start and not self._meets(piece, said)]
        limits = [day for day in (said.end, *following) if day is not None]
        return min(limits, default=None)

    def _put(self, old: Sequence[Piece], new: Sequence[Piece]) -> None:
        kept = [piece for piece in self.pieces if all(piece is not other for other in old)]
        self._pieces = sorted([*kept, *new], key=lambda piece: piece.start)


def _earlier(one: date | None, other: date | None) -> bool:
    """Tell whether an end comes before another; no end comes last."""
    return one is not None and (other is None or one < other)

"""Names on a map without overlap: each where it fits nearest to what it names, the weightier first."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Box = tuple[float, float, float, float]
_LATIN, _LEADING = 0.56, 1.25  # of the type size: how wide a Latin letter is on the mean, how high a line
_WIDE = 0x2E80  # from here on characters are as wide as they are high


@dataclass(frozen=True)
class Label:
    """A name with the middle of what it names, in points of paper, and its type size; the mark under it has `clear`.

    Where `spots` are told it stands on its middle or on one of these, and nowhere around them.
    """

    text: str
    x: float
    y: float
    size: float
    kind: str
    clear: float = 0.0
    spots: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class Placed:
    """A label with the middle of where its text stands."""

    label: Label
    x: float
    y: float


def width_of(text: str, size: float) -> float:
    """Return how wide a text runs, in points."""
    return size * sum(1.0 if ord(letter) >= _WIDE else _LATIN for letter in text)


def place(labels: Sequence[Label], frame: Box, taken: Sequence[Box] = ()) -> tuple[list[Placed], int]:
    """Place labels in their order, each on its middle or close around it, and leave out what fits nowhere.

    Parameters
    ----------
    labels : sequence of Label
        The weightiest first.
    frame : tuple of float
        Left, top, right, bottom in points: no label reaches out of it.
    taken : sequence of Box
        Where nothing may stand: marks that labels would hide.

    Returns
    -------
    placed : list of Placed
    left_out : int
        How many labels had no room.
    """
    boxes = np.full((len(labels) + len(taken), 4), np.inf)
    boxes[: len(taken)] = np.array(taken, dtype=np.float64).reshape(-1, 4)
    used, found = len(taken), []
    for label in labels:
        wide, high = width_of(label.text, label.size), label.size * _LEADING
        for x, y in _around(label, wide, high):
            box = x - wide / 2, y - high / 2, x + wide / 2, y + high / 2
            if _inside(box, frame) and not _meets(box, boxes[:used]):
                boxes[used] = box
                used += 1
                found.append(Placed(label, x, y))
                break
    return found, len(labels) - len(found)


def _around(label: Label, wide: float, high: float) -> Sequence[tuple[float, float]]:
    """Return where a label may stand: on its middle unless a mark is there, below, above, right, left, then farther."""
    if label.spots:
        return [(label.x, label.y), *label.spots]
    x, y, off = label.x, label.y, label.clear
    beside = [(x, y + off + high / 2), (x, y - off - high / 2), (x + off + wide / 2, y), (x - off - wide / 2, y)]
    farther = [(x, y + high), (x, y - high), (x + wide / 2, y + high), (x - wide / 2, y - high)]
    return [*([(x, y)] if off == 0 else []), *beside, *(farther if off == 0 else [])]


def _inside(box: Box, frame: Box) -> bool:
    return box[0] >= frame[0] and box[1] >= frame[1] and box[2] <= frame[2] and box[3] <= frame[3]


def _meets(box: Box, boxes: npt.NDArray[np.float64]) -> bool:
    left, top, right, bottom = box
    meets = (boxes[:, 0] < right) & (boxes[:, 2] > left) & (boxes[:, 1] < bottom) & (boxes[:, 3] > top)
    return bool(meets.any())

"""What an intake says about a row it can't take whole."""

import dataclasses
from collections.abc import Callable, Mapping

# Told as work goes on: the stage's name, how much of it is done, of how much. Raising CancelledError stops the work.
Progress = Callable[[str, int, int], None]


@dataclasses.dataclass(frozen=True)
class Problem:
    """One thing wrong with one row: `code` names the sentence, `params` fill it.

    `row` is the one people see in their file: a sheet's row, a text's line, else the feature's number; 0 is the file.
    """

    row: int
    field: str | None
    value: object
    code: str
    params: Mapping[str, object] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True)
class RowOutcome:
    """What becomes of one row: `new`, `changed`, `ended`, `unchanged` or `rejected`.

    `label` names the thing as people know it; `changes` are (field, text before, text after) of what was changed.
    """

    file: str
    row: int
    outcome: str
    label: str
    changes: tuple[tuple[str, str | None, str | None], ...] = ()


def quiet(_stage: str, _done: int, _of: int) -> None:
    """Tell nobody."""

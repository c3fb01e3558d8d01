"""What an intake says about a row it can't take whole."""

import dataclasses
from collections.abc import Mapping


@dataclasses.dataclass(frozen=True)
class Problem:
    """One thing wrong with one row: `code` names the sentence, `params` fill it; `row` counts from 1, 0 is the file."""

    row: int
    field: str | None
    value: object
    code: str
    params: Mapping[str, object] = dataclasses.field(default_factory=dict)

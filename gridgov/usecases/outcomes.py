"""What becomes of each row of an import: new, changed and how, ended, unchanged, or rejected."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from gridgov.domain.intake import RowOutcome
from gridgov.domain.privacy import shown_phone
from gridgov.usecases import history
from gridgov.usecases.history import Changed, Field
from gridgov.usecases.merging import Fate, Ready, Tally
from gridgov.usecases.staging import Intake
from gridgov.usecases.timelines import Outcome

# the kinds whose rows speak of things of another kind
_SPEAKS_OF = {"population": "units", "sites": "services"}
_TOLD = frozenset({Outcome.CHANGED, Outcome.ENDED})


def outcomes(session: Session, kind: str, intake: Intake, tally: Tally, batch: int) -> list[RowOutcome]:
    """Return what becomes of each row of an intake that was written as part of a batch, in the order of the files."""
    refused = {(file, problem.row) for file, problem in intake.problems if problem.row}
    taken = [fate for fate in tally.outcomes if (fate.ready.row.file, fate.ready.row.number) not in refused]
    changes = _changes(session, _SPEAKS_OF.get(kind, kind), taken, batch)
    told = [_outcome(kind, fate, changes) for fate in taken] + _refusals(kind, intake, refused)
    order = {sheet.path: number for number, sheet in enumerate(intake.sheets)}
    return sorted(told, key=lambda one: (order[one.file], one.row))


def _outcome(kind: str, fate: Fate, changes: Mapping[tuple[str, int], Sequence[Changed]]) -> RowOutcome:
    row = fate.ready.row
    things = [(_SPEAKS_OF.get(kind, kind), fate.identity or 0), *([fate.beside] if fate.beside else [])]
    changed = [changes.get(thing, ()) for thing in things] if fate.outcome in _TOLD else []
    fields = list(fate.told) or [field for some in changed for field in _fields(some, fate.ready)]
    known = next((one.label for some in changed for one in some), None)
    label = known or _label(kind, row.values, household=fate.ready.values.get("level") == "household")
    return RowOutcome(row.file, row.number, fate.outcome.value, label, tuple(fields))


def _fields(changed: Sequence[Changed], ready: Ready) -> list[Field]:
    """Return what a row changed of a thing: where several rows speak of it, on the days this one speaks of."""
    own = [one for one in changed if one.start >= ready.start and (ready.end is None or one.start <= ready.end)]
    fields: list[Field] = []
    for one in own or changed:
        ended: list[Field] = [("valid_to", None, one.start.isoformat())] if one.what == "ended" else []
        fields += [field for field in (*one.fields, *ended) if field not in fields]
    return fields


def _changes(session: Session, kind: str, fates: Sequence[Fate], batch: int) -> dict[tuple[str, int], list[Changed]]:
    touched: dict[str, set[int]] = defaultdict(set)
    for fate in fates:
        if fate.outcome in _TOLD and fate.identity is not None:
            touched[kind].add(fate.identity)
        if fate.beside is not None:
            touched[fate.beside[0]].add(fate.beside[1])
    found: dict[tuple[str, int], list[Changed]] = defaultdict(list)
    for of_kind, identities in touched.items():
        for one in history.of_things(session, of_kind, sorted(identities), batch):
            found[of_kind, one.identity].append(one)
    return found


def _refusals(kind: str, intake: Intake, refused: set[tuple[str, int]]) -> list[RowOutcome]:
    found = []
    for sheet, note in zip(intake.sheets, intake.notes, strict=True):
        for cells, number in zip(sheet.rows, sheet.row_numbers, strict=True):
            if (sheet.path, number) in refused:
                told = {field: cells[column] for column, field in note["columns"].items()}
                found.append(RowOutcome(sheet.path, number, "rejected", _label(kind, told, household=True)))
    return found


def _label(kind: str, told: Mapping[str, Any], *, household: bool) -> str:
    """Return what a row calls its thing; who may be a member household goes by the code alone."""
    if kind in {"posts", "contacts"}:
        return _joined(told.get(name) for name in ("unit", "holder"))
    if kind == "units" and household:
        return _joined([told.get("code")])
    return _joined([told.get("name") or told.get("site_name") or told.get("code") or told.get("network")])


def _joined(parts: Iterable[object]) -> str:
    return " · ".join(str(shown_phone(str(part))) for part in parts if part is not None)

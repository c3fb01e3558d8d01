"""Who shall lead which post, as a file tells it: a table of units and holders, or a suggestion as JSON."""

from pathlib import Path

import orjson
from sqlalchemy.orm import Session

from gridgov.domain.units import ContactTier
from gridgov.errors import InputError
from gridgov.sources.headers import rename
from gridgov.sources.sheets import Reading
from gridgov.sources.vector import read_sheets
from gridgov.storage.current import At, Scope, current
from gridgov.storage.models import CadreVersion, UnitVersion
from gridgov.usecases.proposing import Line

Told = list[tuple[int, str, str]]


def read_lines(path: Path, reading: Reading) -> Told:
    """Read (row, unit, cadre) by their codes, of any form that is imported, or JSON; no cadre leaves a post vacant.

    Raises
    ------
    InputError
        As `read_sheets`; ``proposal_json_bad``, ``import_column_missing`` where a table lacks unit or holder.
    """
    if path.suffix.lower() == ".json":
        return _from_json(path)
    found: Told = []
    for sheet in read_sheets(path, reading):
        column = {field: column for column, field in rename(sheet.columns, "contacts", {}).items()}
        for field in ("unit", "holder"):
            if field not in column:
                raise InputError("intake_column_missing", path=str(path), field=field)
        for number, row in zip(sheet.row_numbers, sheet.rows, strict=True):
            found.append((number, _text(row.get(column["unit"])), _text(row.get(column["holder"]))))
    return found


def lines(session: Session, told: Told, tier: ContactTier, at: At, path: Path) -> tuple[Line, ...]:
    """Find the units and cadres that codes name; InputError ``proposal_row`` names the row and the code otherwise."""
    everything = Scope.everything()
    wanted = current(UnitVersion, at, everything).where(UnitVersion.level == tier.level)
    units = dict(session.execute(wanted.with_only_columns(UnitVersion.code, UnitVersion.unit_id)).all())
    serving = current(CadreVersion, at, everything).with_only_columns(CadreVersion.code, CadreVersion.cadre_id)
    cadres = dict(session.execute(serving).all())
    found = []
    for row, unit, cadre in told:
        unknown = next((code for code, known in ((unit, units), (cadre, cadres)) if code and code not in known), None)
        if unknown is not None or not unit:
            raise InputError("proposal_row", path=str(path), row=row, value=unknown or "", level=tier.level)
        found.append(Line(units[unit], cadres[cadre] if cadre else None))
    return tuple(found)


def _from_json(path: Path) -> Told:
    if not path.is_file():
        raise InputError("file_missing", path=str(path))
    try:
        document = orjson.loads(path.read_bytes())
        rows = document["rows"] if isinstance(document, dict) else document
        return [(number, _text(row["unit"]), _text(row["cadre"])) for number, row in enumerate(rows, 1)]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise InputError("proposal_json_bad", path=str(path), reason=str(error)) from error


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()

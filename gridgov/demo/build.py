"""Building the demo: its files go through the same import as anybody's."""

import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

from sqlalchemy.orm import Session

from gridgov.demo.district import FILES, write
from gridgov.demo.sizes import size_of
from gridgov.demo.truth import Truth
from gridgov.errors import InputError
from gridgov.usecases import loading
from gridgov.usecases.importing import import_files
from gridgov.usecases.staging import ImportOptions

_EPOCH = date(2024, 1, 1)  # from when the demo's places hold that tell no day of their own


def build(
    session: Session,
    size: str = "district",
    today: date | None = None,
    *,
    folder: Path | None = None,
    progress: Callable[[str], None] | None = None,
) -> Truth:
    """Write the demo's files for `today` and import each under its level profile; a folder told keeps the files.

    Raises
    ------
    InputError
        Where the size is unknown, or a row of the demo is not taken.
    """
    with tempfile.TemporaryDirectory(prefix="gridgov-demo-") as passing:
        place = folder or Path(passing)
        if progress is not None:
            progress("files")
        truth = write(place, size, today)
        bring(session, size, place, progress)
    return truth


def bring(session: Session, size: str, folder: Path, progress: Callable[[str], None] | None = None) -> None:
    """Import the demo's files as they were written to a folder, under the level profile of its size."""
    profile = size_of(size).profile
    if profile is not None:
        loading.load_profile(session, profile)
    for number, (kind, name, level) in enumerate(FILES, 1):
        if progress is not None:
            progress(f"{name} ({number}/{len(FILES)})")
        _take(session, kind, folder / name, level)


def _take(session: Session, kind: str, path: Path, level: str | None) -> None:
    report = import_files(session, kind, [path], ImportOptions(level=level, valid_from=_EPOCH))
    if report.rejected:
        _, first = report.problems[0]
        raise InputError("demo_row_rejected", file=path.name, row=first.row, problem=first.code)

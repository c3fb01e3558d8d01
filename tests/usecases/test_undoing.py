"""Any order of imports and undos: what is taken back leaves all else as it was, and re-imports change nothing."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from gridgov.errors import ConflictError
from gridgov.storage.versions import attributes, version_models
from gridgov.usecases.importing import undo
from tests import cases
from tests.usecases.test_importing import CHANGES, counts

KINDS = sorted(CHANGES)


def standing(session: Session) -> set[tuple[Any, ...]]:
    """Return all that stands, whoever wrote it."""
    session.expire_all()
    return {
        (model.__tablename__, version.valid_from, version.valid_to, *map(_plain, attributes(version).values()))
        for model in version_models()
        for version in session.query(model).filter(model.superseded_by.is_(None))
    }


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return repr(value)
    return getattr(value, "wkb", value)


def test_batches_come_and_go_in_any_order(session: Session, tmp_path: Path) -> None:
    files = cases.district(tmp_path)
    files.load(session)

    @settings(max_examples=6, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.sampled_from(KINDS), min_size=2, max_size=3), st.randoms(use_true_random=False))
    def follow(kinds: list[str], random: Any) -> None:
        savepoint = session.begin_nested()
        first = standing(session)
        written = [_change(session, files, kind, number) for number, kind in enumerate(kinds)]
        waiting = list(written)
        random.shuffle(waiting)
        while waiting:
            batch = next(batch for batch in waiting if _undone(session, batch))
            waiting.remove(batch)
        assert standing(session) == first
        savepoint.rollback()
        session.expire_all()

    follow()


def _change(session: Session, files: cases.Files, kind: str, number: int) -> int:
    """Change the first row of a kind from a day on; brought again, nothing changes any more."""
    change, field = CHANGES[kind]
    row = files.rows[kind][0]
    kept = dict(row)
    row |= change | ({field: f"{change[field]}{number}"} if isinstance(change[field], str) and kind != "gates" else {})
    row.pop("valid_to", None)
    day = cases.DAY + timedelta(days=2 * (number + 1))
    report = files.bring(session, kind, valid_from=day)
    assert report.problems == []
    again = files.bring(session, kind, valid_from=day)
    assert counts(again) == (report.read, 0, 0, 0, report.read, 0)
    files.rows[kind][0] = kept
    return report.batch or 0


def _undone(session: Session, batch: int) -> bool:
    """Undo a batch; refused, the batches named are later ones, and nothing changes."""
    before = standing(session)
    later: Any = ()
    try:
        undo(session, batch)
    except ConflictError as error:
        later = error.params["later"]
    assert all(number > batch for number, _, _ in later)
    assert not later or standing(session) == before
    return not later

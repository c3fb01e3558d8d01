"""The demo city: brought in by the ordinary import, then checked, edited, exported and put on paper."""

import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.demo.build import bring
from gridgov.demo.district import write
from gridgov.storage.current import At, Scope
from gridgov.storage.database import open_engine, upgrade, writing
from gridgov.storage.models import GateVersion, UnitVersion
from gridgov.usecases import checking, editing, exporting, reporting
from gridgov.usecases.acts import Change
from gridgov.usecases.exporting import Asked
from tests.benchmarks.measuring import Measurement, timed

DAY = date(2026, 11, 1)
ALL = Scope.everything()


def measurements() -> Iterator[Measurement]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder / "files", "city", DAY)
        engine = open_engine(f"sqlite:///{folder / 'city.sqlite'}")
        upgrade(engine)
        with writing(engine) as session:
            _, seconds = timed(lambda: bring(session, "city", folder / "files"))
        yield Measurement("demo city: imported", seconds, promised=90)
        with writing(engine) as session:
            for what, work in _works(session):
                yield Measurement(f"demo city: {what}", timed(work)[1])
            session.rollback()
        engine.dispose()


def _works(session: Session) -> list[tuple[str, Any]]:
    gate = session.scalars(select(GateVersion).where(GateVersion.superseded_by.is_(None))).first()
    unit = session.scalars(select(UnitVersion).where(UnitVersion.level == "compound")).first()
    assert gate is not None
    assert unit is not None
    closed = Change("gates", gate.gate_id, DAY, {"state": "closed" if gate.state != "closed" else "open"})
    renamed = Change("units", unit.unit_id, DAY, {"name": "新名"})
    return [
        ("checked", lambda: checking.check(session, At(DAY), ALL)),
        ("a gate's change looked at", lambda: editing.preview(session, closed, ALL)),
        ("a name's change looked at", lambda: editing.preview(session, renamed, ALL)),
        ("a gate's change recorded", lambda: editing.apply(session, closed, ALL)),
        ("units read for export", lambda: exporting.table(session, Asked("units"), "csv", At(DAY), ALL)),
        ("contacts read for export", lambda: exporting.table(session, Asked("contacts"), "csv", At(DAY), ALL)),
        ("a brief put together", lambda: reporting.brief(session, At(DAY), ALL)),
    ]

"""The token of the data: it stands while nothing is written, and is another after anything that pages show."""

from sqlalchemy import delete
from sqlalchemy.orm import Session

from gridgov.storage.models import Deployment
from gridgov.storage.versions import open_batch
from gridgov.usecases.data_version import data_version


def test_whatever_is_written_changes_the_token(session: Session) -> None:
    seen = [data_version(session)]
    assert data_version(session) == seen[0]
    open_batch(session, "edit")
    seen.append(data_version(session))
    for value in (100, 50):
        session.merge(Deployment(key="cell_size", value=value))
        session.flush()
        seen.append(data_version(session))
    assert len(set(seen)) == len(seen)
    session.execute(delete(Deployment).where(Deployment.key == "cell_size"))
    assert data_version(session) == seen[1]

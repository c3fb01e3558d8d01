"""The walking network as it was built is kept with a run, and found again by the next."""

from pathlib import Path

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from gridgov.domain.standards import RulePack
from gridgov.errors import InputError
from gridgov.spatial.network_bytes import MAGIC, unpack
from gridgov.storage.models import BuiltNetwork, GateVersion, Run
from gridgov.usecases import inputs, networks
from tests import cases
from tests.usecases.conftest import AT, run_by


@pytest.fixture
def pack(session: Session, tmp_path: Path) -> RulePack:
    cases.compound_case(tmp_path, gate="closed").load(session)
    return cases.pack(tmp_path)


def kept(session: Session) -> list[str]:
    return list(session.scalars(select(BuiltNetwork.hash)))


def test_what_a_run_built_the_next_finds(session: Session, pack: RulePack, monkeypatch: pytest.MonkeyPatch) -> None:
    first = run_by(session, pack, monkeypatch)
    assert kept(session) == [first.network]
    monkeypatch.setattr(networks, "build_network", None)  # nobody builds again
    second = run_by(session, pack, monkeypatch)
    assert (second.hash, second.payload, second.network) == (first.hash, first.payload, first.network)


def test_reading_keeps_nothing(session: Session, pack: RulePack) -> None:
    assert inputs.read_inputs(session, AT, pack).network is not None
    assert kept(session) == []


def test_networks_of_no_packs_newest_run_go(session: Session, pack: RulePack, monkeypatch: pytest.MonkeyPatch) -> None:
    first = run_by(session, pack, monkeypatch)
    session.execute(update(GateVersion).values(state="open"))
    second = run_by(session, pack, monkeypatch)
    assert first.network != second.network
    assert kept(session) == [second.network]
    session.execute(update(Run).where(Run.id == first.id).values(pack="another"))
    session.execute(update(GateVersion).values(state="closed"))
    networks.keep(session, str(first.network), b"")
    assert sorted(kept(session)) == sorted([str(first.network), str(second.network)])


def test_a_network_that_cant_be_read_is_built_anew(
    session: Session, pack: RulePack, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run_by(session, pack, monkeypatch)
    good = session.scalar(select(BuiltNetwork.payload))
    for broken in (b"", MAGIC, bytes(good or b"")[:-9], b"GGNET0" + bytes(good or b"")[6:]):
        session.execute(update(BuiltNetwork).values(payload=broken))
        with pytest.raises(InputError, match="network_bytes_invalid"):
            unpack(broken)
        assert run_by(session, pack, monkeypatch).payload == first.payload
        assert session.scalar(select(BuiltNetwork.payload)) == good
    assert session.scalar(select(func.count()).select_from(BuiltNetwork)) == 1

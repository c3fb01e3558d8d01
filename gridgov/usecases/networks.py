"""The walking network of a day: taken from the database where it was built before, else built of paths and walls."""

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from threading import Lock

import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from gridgov.errors import InputError
from gridgov.spatial.crs import to_planar
from gridgov.spatial.network import Segments, WalkNetwork, Walls, build_network
from gridgov.spatial.network_bytes import pack, unpack
from gridgov.storage.current import At, Scope, current
from gridgov.storage.models import BuiltNetwork, NetworkData, NetworkVersion, Run
from gridgov.usecases import deployment

_FEW = 2
_TURN = Lock()
_shared: dict[str, WalkNetwork | None] = {}
_WAY_OF_BUILDING = 1  # another number wherever the same paths and walls make another network


@dataclass(frozen=True)
class Standing:
    """The network of a day, under the hash of all it is built of; `kept` tells that it was found in the database."""

    network: WalkNetwork
    hash: str
    kept: bool


def standing(session: Session, at: At, walls: Walls, limits: dict[str, float]) -> Standing | None:
    """Return the walking network of a day, or None where no paths are loaded; this only reads.

    `limits` are `gate_reach` and `leg_limit`, metres.
    """
    key = _hash(session, at, walls, limits)
    payload = session.scalar(select(BuiltNetwork.payload).where(BuiltNetwork.hash == key))
    if payload is not None:
        try:
            return Standing(unpack(payload), key, kept=True)
        except InputError:  # no harm done: it is built anew, and kept in place of what can't be read
            pass
    segments = read_segments(session, at)
    return None if segments is None else Standing(build_network(segments, walls, **limits), key, kept=False)


def shared(session: Session, at: At, walls: Walls, limits: dict[str, float]) -> WalkNetwork | None:
    """Return the network that `standing` does, for many to look at: the same paths and walls are unpacked but once.

    Whoever asks next finds what was made ready on it too, where places attach and what the open gates lead to.
    """
    key = _hash(session, at, walls, limits)
    with _TURN:
        if key not in _shared:
            found = standing(session, at, walls, limits)
            while len(_shared) >= _FEW:
                del _shared[next(iter(_shared))]
            _shared[key] = None if found is None else found.network
        return _shared[key]


def forget() -> None:
    """Let go of the networks that are shared."""
    with _TURN:
        _shared.clear()


def keep(session: Session, key: str, payload: bytes) -> None:
    """Keep a network as `packed` gives it, and let go of those that no pack's newest run was computed on."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    told = {"hash": key, "created_at": datetime.now(UTC), "payload": payload}
    session.execute(insert(BuiltNetwork).values(told).on_conflict_do_update(index_elements=["hash"], set_=told))
    newest = select(func.max(Run.id)).group_by(Run.pack)
    wanted = select(Run.network).where(Run.id.in_(newest), Run.network.is_not(None))
    session.execute(delete(BuiltNetwork).where(BuiltNetwork.hash.not_in(wanted)))


def packed(found: Standing | None) -> bytes | None:
    """Pack a network to be kept, or None where there is none, or it is kept already."""
    return None if found is None or found.kept else pack(found.network)


def read_segments(session: Session, at: At) -> Segments | None:
    """Return the segments of all networks valid at a time in the working CRS, or None where none is loaded."""
    stored = stored_segments(session, at)
    if not len(stored.lines):
        return None
    return replace(stored, lines=to_planar(stored.lines, deployment.crs(session)))


def read_lines(session: Session, at: At) -> npt.NDArray[np.object_]:
    """Return the segments of all networks valid at a time as lines in EPSG:4490, as they are stored."""
    return stored_segments(session, at).lines


def hashes(session: Session, at: At, scope: Scope) -> list[str]:
    """Return what tells the contents of all networks valid at a time, as far as the asker may see any."""
    return sorted(session.scalars(current(NetworkVersion, at, scope).with_only_columns(NetworkVersion.hash)))


def stored_segments(session: Session, at: At) -> Segments:
    """Return the segments of all networks valid at a time in EPSG:4490, as they are stored."""
    wanted = select(NetworkData.payload).join(NetworkVersion, NetworkVersion.hash == NetworkData.hash)
    current_ids = current(NetworkVersion, at, Scope.everything()).with_only_columns(NetworkVersion.id)
    packed = session.scalars(wanted.where(NetworkVersion.id.in_(current_ids)).order_by(NetworkVersion.code))
    parts = [Segments.from_bytes(payload) for payload in packed]
    none = np.empty(0, dtype=bool)
    return Segments(
        np.concatenate([np.empty(0, dtype=object), *(part.lines for part in parts)]),
        np.concatenate([none, *(part.level_free for part in parts)]),
        np.concatenate([none, *(part.own for part in parts)]),
    )


def _hash(session: Session, at: At, walls: Walls, limits: dict[str, float]) -> str:
    """Hash all that a network is built of: walls in their order, for by that the network knows them."""
    told = {"way": _WAY_OF_BUILDING, "paths": hashes(session, at, Scope.everything()), "limits": limits}
    if told["paths"]:
        told["crs"] = deployment.crs(session)
    total = hashlib.sha256(json.dumps(told, sort_keys=True).encode())
    for outline in shapely.to_wkb(walls.polygons, output_dimension=2):
        total.update(len(outline).to_bytes(8, "big") + outline)
    for array in (walls.gate_xy, walls.gate_wall, walls.gate_state):
        total.update(np.ascontiguousarray(array).tobytes())
    return total.hexdigest()

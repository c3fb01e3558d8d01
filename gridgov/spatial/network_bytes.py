"""A walking network as bytes: what is needed to answer, as compressed arrays, without pickle."""

import json
import struct
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely

from gridgov.errors import InputError
from gridgov.spatial.chains import Chains, starts
from gridgov.spatial.network import Connectors, Edges, WalkNetwork
from gridgov.spatial.piece_index import PieceIndex
from gridgov.spatial.pieces import Stretches, Walled
from gridgov.spatial.walls import Enclosures, Passage, Signature

Array = npt.NDArray[Any]

MAGIC = b"GGNET1"
HEADER = struct.Struct("<Q")
CODEC = "lz4"  # a tenth larger than zstd, and unpacked in half the time
RISING = "rising"  # kept as differences, which are small


def pack(network: WalkNetwork) -> bytes:
    """Pack a network: `unpack` gives one that answers everything alike."""
    blocks, told = [], []
    codec = pa.Codec(CODEC)
    for name, values in _arrays(network).items():
        rising = values.dtype == np.int64 and values.ndim == 1 and bool((np.diff(values) >= 0).all())
        slim = _slim(np.diff(values, prepend=0) if rising else values)
        blocks.append(codec.compress(np.ascontiguousarray(slim), asbytes=True))
        told.append([name, slim.dtype.str, slim.shape, RISING if rising else values.dtype.str, len(blocks[-1])])
    header = json.dumps({"arrays": told, **_told(network)}).encode()
    return b"".join([MAGIC, HEADER.pack(len(header)), header, *blocks])


def unpack(packed: bytes) -> WalkNetwork:
    """Unpack a network.

    Raises
    ------
    InputError
        ``network_bytes_invalid`` for bytes that are no such pack, or a truncated one.
    """
    try:
        told, arrays = _unpacked(memoryview(packed))
        return _network(told, arrays)
    except (ValueError, KeyError, OSError, struct.error, pa.ArrowException, shapely.GEOSException) as error:
        raise InputError("network_bytes_invalid") from error


def _arrays(network: WalkNetwork) -> dict[str, Array]:
    index, legs, connectors = network.index, network.legs, network.connectors
    areas = [shapely.to_wkb(shapes) for shapes in (index.barrier.inner, index.barrier.outer)]
    return {
        "xy": index.pieces.chains.xy,
        "first": index.pieces.chains.first,
        "signature": index.pieces.signature,
        "whole": network.stretches.whole,
        "length": network.stretches.length,
        "piece_nodes": network.piece_nodes,
        "islands": network.islands,
        "leg_nodes": np.stack([legs.tail, legs.head]),
        "leg_metres": legs.metres,
        "passage_nodes": np.stack([connectors.tail, connectors.head]),
        "passage_state": np.array([one.state for one in connectors.passages], dtype=np.int64),
        "side_nodes": np.concatenate([np.empty(0, np.int64), *(nodes for nodes, _ in network.gate_sides.values())]),
        "side_xy": np.concatenate([np.empty((0, 2)), *(xy for _, xy in network.gate_sides.values())]),
        "open_compounds": network.open_compounds,
        "walls": index.barrier.walls,
        "area_bytes": np.frombuffer(b"".join(wkb for some in areas for wkb in some), np.uint8),
        "area_starts": starts(np.array([len(wkb) for some in areas for wkb in some], dtype=np.int64)),
    }


def _told(network: WalkNetwork) -> dict[str, Any]:
    sides = network.gate_sides.items()
    return {
        "signatures": network.index.pieces.signatures,
        "permissions": [sorted(passage.permissions) for passage in network.connectors.passages],
        "sides": [[signature, len(nodes)] for signature, (nodes, _) in sides],
        "nodes": network.nodes,
        "leg_limit": network.index.leg_limit,
        "island_metres": network.island_metres,
        "hash": network.hash,
    }


def _slim(values: Array) -> Array:
    """Take whole numbers as narrow as they fit."""
    if values.dtype != np.int64:
        return values
    low, high = int(values.min(initial=0)), int(values.max(initial=0))
    limits = [(kind, np.iinfo(kind)) for kind in (np.int8, np.int16, np.int32)]
    fitting = (kind for kind, limit in limits if limit.min <= low <= high <= limit.max)
    return values.astype(next(fitting, np.int64))


def _unpacked(packed: memoryview) -> tuple[dict[str, Any], dict[str, Array]]:
    if packed[: len(MAGIC)] != MAGIC:
        raise ValueError("magic")
    (length,) = HEADER.unpack_from(packed, len(MAGIC))
    begin = len(MAGIC) + HEADER.size + length
    told = json.loads(bytes(packed[begin - length : begin]))
    arrays, codec = {}, pa.Codec(CODEC)
    for name, kind, shape, meant, size in told["arrays"]:
        bytes_wide = int(np.prod(shape, dtype=np.int64)) * np.dtype(kind).itemsize
        plain = codec.decompress(packed[begin : begin + size], bytes_wide)
        values = np.frombuffer(plain, kind).reshape(shape)
        arrays[name] = np.cumsum(values, dtype=np.int64) if meant == RISING else values.astype(meant, copy=False)
        begin += size
    return told, arrays


def _network(told: dict[str, Any], arrays: dict[str, Array]) -> WalkNetwork:
    content, ends = arrays["area_bytes"].tobytes(), pairwise(arrays["area_starts"].tolist())
    areas = np.asarray(shapely.from_wkb(np.array([content[a:b] for a, b in ends], dtype=object)), dtype=object)
    inner, outer = areas.reshape(2, -1)
    signatures: tuple[Signature, ...] = tuple(tuple(one) for one in told["signatures"])
    pieces = Walled(Chains(arrays["xy"], arrays["first"]), arrays["signature"], signatures)
    passages = zip(arrays["passage_state"].tolist(), told["permissions"], strict=True)
    network = WalkNetwork(
        index=PieceIndex(pieces, Enclosures(arrays["walls"], inner, outer), told["leg_limit"]),
        stretches=Stretches(arrays["whole"], arrays["length"]),
        nodes=told["nodes"],
        piece_nodes=arrays["piece_nodes"],
        legs=Edges(arrays["leg_nodes"][0], arrays["leg_nodes"][1], arrays["leg_metres"]),
        connectors=Connectors(
            tail=arrays["passage_nodes"][0],
            head=arrays["passage_nodes"][1],
            passages=tuple(Passage(state, frozenset(held)) for state, held in passages),
        ),
        gate_sides=_sides(told["sides"], arrays),
        island_metres=told["island_metres"],
        open_compounds=arrays["open_compounds"],
        hash=told["hash"],
    )
    vars(network)["islands"] = arrays["islands"]  # so that nobody who only hangs places on builds a graph for it
    return network


def _sides(told: list[tuple[list[int], int]], arrays: dict[str, Array]) -> dict[Signature, tuple[Array, Array]]:
    bounds = pairwise(starts(np.array([count for _, count in told], dtype=np.int64)).tolist())
    return {
        tuple(signature): (arrays["side_nodes"][begin:end], arrays["side_xy"][begin:end])
        for (signature, _), (begin, end) in zip(told, bounds, strict=True)
    }

"""Vector tiles as bytes (protocol buffers, as MVT 2.1 lays them out)."""

import struct
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

Ints = npt.NDArray[np.int64]
Int32s = npt.NDArray[np.int32]
Int8s = npt.NDArray[np.int8]
Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint32]

_SHORT = 126  # bytes; the length of a text this short, and of the field round it, is one byte


@njit(nogil=True, cache=True)
def written(ids: Ints, kind: Int8s, tags: Int32s, words: Words, begin: Ints) -> Bytes:
    """Write features as the bytes of a layer: field 2 each, with id, tags, type and geometry.

    `tags` (n, k) are values' numbers by column, -1 where there is none; a feature without geometry isn't written.
    """
    told = np.empty(10 * len(words) + len(ids) * (40 + 20 * tags.shape[1]), np.uint8)
    at = 0
    for row in range(len(ids)):
        first, last = begin[row], begin[row + 1]
        if first == last:
            continue
        tagged = shaped = 0
        for column in range(tags.shape[1]):
            if tags[row, column] >= 0:
                tagged += _length(column) + _length(tags[row, column])
        for word in range(first, last):
            shaped += _length(words[word])
        named = 1 + _length(ids[row])
        listed = 1 + _length(tagged) + tagged if tagged else 0
        told[at] = 0x12
        at = _varint(told, at + 1, named + listed + 2 + 1 + _length(shaped) + shaped)
        told[at] = 0x08
        at = _varint(told, at + 1, ids[row])
        if tagged:
            told[at] = 0x12
            at = _varint(told, at + 1, tagged)
            for column in range(tags.shape[1]):
                if tags[row, column] >= 0:
                    at = _varint(told, at, column)
                    at = _varint(told, at, tags[row, column])
        told[at], told[at + 1], told[at + 2] = 0x18, kind[row], 0x22
        at = _varint(told, at + 3, shaped)
        for word in range(first, last):
            at = _varint(told, at, words[word])
    return told[:at]


def value_bytes(value: Any) -> bytes:
    """Write a value of a layer's dictionary: text, a truth value, a whole number, a number."""
    if isinstance(value, str):
        told = value.encode()
        if len(told) < _SHORT:
            return bytes((0x22, len(told) + 2, 0x0A, len(told))) + told
        return field_bytes(0x22, field_bytes(0x0A, told))
    if isinstance(value, bool | np.bool_):
        return b"\x22\x02\x38" + (b"\x01" if value else b"\x00")
    if isinstance(value, int | np.integer):
        return field_bytes(0x22, b"\x30" + whole_bytes((int(value) << 1) ^ (int(value) >> 63)))
    return field_bytes(0x22, b"\x19" + struct.pack("<d", value))


def field_bytes(tag: int, told: bytes) -> bytes:
    """Write a field that holds bytes: its tag, how many, and they."""
    return bytes((tag,)) + whole_bytes(len(told)) + told


def whole_bytes(value: int) -> bytes:
    """Write a whole number, not negative, seven bits a byte."""
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    found.append(value)
    return bytes(found)


@njit(nogil=True, cache=True)
def _length(value: int) -> int:
    """Count the bytes of a number."""
    count = 1
    while value > 127:
        value >>= 7
        count += 1
    return count


@njit(nogil=True, cache=True)
def _varint(told: Bytes, at: int, value: int) -> int:
    """Write a number seven bits a byte, and tell where the next one goes."""
    while value > 127:
        told[at] = (value & 127) | 128
        value >>= 7
        at += 1
    told[at] = value
    return at + 1

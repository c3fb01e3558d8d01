"""Stepping through JSON text value by value: a large collection never stands in memory as a whole."""

import json
import re
from collections.abc import Iterator

_GAP = re.compile(r"[ \t\r\n\x1e\ufeff]*")  # \x1e begins each record of a sequence (RFC 8142)
_DECODER = json.JSONDecoder()


class JsonText:
    """JSON text and how far it was read. What isn't JSON raises json.JSONDecodeError, too deep RecursionError."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def peek(self) -> str:
        """Return the first character of what comes next; nothing at the end."""
        gap = _GAP.match(self.text, self.at)
        self.at = gap.end() if gap else self.at
        return self.text[self.at : self.at + 1]

    def value(self) -> object:
        """Return the next value as a whole."""
        self.peek()
        found, self.at = _DECODER.raw_decode(self.text, self.at)
        return found

    def members(self) -> Iterator[str]:
        """Yield the names of an object's members; who asks reads each value before the next name."""
        self._expect("{")
        while self.peek() != "}":
            if self.peek() != '"':
                raise json.JSONDecodeError("Expecting property name enclosed in double quotes", self.text, self.at)
            name = self.value()
            self._expect(":")
            yield str(name)
            self._next("}")
        self.at += 1

    def items(self) -> Iterator[object]:
        """Yield an array's values."""
        self._expect("[")
        while self.peek() != "]":
            yield self.value()
            self._next("]")
        self.at += 1

    def _next(self, end: str) -> None:
        if self.peek() == ",":
            self.at += 1
            if self.peek() != end:
                return
        elif self.peek() == end:
            return
        raise json.JSONDecodeError("Expecting ',' delimiter", self.text, self.at)

    def _expect(self, mark: str) -> None:
        if self.peek() != mark:
            raise json.JSONDecodeError(f"Expecting '{mark}' delimiter", self.text, self.at)
        self.at += 1

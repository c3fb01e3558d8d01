"""XML, element by element, without the tricks that documents of one's own can play on a reader."""

from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, ParseError, XMLPullParser

_PIECE = 2**20


def elements(text: str | bytes) -> Iterator[tuple[str, Element]]:
    """Yield ("start", element) and ("end", element) as they come.

    Raises
    ------
    ParseError
        Where it is no XML, or declares entities: no file of a city needs them, and a few lines can make gigabytes.
    """
    if (b"<!ENTITY" if isinstance(text, bytes) else "<!ENTITY") in text:  # type: ignore[operator]
        error = ParseError("entities are declared")
        error.position = (1, 0)
        raise error
    parser: Any = XMLPullParser(("start", "end"))
    for at in range(0, len(text), _PIECE):
        parser.feed(text[at : at + _PIECE])
        yield from parser.read_events()
    parser.close()
    yield from parser.read_events()


def local(element: Element) -> str:
    """Return an element's name without its namespace."""
    return str(element.tag).rsplit("}", 1)[-1]

"""Where the packaged data stand: beside the package in a checkout, inside it in an installed wheel."""

from pathlib import Path

from gridgov.errors import NotFoundError

_PACKAGE = Path(__file__).resolve().parent


def resource(folder: str, *parts: str) -> Path:
    """Return the path of a file or folder under `geodata/` or `templates/`."""
    for root in (_PACKAGE, _PACKAGE.parent):
        found = root.joinpath(folder, *parts)
        if found.exists():
            return found
    raise NotFoundError("resource_missing", name="/".join((folder, *parts)))

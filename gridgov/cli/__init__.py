"""`gridgov …`: thin over the use cases."""

from gridgov.cli.commands import main

__all__ = ["main"]

"""gridgov: a map service for grassroots urban governance."""

__version__ = "0.1.0"

"""Level profiles: a city's ladder, contact tiers and role catalogue, as TOML in geodata/profiles or a city's own."""

from functools import cache, reduce

from gridgov.domain.profiles import lay_over, level_profile
from gridgov.domain.units import LevelProfile
from gridgov.sources import documents
from gridgov.sources.documents import Loaded

FOLDER = "profiles"


def profiles() -> list[str]:
    """Return the ids of the profiles that ship."""
    return documents.shipped(FOLDER)


def profile(name: str, loaded: Loaded | None = None) -> LevelProfile:
    """Return the profile called `name`, loaded or shipped, laid over those it extends."""
    return _assembled(name, loaded) if loaded else _shipped(name)


@cache
def _shipped(name: str) -> LevelProfile:
    return _assembled(name, {})


def _assembled(name: str, loaded: Loaded) -> LevelProfile:
    line = documents.line(FOLDER, "profile", name, loaded)
    return level_profile(reduce(lambda base, local: lay_over(local, base), line))

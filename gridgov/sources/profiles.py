"""Level profiles: a city's ladder, contact tiers and role catalogue, kept as TOML in geodata/profiles."""

import tomllib
from functools import cache

from gridgov.domain.units import LevelProfile, profile_from
from gridgov.errors import InputError
from gridgov.resources import resource


def profiles() -> list[str]:
    """Return the ids of the profiles there are."""
    return sorted(path.stem for path in resource("geodata", "profiles").glob("*.toml"))


@cache
def profile(name: str) -> LevelProfile:
    """Return the profile called `name`."""
    if name not in profiles():
        raise InputError("profile_unknown", value=name, known=", ".join(profiles()))
    return profile_from(tomllib.loads(resource("geodata", "profiles", f"{name}.toml").read_text(encoding="utf-8")))

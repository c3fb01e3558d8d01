"""What OpenStreetMap's tags say here, by the rules of geodata/osm.toml."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

from gridgov.resources import resource

Tags = Mapping[str, str]
_Rule = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class _SiteRule:
    type: str | None
    tags: tuple[_Rule, ...]
    beside: bool
    names: tuple[str, ...]
    isced: tuple[str, ...]
    min_area: float | None
    max_area: float | None

    def fits(self, tags: Tags, area: float | None) -> bool:
        return _any(tags, self.tags) and self._sized(area) and self._told(tags)

    def _sized(self, area: float | None) -> bool:
        if self.min_area is None and self.max_area is None:
            return True
        return area is not None and (self.min_area or 0.0) <= area < (self.max_area or float("inf"))

    def _told(self, tags: Tags) -> bool:
        if not self.names and not self.isced:
            return True
        levels = re.split(r"[;,\s-]+", tags.get("isced:level", ""))
        if any(level in self.isced for level in levels):
            return True
        called = " ".join(value for key, value in tags.items() if key.split(":")[0] in {"name", "official_name"})
        return any(name.casefold() in called.casefold() for name in self.names)


@dataclass(frozen=True)
class OsmTags:
    """The rules of geodata/osm.toml, asked with an object's tags."""

    rules: Mapping[str, Any]
    sites: tuple[_SiteRule, ...]
    _parsed: dict[str, tuple[_Rule, ...]] = field(default_factory=dict, repr=False, compare=False)

    def walkable(self, tags: Tags) -> str | None:
        """Return `public` or `private` for a way people walk on, else None."""
        rules, kind = self.rules["network"], tags.get("highway")
        foot, access = tags.get("foot"), tags.get("access")
        if kind is None or kind in rules["never"] or foot in rules["foot_no"]:
            return None
        if tags.get("service") in rules["never_service"] and foot not in rules["foot_yes"]:
            return None
        if foot in rules["foot_yes"]:
            return "public"
        if kind in rules["when_told"] and not self._has_sidewalk(tags):
            return None
        if foot in rules["private"] or access in rules["private"]:
            return "private" if kind in rules["private_kept"] else None
        return None if access in rules["access_no"] else "public"

    def home(self, tags: Tags) -> bool:
        """Whether a building is one people live in, or may be for all its tags say."""
        rules, kind = self.rules["buildings"], tags.get("building")
        if kind in rules["unspecified"]:
            return not any(key in tags for key in rules["elsewhere"])
        return kind in rules["homes"]

    def compound(self, tags: Tags) -> bool:
        """Whether an area is a compound."""
        return self._any(tags, "compounds", "tags") or ("name" in tags and self._any(tags, "compounds", "named_tags"))

    def walled(self, tags: Tags) -> bool:
        """Whether a compound's own tags or name say that it is walled."""
        names = self.rules["compounds"]["walled_names"]
        return self._any(tags, "compounds", "walled_tags") or any(each in tags.get("name", "") for each in names)

    def wall(self, tags: Tags) -> bool:
        """Whether a way is a wall or fence."""
        return tags.get("barrier") in self.rules["compounds"]["wall_barriers"]

    def gate(self, tags: Tags) -> bool:
        """Whether a node is a way through a wall."""
        return self._any(tags, "gates", "tags")

    def gate_state(self, tags: Tags) -> str:
        """Return who may pass a gate: `open`, `residents` or `closed`."""
        for state in ("open", "residents", "closed"):
            if self._any(tags, "gates", state):
                return state
        return "open"

    def barred(self, tags: Tags) -> bool:
        """Whether a barrier as a node of a way keeps strangers from walking on."""
        kind, rules = tags.get("barrier"), self.rules["barriers"]
        if kind is None or self._any(tags, "gates", "open"):
            return False
        if kind in rules["vehicles"]:
            return self._any(tags, "barriers", "nobody")
        return kind in rules["walls"] or self.gate_state(tags) != "open"

    def may_be_site(self, tags: Tags) -> bool:
        """Whether any site rule looks at tags like these, whatever the size and name."""
        return not self._site_keys.isdisjoint(tags) and any(_any(tags, rule.tags) for rule in self.sites)

    @cached_property
    def _site_keys(self) -> frozenset[str]:
        """The keys one of which every site has."""
        return frozenset(rule[0][0] for site in self.sites for rule in site.tags)

    def site_types(self, tags: Tags, area: float | None) -> list[str | None]:
        """Return the facility types of an object of this size (m², None for a node); [None] where they are unclear."""
        types: list[str | None] = []
        for rule in self.sites:
            if (not types or rule.beside) and rule.fits(tags, area):
                types.append(rule.type)
        return types

    def _has_sidewalk(self, tags: Tags) -> bool:
        keys = ("sidewalk", "sidewalk:both", "sidewalk:left", "sidewalk:right")
        return any(tags.get(key) in self.rules["network"]["sidewalk_yes"] for key in keys)

    def _any(self, tags: Tags, part: str, key: str) -> bool:
        name = f"{part}.{key}"
        if name not in self._parsed:
            self._parsed[name] = _parse(self.rules[part][key])
        return _any(tags, self._parsed[name])


@cache
def osm_tags() -> OsmTags:
    """Return the rules of geodata/osm.toml."""
    rules = tomllib.loads(resource("geodata", "osm.toml").read_text(encoding="utf-8"))
    return OsmTags(rules, tuple(_site_rule(each) for each in rules["sites"]))


def _site_rule(told: Mapping[str, Any]) -> _SiteRule:
    return _SiteRule(
        type=told.get("type"),
        tags=_parse(told["tags"]),
        beside=told.get("beside", False),
        names=tuple(told.get("names", ())),
        isced=tuple(told.get("isced", ())),
        min_area=told.get("min_area"),
        max_area=told.get("max_area"),
    )


def _parse(rules: Iterable[str]) -> tuple[_Rule, ...]:
    return tuple(
        tuple((key, value) for key, _, value in (one.partition("=") for one in rule.split("&"))) for rule in rules
    )


def _any(tags: Tags, rules: Iterable[_Rule]) -> bool:
    return any(all(key in tags and value in ("*", tags[key]) for key, value in rule) for rule in rules)

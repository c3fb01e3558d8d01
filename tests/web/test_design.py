"""The design system holds: one place for colours, every token used, and colours that everybody can tell apart."""

import re
from itertools import combinations, pairwise

import numpy as np
import pytest

from gridgov.web.page import STATIC

CSS = STATIC / "css"
TOKENS = ("tokens.css", "dark.css")
RAW = re.compile(r"#[0-9a-f]{3,8}\b|\b(?:rgb|hsl|hwb|lab|lch|oklab|oklch)a?\(", re.IGNORECASE)
DEFINED = re.compile(r"(--[\w-]+)\s*:\s*([^;]+);")


def test_only_the_tokens_hold_colours() -> None:
    raw = {
        f"{path.name}: {line.strip()}"
        for path in CSS.glob("*.css")
        if path.name not in TOKENS
        for line in path.read_text(encoding="utf-8").splitlines()
        if RAW.search(line)
    }
    assert raw == set()


def test_every_token_is_used_and_every_used_one_exists() -> None:
    texts = [path.read_text(encoding="utf-8") for folder in ("css", "js") for path in (STATIC / folder).iterdir()]
    used = {name for text in texts for name in re.findall(r"(--[\w-]+)(?![\w-]*\s*:)", text)}
    stems = tuple(name for name in used if name.endswith("-"))  # a script puts the rest of the name behind it
    defined = set(_tokens("light"))
    assert {name for name in defined if name not in used and not (stems and name.startswith(stems))} == set()
    local = set(re.findall(r"(--[\w-]+)\s*:", "".join(texts))) | {"--drawer"}
    assert {name for name in re.findall(r"var\((--[\w-]+)", "".join(texts)) if name not in defined | local} == set()


def test_dark_changes_colours_that_light_has() -> None:
    light = _tokens("light")
    dark = dict(DEFINED.findall((CSS / "dark.css").read_text(encoding="utf-8")))
    assert set(dark) <= set(light)
    assert {name for name, value in light.items() if RAW.search(value)} == set(dark)


def _tokens(scheme: str) -> dict[str, str]:
    text = (CSS / "tokens.css").read_text(encoding="utf-8").partition("@media print")[0]
    told = dict(DEFINED.findall(text))
    return told if scheme == "light" else told | dict(DEFINED.findall((CSS / "dark.css").read_text(encoding="utf-8")))


PLAIN, SYMBOL = 4.5, 3.0
WORDS = {
    "ink": ("paper", "surface", "sunken", "accent-wash"),
    "soft": ("paper", "surface", "sunken"),
    "accent": ("paper", "surface"),
    "accent-strong": ("surface", "accent-wash"),
    "on-accent": ("accent",),
    "alert": ("surface", "alert-wash"),
    "note": ("note-wash",),
    "wanting": ("surface",),
    "water-name": ("water",),
}
CAUSES = ("cause-no_facility", "cause-gate", "cause-no_path", "cause-capacity", "cause-data")
SYMBOLS = {
    **dict.fromkeys((*CAUSES, "held", "wanting", "alert", "soft"), ("surface", "ground")),
    "line-strong": ("surface", "paper"),
    "edge": ("ground", "land"),
    "grid-line": ("ground",),
}
SHARES = tuple(f"share-{step}" for step in range(1, 6))
# Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB.
SIGHTS = {
    "everybody": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
WHITE = np.array([0.95047, 1.0, 1.08883])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_and_symbols_stand_out(scheme: str) -> None:
    tokens = _tokens(scheme)
    low = [
        (name, ground, round(contrast, 2))
        for wanted, pairs in ((PLAIN, WORDS), (SYMBOL, SYMBOLS))
        for name, grounds in pairs.items()
        for ground in grounds
        if (contrast := _contrast(tokens[f"--{name}"], tokens[f"--{ground}"])) < wanted
    ]
    assert low == []


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_tells_the_scale_and_the_causes_apart(scheme: str, sight: str) -> None:
    seen = {name: _lab(_tokens(scheme)[f"--{name}"], SIGHTS[sight]) for name in (*SHARES, *CAUSES)}
    steps = [_apart(seen[low], seen[high]) for low, high in pairwise(SHARES)]
    assert min(steps) > 12, steps
    lights = [seen[name][0] for name in SHARES]
    assert lights == sorted(lights, reverse=scheme == "light")
    near = {(one, other): _apart(seen[one], seen[other]) for one, other in combinations(CAUSES, 2)}
    assert min(near.values()) > 10, near


def _contrast(one: str, other: str) -> float:
    low, high = sorted(float(TO_XYZ[1] @ _linear(colour)) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def _linear(colour: str) -> np.ndarray:
    digits = colour.removeprefix("#")
    parts = np.array([int(digits[start : start + 2], 16) for start in (0, 2, 4)]) / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def _lab(colour: str, sight: np.ndarray) -> np.ndarray:
    """Return CIE L*a*b* of a colour as somebody sees it."""
    ratio = TO_XYZ @ np.clip(sight @ _linear(colour), 0, 1) / WHITE
    f = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def _apart(one: np.ndarray, other: np.ndarray) -> float:
    """Return ΔE*ab of 1976: 2.3 is just noticed."""
    return float(np.linalg.norm(one - other))

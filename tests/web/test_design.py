"""The design system holds: one place for colours, every token used, and colours that everybody can tell apart."""

import re

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

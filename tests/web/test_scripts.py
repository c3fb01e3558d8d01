"""What scripts say to people stands in the templates, where it is translated: nothing in them, nothing left over."""

import re

from gridgov.resources import resource
from gridgov.web.page import STATIC

SCRIPTS = sorted((STATIC / "js").glob("*.js"))
COMMENT = re.compile(r"^\s*//.*$|\s//\s.*$", re.MULTILINE)
LITERAL = re.compile(r"\"([^\"\n]*)\"|'([^'\n]*)'|`([^`]*)`")
CHINESE = re.compile(r"[\u3000-\u9fff\uff00-\uffef]")
SENTENCE = re.compile(r"^[A-Z][a-z’]+(?: [a-z’]+)*[ .!?…]|[a-z]{2,} [a-z]{2,} [a-z]{2,}[.!?]")


def code(name: str = "") -> str:
    """Return the scripts, or one of them, without comments."""
    return "\n".join(COMMENT.sub("", path.read_text(encoding="utf-8")) for path in SCRIPTS if name in path.name)


def test_no_script_speaks_a_language_of_its_own() -> None:
    literals = [next(filter(None, found), "") for found in LITERAL.findall(code())]
    assert len(literals) > 300
    assert [text for text in literals if CHINESE.search(text) or SENTENCE.search(text)] == []


def test_the_words_of_scripts_are_those_of_the_templates() -> None:
    base = resource("templates", "base.html").read_text(encoding="utf-8")
    (told,) = re.findall(r'<div id="words"(.*?)></div>', base, re.DOTALL)
    assert set(re.findall(r"\bdata-(\w+)=", told)) == set(re.findall(r"\bword\(\"(\w+)\"\)", code()))
    drawing = [resource("templates", *path) for path in (("parts", "drawbar.html"), ("editing", "split.html"))]
    parts = [re.findall(r'id="draw-words"(.*?)></', path.read_text(encoding="utf-8"), re.DOTALL)[0] for path in drawing]
    script = code("draw.js")
    named = re.findall(r"\bsay\(([^;{]*)\);", script) + re.findall(r"NAMES = \{([^}]*)\}", script)
    assert {name for part in parts for name in re.findall(r"\bdata-(\w+)=", part)} == {
        name for part in named for name in re.findall(r"\"(\w+)\"", part)
    }

"""Both languages, complete: no sentence without Chinese, no Chinese without a sentence, no code without a sentence."""

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from gridgov.errors import GridgovError, InputError
from gridgov.usecases import accounts
from gridgov.usecases.accounts import Grant
from gridgov.wording import LOCALES, SENTENCES, TERMS, TRANSLATIONS, sentence, term, translate, without_options
from tests.web.conftest import PASSWORD, SignIn

ROOT = Path(__file__).resolve().parents[2]
SPOKEN = {"_": None, "gettext": None, "ngettext": (1, 2), "translate": None, "told": None, "say": None}
IN_COMMANDS = {**SPOKEN, "progress": None}
ERRORS = {"InputError", "NotFoundError", "ForbiddenError", "ConflictError"}
CALLER_GIVES = {"field", "value"}  # a row's problem is told with its field and value


@pytest.fixture(scope="module")
def chinese() -> Catalog:
    with (TRANSLATIONS / "zh_Hans" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale="zh_Hans", abort_invalid=True)


def test_every_sentence_has_its_chinese_and_none_is_left_over(chinese: Catalog) -> None:
    translated = {message.id for message in chinese if message.id and all(_texts(message.string))}
    assert set(_sentences()) - translated == set()
    assert {message.id for message in chinese if message.id} - set(_sentences()) == set()


def test_translations_keep_their_parameters(chinese: Catalog) -> None:
    wrong = []
    for message in chinese:
        if message.id:
            wanted = _parameters(_texts(message.id)[-1])
            wrong += [message.id for text in _texts(message.string) if _parameters(text) != wanted]
    assert wrong == []


def test_every_code_raised_has_a_sentence_it_can_fill() -> None:
    missing, unfilled = set(), set()
    for path in (ROOT / "gridgov").rglob("*.py"):
        for code, given in _raised(ast.parse(path.read_text(encoding="utf-8"))):
            if code not in SENTENCES:
                missing.add(code)
            elif given is not None:
                wanted = {name for _, name, _, _ in string.Formatter().parse(SENTENCES[code]) if name}
                unfilled |= {(code, name) for name in wanted - given - CALLER_GIVES}
    assert missing == set()
    assert unfilled == set()


def test_chinese_comes_first_and_a_choice_is_remembered(nobody: FlaskClient) -> None:
    assert '<html lang="zh-Hans">' in nobody.get("/login").get_data(as_text=True)
    assert '<html lang="en">' in nobody.get("/login?lang=en").get_data(as_text=True)
    assert '<html lang="en">' in nobody.get("/login").get_data(as_text=True)
    assert '<html lang="zh-Hans">' in nobody.get("/login?lang=zh_Hans").get_data(as_text=True)


def test_without_a_choice_the_browser_is_heard(nobody: FlaskClient) -> None:
    english = nobody.get("/login", headers={"Accept-Language": "en-GB,en;q=0.9"})
    other = nobody.get("/login", headers={"Accept-Language": "fr,de;q=0.8"})
    unknown = nobody.get("/login?lang=xx")
    assert '<html lang="en">' in english.get_data(as_text=True)
    assert '<html lang="zh-Hans">' in other.get_data(as_text=True)
    assert '<html lang="zh-Hans">' in unknown.get_data(as_text=True)


def test_an_account_keeps_the_language_chosen_for_other_devices(signed_in: SignIn, app: Flask) -> None:
    chinese = {"Accept-Language": "zh-CN"}
    one = signed_in(Grant("viewer"), Grant("planner"))
    assert '<html lang="en">' in one.get("/?lang=en", headers=chinese).get_data(as_text=True)
    name = "test viewer:None planner:None None"
    for switched, told in (("", "en"), ("?lang=zh_Hans", "zh-Hans"), ("", "zh-Hans")):
        other = app.test_client()
        other.get("/login?lang=en" if told == "zh-Hans" else "/login", headers=chinese)
        assert other.post("/login", data={"name": name, "password": PASSWORD}).status_code == 302
        page = other.get(f"/{switched}", headers=chinese).get_data(as_text=True)
        assert f'<html lang="{told}">' in page


def test_the_demo_is_anybodys_and_keeps_nobodys_language(as_role: SignIn) -> None:
    assert '<html lang="en">' in as_role("viewer").get("/?lang=en").get_data(as_text=True)
    assert '<html lang="zh-Hans">' in as_role("viewer").get("/").get_data(as_text=True)


def test_a_page_refused_is_no_choice_of_a_language(signed_in: SignIn, database: Session) -> None:
    browser = signed_in(Grant("admin"))
    assert browser.get("/?lang=en&as_of=never").status_code == 400
    known = accounts.named(database, "test admin:None None")
    assert known.language is None


def test_errors_read_as_sentences() -> None:
    error = InputError("file_missing", path="a.csv")
    assert sentence(error, "en") == "There is no file a.csv."
    assert sentence(error, "zh_Hans") == "没有文件 a.csv。"
    assert sentence(InputError("file_missing"), "en") == "There is no file –."
    assert sentence(GridgovError("never_heard_of", x=1), "en") == "never_heard_of(x=1)"
    assert sentence(InputError("file_missing", path="{path}{0}"), "en") == "There is no file {path}{0}."


@pytest.mark.parametrize("locale", LOCALES)
def test_pages_speak_of_no_options(locale: str) -> None:
    own = {"port_taken", "report_exists", "export_exists"}  # said on the command line alone
    for code, text in SENTENCES.items():
        if code not in own:
            assert "--" not in without_options(translate(text, locale)), code
    assert without_options('按 X 读取（--crs "X"），如 (a)。') == "按 X 读取，如 (a)。"


@pytest.mark.parametrize("locale", LOCALES)
def test_words_know_no_pages(locale: str) -> None:
    assert translate("Done.", locale) == {"zh_Hans": "完成。", "en": "Done."}[locale]
    assert term("cause", "gate", locale) == {"zh_Hans": "出入口未开放", "en": "Gate not open"}[locale]
    assert term("cause", "unheard", locale) == "unheard"


def _sentences() -> Iterator[str | tuple[str, str]]:
    for folder, method, suffix in (("templates", "jinja2", "html"), ("gridgov", "python", "py")):
        for path in (ROOT / folder).rglob(f"*.{suffix}"):
            with path.open("rb") as file:
                words = IN_COMMANDS if path.parent.name == "cli" else SPOKEN
                for _, message, _, _ in extract(method, file, keywords=words):
                    yield message
    for path in (ROOT / "gridgov" / "cli").glob("*.py"):
        yield from _headings(ast.parse(path.read_text(encoding="utf-8")))
    yield from SENTENCES.values()
    for names in TERMS.values():
        yield from names.values()


def _headings(tree: ast.AST) -> Iterator[str]:
    """Yield the headings of the tables that commands print."""
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args):
        if isinstance(call.func, ast.Name) and call.func.id == "table" and isinstance(call.args[0], ast.List):
            for heading in call.args[0].elts:
                yield from _literals(heading)


def _texts(given: str | tuple[str, ...] | list[str]) -> list[str]:
    return [given] if isinstance(given, str) else list(given)


def _parameters(text: str) -> set[str]:
    return set(re.findall(r"%\((\w+)\)", text)) | set(re.findall(r"\{(\w+)[^}]*\}", text))


def _raised(tree: ast.AST) -> Iterator[tuple[str, set[str] | None]]:
    """Yield each code that is raised or reported literally, with the parameters given where they are plain."""
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
        position = 0 if name in ERRORS else 3 if name in {"reject", "Problem"} else None
        if position is None or len(call.args) <= position:
            continue
        given: set[str] | None = {word.arg for word in call.keywords if word.arg}
        if any(word.arg is None for word in call.keywords) or name == "Problem":
            given = None
        for code in _literals(call.args[position]):
            yield code, given


def _literals(node: ast.expr) -> list[str]:
    if isinstance(node, ast.IfExp):
        return [*_literals(node.body), *_literals(node.orelse)]
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []

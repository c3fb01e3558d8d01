"""The house rules that no linter states. ruff has complexity, docstrings and prints; import-linter has the floors."""

import ast
import re
import statistics
import string
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gridgov.wording import SENTENCES

ROOT = Path(__file__).resolve().parent.parent
OWN_TEXT = {".py", ".html", ".css", ".js", ".sh", ".toml", ".txt", ".xml", ".svg"}
VENDORED = ROOT / "gridgov/web/static/vendor"
HISTORY = ROOT / "gridgov/storage/migrations/versions"
LONGEST_FILE, LONGEST_FUNCTION, MEDIAN_FUNCTION = 400, 50, 12
LONGEST_LOOP = 70  # a compiled loop of arrays: each call in it would cost

# Split, so that this file doesn't hold what it looks for.
UNFINISHED = ("TO" + "DO", "FIX" + "ME", "X" + "XX", "NotImplemented" + "Error", "for" + " now", "simpli" + "fied")
MACHINE = re.compile(r"(?<![\w.])/(?:home|root|Users|work)/")
HOST = re.compile(r"""https?://([\w.-]+)[^\s"'<>)]*""")
NAMESPACES = {"www.w3.org", "www.opengis.net", "opengis.net"}
COPYRIGHT = {"https://www.openstreetmap.org/copyright", "https://openstreetmap.org/copyright"}
ERRORS = {"InputError", "NotFoundError", "ForbiddenError", "ConflictError", "GridgovError"}
VAGUE = re.compile(r"(utils?|helpers?|managers?|common|misc)(_|$)|_(utils?|helpers?|manager)$")


def test_the_import_contracts_hold() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_files_are_short() -> None:
    lengths = {
        name(path): len(path.read_text(encoding="utf-8").splitlines())
        for path in own_files()
        if HISTORY not in path.parents
    }
    assert {file: length for file, length in lengths.items() if length > LONGEST_FILE} == {}


def test_functions_are_short() -> None:
    lengths = {
        (name(path), node.name): (length(node), compiled(node)) for path in modules() for node in functions(path)
    }
    too_long = {
        function: lines
        for function, (lines, loop) in lengths.items()
        if lines > (LONGEST_LOOP if loop else LONGEST_FUNCTION)
    }
    assert too_long == {}


def test_the_median_function_is_short() -> None:
    assert statistics.median(length(node) for path in modules("gridgov") for node in functions(path)) <= MEDIAN_FUNCTION


def test_nothing_is_left_unfinished() -> None:
    pattern = re.compile("|".join(UNFINISHED))
    assert list(lines_with(pattern, own_files())) == []


def test_no_path_of_a_machine_is_kept() -> None:
    assert list(lines_with(MACHINE, [path for path in own_files() if path != Path(__file__)])) == []


def test_pages_ask_no_other_host() -> None:
    pages = [path for path in own_files("templates", "gridgov") if path.suffix != ".toml"]
    found = {f"{name(path)}: {url}" for path in pages for url in foreign(path.read_text(encoding="utf-8"))}
    assert found == {"gridgov/web/basemap.py: https://t0.tianditu.gov.cn"}  # asked only where the setting says so


def test_vendored_styles_load_nothing_from_elsewhere() -> None:
    pattern = re.compile(r"""(?:url\(\s*["']?|@import\s+["'])(?:https?:)?//""")
    assert list(lines_with(pattern, [path for path in VENDORED.rglob("*.css") if path.is_file()])) == []


@pytest.mark.parametrize("floor", ["domain", "spatial", "sources", "usecases"])
def test_no_transaction_ends_below_the_entrance(floor: str) -> None:
    calls = [(path, node) for path in modules(f"gridgov/{floor}") for node in ast.walk(parsed(path))]
    ends = [f"{name(path)}:{node.lineno}" for path, node in calls if ends_transaction(node)]
    assert ends == []


def test_modules_are_named_for_what_they_hold() -> None:
    assert [name(path) for path in modules() if VAGUE.search(path.stem)] == []


def test_every_refusal_has_its_sentence() -> None:
    raised = {code for path in modules("gridgov") for code, _ in refusals(path)}
    lacking = sorted(raised - set(SENTENCES))
    assert not lacking, f"no sentence in gridgov/wording.py for: {', '.join(lacking)}"


def test_every_sentence_is_given_what_it_names() -> None:
    lacking = []
    for path in modules("gridgov"):
        for code, given in refusals(path):
            fields = {field for _, field, _, _ in string.Formatter().parse(SENTENCES.get(code, "")) if field}
            if given is not None and fields - given:
                lacking.append(f"{name(path)}: {code} lacks {sorted(fields - given)}")
    assert lacking == []


def own_files(*folders: str) -> list[Path]:
    """Return the project's own text files: not what is vendored, generated or translated."""
    found = [path for folder in folders or ("gridgov", "templates", "tests") for path in (ROOT / folder).rglob("*")]
    return sorted(path for path in found if path.suffix in OWN_TEXT and VENDORED not in path.parents)


def modules(*folders: str) -> list[Path]:
    """Return the project's own modules, without the schema's history, which is kept as it was."""
    found = own_files(*(folders or ("gridgov", "tests")))
    return [path for path in found if path.suffix == ".py" and HISTORY not in path.parents]


def parsed(path: Path) -> ast.Module:
    """Return a module's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield a module's functions and methods."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return a function's lines, its docstring left out: what is told isn't what is done."""
    first = node.body[0]
    told = ast.get_docstring(node, clean=False) is not None
    documented = (first.end_lineno or first.lineno) - first.lineno + 1 if told else 0
    return (node.end_lineno or node.lineno) - node.lineno + 1 - documented


def compiled(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Tell whether numba compiles a function."""
    return any("njit" in ast.unparse(decorator) for decorator in node.decorator_list)


def ends_transaction(node: ast.AST) -> bool:
    """Tell whether a node begins or commits a transaction; a savepoint within one is none."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return False
    return node.func.attr in {"commit", "begin"} and ast.unparse(node.func.value) != "savepoint"


def refusals(path: Path) -> Iterator[tuple[str, set[str] | None]]:
    """Yield each code that a module raises, with the parameters given; None where they can't be told."""
    for node in ast.walk(parsed(path)):
        if not (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ERRORS and node.args
        ):
            continue
        if isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str):
            given = {keyword.arg for keyword in node.keywords}
            yield node.args[0].value, None if None in given else {told for told in given if told}


def foreign(text: str) -> list[str]:
    """Return the addresses of other hosts in a text; namespaces and the map's copyright line aren't asked for."""
    found = [match for match in HOST.finditer(text) if match[1] not in NAMESPACES and "." in match[1]]
    return [match[0] for match in found if match[0] not in COPYRIGHT and not match[1].startswith("127.")]


def lines_with(pattern: re.Pattern[str], paths: list[Path]) -> Iterator[str]:
    """Yield the lines that hold a pattern, as `file:line: text`."""
    for path in paths:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if pattern.search(line):
                yield f"{name(path)}:{number}: {line.strip()}"


def name(path: Path) -> str:
    """Return a path as people say it, from the project's root."""
    return path.relative_to(ROOT).as_posix()

"""Bad input: one clear line, exit status 2, nothing half-written, no traceback."""

import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from gridgov.cli import main
from gridgov.cli.console import Day
from tests import cases
from tests.cli.conftest import Answer

Refused = Callable[..., str]


@pytest.fixture
def units(begun: None, tmp_path: Path) -> Path:  # noqa: ARG001 - it is there to be brought into
    """A good file of units, and a database to bring it into."""
    return cases.district(tmp_path).write("units")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("nonsense", "nonsense"),
        ("mysql://u:hunter2@h/db", "mysql"),
        ("postgresql://u:hunter2@127.0.0.1:1/db", "127.0.0.1"),
        ("postgresql//u:hunter2@h/db", "postgresql"),
        ("sqlite:////proc/nowhere/x.sqlite", "/proc/nowhere"),
    ],
)
@pytest.mark.parametrize("verb", ["init", "check", "import list", "serve"])
def test_a_database_that_cannot_be(
    refused: Refused, monkeypatch: pytest.MonkeyPatch, verb: str, address: str, said: str
) -> None:
    monkeypatch.setenv("GRIDGOV_DATABASE_URL", address)
    line = refused(*verb.split())
    assert said in line
    assert "hunter2" not in line


def test_a_file_that_is_no_database(refused: Refused, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "diary.txt"
    path.write_text("dear diary " * 200, encoding="utf-8")
    monkeypatch.setenv("GRIDGOV_DATABASE_URL", f"sqlite:///{path}")
    for verb in (["init"], ["check"], ["coverage", "run"]):
        assert "diary.txt" in refused(*verb)
    assert path.read_text(encoding="utf-8") == "dear diary " * 200


@pytest.mark.parametrize("verb", ["check", "who x", "coverage run", "coverage show", "contacts report", "import list",
                                  "user list", "grids build", "serve"])  # fmt: skip
def test_before_init(refused: Refused, instance: Path, verb: str) -> None:
    assert "gridgov init" in refused(*verb.split())
    assert not list(instance.glob("*.sqlite")) or (instance / "gridgov.sqlite").stat().st_size < 100_000


@pytest.mark.usefixtures("begun")
def test_a_port_that_is_taken(
    refused: Refused,
) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        for verb in ("serve", "demo"):
            assert str(port) in refused(verb, "--port", port)


def test_a_port_that_is_taken_stops_the_demo_before_it_builds(refused: Refused, instance: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        refused("demo", "--port", holder.getsockname()[1])
    assert not (instance / "demo.sqlite").exists()


FILES: dict[str, Callable[[Path], object]] = {
    "absent.csv": lambda path: path,
    "empty.csv": Path.touch,
    "blank.csv": lambda path: path.write_text("\n \n", encoding="utf-8"),
    "header only.csv": lambda path: path.write_text("code,name\n", encoding="utf-8"),
    "cut.geojson": lambda path: path.write_text('{"type": "FeatureCollection", "features": [{"ty', encoding="utf-8"),
    "picture.csv": lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256))),
    "paper.geojson": lambda path: path.write_bytes(b"%PDF-1.7 " + b"x" * 300),
    "map.osm": lambda path: path.write_text("<osm version='0.6'></osm>", encoding="utf-8"),
    "prose.md": lambda path: path.write_text("Once upon a time there was a grid.\n" * 9, encoding="utf-8"),
    "folder": Path.mkdir,
    "archive.zip": lambda path: path.write_bytes(b"PK\x03\x04" + b"\0" * 60),
    "base.gpkg": lambda path: path.write_bytes(b"SQLite format 3\x00" + b"\0" * 90),
    "shape.shp": lambda path: path.write_bytes(b"\x00\x00\x27\x0a" + b"\0" * 90),
    "object.json": lambda path: path.write_text('{"answer": 42}', encoding="utf-8"),
}


@pytest.mark.parametrize("name", sorted(FILES))
@pytest.mark.usefixtures("begun")
def test_a_file_that_cannot_be_read(answer: Answer, refused: Refused, tmp_path: Path, name: str) -> None:
    FILES[name](tmp_path / name)
    assert name in refused("import", "units", tmp_path / name, "--level", "street")
    assert answer("import", "list")["rows"] == []


@pytest.mark.parametrize("name", ["absent.csv", "empty.csv", "picture.csv", "folder", "object.json"])
@pytest.mark.usefixtures("begun")
def test_a_file_that_is_no_map(answer: Answer, refused: Refused, tmp_path: Path, name: str) -> None:
    FILES[name](tmp_path / name)
    assert name in refused("import", "osm", tmp_path / name)
    assert answer("import", "list")["rows"] == []


def test_one_bad_file_among_good_ones_and_nothing_is_written(
    answer: Answer, refused: Refused, units: Path, tmp_path: Path
) -> None:
    refused("import", "units", units, tmp_path / "absent.csv", "--crs", cases.CRS)
    assert answer("import", "list")["rows"] == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--level", "planet"], "planet"),
        (["--crs", "EPSG:1"], "EPSG:1"),
        (["--encoding", "klingon"], "klingon"),
        (["--map", "nowhere=name"], "nowhere"),
        (["--map", "name=planet"], "planet"),
        (["--map", "name"], "name"),
    ],
)
def test_options_that_cannot_be(refused: Refused, answer: Answer, units: Path, words: list[str], said: str) -> None:
    text = units.read_text(encoding="utf-8").replace("level,", "was,")
    units.write_text(text, encoding="utf-8")
    level = [] if "--level" in words else ["--level", "street"]
    crs = [] if "--crs" in words else ["--crs", cases.CRS]
    assert said in refused("import", "units", units, *level, *crs, *words)
    assert answer("import", "list")["rows"] == []


@pytest.mark.usefixtures("begun")
def test_no_level_at_all(refused: Refused, tmp_path: Path) -> None:
    path = tmp_path / "streets.csv"
    path.write_text("code,name\nS,街\n", encoding="utf-8")
    assert "--level" in refused("import", "units", path)


@pytest.mark.usefixtures("begun")
def test_an_unknown_layer_of_a_map(refused: Refused, tmp_path: Path) -> None:
    assert "planets" in refused("import", "osm", tmp_path / "x.osm", "--layers", "network,planets")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["coverage", "run", "--pack", "atlantis"], "atlantis"),
        (["coverage", "run"], ""),
        (["coverage", "show"], ""),
        (["coverage", "gaps", "7"], "7"),
        (["import", "show", "7"], "7"),
        (["import", "undo", "7"], "7"),
        (["who", "nowhere"], "nowhere"),
        (["who", " "], ""),
        (["grids", "build"], ""),
        (["user", "disable", "nobody"], "nobody"),
        (["user", "role", "nobody", "viewer"], "nobody"),
        (["user", "add", "wang", "--password", "short"], ""),
        (["user", "add", "wang", "--password", "a long enough password", "--role", "viewer", "--area", "X"], "X"),
    ],
)
@pytest.mark.usefixtures("begun")
def test_what_is_not_there(refused: Refused, words: list[str], said: str) -> None:
    assert said in refused(*words)


@pytest.mark.parametrize(
    "words",
    [
        ["coverage", "show", "--level", "planet"], ["check", "--as-of", "tomorrow"], ["check", "--format", "xml"],
        ["import", "planets", "x.csv"], ["import", "units"], ["serve", "--port", "99999"], ["who"], ["nonsense"],
        ["user", "role", "x", "king"], ["import", "show", "seven"],
    ],
)  # fmt: skip
def test_wrong_usage_ends_with_two(words: list[str], instance: Path) -> None:
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 2
    assert "Error:" in result.stderr
    assert not instance.exists()


def test_a_day_is_read_as_people_write_it() -> None:
    assert Day().convert("2026-03-31", None, None) == cases.DAY


@pytest.mark.parametrize("language", ["zh_Hans", "en"])
def test_the_line_is_in_the_readers_language(refused: Refused, monkeypatch: pytest.MonkeyPatch, language: str) -> None:
    monkeypatch.setenv("GRIDGOV_LANGUAGE", language)
    line = refused("check").removeprefix("gridgov: ")
    assert any("\u4e00" <= letter <= "\u9fff" for letter in line) == (language == "zh_Hans")


def test_a_language_there_is_none_of(refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDGOV_LANGUAGE", "tlh")
    assert "tlh" in refused("init")


def test_an_instance_folder_that_cannot_be(refused: Refused, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("GRIDGOV_INSTANCE", str(tmp_path / "file"))
    assert "file" in refused("init")

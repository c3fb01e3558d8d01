"""The wheel, in an environment that has nothing else: it must bring its pages and data along, and serve them."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request
import venv
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError

import pytest

from gridgov.spatial import kernels

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    _run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder), cwd=ROOT)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def programs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of a fresh environment: the pinned packages, then the wheel."""
    folder = tmp_path_factory.mktemp("fresh") / "env"
    venv.create(folder, with_pip=False)
    # nothing is compiled beforehand: most of it is never imported here
    pip = (*_pip(folder), "install", "--quiet", "--no-input", "--no-compile")
    _run(*pip, "--require-hashes", "--requirement", str(ROOT / "requirements.txt"), cwd=folder)
    _run(*pip, "--no-deps", str(wheel), cwd=folder)
    _compiled_already(next(folder.glob("lib/python*/site-packages/gridgov")))
    return folder / "bin"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """A working folder that nothing can be written in; the instance folder is named by the environment."""
    folder = tmp_path / "read-only"
    folder.mkdir()
    folder.chmod(0o555)
    yield folder
    assert list(folder.iterdir()) == []
    folder.chmod(0o755)


def test_the_wheel_holds_pages_and_data(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for folder in ("geodata", "templates"):
        standing = {path.relative_to(ROOT).as_posix() for path in (ROOT / folder).rglob("*") if path.is_file()}
        assert {f"gridgov/{path}" for path in standing} <= set(names)
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
    assert not [name for name in names if name.startswith("tests/") or "__pycache__" in name]


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_pins_are_hashed_and_name_no_address(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    pins = re.split(r"\n(?=[\w-]+(?:\[\w+\])?==)", text)[1:]
    assert len(pins) > 40
    assert [pin for pin in pins if "--hash=sha256:" not in pin] == []
    assert re.search(r"://|--index|--find-links|--extra", text) is None


def test_pins_cover_what_the_project_asks_for() -> None:
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pinned = {line.split("==")[0] for line in (ROOT / "requirements-dev.txt").read_text(encoding="utf-8").splitlines()}
    wanted = [*asked["dependencies"], *asked["optional-dependencies"]["dev"]]
    assert {re.match(r"[\w-]+", one)[0] for one in wanted} <= {re.match(r"[\w-]*", one)[0] for one in pinned}


def test_the_environment_lacks_nothing(programs: Path) -> None:
    _run(*_pip(programs.parent), "check", cwd=programs)


def test_the_wheel_serves_a_page(programs: Path, place: Path, tmp_path: Path) -> None:
    ours = ("GRIDGOV_", "NUMBA_", "PYTHON", "VIRTUAL_ENV")
    told = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    told["GRIDGOV_INSTANCE"] = str(tmp_path / "instance")
    gridgov = str(programs / "gridgov")
    assert "Usage" in _run(gridgov, "--help", cwd=place, env=told)
    _run(gridgov, "init", cwd=place, env=told)
    with _served(gridgov, place, told) as address:
        assert _answer(f"{address}/healthz")[0] == 200
        status, page = _answer(f"{address}/login")
        assert status == 200
        assert "<form" in page


def _compiled_already(installed: Path) -> None:
    """Bring along the loops as they are compiled here: of the same text they tell nothing new, and take a minute."""
    for source in (ROOT / "gridgov" / "spatial").glob("*.py"):
        copy = installed / "spatial" / source.name
        if copy.read_bytes() == source.read_bytes():
            shutil.copystat(source, copy)
    shutil.copytree(kernels.fill.stats.cache_path, installed / "spatial" / "__pycache__", dirs_exist_ok=True)


def _pip(environment: Path) -> tuple[str, ...]:
    return (sys.executable, "-m", "pip", "--python", str(environment))


def _run(*command: str, cwd: Path, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@contextmanager
def _served(gridgov: str, cwd: Path, env: dict[str, str]) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = Path(env["GRIDGOV_INSTANCE"]).parent / "serve.log"
    with log.open("wb") as told:
        command = [gridgov, "serve", "--port", str(port)]
        server = subprocess.Popen(command, cwd=cwd, env=env, stdout=told, stderr=subprocess.STDOUT)
    try:
        _wait_for(port, server, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


def _wait_for(port: int, server: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and server.poll() is None:
        try:
            _answer(f"http://127.0.0.1:{port}/healthz")
        except (URLError, ConnectionError):
            time.sleep(0.2)
        else:
            return
    pytest.fail(f"gridgov serve doesn't answer:\n{log.read_text(encoding='utf-8')}")


def _answer(url: str) -> tuple[int, str]:
    with urllib.request.urlopen(url, timeout=20) as response:
        return response.status, response.read().decode()

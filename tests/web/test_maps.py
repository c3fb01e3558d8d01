from pathlib import Path

import pytest
from flask import Flask

from gridgov.errors import NotFoundError
from gridgov.web.maps import MORE_SCRIPTS, MORE_STYLES, PAGES, UNUSED, VENDORED, page_map, vendored
from gridgov.web.page import STATIC
from tests.web.conftest import SignIn

WEB = Path(__file__).resolve().parents[2] / "gridgov" / "web"


@pytest.mark.parametrize("page", PAGES)
def test_a_map_is_the_same_every_time(page: str) -> None:
    first = page_map(page)
    page_map.cache_clear()
    again = page_map(page)
    assert first == again
    assert first.element == f"map_{page}"
    assert first.digest == again.digest


@pytest.mark.parametrize("page", PAGES)
def test_a_map_needs_our_own_files_only(page: str) -> None:
    drawn = page_map(page)
    for file in drawn.styles + drawn.scripts:
        assert (STATIC / file).is_file()
    assert "http" not in drawn.script
    assert "<" not in drawn.script


def test_an_unknown_link_stops_the_program() -> None:
    assert vendored("https://cdn.example/leaflet@9/leaflet.js?x=1") == "vendor/leaflet/leaflet.js"
    assert vendored("https://cdn.example/jquery-3.7.1.min.js") is None
    with pytest.raises(LookupError, match="leaflet-heat"):
        vendored("https://cdn.example/leaflet-heat.js")


def test_every_vendored_file_is_listed_with_its_licence() -> None:
    listed = (STATIC / "vendor" / "README.md").read_text(encoding="utf-8")
    more = [file for files in (*MORE_STYLES.values(), *MORE_SCRIPTS.values()) for file in files if "vendor" in file]
    for file in (*VENDORED.values(), *more):
        assert file.removeprefix("vendor/") in listed
    folders = [each for each in (STATIC / "vendor").iterdir() if each.is_dir()]
    assert all((folder / "LICENSE").is_file() for folder in folders)
    assert not UNUSED & {path.name for path in (STATIC / "vendor").rglob("*")}


def test_only_the_choke_point_knows_folium() -> None:
    knowing = [
        path.name for path in WEB.rglob("*.py") if "folium" in path.read_text(encoding="utf-8").split("import ", 1)[-1]
    ]
    importing = [path.name for path in WEB.rglob("*.py") if "import folium" in path.read_text(encoding="utf-8")]
    assert importing == ["maps.py"]
    assert set(knowing) <= {"maps.py", "mapscript.py"}


def test_scripts_and_templates_stay_short() -> None:
    own = [
        *(STATIC / "js").glob("*.js"),
        *(STATIC / "css").glob("*.css"),
        *(WEB.parents[1] / "templates").rglob("*.html"),
    ]
    assert {
        path.name: count for path in own if (count := len(path.read_text(encoding="utf-8").splitlines())) > 400
    } == {}


def test_the_script_has_its_own_address(app: Flask, as_role: SignIn) -> None:
    browser = as_role("planner")
    assert browser.get("/map/nowhere.js").status_code == 404
    answer = browser.get(f"/map/planner.js?v={page_map('planner').digest}")
    assert answer.mimetype == "text/javascript"
    assert "immutable" in answer.headers["Cache-Control"]
    with app.app_context(), pytest.raises(NotFoundError):
        page_map("nowhere")


def test_files_of_the_editor_are_small() -> None:
    scripts = ("js/draw.js", "js/shapes.js", "js/lookup.js", "js/typed.js", "css/edit.css")
    assert sum((STATIC / name).stat().st_size for name in scripts) < 40_000

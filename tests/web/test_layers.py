import json
import logging

import pytest
import shapely

from tests.web.conftest import SignIn

SMALL = ("partners.geojson", "findings.geojson", "neighbours.geojson?bounds=111,30,112,31")


def test_layers_are_valid_and_known_by_their_etag(as_role: SignIn) -> None:
    browser = as_role("admin")
    for name in SMALL:
        answer = browser.get(f"/layers/{name}")
        assert answer.status_code == 200
        for feature in json.loads(answer.data)["features"]:
            assert shapely.from_geojson(json.dumps(feature["geometry"])).is_valid
        again = browser.get(f"/layers/{name}", headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304
        packed = browser.get(f"/layers/{name}", headers={"Accept-Encoding": "gzip"})
        assert packed.headers["Content-Encoding"] == "gzip"
        assert browser.get(f"/layers/{name}", headers={"If-None-Match": packed.headers["ETag"]}).status_code == 304


def test_a_sent_position_is_not_logged(as_role: SignIn, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        as_role("coordinator").post("/api/v1/who", json={"lon": 111.312345, "lat": 30.712345})
    assert "111.31" not in caplog.text

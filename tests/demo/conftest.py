"""The demo's files, written once, and read here without any of the product's readers."""

import csv
import json
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np
import pytest
import shapely
from pyproj import Transformer

from gridgov.demo.district import write

TODAY = date(2026, 11, 1)
MAY_BE_FULL = {"middle_school", "primary_school", "kindergarten", "creche"}


@dataclass(frozen=True)
class Layer:
    rows: list[dict[str, object]]
    degrees: np.ndarray
    metres: np.ndarray

    @cached_property
    def by_code(self) -> dict[str, object]:
        return {str(row["code"]): place for row, place in zip(self.rows, self.metres, strict=True)}


@dataclass(frozen=True)
class Demo:
    folder: Path

    def layer(self, name: str) -> Layer:
        features = json.loads((self.folder / f"{name}.geojson").read_bytes())["features"]
        degrees = shapely.from_geojson([json.dumps(feature["geometry"]) for feature in features])
        there = Transformer.from_crs("EPSG:4490", "EPSG:4546", always_xy=True)
        metres = shapely.transform(degrees, lambda xy: np.column_stack(there.transform(xy[:, 0], xy[:, 1])))
        return Layer([feature["properties"] for feature in features], degrees, metres)

    def table(self, name: str) -> list[dict[str, str]]:
        with (self.folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    @property
    def without_capacity(self) -> set[str]:
        """Open service points of types that may be full, of which it isn't told when."""
        rows = [row for row in self.layer("sites").rows if row["type"] in MAY_BE_FULL and row["status"] == "open"]
        return {str(row["code"]) for row in rows if row["capacity"] is None}

    @cached_property
    def truth(self) -> dict:
        return json.loads((self.folder / "truth.json").read_bytes())


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    folder = tmp_path_factory.mktemp("demo")
    write(folder, "district", TODAY)
    return Demo(folder)

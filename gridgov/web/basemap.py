"""A provider's raster map below ours: none unless the administrator names one; its origin is the only one opened."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from gridgov.settings import TIANDITU, Settings

_TIANDITU = "https://t0.tianditu.gov.cn"
_DEEPEST = 18


@dataclass(frozen=True)
class Basemap:
    """The origin that images may come from, the addresses of the layers from the bottom up, their datum, the credit."""

    origin: str
    tiles: tuple[str, ...]
    datum: str
    credit: str

    def view(self) -> dict[str, Any]:
        """Return what the page's script draws it by."""
        return {"tiles": self.tiles, "datum": self.datum, "deepest": _DEEPEST}


def basemap_of(settings: Settings) -> Basemap | None:
    """Return the provider's map that the settings name."""
    told = settings.basemap
    if not told:
        return None
    if told == TIANDITU:
        tiles = tuple(_tianditu(layer, settings.basemap_key) for layer in ("vec", "cva"))
        return Basemap(_TIANDITU, tiles, "WGS84", settings.basemap_credit or "天地图")
    parts = urlsplit(told)
    address = told.replace("{key}", quote(settings.basemap_key, safe=""))
    return Basemap(f"{parts.scheme}://{parts.netloc}", (address,), settings.basemap_datum, settings.basemap_credit)


def _tianditu(layer: str, key: str) -> str:
    """Return the address of a 天地图 layer: its WMTS in Web Mercator; it serves CGCS2000, which needs no shift."""
    return (
        f"{_TIANDITU}/{layer}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER={layer}&STYLE=default"
        f"&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={{z}}&TILEROW={{y}}&TILECOL={{x}}&tk={quote(key, safe='')}"
    )

"""A small OpenStreetMap extract, written by hand: places in metres east and north of one spot."""

import xml.etree.ElementTree as ET
from pathlib import Path

METRES_NORTH = 110_852.0  # a degree of latitude at 30.7° N
METRES_EAST = 95_800.0  # and of longitude
HOME = (111.29, 30.70)


class Extract:
    """Nodes, ways and relations as one writes them; ids count up by kind."""

    def __init__(self) -> None:
        self.root = ET.Element("osm", version="0.6")
        self.counts = {"node": 0, "way": 0, "relation": 0}

    def node(self, x: float, y: float, **tags: str) -> int:
        item, number = self._add("node", tags)
        item.set("lon", f"{HOME[0] + x / METRES_EAST:.7f}")
        item.set("lat", f"{HOME[1] + y / METRES_NORTH:.7f}")
        return number

    def way(self, *nodes: int | tuple[float, float], **tags: str) -> int:
        refs = [each if isinstance(each, int) else self.node(*each) for each in nodes]
        item, number = self._add("way", tags)
        for ref in refs:
            ET.SubElement(item, "nd", ref=str(ref))
        return number

    def box(self, x: float, y: float, width: float, height: float, **tags: str) -> int:
        corners = [self.node(*at) for at in ((x, y), (x + width, y), (x + width, y + height), (x, y + height))]
        return self.way(*corners, corners[0], **tags)

    def relation(self, *members: tuple[int, str], **tags: str) -> int:
        item, number = self._add("relation", {"type": "multipolygon"} | tags)
        for way, role in members:
            ET.SubElement(item, "member", type="way", ref=str(way), role=role)
        return number

    def write(self, file: Path) -> Path:
        order = {"node": 0, "way": 1, "relation": 2}
        self.root[:] = sorted(self.root, key=lambda item: (order[item.tag], int(item.get("id", 0))))
        ET.ElementTree(self.root).write(file, encoding="utf-8", xml_declaration=True)
        return file

    def _add(self, kind: str, tags: dict[str, str]) -> tuple[ET.Element, int]:
        self.counts[kind] += 1
        number = self.counts[kind]
        item = ET.SubElement(self.root, kind, id=str(number), version="1")
        for key, value in tags.items():
            ET.SubElement(item, "tag", k=key.replace("__", ":"), v=value)
        return item, number

"""The schema's history: one head."""


def ours(_thing: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
    """Leave what only one engine has out of comparisons: R*Tree tables, PostGIS's catalogue, GiST indexes."""
    told = name or ""
    return not (
        (kind == "table" and ("_rt" in told or told == "spatial_ref_sys"))
        or (kind == "index" and told.endswith("_geometry"))
    )

"""A city cut down to a fifteenth: everything the demo city has and the district hasn't, at a price to write it twice.

As a program it writes the files to the folder that is told.
"""

import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from unittest import mock

from gridgov.demo import district
from gridgov.demo.sizes import Size, size_of
from gridgov.demo.truth import Truth


def write(folder: Path) -> Truth:
    """Write the files of the small city."""
    small = _small(size_of("city"))
    with mock.patch.object(district, "size_of", return_value=small):
        return district.write(folder, "city", date(2026, 11, 1))


def _small(city: Size) -> Size:
    assert city.rural is not None
    posts = replace(
        city.posts, vacant_compounds=17, disputed_compounds=2, double_leads=2, expiring_compounds=5, branch_covered=92,
        joint_branches=[2, 2, 2, 3], attached_branches=4, enlarged_branches=70, heads=14, double_heads=2, members=700,
        supported=15,
    )  # fmt: skip
    return replace(
        city, width=2520, north_depth=1220, south_depth=560, arterials=(-1250, -620, 10, 640, 1280),
        north_rows=(0, 560, 1220, 2100), south_rows=(0, 560), bridges=(1, 3), old_quarters=((640, 1200, 420),),
        hills=((-900, 700, 300, 220),), bank_streets=(3, 2), communities=26, departments=20, compounds=100,
        households=500, special_grids=5, services=1.0, rural=replace(city.rural, depth=880, streets=1, villages=4),
        posts=posts, pledges={"overdue": 5, "due_soon": 6, "kept": 10, "open": 20},
    )  # fmt: skip


if __name__ == "__main__":
    write(Path(sys.argv[1]))

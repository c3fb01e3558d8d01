"""The register of cadres and their contacts, as it is entered."""

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from gridgov.demo import names
from gridgov.demo.codes import Codes
from gridgov.demo.sizes import Size

Row = dict[str, object]
EPOCH = date(2024, 1, 1)
_ENDS_IN = 20  # days until the expiring contacts end
_ENDED = 45  # days since those ended that left a vacancy


@dataclass
class Register:
    """Cadres and contacts as they are told, and the truth about the posts."""

    size: Size
    codes: Codes
    today: date
    random: np.random.Generator
    departments: list[str]  # their codes
    cadres: list[Row] = field(default_factory=list)
    contacts: list[Row] = field(default_factory=list)
    truth: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    notes: dict[str, dict[str, str]] = field(default_factory=dict)

    def cadre(self, department: str | None, post: str) -> str:
        """Enter a cadre and return the code."""
        number = len(self.cadres) + 1
        home = int(self.random.integers(len(self.codes.communities)))
        self.cadres.append(
            {
                "code": f"C{number:04d}",
                "name": names.person(self.random),
                "department": department,
                "post": post,
                "office_phone": names.office_phone(2000 + number),
                "mobile": names.mobile(number),
                "home_community": self.codes.communities[home] if self.random.random() < 0.8 else None,
            }
        )
        return f"C{number:04d}"

    def contact(
        self, tier: int, unit: str, role: str, holder: str, start: date | None = None, end: date | None = None
    ) -> None:
        """Enter a contact."""
        begun = start or max(EPOCH, self.today - timedelta(days=int(self.random.integers(300, 800))))
        self.contacts.append(
            {
                "tier": tier,
                "unit": unit,
                "role": role,
                "holder": holder,
                "document": f"演示文〔{begun.year}〕{int(self.random.integers(1, 60))}号",
                "recorded_by": "演示数据",
                "valid_from": begun.isoformat(),
                "valid_to": end.isoformat() if end else None,
            }
        )

    def soon(self) -> date:
        """Return the day on which the expiring contacts end."""
        return self.today + timedelta(days=_ENDS_IN)

    def lately(self) -> date:
        """Return the day on which the contacts ended that left a vacancy."""
        return self.today - timedelta(days=_ENDED)

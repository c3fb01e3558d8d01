"""Who is appointed to the three contact tiers, with the planted vacancies, disputes and ends."""

from datetime import date

from gridgov.demo import pairings, teams
from gridgov.demo.codes import Codes
from gridgov.demo.departments import departments
from gridgov.demo.register import Register
from gridgov.demo.sizes import Size


def appoint(size: Size, codes: Codes, today: date) -> Register:
    """Fill the three tiers."""
    register = Register(size, codes, today, size.random("officials"), [str(row["code"]) for row in departments(size)])
    _leaders(register)
    pairings.pair(register)
    teams.form(register)
    return register


def _leaders(register: Register) -> None:
    """Tier 1: a leader for each street; the last one's contact is about to end."""
    streets = register.codes.streets
    for index, street in enumerate(streets):
        leader = register.cadre(None, "市级领导")
        register.contact(1, street, "leader", leader, end=register.soon() if index == len(streets) - 1 else None)
    deputy = register.cadre(None, "市级领导")
    register.contact(1, streets[0], "deputy", deputy)
    register.truth["1"] = {"due": list(streets), "vacant": [], "expiring": [streets[-1]], "disputed": [], "several": []}
    register.notes["street_deputy"] = {"unit": streets[0], "cadre": deputy}

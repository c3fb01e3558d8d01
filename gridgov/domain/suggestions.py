"""What a suggestion of contacts weighs, and the words it answers in (DOMAIN §2.8).

As many due posts as can be are filled; of all ways to do so the one with the least metres from workplace to post is
taken, where a change of who leads and an office from elsewhere weigh as the metres below. Both are published: they
stand in the README, on the page and in every answer.
"""

from typing import Literal

CHANGE_METRES = 20_000
OTHER_OFFICE_METRES = 5_000

Why = Literal["locked", "keeps", "own_department", "nearest", "nearest_with_room", "workplace_unknown"]
Rule = Literal["nobody", "conflict", "ruled_out", "cap"]

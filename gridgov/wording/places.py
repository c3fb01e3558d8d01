"""How a place was found that isn't called exactly as it was asked for."""

PLACE_TERMS: dict[str, dict[str, str]] = {
    "place_match": {
        "house": "the same house number",
        "stem": "a similar name",
        "sound": "sounds alike",
        "initials": "by the first letters",
        "slip": "one character differs",
        "road": "the nearest known number on that road",
    },
}

"""What is told of areas and of the gaps in them: the titles of its columns."""

AREA_COLUMNS: dict[str, str] = {
    "people": "People affected",
    "people_60plus": "60 and over",
    "people_0_5": "0 to 5",
    "people_6_14": "6 to 14",
    "nearest": "Nearest service point",
    "metres": "Metres",
    "cause": "Cause",
    "firm": "Firm",
}

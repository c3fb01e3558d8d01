"""What is told of areas and of the gaps in them: titles of columns, and why a planner's own areas can't be kept."""

AREA_COLUMNS: dict[str, str] = {
    "people": "People affected",
    "people_60plus": "60 and over",
    "people_0_5": "0 to 5",
    "people_6_14": "6 to 14",
    "nearest": "Nearest service point",
    "metres": "Metres",
    "cause": "Cause",
    "firm": "Firm",
    "gaps": "Gaps",
    "areas": "Own areas",
    "met_block": "Block circle: types met",
    "of_block": "Block circle: types in all",
    "limiting_block": "Block circle: limiting type",
    "met_5": "5-minute circle: types met",
    "of_5": "5-minute circle: types in all",
    "limiting_5": "5-minute circle: limiting type",
    "met_10": "10-minute circle: types met",
    "of_10": "10-minute circle: types in all",
    "limiting_10": "10-minute circle: limiting type",
    "met_15": "15-minute circle: types met",
    "of_15": "15-minute circle: types in all",
    "limiting_15": "15-minute circle: limiting type",
}

AREA_EXPORTS: dict[str, str] = {"areas": "Figures of own areas"}

AREAS: dict[str, str] = {
    "own_area_unusable": "{path}, row {row}, geometry: an area is a polygon; this is {value}.",
    "own_areas_many": "{path} holds more than {most} areas, or more than {corners} corners: bring it in parts.",
    "own_areas_elsewhere": "{path}: none of its areas lies where the city is. Say which coordinate system it is in.",
    "own_areas_unnamed": "A set of areas needs a name of {most} characters at most.",
    "own_areas_exist": "You have a set of areas called “{name}” already.",
    "own_areas_unknown": "There are no areas {number}, or they are not shared with you.",
    "own_areas_of_another": "“{name}” are another’s areas: only who brought them removes or shares them.",
    "own_areas_without_file": "Choose a file of areas.",
}

"""What leaves for paper and for other programs: the names of its columns, its grades and its parts."""

OUT_EXPORTS: dict[str, str] = {
    "shares": "Shares of people reached",
    "checkup": "Urban check-up",
    "gap_brief": "Planner’s brief",
}

OUT_TERMS: dict[str, dict[str, str]] = {
    "checkup_grade": {
        "standard": "against the standard",
        "reference": "reference",
        "recorded": "as recorded of each",
        "no_data": "not told: there are no data of it here",
        "no_rule": "not told: the rule pack has no rule that decides it",
    },
    "checkup_state": {
        "lacking": "nobody reaches one",
        "partly": "some reach one",
        "met": "all reach one",
        "unknown": "can’t be told",
    },
}

OUT_COLUMNS: dict[str, str] = {
    "item": "Item of the check-up",
    "grade": "Graded",
    "compounds": "Compounds",
    "lacking": "Lacking it",
    "partly": "Lacking it in part",
    "met": "Not lacking it",
    "unknown": "Unknown",
}

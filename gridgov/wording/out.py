"""What leaves for paper and for other programs: the names of its columns, its grades and its parts."""

OUT_EXPORTS: dict[str, str] = {
    "shares": "Shares of people reached",
    "checkup": "Urban check-up",
    "gap_brief": "Planner’s brief",
    "wallmap": "Wall map",
}

OUT_TERMS: dict[str, dict[str, str]] = {
    "checkup_grade": {
        "standard": "against the standard",
        "reference": "reference",
        "recorded": "as recorded of each",
        "no_data": "not told: there are no data of it here",
        "no_rule": "not told: the rule pack has no rule that decides it",
    },
    "paper": {"a0": "one A0 sheet", "a3": "nine A3 sheets to paste"},
    "wall_show": {"governance": "who looks after what: posts", "coverage": "who reaches what: shares and causes"},
    "document": {"asked": "being made", "made": "ready", "refused": "came to nothing"},
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

OUT_STAGES: dict[str, str] = {
    "gathering": "gathering what is shown",
    "drawing": "drawing and placing names",
    "setting": "setting the sheets",
}

OUT_SENTENCES: dict[str, str] = {
    "document_unknown": "There is no such document, or it is another account’s.",
    "document_stopped": "It was stopped before its end.",
    "documents_many": "You wait for {most} documents already, or keep {kept}: let some go first.",
}

"""Plans in words: the names of their states and parts, and what is said when one can't be kept."""

PLAN_TERMS: dict[str, dict[str, str]] = {
    "plan_state": {"current": "up to date", "stale": "stale: the data have changed"},
    "plan_part": {"scenarios": "Scenario", "types": "Type", "communities": "Community", "ages": "Age"},
}

PLAN_COLUMNS: dict[str, str] = {
    "part": "Part",
    "age": "Age",
    "before": "Before",
    "after": "After",
    "gained": "More or less",
    "plan": "Plan",
    "pack": "Rule pack",
    "profile": "Pace",
}

PLANS: dict[str, str] = {
    "plan_changed_meanwhile": "Somebody else has saved the plan “{plan}” meanwhile. Your edits are not saved yet, and "
    "not lost.",
    "plan_of_another": "“{plan}” is another’s plan: only who made it removes it or says who may open it.",
    "plan_without_version": "Say which version of the plan the edits began from.",
    "plan_edits_too_many": "A plan takes {most} edits at most.",
    "plan_body_bad": "The request must be JSON: an object with “edits”.",
    "plans_too_many": "At most {most} plans stand side by side.",
}

"""Siting in words: what can't be asked of it, and why."""

SITING: dict[str, str] = {
    "candidate_cost_bad": "{path}, row {row}: {field} = “{value}” is not a cost: a number above 0 is needed.",
    "siting_candidate_unknown": "There is no candidate “{name}”.",
    "siting_locked_excluded": "“{name}” can’t be both locked and left out.",
    "siting_locked_many": "{locked} sites are locked, and only {sites} are to be chosen.",
    "siting_locked_near": "“{one}” and “{other}” are both locked and lie {metres} m from each other: nearer than "
    "{apart} m.",
    "siting_apart": "Metres between sites: {value}. A length is needed, 0 or more.",
    "siting_budget": "Budget: {value}. A number above 0 is needed.",
    "siting_budget_locked": "The locked sites alone cost {cost}, more than the budget of {budget}.",
    "siting_no_costs": "A budget needs candidates from a file with a column “cost” or “费用”.",
    "siting_cost_missing": "“{name}” has no cost: a budget needs what every candidate costs.",
    "premises_many": "{count} candidates: at most {most} are taken from a file.",
    "premises_unknown": "These premises aren’t there: they were brought by somebody else, or have been removed.",
    "siting_body_bad": "The request must be JSON: an object with “type” and “sites”; candidates are a list of objects "
    "with “name”, “x”, “y” and maybe “cost”.",
    "siting_number_bad": "{field} = “{value}” is not a number that can be.",
    "siting_type_missing": "Choose a facility type first.",
}

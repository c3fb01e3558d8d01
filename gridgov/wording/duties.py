"""Contacts that change hands: the names of their states and reasons, and what is said when one can't."""

DUTY_TERMS: dict[str, dict[str, str]] = {
    "suggested_why": {
        "locked": "settled by you",
        "keeps": "leads it already",
        "own_department": "of a department paired with the community",
        "nearest": "nearest workplace",
        "nearest_with_room": "nearest of those with room",
        "workplace_unknown": "workplace not recorded",
    },
    "change_state": {"proposed": "proposed", "approved": "approved", "declined": "declined", "withdrawn": "withdrawn"},
    "return_state": {"open": "waiting for an answer", "accepted": "accepted", "declined": "declined"},
    "next_date": {
        "contact_ends": "A contact ends",
        "pledge_due": "A pledge is due",
        "change_proposed": "A change waits to be decided",
        "change_approved": "A change takes effect",
    },
    "desk_list": {
        "changed": "What changed",
        "to_decide": "To be decided",
        "returned": "Given back",
        "ending": "Posts that end within 30 days",
    },
    "blocked_by": {
        "nobody": "nobody may be asked",
        "conflict": "whoever could has returned it",
        "ruled_out": "everybody who could is ruled out",
        "cap": "everybody who could is at the cap",
    },
}

# what an export of contacts carries besides, and the columns of the lists behind the posts' figures
DUTY_FIELDS: dict[str, str] = {"contact_number": "Contact number", "holder_name": "Holder’s name"}
DUTY_COLUMNS: dict[str, str] = {
    "holder_name": "Holder’s name",
    "until": "Until",
    "confirmed": "Confirmed",
    "role": "Role",
    "before": "Before",
    "after": "After",
    "since": "Changed since",
}

DUTIES: dict[str, str] = {
    "absence_of_lead": "Only for who leads a place a deputy is recorded.",
    "deputy_leads": "{deputy} leads this post himself then.",
    "deputy_circular": "{deputy} can’t stand in for {lead}: {lead} stands in for {deputy} then, directly or through "
    "others.",
    "contact_over": "There is no such contact on that day, or it is over.",
    "change_not_done": "Change set {change} was never approved, so there is nothing to take back.",
    "department_not_found": "No department has the code “{code}” on that day.",
    "return_others": "Only who holds a contact can return it.",
    "return_again": "This contact is returned already, and waits for its answer.",
    "return_own": "Who returned a contact can’t decide on it: a second person must.",
    "return_unknown": "There is no return {number}, or not in your area.",
    "return_decided": "Return {number} is decided already.",
}

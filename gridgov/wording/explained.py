"""What the menu and the help say: the schemes, and what is explained, by its name and a sentence or two."""

EXPLAINED: dict[str, dict[str, str]] = {
    "scheme": {"auto": "As the device", "light": "Light", "dark": "Dark"},
    "explains": {
        "posts": "Posts and their states",
        "branch": "Branch coverage",
        "scenarios": "Share of a scenario",
        "circles": "Circles",
        "beside": "Reference, or against the standard",
        "findings": "Findings",
        "batches": "Batches",
    },
    "explained": {
        "posts": "Due: the city’s rule wants the post filled. Vacant: due, and nobody holds it. "
        "Expiring: it ends within 30 days. Disputed: two leads are recorded for one post. "
        "Several: one lead has two places or more.",
        "branch": "How many places of this level a branch covers: their own, a joint one, or one they are attached to.",
        "scenarios": "How many people reach on foot what a scenario needs: the mean over its required types.",
        "circles": "What must be within 5, 10 or 15 minutes on foot: how many of the required types people have "
        "on average, and how many people have every one.",
        "beside": "A rule read in the standard’s own text grades; any other informs only, as “reference”.",
        "findings": "An error contradicts itself or the rules; a warning is likely wrong; a note is worth knowing.",
        "batches": "All that was written in one act, by file or by hand. Undoing a batch takes all of it back by a new "
        "batch; nothing is lost.",
    },
}

"""Every page that a person opens, by the role that opens it: axe walks them, and the contact sheet shows them."""

ROLES = {
    "nobody": {"sign-in": "/login", "guide": "/guide"},
    "coordinator": {
        "overview": "/",
        "vacant": "/?tier=3&what=vacant",
        "street": "/?unit=420599001",
        "pledges": "/?what=pledges_overdue",
        "empty": "/?as_of=1995-01-01",
        "who": "/who",
        "answer": "/who?place=420599001",
        "missing": "/?unit=1",
    },
    "planner": {
        "circle": "/planner",
        "type": "/planner?type=kindergarten&unit=420599002",
        "uncomputed": "/planner?as_of=1995-01-01",
    },
    "cadre": {"places": "/cadre", "none": "/cadre?as_of=1995-01-01", "suggestions": "/cadre/suggestions"},
    "admin": {
        "batches": "/admin",
        "batch": "/admin/batches/2",
        "findings": "/admin/findings",
        "runs": "/admin/runs",
        "accounts": "/admin/accounts",
        "exports": "/admin/exports",
        "import": "/admin/import",
        "list": "/admin/things/units",
        "form": "/admin/things/units/5",
        "divide": "/admin/things/units/5/split",
        "join": "/admin/things/units/5/merge",
        "history": "/admin/things/units/5/history",
    },
    "viewer": {"refused": "/admin"},
}

"""Tier 2: departments paired with communities, and who of them is first secretary."""

from dataclasses import dataclass

from gridgov.demo.register import Register


@dataclass(frozen=True)
class _Plan:
    """Which department leads each community, and which communities stand in which state, all as indexes."""

    leading: list[int]
    chiefs: frozenset[int]  # communities whose first secretary is the head of the leading department
    vacant: list[int]
    disputed: int
    expiring: int
    pairs: list[tuple[int, int]]  # two communities of one first secretary


def pair(register: Register) -> None:
    """Enter a leading department for each community, others supporting, and a first secretary of its own."""
    codes, communities = register.departments, register.codes.communities
    plan = _plan_for_heads(register) if register.size.posts.heads is not None else _plan(register)
    first_of = {later: earlier for pair in plan.pairs for earlier, later in (pair, pair[::-1])}
    held: dict[int, str] = {}
    for index, community in enumerate(communities):
        leading = codes[plan.leading[index]]
        register.contact(2, community, "leading", leading)
        for step in range(1, 1 + int(register.random.integers(0, 3))):
            register.contact(2, community, "supporting", codes[(plan.leading[index] + 2 * step) % len(codes)])
        if index in plan.vacant:
            if index == plan.vacant[0]:
                _left(register, community, leading)
            continue
        chief = index in plan.chiefs or first_of.get(index) in plan.chiefs
        told = held.get(first_of.get(index, -1))
        held[index] = told or register.cadre(leading, "主任" if chief else "副主任")
        end = register.soon() if index == plan.expiring else None
        register.contact(2, community, "first_secretary", held[index], end=end)
    rival = register.cadre(codes[(plan.leading[plan.disputed] + 1) % len(codes)], "副主任")
    register.contact(2, communities[plan.disputed], "first_secretary", rival)
    register.truth["2"] = {
        "due": list(communities),
        "vacant": sorted(communities[i] for i in plan.vacant),
        "expiring": [communities[plan.expiring]],
        "disputed": [communities[plan.disputed]],
        "several": sorted(communities[i] for pair in plan.pairs for i in pair),
    }


def _plan(register: Register) -> _Plan:
    """Nearly every community has a first secretary: the head of a department for its first, a deputy for others."""
    count, departments = len(register.codes.communities), len(register.departments)
    order = [int(i) for i in register.random.permutation(count - departments)]
    vacant = sorted(order[: register.size.posts.vacant_communities])
    disputed, expiring, *free = order[len(vacant) :]
    first = next(index for index in free if index + departments not in {*vacant, disputed, expiring})
    return _Plan(
        leading=[index % departments for index in range(count)],
        chiefs=frozenset(range(departments)),
        vacant=vacant,
        disputed=disputed,
        expiring=expiring,
        pairs=[(first, first + departments)],  # the same leading department
    )


def _plan_for_heads(register: Register) -> _Plan:
    """So many heads of departments are first secretaries, some of two communities; the other communities have none."""
    count, departments = len(register.codes.communities), len(register.departments)
    heads, doubles = register.size.posts.heads or 0, register.size.posts.double_heads
    order = [int(i) for i in register.random.permutation(count)]
    pairs = [(order[rank], order[departments + rank]) for rank in range(doubles)]
    filled = {*order[:heads], *(later for _, later in pairs)}
    leading = [0] * count
    for rank, index in enumerate(order):
        leading[index] = rank % departments
    return _Plan(
        leading=leading,
        chiefs=frozenset(order[:heads]),
        vacant=[index for index in range(count) if index not in filled],
        disputed=order[doubles],
        expiring=order[doubles + 1],
        pairs=pairs,
    )


def _left(register: Register, community: str, department: str) -> None:
    """A transfer vacates the post, not the pairing."""
    gone = register.cadre(department, "主任")
    register.contact(2, community, "first_secretary", gone, end=register.lately())
    register.notes["transferred"] = {"unit": community, "cadre": gone, "department": department}

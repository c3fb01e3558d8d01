"""The compiled loops of the search for ways: keys in, keys out, nothing else.

Sums of whole numbers don't depend on the order they are added in, and no two points' ways are equal: so results are the
same bit for bit whatever the order of rows and the number of threads. The loops let go of Python's lock;
callers run them in threads, each with a `Work` of its own.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from gridgov.spatial.searching import (
    BUCKET_BITS,
    FAR,
    Arcs,
    Asked,
    Floats,
    Groups,
    Int32s,
    Int64s,
    Journal,
    More,
    Seeds,
    Work,
)


@njit(nogil=True, cache=True)
def spread(arcs: Arcs, more: More, seeds: Seeds, work: Work, beyond: int, journalled: bool) -> Journal:
    """Lower `work.key` to what the seeds reach by ways less than `beyond`; tell what was lowered if asked.

    A bucket queue (Dial 1969) with wide buckets: within one a node may be settled again, as in the delta-stepping of
    Meyer and Sanders (2003), so that the outcome is exact whatever the width.
    """
    told = Journal(np.empty(64, np.int32), np.empty(64, np.int64))
    at = At(0, 0, 0, 0, 0)
    while True:
        at, short = _spread_on(arcs, more, seeds, work, told, at, beyond, journalled)
        if short == 0:
            return Journal(told.node[: at.told], told.key[: at.told])
        while at.told + short > len(told.node):
            told = Journal(_longer(told.node), _wider(told.key))
        while at.used + short > len(work.entry_node):
            work = Work(work.key, work.queue, _longer(work.entry_node), _longer(work.entry_next))


@njit(nogil=True, cache=True)
def arcs_both_ways(nodes: int, tail: Int64s, head: Int64s, weight: Int64s) -> tuple[Int64s, Int32s, Int64s]:
    """Put edges (m,) into arcs as `Arcs` has them, the least of parallel ones; loops and edges of FAR are left out.

    Every arc has one back, so as many begin at a node as end there: they are laid by where they end, and then, in that
    order, by where they begin, which puts those of each node in order.
    """
    first = np.zeros(nodes + 1, np.int64)
    for edge in range(len(tail)):
        if tail[edge] != head[edge] and weight[edge] < FAR:
            first[tail[edge] + 1] += 1
            first[head[edge] + 1] += 1
    first = np.cumsum(first)
    begin, far = np.empty(first[-1], np.int32), np.empty(first[-1], np.int64)
    free = first[:-1].copy()
    for edge in range(len(tail)):
        one, other = tail[edge], head[edge]
        if one != other and weight[edge] < FAR:
            begin[free[other]], far[free[other]] = one, weight[edge]
            begin[free[one]], far[free[one]] = other, weight[edge]
            free[one] += 1
            free[other] += 1
    end, least = np.empty(first[-1], np.int32), np.empty(first[-1], np.int64)
    free[:] = first[:-1]
    for node in range(nodes):
        for arc in range(first[node], first[node + 1]):
            one = begin[arc]
            if free[one] > first[one] and end[free[one] - 1] == node:
                least[free[one] - 1] = min(least[free[one] - 1], far[arc])
            else:
                end[free[one]], least[free[one]] = node, far[arc]
                free[one] += 1
    start = np.zeros(nodes + 1, np.int64)
    for node in range(nodes):
        count = free[node] - first[node]
        start[node + 1] = start[node] + count
        end[start[node] : start[node + 1]] = end[first[node] : free[node]]
        least[start[node] : start[node + 1]] = least[first[node] : free[node]]
    return start, end[: start[-1]].copy(), least[: start[-1]].copy()


class At(NamedTuple):
    """How far a search has come: whose `turn` it is; entries `used`, and still `waiting`; seeds begun; nodes told."""

    turn: int
    used: int
    waiting: int
    seed: int
    told: int


@njit(nogil=True, cache=True)
def _spread_on(  # noqa: C901, PLR0912 - one loop, in which every call would cost
    arcs: Arcs, more: More, seeds: Seeds, work: Work, told: Journal, at: At, beyond: int, journalled: bool
) -> tuple[At, int]:
    """Search on from where it was left, until all is done or room is short: tell how many entries more are needed.

    A loop that puts longer arrays in the place of others, or looks for them in tuples, takes three times as long.
    """
    start, head, weight = arcs
    slot, more_start, more_head, more_weight = more
    seed_node, seed_key = seeds
    key, queue, entry_node, entry_next = work
    told_node, told_key = told
    turn, used, waiting, seed, lowered = at
    buckets = len(queue)
    while waiting > 0 or seed < len(seed_node):
        if waiting == 0:
            turn, used = seed_key[seed] >> BUCKET_BITS, 0
        bucket = turn % buckets
        # Seeds whose turn comes within the buckets' span are put in like a step from a node that isn't there.
        fresh = seed < len(seed_node) and seed_key[seed] >> BUCKET_BITS < turn + buckets
        while fresh or queue[bucket] >= 0:
            node, by, first, last = np.int32(0), np.int64(0), np.int64(0), np.int64(1)
            row = end = np.int64(0)
            if not fresh:
                node = entry_node[queue[bucket]]
                by, first, last = key[node], start[node], start[node + 1]
                if slot[node] >= 0:
                    row, end = more_start[slot[node]], more_start[slot[node] + 1]
            steps = last - first + end - row
            if used + steps > len(entry_node) or (journalled and lowered + steps > len(told_node)):
                return At(turn, used, waiting, seed, lowered), int(steps)
            if not fresh:
                queue[bucket], waiting = entry_next[queue[bucket]], waiting - 1
                if by >> BUCKET_BITS != turn:
                    continue
            while first < last or row < end:
                if fresh:
                    other, far = seed_node[seed], seed_key[seed]
                    first += 1
                elif first < last:
                    other, far = head[first], by + weight[first]
                    first += 1
                else:
                    other, far = more_head[row], by + more_weight[row]
                    row += 1
                if far >= beyond or far >= key[other]:
                    continue
                if journalled:
                    told_node[lowered], told_key[lowered] = other, key[other]
                    lowered += 1
                into = (far >> BUCKET_BITS) % buckets
                entry_node[used], entry_next[used], queue[into] = other, queue[into], used
                key[other], used, waiting = far, used + 1, waiting + 1
            if fresh:
                seed += 1
                fresh = seed < len(seed_node) and seed_key[seed] >> BUCKET_BITS < turn + buckets
        turn += 1
    return At(turn, used, waiting, seed, lowered), 0


@njit(nogil=True, cache=True)
def undo(journal: Journal, work: Work) -> None:
    """Write back what `spread` lowered."""
    for row in range(len(journal.node) - 1, -1, -1):
        work.key[journal.node[row]] = journal.key[row]


@njit(nogil=True, cache=True)
def gather(rows: Int64s, asked: Asked, work: Work, found: Int64s) -> None:
    """Carry what a search found over to some places, `rows`: their keys in `found` (d,) are lowered."""
    for row in rows:
        for way in range(asked.first[row], asked.first[row + 1]):
            for side in range(2):
                found[row] = min(found[row], work.key[asked.nodes[way, side]] + asked.cost[way, side])


@njit(nogil=True, cache=True)
def gather_for_groups(arcs: Arcs, more: More, groups: Groups, asked: Asked, work: Work, found: Int64s) -> None:
    """Lower the keys in `found` (d,) of each group's places by ways over its own passages; `work` stays as it was.

    Farther than the farthest place of the group is now, nothing can bring any of them nearer.
    """
    for group in range(len(groups.row_start) - 1):
        rows = groups.row[groups.row_start[group] : groups.row_start[group + 1]]
        journal = _through_passages(arcs, more, groups, group, work, found[rows].max())
        if len(journal.node):
            gather(rows, asked, work, found)
            undo(journal, work)


@njit(nogil=True, cache=True)
def pairs_within(
    arcs: Arcs, more: More, groups: Groups, asked: Asked, first: Int64s, seeds: Seeds, beyond: Int64s, work: Work
) -> tuple[Int64s, Int64s, Int64s]:
    """List the places each of p points reaches by ways less than its `beyond` (p,): point, place, key; one row a pair.

    The `seeds` of a point lie between two of `first` (p + 1,), ordered by key. What a point doesn't reach costs
    nothing: `work`, which nothing has been searched in, is as it was afterwards.
    """
    told = 0
    point, place, key = np.empty(256, np.int64), np.empty(256, np.int64), np.empty(256, np.int64)
    found, reached = np.full(len(asked.first) - 1, FAR), np.empty(len(asked.first) - 1, np.int64)
    seen, met = np.full(len(groups.row_start) - 1, -1), np.empty(len(groups.row_start) - 1, np.int64)
    for number in range(len(beyond)):
        own = slice(first[number], first[number + 1])
        journal = spread(arcs, more, Seeds(seeds.node[own], seeds.key[own]), work, beyond[number], True)
        count = _met(journal, asked, groups.of_place, -1, work, beyond[number], found, reached, 0)
        several = 0
        for node in journal.node:
            for row in range(groups.at_start[node], groups.at_start[node + 1]):
                if seen[groups.at[row]] != number:
                    seen[groups.at[row]], met[several] = number, groups.at[row]
                    several += 1
        for group in met[:several]:
            through = _through_passages(arcs, more, groups, group, work, beyond[number])
            count = _met(through, asked, groups.of_place, group, work, beyond[number], found, reached, count)
            undo(through, work)
        undo(journal, work)
        while told + count > len(point):
            point, place, key = _wider(point), _wider(place), _wider(key)
        for row in reached[:count]:
            point[told], place[told], key[told] = number, row, found[row]
            told, found[row] = told + 1, FAR
    return point[:told], place[:told], key[:told]


@njit(nogil=True, cache=True)
def fill(place: Int64s, point: Int64s, need: Floats, room: Floats) -> Floats:
    """Let places (k,) take what points (k,) have room for, in this order; tell what each place got (d,).

    `need` (d,) and `room` (s,) are what each place needs and each point has.
    """
    left, got = room.copy(), np.zeros(len(need))
    for row in range(len(place)):
        taken = min(need[place[row]] - got[place[row]], left[point[row]])
        got[place[row]] += taken
        left[point[row]] -= taken
    return got


@njit(nogil=True, cache=True)
def _through_passages(arcs: Arcs, more: More, groups: Groups, group: int, work: Work, beyond: int) -> Journal:
    """Lower what the passages of a group bring nearer than `beyond`."""
    own = groups.node[groups.node_start[group] : groups.node_start[group + 1]]
    starts = groups.arc_start[groups.node_start[group] : groups.node_start[group + 1] + 1]
    beside = More(more.slot, starts, groups.arc_head, groups.arc_weight)
    for slot in range(len(own)):
        more.slot[own[slot]] = slot
    journal = spread(arcs, beside, _across(own, beside, work, beyond), work, beyond, True)
    for node in own:
        more.slot[node] = -1
    return journal


@njit(nogil=True, cache=True)
def _met(  # noqa: PLR0913, PLR0917 - arrays, told one by one
    journal: Journal,
    asked: Asked,
    of_place: Int64s,
    group: int,
    work: Work,
    beyond: int,
    found: Int64s,
    reached: Int64s,
    count: int,
) -> int:
    """Carry what a search lowered over to the places, of one group or, for -1, all; count those reached."""
    for node in journal.node:
        for row in range(asked.end_start[node], asked.end_start[node + 1]):
            way, side = asked.end[row] // 2, asked.end[row] % 2
            place = asked.owner[way]
            through = work.key[node] + asked.cost[way, side]
            if through < beyond and through < found[place] and (group < 0 or of_place[place] == group):
                if found[place] == FAR:
                    reached[count] = place
                    count += 1
                found[place] = through
    return count


@njit(nogil=True, cache=True)
def _across(own: Int32s, beside: More, work: Work, beyond: int) -> Seeds:
    """Find what the passages of a group lower at once, nearest first."""
    found = 0
    count = beside.start[len(own)] - beside.start[0]
    node, key = np.empty(count, np.int32), np.empty(count, np.int64)
    for slot in range(len(own)):
        for arc in range(beside.start[slot], beside.start[slot + 1]):
            far, other = work.key[own[slot]] + beside.weight[arc], beside.head[arc]
            if far < min(beyond, work.key[other]):
                at, found = found, found + 1
                # A compound has few gates; a sort to put them in order takes seconds to be compiled.
                while at > 0 and key[at - 1] > far:
                    node[at], key[at] = node[at - 1], key[at - 1]
                    at -= 1
                node[at], key[at] = other, far
    return Seeds(node[:found], key[:found])


@njit(nogil=True, cache=True)
def _longer(kept: Int32s) -> Int32s:
    longer = np.empty(2 * len(kept), np.int32)
    longer[: len(kept)] = kept
    return longer


@njit(nogil=True, cache=True)
def _wider(kept: Int64s) -> Int64s:
    longer = np.empty(2 * len(kept), np.int64)
    longer[: len(kept)] = kept
    return longer

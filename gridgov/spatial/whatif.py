"""What if: the verdicts after an edit, worked out from the edit alone and the same bit for bit as a full run's."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gridgov.spatial.deciding import check_rules
from gridgov.spatial.fields import Attribute, Swap
from gridgov.spatial.network import WalkNetwork
from gridgov.spatial.service_points import ServicePoint, staged, with_point
from gridgov.spatial.stage import Stage
from gridgov.spatial.standing import Changed, Standing, differing, put_between
from gridgov.spatial.verdicts import Demand, Rule, Supply, Verdicts

__all__ = ["Changed", "ServicePoint", "WhatIf"]


class WhatIf:
    """Coverage of a state of things, edited step by step; each step can be taken back and made again."""

    def __init__(self, demand: Demand, supply: Supply, rules: Sequence[Rule], network: WalkNetwork | None) -> None:
        """Decide as `evaluate` does; raises what it raises."""
        demand.check()
        supply.check(len(rules))
        check_rules(rules)
        self._now = Standing(Stage.of(demand, supply, rules, network))
        self._done: list[_Step] = []
        self._undone: list[_Step] = []

    @property
    def supply(self) -> Supply:
        """The points as they are now."""
        return self._now.stage.supply

    @property
    def network(self) -> WalkNetwork | None:
        """The network as it is now."""
        return self._now.stage.network

    def verdicts(self) -> Verdicts:
        """Tell the verdicts, as `evaluate` would on what is now."""
        return self._now.verdicts()

    def point(self, row: int) -> ServicePoint:
        """Return a point as it is now."""
        return ServicePoint.of(self._now.stage.supply, row)

    def in_doubt(self, row: int) -> bool:
        """Say whether a point lies off the network, so that nobody walks to it."""
        stage = self._now.stage
        return bool(stage.sites.doubtful[stage.site[row]])

    def add(self, row: int, point: ServicePoint) -> Changed:
        """Add a service point, so that it becomes row `row` and those from there on move back by one.

        Raises
        ------
        InputError
            What `evaluate` raises on such a point; nothing changes then.
        IndexError
            For a row that can't be.
        """
        return self._edit(row, point, added=True)

    def change(self, row: int, point: ServicePoint) -> Changed:
        """Move a point, open or close it, change its capacity or whatever else is told of it; raises as `add` does."""
        return self._edit(row, point, added=False)

    def on(self, network: WalkNetwork) -> Changed:
        """Put another network in the place of this one: with other gates, with a link more or less."""
        before = self._now
        after = Standing(before.stage.on(network), before.labels)
        return self._replaced(after, differing(before, after, after.labels))

    def undo(self) -> Changed:
        """Take the last step back; IndexError where there is none."""
        return self._turned(self._done, self._undone, back=True)

    def redo(self) -> Changed:
        """Make the step that was taken back last again; IndexError where there is none."""
        return self._turned(self._undone, self._done, back=False)

    def restart(self, keep: int = 0) -> None:
        """Take all steps back but the first few that are kept, and forget them."""
        while len(self._done) > keep:
            self.undo()
        self._undone.clear()

    def _edit(self, row: int, point: ServicePoint, *, added: bool) -> Changed:
        now, supply = self._now, self._now.stage.supply
        if not 0 <= row < len(supply.type_index) + added:
            raise IndexError(row)
        point.check(len(now.stage.rules))
        edited = with_point(supply, row, point, added=added)
        stage = staged(now.stage, edited, row, added=added)
        labels = put_between(now.labels, row) if added else now.labels
        if labels is None:  # no label is free between its neighbours': all are given out anew
            after = Standing(stage)
            return self._replaced(after, differing(now, after, np.delete(after.labels, row)))
        return self._noted(*now.edited(stage, labels, row, added=added))

    def _replaced(self, after: Standing, changed: Changed) -> Changed:
        before, self._now = self._now, after
        return self._noted([Attribute(self, "_now", before)], changed)

    def _noted(self, swaps: list[Swap], changed: Changed) -> Changed:
        self._done.append(_Step(swaps, changed))
        self._undone.clear()
        return changed

    def _turned(self, of: "list[_Step]", to: "list[_Step]", *, back: bool) -> Changed:
        step = of.pop()
        for swap in reversed(step.swaps) if back else step.swaps:
            swap.turn()
        to.append(step)
        return step.changed


@dataclass(frozen=True)
class _Step:
    swaps: list[Swap]
    changed: Changed

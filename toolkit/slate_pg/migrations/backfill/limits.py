"""Says how big the next batch of a backfill is. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from slate_pg.settings import Limits

_LEAST = 0.001  # seconds: what takes no time says nothing about more rows
STANDSTILL = 10  # times --wait: so long a standby may stand still
_FIRST_ROWS = 100
_DEARER = 0.7  # of the rows a second before: so many fewer in a smaller batch, and most of its time is not the rows'
_FAR_TOO_LONG = 0.1  # ten times the aim: smaller all the same
LONGEST_TIMES = 50  # times the batch's aim: what takes longer is cut off by the server


def first_size(most: int) -> int:
    """Return how many rows the first batch has."""
    return min(most, _FIRST_ROWS)


@dataclass(frozen=True)
class Sizing:
    """How many rows the next batch has. `before` is size and rows a second of the latest, `floor` the least size.

    What a batch costs beside its rows (a join that reads all of another table) is no reason to make it smaller: below
    the floor it would only be paid more often.
    """

    size: int
    floor: int = 1
    before: tuple[int, float] = (0, 0.0)

    def after(self, rows: int, took: float, most: int, limits: Limits) -> Sizing:
        """Return what comes behind a batch: twice as many rows at most, half as many at least."""
        factor = limits.batch_seconds / max(took, _LEAST)
        rate = rows / max(took, _LEAST)
        floor = self.floor
        if factor < 1 and rows < self.before[0] and rate < _DEARER * self.before[1]:
            floor = self.before[0]
        elif _FAR_TOO_LONG < factor < 1 and rows > self.before[0] and rate * _DEARER > self.before[1] > 0:
            floor = 2 * rows
        elif factor < _FAR_TOO_LONG:
            floor = max(1, floor // 2)
        size = max(floor, round(self.size * min(2.0, max(0.5, factor))))
        return Sizing(max(1, min(most, size)), floor, (rows, rate))

    def cut(self, rows: int) -> Sizing:
        """Return what comes behind a batch that was in the way of others, or that failed."""
        return Sizing(max(1, rows // 2))

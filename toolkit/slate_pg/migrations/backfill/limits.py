"""Says how big the next batch of a backfill is. Pure."""

from __future__ import annotations

from slate_pg.settings import Limits

_LEAST = 0.001  # seconds: what takes no time says nothing about more rows
STANDSTILL = 10  # times --wait: so long a standby may stand still
_FIRST_ROWS = 100
LONGEST_TIMES = 50  # times the batch's aim: what takes longer is cut off by the server


def first_size(most: int) -> int:
    """Return how many rows the first batch has."""
    return min(most, _FIRST_ROWS)


def next_size(size: int, took: float, most: int, limits: Limits) -> int:
    """Return how many rows the next batch has: twice as many at most, half as many at least."""
    factor = limits.batch_seconds / max(took, _LEAST)
    return max(1, min(most, round(size * min(2.0, max(0.5, factor)))))

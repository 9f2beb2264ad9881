"""Estimates how long work takes on the target, from its rows, bytes and plans. Pure.

The constants are seconds of work on the reference machine (PostgreSQL 18, tables in memory), as
`tests/rehearsal/truth/timing.py` measures them on 0.3 and 1 million rows. A server's slowness multiplies them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from slate_pg.rehearsal.findings import Seconds, Size, Work

# Seconds for a row, and for a byte, of reading a table, of writing it anew, of sorting into an index.
_READ_ROW, _READ_BYTE = 2.2e-8, 1.0e-10
_WRITE_ROW, _WRITE_BYTE = 1.9e-7, 1.5e-9
_INDEX_ROW = 1.9e-7
# How many times as long as integers other keys take, and methods other than B-trees; of gin, gist and spgist a guess.
_KEY_TIMES = {
    "text": 3.2, "character varying": 3.2, "character": 3.2, "numeric": 2.4, "jsonb": 6.0, "": 4.0,
    "hash": 9.0, "gin": 25.0, "gist": 25.0, "spgist": 15.0, "brin": 0.3,
}  # fmt: skip
_KEY_ROW = 1.2e-7  # of matching a row of a foreign key with the other table
_CHANGE_ROW = {
    "insert": 3.2e-7, "copy": 5e-7, "update": 1.5e-6, "delete": 2.2e-7, "move": 4e-7, "merge": 1.8e-6, "create": 2.2e-7,
    "merge deleting": 1.2e-6, "lock rows": 3e-7, "query": 0.0,
}  # fmt: skip
_INDEX_ENTRY = {"insert": 6e-7, "copy": 6e-7, "update": 8e-7, "merge": 8e-7, "merge deleting": 4e-7}
_TRIGGER_ROW = 1.4e-6
_CHECK_ROW = 2.8e-6  # of looking one key up for a foreign key
_COST_UNIT = 2.5e-6  # seconds for one unit of the planner's cost
_CHANCE_ROW = 3e-6  # of asking the system for chance, as each random UUID does
_SPREAD, _LOOSE = 2.0, 4.0


@dataclass(frozen=True)
class Pace:
    """What an estimate rests on: the target's table sizes by name, and how much slower its server is."""

    sizes: Mapping[str, Size]
    slowness: float = 1.0
    measured: bool = False

    @property
    def basis(self) -> str:
        """Words for what the speed rests on."""
        return f"the speed measured on this server, {self.slowness:.1f} times the reference" if self.measured else (
            "the speed of the reference machine"
        )  # fmt: skip


def estimate(work: Work, pace: Pace) -> Seconds:
    """Return about how long some work takes: low, high, and the basis."""
    if work.seconds:
        return work.seconds
    size = pace.sizes.get(work.relation, Size(0, 0))
    middle = _middle(work, size, pace) * pace.slowness
    guessed = not size.known or (work.rows is None and bool(work.query)) or bool(work.loop)
    spread = _LOOSE if guessed else _SPREAD
    what = "rows guessed from bytes" if not size.known else "rows and bytes of the target"
    if work.cost is not None:
        what += " and its planner"
    return Seconds(middle / spread, middle * spread, f"{what}, {pace.basis}")


def rows_of(work: Work, size: Size) -> int:
    """Return how many rows some work is about."""
    return size.rows if work.rows is None else work.rows


def _middle(work: Work, size: Size, pace: Pace) -> float:
    heap = size.heap or size.size
    if work.kind in ("rewrite", "refresh"):
        query = (work.cost or 0) * _COST_UNIT
        row = _WRITE_ROW + (_CHANCE_ROW if work.asks_chance else 0.0)
        return query + _read(size.rows, heap) + size.rows * row + heap * _WRITE_BYTE
    if work.kind == "full scan":
        return _read(size.rows, heap)
    if work.kind == "index build":
        times = sum(_KEY_TIMES.get(key, 1.0) if n == 0 else 0.5 for n, key in enumerate(work.keys)) or 1.0
        return _read(size.rows, heap) + size.rows * _INDEX_ROW * times
    if work.kind == "constraint validation":
        other = pace.sizes.get(work.other, Size(0, 0))
        return _read(size.rows, heap) + _read(other.rows, other.heap) + (size.rows + other.rows) * _KEY_ROW
    return _changing(work, size, pace)


def _read(rows: int, heap: int) -> float:
    return rows * _READ_ROW + heap * _READ_BYTE


def _changing(work: Work, size: Size, pace: Pace) -> float:
    """Return the seconds for changing rows: finding them, writing them, their indexes, triggers and foreign keys."""
    rows, burden = rows_of(work, size), work.burden
    chance = _CHANCE_ROW if work.asks_chance else 0.0
    found = _read(size.rows, size.heap) if work.cost is None else work.cost * _COST_UNIT
    if work.kind in ("insert", "copy") and work.cost is None:
        found = 0.0
    each = chance + _CHANGE_ROW.get(work.kind, 0.0) + burden.indexes * _INDEX_ENTRY.get(work.kind, 0.0)
    if work.kind not in ("query", "lock rows", "create"):
        each += burden.triggers * _TRIGGER_ROW
    if work.kind in ("insert", "copy", "merge"):
        each += burden.foreign_keys * _CHECK_ROW
    if work.kind in ("delete", "move", "merge deleting"):
        for name, does, is_indexed in burden.referring:
            other = pace.sizes.get(name, Size(0, 0))
            each += _CHECK_ROW if is_indexed else _read(other.rows, other.heap) + _CHECK_ROW
            each += other.rows / max(size.rows, 1) * _CHANGE_ROW["delete"] * 2 if does in "cnd" else 0.0
    return found + rows * each

"""Estimates how long work takes on the target, from its rows, bytes and plans. Pure.

The constants are seconds of work on the reference machine (PostgreSQL 18, tables in memory), as
`tests/rehearsal/truth/timing.py` measures them on 1 and 10 million rows. A server's slowness multiplies them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from slate_pg.rehearsal.findings import Seconds, Size, Work

# Seconds for a row, and for a byte, of reading a table, of writing it anew, of sorting into an index.
_READ_ROW, _READ_BYTE = 2.2e-8, 3.5e-10
_WRITE_ROW, _WRITE_BYTE = 2.3e-7, 4e-9
_ASIDE_READ_BYTE, _ASIDE_WRITE_BYTE, _ASIDE_DELETE_BYTE = 1.6e-9, 1.1e-8, 2e-9  # of values that lie in a table's TOAST
_INDEX_ROW = 1.2e-7
# How many times as long as integers other keys take, and methods other than B-trees.
_KEY_TIMES = {
    "text": 6.5, "character varying": 6.5, "character": 6.5, "uuid": 2.5, "numeric": 3.5, "jsonb": 9.0, "": 5.5,
    "hash": 12.0, "gin": 14.0, "gist": 45.0, "gist sorted": 4.5, "spgist": 17.0, "brin": 0.3,
}  # fmt: skip
_TEXTS = ("text", "character varying", "character")
_EXCLUDES = {"gist": 160.0, "gist sorted": 160.0}
_KEY_ROW = 1.8e-7  # of matching a row of a foreign key with the other table
_CHANGE_ROW = {
    "insert": 3.2e-7, "insert or update": 9e-7, "copy": 5e-7, "update": 6e-7, "delete": 3e-7, "move": 4e-7,
    "merge": 1.8e-6, "create": 2.2e-7, "merge deleting": 1.2e-6, "lock rows": 3e-7, "query": 0.0,
}  # fmt: skip
_UPDATE_BYTE = 8e-9  # of the row that an update writes anew
_INDEX_ENTRY = {
    "insert": 6e-7, "insert or update": 6e-7, "copy": 6e-7, "update": 9e-7, "merge": 8e-7, "merge deleting": 4e-7,
}  # fmt: skip
_SCATTERED_ENTRY = {"insert": 2.5e-6, "insert or update": 2.5e-6, "copy": 2.5e-6, "update": 5e-6, "merge": 5e-6}
_ADDS = ("insert", "insert or update", "copy")
_FOUND = 2.5e-6  # of finding a row by its key in a loop
_TURN = 1.2e-6  # of beginning a statement in a loop of PL/pgSQL
_TRIGGER_ROW = 6e-7  # besides what its body does
_UNCHANGED_KEY = 1.2e-6  # of seeing that an update leaves a foreign key alone
_CHECK_ROW = 2.8e-6  # of looking one key up for a foreign key
_COST_UNIT = 2.5e-6  # seconds for one unit of the planner's cost
_BATCH, _RESTED = 0.012, 1.1  # seconds of a batch beside its rows; how much longer it takes for its rests
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
    if work.batch:  # each finds its rows, notes its progress, commits and rests
        middle = (middle + rows_of(work, size) / work.batch * _BATCH * pace.slowness) * _RESTED
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
        aside = size.aside * _ASIDE_WRITE_BYTE
        row = _WRITE_ROW + work.effort
        return query + _read(size.rows, heap) + size.rows * row + heap * _WRITE_BYTE + aside
    if work.kind == "full scan":
        return _read(size.rows, heap) + size.rows * (work.effort + work.wide * _ASIDE_READ_BYTE)
    if work.kind == "index build":
        each = work.effort + work.wide * _ASIDE_READ_BYTE + _INDEX_ROW * _times(work)
        return _read(size.rows, heap) + rows_of(work, size) * each
    if work.kind == "constraint validation":
        other = pace.sizes.get(work.other, Size(0, 0))
        return _read(size.rows, heap) + _read(other.rows, other.heap) + (size.rows + other.rows) * _KEY_ROW
    return _changing(work, size, pace)


def _times(work: Work) -> float:
    """Return how many times as long as one integer the keys of an index take."""
    keys = [key for key in work.keys if key != "excludes"] or ["integer"]
    first = _KEY_TIMES.get(keys[0], 1.0)
    times = (max(1.0, first / work.ease) if keys[0] in _TEXTS else first) + 0.8 * (len(keys) - 1)
    return times + _EXCLUDES.get(keys[0], 8.0) if "excludes" in work.keys else times


def _read(rows: int, heap: int) -> float:
    return rows * _READ_ROW + heap * _READ_BYTE


def _changing(work: Work, size: Size, pace: Pace) -> float:
    """Return the seconds for changing rows: finding them, writing them, their indexes, triggers and foreign keys."""
    rows, burden = rows_of(work, size), work.burden
    found = _read(size.rows, size.heap) if work.cost is None else work.cost * _COST_UNIT
    if work.kind in _ADDS and work.cost is None:
        found = 0.0
    each = work.effort + _CHANGE_ROW.get(work.kind, 0.0) + (_TURN if work.loop else 0.0)
    each += _FOUND if work.loop and work.kind in ("update", "delete") else 0.0
    each += (burden.indexes - burden.scattered) * _INDEX_ENTRY.get(work.kind, 0.0)
    each += burden.scattered * _SCATTERED_ENTRY.get(work.kind, 0.0)
    if work.kind == "update":
        each += size.heap / max(size.rows, 1) * _UPDATE_BYTE + burden.foreign_keys * _UNCHANGED_KEY
    if work.kind not in ("query", "lock rows", "create"):
        each += burden.triggers * _TRIGGER_ROW
    if work.kind in (*_ADDS, "merge"):
        each += burden.foreign_keys * _CHECK_ROW
    return found + rows * (each + _aside(work) + _referred(work, size, pace))


def _aside(work: Work) -> float:
    """Return the seconds for what lies aside of one row."""
    return work.wide * (_ASIDE_DELETE_BYTE if work.kind == "delete" else _ASIDE_WRITE_BYTE)


def _referred(work: Work, size: Size, pace: Pace) -> float:
    """Return the seconds for the rows that refer to a deleted one."""
    each = 0.0
    if work.kind in ("delete", "move", "merge deleting"):
        for name, does, is_indexed in work.burden.referring:
            other = pace.sizes.get(name, Size(0, 0))
            each += _CHECK_ROW if is_indexed else _read(other.rows, other.heap) + _CHECK_ROW
            each += other.rows / max(size.rows, 1) * _CHANGE_ROW["delete"] * 2 if does in "cnd" else 0.0
    return each

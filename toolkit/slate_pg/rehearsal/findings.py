"""What a plan finds: the values that pass between observing, judging and showing. Pure data, no decisions.

`KINDS` are stable machine names. A finding belongs to one statement, or to a whole file: then it says for how long a
relation is blocked from the statement that locks it to the end of the transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from slate_pg.postgres.effects import NOTHING, Effect

if TYPE_CHECKING:
    from slate_pg.rehearsal.rules import Demand

BLOCKS_READS = "blocks-reads"  # whoever reads or writes the relation waits while work is done
BLOCKS_WRITES = "blocks-writes"  # whoever writes it waits: all of it, or the rows that are changed (`scope`)
QUIET_MOMENT = "quiet-moment"  # a lock that keeps others out, given back in an instant
LONG_SCAN = "long-scan"  # works through much of a relation and keeps nobody out
REWRITE = "rewrite"  # writes the whole relation anew: disk and WAL of its size
FAILS = "fails"
LOSES_DATA = "loses-data"  # rows or values that no rollback gives back
UNKNOWN = "unknown"  # cannot be known on an empty copy
NOT_ASKED = "not-asked"  # depends on the target's rows, and was not asked of it
ON_CLUSTER, ON_MACHINE = "acts-on-cluster", "acts-on-machine"
KINDS = (
    BLOCKS_READS, BLOCKS_WRITES, FAILS, LOSES_DATA, UNKNOWN, ON_CLUSTER, ON_MACHINE, REWRITE, LONG_SCAN, QUIET_MOMENT,
    NOT_ASKED,
)  # fmt: skip
HARMLESS = (REWRITE, LONG_SCAN, QUIET_MOMENT, NOT_ASKED)  # told, but by themselves no reason to say no
TABLE, ROWS = "table", "rows"


@dataclass(frozen=True)
class Seconds:
    """About how long something takes: at least, at most, and what the estimate rests on."""

    low: float
    high: float
    basis: str = ""

    def __add__(self, other: Seconds) -> Seconds:
        basis = self.basis if self.basis == other.basis or not other.basis else other.basis
        return Seconds(self.low + other.low, self.high + other.high, basis)


NO_TIME = Seconds(0.0, 0.0)


@dataclass(frozen=True)
class Lock:
    """A lock on a relation that existed before the file; `since` is the line of the statement that took it.

    `table` is who waits besides: the table of an index that is locked exclusively, for no query can be planned on it,
    and what a partition or a child is part of. `is_written` is False for what nobody writes: a materialized view.
    """

    relation: str
    mode: str
    since: int = 0
    table: str = ""
    is_written: bool = True

    @property
    def blocks(self) -> str:
        """What others cannot do meanwhile; empty where nobody is kept from reading or writing."""
        return BLOCKS.get(self.mode, "")

    @property
    def blocks_work(self) -> bool:
        """True where readers or writers are kept out."""
        return (self.is_written or self.blocks_reads) and STRENGTH.get(self.mode, 0) >= STRENGTH["ShareLock"]

    @property
    def blocks_reads(self) -> bool:
        """True where even readers are kept out."""
        return self.mode == "AccessExclusiveLock"


@dataclass(frozen=True)
class Burden:
    """What each changed row of a relation costs besides: indexes, row triggers, foreign keys it must keep.

    `referring` are (relation, what a deletion does there as in pg_constraint, whether an index finds its rows). `keys`
    are the first columns of the indexes, `scattered` is how many of these get their entries all over the place.
    """

    indexes: int = 0
    triggers: int = 0
    foreign_keys: int = 0
    referring: tuple[tuple[str, str, bool], ...] = ()
    keys: tuple[str, ...] = ()
    scattered: int = 0


NO_BURDEN = Burden()


@dataclass(frozen=True)
class Work:
    """What a statement does to a relation: its kind, how many rows (None: all of it), how long.

    `said` are the server's words for it, or where else it is known from; `other` the relation a foreign key points at;
    `query` finds its rows, `cost` is what the target's planner said of that; `loop` is the query it is repeated for.
    `keys` are the types of an index's columns, "" for an expression; `columns` those whose values it reads, of an index
    in the order of its keys; `effort` are the seconds that its expressions take for a row, `wide` the bytes of a row
    that lie aside, `ease` how many times easier the first key sorts for what its values are; `reads` the relations of
    the target that the query names; `is_new` where the same file made the relation, so that nobody else knows it.
    `batch` are the most rows that are changed between two commits, 0 for all of them in one transaction.
    """

    kind: str
    relation: str
    said: str
    rows: int | None = None
    seconds: Seconds | None = None
    other: str = ""
    query: str = ""
    cost: float | None = None
    loop: str = ""
    burden: Burden = NO_BURDEN
    keys: tuple[str, ...] = ()
    effort: float = 0.0
    columns: tuple[str, ...] = ()
    wide: int = 0
    ease: float = 1.0
    reads: tuple[str, ...] = ()
    is_new: bool = False
    batch: int = 0


@dataclass(frozen=True)
class Loss:
    """What is gone for good: its kind (table, column, values, rows, sequence), the relation, words for it.

    `column` is the one that is lost or narrowed; `rows` and `size` (bytes) are None until they are known.
    """

    kind: str
    relation: str
    what: str
    column: str = ""
    rows: int | None = None
    size: int | None = None


@dataclass(frozen=True)
class Observed:
    """One statement as the server ran it.

    `locks` are those it took, `held` all that its transaction holds by then; `effect` is what it does beyond its
    database; `not_run` why it was not run, or why its error proves nothing; `unknowable` what of it an empty copy
    cannot show; `demands` the rules it makes for rows that are there, `touched` the tables whose rows it changes, by
    schema and name; `product` is whose file it is. `concurrent` is True where it commits by itself and cannot do
    otherwise.
    """

    file: str
    line: int
    sql: str
    locks: tuple[Lock, ...] = ()
    work: tuple[Work, ...] = ()
    held_ms: float = 0.0
    error: str = ""
    concurrent: bool = False
    effect: Effect = NOTHING
    not_run: str = ""
    held: tuple[Lock, ...] = ()
    losses: tuple[Loss, ...] = ()
    unknowable: str = ""
    transactional: bool = True
    demands: tuple[Demand, ...] = ()
    touched: tuple[tuple[str, str], ...] = ()
    product: str = ""


@dataclass(frozen=True)
class Size:
    """A table on the target: estimated rows, bytes with indexes, age of the oldest transaction using it, if any.

    `heap` are the bytes without indexes; `known` is False where it was never analysed: rows are what bytes suggest.
    """

    rows: int
    size: int
    oldest_seconds: float | None = None
    heap: int = 0
    known: bool = True
    indexes: int = 0

    @property
    def aside(self) -> int:
        """Return the bytes that lie in the table's TOAST."""
        return max(0, self.size - self.heap - self.indexes)

    @property
    def is_small(self) -> bool:
        """True where working through the whole table is over in an instant."""
        return self.rows <= SMALL_ROWS and self.size <= SMALL_BYTES


@dataclass(frozen=True)
class Finding:
    """One thing to decide about: which kind, what relation, under what lock, how much, how long, why, what instead.

    `scope` is "rows" where only writers of the changed rows wait. `rows`, `size` (bytes) and `seconds` are None where
    they say nothing or are not known. `command` writes the files of the recipe that fits. `line` is of the statement;
    of a file's finding, where the blocking begins.
    """

    kind: str
    relation: str = ""
    mode: str = ""
    reason: str = ""
    seconds: Seconds | None = None
    rows: int | None = None
    size: int | None = None
    recipe: str = ""
    scope: str = TABLE
    command: str = ""
    file: str = ""
    line: int = 0


@dataclass(frozen=True)
class Verdict:
    """A judgement in one word, why, the recipe where it should be done otherwise, and every finding behind it."""

    word: str
    why: str
    recipe: str = ""
    findings: tuple[Finding, ...] = ()
    command: str = ""


@dataclass(frozen=True)
class FileVerdict:
    """A whole file: its statements with their judgements, and which relations are blocked for what, for how long.

    `seconds` is the work of all its statements together; None where nothing of it takes time.
    """

    file: str
    transactional: bool
    statements: tuple[tuple[Observed, Verdict], ...]
    findings: tuple[Finding, ...] = ()
    seconds: Seconds | None = None


SMALL_ROWS = 10_000
SMALL_BYTES = 8 * 1024 * 1024

# What each lock mode keeps others from doing, weakest first.
BLOCKS = {
    "AccessShareLock": "",
    "RowShareLock": "",
    "RowExclusiveLock": "",
    "ShareUpdateExclusiveLock": "other DDL and VACUUM",
    "ShareLock": "writes",
    "ShareRowExclusiveLock": "writes",
    "ExclusiveLock": "writes and SELECT … FOR UPDATE",
    "AccessExclusiveLock": "reads and writes",
}
STRENGTH = {mode: number for number, mode in enumerate(BLOCKS)}

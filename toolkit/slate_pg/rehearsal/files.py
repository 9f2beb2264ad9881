"""Judges whole files: which relations are blocked for what, from which statement on, for about how long. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from slate_pg.rehearsal import findings
from slate_pg.rehearsal.estimate import Pace, rows_of
from slate_pg.rehearsal.findings import (
    BLOCKS_READS,
    BLOCKS_WRITES,
    NO_TIME,
    ROWS,
    STRENGTH,
    TABLE,
    FileVerdict,
    Finding,
    Observed,
    Seconds,
    Size,
    Verdict,
)
from slate_pg.rehearsal.offers import offer_for
from slate_pg.rehearsal.recipes import recipe
from slate_pg.rehearsal.verdict import HELD_UP, blocking, heavy_work, judge, time_of

_GROWS = ("insert", "insert or update", "copy", "create", "merge")
_ON_ROWS = ("update", "insert or update", "delete", "merge", "merge deleting", "move", "lock rows")


@dataclass(frozen=True)
class Window:
    """How long a relation is blocked: the strongest lock, from which line on, and whether anything takes long."""

    relation: str
    mode: str
    line: int
    seconds: Seconds
    heavy: bool
    scope: str = TABLE
    recipe: str = ""
    command: str = ""


def judge_files(observed: Sequence[Observed], pace: Pace) -> list[FileVerdict]:
    """Return the judgement of each file, in order; what a file fills is counted when a later statement reads it."""
    verdicts = []
    for file, group in groupby(observed, key=lambda one: one.file):
        rows: list[tuple[Observed, Verdict]] = []
        paces: list[Pace] = []
        for one in group:
            rows.append((one, judge(one, pace)))
            paces.append(pace)
            pace = _grown(pace, one)
        verdicts.append(_whole(file, rows, paces))
    return verdicts


def _whole(file: str, rows: Sequence[tuple[Observed, Verdict]], paces: Sequence[Pace]) -> FileVerdict:
    transactional = all(one.transactional for one, _ in rows)
    windows = [w for part in _transactions(rows, paces, transactional) for w in _windows(part)]
    longest: dict[tuple[str, str], Window] = {}
    for window in sorted(windows, key=lambda w: w.seconds.high):
        longest[window.relation, window.scope] = window
    total = NO_TIME
    for (one, _), pace in zip(rows, paces, strict=True):
        total = total + time_of(one.work, pace)
    ordered = sorted(longest.values(), key=lambda w: (-w.heavy, -STRENGTH.get(w.mode, 0), w.relation))
    found = tuple(replace(_finding(w, paces[0]), file=file) for w in ordered)
    others = (f for _, verdict in rows for f in verdict.findings if f.kind not in _ALONE)
    return FileVerdict(file, transactional, tuple(rows), (*found, *others), total)


_ALONE = (BLOCKS_READS, BLOCKS_WRITES, findings.QUIET_MOMENT)  # said once for the whole file


def _transactions(
    rows: Sequence[tuple[Observed, Verdict]], paces: Sequence[Pace], transactional: bool
) -> list[list[tuple[Observed, Pace]]]:
    """Return the statements that share locks: all of a file, or each by itself."""
    pairs = [(one, pace) for (one, _), pace in zip(rows, paces, strict=True)]
    return [pairs] if transactional else [[pair] for pair in pairs]


def _windows(statements: Sequence[tuple[Observed, Pace]]) -> Iterator[Window]:
    """Yield for each relation how long it is blocked: from its lock to the end, or until the lock is given back."""
    open_: dict[tuple[str, str], Window] = {}
    for one, pace in statements:
        took, work = time_of(one.work, pace), heavy_work(one, pace)
        modes = {(name, TABLE): lock.mode for name, lock in blocking(one).items()}
        rows = {(w.relation, ROWS): "" for w in work if w.kind in _ON_ROWS and not w.is_new and not w.batch}
        for key in [k for k in open_ if k[1] == TABLE and k not in modes]:
            yield open_.pop(key)
        for key in rows | modes | {k: w.mode for k, w in open_.items() if k[1] == ROWS}:
            mode = modes.get(key, "")
            known = open_.get(key) or Window(key[0], mode, one.line, NO_TIME, False, key[1])
            advice = recipe(one, work[0]) if work and not known.recipe else known.recipe
            command = offer_for(one, work) if work and not known.command else known.command
            open_[key] = replace(
                known, mode=mode, seconds=known.seconds + took, heavy=known.heavy or bool(work), recipe=advice,
                command=command,
            )  # fmt: skip
    tables = {relation for relation, scope in open_ if scope == TABLE}
    yield from (w for (relation, scope), w in open_.items() if scope == TABLE or relation not in tables)


def _finding(window: Window, pace: Pace) -> Finding:
    size = pace.sizes.get(window.relation, Size(0, 0))
    reads = window.mode == "AccessExclusiveLock"
    what = "reads and writes" if reads else "writes" if window.scope == TABLE else "writes of the rows it changes"
    if not window.heavy and window.seconds.high <= HELD_UP:
        return Finding(
            findings.QUIET_MOMENT, window.relation, window.mode, f"{what} wait for an instant", window.seconds,
            size.rows, size.size, scope=window.scope, line=window.line,
        )  # fmt: skip
    return Finding(
        BLOCKS_READS if reads else BLOCKS_WRITES, window.relation, window.mode,
        f"{what} wait from line {window.line} to the end of the transaction", window.seconds, size.rows, size.size,
        window.recipe, window.scope, window.command, line=window.line,
    )  # fmt: skip


def _grown(pace: Pace, observed: Observed) -> Pace:
    """Return the pace with what a statement adds to tables that were empty until then, or takes from one altogether."""
    sizes = dict(pace.sizes)
    sizes |= {loss.relation: Size(0, 0) for loss in observed.losses if loss.kind == "table" and loss.relation in sizes}
    for work in observed.work:
        size = sizes.get(work.relation, Size(0, 0))
        if work.kind in _GROWS and work.relation and size.rows == 0:
            rows = rows_of(work, size)
            sizes[work.relation] = Size(rows, rows * 100, heap=rows * 100)
    return replace(pace, sizes=sizes)

"""Judges what a rehearsed statement did: what it blocks, for how much data, and how to do it in steps instead.

Pure: takes what was observed, returns words and findings. The observing is rehearsal's business.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from slate_pg.postgres.effects import CLUSTER, MACHINE, Effect
from slate_pg.rehearsal import findings
from slate_pg.rehearsal.estimate import Pace, estimate, rows_of
from slate_pg.rehearsal.findings import (
    BLOCKS_READS,
    BLOCKS_WRITES,
    NO_TIME,
    ROWS,
    SMALL_ROWS,
    STRENGTH,
    Finding,
    Lock,
    Loss,
    Observed,
    Seconds,
    Size,
    Verdict,
    Work,
)
from slate_pg.rehearsal.offers import offer_for
from slate_pg.rehearsal.recipes import recipe

__all__ = ["GRAVE", "STRENGTH", "Lock", "Observed", "Size", "Verdict", "Work", "judge", "readable"]

SAFE, QUIET, STEPS, LOSES, FAILS = "safe", "needs a quiet moment", "do it in steps", "loses data", "fails"
ON_CLUSTER, ON_MACHINE, UNKNOWN = "acts on the cluster", "acts on the machine", "cannot be rehearsed"
GRAVE = (ON_CLUSTER, ON_MACHINE, UNKNOWN)  # the answer is no: what such a statement does is not seen, or not undone
HELD_UP = 0.2  # seconds that are a quiet moment still
SMALL_COST = 150.0  # what the planner asks for reading SMALL_ROWS rows
_ON_TABLES = ("rewrite", "refresh", "full scan", "index build", "constraint validation")
_ON_ROWS = ("update", "insert or update", "delete", "merge", "merge deleting", "move", "lock rows")


def judge(observed: Observed, sizes: Mapping[str, Size] | Pace) -> Verdict:
    """Return the judgement of one statement, given the target's table sizes, with its speed where that is known."""
    pace = sizes if isinstance(sizes, Pace) else Pace(sizes)
    if observed.effect.kind and not observed.effect.later:
        return _beyond(observed)
    if observed.not_run:
        return _only(UNKNOWN, findings.UNKNOWN, observed, observed.not_run)
    if observed.error:
        return _only(FAILS, findings.FAILS, observed, observed.error)
    return _within(observed, pace)


def _only(word: str, kind: str, observed: Observed, why: str) -> Verdict:
    return Verdict(word, why, findings=(Finding(kind, reason=why, file=observed.file, line=observed.line),))


def _beyond(observed: Observed) -> Verdict:
    """Judge a statement that does not stay in its database."""
    effect = observed.effect
    said = [effect.what, observed.not_run or (f"here it fails: {observed.error}" if observed.error else "")]
    if effect.kind == CLUSTER:
        said.append("other databases of the server see it")
    word, kind = _far(effect)
    return _only(word, kind, observed, "; ".join(filter(None, said)))


def _far(effect: Effect) -> tuple[str, str]:
    machine = effect.kind == MACHINE
    return (ON_MACHINE, findings.ON_MACHINE) if machine else (ON_CLUSTER, findings.ON_CLUSTER)


def _within(observed: Observed, pace: Pace) -> Verdict:
    """Judge a statement by what it locks, works through and loses in its own database."""
    found = [replace(f, file=observed.file, line=observed.line) for f in _findings(observed, pace)]
    word, why, advice = _worst(observed, found, pace)
    command = next((f.command for f in found if f.command), "") if advice else ""
    strong = [lock for lock in observed.locks if lock.blocks_work]
    busy = [f"{n} ({pace.sizes[n].oldest_seconds:.0f} s)" for n in _in_use(strong, pace.sizes)]
    said = [why, f"in use right now by older transactions: {', '.join(busy)}" if busy else ""]
    if observed.effect.what:
        said.append(f"{observed.effect.what}{' when it is called' if observed.effect.later else ''}")
    if observed.effect.dynamic and not observed.unknowable:
        said.append("runs SQL put together at run time, which may differ on the target's rows")
    if observed.effect.kind and observed.effect.later and word == SAFE:
        word, kind = _far(observed.effect)
        found.append(Finding(kind, reason=observed.effect.what, file=observed.file, line=observed.line))
    return Verdict(word, "; ".join(filter(None, said)), advice, tuple(found), command)


def _findings(observed: Observed, pace: Pace) -> Iterator[Finding]:
    """Yield what is to be decided about, gravest first."""
    if observed.unknowable:
        yield Finding(findings.UNKNOWN, reason=observed.unknowable)
    for loss in observed.losses:
        yield Finding(findings.LOSES_DATA, loss.relation, reason=told(loss), rows=loss.rows, size=loss.size)
    strong = blocking(observed)
    heavy = heavy_work(observed, pace)
    advice, command = (recipe(observed, heavy[0]), offer_for(observed, heavy)) if heavy else ("", "")
    took = time_of(observed.work, pace)
    for relation, lock in strong.items():
        kind = BLOCKS_READS if lock.blocks_reads else BLOCKS_WRITES
        size = pace.sizes.get(relation, Size(0, 0))
        if heavy:
            reason = f"{_describe(heavy, pace.sizes)} while {relation} blocks {lock.blocks}{_since(lock, observed)}"
            yield Finding(kind, relation, lock.mode, reason, took, size.rows, size.size, advice, command=command)
        else:
            reason = f"blocks {lock.blocks}, done in an instant once it has the lock"
            yield Finding(findings.QUIET_MOMENT, relation, lock.mode, reason, took, size.rows, size.size)
    yield from _of_work(heavy, strong, pace, advice, command)


def _of_work(
    heavy: Iterable[Work], strong: Mapping[str, Lock], pace: Pace, advice: str, command: str
) -> Iterator[Finding]:
    """Yield what much work is besides: rows that stay locked, a table written anew, a long scan beside others."""
    for work in heavy:
        size = pace.sizes.get(work.relation, Size(0, 0))
        known = {"seconds": estimate(work, pace), "rows": rows_of(work, size), "size": size.size}
        said = _describe([work], pace.sizes)
        if work.batch and work.relation not in strong:
            reason = f"{said}, in batches of at most {work.batch:,} rows: whoever writes one of them waits for a batch"
            yield Finding(findings.LONG_SCAN, work.relation, reason=reason, **known)  # type: ignore[arg-type]
        elif work.kind in _ON_ROWS and work.relation not in strong and not work.is_new:
            reason = f"{said}: whoever writes one of these rows waits until the transaction ends"
            advised = {"recipe": advice, "command": command, **known}
            yield Finding(BLOCKS_WRITES, work.relation, "", reason, scope=ROWS, **advised)  # type: ignore[arg-type]
        elif work.kind == "rewrite":
            yield Finding(findings.REWRITE, work.relation, reason=said, **known)  # type: ignore[arg-type]
        elif not strong:
            yield Finding(findings.LONG_SCAN, work.relation, reason=f"{said}, keeping nobody out", **known)  # type: ignore[arg-type]


def _worst(observed: Observed, found: list[Finding], pace: Pace) -> tuple[str, str, str]:
    """Return the one word, why, and what to do instead."""
    by_kind: dict[str, list[Finding]] = {}
    for one in found:
        by_kind.setdefault(one.kind, []).append(one)
    blocks = [*by_kind.get(BLOCKS_READS, []), *by_kind.get(BLOCKS_WRITES, [])]
    advice = next((f.recipe for f in blocks if f.recipe), "")
    blocked = "; ".join(dict.fromkeys(_timed(f) for f in blocks))
    if findings.UNKNOWN in by_kind:
        return UNKNOWN, "; ".join(filter(None, [by_kind[findings.UNKNOWN][0].reason, blocked])), advice
    if findings.LOSES_DATA in by_kind:
        lost = "; ".join(f.reason for f in by_kind[findings.LOSES_DATA])
        return LOSES, "; ".join(filter(None, [lost, blocked])), advice
    if blocks:
        return STEPS, blocked, advice
    if quiet := by_kind.get(findings.QUIET_MOMENT):
        names = ", ".join(f.relation for f in quiet)
        if observed.work:
            lock = blocking(observed)[quiet[0].relation]
            return QUIET, f"{_describe(observed.work, pace.sizes)} while {names} blocks {lock.blocks}", ""
        return QUIET, f"{names}: {quiet[0].reason}", ""
    if observed.concurrent:
        return SAFE, "reads and writes go on; it waits for older transactions to end", ""
    scans = "; ".join(_timed(f) for f in by_kind.get(findings.LONG_SCAN, []))
    return SAFE, scans or "locks nothing that is in use", ""


def blocking(observed: Observed) -> dict[str, Lock]:
    """Return by relation the strongest lock that keeps readers or writers out, of all that are held by then."""
    strongest: dict[str, Lock] = {}
    for lock in (*observed.held, *observed.locks):
        name = lock.table or lock.relation
        if lock.blocks_work and (name not in strongest or STRENGTH[lock.mode] > STRENGTH[strongest[name].mode]):
            strongest[name] = lock
    return dict(sorted(strongest.items(), key=lambda item: -STRENGTH[item[1].mode]))


def heavy_work(observed: Observed, pace: Pace) -> list[Work]:
    """Return the work that is not over in an instant."""
    return [work for work in observed.work if is_heavy(work, pace)]


def is_heavy(work: Work, pace: Pace) -> bool:
    """Tell whether some work takes longer than a quiet moment: by rows and bytes, as far as they are known."""
    size = pace.sizes.get(work.relation, Size(0, 0))
    if work.kind == "wait":
        return True
    if work.kind in _ON_TABLES:
        other = pace.sizes.get(work.other, Size(0, 0))
        return not (size.is_small and other.is_small and (work.cost is None or estimate(work, pace).high < HELD_UP))
    if (work.cost or 0) > SMALL_COST or estimate(work, pace).high > HELD_UP:
        return True
    return rows_of(work, size) > SMALL_ROWS and work.kind != "query"


def time_of(work: Iterable[Work], pace: Pace) -> Seconds:
    """Return how long all of some work takes."""
    total = NO_TIME
    for one in work:
        total = total + estimate(one, pace)
    return total


def told(loss: Loss) -> str:
    """Return what is lost, with rows and bytes where they are known."""
    amount = [f"{loss.rows:,} rows" if loss.rows is not None else "", readable(loss.size) if loss.size else ""]
    said = ", ".join(filter(None, amount))
    return f"lost for good, no rollback gives it back: {loss.what}{f' ({said})' if said else ''}"


def _since(lock: Lock, observed: Observed) -> str:
    return f" since line {lock.since}" if lock.since and lock.since != observed.line else ""


def _timed(finding: Finding) -> str:
    return f"{finding.reason}, {span(finding.seconds)}" if finding.seconds else finding.reason


def span(seconds: Seconds) -> str:
    """Return a range of time as words: about 2 to 8 s, about 3 to 9 min, under 0.1 s."""
    if seconds.high < 0.1:
        return "under 0.1 s"
    if seconds.high < 120:
        return f"about {_short(seconds.low)} to {_short(seconds.high)} s"
    return f"about {_short(seconds.low / 60)} to {_short(seconds.high / 60)} min"


def _short(value: float) -> str:
    return f"{value:.1f}" if value < 10 else f"{value:,.0f}"


def _in_use(strong: Iterable[Lock], sizes: Mapping[str, Size]) -> list[str]:
    """Return the locked relations that a transaction on the target has been using for a second or more."""
    names = dict.fromkeys(lock.relation for lock in strong)
    return [name for name in names if name in sizes and (sizes[name].oldest_seconds or 0) >= 1]


def _describe(work: Iterable[Work], sizes: Mapping[str, Size]) -> str:
    parts = []
    for item in work:
        if not item.relation:
            parts.append(item.said if item.kind == "wait" else f"a {item.kind} that reads much")
            continue
        size = sizes.get(item.relation)
        rows = item.rows if item.rows is not None else size.rows if size else None
        amount = f" ({rows:,} rows, {readable(size.size)})" if size else f" ({rows:,} rows)" if rows else ""
        parts.append(f"{item.kind} of {item.relation}{amount}")
    return ", ".join(dict.fromkeys(parts))


def readable(size: int) -> str:
    """Return a size in bytes as 12 kB, 3.4 MB, 1.2 GB."""
    value = float(size)
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 1024 or unit == "GB":
            return f"{value:.0f} {unit}" if unit in ("bytes", "kB") else f"{value:.1f} {unit}"
        value /= 1024
    return ""

"""Judges what a rehearsed statement did: what it blocks, for how much data, and how to do it in steps instead.

Pure: takes what was observed, returns words. The observing is rehearsal's business.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from slate_pg.postgres.effects import CLUSTER, MACHINE, Effect
from slate_pg.rehearsal import findings
from slate_pg.rehearsal.findings import (
    STRENGTH,
    FileVerdict,
    Finding,
    Lock,
    Observed,
    Size,
    Verdict,
    Work,
)

__all__ = ["GRAVE", "STRENGTH", "Lock", "Observed", "Size", "Verdict", "Work", "judge", "judge_files"]

SAFE, QUIET, STEPS, LOSES, FAILS = "safe", "needs a quiet moment", "do it in steps", "loses data", "fails"
ON_CLUSTER, ON_MACHINE, UNKNOWN = "acts on the cluster", "acts on the machine", "cannot be rehearsed"
GRAVE = (ON_CLUSTER, ON_MACHINE, UNKNOWN)  # the answer is no: what such a statement does is not seen, or not undone
_KINDS = {
    QUIET: findings.QUIET_MOMENT, LOSES: findings.LOSES_DATA, FAILS: findings.FAILS, UNKNOWN: findings.UNKNOWN,
    ON_CLUSTER: findings.ON_CLUSTER, ON_MACHINE: findings.ON_MACHINE,
}  # fmt: skip


def judge_files(observed: Sequence[Observed], sizes: Mapping[str, Size]) -> list[FileVerdict]:
    """Return the judgement of each file, in order, given the target's table sizes."""
    judged = [(one, judge(one, sizes)) for one in observed]
    return [
        FileVerdict(file, not any(one.concurrent for one, _ in rows), tuple(rows))
        for file, rows in ((f, list(g)) for f, g in groupby(judged, key=lambda pair: pair[0].file))
    ]


def judge(observed: Observed, sizes: Mapping[str, Size]) -> Verdict:
    """Return the judgement of one statement, given the target's table sizes."""
    verdict = _judged(observed, sizes)
    return replace(verdict, findings=tuple(_findings(observed, verdict)))


def _findings(observed: Observed, verdict: Verdict) -> Iterator[Finding]:
    """Yield what stands behind a judgement."""
    kind, where = _KINDS.get(verdict.word), {"file": observed.file, "line": observed.line}
    if kind:
        yield Finding(kind, reason=verdict.why, recipe=verdict.recipe, **where)  # type: ignore[arg-type]
    strong = [lock for lock in observed.locks if lock.blocks_work] if verdict.word == STEPS else []
    for lock in strong:
        kind = findings.BLOCKS_READS if lock.blocks_reads else findings.BLOCKS_WRITES
        yield Finding(kind, lock.relation, lock.mode, verdict.why, recipe=verdict.recipe, **where)  # type: ignore[arg-type]


def _judged(observed: Observed, sizes: Mapping[str, Size]) -> Verdict:
    if observed.effect.kind and not observed.effect.later:
        return _beyond(observed)
    if observed.not_run:
        return Verdict(UNKNOWN, observed.not_run)
    if observed.error:
        return Verdict(FAILS, observed.error)
    return _within(observed, sizes)


def _beyond(observed: Observed) -> Verdict:
    """Judge a statement that does not stay in its database."""
    effect = observed.effect
    said = [effect.what, observed.not_run or (f"here it fails: {observed.error}" if observed.error else "")]
    if effect.kind == CLUSTER:
        said.append("other databases of the server see it")
    return Verdict(ON_MACHINE if effect.kind == MACHINE else ON_CLUSTER, "; ".join(filter(None, said)))


def _within(observed: Observed, sizes: Mapping[str, Size]) -> Verdict:
    """Judge a statement by what it locks and works through in its own database."""
    strong = [lock for lock in observed.locks if lock.blocks_work]
    verdict = _by_work(observed, strong, sizes)
    busy = [f"{n} ({sizes[n].oldest_seconds:.0f} s)" for n in _in_use(strong, sizes)]
    said = [verdict.why, f"in use right now by older transactions: {', '.join(busy)}" if busy else ""]
    if observed.effect.what:
        said.append(f"{observed.effect.what}{' when it is called' if observed.effect.later else ''}")
    if observed.effect.dynamic:
        said.append("runs SQL put together at run time, which may differ on the target's rows")
    return replace(verdict, word=_word(verdict, observed.effect), why="; ".join(filter(None, said)))


def _word(verdict: Verdict, effect: Effect) -> str:
    """Return the verdict's word; what will act beyond the database when it is called is not safe."""
    if effect.kind and effect.later and verdict.word == SAFE:
        return ON_MACHINE if effect.kind == MACHINE else ON_CLUSTER
    return verdict.word


def _in_use(strong: Iterable[Lock], sizes: Mapping[str, Size]) -> list[str]:
    """Return the locked relations that a transaction on the target has been using for a second or more."""
    names = dict.fromkeys(lock.relation for lock in strong)
    return [name for name in names if name in sizes and (sizes[name].oldest_seconds or 0) >= 1]


def _by_work(observed: Observed, strong: list[Lock], sizes: Mapping[str, Size]) -> Verdict:
    heavy = [w for w in observed.work if not sizes.get(w.relation, Size(0, 0)).is_small]
    if heavy and strong:
        return Verdict(STEPS, _describe(heavy, strong, sizes), recipe(observed, heavy[0]))
    if observed.work and strong:
        return Verdict(QUIET, _describe(observed.work, strong, sizes), "")
    if strong:
        return Verdict(QUIET, f"{_names(strong)}: blocks {strong[0].blocks}, done in an instant once it has the lock")
    if observed.concurrent:
        return Verdict(SAFE, "reads and writes go on; it waits for older transactions to end")
    return Verdict(SAFE, "locks nothing that is in use")


def _describe(work: Iterable[Work], strong: Iterable[Lock], sizes: Mapping[str, Size]) -> str:
    parts = []
    for item in work:
        size = sizes.get(item.relation)
        amount = f" ({size.rows:,} rows, {readable(size.size)})" if size else ""
        parts.append(f"{item.kind} of {item.relation}{amount}")
    lock = max(strong, key=lambda x: STRENGTH[x.mode])
    return f"{', '.join(dict.fromkeys(parts))} while {lock.relation} blocks {lock.blocks}"


def _names(locks: Iterable[Lock]) -> str:
    return ", ".join(dict.fromkeys(lock.relation for lock in locks))


def readable(size: int) -> str:
    """Return a size in bytes as 12 kB, 3.4 MB, 1.2 GB."""
    value = float(size)
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 1024 or unit == "GB":
            return f"{value:.0f} {unit}" if unit in ("bytes", "kB") else f"{value:.1f} {unit}"
        value /= 1024
    return ""


_RECIPES = (
    (
        r"add\s+(?:column\s+)?.*\b(?:default|generated|serial|identity)\b",
        "Add the column without a default, SET DEFAULT for new rows, fill the old ones in batches in a "
        "`-- transactional: false` migration, then make it NOT NULL by way of a validated CHECK.",
    ),
    (
        r"alter\s+(?:column\s+)?\S+\s+(?:set\s+data\s+)?type\b",
        "Add a column of the new type, keep both in step with a trigger, fill it in batches, then swap the names.",
    ),
    (
        r"set\s+not\s+null",
        "ADD CHECK (column IS NOT NULL) NOT VALID; in the next migration VALIDATE CONSTRAINT; then SET NOT NULL "
        "(proven by the check, no scan) and drop the check.",
    ),
    (
        r"foreign\s+key|references",
        "ADD the foreign key NOT VALID; VALIDATE CONSTRAINT in the next migration, which lets reads and writes go on.",
    ),
    (
        r"\bcheck\s*\(",
        "ADD the CHECK NOT VALID; VALIDATE CONSTRAINT in the next migration, which lets reads and writes go on.",
    ),
    (
        r"\b(?:unique|primary\s+key)\b.*|\badd\s+constraint\b.*\b(?:unique|primary)\b",
        "CREATE UNIQUE INDEX CONCURRENTLY in a `-- transactional: false` migration, then ADD CONSTRAINT … USING INDEX.",
    ),
    (r"create\s+index", "CREATE INDEX CONCURRENTLY in a `-- transactional: false` migration of its own."),
    (
        r"attach\s+partition",
        "First add a CHECK that implies the bounds, NOT VALID, and validate it: ATTACH then skips the scan.",
    ),
    (r"refresh\s+materialized", "REFRESH MATERIALIZED VIEW CONCURRENTLY, which needs a unique index on the view."),
    (r"vacuum\s+full|cluster", "pg_repack or pg_squeeze, which work beside readers and writers."),
)


def recipe(observed: Observed, work: Work) -> str:
    """Return how to reach the same in steps that let others work, empty where there is no known way."""
    text = re.sub(r"\s+", " ", observed.sql)
    if work.kind == "index build" and re.match(r"create (?:unique )?index", text, re.I):
        return _RECIPES[6][1]
    return next((advice for pattern, advice in _RECIPES if re.search(pattern, text, re.I)), "")

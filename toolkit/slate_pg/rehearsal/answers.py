"""Puts what the target's rows say into the judgements: rows against a new rule, and files' own conditions.

What pending statements change first cannot be asked of the target as it is now, and is said to be so. Reads only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import psycopg

from slate_pg.migrations.conditions import ask
from slate_pg.migrations.directives import BEFORE, Condition, read_conditions
from slate_pg.migrations.files import Migration
from slate_pg.rehearsal.findings import FAILS, NOT_ASKED, FileVerdict, Finding, Observed, Verdict
from slate_pg.rehearsal.probing import Asker, Reply
from slate_pg.rehearsal.rules import EVERYTHING, Demand

_FAILS = "fails"  # the word for it


def answered(asker: Asker, files: Sequence[FileVerdict], migrations: Sequence[Migration]) -> list[FileVerdict]:
    """Return the judgements with what the target answers. Reads only."""
    changed: dict[tuple[str, str], str] = {}
    by_path = {str(m.apply.path): m for m in migrations}
    found = []
    for number, file in enumerate(files):
        rows = [(one, _with(verdict, list(_of_rows(asker, one, changed)))) for one, verdict in file.statements]
        fresh = [f for (_, old), (_, new) in zip(file.statements, rows, strict=True) for f in _added(old, new)]
        own = list(_of_conditions(asker, by_path[file.file], number)) if file.file in by_path else []
        found.append(replace(file, statements=tuple(rows), findings=(*own, *fresh, *file.findings)))
    return found


def _added(old: Verdict, new: Verdict) -> list[Finding]:
    return [finding for finding in new.findings if finding not in old.findings]


def _of_rows(asker: Asker, one: Observed, changed: dict[tuple[str, str], str]) -> Iterator[Finding]:
    """Yield what the target's rows say of a statement; note what it changes for those behind it."""
    place = f"line {one.line} of {one.file.rsplit('/', 1)[-1]}"
    if EVERYTHING in one.touched:
        changed[EVERYTHING] = place
    for demand in one.demands:
        reply = _asked(asker, demand, changed)
        relation = demand.table if demand.schema in asker.path else f"{demand.schema}.{demand.table}"
        known = {"relation": relation, "reason": f"{demand.what}: {reply}", "file": one.file, "line": one.line}
        if reply.rows is None:
            yield Finding(NOT_ASKED, **known)  # type: ignore[arg-type]
        elif reply.rows:
            yield Finding(FAILS, rows=reply.rows, **known)  # type: ignore[arg-type]
    changed.update(dict.fromkeys(one.touched, place))


def _asked(asker: Asker, demand: Demand, changed: Mapping[tuple[str, str], str]) -> Reply:
    for name in (EVERYTHING, (demand.schema, demand.table), *demand.beside):
        if name in changed:
            what = f"the rows of {name[1]}" if name[1] else "rows, nobody knows which,"
            return Reply(None, why=f"{changed[name]} changes {what} first")
    return asker.ask(demand)


def _with(verdict: Verdict, fresh: Sequence[Finding]) -> Verdict:
    """Return a judgement with findings before those that it has; one of failing is its word."""
    if not fresh:
        return verdict
    why = "; ".join([*(f.reason for f in fresh), verdict.why])
    word = _FAILS if any(f.kind == FAILS for f in fresh) else verdict.word
    return replace(verdict, word=word, why=why, findings=(*fresh, *verdict.findings))


def _of_conditions(asker: Asker, migration: Migration, earlier: int) -> Iterator[Finding]:
    """Yield what is to be said of a file's `before` conditions; `earlier` files are pending before it."""
    for condition in read_conditions(migration.apply):
        said, failed = _condition(asker, condition, earlier) if condition.when == BEFORE else ("", False)
        if said:
            reason = f"its own condition `{condition.query}`: {said}"
            kind = FAILS if failed else NOT_ASKED
            yield Finding(kind, reason=reason, file=str(migration.apply.path), line=condition.line)


def _condition(asker: Asker, condition: Condition, earlier: int) -> tuple[str, bool]:
    """Return what a condition says of the target now, empty where it is met, and whether the file would be refused."""
    if why := asker.closed or asker.volatile(condition.query):
        return f"not asked: {why}", False
    try:
        with asker.reading(hides=True):
            answer = ask(asker.connection, condition)
    except psycopg.Error as error:
        return f"not asked: {asker.reason(error)}", False
    if answer.met:
        return "", False
    if earlier:
        return f"{answer.said} now; {earlier} pending file{'' if earlier == 1 else 's'} may change that first", False
    if answer.sqlstate == "57014":
        return "not asked: it took too long", False
    return f"{answer.said}{f' ({answer.sqlstate})' if answer.sqlstate else ''}", True

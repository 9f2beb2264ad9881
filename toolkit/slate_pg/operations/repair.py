"""Puts back what a ledger lacks, from the files, only where the schema is what they build.

What it would write is told first; nothing is run but the files, on a disposable server.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

from slate_pg.backup.logical import read_portion
from slate_pg.catalog import compare
from slate_pg.config import Project
from slate_pg.errors import SlateError
from slate_pg.migrations import ledger, locking
from slate_pg.migrations.belonging import read_own_state, refuse_hurt
from slate_pg.migrations.files import Migration
from slate_pg.migrations.folders import read_migrations
from slate_pg.migrations.hurts import HALF_DONE, HISTORY, ROW
from slate_pg.migrations.order import in_order
from slate_pg.migrations.repeatable.records import read_standing
from slate_pg.migrations.repeatable.standing import CHANGED
from slate_pg.migrations.runner import Run
from slate_pg.migrations.state import State, check_target
from slate_pg.operations.adopt import build
from slate_pg.postgres.connection import Connection, package_sql, send

# What was there keeps its time and its place; its texts are the files' again.
_TEXTS = """ON CONFLICT (kind, key, number) DO UPDATE SET
    checksum = excluded.checksum, body = excluded.body, rollback_checksum = excluded.rollback_checksum,
    rollback_body = excluded.rollback_body, rollback_transactional = excluded.rollback_transactional,
    variables = excluded.variables
"""
# A row that was put back stands before the next one, in the moment that the history tells.
_PLACE = """
    UPDATE {schema}._slate_ledger AS m
    SET began_at = least(h.ended_at, n.began_at, m.began_at), ended_at = least(h.ended_at, n.ended_at, m.ended_at)
    FROM (
        SELECT max(ended_at) AS ended_at FROM {schema}._slate_ledger
        WHERE kind IN ('apply', 'mark') AND key = {id} AND ended_at < now()
    ) AS h
    LEFT JOIN {schema}._slate_ledger AS n ON n.kind = 'migration' AND n.key = {next}
    WHERE m.kind = 'migration' AND m.key = {id}
"""


@dataclass(frozen=True)
class Repair:
    """What is written for one migration: its row, its history or its texts; `whole` is true for a row put back."""

    migration: Migration
    said: str
    whole: bool

    @property
    def id(self) -> str:
        """The migration's."""
        return self.migration.id


@dataclass(frozen=True)
class Repaired:
    """What a ledger lacks, whether it was written, and what stands in the way: where the schema differs."""

    schema: str
    repairs: list[Repair]
    written: bool = False
    differences: list[compare.Difference] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def repair(run: Run, project: Project, to: str | None = None, *, write: bool = False) -> Repaired:
    """Return what a ledger lacks up to `to`, and put it back where `write` says so and the schema is equal. Writes.

    SlateError where there is no ledger, and where the file of what is missing is gone; Misuse for an unknown `to`.
    """
    connection, product = run.connection, run.product
    ordered = in_order(read_migrations(product))
    locking.take_lock(connection, product.schema, run.patience, run.watcher.waiting)
    try:
        state = read_own_state(connection, product, ordered, hurt_too=True)
        if state.version is None:
            refuse_hurt(connection, product, ordered, state)
            raise SlateError(f'"{product.schema}" has no ledger', hint=f"`{product.command('apply')}` makes one.")
        if any(hurt.kind == HALF_DONE for hurt in state.hurts):  # files cannot tell how far it has come
            refuse_hurt(connection, product, ordered, state)
        chosen, repairs = plan_repairs(state, state.chosen.ordered, to)
        if not repairs:
            return Repaired(product.schema, [])
        owner = connection.execute(package_sql("operations/find_owner"), {"schema": product.schema}).fetchone()
        notes: list[str] = []
        model = build(connection, project, product, state.chosen.built(chosen), owner[0] if owner else "", notes)
        present = read_portion(connection, [product.schema, *model.schemas], model.made.made)
        differences = compare.compare(model.catalog, present)
        changed = [r.name for r in read_standing(connection, product, state.version) if r.state == CHANGED]
        if differences and changed:
            notes.append(f"repeatable files are not as they were applied, put them back first: {', '.join(changed)}")
        if write and not differences:
            _write(connection, product.schema, chosen, repairs, model.recorded)
        return Repaired(product.schema, repairs, write and not differences, differences, notes)
    finally:
        locking.release_lock(connection, product.schema)


def plan_repairs(
    state: State, ordered: Sequence[Migration], to: str | None
) -> tuple[Sequence[Migration], list[Repair]]:
    """Return the migrations that are to be on record, and what is written for each that is not whole. Pure."""
    files = {m.id: m for m in ordered}
    kinds: dict[str, set[str]] = {}
    for hurt in state.hurts:
        kinds.setdefault(hurt.id, set()).add(hurt.kind)
    for name in kinds:
        if name not in files:
            raise SlateError(
                f"{next(h.said for h in state.hurts if h.id == name)}; its file is gone, so nothing can be put back",
                hint=f"Nothing was written. Put {name}.sql and its rollback back into the folder as they were applied.",
            )
    if to is not None:
        to = check_target(state, to)
    known = {a.id for a in state.applied} | set(kinds) | ({to} if to else set())
    last = max((i for i, m in enumerate(ordered) if m.id in known), default=-1)
    chosen = ordered[: last + 1]
    lost = {m.id for m in state.pending}
    return chosen, [
        Repair(m, f"{_what(kinds.get(m.id, set()), m.id in lost)} of {m.id}, from {m.apply.path}", m.id in lost)
        for m in chosen
        if m.id in kinds or m.id in lost
    ]


def _what(kinds: set[str], is_lost: bool) -> str:
    if is_lost:
        return "the row" if ROW in kinds else "the row and the history"
    texts = "the texts and checksums" if kinds - {HISTORY} else ""
    return " and ".join(filter(None, (texts, "the history" if HISTORY in kinds else "")))


def _write(
    connection: Connection, schema: str, chosen: Sequence[Migration], repairs: Sequence[Repair], made: dict[str, str]
) -> None:
    """Put back what is missing in one transaction; the history says "mark". Writes."""
    following = {m.id: n.id for m, n in itertools.pairwise(chosen)}
    entries = ["BEGIN"]
    for each in reversed(repairs):
        note = made.get(each.id)
        entries.append(ledger.record(connection, schema, each.migration, "mark", always=_TEXTS, made=note))
        if each.whole:
            where = {"id": each.id, "next": following.get(each.id)}
            entries.append(ledger.format_sql(connection, schema, _PLACE, **where))
    try:
        send(connection, ";\n".join([*entries, "COMMIT"]))
    except BaseException:
        send(connection, "ROLLBACK")
        raise

"""Mutants of triggers: disabled, with other columns, events, conditions or at another time. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from slate_pg.catalog.identity import Identity, quote
from slate_pg.cluster.operands import postgast
from slate_pg.mutation.expressions import variants
from slate_pg.mutation.model import WRONG_WRITE, Mutant, World

_BEFORE, _AFTER = 2, 0
_EVENTS = {4: "INSERT", 8: "DELETE", 16: "UPDATE", 32: "TRUNCATE"}


def mutants(world: World) -> Iterator[Mutant]:
    """Yield the mutants of every trigger that is not a copy of a parent's."""
    for identity, trigger in world.of_kind("trigger"):
        if trigger["inherited"] or identity.on is None:
            continue
        table = identity.on.qualified
        if trigger["enabled"] != "D":
            off = f"ALTER TABLE {table} DISABLE TRIGGER {quote(identity.name)}"
            if identity.on.kind == "view":  # has no switch
                off = f"DROP TRIGGER {quote(identity.name)} ON {table}"
            yield _mutant(identity, "trigger disabled", (off,), f"what {identity.name} does on {table} is seen")
        yield from _changed(identity, trigger["definition"])


def _mutant(identity: Identity, kind: str, statements: tuple[str, ...], missing: str, detail: str = "") -> Mutant:
    table = identity.on.name if identity.on else ""
    return Mutant(kind, str(identity), statements, missing, WRONG_WRITE, (identity.name, table), table, detail)


def _changed(identity: Identity, definition: str) -> Iterator[Mutant]:
    try:
        tree = postgast.parse(definition)
    except postgast.PgQueryError:
        return
    trigger = tree.stmts[0].stmt.create_trig_stmt
    for kind, detail, missing in _edits(trigger, identity):
        yield _mutant(identity, kind, _remade(identity, trigger, tree), missing, detail)
    for said, text in variants(definition, lambda s: s.create_trig_stmt.when_clause):
        missing = f"{identity.name} is tried with a row that only this part of its WHEN decides: {said}"
        yield _mutant(identity, "trigger WHEN changed", _again(identity, text), missing, said)


def _again(identity: Identity, text: str) -> tuple[str, ...]:
    tree = postgast.parse(text)
    return _remade(identity, tree.stmts[0].stmt.create_trig_stmt, tree)


def _remade(identity: Identity, trigger: Any, tree: Any) -> tuple[str, ...]:
    """Return the statements; only a constraint trigger has to be dropped, the others keep their comment."""
    trigger.replace = not trigger.isconstraint
    text = str(postgast.deparse(tree))
    trigger.replace = False
    if not trigger.isconstraint:
        return (text,)
    return (f"DROP TRIGGER {quote(identity.name)} ON {identity.on.qualified if identity.on else ''}", text)


def _edits(trigger: Any, identity: Identity) -> Iterator[tuple[str, str, str]]:
    """Change the parsed trigger in place, yield what is changed, and put it back."""
    kept = type(trigger)()
    kept.CopyFrom(trigger)
    if len(trigger.columns) > 1:
        for column in kept.columns:
            name = column.string.sval
            trigger.ClearField("columns")
            trigger.columns.extend(c for c in kept.columns if c.string.sval != name)
            yield "trigger column", f"not for UPDATE OF {name}", f"an UPDATE of {name} alone runs {identity.name}"
            trigger.CopyFrom(kept)
    if trigger.columns:
        trigger.ClearField("columns")
        yield "trigger column", "for UPDATE of any column", f"an UPDATE of other columns does not run {identity.name}"
        trigger.CopyFrom(kept)
    events = [bit for bit in _EVENTS if kept.events & bit]
    for bit in events if len(events) > 1 else ():
        trigger.events = kept.events & ~bit
        if bit == 16:
            trigger.ClearField("columns")
        yield "trigger event", f"not on {_EVENTS[bit]}", f"{_EVENTS[bit]} runs {identity.name}"
        trigger.CopyFrom(kept)
    if kept.timing in (_BEFORE, _AFTER) and not kept.isconstraint and not kept.transition_rels:
        trigger.timing = _AFTER if kept.timing == _BEFORE else _BEFORE
        when = "AFTER" if kept.timing == _BEFORE else "BEFORE"
        yield "trigger timing", when, f"what {identity.name} does is seen in the row that is written"
        trigger.CopyFrom(kept)
    if kept.HasField("when_clause"):
        trigger.ClearField("when_clause")
        yield "trigger WHEN dropped", "", f"a row that the WHEN of {identity.name} leaves out is left alone"
        trigger.CopyFrom(kept)

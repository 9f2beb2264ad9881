"""Mutants of what a row must be: CHECK, NOT NULL, UNIQUE, EXCLUDE, foreign keys and defaults. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from slate_pg.catalog.definitions import column_of, listed
from slate_pg.catalog.identity import Identity, quote
from slate_pg.cluster.operands import postgast
from slate_pg.mutation.expressions import variants
from slate_pg.mutation.model import REFUSAL, WRONG_WRITE, Mutant, World

_ACTIONS = {"a": "NO ACTION", "r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}
_OTHER_ACTION = {"c": "a", "a": "c", "r": "c", "n": "c", "d": "n"}
_FLIPPED = {"true": "false", "false": "true"}


def mutants(world: World) -> Iterator[Mutant]:
    """Yield the mutants of every constraint, NOT NULL and default that is not inherited from a parent."""
    for identity, constraint in world.of_kind("constraint"):
        if constraint["inherited"] or identity.on is None:
            continue
        kind = constraint["kind"]
        if kind in "cuxpf":
            yield _dropped(identity, kind)
        if kind == "c":
            yield from _weakened(world, identity, constraint)
        elif kind == "f":
            yield from _acting(world, identity, constraint)
    yield from _columns(world)
    yield from _domains(world)


def _table(identity: Identity) -> str:
    return identity.on.qualified if identity.on else ""


def _alter(identity: Identity) -> str:
    kind = "DOMAIN" if identity.on and identity.on.kind == "domain" else "TABLE"
    return f"ALTER {kind} {_table(identity)}"


def _mutant(
    identity: Identity, kind: str, statements: tuple[str, ...], missing: str, detail: str = "", harm: str = WRONG_WRITE
) -> Mutant:
    table = identity.on.name if identity.on else ""
    return Mutant(kind, str(identity), statements, missing, harm, (identity.name, table), table, detail)


_WORDS = {"c": "CHECK", "u": "UNIQUE", "x": "EXCLUDE", "p": "primary key", "f": "foreign key"}
_BREAKS = {
    "c": "a row that breaks {name} is refused",
    "u": "a second row with the same values of {name} is refused",
    "x": "a row that {name} excludes is refused",
    "p": "a second row with the same key of {table} is refused",
    "f": "a row of {table} that names no parent ({name}) is refused",
}


def _dropped(identity: Identity, kind: str) -> Mutant:
    missing = _BREAKS[kind].format(name=identity.name, table=_table(identity))
    drop = f"{_alter(identity)} DROP CONSTRAINT {quote(identity.name)}"
    return _mutant(identity, f"{_WORDS[kind]} dropped", (drop,), missing)


def _remade(world: World, identity: Identity, add: str) -> tuple[str, ...]:
    drop = f"{_alter(identity)} DROP CONSTRAINT {quote(identity.name)}"
    return (drop, add, *world.keep_comment(identity))


def _add(identity: Identity, constraint: dict[str, Any]) -> str:
    return f"{_alter(identity)} ADD CONSTRAINT {quote(identity.name)} {constraint['definition']}"


def _constraint(statement: Any) -> Any:
    """Return the constraint that an ALTER TABLE adds, as the parser has it."""
    return getattr(statement.alter_table_stmt.cmds[0].alter_table_cmd, "def").constraint


def _weakened(world: World, identity: Identity, constraint: dict[str, Any]) -> Iterator[Mutant]:
    """Yield the CHECK with each of its parts changed."""
    domain = bool(identity.on and identity.on.kind == "domain")

    def place(statement: Any) -> Any:
        if domain:
            return getattr(statement.alter_domain_stmt, "def").constraint.raw_expr
        return _constraint(statement).raw_expr

    for said, changed in variants(_add(identity, constraint), place):
        if said.startswith("without OR"):
            missing, harm = f"a row that only this part of {identity.name} allows is accepted", REFUSAL
        elif said.startswith("without the value"):
            missing, harm = f"a row with each value that {identity.name} lists is accepted", REFUSAL
        else:
            missing, harm = f"a row just inside {identity.name} is accepted and one just outside refused", WRONG_WRITE
        yield _mutant(identity, "CHECK changed", _remade(world, identity, changed), missing, said, harm)


def _acting(world: World, identity: Identity, constraint: dict[str, Any]) -> Iterator[Mutant]:
    """Yield the foreign key with another action, and with its check at once instead of at the end."""
    add = _add(identity, constraint)
    try:
        tree = postgast.parse(add)
    except postgast.PgQueryError:
        return
    key = _constraint(tree.stmts[0].stmt)
    for name, event in (("fk_del_action", "DELETE"), ("fk_upd_action", "UPDATE")):
        old = getattr(key, name)
        if old not in _OTHER_ACTION or (event == "UPDATE" and old in "ar"):
            continue
        new = _OTHER_ACTION[old]
        setattr(key, name, new)
        detail = f"ON {event} {_ACTIONS[new]} instead of {_ACTIONS[old]}"
        what = "is refused" if old in "ar" else "has its effect on the children"
        missing = f"{event} of a parent in use ({identity.name}) {what}"
        yield _mutant(identity, "foreign key action", _remade(world, identity, str(postgast.deparse(tree))), missing,
                      detail)  # fmt: skip
        setattr(key, name, old)


def _columns(world: World) -> Iterator[Mutant]:
    keys = {
        (identity.on, name)
        for identity, c in world.of_kind("constraint")
        if c["kind"] == "p"
        for name in map(column_of, listed(c["definition"]))
    }
    for identity, column in world.of_kind("column"):
        if identity.on is None or identity.on.kind != "table" or column["inherited"]:
            continue
        alter = f"ALTER TABLE {_table(identity)} ALTER COLUMN {quote(identity.name)}"
        if column["not_null"] and not column["identity"] and (identity.on, quote(identity.name)) not in keys:
            missing = f"a row of {_table(identity)} without {identity.name} is refused"
            yield _mutant(identity, "NOT NULL dropped", (f"{alter} DROP NOT NULL",), missing)
        if column["default"] is not None and not column["generated"]:
            yield from _defaults(identity, column["default"], alter)


def _defaults(identity: Identity, default: str, alter: str) -> Iterator[Mutant]:
    missing = f"a row of {_table(identity)} inserted without {identity.name} gets {default}"
    yield _mutant(identity, "default dropped", (f"{alter} DROP DEFAULT",), missing)
    number = re.fullmatch(r"'?(-?\d+)'?(::\w+)?", default)
    changed = _FLIPPED.get(default) or (str(int(number[1]) + 1) if number else None)
    if changed:
        yield _mutant(
            identity, "default changed", (f"{alter} SET DEFAULT {changed}",), missing, f"{changed}, not {default}"
        )


def _domains(world: World) -> Iterator[Mutant]:
    for identity, domain in world.of_kind("domain"):
        alter = f"ALTER DOMAIN {identity.qualified}"
        if domain["not_null"]:
            missing = f"NULL is refused where {identity.name} is the type"
            yield _mutant(identity, "NOT NULL dropped", (f"{alter} DROP NOT NULL",), missing)
        if domain["default"] is not None:
            missing = f"a row inserted without a column of type {identity.name} gets {domain['default']}"
            yield _mutant(identity, "default dropped", (f"{alter} DROP DEFAULT",), missing)

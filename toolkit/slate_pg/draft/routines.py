"""Makes functions, aggregates and operators. Pure: a state in, statements out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from slate_pg.catalog.identity import Identity
from slate_pg.draft.side import Side
from slate_pg.draft.words import indented, literal

_PARALLEL = {"s": "SAFE", "r": "RESTRICTED"}
_MODIFY = {"r": "READ_ONLY", "s": "SHAREABLE", "w": "READ_WRITE"}
_HEAD = re.compile(r"CREATE OR REPLACE (FUNCTION|PROCEDURE) ")


def create_routine(side: Side, identity: Identity, replace: bool = False) -> list[str]:
    """Return the statement that makes a function, a procedure or an aggregate, or with `replace` replaces it."""
    if identity.kind == "aggregate":
        return [_aggregate(side, identity, replace)]
    told = side.told(identity)
    text = str(told["definition"]).strip()
    verb = "CREATE OR REPLACE" if replace else "CREATE"
    head = _HEAD.match(text)
    if head:
        rest = text[head.end() :].replace(f"{told['qualified']}(", f"{side.called(identity)}(", 1)
        text = f"{verb} {head[1]} {rest}"
    return [_with_own_path(text, side.path)]


def _with_own_path(text: str, path: tuple[str, ...]) -> str:
    """Return a definition whose path is the one it is made under as SET search_path FROM CURRENT."""
    names = ", ".join(literal(name) for name in path)
    return text.replace(f"\n SET search_path TO {names}\n", "\n SET search_path FROM CURRENT\n", 1)


def _aggregate(side: Side, identity: Identity, replace: bool) -> str:
    told = side.told(identity)
    facts: Mapping[str, Any] = told["aggregate"]
    words = [f"SFUNC = {facts['sfunc']}", f"STYPE = {facts['stype']}"]
    words += _parts(facts, "", (("sspace", "SSPACE"), ("finalfunc", "FINALFUNC"), ("combinefunc", "COMBINEFUNC"),
                                ("serialfunc", "SERIALFUNC"), ("deserialfunc", "DESERIALFUNC")))  # fmt: skip
    words += [f"INITCOND = {literal(facts['initcond'])}"] if facts["initcond"] is not None else []
    words += _parts(facts, "", (("msfunc", "MSFUNC"), ("minvfunc", "MINVFUNC"), ("mstype", "MSTYPE"),
                                ("msspace", "MSSPACE"), ("mfinalfunc", "MFINALFUNC")))  # fmt: skip
    words += [f"MINITCOND = {literal(facts['minitcond'])}"] if facts["minitcond"] is not None else []
    words += [w for name, w in (("finalextra", "FINALFUNC_EXTRA"), ("mfinalextra", "MFINALFUNC_EXTRA")) if facts[name]]
    usual = "w" if facts["kind"] in ("o", "h") else "r"
    for name, head, func in (
        ("finalmodify", "FINALFUNC_MODIFY", "finalfunc"),
        ("mfinalmodify", "MFINALFUNC_MODIFY", "mfinalfunc"),
    ):
        if facts[func] and facts[name] != usual:
            words.append(f"{head} = {_MODIFY[facts[name]]}")
    words += [f"SORTOP = {facts['sortop']}"] if facts["sortop"] else []
    words += [f"PARALLEL = {_PARALLEL[facts['parallel']]}"] if facts["parallel"] in _PARALLEL else []
    words += ["HYPOTHETICAL"] if facts["kind"] == "h" else []
    arguments = told["arguments"] or "*"
    verb = "CREATE OR REPLACE" if replace else "CREATE"
    return f"{verb} AGGREGATE {side.called(identity)}({arguments}) (\n{indented(words)}\n)"


def _parts(facts: Mapping[str, Any], empty: str, names: tuple[tuple[str, str], ...]) -> list[str]:
    return [f"{word} = {facts[name]}" for name, word in names if facts[name] not in (None, 0, empty)]


def create_operator(side: Side, identity: Identity) -> list[str]:
    """Return the statements that make an operator, an operator class or a family."""
    told, called = side.told(identity), side.called(identity)
    if identity.kind == "operator family":
        made = [f"CREATE OPERATOR FAMILY {called}"]
        return made + [f"ALTER OPERATOR FAMILY {called} ADD {member[0]}" for member in told["loose"]]
    if identity.kind == "operator class":
        default = " DEFAULT" if told["default"] else ""
        stored = [f"STORAGE {told['stored']}"] if told["stored"] else []
        items = [*told["members"], *stored] or [f"STORAGE {told['type']}"]
        head = f"CREATE OPERATOR CLASS {told['name']}{default} FOR TYPE {told['type']} USING {told['method']}"
        return [f"{head} FAMILY {told['family']} AS\n{indented(items)}"]
    if told["shell"]:
        return []  # comes with the one that names it
    words = [f"FUNCTION = {told['function']}"]
    words += [f"{name.upper()}ARG = {told[name]}" for name in ("left", "right") if told[name] != "NONE"]
    words += _parts(
        told, "", (("commutator", "COMMUTATOR"), ("negator", "NEGATOR"), ("restrict", "RESTRICT"), ("join", "JOIN"))
    )
    words += [name.upper() for name in ("hashes", "merges") if told[name]]
    return [f"CREATE OPERATOR {called} ({', '.join(words)})"]

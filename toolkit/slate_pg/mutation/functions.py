"""Mutants of functions: a comparison, AND and OR, an early return, and how they are declared. Pure.

A body is changed token by token, as PostgreSQL's lexer has them, so that strings, comments and names stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from slate_pg.catalog.identity import Identity, quote
from slate_pg.cluster.operands import postgast
from slate_pg.mutation.expressions import short
from slate_pg.mutation.model import LEAK, OTHER, REFUSAL, SPEED, WRONG_WRITE, Mutant, World

_COMPARISONS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "=": "<>", "<>": "=", "!=": "="}
_WORDS = {"AND": "OR", "OR": "AND"}
_VOLATILITY = {"i": ("IMMUTABLE", "VOLATILE"), "s": ("STABLE", "VOLATILE"), "v": ("VOLATILE", "STABLE")}


def mutants(world: World) -> Iterator[Mutant]:
    """Yield the mutants of every function and procedure in SQL or PL/pgSQL."""
    for identity, function in world.of_kind("function", "procedure"):
        yield from _declared(identity, function)
        definition = world.functions.get(identity)
        if definition is not None and function["language"] in ("sql", "plpgsql"):
            yield from _bodies(identity, function, definition)


def _mutant(
    identity: Identity, kind: str, statement: str, missing: str, detail: str = "", harm: str = WRONG_WRITE
) -> Mutant:
    return Mutant(kind, str(identity), (statement,), missing, harm, (identity.name,), identity.name, detail)


def _declared(identity: Identity, function: dict[str, Any]) -> Iterator[Mutant]:
    """Yield other declarations of the function: whose rights, which path, how volatile, what of NULL."""
    name = identity.qualified
    alter = f"ALTER {identity.kind.upper()} {name}"
    if function["security_definer"]:
        missing = f"a role without rights of its own calls {name}"
        yield _mutant(identity, "SECURITY INVOKER", f"{alter} SECURITY INVOKER", missing, harm=REFUSAL)
    else:
        missing = f"a role without rights on what {name} touches is refused"
        yield _mutant(identity, "SECURITY DEFINER", f"{alter} SECURITY DEFINER", missing, harm=LEAK)
    for setting in function["config"] or ():
        which = str(setting).partition("=")[0]
        missing = f"{name} does the same whatever {which} its caller has set"
        kind = "path not pinned" if which == "search_path" else "setting not pinned"
        parts = ".".join(map(quote, which.split(".")))
        yield _mutant(identity, kind, f"{alter} RESET {parts}", missing, which, LEAK)
    if identity.kind == "procedure":
        return
    was, other = _VOLATILITY[function["volatility"]]
    missing = f"{name} is used where only a function that is {was} may be, or sees what one that is {was} sees"
    yield _mutant(identity, "volatility", f"{alter} {other}", missing, f"{other} instead of {was}", SPEED)
    if function["arguments"] and function["result"] != "trigger":
        null = "CALLED ON NULL INPUT" if function["strict"] else "STRICT"
        missing = f"{name} is called with NULL"
        yield _mutant(identity, "strictness", f"{alter} {null}", missing, null, OTHER)


def _bodies(identity: Identity, function: dict[str, Any], definition: str) -> Iterator[Mutant]:
    """Yield the function with one token of its body changed, and with a return before all else."""
    body = function["body"] if function["sql_body"] is None else function["sql_body"]
    start = definition.rfind(body) if body else -1
    if start < 0:
        return
    ahead, behind = definition[:start], definition[start + len(body) :]
    for said, changed in changed_tokens(body):
        missing = f"{identity.name} is tried where its answer turns on: {said}"
        yield _mutant(identity, "function changed", ahead + changed + behind, missing, said)
    early = _returning(body, function)
    if early:
        missing = f"what {identity.name} does is seen"
        yield _mutant(identity, "early return", ahead + early + behind, missing)


def changed_tokens(body: str) -> Iterator[tuple[str, str]]:
    """Yield what was changed in a body, with its line, and the body then; nothing where it cannot be read. Pure."""
    text = body.encode()
    for token in _tokens(text):
        written = text[token.start : token.end].decode()
        other = _COMPARISONS.get(written) or _WORDS.get(written.upper())
        if other is None:
            continue
        line = text.count(b"\n", 0, token.start) + 1
        around = text[text.rfind(b"\n", 0, token.start) + 1 :].split(b"\n", 1)[0].decode()
        column = len(text[text.rfind(b"\n", 0, token.start) + 1 : token.start].decode())
        said = f"{other} for {written} at {line}:{column + 1}, {short(around)}"
        yield said, (text[: token.start] + other.encode() + text[token.end :]).decode()


def _tokens(text: bytes) -> list[Any]:
    """Return the tokens of a body, offsets in bytes; none where the lexer gives up."""
    try:
        return list(postgast.scan(text.decode()).tokens)
    except (postgast.PgQueryError, ValueError):
        return []


def _returning(body: str, function: dict[str, Any]) -> str:
    """Return a trigger's body that returns first of all; nothing for what is none, or in another language."""
    if function["result"] != "trigger" or function["language"] != "plpgsql":
        return ""
    text = body.encode()
    for token in _tokens(text):
        if text[token.start : token.end].upper() == b"BEGIN":
            return (text[: token.end] + b" RETURN coalesce(NEW, OLD);" + text[token.end :]).decode()
    return ""

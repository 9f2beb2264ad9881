"""Renames what --rename says, before anything else is compared, and says where a rename looks likely. Never guesses."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from slate_pg.catalog.identity import Identity, quote
from slate_pg.draft.reaching import Ground, carry_out
from slate_pg.draft.side import Side
from slate_pg.draft.words import Step, addressed
from slate_pg.errors import Misuse, did_you_mean

_WHOLE = ("table", "view", "materialized view", "foreign table", "sequence", "index", "type", "domain", "function",
          "procedure", "aggregate", "collation", "statistics", "text search configuration",
          "text search dictionary")  # fmt: skip
_PARTS = ("column", "constraint", "trigger", "policy", "rule")
_HINT = "Say --rename table=new_name, or --rename table.column=new_name, with names as they are in the catalog."


def rename(ground: Ground, given: Sequence[str]) -> tuple[list[Step], list[Step]]:
    """Carry out renames; return the statements, and those that take them back. Misuse. Writes to the copy."""
    there: list[Step] = []
    back: list[Step] = []
    for each in given:
        old, equals, new = each.partition("=")
        if not equals or not old or not new:
            raise Misuse(f'--rename "{each}" is not old=new', hint=_HINT)
        step, undo = _steps(ground.read(), old, new)
        carry_out(ground, [step])
        there.append(step)
        back.insert(0, undo)
    return there, back


def _steps(side: Side, old: str, new: str) -> tuple[Step, Step]:
    """Return the statement that renames what has this name, and its mirror. Misuse where nothing or much has it."""
    found = [i for i in side.facts if _names(i, old, side)]
    if not found:
        known = [".".join([*(p.name for p in i.chain), i.name]) for i in side.facts if i.kind in (*_WHOLE, *_PARTS)]
        raise Misuse(f'there is no "{old}" to be renamed', hint=did_you_mean(old, known) or _HINT)
    if len({i.kind for i in found}) > 1 or len(found) > 1:
        raise Misuse(f'"{old}" is the name of {" and of ".join(map(str, sorted(found)))}', hint=_HINT)
    identity = found[0]
    name = new.rpartition(".")[2] if identity.on and new.count(".") == old.count(".") else new
    return _renamed(side, identity, identity.name, name), _renamed(side, identity, name, identity.name)


def _names(identity: Identity, name: str, side: Side) -> bool:
    """Tell whether a name means an object: whole, or a part behind the name of its table."""
    told = side.told(identity)
    if told.get("derived") or told.get("internal") or told.get("of_constraint") or identity not in side.objects:
        return False
    if identity.kind in _WHOLE and not identity.on:
        return identity.name == name
    on = identity.on
    if identity.kind not in _PARTS or on is None or (identity.kind == "constraint" and told.get("type") == "t"):
        return False
    return f"{on.name}.{identity.name}" == name


def _renamed(side: Side, identity: Identity, old: str, new: str) -> Step:
    on = identity.on
    if identity.kind == "column" and on:
        word, part = ("TYPE", "ATTRIBUTE") if on.kind == "type" else (on.kind.upper(), "COLUMN")
        tail = " CASCADE" if on.kind == "type" else ""
        return Step(f"ALTER {word} {side.called(on)} RENAME {part} {quote(old)} TO {quote(new)}{tail}", identity)
    if identity.kind == "constraint" and on:
        word = "DOMAIN" if on.kind == "domain" else "TABLE"
        return Step(f"ALTER {word} {side.called(on)} RENAME CONSTRAINT {quote(old)} TO {quote(new)}", identity)
    if on:
        text = f"ALTER {identity.kind.upper()} {quote(old)} ON {side.called(on)} RENAME TO {quote(new)}"
        return Step(text, identity)
    before = addressed(side, identity)
    at = before.rfind(side.called(identity))
    head, called, tail = before[:at], side.called(identity), before[at + len(side.called(identity)) :]
    place = called[: len(called) - len(quote(identity.name))] if called.endswith(quote(identity.name)) else ""
    return Step(f"ALTER {head}{place}{quote(old)}{tail} RENAME TO {quote(new)}", identity)


def likely_renames(old: Side, wanted: Side) -> list[str]:
    """Return where something is gone and something much like it is new, with the option that says it was renamed."""
    return [*_likely_tables(old, wanted), *_likely_columns(old, wanted)]


def _likely_tables(old: Side, wanted: Side) -> Iterator[str]:
    def columns(side: Side, table: Identity) -> set[tuple[str, str]]:
        return {(i.name, str(f["type"])) for i, f in side.facts.items() if i.kind == "column" and i.on == table}

    gone = [i for i in old.facts if i.kind == "table" and i not in wanted.facts]
    new = [i for i in wanted.facts if i.kind == "table" and i not in old.facts]
    for one in gone:
        for other in new:
            if columns(old, one) and columns(old, one) == columns(wanted, other):
                yield f"{one} is gone and {other} is new with the same columns: if it was renamed, say " + _option(
                    one.name, other.name
                )


def _likely_columns(old: Side, wanted: Side) -> Iterator[str]:
    gone = [i for i in old.facts if _is_tables(i) and i not in wanted.facts and i.on in wanted.facts]
    new = [i for i in wanted.facts if _is_tables(i) and i not in old.facts]
    for one in gone:
        others = [i for i in new if i.on == one.on and wanted.facts[i]["type"] == old.facts[one]["type"]]
        for other in others:
            table = one.on.name if one.on else ""
            yield f"{one} is gone and {other} of its type is new: if it was renamed, say " + _option(
                f"{table}.{one.name}", other.name
            )


def _is_tables(identity: Identity) -> bool:
    return identity.kind == "column" and bool(identity.on and identity.on.kind == "table")


def _option(old: str, new: str) -> str:
    return shlex.join(["--rename", f"{old}={new}"])

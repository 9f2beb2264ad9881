"""Gives a schema another name in facts that were read, so that two installations of one product compare equal.

Pure: facts in, facts out. Identities change by field; what the server printed as SQL changes name by name.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from slate_pg.catalog.identity import Identity, quote
from slate_pg.catalog.model import Facts

# Attributes that are a schema's name, or a list of them, and no qualified name.
_NAMES = ("config", "schema", "schemas")
_TOKEN = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|[\w$]+""")


def rename_schema(facts: Facts, old: str, new: str) -> Facts:
    """Return the facts with a schema's name replaced where it is a field, and in texts where it qualifies a name."""
    return {
        _identity(identity, old, new): {name: _value(value, name, old, new) for name, value in attributes.items()}
        for identity, attributes in facts.items()
    }


def _identity(identity: Identity, old: str, new: str) -> Identity:
    printed = identity.kind in ("cast", "transform")  # whose names are types, as the server prints them
    name = new if (identity.kind, identity.name) == ("schema", old) else identity.name
    return replace(
        identity,
        schema=new if identity.schema == old else identity.schema,
        name=replace_qualifier(name, old, new) if printed else name,
        on=_identity(identity.on, old, new) if identity.on else None,
        arguments=replace_qualifier(identity.arguments, old, new),
    )


def _value(value: Any, name: str, old: str, new: str) -> Any:
    if isinstance(value, list):
        return [_value(v, name, old, new) for v in value]
    if not isinstance(value, str):
        return value
    return replace_qualifier(value, old, new, alone=name in _NAMES)


def replace_qualifier(text: str, old: str, new: str, *, alone: bool = False) -> str:
    """Return SQL with the schema's name replaced where a dot follows it; with `alone`, only where none is beside it.

    Literals are SQL as well: '"a b".numbers'::regclass.
    """
    if old not in text and old.replace('"', '""') not in text:
        return text
    spellings = (quote(old), f'"{old.replace(chr(34), chr(34) * 2)}"')

    def change(token: re.Match[str]) -> str:
        if token[0][0] == "'":
            inner = replace_qualifier(token[0][1:-1].replace("''", "'"), old, new, alone=alone)
            return "'" + inner.replace("'", "''") + "'"
        dots = text[token.start() - 1 : token.start()] == ".", text[token.end() : token.end() + 1] == "."
        fits = dots == (False, False) if alone else dots == (False, True)
        return quote(new) if fits and token[0] in spellings else token[0]

    return _TOKEN.sub(change, text)

"""Names, types and expressions as people write them, brought to one spelling; the error for a name that is not there.

Pure functions: nothing here asks a server.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache

_PART = re.compile(r'"((?:[^"]|"")*)"|([^".]+)')
_SPELLINGS = {
    "int": "integer", "int4": "integer", "int2": "smallint", "int8": "bigint", "bool": "boolean",
    "float": "double precision", "float8": "double precision", "float4": "real", "decimal": "numeric",
    "varchar": "character varying", "varbit": "bit varying", "char": "character(1)", "character": "character(1)",
    "bit": "bit(1)", "timestamp": "timestamp without time zone", "timestamptz": "timestamp with time zone",
    "time": "time without time zone", "timetz": "time with time zone",
}  # fmt: skip
_TYPE = re.compile(r"^([^()\[\]]+?)\s*(?:(\([^)]*\))\s*([^()\[\]]*?))?\s*((?:\[\d*\])*)$")
_WORDS = r"(?:character varying|bit varying|double precision|(?:timestamp|time)(?:\(\d+\))? with(?:out)? time zone)"
_CAST = re.compile(rf'::(?:{_WORDS}|(?:"[^"]+"|\w+)(?:\.(?:"[^"]+"|\w+))?)(?:\(\s*\d+(?:\s*,\s*-?\d+)?\s*\))?(?:\[\])*')
_QUOTED = re.compile(r"""('(?:[^']|'')*'|"(?:[^"]|"")*")""")


class UnknownObject(LookupError):
    """A test names something that does not exist: an error in the test, never an answer."""


def unknown(kind: str, name: str, known: Iterable[str], look: str) -> UnknownObject:
    """Return the error for a name that is not there, with the nearest names and the SQL to look yourself."""
    near = nearest(name, known)
    suggestion = f"; did you mean {' or '.join(near)}?" if near else ""
    return UnknownObject(f"no {kind} {name}{suggestion}\n  look: {look}")


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """Return the names that look alike, nearest first, the same name in every schema that has it."""
    schemas: dict[str, list[str]] = {}
    for each in dict.fromkeys(known):
        schemas.setdefault(each.rpartition(".")[2], []).append(each)
    alike = get_close_matches(name.rpartition(".")[2], list(schemas), 3, 0.65)
    whole = get_close_matches(name, [n for names in schemas.values() for n in names], 3, 0.75)
    return list(dict.fromkeys([*whole, *(n for last in alike for n in schemas[last])]))[:8]


def split_name(name: str, schema: str | None = None) -> tuple[str | None, str]:
    """Return schema and name of `app.users`, `users` or `"Odd.Name"`; with a schema given, the name is taken whole."""
    if schema is not None:
        return schema, name
    parts = [quoted.replace('""', '"') or plain for quoted, plain in _PART.findall(name)]
    if len(parts) not in (1, 2):
        raise UnknownObject(f'"{name}" is no name: write it as users, app.users or "Odd.Name"')
    return (parts[0], parts[1]) if len(parts) == 2 else (None, parts[0])


def quoted(*parts: str) -> str:
    """Return an identifier as SQL wants it, quoted where it must be."""
    return ".".join(p if re.fullmatch(r"[a-z_][a-z0-9_$]*", p) else '"' + p.replace('"', '""') + '"' for p in parts)


def literal(text: str) -> str:
    """Return a string as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


@lru_cache(4096)
def type_name(text: str) -> str:
    """Return a type in the server's spelling: int4 is integer, varchar(20) is character varying(20)."""
    plain = re.sub(r"\s+", " ", text.strip()).removeprefix("pg_catalog.")
    found = _TYPE.match(plain)
    if not found:
        return plain
    name, modifier, rest, array = (g or "" for g in found.groups())
    array = "[]" if array else ""
    if not modifier:
        return _SPELLINGS.get(name.lower(), name) + array
    spelled = name if rest else _SPELLINGS.get(name.lower(), name).removesuffix("(1)")
    head, space, tail = spelled.partition(" ") if spelled.startswith("time") else (spelled, "", "")
    return f"{head}{modifier.replace(' ', '')}{space}{tail}{' ' + rest if rest else ''}{array}"


def same_type(have: str, want: str) -> bool:
    """Compare two types; one written without its schema matches whichever schema it lives in."""
    have, want = type_name(have), type_name(want)
    return have == want or ("." not in want and have.rpartition(".")[2] == want)


@lru_cache(4096)
def expression(text: str) -> str:
    """Return an expression without casts, outer parentheses and superfluous space, in lower case outside of quotes."""
    parts = _QUOTED.split(_CAST.sub("", text))
    plain = "".join(p if i % 2 else re.sub(r"\s+", " ", p).lower() for i, p in enumerate(parts)).strip()
    plain = re.sub(r"(?<![\w.])\((-?[\d.]+|'[^']*')\)", r"\1", plain)
    while plain.startswith("(") and _closes(plain) == len(plain) - 1:
        plain = plain[1:-1].strip()
    return plain


def same_expression(have: str | None, want: object) -> bool:
    """Compare what the server prints with what a test says: SQL text, or a plain value such as 0, True or 'new'."""
    if have is None or want is None:
        return have is None and want is None
    stripped = expression(have)
    bare = re.sub(r"\b(\w+|\"[^\"]+\")\.(?=\w+\()", "", stripped)
    return any(wanted in (stripped, bare) for wanted in _spelled(want))


def _spelled(want: object) -> set[str]:
    if isinstance(want, bool):
        return {str(want).lower()}
    if isinstance(want, str):
        return {expression(want), literal(want)}
    return {str(want), literal(str(want))}


def _closes(text: str) -> int:
    depth = 0
    for place, character in enumerate(_QUOTED.sub(lambda m: "x" * len(m[0]), text)):
        depth += (character == "(") - (character == ")")
        if depth == 0:
            return place
    return -1

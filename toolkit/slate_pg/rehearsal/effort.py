"""Weighs the expressions of a statement: about how long they take for one row, and which columns they read. Pure.

Seconds are those of the reference machine, as the constants of `estimate` are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import postgast
from postgast import pg_query_pb2 as pb

_FUNCTION, _OPERATOR, _REGEX, _LIKE = 6e-8, 2.5e-8, 2.5e-7, 8e-8
_CHANCE = 3e-6  # of asking the system for chance, as each random UUID does
_FUNCTIONS = {
    "gen_random_uuid": _CHANCE, "uuid_generate_v1": _CHANCE, "uuid_generate_v4": _CHANCE, "uuidv4": _CHANCE,
    "uuidv7": _CHANCE, "gen_random_bytes": _CHANCE, "to_tsvector": 3e-6, "md5": 4e-7, "sha224": 5e-7, "sha256": 5e-7,
    "sha384": 5e-7, "sha512": 5e-7, "digest": 6e-7, "crypt": 0.2, "lower": 1.2e-7, "upper": 1.2e-7, "initcap": 2e-7,
    "regexp_replace": 1e-6, "regexp_match": 6e-7, "regexp_split_to_array": 1.5e-6, "to_char": 6e-7, "to_date": 4e-7,
    "to_timestamp": 4e-7, "format": 4e-7, "jsonb_build_object": 8e-7, "json_build_object": 8e-7, "to_jsonb": 5e-7,
    "row_to_json": 1e-6, "nextval": 2.5e-7, "pg_sleep": 1.0,
}  # fmt: skip
_OPERATORS = {"~": _REGEX, "~*": _REGEX, "!~": _REGEX, "!~*": _REGEX, "~~": _LIKE, "~~*": 2 * _REGEX, "!~~": _LIKE}


@dataclass(frozen=True)
class Effort:
    """Seconds for one row, and the names of the columns that are read for it."""

    seconds: float = 0.0
    columns: frozenset[str] = frozenset()


def effort(text: str) -> Effort:
    """Return about how long the expressions of a statement take for one row; nothing for what cannot be read."""
    try:
        parsed = postgast.parse(text)
    except (postgast.PgQueryError, ValueError):
        return Effort()
    called = sum(_FUNCTIONS.get(_last(call.funcname), _FUNCTION) for call in postgast.find_nodes(parsed, pb.FuncCall))
    compared = sum(_OPERATORS.get(_last(e.name), _OPERATOR) for e in postgast.find_nodes(parsed, pb.A_Expr))
    columns = {f.string.sval for c in postgast.find_nodes(parsed, pb.ColumnRef) for f in list(c.fields)[-1:]}
    return Effort(called + compared + _serial(parsed), frozenset(columns - {""}))


def _serial(parsed: Any) -> float:
    """Return the time of taking a number for each row, where a column is added that has a sequence."""
    types = (_last(one.type_name.names) for one in postgast.find_nodes(parsed, pb.ColumnDef))
    return sum(_FUNCTIONS["nextval"] for name in types if name.endswith("serial"))


def _last(names: Any) -> str:
    return next((n.string.sval for n in reversed(names)), "")

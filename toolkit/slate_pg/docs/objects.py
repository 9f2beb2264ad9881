"""Makes functions, types and refusals of what was read. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import psycopg.errors

from slate_pg.catalog.identity import Identity
from slate_pg.docs.model import Enum, Function, Refusal, Use
from slate_pg.docs.naming import Name, trees_of
from slate_pg.docs.reading import Origins, Source

_STATES = {"p": "23505", "u": "23505", "c": "23514", "f": "23503", "x": "23P01"}
_KEPT = {
    "p": "is taken already", "u": "is taken already", "c": "does not hold", "f": "no such row, or rows refer to it",
    "x": "meets another row",
}  # fmt: skip
_ERROR_LEVEL = 21  # RAISE EXCEPTION, in PL/pgSQL's tree
_OPTIONS = {0: "ERRCODE", 1: "MESSAGE", 3: "HINT", 5: "CONSTRAINT"}  # PLpgSQL_raise_option_type
_STRING = re.compile(r"'((?:[^']|'')*)'")


def make_functions(source: Source, origins: Origins, uses: Mapping[Name, Sequence[Use]]) -> list[Function]:
    """Return functions, procedures and aggregates, by schema, name and arguments."""
    found = [i for i in source.facts if i.kind in ("function", "procedure", "aggregate")]
    return [
        _function(source, identity, origins, uses)
        for identity in sorted(found, key=lambda i: (i.schema, i.name, i.arguments))
    ]


def _function(source: Source, identity: Identity, origins: Origins, uses: Mapping[Name, Sequence[Use]]) -> Function:
    facts = source.facts[identity]
    return Function(
        identity.schema,
        identity.name,
        str(facts.get("arguments") or ""),
        str(facts.get("result") or ""),
        str(facts["language"]),
        str(facts.get("sql_body") or facts.get("body") or "").strip(),
        source.comment(identity),
        bool(facts.get("security_definer")),
        next(iter(origins.get(identity, ())), ""),
        tuple(uses.get((identity.schema, identity.name), ())),
    )


def make_types(source: Source) -> list[Enum]:
    """Return enums, domains, composite types and ranges, by schema and name."""
    found = [i for i in source.facts if i.kind in ("type", "domain") and not i.on]
    return [
        Enum(i.schema, i.name, tuple(source.facts[i].get("labels") or ()), _definition(source, i), source.comment(i))
        for i in sorted(found, key=lambda i: (i.schema, i.name))
    ]


def _definition(source: Source, identity: Identity) -> str:
    facts = source.facts[identity]
    if identity.kind == "domain":
        checks = [
            f"CONSTRAINT {i.name} {f['definition']}"
            for i, f in source.facts.items()
            if i.kind == "constraint" and i.on == identity
        ]
        return " ".join([str(facts.get("base") or ""), "NOT NULL" if facts.get("not_null") else "", *checks]).strip()
    attributes = [
        (f["position"], f"{i.name} {f['type']}")
        for i, f in source.facts.items()
        if i.kind == "column" and i.on == identity
    ]
    return ", ".join(words for _, words in sorted(attributes)) or str(facts.get("range") or "")


def make_refusals(source: Source) -> list[Refusal]:
    """Return what a service can be refused: constraints by name, and what functions raise, with their SQLSTATEs."""
    return sorted(
        {*_of_constraints(source), *_of_indexes(source), *_raised(source)},
        key=lambda r: (r.sqlstate, r.raised_by, r.text),
    )


def _of_constraints(source: Source) -> Iterator[Refusal]:
    for identity, facts in source.facts.items():
        if identity.kind == "constraint" and facts["kind"] in _STATES and not facts.get("inherited"):
            said = source.comment(identity) or f"{_KEPT[facts['kind']]}: {facts['definition']}"
            yield Refusal(
                _STATES[facts["kind"]], said, f"{identity.on.qualified if identity.on else ''} {identity.name}"
            )


def _of_indexes(source: Source) -> Iterator[Refusal]:
    """Yield unique indexes that no constraint has."""
    kept = {f.get("index") for i, f in source.facts.items() if i.kind == "constraint"}
    for identity, facts in source.facts.items():
        if identity.kind == "index" and facts.get("unique") and not identity.on and identity.qualified not in kept:
            said = source.comment(identity) or f"is taken already: {facts['definition']}"
            yield Refusal("23505", said, f"{facts['table']} {identity.name}")


def _raised(source: Source) -> Iterator[Refusal]:
    for identity, facts in source.facts.items():
        if identity.kind in ("function", "procedure") and facts["language"] == "plpgsql":
            trees = trees_of(str(facts.get("arguments") or ""), str(facts.get("result") or ""), str(facts["body"]))
            for raising in _raises(trees):
                yield _refusal(raising, f"{identity.schema}.{identity.name}()")


def _raises(node: Any) -> Iterator[dict[str, Any]]:
    """Yield the RAISE EXCEPTION statements of a tree."""
    if isinstance(node, list):
        for one in node:
            yield from _raises(one)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "PLpgSQL_stmt_raise" and value.get("elog_level", _ERROR_LEVEL) == _ERROR_LEVEL:
                if value.get("message") or value.get("options") or value.get("condname"):
                    yield value
            else:
                yield from _raises(value)


def _refusal(raising: Mapping[str, Any], function: str) -> Refusal:
    given = {}
    for option in raising.get("options", ()):
        inner = option.get("PLpgSQL_raise_option", {})
        given[_OPTIONS.get(inner.get("opt_type", 0), "")] = (
            inner.get("expr", {}).get("PLpgSQL_expr", {}).get("query", "")
        )
    code = "".join(_STRING.findall(given.get("ERRCODE", ""))[:1]) or str(raising.get("condname") or "raise_exception")
    text = str(raising.get("message") or "") or _words(given.get("MESSAGE", ""))
    constraint = _words(given.get("CONSTRAINT", ""))
    return Refusal(code_of(code), text, f"{function} {constraint}".strip(), _words(given.get("HINT", "")))


def _words(expression: str) -> str:
    """Return the strings of an expression, one after the other; the expression itself where it has none."""
    return "".join(found.replace("''", "'") for found in _STRING.findall(expression)) or expression


def code_of(condition: str) -> str:
    """Return the SQLSTATE of a condition's name, or of a SQLSTATE itself; the name where it is not known."""
    if re.fullmatch(r"[0-9A-Z]{5}", condition):
        return condition
    known = {"raise_exception": "P0001", "no_data_found": "P0002"}
    found = getattr(psycopg.errors, "".join(word.capitalize() for word in condition.split("_")), None)
    return known.get(condition) or str(getattr(found, "sqlstate", None) or condition)

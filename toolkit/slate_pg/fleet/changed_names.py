"""Compares an installation before and after a new name: nothing else may be another. Reads only."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from slate_pg.catalog import reader
from slate_pg.catalog.identity import Identity
from slate_pg.catalog.model import Facts
from slate_pg.catalog.renaming import rename_schema
from slate_pg.errors import SlateError
from slate_pg.postgres.connection import Connection


def seen(connection: Connection, schema: str) -> Facts:
    """Return the facts of a schema. Reads only."""
    return reader.read_facts(connection, [schema], database=False)


def under_other_name(facts: Facts, schema: str, name: str, roles: Collection[str]) -> Facts:
    """Return an installation's facts as another's would be: with that one's schema and roles, by their ends. Pure."""
    if schema == name:
        return facts
    named = {schema + role: name + role for role in roles}

    def known(value: Any) -> Any:
        if isinstance(value, list):
            return [known(one) for one in value]
        return named.get(value, value) if isinstance(value, str) else value

    return {
        Identity(i.kind, i.schema, named.get(i.name, i.name) if i.kind == "grant" else i.name, i.on, i.arguments): {
            key: known(value) for key, value in attributes.items()
        }
        for i, attributes in rename_schema(facts, schema, name).items()
    }


def refuse_differences(before: Facts, after: Facts, old: str, new: str, roles: Collection[str]) -> None:
    """SlateError, with names, where something but names is another."""
    expected = under_other_name(before, old, new, [role[len(old) :] for role in roles])
    again = rename_schema(after, old, new)  # texts that run later may hold what they held
    kept = dict(zip(after, again.values(), strict=True))
    strange = [i for i in after if i not in expected] + [
        i for i, attributes in expected.items() if i not in after or not _is_kept(after[i], kept[i], attributes)
    ]
    differing = sorted(map(str, strange))
    if differing:
        raise SlateError(
            f'under the name "{new}" {len(differing)} objects would not be what they are',
            detail=[f"  {one}" for one in differing[:20]],
            hint="Nothing was changed. What is named knows the schema by a way of its own; see it with \\d+ in psql.",
        )


def _is_kept(now: Mapping[str, Any], again: Mapping[str, Any], expected: Mapping[str, Any]) -> bool:
    """Tell whether an object is what it was, under the new name; a path must have that name, a text need not. Pure."""
    if now.keys() != expected.keys():
        return False
    paths = [[s for s in each.get("config") or [] if s.startswith("search_path=")] for each in (now, expected)]
    return paths[0] == paths[1] and all(expected[key] in (now[key], again[key]) for key in now)

"""The rules a schema is held to, each a function over the facts of its catalog.

Pure: a catalog in, (object, message) out. The docstring of a rule is what it demands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from slate_pg.catalog.identity import Identity
from slate_pg.catalog.model import Catalog, Facts
from slate_pg.errors import Misuse, did_you_mean

Breach = tuple[Identity, str]

# What holds for any folder of migrations; the others are a house's own.
GENERIC = ("graph", "replay", "rollback")
_RELATIONS = ("table", "view", "materialized view", "foreign table")
_ROUTINES = ("function", "procedure", "aggregate")
_FILES = ("graph", "replay", "rollback", "snapshot", "lint", "plpgsql")

_READS = re.compile(r"\b(?:FROM|JOIN|INTO|UPDATE|TABLE|USING)\s+(?:ONLY\s+)?(\"[^\"]+\"|\w+)", re.I)
_LITERALS_AND_COMMENTS = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'", re.S)


def foreign_keys_indexed(catalog: Catalog) -> Iterator[Breach]:
    """Each foreign key has an index that leads with its columns: without one every DELETE of the parent scans."""
    indexes = [f for _, f in _of_kind(catalog.facts, "index")]
    for identity, constraint in _of_kind(catalog.facts, "constraint"):
        if constraint["kind"] != "f" or constraint["inherited"]:
            continue
        columns = listed(constraint["definition"])
        if not any(i["table"] == constraint["table"] and _leads_with(i, columns) for i in indexes):
            yield identity, f"no index leads with ({', '.join(columns)})"


def listed(definition: str) -> list[str]:
    """Return what stands in the first parentheses of a definition, split at the commas between them."""
    inside, depth, parts = definition.partition("(")[2], 0, [""]
    for character in inside:
        depth += (character in "([") - (character in ")]")
        if depth < 0:
            break
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]


def _leads_with(index: dict[str, Any], columns: list[str]) -> bool:
    definition = str(index["definition"])
    keys = [_column(key) for key in listed(definition)]
    partial = definition.partition(" WHERE ")[2]
    harmless = partial in {f"({column} IS NOT NULL)" for column in columns}
    return bool(index["valid"]) and keys[0] in columns and (not partial or harmless)


def _column(key: str) -> str:
    """Return the column of an index key without its order and operator class."""
    return key.rpartition('"')[0] + '"' if key.startswith('"') else key.split(" ")[0]


def search_path_pinned(catalog: Catalog) -> Iterator[Breach]:
    """Each function that reads or writes tables, or is SECURITY DEFINER, pins its search_path."""
    relations = {identity.name for identity, _ in _of_kind(catalog.facts, *_RELATIONS)}
    for identity, function in _of_kind(catalog.facts, "function", "procedure"):
        if any(str(setting).startswith("search_path=") for setting in function["config"] or ()):
            continue
        if function["security_definer"]:
            yield identity, "SECURITY DEFINER without SET search_path"
        elif function["language"] in ("sql", "plpgsql"):
            touched = tables_in(function["body"]) & relations
            if touched:
                yield identity, f"touches {', '.join(sorted(touched))} without SET search_path"


def tables_in(body: str) -> set[str]:
    """Return the unqualified names that follow FROM, JOIN, INTO, UPDATE and their kin in a function's body."""
    return {name.strip('"') for name in _READS.findall(_LITERALS_AND_COMMENTS.sub(" ", body))}


def commented(catalog: Catalog) -> Iterator[Breach]:
    """Each table, view, type and function says in a COMMENT what it is."""
    for identity, facts in _of_kind(catalog.facts, *_RELATIONS, "type", "domain", *_ROUTINES):
        if not facts.get("partition_bound") and Identity("comment", on=identity) not in catalog.facts:
            yield identity, "has no comment"


def no_public_execute(catalog: Catalog) -> Iterator[Breach]:
    """No function may be called by everybody: EXECUTE is granted to the roles that need it."""
    for identity, _ in _of_kind(catalog.facts, *_ROUTINES):
        if Identity("grant", name="public", on=identity) in catalog.facts:
            yield identity, "EXECUTE is granted to PUBLIC"


def policies_present(catalog: Catalog) -> Iterator[Breach]:
    """Each table with row security has a policy, partitions left out: nobody is meant to ask them."""
    governed = {identity.on for identity, _ in _of_kind(catalog.facts, "policy")}
    for identity, table in _of_kind(catalog.facts, "table"):
        if table["row_security"] and not table["partition_bound"] and identity not in governed:
            yield identity, "row security is on and there is no policy, so nobody sees a row"


def partitions_guarded(catalog: Catalog) -> Iterator[Breach]:
    """Each partition of a table with row security has it too: a leaf is not covered by its parent's policies."""
    everything = catalog.everything
    guarded = {identity.qualified for identity, table in _of_kind(everything, "table") if table["row_security"]}
    for identity, table in _of_kind(everything, "table"):
        parents = table["inherits"] if table["partition_bound"] else ()
        if not guarded.isdisjoint(parents) and not table["row_security"]:
            yield identity, f"row security is off, and on for {table['inherits'][0]}"


RULES: dict[str, Callable[[Catalog], Iterator[Breach]]] = {
    rule.__name__: rule
    for rule in (
        foreign_keys_indexed, search_path_pinned, commented, no_public_execute, policies_present, partitions_guarded,
    )
}  # fmt: skip
SEVERITY = {
    "foreign_keys_indexed": "performance",
    "commented": "cosmetic",
    "search_path_pinned": "security",
    "no_public_execute": "security",
    "policies_present": "security",
    "partitions_guarded": "security",
}
ALL = _FILES + tuple(RULES)


def chosen(names: Sequence[str]) -> tuple[str, ...]:
    """Return the rules of these names; "all" and "generic" stand for several. Misuse for one that there is not."""
    groups = {"all": ALL, "generic": GENERIC} | {name: (name,) for name in ALL}
    for name in names:
        if name not in groups:
            raise Misuse(f'no rule "{name}"', hint=did_you_mean(name, groups))
    return tuple(dict.fromkeys(rule for name in names for rule in groups[name]))


def _of_kind(facts: Facts, *kinds: str) -> Iterator[tuple[Identity, dict[str, Any]]]:
    for identity, attributes in facts.items():
        if identity.kind in kinds:
            yield identity, attributes

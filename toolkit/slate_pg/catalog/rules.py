"""The rules a schema is held to, by `check` and by `doctor`, each a function over the facts of its catalog.

Pure: a catalog in, breaches out. The docstring of a rule is what it demands, and after the colon why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from slate_pg.catalog.definitions import calls_in, column_of, listed, reads_rows, serves_lookups, split_index, tables_in
from slate_pg.catalog.identity import Identity, quote
from slate_pg.catalog.model import Catalog, Facts
from slate_pg.errors import Misuse, did_you_mean


@dataclass(frozen=True)
class Breach:
    """One object that a rule does not hold for: what was found, and the statement that mends it where there is one."""

    object: Identity
    found: str
    fix: str = ""


# What holds for any folder of migrations; the others are a house's own.
GENERIC = ("graph", "replay", "rollback")
_RELATIONS = ("table", "view", "materialized view", "foreign table")
_ROUTINES = ("function", "procedure", "aggregate")
_ACCOUNTS = ("users", "accounts", "people", "persons", "members")
_CLOSED = ("is_active", "active", "deleted_at", "closed_at", "deactivated_at", "disabled_at", "suspended_at")
_FILES = ("graph", "replay", "rollback", "snapshot", "lint", "plpgsql")


def foreign_keys_indexed(catalog: Catalog) -> Iterator[Breach]:
    """Each foreign key has an index that leads with all its columns: without one a DELETE of the parent reads all rows.

    In any order, whole or WHERE one of them IS NOT NULL; or an index that leads with one column, where that column
    alone is unique in the parent.
    """
    indexes: dict[str, list[dict[str, Any]]] = {}
    for _, index in _of_kind(catalog.facts, "index"):
        indexes.setdefault(index["table"], []).append(index)
    for identity, key in _of_kind(catalog.facts, "constraint"):
        if key["kind"] != "f" or key["inherited"]:
            continue
        columns = listed(key["definition"])
        parents = listed(key["definition"].partition(f" REFERENCES {key['references']}")[2])
        there = [i for i in indexes.get(key["table"], ()) if i["valid"] and serves_lookups(i["definition"], columns)]
        alone = _unique_alone(indexes.get(key["references"], ()))
        enough = [{c} for c, parent in zip(columns, parents, strict=False) if parent in alone]
        if not any(_leads_with(i["definition"], wanted) for i in there for wanted in (set(columns), *enough)):
            names = ", ".join(columns)
            fix = f"CREATE INDEX CONCURRENTLY ON {key['table']} ({names});"
            yield Breach(identity, f"no index leads with ({names})", fix)


def _leads_with(definition: str, columns: set[str]) -> bool:
    keys, _ = split_index(definition)
    return {column_of(key) for key in keys[: len(columns)]} == columns


def _unique_alone(indexes: Sequence[dict[str, Any]]) -> set[str]:
    """Return the columns of a table that are unique each by itself."""
    parts = [split_index(i["definition"]) for i in indexes if i["unique"] and i["valid"]]
    return {column_of(keys[0]) for keys, predicate in parts if len(keys) == 1 and not predicate}


def search_path_pinned(catalog: Catalog) -> Iterator[Breach]:
    """Each function that touches tables, or is SECURITY DEFINER, pins its search_path: else it follows the caller's.

    Then the caller decides which table is meant, another schema's or an attacker's.
    """
    relations: dict[str, set[str]] = {}
    for identity, _ in _of_kind(catalog.facts, *_RELATIONS):
        relations.setdefault(identity.schema, set()).add(identity.name)
    for identity, function in _of_kind(catalog.facts, "function", "procedure"):
        if any(str(setting).startswith("search_path=") for setting in function["config"] or ()):
            continue
        path = f"SET search_path = {quote(identity.schema)}, pg_temp;"
        fix = f"ALTER {identity.kind.upper()} {identity.qualified} {path}"
        if function["security_definer"]:
            yield Breach(identity, "SECURITY DEFINER without SET search_path", fix)
        elif function["language"] in ("sql", "plpgsql"):
            touched = tables_in(function["body"]) & relations.get(identity.schema, set())
            if touched:
                yield Breach(identity, f"touches {', '.join(sorted(touched))} without SET search_path", fix)


def commented(catalog: Catalog) -> Iterator[Breach]:
    """Each table, view, type and function says in a COMMENT what it is."""
    for identity, facts in _of_kind(catalog.facts, *_RELATIONS, "type", "domain", *_ROUTINES):
        if not facts.get("partition_bound") and Identity("comment", on=identity) not in catalog.facts:
            yield Breach(identity, "has no comment")


def no_public_execute(catalog: Catalog) -> Iterator[Breach]:
    """No function may be called by everybody: EXECUTE is granted to the roles that need it."""
    for identity, _ in _of_kind(catalog.facts, *_ROUTINES):
        if Identity("grant", name="public", on=identity) in catalog.facts:
            yield Breach(identity, "EXECUTE is granted to PUBLIC")


def policies_present(catalog: Catalog) -> Iterator[Breach]:
    """Each table with row security has a policy, partitions left out: without one nobody but the owner sees a row."""
    governed = {identity.on for identity, _ in _of_kind(catalog.facts, "policy")}
    for identity, table in _of_kind(catalog.facts, "table"):
        if table["row_security"] and not table["partition_bound"] and identity not in governed:
            fix = f"CREATE POLICY … ON {identity.qualified} …;"
            yield Breach(identity, "row security is on and there is no policy, so nobody sees a row", fix)


def partitions_guarded(catalog: Catalog) -> Iterator[Breach]:
    """Each partition of a table with row security has it too: a leaf is not covered by its parent's policies."""
    everything = catalog.everything
    guarded = {identity.qualified for identity, table in _of_kind(everything, "table") if table["row_security"]}
    for identity, table in _of_kind(everything, "table"):
        parents = [name.removesuffix(" (detach pending)") for name in table["inherits"] or ()]
        if table["partition_bound"] and not table["row_security"] and not guarded.isdisjoint(parents):
            fix = f"ALTER TABLE {identity.qualified} ENABLE ROW LEVEL SECURITY;"
            yield Breach(identity, f"row security is off, and on for {parents[0]}", fix)


def policies_in_force(catalog: Catalog) -> Iterator[Breach]:
    """Each policy stands on a table whose row security is on: else it reads like a protection and binds nobody."""
    for identity, policy in _of_kind(catalog.facts, "policy"):
        if identity.on and not catalog.facts.get(identity.on, {}).get("row_security", True):
            fix = f"ALTER TABLE {policy['table']} ENABLE ROW LEVEL SECURITY;"
            yield Breach(identity, f"row security of {policy['table']} is off, so the policy binds nobody", fix)


def policies_ask_the_account(catalog: Catalog) -> Iterator[Breach]:
    """Each policy asks a function that looks the account up who the caller is: else a closed account goes on as before.

    Where accounts are rows that can be switched off (users.is_active, accounts.deleted_at and their kin).
    """
    closable = {
        identity.on.schema
        for identity, _ in _of_kind(catalog.facts, "column")
        if identity.on and identity.on.name in _ACCOUNTS and identity.name in _CLOSED
    }
    blind: dict[str, set[str]] = {}
    for identity, function in _of_kind(catalog.facts, "function"):
        body = f"{function['body'] or ''} {function['sql_body'] or ''}"
        if "app.user_id" in body and not reads_rows(body):
            blind.setdefault(identity.schema, set()).add(identity.name)
    for identity, policy in _of_kind(catalog.facts, "policy"):
        if not identity.on or identity.on.schema not in closable:
            continue
        text = f"{policy['using'] or ''} {policy['with_check'] or ''}"
        asked = sorted(calls_in(text) & blind.get(identity.on.schema, set()))
        if asked or "app.user_id" in text:
            what = f"{asked[0]}()" if asked else "app.user_id itself"
            yield Breach(identity, f"asks {what}, which does not look whether the account is active")


RULES: dict[str, Callable[[Catalog], Iterator[Breach]]] = {
    rule.__name__: rule
    for rule in (
        foreign_keys_indexed, search_path_pinned, commented, no_public_execute, policies_present, partitions_guarded,
        policies_in_force, policies_ask_the_account,
    )
}  # fmt: skip
SEVERITY = {
    "foreign_keys_indexed": "performance",
    "commented": "cosmetic",
    "search_path_pinned": "security",
    "no_public_execute": "security",
    "policies_present": "security",
    "partitions_guarded": "security",
    "policies_in_force": "security",
    "policies_ask_the_account": "security",
}
# Queries that are asked of what migrations build; doctor has all but the keys.
ASKED = {
    "index_duplicate": "performance",
    "table_without_primary_key": "integrity",
    "view_past_row_security": "security",
}
MANNERS = ("schema_unnamed", "rollback_exact", "rollback_says_loss")
ALL = _FILES + MANNERS + tuple(RULES) + tuple(ASKED)
# What doctor asks of a live database as well; the others are manners of a house, and no illness.
OF_HEALTH = (
    "foreign_keys_indexed", "search_path_pinned", "policies_present", "partitions_guarded", "policies_in_force",
    "policies_ask_the_account",
)  # fmt: skip


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

"""Mutants of who may do what: row security, policies and grants. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from slate_pg.catalog.identity import Identity, quote
from slate_pg.mutation import reach
from slate_pg.mutation.expressions import condition_variants
from slate_pg.mutation.model import ADDED, LEAK, REFUSAL, WRONG_WRITE, Mutant, World

_COMMANDS = {"r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE", "*": "any command"}
_VERBS = ("SELECT", "INSERT", "UPDATE", "DELETE")
_ON = {
    "table": "TABLE", "view": "TABLE", "materialized view": "TABLE", "foreign table": "TABLE", "sequence": "SEQUENCE",
    "function": "FUNCTION", "aggregate": "FUNCTION", "procedure": "PROCEDURE", "schema": "SCHEMA", "type": "TYPE",
    "domain": "DOMAIN",
}  # fmt: skip
_RELATIONS = ("table", "view", "materialized view", "foreign table")


def mutants(world: World) -> Iterator[Mutant]:
    """Yield the mutants of row security, policies and grants."""
    yield from _row_security(world)
    for identity, policy in world.of_kind("policy"):
        yield from _opened(identity, policy)
        yield from _parts(identity, policy)
    yield from _revoked(world)
    yield from _granted(world)


def _row_security(world: World) -> Iterator[Mutant]:
    tables = {i: t for i, t in world.of_kind("table") if t["row_security"]}
    first: dict[str, Identity] = {}
    for leaf in sorted(world.catalog.leaves, key=str):
        if world.catalog.leaves[leaf].get(leaf, {}).get("row_security"):
            first.setdefault(world.catalog.periods[leaf], leaf)
    for identity in [*tables, *first.values()]:
        missing = f"a role that has a right on {identity.qualified} sees nothing of others there"
        what = "row security off" if identity in tables else "row security of a leaf off"
        alter = f"ALTER TABLE {identity.qualified}"
        yield Mutant(what, str(identity), (f"{alter} DISABLE ROW LEVEL SECURITY",), missing, LEAK, (identity.name,),
                     identity.name, reach=reach.of_row_security(identity))  # fmt: skip
        if tables.get(identity, {}).get("force_row_security"):
            missing = f"the owner of {identity.qualified} is bound by its policies"
            yield Mutant("row security not forced", str(identity), (f"{alter} NO FORCE ROW LEVEL SECURITY",), missing,
                         LEAK, (identity.name,), identity.name)  # fmt: skip


def _of_policy(
    identity: Identity, kind: str, statement: str, missing: str, detail: str = "", harm: str = LEAK, reached: str = ""
) -> Mutant:
    table = identity.on.name if identity.on else ""
    return Mutant(kind, str(identity), (statement,), missing, harm, (identity.name, table), table, detail, reached)


def _opened(identity: Identity, policy: dict[str, Any]) -> Iterator[Mutant]:
    """Yield a policy dropped, with true as its USING or its WITH CHECK, and for everybody."""
    table, command = policy["table"], policy["command"]
    on = f"POLICY {quote(identity.name)} ON {table}"
    permissive = policy["permissive"]
    drop_missing = (
        f"{_COMMANDS[command]} on {table} does what {identity.name} allows"
        if permissive
        else f"{_COMMANDS[command]} on {table} is refused what {identity.name} forbids"
    )
    yield _of_policy(identity, "policy dropped", f"DROP {on}", drop_missing, harm=REFUSAL if permissive else LEAK)
    if policy["using"] not in (None, "true"):
        missing = f"{_COMMANDS[command]} on {table} as somebody else than {identity.name} means finds nothing"
        yield _of_policy(identity, "policy USING true", f"ALTER {on} USING (true)", missing)
    checked = policy["with_check"] if policy["with_check"] is not None else policy["using"]
    if command in "aw*" and checked not in (None, "true"):
        missing = f"a row of {table} for somebody else is refused ({identity.name})"
        statement = f"ALTER {on} WITH CHECK (true)"
        yield _of_policy(identity, "policy WITH CHECK true", statement, missing, harm=WRONG_WRITE)
    if "PUBLIC" not in policy["roles"]:
        missing = f"another role than {', '.join(policy['roles'])} gets nothing from {identity.name} on {table}"
        reached = reach.of_policy(identity.on, identity.name) if identity.on else ""
        yield _of_policy(identity, "policy for PUBLIC", f"ALTER {on} TO PUBLIC", missing, reached=reached)


def _parts(identity: Identity, policy: dict[str, Any]) -> Iterator[Mutant]:
    """Yield a policy with one operand left out, or a boundary moved."""
    on = f"POLICY {quote(identity.name)} ON {policy['table']}"
    for name, words, harm in (("using", "USING", LEAK), ("with_check", "WITH CHECK", WRONG_WRITE)):
        for said, changed in condition_variants(policy[name]) if policy[name] else ():
            detail = f"{words} {said}"
            refuses = said.startswith("without OR")
            missing = f"{identity.name} on {policy['table']} is tried with a row that only this part decides: {said}"
            yield _of_policy(
                identity, "policy changed", f"ALTER {on} {words} ({changed})", missing, detail,
                REFUSAL if refuses else harm,
            )  # fmt: skip


def _target(on: Identity) -> str | None:
    """Return what a GRANT names an object by; None for what is not granted on here."""
    return f"{_ON[on.kind]} {on.qualified}" if on.kind in _ON else None


def _whom(grantee: str) -> str:
    return "PUBLIC" if grantee == "public" else quote(grantee)


def _revoked(world: World) -> Iterator[Mutant]:
    for identity, grant in world.of_kind("grant"):
        on = identity.on
        if on is None or identity.name == "" or (identity.name == "public" and on.kind in ("type", "domain")):
            continue
        for privilege in sorted(p.removesuffix("*") for p in grant["privileges"] or ()):
            column = f" ({quote(on.name)})" if on.kind == "column" else ""
            target = _target(on.on if on.kind == "column" and on.on else on)
            if target is None:
                continue
            statement = f"REVOKE {privilege}{column} ON {target} FROM {_whom(identity.name)}"
            place = on.on if on.kind == "column" and on.on else on
            missing = f"{identity.name} uses {privilege} on {on.qualified or on.name}"
            yield Mutant("grant revoked", str(identity), (statement,), missing, REFUSAL,
                         (on.name, place.name, identity.name), place.name, privilege,
                         reach.of_privilege(on, privilege))  # fmt: skip


def _granted(world: World) -> Iterator[Mutant]:
    """Yield each verb that a role with other rights in the schema is not granted."""
    for identity, facts in world.of_kind(*_RELATIONS, "function", "procedure"):
        routine = identity.kind in ("function", "procedure")
        if facts.get("partition_bound") or (routine and facts["result"] in ("trigger", "event_trigger")):
            continue
        for role in world.people:
            grant = world.facts.get(Identity("grant", name=role, on=identity), {})
            public = world.facts.get(Identity("grant", name="public", on=identity), {})
            there = {p.removesuffix("*") for g in (grant, public) for p in g.get("privileges") or ()}
            for verb in ("EXECUTE",) if routine else _VERBS:
                if verb in there or (verb != "SELECT" and identity.kind == "materialized view"):
                    continue
                missing = f"{role} is refused {verb} on {identity.qualified}"
                statement = f"GRANT {verb} ON {_target(identity)} TO {quote(role)}"
                harm = LEAK if verb in ("SELECT", "EXECUTE") else WRONG_WRITE
                yield Mutant(ADDED, str(identity), (statement,), missing, harm, (identity.name, role),
                             identity.name, f"{verb} to {role}", reach.of_privilege(identity, verb))  # fmt: skip

"""Owners, privileges, comments, roles and their settings: what is said of objects. Pure: facts in, statements out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from slate_pg.catalog.identity import Identity, quote
from slate_pg.draft.side import Side
from slate_pg.draft.words import DATABASE, Step, addressed, literal, role_word, schema_word

OF_OTHERS = ("grant", "comment", "security label", "default privileges", "role", "membership", "setting")
Told = Mapping[str, Any] | None
_ATTRIBUTES = {
    "superuser": "SUPERUSER", "inherit": "INHERIT", "create_role": "CREATEROLE", "create_database": "CREATEDB",
    "login": "LOGIN", "replication": "REPLICATION", "bypass_row_security": "BYPASSRLS",
}  # fmt: skip
_LISTS = ("search_path", "session_preload_libraries", "local_preload_libraries", "temp_tablespaces", "DateStyle")


def say(dst: Side, identity: Identity, old: Told, new: Told) -> list[Step] | None:
    """Return the statements that bring what is said of an object to what it should be; None for what has no words."""
    by_kind = {"grant": _grant, "comment": _comment, "default privileges": _default, "role": _role,
               "membership": _membership, "setting": _setting}  # fmt: skip
    if identity.kind not in by_kind:
        return None
    return [Step(text, identity) for text in by_kind[identity.kind](dst, identity, old, new)]


def owner(dst: Side, identity: Identity, wanted: str) -> Step:
    """Return the statement that gives an object its owner."""
    return Step(f"ALTER {addressed(dst, identity)} OWNER TO {role_word(dst, wanted)}", identity)


def _whom(side: Side, identity: Identity, on: Identity) -> str:
    """Return who a grant is to: everybody, the owner of the object, or a role."""
    if identity.name == "public":
        return "PUBLIC"
    if identity.name:
        return role_word(side, identity.name)
    holder = on.on if on.kind == "column" and on.on else on
    return role_word(side, str(side.facts.get(holder, {}).get("owner") or side.role))


def _target(side: Side, on: Identity) -> tuple[str, str]:
    """Return what stands behind ON in GRANT, and the list of columns behind each privilege."""
    if on.kind == "column" and on.on:
        return f"TABLE {side.called(on.on)}", f" ({quote(on.name)})"
    if on.kind in ("view", "materialized view", "foreign table"):
        return f"TABLE {side.called(on)}", ""
    if on.kind == "server":
        return f"FOREIGN SERVER {side.called(on)}", ""
    if on.kind == "aggregate":
        return f"FUNCTION {side.called(on)}({_plainly(str(side.told(on).get('signature', on.arguments)))})", ""
    if on.kind == "database":
        return "DATABASE", ""
    return addressed(side, on), ""


def _plainly(signature: str) -> str:
    """Return the arguments of an aggregate as a function's are written."""
    direct, _, sorted_by = f" {signature}".partition(" ORDER BY ")
    kept = [part for part in (direct.strip(), sorted_by) if part and part != "*"]
    twice = len(kept) == 2 and kept[0] == kept[1] and kept[0].startswith("VARIADIC ")
    return ", ".join(kept[:1] if twice else kept)


def _grant(side: Side, identity: Identity, old: Told, new: Told) -> Iterator[str]:
    on = identity.on or identity
    what, columns = _target(side, on)
    what = f"DATABASE {DATABASE}" if what == "DATABASE" else what.removeprefix("TABLE ")
    whom = _whom(side, identity, on)
    yield from _difference(old, new, f"ON {what}", columns, whom)


def _difference(
    old: Mapping[str, Any] | None, new: Mapping[str, Any] | None, on: str, columns: str, whom: str, head: str = ""
) -> Iterator[str]:
    """Yield the grants and revokes that lead from some privileges to others; * marks what may be passed on."""
    before, after = ({*((facts or {}).get("privileges") or ())} for facts in (old, new))
    held, wanted = ({p.rstrip("*") for p in each} for each in (before, after))

    def listed(privileges: set[str]) -> str:
        return ", ".join(f"{p}{columns}" for p in sorted(privileges))

    if gone := held - wanted:
        yield f"{head}REVOKE {listed(gone)} {on} FROM {whom}"
    passes = {p.rstrip("*") for p in before if p.endswith("*")} & {p for p in after if not p.endswith("*")}
    if passes:
        yield f"{head}REVOKE GRANT OPTION FOR {listed(passes)} {on} FROM {whom}"
    if more := {p for p in after if not p.endswith("*")} - held:
        yield f"{head}GRANT {listed(more)} {on} TO {whom}"
    if more := {p.rstrip("*") for p in after - before if p.endswith("*")}:
        yield f"{head}GRANT {listed(more)} {on} TO {whom} WITH GRANT OPTION"


def _comment(side: Side, identity: Identity, old: Told, new: Told) -> Iterator[str]:
    on = identity.on or identity
    text = "NULL" if new is None else literal(str(new["text"]))
    if on.kind == "database":
        said = f"COMMENT ON DATABASE {DATABASE} IS {text}"
    elif on.kind == "role":
        said = f"COMMENT ON ROLE {quote(on.name)} IS {text}"
    else:
        said = f"COMMENT ON {addressed(side, on)} IS {text}"
    yield said


def _default(side: Side, identity: Identity, old: Told, new: Told) -> Iterator[str]:
    role = identity.on.name if identity.on else ""
    whose = "" if role == side.role else f" FOR ROLE {quote(role)}"
    place = f" IN SCHEMA {schema_word(side, identity.schema)}" if identity.schema else ""
    whom = "PUBLIC" if identity.name == "public" else role_word(side, identity.name)
    kind = {"L": "LARGE OBJECTS"}.get(identity.arguments, identity.arguments.upper())
    yield from _difference(old, new, f"ON {kind}", "", whom, f"ALTER DEFAULT PRIVILEGES{whose}{place} ")


def _role(side: Side, identity: Identity, old: Told, new: Told) -> Iterator[str]:
    name = quote(identity.name)
    if new is None:
        yield f"DROP ROLE {name}"
        return
    before = old or {"inherit": True, "connection_limit": -1}
    words = [
        f"{'' if new[key] else 'NO'}{said}"
        for key, said in _ATTRIBUTES.items()
        if bool(new[key]) != bool(before.get(key))
    ]
    if new["connection_limit"] != before.get("connection_limit"):
        words.append(f"CONNECTION LIMIT {new['connection_limit']}")
    if new["valid_until"] != before.get("valid_until"):
        words.append(f"VALID UNTIL {literal(str(new['valid_until'] or 'infinity'))}")
    verb = "ALTER ROLE" if old else "CREATE ROLE"
    if words or not old:
        yield " ".join([verb, name, *words])


def _membership(side: Side, identity: Identity, old: Told, new: Told) -> Iterator[str]:
    group, member = quote(identity.on.name if identity.on else ""), quote(identity.name)
    if new is None:
        yield f"REVOKE {group} FROM {member}"
        return
    if old and old["admin"] and not new["admin"]:
        yield f"REVOKE ADMIN OPTION FOR {group} FROM {member}"
        old = {**old, "admin": False}
    if old == new:
        return
    if side.major >= 16:
        words = ", ".join(f"{name.upper()} {'TRUE' if new[name] else 'FALSE'}" for name in ("inherit", "set", "admin"))
        yield f"GRANT {group} TO {member} WITH {words}"
    else:
        yield f"GRANT {group} TO {member}" + (" WITH ADMIN OPTION" if new["admin"] else "")


def _setting(side: Side, identity: Identity, old: Told, new: Told) -> Iterator[str]:
    here = identity.arguments == "this database"
    name = quote(identity.name) if "." not in identity.name else ".".join(map(quote, identity.name.split(".")))
    value = None if new is None else str(new["value"])
    shown = value if value and identity.name in _LISTS else literal(value or "")
    change = f"RESET {name}" if value is None else f"SET {name} = {shown or literal('')}"
    if identity.on:
        place = f" IN DATABASE {DATABASE}" if here else ""
        yield f"ALTER ROLE {quote(identity.on.name)}{place} {change}"
    elif here:
        yield f"ALTER DATABASE {DATABASE} {change}"
    else:
        yield f"ALTER ROLE ALL {change}"

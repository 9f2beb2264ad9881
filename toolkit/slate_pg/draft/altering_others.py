"""Alters operators, text search, and what belongs to the whole database, in place. Pure, as altering."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from slate_pg.catalog.identity import Identity, quote
from slate_pg.draft.making import publication_words
from slate_pg.draft.side import Side
from slate_pg.draft.words import OWN, Step, changed_foreign, literal, same, schema_word

_MEMBER: dict[str, dict[Any, str]] = {
    "volatility": {"v": "VOLATILE", "s": "STABLE", "i": "IMMUTABLE"},
    "strict": {True: "STRICT", False: "CALLED ON NULL INPUT"},
    "security_definer": {True: "SECURITY DEFINER", False: "SECURITY INVOKER"},
    "leakproof": {True: "LEAKPROOF", False: "NOT LEAKPROOF"},
    "parallel": {"s": "SAFE", "r": "RESTRICTED", "u": "UNSAFE"},
}  # fmt: skip


def alter_member(src: Side, dst: Side, identity: Identity, changed: set[str]) -> list[Step]:
    """Alter what has no words of its own: a function of an extension."""
    if identity.kind != "member function":
        return []
    old, new = src.facts[identity], dst.facts[identity]
    name = identity.qualified
    words = [f"{'PARALLEL ' if a == 'parallel' else ''}{_MEMBER[a][new[a]]}" for a in sorted(changed & _MEMBER.keys())]
    words += [f"COST {new['cost']:g}"] if "cost" in changed else []
    said = [f"ALTER FUNCTION {name} {w}" for w in words]
    before, after = (set(f["privileges"] or ()) for f in (old, new))
    said += [f"REVOKE EXECUTE ON FUNCTION {name} FROM {_grantee(who)}" for who in sorted(before - after)]
    said += [f"GRANT EXECUTE ON FUNCTION {name} TO {_grantee(who)}" for who in sorted(after - before)]
    return [Step(text, identity) for text in said]


def _grantee(name: str) -> str:
    return {"PUBLIC": "PUBLIC", "its owner": OWN}.get(name) or quote(name)


def _operator(src: Side, dst: Side, identity: Identity, changed: set[str]) -> list[str] | None:
    new = dst.told(identity)
    if changed - {"restrict", "join"}:
        return None
    words = ", ".join(f"{name.upper()} = {new[name] or 'NONE'}" for name in ("restrict", "join") if name in changed)
    return [f"ALTER OPERATOR {dst.called(identity)} ({new['left']}, {new['right']}) SET ({words})"]


def _family(src: Side, dst: Side, identity: Identity, changed: set[str]) -> list[str] | None:
    head = f"ALTER OPERATOR FAMILY {dst.called(identity)}"
    old, new = (list(map(tuple, side.told(identity)["loose"])) for side in (src, dst))
    return [
        *(f"{head} DROP {member[1]}" for member in old if member not in new),
        *(f"{head} ADD {member[0]}" for member in new if member not in old),
    ]


def _configuration(src: Side, dst: Side, identity: Identity, changed: set[str]) -> list[str] | None:
    old, new = src.told(identity), dst.told(identity)
    if not same(old, new, "words"):
        return None
    head = f"ALTER TEXT SEARCH CONFIGURATION {dst.called(identity)}"
    before, after = dict(old["mappings"]), dict(new["mappings"])
    return [
        *(f"{head} DROP MAPPING FOR {token}" for token in before if token not in after),
        *(f"{head} ADD MAPPING FOR {token} WITH {to}" for token, to in after.items() if token not in before),
        *(f"{head} ALTER MAPPING FOR {t} WITH {to}" for t, to in after.items() if t in before and before[t] != to),
    ]


def _extension(src: Side, dst: Side, identity: Identity, changed: set[str]) -> list[str] | None:
    new, said = dst.told(identity), []
    if "version" in changed:
        said.append(f"ALTER EXTENSION {dst.called(identity)} UPDATE TO {literal(new['version'])}")
    if "schema" in changed:
        said.append(f"ALTER EXTENSION {dst.called(identity)} SET SCHEMA {schema_word(dst, new['place'])}")
    return said


def _publication(src: Side, dst: Side, identity: Identity, changed: set[str]) -> list[str] | None:
    old, new, called = src.told(identity), dst.told(identity), dst.called(identity)
    if identity.on or "all_tables" in changed:
        return None
    said = []
    if changed & {"operations", "via_root", "generated_columns"}:
        said.append(f"ALTER PUBLICATION {called} SET ({publication_words(new)})")
    for verb, names in (
        ("DROP", [n for n in old["schemas"] if n not in new["schemas"]]),
        ("ADD", [n for n in new["schemas"] if n not in old["schemas"]]),
    ):
        said += [f"ALTER PUBLICATION {called} {verb} TABLES IN SCHEMA {schema_word(dst, name)}" for name in names]
    return said


def _event_trigger(src: Side, dst: Side, identity: Identity, changed: set[str]) -> list[str] | None:
    words = {"O": "ENABLE", "D": "DISABLE", "R": "ENABLE REPLICA", "A": "ENABLE ALWAYS"}
    if changed != {"enabled"}:
        return None
    return [f"ALTER EVENT TRIGGER {dst.called(identity)} {words[dst.told(identity)['enabled']]}"]


def _foreign(src: Side, dst: Side, identity: Identity, changed: set[str]) -> list[str] | None:
    old, new, called = src.told(identity), dst.told(identity), dst.called(identity)
    head = f"ALTER {identity.kind.upper()} {called}"
    if "wrapper" in changed or "type" in changed:
        return None
    said = []
    if "version" in changed:
        said.append(f"{head} VERSION {literal(new['version']) if new['version'] is not None else 'NULL'}")
    handlers = [name for name in ("handler", "validator") if name in changed]
    said += [f"{head} {n.upper()} {new[n]}" if new[n] else f"{head} NO {n.upper()}" for n in handlers]
    return said + changed_foreign(head, old["options"], new["options"])


def _mapping(src: Side, dst: Side, identity: Identity, changed: set[str]) -> list[str] | None:
    """Drop options that are too many; those that are missing have values that nobody reads."""
    old, new = set(src.told(identity)["names"]), set(dst.told(identity)["names"])
    head = f"ALTER USER MAPPING FOR {dst.called(identity)} SERVER {dst.told(identity)['server']}"
    return [f"{head} OPTIONS (DROP {', DROP '.join(map(quote, sorted(old - new)))})"] if old - new else []


OTHERS: dict[str, Callable[[Side, Side, Identity, set[str]], list[str] | None]] = {
    "operator": _operator, "operator family": _family, "text search configuration": _configuration,
    "extension": _extension, "publication": _publication, "event trigger": _event_trigger,
    "foreign data wrapper": _foreign, "server": _foreign, "user mapping": _mapping,
}  # fmt: skip

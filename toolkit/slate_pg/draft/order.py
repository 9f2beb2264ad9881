"""Sorts what is to be done by what needs what, and otherwise as a reader wants it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from slate_pg.catalog.identity import Identity

_RANKS = (
    "role", "membership", "setting", "schema", "extension", "language", "collation", "conversion",
    "text search dictionary", "text search configuration", "type", "domain", "operator family", "sequence", "function",
    "procedure", "operator", "operator class", "cast", "foreign data wrapper", "server", "user mapping", "aggregate",
    "table", "foreign table", "view", "materialized view", "statistics", "publication", "event trigger",
    "default privileges", "comment", "grant",
)  # fmt: skip
_OWN = ("column", "default", "constraint", "index", "statistics", "trigger", "rule", "policy", "publication")


def reader_key(place: Callable[[Identity], str]) -> Callable[[Identity], tuple[int, str, int, str]]:
    """Return what sorts objects as a reader wants them: what a table owns behind it. `place` names an index's table."""

    def key(identity: Identity) -> tuple[int, str, int, str]:
        root = [identity, *identity.chain][-1]
        table = place(identity)
        if root.kind in ("index", "statistics") and table:
            return _RANKS.index("table"), table, 1 + _OWN.index(root.kind), str(identity)
        rank = _RANKS.index(root.kind) if root.kind in _RANKS else len(_RANKS)
        own = 0 if root == identity else 1 + (_OWN.index(identity.kind) if identity.kind in _OWN else len(_OWN))
        return rank, root.qualified, own, str(identity)

    return key


def in_order(
    nodes: Iterable[Identity],
    needs: Callable[[Identity], Iterable[Identity]],
    key: Callable[[Identity], tuple[int, str, int, str]],
) -> list[Identity]:
    """Return the nodes, each behind those it needs; where they need each other, as they come. Pure."""
    wanted = sorted(set(nodes), key=key)
    known, seen, done = set(wanted), set[Identity](), list[Identity]()
    for first in wanted:
        stack: list[tuple[Identity, Iterator[Identity]]] = []
        if first not in seen:
            seen.add(first)
            stack.append((first, _sorted(needs(first), known, key)))
        while stack:
            node, left = stack[-1]
            following = next((n for n in left if n not in seen), None)
            if following is None:
                done.append(node)
                stack.pop()
            else:
                seen.add(following)
                stack.append((following, _sorted(needs(following), known, key)))
    return done


def _sorted(
    needed: Iterable[Identity], known: set[Identity], key: Callable[[Identity], tuple[int, str, int, str]]
) -> Iterator[Identity]:
    return iter(sorted({n for n in needed if n in known}, key=key))

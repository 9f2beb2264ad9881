"""Compares what two catalogs say, object by object, and weighs each difference.

Pure: facts in, differences out. Where facts come from is for catalog, what follows from a difference for drift and
check.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from slate_pg.catalog import not_null
from slate_pg.catalog.identity import Identity, quote
from slate_pg.catalog.model import Catalog, Facts

SEVERITIES = ("security", "integrity", "performance", "cosmetic")
_SECURITY_KINDS = (
    "grant", "policy", "default privileges", "role", "membership", "security label", "user mapping", "event trigger",
    "language", "subscription",
)  # fmt: skip
_SECURITY = {
    "owner", "row_security", "force_row_security", "security_definer", "leakproof", "config", "privileges", "trusted",
}  # fmt: skip
_PERFORMANCE_KINDS = ("index", "statistics", "setting")
_PERFORMANCE = {
    "options", "toast_options", "storage", "compression", "statistics", "cost", "rows", "parallel", "clustered",
    "tablespace", "access_method", "cache", "target", "support", "restrict", "join", "hashes", "merges",
}  # fmt: skip
_COSMETIC = {"position", "name", "local"}
# How a leaf was made and which period it holds is no property of the way it is made.
_OF_ONE_LEAF = {"partition_bound", "name", "index"}
# What other objects know by its name alone: the table of an index, the column of a sequence, the type of a function.
_NAMED_ELSEWHERE = ("table", "view", "materialized view", "foreign table", "column", "type", "domain")
_NAMED_FOR_TYPES = ("cast", "transform")


@dataclass(frozen=True)
class Difference:
    """One attribute that differs; `attribute` is empty where the object itself is missing or should not be there."""

    object: Identity
    attribute: str
    expected: Any
    found: Any
    severity: str

    def __str__(self) -> str:
        if not self.attribute:
            return f"{self.object}: {'missing' if self.found is None else 'not expected'}"
        expected, found = shorten(self.expected, self.found)
        return f"{self.object}: {self.attribute}: expected {expected}, found {found}"


def shorten(expected: Any, found: Any, width: int = 100) -> tuple[str, str]:
    """Return two values in one line each: of long texts the first line that differs, of lists what differs."""
    if isinstance(expected, list) and isinstance(found, list) and sorted(expected) != sorted(found):
        left, right = [v for v in expected if v not in found], [v for v in found if v not in expected]
        if left or right:
            return (", ".join(map(str, left)) or "none", ", ".join(map(str, right)) or "none")
    one, other = _word(expected), _word(found)
    if "\n" in one or "\n" in other:
        lines = one.splitlines(), other.splitlines()
        for number in range(max(map(len, lines))):
            pair = [side[number].strip() if number < len(side) else "no more lines" for side in lines]
            if pair[0] != pair[1]:
                one, other = (f"{text} (line {number + 1})" for text in pair)
                break
        else:
            one, other = "the same words", "other white space"
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    start = max(0, start - width // 2) if max(len(one), len(other)) > width else 0
    return _cut(one, start, width), _cut(other, start, width)


def _cut(text: str, start: int, width: int) -> str:
    cut = text[start : start + width]
    return ("…" if start else "") + cut + ("…" if start + width < len(text) else "")


def _word(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def compare(expected: Catalog, found: Catalog) -> list[Difference]:
    """Return what differs, the gravest first. What goes with a missing or extra object is not told again."""
    same = expected.major == found.major
    if not same:
        expected, found = _on_any_major(expected), _on_any_major(found)
    differences = list(_compare_facts(expected.facts, found.facts, same_major=same))
    for leaf in sorted(found.leaves):
        differences += _compare_leaf(expected, found, leaf, same_major=same)
    differences = _without_what_follows(_without_given_names(differences))
    return sorted(differences, key=lambda d: (SEVERITIES.index(d.severity), d.object, d.attribute))


def _compare_facts(
    expected: Facts, found: Facts, *, same_major: bool = True, ignore: frozenset[str] | set[str] = frozenset()
) -> Iterator[Difference]:
    both = 0
    for identity, left in expected.items():
        right = found.get(identity)
        both += right is not None
        if right is None:
            yield Difference(identity, "", left, None, severity(identity, "", left))
        elif left != right:
            names = left.keys() | right.keys() if same_major else left.keys() & right.keys()
            for name in sorted(names - ignore):
                if left.get(name) != right.get(name):
                    yield Difference(identity, name, left.get(name), right.get(name), severity(identity, name, right))
    if both == len(found):
        return
    for identity, right in found.items():
        if identity not in expected:
            yield Difference(identity, "", None, right, severity(identity, "", right))


def _compare_leaf(expected: Catalog, found: Catalog, leaf: Identity, *, same_major: bool) -> Iterator[Difference]:
    """Compare a leaf with the same one, or with another leaf of its parent's where that one is not expected."""
    if leaf in expected.leaves:
        yield from _compare_facts(expected.leaves[leaf], found.leaves[leaf], same_major=same_major)
        return
    parent = found.periods[leaf]
    model = next((other for other, of in sorted(expected.periods.items()) if of == parent), None)
    if model is None:
        return  # a parent that takes its leaves as time goes by, an archive: nothing says how they should be
    left = {_renamed(i, model, leaf): _as_any_leaf(f, model) for i, f in expected.leaves[model].items()}
    right = {identity: _as_any_leaf(f, leaf) for identity, f in found.leaves[leaf].items()}
    yield from _compare_facts(left, right, same_major=same_major, ignore=_OF_ONE_LEAF)


_ANY_LEAF = "<leaf>"
_MOMENT = re.compile(r"'\d{4}-\d\d-\d\d[^']*'")


def _renamed(identity: Identity, leaf: Identity, other: Identity) -> Identity:
    """Return what the other leaf calls the same object: names made of one leaf's name hold the other's instead."""
    if identity == leaf:
        return other
    name = identity.name.replace(leaf.name, other.name)
    return replace(identity, name=name, on=_renamed(identity.on, leaf, other) if identity.on else None)


def _as_any_leaf(attributes: Mapping[str, Any], leaf: Identity) -> dict[str, Any]:
    """Return the facts of a leaf's object without the leaf's name and without the moments it lies between."""

    def change(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return _MOMENT.sub("'<moment>'", value.replace(quote(leaf.name), _ANY_LEAF).replace(leaf.name, _ANY_LEAF))

    return {name: change(value) for name, value in attributes.items()}


def _on_any_major(catalog: Catalog) -> Catalog:
    """Return what majors have in common.

    No NOT NULL constraints (new in 18), no MAINTAIN (17), no view's text and no compression of a partition (16).
    """
    leaves = {leaf: _common(facts) for leaf, facts in catalog.leaves.items()}
    return Catalog(_common(catalog.facts), leaves, catalog.periods, catalog.major)


def _common(facts: Facts) -> Facts:
    common: Facts = {}
    for identity, attributes in facts.items():
        if attributes.get("kind") == "n" and identity.kind == "constraint":
            continue
        if attributes.get("privileges"):
            kept = [p for p in attributes["privileges"] if not p.startswith("MAINTAIN")]
            attributes = {**attributes, "privileges": kept}
        printed = "definition" if identity.kind in ("view", "materialized view") else "compression"
        common[identity] = {name: value for name, value in attributes.items() if name != printed}
    return common


def _without_given_names(differences: list[Difference]) -> list[Difference]:
    """Leave out NOT NULL constraints that are there under the name that the server gives, instead of another."""
    gone = {
        rule: d
        for d in differences
        if not d.attribute and d.found is None and (rule := not_null.rule(d.object, d.expected))
    }
    there = {
        rule: d
        for d in differences
        if not d.attribute and d.expected is None and (rule := not_null.rule(d.object, d.found)) in gone
        and not_null.is_named_by_server(d.object, d.found)
    }  # fmt: skip
    same = {id(d) for rule, d in there.items() for d in (d, gone[rule])}
    return [d for d in differences if id(d) not in same]


def _without_what_follows(differences: list[Difference]) -> list[Difference]:
    """Leave out what is missing, or too many, only because the object it belongs to is.

    The same for an extension's members where its version differs.
    """
    kept = [d for d in differences if d.attribute]
    for absent in (True, False):
        whole = [d for d in differences if not d.attribute and (d.found is None) == absent]
        gone = {d.object for d in whole}
        names = {identity.qualified for identity in gone if identity.kind in _NAMED_ELSEWHERE}
        kept += [d for d in whole if not _follows(d, gone, names)]
    altered = {d.object for d in differences if d.object.kind == "extension" and d.attribute in ("", "version")}
    return [d for d in kept if d.object.kind != "member function" or d.object.on not in altered]


def _follows(difference: Difference, gone: set[Identity], names: set[str]) -> bool:
    """Tell whether the object belongs to another that is missing or extra as well: hangs on it, lies in it, takes it.

    `names` are the qualified names of those whose name alone is known where it is used.
    """
    identity, attributes = difference.object, difference.expected or difference.found or {}
    if any(place in gone for place in identity.chain) or Identity("schema", name=identity.schema) in gone:
        return True
    if identity.kind == "publication" and identity.on and replace(identity, on=None) in gone:
        return True
    if attributes.get("table") in names or attributes.get("owned_by") in names:
        return True
    taken = f",{identity.name if identity.kind in _NAMED_FOR_TYPES else ''},{identity.arguments},"
    return any(f",{name}," in taken for name in names)


def severity(identity: Identity, attribute: str, attributes: Mapping[str, Any]) -> str:
    """Return security, integrity, performance or cosmetic for a difference."""
    kind = identity.kind
    if kind == "comment" or attribute in _COSMETIC:
        return "cosmetic"
    if kind in _SECURITY_KINDS or attribute in _SECURITY:
        return "security"
    if attribute == "options" and kind in ("view", "server"):
        return "security"
    if attribute in _PERFORMANCE:
        return "performance"
    if kind in _PERFORMANCE_KINDS and not attributes.get("unique"):
        return "performance"
    return "integrity"

"""Compares what two catalogs say, object by object, and weighs each difference.

Pure: facts in, differences out. Where facts come from is for catalog, what follows from a difference for drift and
check.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from slate_pg.catalog.model import Catalog, Facts

SEVERITIES = ("security", "integrity", "performance", "cosmetic")
_SECURITY_KINDS = (
    "grant", "policy", "default", "role", "membership", "security", "user", "event", "language", "subscription",
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
_CONTAINERS = ("schema", "table", "view", "materialized", "foreign", "column", "function", "procedure", "aggregate",
               "type", "domain", "constraint", "index", "sequence", "trigger", "policy", "extension", "publication",
               "statistics", "operator", "text", "collation", "event", "server", "subscription")  # fmt: skip
_NAME = re.compile(r'(?:"(?:[^"]|"")+"|[\w$]+)(?:\.(?:"(?:[^"]|"")+"|[\w$]+))*(?:\([^()]*\))?')


@dataclass(frozen=True)
class Difference:
    """One attribute that differs; `attribute` is empty where the object itself is missing or should not be there."""

    object: str
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
    differences = _without_what_follows(differences)
    return sorted(differences, key=lambda d: (SEVERITIES.index(d.severity), d.object, d.attribute))


def _compare_facts(
    expected: Facts, found: Facts, *, same_major: bool = True, ignore: frozenset[str] | set[str] = frozenset()
) -> Iterator[Difference]:
    for identity in expected.keys() - found.keys():
        yield Difference(identity, "", expected[identity], None, severity(identity, "", expected[identity]))
    for identity in found.keys() - expected.keys():
        yield Difference(identity, "", None, found[identity], severity(identity, "", found[identity]))
    for identity in expected.keys() & found.keys():
        left, right = expected[identity], found[identity]
        if left == right:
            continue
        names = left.keys() | right.keys() if same_major else left.keys() & right.keys()
        for name in sorted(names - ignore):
            if left.get(name) != right.get(name):
                yield Difference(identity, name, left.get(name), right.get(name), severity(identity, name, right))


def _compare_leaf(expected: Catalog, found: Catalog, leaf: str, *, same_major: bool) -> Iterator[Difference]:
    """Compare a leaf with the same one, or with another leaf of its parent's where that one is not expected."""
    if leaf in expected.leaves:
        yield from _compare_facts(expected.leaves[leaf], found.leaves[leaf], same_major=same_major)
        return
    parent = found.periods[leaf]
    model = next((other for other, of in sorted(expected.periods.items()) if of == parent), None)
    if model is None:
        return  # a parent that takes its leaves as time goes by, an archive: nothing says how they should be
    left, right = (_as_any_leaf(c.leaves[n], n) for c, n in ((expected, model), (found, leaf)))
    for difference in _compare_facts(left, right, same_major=same_major, ignore=_OF_ONE_LEAF):
        yield replace(difference, object=difference.object.replace(_ANY_LEAF, leaf.rpartition(".")[2]))


_ANY_LEAF = "<leaf>"
_MOMENT = re.compile(r"'\d{4}-\d\d-\d\d[^']*'")


def _as_any_leaf(facts: Facts, leaf: str) -> Facts:
    """Return a leaf's facts without its own name and without the moments it lies between."""
    own = leaf.rpartition(".")[2]

    def change(value: Any) -> Any:
        return _MOMENT.sub("'<moment>'", value.replace(own, _ANY_LEAF)) if isinstance(value, str) else value

    return {change(i): {name: change(v) for name, v in attributes.items()} for i, attributes in facts.items()}


def _on_any_major(catalog: Catalog) -> Catalog:
    """Return what majors have in common.

    No NOT NULL constraints (new in 18), no MAINTAIN (17), no view's text and no compression of a partition (16).
    """
    leaves = {leaf: _common(facts) for leaf, facts in catalog.leaves.items()}
    return Catalog(_common(catalog.facts), leaves, catalog.periods, catalog.major)


def _common(facts: Facts) -> Facts:
    common: Facts = {}
    for identity, attributes in facts.items():
        if attributes.get("kind") == "n" and identity.startswith("constraint "):
            continue
        if attributes.get("privileges"):
            kept = [p for p in attributes["privileges"] if not p.startswith("MAINTAIN")]
            attributes = {**attributes, "privileges": kept}
        printed = "definition" if identity.startswith(("view ", "materialized view ")) else "compression"
        common[identity] = {name: value for name, value in attributes.items() if name != printed}
    return common


def _without_what_follows(differences: list[Difference]) -> list[Difference]:
    """Leave out what is missing, or too many, only because the object it belongs to is.

    The same for an extension's members where its version differs.
    """
    kept = [d for d in differences if d.attribute]
    for absent in (True, False):
        whole = [d for d in differences if not d.attribute and (d.found is None) == absent]
        wholes = [d.object for d in whole if d.object.split(" ")[0] in _CONTAINERS and " on " not in d.object]
        names = {_own_name(identity) for identity in wholes}
        kept += [d for d in whole if not _follows(d, names)]
    altered = {d.object for d in differences if d.object.startswith("extension ") and d.attribute in ("", "version")}
    return [d for d in kept if d.object.partition(" of ")[2] not in altered]


def _own_name(identity: str) -> str:
    name = identity.partition(" ")[2]
    for second in ("view ", "table ", "trigger ", "search "):  # kinds of two words
        name = name.removeprefix(second)
    return name


def _follows(difference: Difference, names: set[str]) -> bool:
    """Tell whether the object is named after, or belongs to, another that is missing or extra as well."""
    own = _own_name(difference.object)
    attributes = difference.expected or difference.found or {}
    places = (difference.object, str(attributes.get("table") or ""), str(attributes.get("owned_by") or ""))
    return any(name in names and name != own for place in places for name in names_in(place))


def names_in(text: str) -> Iterator[str]:
    """Yield every name in a text, and what each begins with: of a.b.c also a.b and a."""
    for token in _NAME.findall(text):
        yield token
        while "." in token:
            token = token.rpartition(".")[0]
            yield token


def severity(identity: str, attribute: str, attributes: Mapping[str, Any]) -> str:
    """Return security, integrity, performance or cosmetic for a difference."""
    kind = identity.split(" ")[0]
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

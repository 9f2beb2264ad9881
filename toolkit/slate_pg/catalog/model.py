"""What a catalog is once read: facts by identity, and those of a period's leaves apart.

Pure. Where facts come from is for reader, what differs between two catalogs for compare.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any

from slate_pg.catalog.identity import Identity

Facts = dict[Identity, dict[str, Any]]


@dataclass(frozen=True)
class Catalog:
    """Facts by object, and apart from them the facts of each leaf that is there for a period of time.

    Which leaves exist depends on the day the migrations ran and on maintenance since, so comparing looks at how each
    is made and not at which there are. `periods` maps a leaf to its parent's qualified name.
    """

    facts: Facts
    leaves: dict[Identity, Facts] = field(default_factory=dict)
    periods: dict[Identity, str] = field(default_factory=dict)
    major: int = 0

    def without(self, names: Collection[tuple[str, str]]) -> Catalog:
        """Return a catalog without the relations of these schemas and names, and all that hangs on them."""

        def stays(identity: Identity) -> bool:
            return not any((each.schema, each.name) in names for each in (identity, *identity.chain))

        return replace(self, facts={i: attributes for i, attributes in self.facts.items() if stays(i)})

    @property
    def everything(self) -> Facts:
        """All facts, those of the leaves included."""
        together = dict(self.facts)
        for facts in self.leaves.values():
            together.update(facts)
        return together


def set_periods_apart(facts: Facts, major: int = 0) -> Catalog:
    """Return a catalog with the facts of leaves for a period of time taken out of the others."""
    periods = {}
    for identity, attributes in facts.items():
        parent = attributes.pop("period_of", None)
        if parent:
            periods[identity] = parent
    if not periods:
        return Catalog(facts, major=major)
    by_name = {leaf.qualified: leaf for leaf in periods}
    others: Facts = {}
    leaves: dict[Identity, Facts] = {leaf: {} for leaf in periods}
    for identity, attributes in facts.items():
        leaf: Identity | None = identity
        while leaf is not None and leaf not in periods:
            leaf = leaf.on
        if leaf is None and attributes.get("table"):
            leaf = by_name.get(attributes["table"])
        (leaves[leaf] if leaf else others)[identity] = attributes
    return Catalog(others, leaves, periods, major)

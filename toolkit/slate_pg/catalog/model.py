"""What a catalog is once read: facts by object, and those of a period's leaves apart.

Pure. Where facts come from is for reader, what differs between two catalogs for compare.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

Facts = dict[str, dict[str, Any]]  # "table flourish.students" -> {"owner": "postgres", …}


@dataclass(frozen=True)
class Catalog:
    """Facts by object, and apart from them the facts of each leaf that is there for a period of time.

    Which leaves exist depends on the day the migrations ran and on maintenance since, so comparing looks at how each
    is made and not at which there are. `periods` maps the leaf's name to its parent's.
    """

    facts: Facts
    leaves: dict[str, Facts] = field(default_factory=dict)
    periods: dict[str, str] = field(default_factory=dict)
    major: int = 0

    @property
    def everything(self) -> Facts:
        """All facts, those of the leaves included."""
        together = dict(self.facts)
        for facts in self.leaves.values():
            together.update(facts)
        return together


def mentions(names: Sequence[str]) -> re.Pattern[str]:
    """Return a pattern that finds any of the names as a whole, or as what a longer name begins with and a dot."""
    longest_first = sorted(names, key=len, reverse=True)
    return re.compile(r"(?<![\w\"$.])(" + "|".join(map(re.escape, longest_first)) + r")(?![\w\"$])")


def set_periods_apart(facts: Facts, major: int = 0) -> Catalog:
    """Return a catalog with the facts of leaves for a period of time taken out of the others."""
    periods = {}
    for identity, attributes in facts.items():
        parent = attributes.pop("period_of", None)
        if parent:
            periods[identity.partition(" ")[2]] = parent
    if not periods:
        return Catalog(facts, major=major)
    pattern = mentions(list(periods))
    others: Facts = {}
    leaves: dict[str, Facts] = {leaf: {} for leaf in periods}
    for identity, attributes in facts.items():
        found = pattern.search(identity) or pattern.search(str(attributes.get("table") or ""))
        (leaves[found[1]] if found else others)[identity] = attributes
    return Catalog(others, leaves, periods, major)

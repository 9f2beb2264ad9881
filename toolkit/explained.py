"""Reads what EXPLAIN (FORMAT json) says. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Plan:
    """What EXPLAIN chose: the indexes used and the relations read from end to end."""

    indexes: set[str]
    seq_scans: set[str]
    text: str


def read_plan(explained: list[dict[str, Any]]) -> Plan:
    """Return the plan in EXPLAIN's JSON."""
    nodes = list(plan_nodes(explained[0]["Plan"]))
    return Plan(
        {n["Index Name"] for n in nodes if "Index Name" in n},
        {n["Relation Name"] for n in nodes if n["Node Type"] == "Seq Scan"},
        json.dumps(explained, indent=1),
    )


def plan_nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the nodes of a plan, from the top."""
    yield node
    for child in node.get("Plans", ()):
        yield from plan_nodes(child)

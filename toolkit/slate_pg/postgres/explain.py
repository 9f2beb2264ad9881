"""Reads what EXPLAIN (FORMAT json) says. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Plan:
    """What EXPLAIN chose: its nodes from the top, as the server describes them, and the whole as text."""

    nodes: tuple[dict[str, Any], ...] = field(repr=False)
    text: str

    @property
    def indexes(self) -> set[str]:
        """The indexes used."""
        return {n["Index Name"] for n in self.nodes if "Index Name" in n}

    @property
    def seq_scans(self) -> set[str]:
        """The relations read from end to end."""
        return {n["Relation Name"] for n in self.nodes if n["Node Type"] == "Seq Scan"}


def read_plan(explained: list[dict[str, Any]]) -> Plan:
    """Return the plan in EXPLAIN's JSON."""
    return Plan(tuple(_nodes(explained[0]["Plan"])), json.dumps(explained, indent=1))


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)

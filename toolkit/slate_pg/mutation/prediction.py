"""Says which mutants the tests will hardly notice: of what a run with counting calls did not reach. Pure.

A guess that saves time, never a verdict: what is foreseen to survive is asked of all tests in a group.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from slate_pg.catalog.identity import quote
from slate_pg.mutation.model import ADDED, Mutant

_LINE = re.compile(r" at (\d+):\d+, ")
_ACCEPTING = ("without OR", "without the value")
_REFUSING = ("CHECK dropped", "UNIQUE dropped", "EXCLUDE dropped", "primary key dropped", "foreign key dropped",
             "NOT NULL dropped", "CHECK changed")  # fmt: skip
_OF_FUNCTIONS = ("function changed", "early return", "SECURITY INVOKER", "SECURITY DEFINER", "path not pinned",
                 "setting not pinned", "volatility", "strictness")  # fmt: skip


class Found(NamedTuple):
    """What a run said of one thing that was counted; nothing is `wanting` of what tests reached."""

    object: str
    kind: str
    said: str
    line: int
    wanting: str


def survivors(mutants: Iterable[Mutant], found: Sequence[Sequence[Any]]) -> set[str]:
    """Return the keys of the mutants of which no test has shown what it would take to notice them."""
    by_object: dict[tuple[str, str], list[Found]] = {}
    for fields in found:
        item = Found(*fields)
        by_object.setdefault((item.kind, item.object), []).append(item)
        if item.kind == "statement":
            by_object.setdefault(("function", item.object.rpartition("(")[0]), []).append(item)
    return {mutant.key for mutant in mutants if _unseen(mutant, by_object)}


def _unseen(mutant: Mutant, found: dict[tuple[str, str], list[Found]]) -> bool:
    name = mutant.names[0] if mutant.names else ""
    of_table = f"{mutant.table}.{name}"
    if mutant.kind in _REFUSING:
        return not mutant.detail.startswith(_ACCEPTING) and _none(found.get(("constraint", of_table)))
    if mutant.kind.startswith("policy "):
        return _unseen_policy(mutant, found.get(("policy", of_table), []))
    if mutant.kind.startswith("trigger "):
        return _none(found.get(("trigger", of_table)))
    if mutant.kind == ADDED:
        verb, _, role = mutant.detail.partition(" to ")
        return _none(_by(found, "denial", name, verb, role))
    if mutant.kind == "grant revoked":
        return _none(_by(found, "privilege", mutant.table, mutant.detail, mutant.names[-1]))
    return mutant.kind in _OF_FUNCTIONS and _unseen_function(mutant, found.get(("function", quote(name)), []))


def _none(found: list[Found] | None) -> bool:
    """Tell whether these things were counted, and none was reached."""
    return bool(found) and all(item.wanting for item in found or ())


def _by(found: dict[tuple[str, str], list[Found]], kind: str, name: str, verb: str, role: str) -> list[Found]:
    """Return what was found of a verb and a role; of EXECUTE on any function of that name."""
    said = f"{verb} by {role}"
    if verb != "EXECUTE":
        return [item for item in found.get((kind, name), ()) if item.said == said]
    ours = [items for (k, which), items in found.items() if k == kind and which.startswith(f"{quote(name)}(")]
    return [item for items in ours for item in items if item.said == said]


def _unseen_policy(mutant: Mutant, operands: list[Found]) -> bool:
    using = [item for item in operands if item.said.startswith("USING ")]
    checks = [item for item in operands if item.said.startswith("WITH CHECK ")]
    if mutant.kind == "policy USING true":
        return bool(using) and all(item.wanting in ("never refused", "never evaluated") for item in using)
    if mutant.kind == "policy WITH CHECK true":
        asked = checks or using
        return bool(asked) and all(item.wanting in ("never refused", "never evaluated") for item in asked)
    return bool(operands) and all(item.wanting == "never evaluated" for item in operands)


def _unseen_function(mutant: Mutant, statements: list[Found]) -> bool:
    """Tell whether nothing of a function ran, or not the statement that the fault is in."""
    if _none(statements):
        return True
    place = _LINE.search(mutant.detail)
    if not place or not statements:
        return False
    before = [item for item in statements if item.line <= int(place[1])]
    last = max((item.line for item in before), default=0)
    return bool(before) and all(item.wanting for item in before if item.line == last)

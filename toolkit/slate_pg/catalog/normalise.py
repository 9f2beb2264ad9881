"""Brings expressions into one form, whether the server printed them first or after reading its own print.

A dump restored is such a second reading: BETWEEN's ANDs are flattened and casts of whole arrays go to their elements.
Pure: text in, text out, the same meaning.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from slate_pg.catalog.model import Catalog

_QUOTED = r"'(?:[^']|'')*'"
_TOKEN = re.compile(rf'{_QUOTED}|"(?:[^"]|"")*"|[()]|[^()\'"]+|.', re.S)
_CAST_ARRAY = re.compile(rf"\(ARRAY\[((?:{_QUOTED}|[^'\[\]])*)\]\)::([\w ]+?)\[\]")
_ELEMENT = re.compile(rf"\s*((?:{_QUOTED}|\((?:{_QUOTED}|[^'()])*\)|[^',()])+)")
_CONNECTIVE = re.compile(r"(?:^|(?<=\s))(AND|OR)(?=\s|$)")

Items = list[Any]  # text, or Items for what stands in parentheses


def normalise(attributes: dict[str, Any]) -> dict[str, Any]:
    """Return an object's facts in the form that is the same before a dump and after its restore."""
    normalised = dict(attributes)
    if normalised.get("kind") in ("p", "u", "x", "f"):
        normalised.pop("no_inherit", None)  # says nothing of these, and ATTACH PARTITION sets it otherwise
    for name, value in normalised.items():
        if isinstance(value, str) and "(" in value and name not in ("body", "source", "comment"):
            normalised[name] = normalise_expression(value)
    return normalised


def normalise_catalog(catalog: Catalog) -> Catalog:
    """Return a catalog with every object's facts normalised."""
    facts = {name: normalise(attributes) for name, attributes in catalog.facts.items()}
    leaves = {leaf: {n: normalise(a) for n, a in inner.items()} for leaf, inner in catalog.leaves.items()}
    return replace(catalog, facts=facts, leaves=leaves)


def normalise_expression(text: str) -> str:
    """Return an expression with nested ANDs and ORs flattened and casts of array constructors distributed."""
    spread = _CAST_ARRAY.sub(_distribute, text) if "(ARRAY[" in text else text
    tokens = _TOKEN.findall(spread)
    if tokens.count("(") != tokens.count(")"):
        return spread
    return _render(_flatten(_parse(tokens)))


def _distribute(cast: re.Match[str]) -> str:
    """Return `ARRAY[(a)::text, (b)::text]` for `(ARRAY[a, b])::text[]`."""
    return "ARRAY[" + ", ".join(f"({element})::{cast[2]}" for element in _ELEMENT.findall(cast[1])) + "]"


def _parse(tokens: list[str]) -> Items:
    stack: list[Items] = [[]]
    for token in tokens:
        if token == "(":  # noqa: S105 - a parenthesis, no password
            stack.append([])
        elif token == ")" and len(stack) > 1:  # noqa: S105
            group = stack.pop()
            stack[-1].append(group)
        else:
            stack[-1].append(token)
    return stack[0]


def _render(items: Items) -> str:
    return "".join(item if isinstance(item, str) else f"({_render(item)})" for item in items)


def _connectives(items: Items) -> set[str]:
    return {w for item in items if isinstance(item, str) and item[0] not in "'\"" for w in _CONNECTIVE.findall(item)}


def _flatten(items: Items) -> Items:
    """Splice `(a AND b)` into the `… AND …` it stands in; the same for OR."""
    inner = [item if isinstance(item, str) else _flatten(item) for item in items]
    words = _connectives(inner)
    if len(words) != 1:
        return inner
    word = words.copy().pop()
    flat: Items = []
    for number, item in enumerate(inner):
        alone = not isinstance(item, str) and _connectives(item) == words and _stands_between(inner, number, word)
        flat += item if alone else [item]
    return flat


def _stands_between(items: Items, number: int, word: str) -> bool:
    """Return whether a group is one whole operand of the connective: nothing else sticks to it."""
    before = items[number - 1] if number else word
    after = items[number + 1] if number + 1 < len(items) else word
    return all(isinstance(text, str) for text in (before, after)) and (
        before.rstrip().endswith(word) and after.lstrip().startswith(word)
    )

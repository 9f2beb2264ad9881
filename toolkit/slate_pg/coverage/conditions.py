"""Wraps the operands of conditions as the server prints them: of AND and OR, however deep. Pure.

The server prints every AND and OR in parentheses of its own, and BETWEEN as two comparisons.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from slate_pg.postgres.statements import CLOSE, CODE, OPEN, tokens

_CONSTANT = re.compile(r"\(*(?:true|false|NULL(?:::boolean)?)\)*", re.I)


def operands(condition: str) -> list[tuple[int, int]]:
    """Return where the operands stand that are no AND or OR themselves, nor constants; from left to right."""
    return [(a, b) for a, b in _operands(condition, 0, len(condition)) if not _CONSTANT.fullmatch(condition[a:b])]


def wrapped(condition: str, call: Callable[[int], str]) -> str:
    """Return a condition with each of its operands as the argument of a call."""
    parts, done = [], 0
    for number, (start, end) in enumerate(operands(condition)):
        parts += [condition[done:start], f"{call(number)}({condition[start:end]})"]
        done = end
    return "".join([*parts, condition[done:]])


def _operands(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    start, end = _trimmed(text, start, end)
    joins = _joins(text, start, end)
    if joins:
        for a, b in zip([start, *(e for _, e in joins)], [*(s for s, _ in joins), end], strict=True):
            yield from _operands(text, a, b)
    elif inner := _within(text, start, end):
        found = list(_operands(text, *inner))
        yield from found if len(found) > 1 else [(start, end)]
    else:
        yield start, end


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _joins(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return where AND or OR stands in no parentheses and in no CASE."""
    found, depth, cases = [], 0, 0
    for kind, a, b in tokens(text[start:end]):
        depth += (kind == OPEN) - (kind == CLOSE)
        if kind == CODE and depth == 0:
            for word in re.finditer(r"\w+", text[start + a : start + b]):
                at = start + a + word.start()
                cases += (word[0] == "CASE") - (word[0] == "END" and cases > 0)
                if cases == 0 and word[0] in ("AND", "OR"):
                    found.append((at, at + len(word[0])))
    return found


def _within(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Return what stands within the parentheses that enclose a whole piece; None where none do."""
    depth = 0
    for kind, a, b in tokens(text[start:end]):
        depth += (kind == OPEN) - (kind == CLOSE)
        if depth == 0:
            return (start + 1, end - 1) if kind == CLOSE and b == end - start and text[start] == "(" else None
        if a == 0 and kind != OPEN:
            return None
    return None

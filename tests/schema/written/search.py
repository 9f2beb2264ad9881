"""Finds rows that show what a condition means: on each of its boundaries, beside them, and where one part alone decides."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Iterator, Sequence
from typing import Any

from slate_pg.cluster.operands import postgast
from slate_pg.mutation.expressions import condition_variants
from slate_pg.testing.database import Database
from tests.schema.written.columns import Column, quoted
from tests.schema.written.conditions import Condition, answers
from tests.schema.written.page import Row, Trial

MOST = 3000  # rows asked of one condition


def constants(text: str) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """Return the texts and the numbers that a condition names. Pure."""
    texts: list[str] = []
    numbers: list[float] = []
    for node in _constants(postgast.parse(f"SELECT {text}")):
        if node.HasField("sval"):
            texts.append(node.sval.sval)
        elif node.HasField("ival"):
            numbers.append(float(node.ival.ival))
        elif node.HasField("fval"):
            numbers.append(float(node.fval.fval))
    for word in tuple(texts):  # '0'::numeric
        try:
            numbers.append(float(word))
        except ValueError:
            numbers += [float(n) for n in re.findall(r"\{(?:\d+,)?(\d+)\}", word)]  # of a pattern
    return tuple(dict.fromkeys(texts)), tuple(dict.fromkeys(n for n in numbers if abs(n) < 1e15))


def _constants(message: Any) -> Iterator[Any]:
    for descriptor, value in message.ListFields():
        if descriptor.message_type is None:
            continue
        for child in [value] if hasattr(value, "ListFields") else list(value):
            if child.DESCRIPTOR.name == "A_Const":
                yield child
            else:
                yield from _constants(child)


def words_of(db: Database, condition: Condition) -> tuple[str, ...]:
    """Return the strings in the functions that a condition calls, which may be keys of JSON. Reads only."""
    called = re.findall(r"\b(\w+)\(", condition.text)
    bodies = db.rows(
        "SELECT prosrc FROM pg_proc WHERE pronamespace = current_schema()::regnamespace AND proname = ANY (%s)", called
    )
    return tuple(dict.fromkeys(word for (body,) in bodies for word in re.findall(r"'(\w+)'", body)))


def candidates(
    condition: Condition, columns: dict[str, Column], seen: dict[str, list[str]], words: tuple[str, ...]
) -> list[Row]:
    """Return rows to ask: every combination where there are few, else those near an ordinary one and some by lot."""
    texts, numbers = constants(condition.text)
    texts = (*texts, *words)
    names = condition.columns
    values = {}
    for name in names:
        column = columns[name.rpartition(".")[2]]
        values[name] = [*column.values(texts, numbers), *seen.get(column.name, []), "NULL"]
    total = 1
    for of_one in values.values():
        total *= len(of_one)
    if total <= MOST:
        return [dict(zip(names, row, strict=True)) for row in itertools.product(*values.values())]
    return list(_near(names, values))


def _near(names: Sequence[str], values: dict[str, list[str]]) -> Iterator[Row]:
    """Yield ordinary rows with one and two columns changed, then rows by lot; the same in every run."""
    bases = [{n: values[n][min(k, len(values[n]) - 1)] for n in names} for k in (0, 1)] + [dict.fromkeys(names, "NULL")]
    changes = [[(n, v)] for n in names for v in values[n]]
    pairs = [[a[0], b[0]] for a, b in itertools.combinations(changes, 2) if a[0][0] != b[0][0]]
    lot = random.Random(",".join(names))  # noqa: S311 - the same draws in every run
    lot.shuffle(pairs)
    for base, change in itertools.islice(itertools.product(bases, changes), MOST):
        yield {**base, **dict(change)}
    for base, pair in itertools.product(bases, pairs[: MOST // 6]):
        yield {**base, **dict(pair)}
    for _ in range(MOST // 2):
        yield {n: lot.choice(values[n]) for n in names}


def trials(db: Database, condition: Condition, columns: dict[str, Column], seen: dict[str, list[str]]) -> list[Trial]:
    """Return a row that the condition takes, one that it refuses, and for each of its parts one that it decides. Reads only."""
    variants = [text for _, text in condition_variants(condition.text)]
    rows = candidates(condition, columns, seen, words_of(db, condition))
    said = answers(db, condition, [condition.text, *variants], columns, rows)
    told = [(row, of_row) for row, of_row in zip(rows, said, strict=True) if of_row[0] is not None]
    chosen = [next((row for row, of_row in told if of_row[0] is wanted), None) for wanted in (True, False)]
    for number in range(1, len(variants) + 1):
        deciding = [row for row, of_row in told if of_row[number] is not of_row[0]]
        chosen.append(next((row for row in deciding if row in chosen), deciding[0] if deciding else None))
    listed = {quoted(text) for text in constants(condition.text)[0] if re.fullmatch(r"[\w :-]+", text)}
    chosen += [row for row, of_row in told if len(row) == 1 and of_row[0] and listed & {*row.values()}]
    verdicts = {str(row): of_row[0] for row, of_row in told}
    holds, fails = condition.words
    kept = {str(row): row for row in chosen if row is not None}
    return [Trial(holds if verdicts[key] else fails, (row,)) for key, row in kept.items()]

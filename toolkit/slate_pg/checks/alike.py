"""Finds among many installations those of which one stands for others: in one state by their ledgers, and alike.

The server compares. Whatever it cannot tell for certain is read and compared object by object, as if it were alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from slate_pg.catalog.likeness import digests
from slate_pg.checks.ledgers import read_entries
from slate_pg.migrations.repeatable.records import read_rows
from slate_pg.migrations.roll import call_roll
from slate_pg.postgres.connection import Connection


def find_models(
    target: Connection, schemas: Sequence[str], present: Mapping[str, int], shared: str | None
) -> dict[str, str]:
    """Return for each schema that looks like another in its state that other one, which is in no such pair. Reads only.

    `present` are the ledgers of the database and their versions, `shared` the schema that all build on.
    """
    together: dict[str, list[str]] = defaultdict(list)
    for standing in call_roll(target, {s: present[s] for s in schemas}) if len(schemas) > 1 else ():
        if standing.digest and not standing.elsewhere and standing.schema != shared:
            together[standing.digest].append(standing.schema)
    models: dict[str, str] = {}
    for group in together.values():
        if len(group) > 1:
            texts = applied_texts(target, [*([shared] if shared in present else []), group[0]], present)
            models |= _pairs(target, [s for s in group if may_stand(s, texts)])
    return models


def _pairs(target: Connection, schemas: Sequence[str]) -> dict[str, str]:
    """Return which of some schemas looks like which that comes before it. Reads only."""
    found = digests(target, schemas)
    first: dict[str, str] = {}
    pairs = {}
    for schema in schemas:
        if schema in found and (model := first.setdefault(found[schema], schema)) != schema:
            pairs[schema] = model
    return pairs


def applied_texts(target: Connection, schemas: Iterable[str | None], present: Mapping[str, int]) -> list[str | None]:
    """Return all texts that were applied in some schemas. Reads only."""
    texts: list[str | None] = []
    for schema in schemas:
        if schema:
            entries = read_entries(target, schema, present[schema])
            texts += [e.text for e in entries]
            # The value of a secret is not kept, and may be anything.
            texts += [None if e.variables.secret else str(e.variables) for e in entries if e.variables]
            texts += [row.text for row in read_rows(target, schema, present[schema])]
    return texts


def may_stand(schema: str, texts: Iterable[str | None]) -> bool:
    """Tell whether a schema's name can be taken out of what it looks like: no text that was applied has it. Pure.

    What holds the name of its own accord would be told apart from it by nothing. A text that is not kept may have it.
    """
    return all(text is not None and schema not in text for text in texts)

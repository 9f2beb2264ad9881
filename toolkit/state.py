"""Reads what an installation has against its files. Apart from the runner, because a status should start fast."""

from __future__ import annotations

from collections.abc import Sequence

from toolkit import ledger
from toolkit.config import Product
from toolkit.connection import Connection
from toolkit.files import Migration, read_folder
from toolkit.plan import State, compare, in_order


def read_state(connection: Connection, product: Product, migrations: Sequence[Migration] | None = None) -> State:
    """Return what an installation has against the product's files. Reads only."""
    ordered = in_order(read_folder(product.migrations)) if migrations is None else migrations
    return read_known_state(connection, product, ordered, ledger.find_ledgers(connection).get(product.schema))


def read_known_state(
    connection: Connection, product: Product, ordered: Sequence[Migration], ours: bool | None
) -> State:
    """Return the state of an installation; texts are read only for edited files. Reads only.

    `ours` is True where Slate wrote the ledger, False where stock yoyo did, None where there is none.
    """
    if ours is None:
        return compare(product.name, product.schema, ordered, {})
    rows = ledger.read(connection, product.schema, ours)
    interrupted = ledger.read_interrupted(connection, product.schema) if ours else []
    state = compare(product.name, product.schema, ordered, rows, interrupted, ours)
    if state.edited:
        rows |= ledger.read_texts(connection, product.schema, state.edited)
        state = compare(product.name, product.schema, ordered, rows, interrupted, ours)
    return state

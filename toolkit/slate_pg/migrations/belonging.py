"""Says whether an installation is the product's own: what every command that writes asks before it writes.

Two mistakes look like a normal day: a folder of another project, and a folder whose name has changed. The first would
undo or seed what is somebody else's, the second would build an empty schema beside the one with the data.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

from slate_pg.config import Product
from slate_pg.errors import EditedError, GraphError, SlateError
from slate_pg.migrations import elsewhere, ledger, others, several
from slate_pg.migrations.baselines import one_by_one
from slate_pg.migrations.files import Migration
from slate_pg.migrations.folders import read_migrations
from slate_pg.migrations.hurts import HALF_DONE, LEDGER, ROLLBACK_TEXT, Hurt, lost_ledger
from slate_pg.migrations.order import in_order
from slate_pg.migrations.replacing import digests_of
from slate_pg.migrations.state import Applied, State
from slate_pg.postgres.connection import Connection, package_sql


def read_own_state(
    connection: Connection, product: Product, ordered: Sequence[Migration] | None = None, *, hurt_too: bool = False
) -> State:
    """Return the state of an installation that a command may write to. Reads only.

    GraphError where the schema holds other migrations than the product, and where the product is about to be installed
    a second time and nobody has said under which name. EditedError where its ledger is hurt.
    """
    ordered = in_order(read_migrations(product)) if ordered is None else ordered
    version = ledger.find_ledgers(connection, product.schema).get(product.schema)
    state = ledger.read_known_state(connection, product, ordered, version)
    refuse_other(connection, state)
    several.refuse_changed(connection, product, version, bool(state.applied))
    if product.schemas:
        refuse_shared(connection, product)
    if version is None:
        _refuse_others(connection, product, ordered)
        if not product.named:
            refuse_shared(connection, product)
            _refuse_second(connection, product, ordered, ledger.find_ledgers(connection))
    if not hurt_too:
        refuse_hurt(connection, product, ordered, state)
    return state


def refuse_shared(connection: Connection, product: Product) -> None:
    """GraphError where a schema of an installation is another one's: each is one project's whole. Reads only."""
    for other, version in sorted(ledger.find_ledgers(connection).items()):
        if other == product.schema:
            continue
        try:
            theirs = several.read(connection, other, version)
            if product.schemas:
                theirs = (other, *theirs, *elsewhere.read(connection, other, version).schemas)
        except SlateError:  # not to be read by this role or this slate: its own schema is known
            theirs = (other,)
        if both := [name for name in product.path if name in theirs]:
            raise GraphError(
                f'"{both[0]}" is of the installation that has its ledger in "{other}", and of {product.name}',
                hint="Nothing was written. Two projects cannot share a schema: take it out of one's schemas.",
            )


def refuse_hurt(
    connection: Connection,
    product: Product,
    ordered: Sequence[Migration],
    state: State,
    source: str | None = None,
) -> None:
    """EditedError where the ledger of an installation lacks something, or is lacking. Reads only.

    A rollback out of the files, `source` says so, needs no texts of the ledger's.
    """
    hurts = state.hurts if state.version is not None else read_lost(connection, product, ordered)
    hurts = tuple(h for h in hurts if source != "file" or h.kind != ROLLBACK_TEXT)
    if hurts:
        raise EditedError(
            hurts[0].said if state.version is None else f'the ledger of "{state.schema}" is hurt: {hurts[0].said}',
            detail=[f"  {hurt.said}" for hurt in hurts[1:20]],
            hint=f"Nothing was written. {say_repair(hurts[0])}",
        )


def say_repair(hurt: Hurt) -> str:
    """Return the sentence that offers what repairs a ledger. Pure."""
    if hurt.kind == LEDGER:
        return f"`{hurt.repair}` writes one if the schema is what they build, and says what differs."
    if hurt.kind == HALF_DONE:
        return f"Put the file back, so that it can go on where it stopped. Or give it up: `{hurt.repair}`."
    return f"`{hurt.repair}` shows what it would put back, and does so with --yes."


def read_lost(connection: Connection, product: Product, ordered: Sequence[Migration]) -> tuple[Hurt, ...]:
    """Return that a ledger is gone where tables that the files make are there, and no other tool's. Reads only."""
    tables = [r[0] for r in connection.execute(package_sql("migrations/find_tables"), [product.schema])]
    lost = lost_ledger(product.schema, tables, ordered, product.command("adopt"))
    return () if lost and others.find(connection, product.schema, one_by_one(ordered)) else lost


def _refuse_others(connection: Connection, product: Product, ordered: Sequence[Migration]) -> None:
    """GraphError where another tool has run migrations of the product: they would be run a second time. Reads only."""
    files = one_by_one(ordered)
    if found := others.find(connection, product.schema, files):
        raise GraphError(
            f'"{product.schema}" was {others.say(found, product.name, files).partition(";")[0]}',
            hint=f"Nothing was written. Take its ledger over: `slate adopt {product.name} --from {found.tool.name}`.",
        )


def refuse_other(connection: Connection, state: State) -> None:
    """GraphError where an installation holds other migrations than its product's folder. Reads only.

    It is the product's own while one applied migration reads as its file does, and, where files are gone or edited,
    while one file is in the ledger's history or half way applied.
    """
    foreign = {*state.missing, *state.edited}
    if not state.missing or any(a.id not in foreign for a in state.applied):
        return
    pending = {m.id for m in state.pending}
    begun = {i.id for i in state.interrupted} | ledger.read_history(connection, state.schema, state.version or 0)
    if not pending & begun:
        raise other_error(state.schema, state.product, state.missing[0])


def other_error(schema: str, product: str, example: str) -> GraphError:
    """Return the error for a schema that holds other migrations; `example` is the id of one."""
    return GraphError(
        f'"{schema}" holds other migrations than {product}: {example} and so on',
        hint="Nothing was written. Go to the project that they are of, or give this one its own schema: --as NAME.",
    )


def _is_of(row: Applied, texts: Mapping[str, str], digests: Mapping[str, str]) -> bool:
    """Tell whether a row is of one of these files, word for word, or of what a baseline among them replaces. Pure."""
    if row.id in texts:
        return row.checksum in (None, texts[row.id])
    return row.id in digests and (row.checksum is None or row.checksum.startswith(digests[row.id]))


def _refuse_second(
    connection: Connection, product: Product, ordered: Sequence[Migration], ledgers: Mapping[str, int]
) -> None:
    """GraphError where migrations of the product, word for word, are on record in another schema. Reads only."""
    texts = {m.id: m.apply.checksum for m in ordered}
    digests = digests_of(e for m in ordered for e in m.replaces)
    for schema, version in sorted(ledgers.items()):
        try:
            rows = ledger.read(connection, schema, version)
        except SlateError:  # somebody else's, not to be read by this role or this slate
            continue
        known = [row for row in rows.values() if _is_of(row, texts, digests)]
        if known and (version or len(known) == len(rows)):
            raise GraphError(
                f'{product.name} is installed in "{schema}": {len(known)} of its migrations are on record there, '
                f'and "{product.schema}" would be a second, empty installation',
                hint=f"Nothing was written. If that one was renamed, say --as {shlex.quote(schema)} or rename it back; "
                f"for a second one beside it say so: --as {shlex.quote(product.schema)}.",
            )


def is_own(connection: Connection, schema: str) -> bool:
    """Tell whether the role at work owns a ledger of the newest version, and none else may write it. Reads only."""
    row = connection.execute(package_sql("migrations/find_own"), {"schema": schema}).fetchone()
    return bool(row and row[0])

"""Says whether the two copies of an installation are equal: catalog, rows and their content, sequences. Reads all."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from slate_pg.backup.logical import measure_parts, read_portion
from slate_pg.backup.manifest import Part
from slate_pg.backup.proof import compare_rows, compare_sequences
from slate_pg.catalog import compare
from slate_pg.catalog.identity import Identity
from slate_pg.catalog.model import Catalog
from slate_pg.fleet.relocation.checks import selection_of
from slate_pg.fleet.relocation.ends import Ends
from slate_pg.fleet.relocation.mark import FUNCTION
from slate_pg.migrations import ledger
from slate_pg.postgres.connection import Connection


def differences(ends: Ends, measured: Sequence[Part] | None = None) -> list[str]:
    """Return a line for each thing that is not the same on both servers, but for marks of the move itself. Reads all.

    `measured` is what was found on the source, where it was measured since it was closed.
    """
    with ThreadPoolExecutor(2) as pool:
        here = pool.submit(look, ends, ends.source, measured)
        there = pool.submit(look, ends, ends.target, None)
        (parts, catalog), (found, found_catalog) = here.result(), there.result()
    known = {part.schema: part for part in found}
    lines = [f"schema {p.schema}: missing" for p in parts if p.schema not in known]
    for part in (p for p in parts if p.schema in known):
        lines += compare_rows(part, known[part.schema].tables)
        lines += compare_sequences(part, known[part.schema].sequences)
        if part.owner != known[part.schema].owner:
            lines.append(f"schema {part.schema}: owner {part.owner}, {known[part.schema].owner} on {ends.to}")
    return lines + [str(d) for d in compare.compare(catalog, found_catalog) if not _is_ours(d.object)]


def look(ends: Ends, connection: Connection, measured: Sequence[Part] | None) -> tuple[list[Part], Catalog]:
    """Return what an installation holds on one server, and how it looks. Reads every row, unless it was measured."""
    chosen, _ = selection_of(ends, connection)
    names = [*chosen.schemas, *chosen.places]
    parts = (
        list(measured)
        if measured is not None
        else measure_parts(connection, chosen, "schema", ledger.find_ledgers(connection))
    )
    return parts, read_portion(connection, names, chosen.made)


def _is_ours(identity: Identity) -> bool:
    return any(each.name == FUNCTION for each in (identity, *identity.chain))

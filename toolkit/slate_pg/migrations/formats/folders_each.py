"""The layouts with one folder a migration: Prisma's `*/migration.sql` and diesel's `*/up.sql` with `down.sql`.

Sources: Prisma's and diesel's guides. Order is by folder name; diesel's version is what stands before the first `_`,
hyphens left out. diesel's `metadata.toml` with `run_in_transaction = false` runs both ways without one.
"""

from __future__ import annotations

import re

from slate_pg.errors import FileError
from slate_pg.migrations.files import Migration
from slate_pg.migrations.formats.listing import Format, Listing, migration, refuse_twins

_PROVIDER = re.compile(r'^\s*provider\s*=\s*"([^"]*)"', re.M)
_ALONE = re.compile(r"^\s*run_in_transaction\s*=\s*false\b", re.M)


def _with(listing: Listing, name: str) -> list[str]:
    return [folder for folder in listing.folders if listing.has(f"{folder}/{name}")]


def _refuse_beside(listing: Listing, kept: tuple[str, ...], tool: str) -> None:
    """FileError for SQL beside the folders, or in one of them under a name that the tool does not read. Reads only."""
    inner = (n for folder in listing.folders for n in listing.inside(folder))
    for name in (*listing.sql, *inner):
        if name.endswith(".sql") and name.rpartition("/")[2] not in (kept if "/" in name else ()):
            raise FileError(
                f"{listing.folder / name} is no migration of {tool}, as the others here are",
                hint=f"{tool} reads */{kept[0]}: rename it, or move it out of the folder.",
            )


def _refuse_without(listing: Listing, name: str, tool: str) -> None:
    """FileError for a numbered folder without its script, where its tool stops, or for SQL below. Reads only."""
    for folder in listing.folders:
        inside = listing.inside(folder)
        deeper = next(
            (p for p in inside if (listing.folder / p).is_dir() and any((listing.folder / p).glob("*.sql"))), None
        )
        if deeper is not None:
            raise FileError(f"{listing.folder / deeper} holds SQL that {tool} does not read", hint="Move it out.")
        if folder[0].isdigit() and inside and not listing.has(f"{folder}/{name}"):
            raise FileError(
                f"{listing.folder / folder} has no {name}, and has {inside[0].rpartition('/')[2]}",
                hint=f"{tool} reads */{name}: write it there as SQL, or move the folder out.",
            )


def read_prisma(listing: Listing) -> list[Migration]:
    """Return Prisma's migrations by folder name. FileError for another database's, or SQL of no known name."""
    _refuse_beside(listing, ("migration.sql", "down.sql"), "Prisma")
    _refuse_without(listing, "migration.sql", "Prisma")
    if listing.has("migration_lock.toml"):
        provider = _PROVIDER.search(listing.text("migration_lock.toml"))
        if provider and provider[1] not in ("postgresql", "postgres", "cockroachdb"):
            raise FileError(
                f'{listing.folder / "migration_lock.toml"}: these migrations are for "{provider[1]}"',
                hint="Slate runs PostgreSQL's only.",
            )
    migrations = []
    for folder in _with(listing, "migration.sql"):
        undo = listing.script(f"{folder}/down.sql") if listing.has(f"{folder}/down.sql") else None
        migrations.append(migration(folder, listing.script(f"{folder}/migration.sql"), undo))
    return migrations


def read_diesel(listing: Listing) -> list[Migration]:
    """Return diesel's migrations by version. FileError for SQL of no known name, GraphError for one version twice."""
    _refuse_beside(listing, ("up.sql", "down.sql"), "diesel")
    _refuse_without(listing, "up.sql", "diesel")
    ordered = sorted((folder.partition("_")[0].replace("-", ""), folder) for folder in _with(listing, "up.sql"))
    refuse_twins(listing, ordered)
    migrations = []
    for _, folder in ordered:
        metadata = f"{folder}/metadata.toml"
        alone = listing.has(metadata) and bool(_ALONE.search(listing.text(metadata)))
        undo = listing.script(f"{folder}/down.sql", alone) if listing.has(f"{folder}/down.sql") else None
        migrations.append(migration(folder, listing.script(f"{folder}/up.sql", alone), undo))
    return migrations


PRISMA = Format(
    "prisma", "Prisma", lambda listing: next((f"{f}/migration.sql" for f in _with(listing, "migration.sql")), None),
    read_prisma,
)  # fmt: skip
DIESEL = Format(
    "diesel", "diesel", lambda listing: next((f"{f}/up.sql" for f in _with(listing, "up.sql")), None), read_diesel
)

"""golang-migrate's and sqlx's layout: `N_name.up.sql` and `N_name.down.sql`, in the order of their numbers.

Sources: golang-migrate's MIGRATIONS.md, sqlx-cli's README. A file of sqlx that starts with `-- no-transaction` runs
without one; so does, as with golang-migrate, a file of one statement that cannot run in one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from slate_pg.errors import FileError
from slate_pg.migrations.alone import runs_alone
from slate_pg.migrations.files import Migration, Script
from slate_pg.migrations.formats.listing import (
    Format,
    Listing,
    filled,
    migration,
    refuse_programs,
    refuse_strays,
    refuse_twins,
    unwrap,
)

_NAME = re.compile(r"^(\d+)(?:[_-].*|)\.(?:up|down)\.sql$")
ENGINE = re.compile(
    r"\.(postgres|postgresql|mysql|mariadb|sqlite3?|cockroach|mssql|sqlserver|oracle|spanner)(?:\.\w+)?\.(?:up|down)\.sql$"
)
_ALONE = re.compile(r"\A\s*--\s*no-transaction\b")


def _sign(listing: Listing) -> str | None:
    found = next((n for n in listing.sql if _NAME.match(n)), None)
    return None if found and any(ENGINE.search(n) for n in listing.sql) else found


def read(listing: Listing) -> list[Migration]:
    """Return the migrations by number. FileError for a name of no shape, or a way back without a way there."""
    refuse_programs(listing)
    refuse_strays(listing, _NAME, "golang-migrate or sqlx", "N_name.up.sql and N_name.down.sql")
    return pair_up(listing, {name: name for name in listing.sql})


def pair_up(listing: Listing, names: Mapping[str, str]) -> list[Migration]:
    """Return the migrations of files that are called `N_name.up.sql` and `.down.sql`, by their names' own files."""
    ups = sorted((int(m[1]), n) for n in names if n.endswith(".up.sql") and (m := _NAME.match(n)))
    downs = {n.removesuffix(".down.sql"): n for n in names if n.endswith(".down.sql")}
    refuse_twins(listing, ups)
    migrations = []
    for _, name in ups:
        stem = name.removesuffix(".up.sql")
        down = downs.pop(stem, None)
        undo = _script(listing, names[down]) if down else None
        migrations.append(migration(stem, _script(listing, names[name]), undo))
    if downs:
        stray = min(downs.values())
        raise FileError(
            f"{listing.folder / stray} undoes a migration that is not there",
            hint=f"Its other half would be {stray.removesuffix('.down.sql')}.up.sql in the same folder.",
        )
    return migrations


def _script(listing: Listing, name: str) -> Script:
    path, start = listing.folder / name, listing.start(name)
    alone = bool(_ALONE.match(start))
    if listing.is_big(name):  # stays in its file, as it stands
        filled(path, start, {})
        return listing.script(name, alone)
    text = unwrap(filled(path, start, listing.variables))
    return Script(path, text, not (alone or runs_alone(text)))


FORMAT = Format("golang-migrate", "golang-migrate or sqlx", _sign, read)

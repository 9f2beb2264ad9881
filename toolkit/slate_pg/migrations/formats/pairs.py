"""golang-migrate's and sqlx's layout: `N_name.up.sql` and `N_name.down.sql`, in the order of their numbers.

Sources: golang-migrate's MIGRATIONS.md, sqlx-cli's README. A file of sqlx that starts with `-- no-transaction` runs
without one; so does, as with golang-migrate, a file of one statement that cannot run in one.
"""

from __future__ import annotations

import re

from slate_pg.errors import FileError
from slate_pg.migrations.files import Migration, Script
from slate_pg.migrations.formats.listing import (
    Format,
    Listing,
    migration,
    refuse_programs,
    refuse_strays,
    refuse_twins,
    runs_alone,
    unwrap,
)

_NAME = re.compile(r"^(\d+)([_-].*|)\.(up|down)\.sql$")
_ALONE = re.compile(r"\A\s*--\s*no-transaction\b")


def _sign(listing: Listing) -> str | None:
    return next((n for n in listing.sql if _NAME.match(n)), None)


def read(listing: Listing) -> list[Migration]:
    """Return the migrations by number. FileError for a name of no shape, or a way back without a way there."""
    refuse_programs(listing)
    refuse_strays(listing, _NAME, "golang-migrate or sqlx", "N_name.up.sql and N_name.down.sql")
    found = [(int(m[1]), n) for n in listing.sql if (m := _NAME.match(n))]
    ups = sorted((number, name) for number, name in found if name.endswith(".up.sql"))
    downs = {name.removesuffix(".down.sql"): name for _, name in found if name.endswith(".down.sql")}
    refuse_twins(listing, ups)
    migrations = []
    for _, name in ups:
        stem = name.removesuffix(".up.sql")
        down = downs.pop(stem, None)
        migrations.append(migration(stem, _script(listing, name), _script(listing, down) if down else None))
    if downs:
        stray = min(downs.values())
        raise FileError(
            f"{listing.folder / stray} undoes a migration that is not there",
            hint=f"Its other half would be {stray.removesuffix('.down.sql')}.up.sql in the same folder.",
        )
    return migrations


def _script(listing: Listing, name: str) -> Script:
    text = unwrap(listing.text(name))
    return Script(listing.folder / name, text, not (_ALONE.match(text) or runs_alone(text)))


FORMAT = Format("golang-migrate", "golang-migrate or sqlx", _sign, read)

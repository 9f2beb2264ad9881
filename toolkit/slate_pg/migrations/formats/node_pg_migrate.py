"""node-pg-migrate's SQL layout: both ways in one file, `-- Up Migration` and `-- Down Migration`, in order of number.

Source: node-pg-migrate's documentation. A file without marks is the way there.
"""

from __future__ import annotations

import re

from slate_pg.migrations.files import Migration
from slate_pg.migrations.formats.listing import (
    Format,
    Listing,
    first_with,
    refuse_programs,
    refuse_strays,
)
from slate_pg.migrations.formats.sections import Marks, both, cut

_UP = re.compile(r"^[^\S\n]*--[\s-]*up\s+migration\b[^\n]*$", re.M | re.I)
_DOWN = re.compile(r"^[^\S\n]*--[\s-]*down\s+migration\b[^\n]*$", re.M | re.I)
_MARKS = Marks(_UP, _DOWN, "node-pg-migrate", "-- Up Migration … -- Down Migration")
_NAME = re.compile(r"^(\d+)[_-].*\.sql$")


def _sign(listing: Listing) -> str | None:
    return first_with(listing, _UP) or first_with(listing, _DOWN)


def read(listing: Listing) -> list[Migration]:
    """Return the migrations by number, then name. FileError for a name without number, or marks out of order."""
    refuse_programs(listing)
    refuse_strays(listing, _NAME, "node-pg-migrate", "TIMESTAMP_name.sql")
    ordered = sorted((int(m[1]), n) for n in listing.sql if (m := _NAME.match(n)))
    return [_read(listing, name) for _, name in ordered]


def _read(listing: Listing, name: str) -> Migration:
    path, text = listing.folder / name, listing.text(name)
    ways = cut(path, text, _MARKS) if _UP.search(text) or _DOWN.search(text) else (text, None)
    return both(path, name.removesuffix(".sql"), ways)


FORMAT = Format("node-pg-migrate", "node-pg-migrate", _sign, read)

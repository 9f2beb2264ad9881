"""dbmate's layout: both ways in one file, `-- migrate:up` and `-- migrate:down`, in the order of the files' names.

Source: dbmate's README. `transaction:false` behind a mark runs that way without a transaction.
"""

from __future__ import annotations

import re

from slate_pg.migrations.files import Migration
from slate_pg.migrations.formats.listing import Format, Listing, first_with, refuse_programs, refuse_strays
from slate_pg.migrations.formats.sections import Marks, both, cut

_UP = re.compile(r"^--[^\S\n]*migrate:up\b([^\n]*)$", re.M)
_DOWN = re.compile(r"^--[^\S\n]*migrate:down\b([^\n]*)$", re.M)
_MARKS = Marks(_UP, _DOWN, "dbmate", "-- migrate:up … -- migrate:down")
_NAME = re.compile(r"^\d+.*\.sql$")


def _sign(listing: Listing) -> str | None:
    return first_with(listing, _UP)


def read(listing: Listing) -> list[Migration]:
    """Return the migrations by name. FileError for a file without its mark, or with SQL before it."""
    refuse_programs(listing)
    refuse_strays(listing, _NAME, "dbmate", "NUMBER_name.sql")
    return [_read(listing, name) for name in listing.sql]


def _read(listing: Listing, name: str) -> Migration:
    path, text = listing.folder / name, listing.text(name)
    ways = cut(path, text, _MARKS)
    options = [m.group(1) if (m := mark.search(text)) else "" for mark in (_UP, _DOWN)]
    alone = [bool(re.search(r"\btransaction:\s*false\b", option)) for option in options]
    return both(path, name.removesuffix(".sql"), ways, alone)


FORMAT = Format("dbmate", "dbmate", _sign, read)

"""goose's layout: both ways in one file, `-- +goose Up` and `-- +goose Down`, in the order of the files' numbers.

Source: goose's README. `-- +goose NO TRANSACTION` runs a file without one. StatementBegin and StatementEnd are comments
here: statements are told apart by PostgreSQL's own rules.
"""

from __future__ import annotations

import re

from slate_pg.errors import FileError
from slate_pg.migrations.files import Migration
from slate_pg.migrations.formats.listing import (
    Format,
    Listing,
    first_with,
    refuse_programs,
    refuse_strays,
    refuse_twins,
)
from slate_pg.migrations.formats.sections import Marks, both, cut

_UP = re.compile(r"^--[^\S\n]*\+goose[^\S\n]+up\b[^\n]*$", re.M | re.I)
_DOWN = re.compile(r"^--[^\S\n]*\+goose[^\S\n]+down\b[^\n]*$", re.M | re.I)
_ALONE = re.compile(r"^--[^\S\n]*\+goose[^\S\n]+no[^\S\n]+transaction\b", re.M | re.I)
_VARIABLES = re.compile(r"^--[^\S\n]*\+goose[^\S\n]+envsub[^\S\n]+on\b", re.M | re.I)
_MARKS = Marks(_UP, _DOWN, "goose", "-- +goose Up … -- +goose Down")
_NAME = re.compile(r"^(\d+)_?.*\.sql$")


def _sign(listing: Listing) -> str | None:
    return first_with(listing, _UP)


def read(listing: Listing) -> list[Migration]:
    """Return the migrations by number. FileError for a file without its mark, or with variables in it."""
    refuse_programs(listing)
    refuse_strays(listing, _NAME, "goose", "NUMBER_name.sql")
    ordered = sorted((int(m[1]), n) for n in listing.sql if (m := _NAME.match(n)))
    refuse_twins(listing, ordered)
    return [_read(listing, name) for _, name in ordered]


def _read(listing: Listing, name: str) -> Migration:
    path, text = listing.folder / name, listing.text(name)
    if found := _VARIABLES.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise FileError(
            f"{path}:{line} takes its values from the environment (ENVSUB ON), which a ledger cannot vouch for",
            hint="Write the values into the file, or have the migration read a setting: current_setting('app.name').",
        )
    alone = bool(_ALONE.search(text))
    return both(path, name.removesuffix(".sql"), cut(path, text, _MARKS), (alone, alone))


FORMAT = Format("goose", "goose", _sign, read)

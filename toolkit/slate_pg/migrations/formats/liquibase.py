"""Liquibase's changelogs: known, so that they are refused by name and never run as they stand.

Formatted SQL holds many changesets a file, each with its own conditions, contexts and rollback.
"""

from __future__ import annotations

import re

from slate_pg.errors import FileError
from slate_pg.migrations.files import Migration
from slate_pg.migrations.formats.listing import Format, Listing, first_with

_MARK = re.compile(r"^[^\S\n]*--[^\S\n]*liquibase formatted sql\b", re.M | re.I)
_CHANGELOG = re.compile(r"^(?:db\.)?changelog[\w.-]*\.(?:xml|ya?ml|json)$", re.I)


def _sign(listing: Listing) -> str | None:
    return first_with(listing, _MARK) or next((n for n in listing.names if _CHANGELOG.match(n)), None)


def read(listing: Listing) -> list[Migration]:
    """FileError: changelogs are not read."""
    raise FileError(
        f"{listing.folder / (_sign(listing) or '')} is a changelog of Liquibase, which slate does not read",
        hint="Have Liquibase print the SQL (liquibase update-sql) and put it into files, one a release.",
    )


FORMAT = Format("liquibase", "Liquibase", _sign, read)

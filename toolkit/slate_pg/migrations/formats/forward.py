"""The layouts of plain files without a way back: Supabase's timestamps, and Rails' structure.sql as one baseline.

Sources: Supabase's CLI reference, Rails' guide on migrations. Rails' own migrations are Ruby; structure.sql is what
they have built.
"""

from __future__ import annotations

import re

from slate_pg.migrations.files import Migration
from slate_pg.migrations.formats.listing import (
    Format,
    Listing,
    migration,
    refuse_programs,
    refuse_strays,
    refuse_twins,
)

_TIMESTAMP = re.compile(r"^(\d{14})_.*\.sql$")
STRUCTURE = "structure.sql"


def _supabase(listing: Listing) -> str | None:
    here = listing.folder
    if (here.name == "migrations" and here.parent.name == "supabase") or (here.parent / "config.toml").is_file():
        own = [n for n in listing.sql if n.endswith((".rollback.sql", ".up.sql", ".down.sql"))]
        return next((n for n in listing.sql if _TIMESTAMP.match(n)), None) if not own else None
    return None


def read_supabase(listing: Listing) -> list[Migration]:
    """Return Supabase's migrations by timestamp. FileError for a name without one, GraphError for one twice."""
    refuse_programs(listing)
    refuse_strays(listing, _TIMESTAMP, "Supabase", "YYYYMMDDHHMMSS_name.sql")
    refuse_twins(listing, [(m[1], n) for n in listing.sql if (m := _TIMESTAMP.match(n))])
    return [_plain(listing, name) for name in listing.sql]


def _rails(listing: Listing) -> str | None:
    return STRUCTURE if STRUCTURE in listing.sql and "migrate" in listing.folders else None


def read_structure(listing: Listing) -> list[Migration]:
    """Return structure.sql as the one migration there is."""
    refuse_strays(listing, re.compile(rf"^{re.escape(STRUCTURE)}$"), "Rails", STRUCTURE)
    return [_plain(listing, STRUCTURE)]


def _plain(listing: Listing, name: str) -> Migration:
    return migration(name.removesuffix(".sql"), listing.script(name), None)


SUPABASE = Format("supabase", "Supabase", _supabase, read_supabase)


def _ruby(listing: Listing) -> list[str]:
    return [f"{listing.folder / 'migrate'} is passed over: it is Ruby, and {STRUCTURE} is what it has built"]


RAILS = Format("rails", "Rails", _rails, read_structure, _ruby)

"""pop's layout, with a file an engine: `N_name.postgres.up.sql`, or `N_name.up.sql` for all engines.

Source: ory's popx, which ory's own services migrate with. Files of other engines are passed over, and said.
"""

from __future__ import annotations

import re

from slate_pg.migrations.files import Migration
from slate_pg.migrations.formats.listing import Format, Listing, refuse_programs, refuse_strays
from slate_pg.migrations.formats.pairs import ENGINE, pair_up

_NAME = re.compile(r"^\d+[^.]*(?:\.\w+){0,2}\.(?:up|down)\.sql$")


def _sign(listing: Listing) -> str | None:
    return next((n for n in listing.sql if ENGINE.search(n)), None)


def read(listing: Listing) -> list[Migration]:
    """Return the migrations for PostgreSQL by number. FileError for a name of no shape, or a way back alone."""
    refuse_programs(listing)
    refuse_strays(listing, _NAME, "pop", "N_name.postgres.up.sql")
    chosen: dict[str, str] = {}
    for name in sorted(listing.sql, key=lambda n: _engine(n) is not None):  # an engine's own file outranks the common
        if _engine(name) in (None, "postgres", "postgresql"):
            stem, way = name.partition(".")[0], name.split(".")[-2]
            chosen[f"{stem}.{way}.sql"] = name
    return pair_up(listing, {n: f for n, f in chosen.items() if n.endswith(".up.sql") or _up_of(n) in chosen})


def _engine(name: str) -> str | None:
    found = ENGINE.search(name)
    return found[1] if found else None


def _up_of(name: str) -> str:
    return name.removesuffix(".down.sql") + ".up.sql"


def _remarks(listing: Listing) -> list[str]:
    count = sum(_engine(name) not in (None, "postgres", "postgresql") for name in listing.sql)
    return [f"{count} files of other engines are passed over"] if count else []


FORMAT = Format("pop", "pop", _sign, read, _remarks)

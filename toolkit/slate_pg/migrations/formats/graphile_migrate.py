"""graphile-migrate's layout: `committed/000001-name.sql` with `--!` headers, in the order of the numbers, forward only.

Source: graphile-migrate's README. `current.sql` is work under way, which that tool runs on a developer's database only.
"""

from __future__ import annotations

import re

from slate_pg.errors import FileError
from slate_pg.migrations.alone import runs_alone
from slate_pg.migrations.files import Migration, Script
from slate_pg.migrations.formats.listing import (
    Format,
    Listing,
    has_statement,
    migration,
    refuse_twins,
    unwrap,
)

_NAME = re.compile(r"^committed/(\d+)(?:-.*)?\.sql$")
_HEADER = re.compile(r"\A(?:--!?[^\n]*\n)*?--! Previous:", re.M)
_ALONE = re.compile(r"^--!\s*no-transaction\b", re.M)
_PLACEHOLDER = re.compile(r"(?<![:\w])(:[A-Z][0-9A-Z_]+)\b")


def _sign(listing: Listing) -> str | None:
    return "committed/" if "committed" in listing.folders else None


def read(listing: Listing) -> list[Migration]:
    """Return the committed migrations by number. FileError for another name there, and for placeholders not given."""
    names = listing.inside("committed")
    for name in names:
        if name.endswith(".sql") and not _NAME.match(name):
            raise FileError(
                f"{listing.folder / name} is no committed migration",
                hint="graphile-migrate names them by number: 000001-name.sql. Rename it, or move it out.",
            )
    ordered = sorted((int(m[1]), n) for n in names if (m := _NAME.match(n)))
    refuse_twins(listing, ordered)
    return [_read(listing, name) for _, name in ordered]


def _read(listing: Listing, name: str) -> Migration:
    path, text = listing.folder / name, listing.text(name)
    alone = bool(_ALONE.search(text))
    text = unwrap(_PLACEHOLDER.sub(lambda found: _value(listing, path, text, found), text))
    script = Script(path, text, not (alone or runs_alone(text)))
    return migration(path.stem, script, None)


def _value(listing: Listing, path: object, text: str, found: re.Match[str]) -> str:
    name = found[1].removeprefix(":")
    if name in listing.variables:
        return listing.variables[name]
    if name.startswith("DATABASE_"):  # its own, always filled
        line = text.count("\n", 0, found.start()) + 1
        raise FileError(
            f"{path}:{line} has a placeholder without a value: {found[1]}",
            hint=f'Give it in pyproject.toml: [tool.slate.placeholders] {name} = "…".',
        )
    return found[0]


def _remarks(listing: Listing) -> list[str]:
    under_way = listing.has("current.sql") and has_statement(listing.text("current.sql"))
    return [f"{listing.folder / 'current.sql'} is passed over: it is not committed"] if under_way else []


FORMAT = Format("graphile-migrate", "graphile-migrate", _sign, read, _remarks)

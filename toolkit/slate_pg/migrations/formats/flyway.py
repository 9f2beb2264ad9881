"""Flyway's layout: `V1_2__name.sql`, `U1_2__name.sql`, in the order of versions, also in folders below.

`R__name.sql` is applied when its text changes: what that means is for `repeatable`.

Source: Flyway's documentation. `${name}` is filled from `placeholders` in [tool.slate], as Flyway does it, everywhere
in the text; a file `….sql.conf` with `executeInTransaction=false` runs its script without a transaction.
"""

from __future__ import annotations

import re
from pathlib import Path

from slate_pg.errors import FileError
from slate_pg.migrations.alone import runs_alone
from slate_pg.migrations.files import Migration, Script
from slate_pg.migrations.formats.listing import (
    Format,
    Listing,
    list_folder,
    migration,
    refuse_programs,
    refuse_twins,
    unwrap,
)

_NAME = re.compile(r"^([VU])(\d+(?:[._]\d+)*)__(.+)\.sql$")
_REPEATABLE = re.compile(r"^R__.+\.sql$")
_BASELINE = re.compile(r"^B(\d+(?:[._]\d+)*)__.+\.sql$")
_CALLBACK = re.compile(r"^(?:before|after|create)[A-Z]\w*(?:__.*)?\.sql$")
_PLACEHOLDER = re.compile(r"\$\{([^}\n]*)\}")
_ALONE = re.compile(r"^\s*executeInTransaction\s*=\s*false\b", re.M | re.I)
_VERBATIM = re.compile(r"^\s*placeholderReplacement\s*=\s*false\b", re.M | re.I)


def _sign(listing: Listing) -> str | None:
    return next((n for n in listing.names if _NAME.match(n) or _REPEATABLE.match(n) or _BASELINE.match(n)), None)


def read(listing: Listing) -> list[Migration]:
    """Return the migrations by version. FileError for what Flyway runs beside them, and for placeholders not given."""
    places = {place.folder: place for place in _below(listing)}
    found = [(place, name) for place in places.values() for name in place.sql]
    for place in places.values():
        refuse_programs(place)
    baselines = [(place, name) for place, name in found if _is_own_baseline(place, name)]
    for place, name in found:
        if (place, name) not in baselines:
            _refuse(place.folder / name)
    named = [(version_of(m[2]), m[1], place, name) for place, name in found if (m := _NAME.match(name))]
    ups = sorted(((v, p.folder, n) for v, kind, p, n in named if kind == "V"), key=lambda up: up[0])
    refuse_twins(listing, [(v, str((folder / n).relative_to(listing.folder))) for v, folder, n in ups])
    undos = {v: (p, n) for v, kind, p, n in named if kind == "U"}
    migrations = [migration(name.removesuffix(".sql"), _script(place, name), None) for place, name in baselines]
    for version, folder, name in ups:
        undo = undos.pop(version, None)
        script = _script(*undo) if undo else None
        migrations.append(migration(name.removesuffix(".sql"), _script(places[folder], name), script))
    for place, name in undos.values():
        raise FileError(f"{place.folder / name} undoes a version that is not there", hint="Add its V file, or move it.")
    return migrations


def read_repeatable(listing: Listing) -> list[tuple[str, Script]]:
    """Return name and script of each `R__name.sql`, placeholders filled. FileError for one not given. Reads only."""
    return [
        (name.removesuffix(".sql"), _script(place, name))
        for place in _below(listing)
        for name in place.sql
        if _REPEATABLE.match(name)
    ]


def _is_own_baseline(place: Listing, name: str) -> bool:
    """Tell a baseline that says what it replaces, as `slate baseline` writes it: it means the same to Flyway."""
    return bool(_BASELINE.match(name)) and "\n-- replaces: " in f"\n{place.start(name)[:8192]}"


def version_of(written: str) -> tuple[int, ...]:
    """Return a version to compare: 1_2 and 1.2 are one, and so are 1 and 1.0. Pure."""
    parts = [int(part) for part in re.split(r"[._]", written)]
    while len(parts) > 1 and parts[-1] == 0:
        parts.pop()
    return tuple(parts)


def _below(listing: Listing) -> list[Listing]:
    """Return the folder and all folders below it, as Flyway searches them. Reads only."""
    inner = [list_folder(listing.folder / name, listing.variables) for name in listing.folders]
    return [listing, *(found for each in inner for found in _below(each))]


def _refuse(path: Path) -> None:
    if _NAME.match(path.name) or _REPEATABLE.match(path.name):
        return
    if _BASELINE.match(path.name):
        what = "a baseline that does not say what it replaces", "Move it out, and keep the V files: `slate baseline`."
    elif _CALLBACK.match(path.name):
        what = "a callback, which Flyway runs beside every migration", "Run it by itself, or move it out."
    else:
        what = "no migration of Flyway, as the others here are", "Rename it to V1_2__name.sql, or move it out."
    raise FileError(f"{path} is {what[0]}", hint=what[1])


def _script(listing: Listing, name: str) -> Script:
    options = listing.text(f"{name}.conf") if listing.has(f"{name}.conf") else ""
    alone = bool(_ALONE.search(options))
    path = listing.folder / name
    if _VERBATIM.search(options) or (listing.is_big(name) and not _has_placeholder(path)):
        return listing.script(name, alone)
    text = unwrap(_filled(path, listing.text(name), listing))
    return Script(path, text, not (alone or runs_alone(text)))


def _has_placeholder(path: Path) -> bool:
    """Tell whether a file may hold a placeholder, without holding it in memory. Reads only."""
    with path.open("rb") as file:
        return any(b"${" in line for line in file)


def _filled(path: Path, text: str, listing: Listing) -> str:
    """Return the text with its placeholders filled. FileError, with its line, for one that is not given. Pure."""

    def value(found: re.Match[str]) -> str:
        if found[1] in listing.variables:
            return listing.variables[found[1]]
        line = text.count("\n", 0, found.start()) + 1
        raise FileError(
            f"{path}:{line} has a placeholder without a value: {found[0]}",
            hint=f'Give it in pyproject.toml: [tool.slate.placeholders] "{found[1]}" = "…".',
        )

    return _PLACEHOLDER.sub(value, text)


FORMAT = Format("flyway", "Flyway", _sign, read)

"""Writes a catalog into a file of a backup, and reads it again.

The same facts are always the same bytes: an object a line, and all of it packed as gzip does, to a fifteenth.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

from slate_pg.catalog.identity import Identity
from slate_pg.catalog.model import Catalog, Facts
from slate_pg.catalog.normalise import normalise_catalog
from slate_pg.errors import SlateError

CATALOG = "catalog.json"
_PACKED = b"\x1f\x8b"


def as_archived(catalog: Catalog) -> Catalog:
    """Return a catalog as it looks after a way through pg_dump and a file. Pure."""
    return normalise_catalog(_parse(_print(catalog)))


def write_catalog(path: Path, facts: Catalog) -> None:
    """Write facts to a file, the same facts always as the same bytes. Writes."""
    path.write_bytes(gzip.compress((_print(facts) + "\n").encode(), mtime=0))


def load_catalog(path: Path) -> Catalog:
    """Return the facts of a file; one that an older Slate wrote is not packed. Reads only."""
    raw = path.read_bytes()
    return _parse((gzip.decompress(raw) if raw.startswith(_PACKED) else raw).decode())


def _print(catalog: Catalog) -> str:
    """Return a catalog as JSON: of each object its fields and its attributes, a line each, ordered by its sentence."""
    encode = json.JSONEncoder(default=str, sort_keys=True).encode  # with an indent it would be Python's own, and slow

    def listed(facts: Facts) -> list[Any]:
        return [[identity.fields, facts[identity]] for identity in sorted(facts, key=str)]

    leaves = [[i.fields, catalog.periods[i], listed(catalog.leaves[i])] for i in sorted(catalog.leaves, key=str)]
    lines = {"facts": listed(catalog.facts), "leaves": leaves}
    told = [f'"{name}": [\n' + ",\n".join(map(encode, each)) + "\n]" for name, each in lines.items()]
    return "{" + ",\n".join([*told, f'"major": {encode(catalog.major)}']) + "}"


def _parse(text: str) -> Catalog:
    plain = json.loads(text)
    if isinstance(plain["facts"], dict):
        raise SlateError(
            "the backup's catalog is in the form of an older Slate, in which objects were sentences",
            hint="Its rows and dump are as good as before: restore it without --verify, and back up again.",
        )

    def facts(listed: list[Any]) -> Facts:
        return {Identity.of_fields(fields): attributes for fields, attributes in listed}

    leaves = {Identity.of_fields(fields): (parent, facts(listed)) for fields, parent, listed in plain["leaves"]}
    periods = {leaf: parent for leaf, (parent, _) in leaves.items()}
    return Catalog(facts(plain["facts"]), {leaf: each for leaf, (_, each) in leaves.items()}, periods, plain["major"])

"""Asks a database by one SQL file each what is not well in it: doctor all of its own, `check` those of `rules.ASKED`.

Each row of such a file is an object, what is wrong, and the statement that mends it. Reads only.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib import resources

from slate_pg.postgres.connection import Connection, package_sql


@cache
def queries() -> dict[str, str]:
    """Return the name and SQL of every query of doctor's, in name order. Reads only."""
    folder = resources.files("slate_pg").joinpath("sql", "operations", "doctor")
    return {f.name[:-4]: f.read_text("utf-8") for f in sorted(folder.iterdir(), key=lambda f: f.name)}


def why(name: str) -> str:
    """Return why it matters what a query finds. Pure."""
    return queries()[name].splitlines()[0].removeprefix("-- why: ")


def ask(connection: Connection, name: str, schemas: Sequence[str]) -> list[tuple[str, str, str]]:
    """Return object, fault and remedy of each finding in these schemas, which are there. Reads only; psycopg errors."""
    text = queries().get(name) or package_sql(f"checks/{name}")
    query = text.replace("%", "%%").replace(":schemas", "%(schemas)s")
    names = _named(schemas, as_oids="regnamespace" in text)
    return [(row[0], row[1], row[2]) for row in connection.execute(query.encode(), {"schemas": names}).fetchall()]


def _named(schemas: Sequence[str], as_oids: bool) -> list[str]:
    """Return the names as a query wants them: quoted where it casts them to regnamespace."""
    return ['"' + s.replace('"', '""') + '"' for s in schemas] if as_oids else list(schemas)

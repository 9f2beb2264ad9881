"""Two databases of one server play two servers: a fleet of small shops in both."""

from __future__ import annotations

import itertools
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from slate_pg.testing.plugin import Base
from tests.workshop import Workshop

_numbers = itertools.count(1)


@dataclass
class Fleet:
    """A workshop, a second database, and the file that names both."""

    shop: Workshop
    other: Workshop
    listed: Path

    def slate(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `slate fleet … shop …` on both databases."""
        command, *rest = arguments
        return self.shop.slate_with("fleet", command, "shop", *rest, "--servers", str(self.listed))

    def lines(self, *arguments: str) -> list[dict[str, Any]]:
        """Return the JSON lines of the same."""
        return [json.loads(line) for line in self.slate(*arguments, "--json").stdout.splitlines()]

    def ledgers(self) -> dict[tuple[str, str], list[str]]:
        """Return the history of every installation: what ran, in order, by database and schema."""
        found = {}
        for name, each in (("north", self.shop), ("south", self.other)):
            for (schema,) in each.rows(
                "SELECT relnamespace::regnamespace::text FROM pg_class WHERE relname = '_slate_ledger'"
            ):
                rows = each.rows(
                    f"SELECT kind || ' ' || key FROM {schema}._slate_ledger WHERE kind IN ('apply', 'rollback') ORDER BY number"
                )
                found[name, schema] = [r[0] for r in rows]
        return found


@pytest.fixture
def fleet(shop: Workshop, slate_server: Base, tmp_path: Path) -> Iterator[Fleet]:
    """A fleet of three installations on "north" and two on "south", with one migration."""
    name = f"south_{tmp_path.parent.name.replace('-', '_')}_{next(_numbers)}"
    shop.write("shop_0001_t", "CREATE TABLE t (id integer NOT NULL);", "DROP TABLE t;")
    with psycopg.connect(slate_server.url(), autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0 STRATEGY FILE_COPY").format(sql.Identifier(name)))
        try:
            other = Workshop(slate_server.url(name), tmp_path / "south")
            for schema in ("alpha", "Weird Name", "select"):
                shop.apply(schema=schema)
            for schema in ("alpha", "ünïcode"):
                shop.apply(schema=schema, url=other.url)
            listed = tmp_path / "servers.toml"
            listed.write_text(f'[servers]\nnorth = "{shop.url}"\nsouth = "{other.url}"\n')
            with other.watch:
                yield Fleet(shop, other, listed)
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

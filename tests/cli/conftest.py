"""Runs the command line in this process, against a database of its own."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from slate_pg.postgres.connection import connect
from slate_pg.testing.plugin import Base
from tests.conftest import ROOT, Ran


@pytest.fixture
def slate(slate: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, empty_database: str) -> Callable[..., Ran]:
    """Run `slate …` on an empty database; return exit code, stdout and stderr."""
    monkeypatch.setenv("DATABASE_URL", empty_database)
    return slate


@pytest.fixture
def empty_database(slate_base: Base, request: pytest.FixtureRequest) -> Iterator[str]:
    """The connection string of a new, empty database, dropped afterwards."""
    name = "cli_" + str(abs(hash(request.node.nodeid)) % 10**8)
    with connect(slate_base.url()) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield slate_base.url(name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A stranger's flat folder of two migrations with rollbacks."""
    path = tmp_path / "db"
    path.mkdir()
    (path / "0001_make_shops.sql").write_text("CREATE TABLE shops (id integer PRIMARY KEY);\n")
    (path / "0001_make_shops.rollback.sql").write_text("DROP TABLE shops;\n")
    (path / "0002_name_shops.sql").write_text("-- depends: 0001_make_shops\nALTER TABLE shops ADD COLUMN name text;\n")
    (path / "0002_name_shops.rollback.sql").write_text("ALTER TABLE shops DROP COLUMN name;\n")
    return path


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A project with core and Flourish only, which is enough to show the way and quick to build."""
    for name in ("migrations/core", "migrations/flourish", "sql/cluster", "sql/flourish"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def tables(url: str, schema: str = "public") -> list[str]:
    """Return the tables of a schema but the ledger's."""
    with connect(url) as connection:
        query = "SELECT tablename FROM pg_tables WHERE schemaname = %s AND tablename !~ '^(_|yoyo)' ORDER BY 1"
        return [r[0] for r in connection.execute(query, [schema])]

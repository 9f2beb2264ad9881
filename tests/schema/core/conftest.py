"""core's fixtures: the schema in the search path, behind a schema of the test's own."""

from __future__ import annotations

import pytest

from slate_pg.testing.database import Database


@pytest.fixture
def core(db: Database) -> Database:
    """The database with core's path, and a schema of the test's own before it."""
    db.execute("CREATE SCHEMA lab")
    db.execute("SET LOCAL search_path = lab, core, pg_temp")
    return db

"""The short names of the fixtures, loaded where no other plugin has them: pytest-django's `db` stays its own."""

from __future__ import annotations

import pytest

from slate_pg.testing.database import Database
from slate_pg.testing.sessions import CommittedDatabase


@pytest.fixture
def db(slate_db: Database) -> Database:
    """Give a migrated database without seeds; whatever the test does is rolled back. The same as `slate_db`."""
    return slate_db


@pytest.fixture
def db_committed(slate_db_committed: CommittedDatabase) -> CommittedDatabase:
    """Give a fresh clone of the migrated database. The same as `slate_db_committed`."""
    return slate_db_committed

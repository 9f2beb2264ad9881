"""Where the test database is, as a service would say it."""

from pathlib import Path

import pytest

from slate_pg.testing.database import Database

ROOT = Path(__file__).parents[2]


@pytest.fixture
def url(db_committed: Database) -> str:
    info = db_committed.connection.info
    return f"postgresql://{info.user}@/{info.dbname}?host={info.host}&port={info.port}"

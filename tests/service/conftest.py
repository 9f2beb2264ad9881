"""Where the test database is, as a service would say it."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def url(db_committed):
    info = db_committed.connection.info
    return f"postgresql://{info.user}@/{info.dbname}?host={info.host}&port={info.port}"

"""Where the test database is, as a service would say it: with a login that `slate role add` has made."""

from pathlib import Path

import pytest

from slate_pg.cluster.logins import add, login
from slate_pg.testing.database import Database

ROOT = Path(__file__).parents[2]
LOGIN = "pooled_login"  # PgBouncer's list of users has it


@pytest.fixture(autouse=True)
def plain_login(db_committed: Database) -> str:
    """A login of flourish that inherits nothing; roles belong to the server, so it may be there already."""
    project = db_committed.project
    add(db_committed.connection, login(project.product("flourish"), project.shared, LOGIN, "service"), None)
    return LOGIN


@pytest.fixture
def url(db_committed: Database, plain_login: str) -> str:
    info = db_committed.connection.info
    return f"postgresql://{plain_login}@/{info.dbname}?host={info.host}&port={info.port}"

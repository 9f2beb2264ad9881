"""Where the test database is, as a service would say it."""

from pathlib import Path

import pytest

from slate_pg.testing.database import Database

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def people_of_core(db_committed: Database) -> None:
    """Let sessions work on tables that the tests put into core, which has no people of its own."""
    db_committed.execute("""
        DO $$ BEGIN CREATE ROLE core_people; EXCEPTION WHEN duplicate_object OR unique_violation THEN END $$;
        GRANT authenticated_users, core_user TO core_people
    """)


@pytest.fixture
def url(db_committed: Database) -> str:
    info = db_committed.connection.info
    return f"postgresql://{info.user}@/{info.dbname}?host={info.host}&port={info.port}"

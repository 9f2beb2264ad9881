"""The database of physical education, empty but for what its migrations put in."""

import pytest

from slate_pg.testing.database import Database


@pytest.fixture
def physed(db: Database) -> Database:
    db.use("physed")
    return db


@pytest.fixture
def school(physed: Database) -> Database:
    """With reference and demo seeds: a term at Riverside School, and a row in every table."""
    physed.seed("physed", "reference", "demo")
    return physed

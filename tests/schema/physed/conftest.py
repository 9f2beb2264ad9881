"""Physical education's fixtures: the schema in the search path, and a term at Riverside School."""

from __future__ import annotations

import pytest

from slate_pg.testing.database import Database


@pytest.fixture
def physed(db: Database) -> Database:
    """The migrated database with physed's search path; rolled back after the test."""
    db.use("physed")
    return db


@pytest.fixture
def school(physed: Database) -> Database:
    """Reference and demo seeds: a term at Riverside School, and a row in every table."""
    physed.seed("physed", "reference", "demo")
    return physed

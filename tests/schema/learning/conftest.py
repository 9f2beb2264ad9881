"""Learning's fixtures: the schema in the search path, and the demo."""

from __future__ import annotations

import pytest

from slate_pg.testing.database import Database


@pytest.fixture
def learning(db: Database) -> Database:
    """The migrated database with Learning's search path; rolled back after the test."""
    db.use("learning")
    return db


@pytest.fixture
def demo(learning: Database) -> Database:
    """Learning with its reference and demo seeds."""
    learning.seed("learning", "reference", "demo")
    return learning

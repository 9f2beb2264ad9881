"""Spark's fixtures: the schema in the search path, and two schools with their people."""

from __future__ import annotations

import pytest

from slate_pg.testing.database import Database
from tests.schema.spark.factories import World


@pytest.fixture
def spark(db: Database) -> Database:
    """The migrated database with Spark's search path, without seeds; rolled back after the test."""
    db.use("spark")
    return db


@pytest.fixture
def world(spark: Database) -> World:
    """Two schools with their people."""
    return World(spark)

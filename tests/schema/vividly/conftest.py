"""Vividly's fixtures: the schema in the search path, one small world, and the seeds."""

from __future__ import annotations

import pytest

from slate_pg.testing.database import Database
from tests.schema.vividly.factories import build_world


@pytest.fixture
def vividly(db: Database) -> Database:
    """The migrated database with Vividly's search path; rolled back after the test."""
    db.use("vividly")
    return db


@pytest.fixture
def world(vividly: Database) -> Database:
    """Two districts; in the first two schools: North with a teacher and two students in a class, South with one."""
    build_world(vividly)
    return vividly


@pytest.fixture
def demo(vividly: Database) -> Database:
    """Vividly with its reference and demo seeds."""
    vividly.seed("vividly", "reference", "demo")
    return vividly

"""Flourish's fixtures: the schema in the search path, Maya, a school, the demo."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from slate_pg.testing.database import Database
from tests.schema.flourish.factories import a_student, an_entry, populate


@pytest.fixture
def flourish(db: Database) -> Database:
    """The migrated database with Flourish's search path; rolled back after the test."""
    db.use("flourish")
    return db


@pytest.fixture
def maya(flourish: Database) -> Database:
    """Maya with one entry, for rules that need no teacher."""
    a_student(flourish)
    an_entry(flourish)
    return flourish


@pytest.fixture
def school(flourish: Database) -> SimpleNamespace:
    """Everything once per student: an entry, its assessment, its correction by the teacher, and a target."""
    found = SimpleNamespace(db=flourish, assessments={})
    populate(flourish, found.assessments)
    return found


@pytest.fixture
def demo(flourish: Database) -> Database:
    """Flourish with its reference and demo seeds."""
    flourish.seed("flourish", "reference", "demo")
    return flourish

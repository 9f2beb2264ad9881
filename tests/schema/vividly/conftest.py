"""Vividly's fixtures: the schema in the search path, one small world, and the seeds."""

from __future__ import annotations

import pytest

from slate_pg.testing.database import Database
from tests.schema.vividly.factories import a_feedback, a_request, build_world


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
def lived(world: Database) -> Database:
    """The world, in which every student has one row of everything and each school an account request and an upload."""
    for student in ("ann", "bob", "cid", "far"):
        world.insert("student_interests", student_id=student, interest_id="int_a", rank=1)
        world.execute("SELECT record_view(%s, 'content_a')", student)
        a_request(world, student, f"req_{student}")
        a_feedback(world, student, "content_a")
    for end, head in (("north", "head_north"), ("south", "head_first"), ("far", "head_other")):
        world.execute(
            """INSERT INTO student_account_requests (
                id, teacher_id, first_name, last_name, email, grade_level, class_id
            )
            VALUES (%s, %s, 'N', 'N', 'n@x.org', 9, %s)""",
            f"sreq_{end}", f"teacher_{end}", f"class_{end}",
        )  # fmt: skip
        world.insert("bulk_upload_jobs", id=f"up_{end}", uploaded_by=head, school_id=f"school_{end}", file_path="x")
    world.execute("SELECT log_action('view_student_data', 'user', 'ann')")
    return world


@pytest.fixture
def demo(vividly: Database) -> Database:
    """Vividly with its reference and demo seeds."""
    vividly.seed("vividly", "reference", "demo")
    return vividly

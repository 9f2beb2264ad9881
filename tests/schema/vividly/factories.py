"""One of everything a test of Vividly may need, each factory returning the row it inserted, and one small world."""

from __future__ import annotations

import itertools
from typing import Any

from slate_pg.testing.database import Database

STUDENT_TABLES = ["student_interests", "student_progress", "content_requests", "feedback"]
PERSONAL_TABLES = [
    "organizations", "users", "classes", "class_students", *STUDENT_TABLES, "student_account_requests",
    "bulk_upload_jobs", "audit_logs",
]  # fmt: skip

_numbers = itertools.count(1)


def a_district(db: Database, key: str | None = None, **over: Any) -> dict[str, Any]:
    """Insert a district."""
    row = {"id": key or f"org_{next(_numbers)}", "name": "Some District", "org_type": "district"} | over
    return db.insert("organizations", **row)


def a_school(db: Database, district: str, key: str | None = None, **over: Any) -> dict[str, Any]:
    """Insert a school of a district."""
    row = {"id": key or f"school_{next(_numbers)}", "name": "Some School", "org_type": "school"}
    return db.insert("organizations", **row | {"parent_id": district} | over)


def a_person(db: Database, role: str, org: str, key: str | None = None, **over: Any) -> dict[str, Any]:
    """Insert an account of any role."""
    key = key or f"user_{next(_numbers)}"
    row = {
        "id": key, "email": f"{key}@example.org", "password_hash": "$2b$12$x", "first_name": "Ann", "last_name": "Lee",
        "role": role, "org_id": org,
    }  # fmt: skip
    return db.insert("users", **row | ({"grade_level": 10} if role == "student" else {}) | over)


def a_student(db: Database, school: str, key: str | None = None, **over: Any) -> dict[str, Any]:
    """Insert a student."""
    return a_person(db, "student", school, key, **over)


def a_class(
    db: Database, teacher: str, school: str, *students: str, key: str | None = None, **over: Any
) -> dict[str, Any]:
    """Insert a class with its students."""
    row = {"id": key or f"class_{next(_numbers)}", "name": "Physics", "teacher_id": teacher, "school_id": school}
    row = db.insert("classes", **row | over)
    for student in students:
        db.insert("class_students", class_id=row["id"], student_id=student)
    return row


def a_topic(db: Database, key: str | None = None, **over: Any) -> dict[str, Any]:
    """Insert a topic."""
    row = {"id": key or f"topic_{next(_numbers)}", "title": "Motion", "subject": "physics"}
    return db.insert("topics", **row | over)


def an_interest(db: Database, key: str | None = None, **over: Any) -> dict[str, Any]:
    """Insert an interest."""
    key = key or f"int_{next(_numbers)}"
    return db.insert("interests", **{"id": key, "name": key} | over)


def a_video(
    db: Database, topic: str | None = None, interest: str | None = None, key: str | None = None, **over: Any
) -> dict[str, Any]:
    """Insert generated content, with a topic and an interest where none are given."""
    row = {
        "id": key or f"content_{next(_numbers)}", "topic_id": topic or a_topic(db)["id"],
        "interest_id": interest or an_interest(db)["id"], "content_type": "vivid_learning",
    }  # fmt: skip
    return db.insert("generated_content", **row | over)


def a_request(db: Database, student: str, key: str | None = None, **over: Any) -> dict[str, Any]:
    """Insert a content request."""
    row = {"id": key or f"req_{next(_numbers)}", "student_id": student, "original_query": "why"}
    return db.insert("content_requests", **row | over)


def a_feedback(db: Database, student: str, video: str, kind: str = "rating_only", **over: Any) -> dict[str, Any]:
    """Insert feedback; rating_only comes with three stars."""
    row = {"id": f"feedback_{next(_numbers)}", "student_id": student, "content_id": video, "feedback_type": kind}
    return db.insert("feedback", **row | ({"rating": 3} if kind == "rating_only" else {}) | over)


def an_account_request(db: Database, **over: Any) -> dict[str, Any]:
    """Insert a teacher's request for an account in class_north."""
    row = {
        "id": "sreq", "teacher_id": "teacher_north", "first_name": "N", "last_name": "P", "email": "Nina@X.org",
        "grade_level": 9, "class_id": "class_north",
    }  # fmt: skip
    return db.insert("student_account_requests", **row | over)


def build_world(db: Database) -> None:
    """Insert the world of the `world` fixture; ids say what they are."""
    a_district(db, "org_first")
    a_district(db, "org_other")
    a_district(db, "org_vividly")
    a_school(db, "org_first", "school_north")
    a_school(db, "org_first", "school_south")
    a_school(db, "org_other", "school_far")
    for role, org, key in [
        ("teacher", "school_north", "teacher_north"),
        ("teacher", "school_north", "teacher_idle"),
        ("teacher", "school_south", "teacher_south"),
        ("teacher", "school_far", "teacher_far"),
        ("school_admin", "school_north", "head_north"),
        ("district_admin", "org_first", "head_first"),
        ("district_admin", "org_other", "head_other"),
        ("vividly_admin", "org_vividly", "staff_admin"),
        ("vividly_ops", "org_vividly", "staff_ops"),
        ("vividly_curriculum", "org_vividly", "staff_curriculum"),
    ]:
        a_person(db, role, org, key)
    for key, school in [
        ("ann", "school_north"),
        ("bob", "school_north"),
        ("cid", "school_south"),
        ("far", "school_far"),
    ]:
        a_student(db, school, key)
    a_class(db, "teacher_north", "school_north", "ann", key="class_north")
    a_class(db, "teacher_south", "school_south", "cid", key="class_south")
    a_class(db, "teacher_far", "school_far", "far", key="class_far")
    a_topic(db, "topic_a")
    an_interest(db, "int_a")
    a_video(db, "topic_a", "int_a", key="content_a")


def grow(db: Database, *slices: int) -> None:
    """Run the scale seed for these slices, inside the test's transaction."""
    for number in slices:
        db.execute(f"SET LOCAL slate.slice = {number}")
        db.seed("vividly", "scale")

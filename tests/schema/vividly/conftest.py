"""Vividly's fixtures: the schema in the search path, and factories for the people of one small world."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

_numbers = itertools.count(1)


@pytest.fixture
def vividly(db):
    """The rolled-back database with Vividly in its path, without seeds."""
    db.use("vividly")
    return db


def a_district(db, key: str | None = None, **over: Any) -> str:
    """Insert a district; return its id."""
    row = {"id": key or f"org_{next(_numbers)}", "name": "Some District", "org_type": "district"} | over
    return db.insert("organizations", **row)["id"]


def a_school(db, district: str, key: str | None = None, **over: Any) -> str:
    """Insert a school of a district; return its id."""
    row = {"id": key or f"school_{next(_numbers)}", "name": "Some School", "org_type": "school"}
    return db.insert("organizations", **row | {"parent_id": district} | over)["id"]


def a_person(db, role: str, org: str, key: str | None = None, **over: Any) -> str:
    """Insert an account of any role; return its id."""
    key = key or f"user_{next(_numbers)}"
    row = {
        "id": key, "email": f"{key}@example.org", "password_hash": "$2b$12$x", "first_name": "Ann", "last_name": "Lee",
        "role": role, "org_id": org,
    }  # fmt: skip
    return db.insert("users", **row | ({"grade_level": 10} if role == "student" else {}) | over)["id"]


def a_student(db, school: str, key: str | None = None, **over: Any) -> str:
    """Insert a student; return the account's id."""
    return a_person(db, "student", school, key, **over)


def a_class(db, teacher: str, school: str, *students: str, key: str | None = None, **over: Any) -> str:
    """Insert a class with its students; return its id."""
    row = {"id": key or f"class_{next(_numbers)}", "name": "Physics", "teacher_id": teacher, "school_id": school}
    class_id = db.insert("classes", **row | over)["id"]
    for student in students:
        db.insert("class_students", class_id=class_id, student_id=student)
    return class_id


def a_topic(db, key: str | None = None, **over: Any) -> str:
    """Insert a topic; return its id."""
    row = {"id": key or f"topic_{next(_numbers)}", "title": "Motion", "subject": "physics"}
    return db.insert("topics", **row | over)["id"]


def an_interest(db, key: str | None = None, **over: Any) -> str:
    """Insert an interest; return its id."""
    key = key or f"int_{next(_numbers)}"
    return db.insert("interests", **{"id": key, "name": key} | over)["id"]


def a_video(db, topic: str | None = None, interest: str | None = None, key: str | None = None, **over: Any) -> str:
    """Insert generated content, with a topic and an interest where none are given; return its id."""
    row = {
        "id": key or f"content_{next(_numbers)}", "topic_id": topic or a_topic(db),
        "interest_id": interest or an_interest(db), "content_type": "vivid_learning",
    }  # fmt: skip
    return db.insert("generated_content", **row | over)["id"]


def a_request(db, student: str, key: str | None = None, **over: Any) -> str:
    """Insert a content request; return its id."""
    row = {"id": key or f"req_{next(_numbers)}", "student_id": student, "original_query": "why"}
    return db.insert("content_requests", **row | over)["id"]


def some_feedback(db, student: str, video: str, kind: str = "rating_only", **over: Any) -> str:
    """Insert feedback; rating_only comes with three stars; return its id."""
    row = {"id": f"feedback_{next(_numbers)}", "student_id": student, "content_id": video, "feedback_type": kind}
    return db.insert("feedback", **row | ({"rating": 3} if kind == "rating_only" else {}) | over)["id"]


@pytest.fixture
def world(vividly):
    """Two districts; in the first two schools: North with a teacher and two students in a class, South with one."""
    build_world(vividly)
    return vividly


def build_world(db) -> None:
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


def grow(db, *slices: int) -> None:
    """Run the scale seed for these slices, inside the test's transaction."""
    for number in slices:
        db.execute(f"SET LOCAL slate.slice = {number}")
        db.seed("vividly", "scale")

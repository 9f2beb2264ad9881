"""Spark's own fixture and the few people and things its stories need."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from slate_pg.testing.database import Database

_numbers = itertools.count(1)


@pytest.fixture
def spark(db: Database) -> Database:
    """The migrated database with Spark's path, without seeds."""
    db.use("spark")
    return db


def a_school(db: Any, **over: Any) -> Any:
    return db.insert("schools", **{"name": f"School {next(_numbers)}"} | over)["id"]


def a_user(db: Any, role: str, school: Any = None, **over: Any) -> Any:
    name = f"{role.lower()}{next(_numbers)}"
    columns = {"username": name, "email": f"{name}@example.org", "password_hash": "secret!", "role": role}
    return db.insert("users", **columns | {"school_id": school} | over)["id"]


def a_student(db: Any, school: Any = None, **profile: Any) -> Any:
    """A student with a profile; names do not matter."""
    student = a_user(db, "STUDENT", school)
    db.insert("profiles", **{"user_id": student, "first_name": "A", "last_name": "B", "display_name": "AB"} | profile)
    return student


def a_class(db: Any, school: Any, teacher: Any = None, **over: Any) -> Any:
    teacher = teacher or a_user(db, "TEACHER", school)
    columns = {"name": "8A", "subject": "Mathematics", "grade": 8, "teacher_id": teacher, "school_id": school}
    return db.insert("classes", **columns | over)["id"]


def a_course(db: Any, **over: Any) -> Any:
    columns = {"title": "Algebra", "subject": "Mathematics", "grade": 8, "difficulty": "EASY"}
    return db.insert("courses", **columns | over)["id"]


def a_lesson(db: Any, course: Any = None, **over: Any) -> Any:
    columns = {"title": "Lesson", "content": {}, "course_id": course or a_course(db), "order_index": next(_numbers)}
    return db.insert("lessons", **columns | over)["id"]


def a_quiz(db: Any, **over: Any) -> Any:
    return db.insert("quizzes", **{"title": "Quiz"} | over)["id"]


def a_question(db: Any, quiz: Any, **over: Any) -> Any:
    columns = {"text": "1 + 1?", "type": "SHORT_ANSWER", "correct_answer": {"is": 2}, "quiz_id": quiz}
    return db.insert("questions", **columns | {"order_index": next(_numbers)} | over)["id"]


def a_submission(db: Any, student: Any, quiz: Any, **over: Any) -> Any:
    columns = {"student_id": student, "quiz_id": quiz, "answers": {}, "max_score": 10, "time_spent": 60}
    return db.insert("submissions", **columns | over)


def progress(db: Any, student: Any, lesson: Any, **over: Any) -> Any:
    return db.insert("student_progress", **{"student_id": student, "lesson_id": lesson} | over)


def a_badge(db: Any, criteria: dict[str, Any], **over: Any) -> Any:
    columns = {"name": f"Badge {next(_numbers)}", "description": "d", "category": "PROGRESS", "criteria": criteria}
    return db.insert("badges", **columns | over)["id"]


def an_assignment(db: Any, klass: Any, teacher: Any, **over: Any) -> Any:
    columns = {"title": "T", "description": "d", "class_id": klass, "due_date": "2999-01-01", "created_by": teacher}
    return db.insert("assignments", **columns | {"is_published": True} | over)["id"]


def enrol(db: Any, student: Any, klass: Any, **over: Any) -> Any:
    return db.insert("enrollments", **{"student_id": student, "class_id": klass} | over)["id"]


class World:
    """Two schools that must not see each other, and everybody who has a part in the first."""

    def __init__(self, db: Database) -> None:
        self.school, self.other_school = a_school(db), a_school(db)
        self.teacher, self.other_teacher = a_user(db, "TEACHER", self.school), a_user(db, "TEACHER", self.school)
        self.admin, self.other_admin = a_user(db, "ADMIN", self.school), a_user(db, "ADMIN", self.other_school)
        self.student, self.classmate = a_student(db, self.school), a_student(db, self.school)
        self.stranger = a_student(db, self.other_school)
        self.guardian, self.pending_guardian = a_user(db, "GUARDIAN"), a_user(db, "GUARDIAN")
        self.klass = a_class(db, self.school, self.teacher)
        self.other_class = a_class(db, self.school, self.other_teacher)
        enrol(db, self.student, self.klass)
        enrol(db, self.classmate, self.other_class)
        db.insert("guardian_links", guardian_id=self.guardian, student_id=self.student, status="APPROVED")
        db.insert("guardian_links", guardian_id=self.pending_guardian, student_id=self.student)


@pytest.fixture
def world(spark: Database) -> World:
    """Two schools with their people."""
    return World(spark)

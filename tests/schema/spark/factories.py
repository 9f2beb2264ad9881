"""One of everything a test of Spark may need, each factory returning the row it inserted."""

from __future__ import annotations

import itertools
from typing import Any

from slate_pg.testing.database import Database

_numbers = itertools.count(1)


def a_school(db: Database, **over: Any) -> dict[str, Any]:
    """Insert a school, in Kolkata's zone unless told."""
    return db.insert("schools", **{"name": f"School {next(_numbers)}"} | over)


def a_user(db: Database, role: str, school: Any = None, **over: Any) -> dict[str, Any]:
    """Insert an account without a profile, of no school unless told."""
    name = f"{role.lower()}{next(_numbers)}"
    columns = {"username": name, "email": f"{name}@example.org", "password_hash": "secret!", "role": role}
    return db.insert("users", **columns | {"school_id": school} | over)


def a_student(db: Database, school: Any = None, **profile: Any) -> dict[str, Any]:
    """Insert a student with a profile, which `profile` is about; returns the account."""
    student = a_user(db, "STUDENT", school)
    names = {"first_name": "A", "last_name": "B", "display_name": "AB"}
    db.insert("profiles", **{"user_id": student["id"]} | names | profile)
    return student


def a_class(db: Database, school: Any, teacher: Any = None, **over: Any) -> dict[str, Any]:
    """Insert a class of the school, with a new teacher unless told."""
    teacher = teacher or a_user(db, "TEACHER", school)["id"]
    columns = {"name": "8A", "subject": "Mathematics", "grade": 8, "teacher_id": teacher, "school_id": school}
    return db.insert("classes", **columns | over)


def an_enrolment(db: Database, student: Any, klass: Any, **over: Any) -> dict[str, Any]:
    """Enrol a student in a class."""
    return db.insert("enrollments", **{"student_id": student, "class_id": klass} | over)


def a_course(db: Database, **over: Any) -> dict[str, Any]:
    """Insert a course that is a draft."""
    columns = {"title": "Algebra", "subject": "Mathematics", "grade": 8, "difficulty": "EASY"}
    return db.insert("courses", **columns | over)


def a_lesson(db: Database, course: Any = None, **over: Any) -> dict[str, Any]:
    """Insert a lesson that is a draft, of a new course unless told."""
    course = course or a_course(db)["id"]
    columns = {"title": "Lesson", "content": {}, "course_id": course, "order_index": next(_numbers)}
    return db.insert("lessons", **columns | over)


def a_quiz(db: Database, **over: Any) -> dict[str, Any]:
    """Insert a quiz without questions, of no lesson unless told."""
    return db.insert("quizzes", **{"title": "Quiz"} | over)


def a_question(db: Database, quiz: Any, **over: Any) -> dict[str, Any]:
    """Insert a question with a short answer."""
    columns = {"text": "1 + 1?", "type": "SHORT_ANSWER", "correct_answer": {"is": 2}, "quiz_id": quiz}
    return db.insert("questions", **columns | {"order_index": next(_numbers)} | over)


def a_submission(db: Database, student: Any, quiz: Any, **over: Any) -> dict[str, Any]:
    """Insert a submission of the student, not graded."""
    columns = {"student_id": student, "quiz_id": quiz, "answers": {}, "max_score": 10, "time_spent": 60}
    return db.insert("submissions", **columns | over)


def a_progress(db: Database, student: Any, lesson: Any, **over: Any) -> dict[str, Any]:
    """Insert the student's progress in a lesson, not started."""
    return db.insert("student_progress", **{"student_id": student, "lesson_id": lesson} | over)


def a_badge(db: Database, criteria: dict[str, Any], **over: Any) -> dict[str, Any]:
    """Insert a badge that nobody has earned."""
    columns = {"name": f"Badge {next(_numbers)}", "description": "d", "category": "PROGRESS", "criteria": criteria}
    return db.insert("badges", **columns | over)


def an_assignment(db: Database, klass: Any, teacher: Any, **over: Any) -> dict[str, Any]:
    """Insert published work for a class, due in a thousand years."""
    columns = {"title": "T", "description": "d", "class_id": klass, "due_date": "2999-01-01", "created_by": teacher}
    return db.insert("assignments", **columns | {"is_published": True} | over)


def a_guild(db: Database, **over: Any) -> dict[str, Any]:
    """Insert a guild of a new school, led by a new student of it."""
    school = a_school(db)["id"]
    leader = a_student(db, school)["id"]
    return db.insert("guilds", **{"name": f"G {leader}", "leader_id": leader, "school_id": school} | over)


def a_membership(db: Database, guild: Any, student: Any, **over: Any) -> dict[str, Any]:
    """Let a student join a guild."""
    return db.insert("guild_memberships", **{"guild_id": guild, "student_id": student} | over)


def a_sync_log(db: Database, user: Any, status: str = "COMPLETED", days: float = 40) -> dict[str, Any]:
    """Insert what a device sent that many days ago."""
    created = db.value("SELECT now() - make_interval(secs => %s)", days * 86400)
    return db.insert("sync_logs", user_id=user, device_id="d", actions="[]", status=status, created_at=created)


def a_conflict(db: Database, log: Any, **over: Any) -> dict[str, Any]:
    """Insert an open conflict of a log."""
    columns = {"sync_log_id": log, "entity_type": "lesson_progress", "entity_id": log}
    return db.insert("sync_conflicts", **columns | {"client_data": {}, "server_data": {}} | over)


class World:
    """Two schools that must not see each other, and everybody who has a part in the first, each by id."""

    def __init__(self, db: Database) -> None:
        self.school, self.other_school = a_school(db)["id"], a_school(db)["id"]
        self.teacher = a_user(db, "TEACHER", self.school)["id"]
        self.other_teacher = a_user(db, "TEACHER", self.school)["id"]
        self.admin, self.other_admin = (a_user(db, "ADMIN", s)["id"] for s in (self.school, self.other_school))
        self.student, self.classmate = (a_student(db, self.school)["id"] for _ in range(2))
        self.stranger = a_student(db, self.other_school)["id"]
        self.guardian, self.pending_guardian = (a_user(db, "GUARDIAN")["id"] for _ in range(2))
        self.klass = a_class(db, self.school, self.teacher)["id"]
        self.other_class = a_class(db, self.school, self.other_teacher)["id"]
        an_enrolment(db, self.student, self.klass)
        an_enrolment(db, self.classmate, self.other_class)
        db.insert("guardian_links", guardian_id=self.guardian, student_id=self.student, status="APPROVED")
        db.insert("guardian_links", guardian_id=self.pending_guardian, student_id=self.student)

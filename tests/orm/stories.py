"""What the same service does in each of the five products: whose rows, which keys, which column locks optimistically."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]
_numbers = itertools.count(5000)
_attempts = itertools.count(100)


@dataclass(frozen=True)
class Write:
    """A table, one more row for it at each call, and what a later UPDATE changes."""

    table: str
    row: Callable[[], Row]
    change: Row
    key: tuple[str, ...] = ("id",)  # what ON CONFLICT names

    def rows(self, number: int) -> list[Row]:
        return [self.row() for _ in range(number)]


@dataclass(frozen=True)
class Story:
    """One product: a person and one who sees nothing of hers, what she writes, what the service writes."""

    product: str
    person: str
    other: str
    own: Write  # as the person
    many: Write  # as the service, thousands of them
    upsert: Write  # as the service, again and again
    version: tuple[Write, str]  # as the service, and the column that says which version was read
    parent: tuple[str, str, str]  # child table, its foreign key's column, parent table
    partitioned: Write | None = None  # as the service

    @property
    def people(self) -> str:
        return f"{self.product}_people"

    @property
    def service(self) -> str:
        return f"{self.product}_service"


def _number() -> int:
    return next(_numbers)


def _email(role: str = "orm") -> str:
    return f"{role}{_number()}@example.org"


_SPARK = "{}0000000-0000-4000-8000-000000000{}"
_AMARA, _LUCA = (f"10000000-0000-4000-8000-00000000000{n}" for n in (1, 2))
_HEART = "20000000-0000-4000-8000-000000000001"
_MAYA, _DANIEL = (f"0a1b2c3d-0000-4000-8000-00000000{n}" for n in (1001, 1002))
_AARAV, _DIYA = _SPARK.format(2, 201), _SPARK.format(2, 202)

STORIES = (
    Story(
        "flourish", "T001", "T002",
        own=Write("skill_targets", lambda: {"student_id": "S002", "skill_name": f"Skill {_number()}"}, {"completed": True, "completed_at": "2099-01-01 00:00Z"}),
        many=Write("data_entries", lambda: {"id": f"DE{_number()}", "student_id": "S003", "type": "parent_note", "date": "2026-01-05", "content": "Seen."}, {"content": "Heard."}),
        upsert=Write("assessments", lambda: {"data_entry_id": "DE001", "student_id": "S001", "skill_name": f"Skill {_number()}", "skill_category": "SEL", "level": "Emerging", "justification": "j", "source_quote": "q"}, {"level": "Advanced"}, ("data_entry_id", "skill_name")),
        version=(Write("assessments", lambda: {"data_entry_id": "DE002", "student_id": "S001", "skill_name": f"Skill {_number()}", "skill_category": "SEL", "level": "Emerging", "justification": "j", "source_quote": "q"}, {"level": "Advanced"}), "updated_at"),
        parent=("students", "teacher_id", "teachers"),
    ),
    Story(
        "learning", _AMARA, _LUCA,
        own=Write("study_materials", lambda: {"user_id": _AMARA, "title": "Cells", "source_type": "text", "tags": ["biology", "a, \"b\""], "metadata": {"pages": 3}}, {"title": "Cells and tissue"}),
        many=Write("content_chunks", lambda: {"study_material_id": _HEART, "chunk_order": _number(), "content": "100 %", "chunk_type": "quotation", "metadata": {"n": 1}}, {"summary": "All of it."}),
        upsert=Write("users", lambda: {"email": _email(), "username": f"orm{_number()}", "password_hash": "$2b$12$" + "A" * 53}, {"first_name": "Ada"}, ("email",)),
        version=(Write("study_materials", lambda: {"user_id": _LUCA, "title": "Rome", "source_type": "text"}, {"title": "Roma"}), "updated_at"),
        parent=("study_materials", "user_id", "users"),
        partitioned=Write("progress_metrics", lambda: {"user_id": _AMARA, "metric_type": "speed", "metric_value": 0.5, "metric_data": {"n": 1}}, {"metric_value": 0.75}, ("id", "recorded_at")),
    ),
    Story(
        "physed", _MAYA, _DANIEL,
        own=Write("lessons", lambda: {"user_id": _MAYA, "title": "Relay", "content": {"steps": []}}, {"title": "Relay race"}),
        many=Write("lessons", lambda: {"user_id": _DANIEL, "title": f"Lesson {_number()}", "metadata": {"n": 1}}, {"title": "Changed"}),
        upsert=Write("users", lambda: {"email": _email(), "first_name": "Ada"}, {"first_name": "Grace"}, ("email",)),
        version=(Write("classes", lambda: {"name": f"Class {_number()}", "grade_level": "7", "teacher_id": _MAYA, "capacity": 20}, {"capacity": 21}), "version"),
        parent=("lessons", "user_id", "users"),
        partitioned=Write("movement_analysis", lambda: {"student_id": 1001, "confidence_score": 0.5}, {"recommendations": "Bend the knees."}, ("id", "created_at")),
    ),
    Story(
        "spark", _AARAV, _DIYA,
        own=Write("sync_logs", lambda: {"user_id": _AARAV, "device_id": "tablet", "actions": [{"do": "%s"}]}, {}),
        many=Write("user_notifications", lambda: {"user_id": _DIYA, "title": f"News {_number()}", "message": "100 % new", "type": "ANNOUNCEMENT"}, {"is_read": True}),
        upsert=Write("learning_preferences", lambda: {"student_id": _AARAV, "preferred_subjects": ["Maths", "Art, or \"Craft\""]}, {"learning_style": "auditory"}, ("student_id",)),
        version=(Write("courses", lambda: {"title": f"Course {_number()}", "subject": "Mathematics", "grade": 8, "difficulty": "EASY"}, {"difficulty": "HARD"}), "updated_at"),
        parent=("lessons", "course_id", "courses"),
        partitioned=Write("submissions", lambda: {"student_id": _DIYA, "quiz_id": _SPARK.format(6, "001"), "attempt": next(_attempts), "answers": {"1": "x"}, "max_score": 10, "time_spent": 60}, {"feedback": "Well done."}, ("id", "submitted_at")),
    ),
    Story(
        "vividly", "user_12345", "user_22001",
        own=Write("content_requests", lambda: {"id": f"req_{uuid.uuid4().hex[:16]}", "student_id": "user_12345", "original_query": "Why do 50 % bounce?"}, {}),
        many=Write("interests", lambda: {"id": f"int_{_number()}", "name": f"Interest {_number()}", "metadata": {"n": [1]}}, {"is_active": False}),
        upsert=Write("users", lambda: {"id": f"user_{uuid.uuid4().hex[:16]}", "email": _email("Ada."), "password_hash": "$2b$12$" + "." * 53, "first_name": "Ada", "last_name": "L", "role": "teacher", "org_id": "school_cedar_hs"}, {"first_name": "Grace"}, ("email",)),
        version=(Write("classes", lambda: {"id": f"class_{uuid.uuid4().hex[:16]}", "name": "Physics", "subject": "physics", "grade_level": 9, "school_year": "2026-2027", "teacher_id": "user_teacher_cole", "school_id": "school_cedar_hs"}, {"grade_level": 10}), "updated_at"),
        parent=("classes", "teacher_id", "users"),
    ),
)  # fmt: skip

"""Rows that tests need: each factory inserts one and returns it whole."""

from __future__ import annotations

from itertools import count
from typing import Any

from psycopg.types.json import Jsonb

from slate_pg.testing.database import Database

_numbers = count(1)

OBJECTIVES = {"learning_objectives": [{"area": "fitness", "target": "improve_endurance"}]}
CRITERIA = {"skill_criteria": {"technique": {"weight": 0.4}, "performance": {"weight": 0.6}}}
NOT_MAIL = [
    "",
    "nobody",
    "a@b",
    "@school.example",
    "a b@school.example",
    "a@b@c.example",
    "a@.example",
    "a@school..example",
]
INCIDENT = {
    "date": "2026-01-05",
    "incident_type": "fall",
    "severity": "low",
    "description": "fell",
    "action_taken": "ice",
}
PARTITIONED = ["activity_logs", "movement_analysis", "performance_metrics", "safety_incidents"]
ANALYSIS = {"movement_data": {}, "analysis_results": {"movement_type": "jumping", "quality_score": 0.8}}


def a_user(db: Database, **over: Any) -> dict[str, Any]:
    """Insert a person of the staff who does not teach."""
    return db.insert("users", **{"email": f"person{next(_numbers)}@school.example"} | over)


def a_teacher(db: Database, **over: Any) -> dict[str, Any]:
    """Insert an active teacher."""
    return a_user(db, **{"is_teacher": True} | over)


def a_student(db: Database, **over: Any) -> dict[str, Any]:
    """Insert a student."""
    return db.insert("students", **{"first_name": "Ava", "last_name": "Lindqvist"} | over)


def a_class(db: Database, **over: Any) -> dict[str, Any]:
    """Insert a planned class without a teacher."""
    return db.insert("classes", **{"name": "6a", "grade_level": "6"} | over)


def an_activity(db: Database, **over: Any) -> dict[str, Any]:
    """Insert an activity of the catalogue."""
    return db.insert("activities", **{"name": "Box jumps", "activity_type": "fitness_training"} | over)


def a_routine(db: Database, **over: Any) -> dict[str, Any]:
    """Insert a routine without steps."""
    return db.insert("routines", **{"name": "Monday"} | over)


def a_plan(db: Database, student: dict[str, Any] | None = None, **over: Any) -> dict[str, Any]:
    """Insert a plan without dates, for a new student unless told."""
    student = student or a_student(db)
    plan = {"student_id": student["id"], "name": "Spring", "objectives": OBJECTIVES, "assessment_criteria": CRITERIA}
    return db.insert("activity_plans", **plan | over)


def an_enrolment(
    db: Database, class_: dict[str, Any], student: dict[str, Any] | None = None, **over: Any
) -> dict[str, Any]:
    """Enrol a student in the class, a new one unless told."""
    student = student or a_student(db)
    return db.insert("class_students", **{"class_id": class_["id"], "student_id": student["id"]} | over)


def a_criterion_set(db: Database, **over: Any) -> dict[str, Any]:
    """Insert a root criterion that is a set by itself."""
    return db.insert("assessment_criteria", **{"set_name": f"set {next(_numbers)}", "name": "form"} | over)


def a_category(db: Database, name: str, parent: dict[str, Any] | None = None) -> dict[str, Any]:
    """Insert a category of activities, a root unless told."""
    return db.insert("activity_categories", name=name, parent_id=parent and parent["id"])


def an_assessment(db: Database, **over: Any) -> dict[str, Any]:
    """Insert an assessment of a new student in a new activity."""
    return db.insert(
        "skill_assessments", **{"student_id": a_student(db)["id"], "activity_id": an_activity(db)["id"]} | over
    )


def a_criterion(db: Database, **over: Any) -> dict[str, Any]:
    """Insert a criterion below what the test says."""
    return db.insert("assessment_criteria", **{"name": "form"} | over)


def an_adaptation(db: Database, **over: Any) -> dict[str, Any]:
    """Insert an adaptation for a new student unless told."""
    student = over.pop("student", None) or a_student(db)
    return db.insert(
        "activity_adaptations", **{"student_id": student["id"], "activity_id": an_activity(db)["id"]} | over
    )


def an_incident(db: Database, **over: Any) -> dict[str, Any]:
    """Insert a full report about a new student."""
    return db.insert(
        "safety_incidents",
        **{"student_id": a_student(db)["id"], "activity_id": an_activity(db)["id"]} | INCIDENT | over,
    )


def an_analysis(db: Database, **over: Any) -> dict[str, Any]:
    """Insert an analysis of a new student's movement."""
    return db.insert("movement_analysis", **{"student_id": a_student(db)["id"], "analysis_data": ANALYSIS} | over)


def a_step(
    db: Database, routine: dict[str, Any], order: int, activity: dict[str, Any] | None = None, **over: Any
) -> dict[str, Any]:
    """Insert a step of the routine, with a new activity unless told."""
    activity = activity or an_activity(db)
    return db.insert(
        "routine_activities",
        **{"routine_id": routine["id"], "activity_id": activity["id"], "sequence_order": order} | over,
    )


def taught_student(db: Database, **over: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """A teacher, and a student enrolled in an active class of the teacher's."""
    teacher = a_teacher(db)
    student = a_student(db, **over)
    an_enrolment(db, a_class(db, teacher_id=teacher["id"], status="active"), student)
    return teacher, student


def everything_about(db: Database, student: dict[str, Any]) -> dict[str, int]:
    """One row about the student in every table that can hold one; returns how many rows each has."""
    me = {"student_id": student["id"]}
    activity = an_activity(db)
    class_ = a_class(db)
    routine = a_routine(db, class_id=class_["id"])
    criterion = db.insert("assessment_criteria", set_name=f"set {next(_numbers)}", name="form")
    an_enrolment(db, class_, student)
    on = me | {"activity_id": activity["id"]}

    performance = db.insert("routine_performance", **me, routine_id=routine["id"])
    db.insert("performance_metrics", performance_id=performance["id"], metric_type="steps", metric_value=1)
    db.insert("performance_metrics", performance_id=performance["id"], created_at="2001-02-03")
    assessment = db.insert("skill_assessments", **on)
    db.insert("assessment_results", assessment_id=assessment["id"], criteria_id=criterion["id"], score=1)
    plan = a_plan(db, student, class_id=class_["id"])
    db.insert("activity_plan_activities", plan_id=plan["id"], activity_id=activity["id"])
    db.insert("activity_adaptations", **on)
    analysis = db.insert("movement_analysis", **on, analysis_data=ANALYSIS)
    db.insert("movement_patterns", movement_analysis_id=analysis["id"], pattern_type="jumping")
    db.insert("safety_incidents", **on, date="2026-11-20", incident_type="fall", severity="low",
              description="fell", action_taken="ice")  # fmt: skip
    db.insert("safety_incidents", **on, date="2001-02-03", incident_type="fall", severity="low",
              description="fell", action_taken="ice", incident_metadata={"old": True})  # fmt: skip
    db.insert("skill_progress", **on)
    db.insert("skill_progressions", **on, current_level="master")
    db.insert("student_activity_performances", **on, score=0.5)
    db.insert("student_activity_preferences", **me, activity_type="game")
    db.insert("pe_activity_preferences", **on)
    db.insert("adaptation_activity_preferences", **me, activity_type="game")
    return rows_about(db, student["id"])


def rows_about(db: Database, student_id: int) -> dict[str, int]:
    """Rows per table with this student_id, over every table of the product that has the column, leaves excepted."""
    tables = db.rows(
        """SELECT c.relname::text FROM pg_class AS c INNER JOIN pg_attribute AS a ON a.attrelid = c.oid
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
            AND a.attname = 'student_id'"""
    )
    return {t: db.value(f"SELECT count(*) FROM {t} WHERE student_id = %s", student_id) for (t,) in tables}


def json(value: Any) -> Jsonb:
    """Wrap a value that is JSON and no array of the database."""
    return Jsonb(value)

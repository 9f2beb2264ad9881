"""The scale seed: a school a slice, whole, the same every time, and as the triggers leave it."""

from __future__ import annotations

from typing import Any

from slate_pg.testing.database import Database
from tests.schema.physed.factories import PARTITIONED

MAIN = ("student_activity_performances", "performance_metrics", "movement_analysis")
TABLES = """SELECT relname::text FROM pg_class WHERE relnamespace = current_schema()::regnamespace
AND relkind IN ('r', 'p') AND NOT relispartition AND relname !~ '^(_|yoyo_)' ORDER BY relname"""
# The trail's numbers are handed out as rows come; clocks are those of the transaction.
NO_CONTENT = {"updated_at"}
TRAIL = {"audit_log", "status_changes", "assessment_history", "adaptation_history", "class_students"}


def load(db: Database, slice_: int) -> None:
    db.execute(f"SET LOCAL slate.slice = '{slice_}'")
    db.seed("physed", "scale")
    db.check_deferred()


def counts(db: Database) -> dict[str, Any]:
    return {t: db.value(f"SELECT count(*) FROM {t}") for (t,) in db.rows(TABLES)}


def content(db: Database) -> dict[str, Any]:
    """One number per table, over every row and column but clocks; the order of rows does not matter."""
    sums = {}
    for (table,) in db.rows(TABLES):
        drop = "'{updated_at,created_at,id}'" if table in TRAIL else "'{updated_at}'"
        row = f"to_jsonb(t) - {drop}::text[]"
        sums[table] = db.value(f"SELECT sum(hashtextextended(({row})::text, 0)) FROM {table} AS t")
    return sums


def test_a_school_loads_twice_without_a_trace_another_is_as_large_and_both_look_like_schools(physed: Database) -> None:
    """One test, because a school takes a second to load: the second is any other, far from the first."""
    physed.seed("physed", "reference")
    before = counts(physed)
    load(physed, 1)
    first, sums = counts(physed), content(physed)
    assert {t: first[t] for t in MAIN} == dict.fromkeys(MAIN, 10_000)
    assert 40_000 <= sum(first.values()) - sum(before.values()) <= 60_000

    load(physed, 1)
    assert counts(physed) == first
    assert content(physed) == sums

    load(physed, 7)
    second = counts(physed)
    assert {t: second[t] - first[t] for t in MAIN} == dict.fromkeys(MAIN, 10_000)
    grown = sum(second.values()) - sum(first.values())
    assert 0.97 < grown / (sum(first.values()) - sum(before.values())) <= 1.0, "only the catalogue is shared"

    is_as_the_triggers_leave_it(physed)
    looks_like_a_school(physed)


def is_as_the_triggers_leave_it(physed: Database) -> None:
    one = physed.value
    assert one("SELECT count(*) FROM pg_constraint WHERE NOT convalidated") == 0
    assert one("SELECT count(*) FROM pg_trigger WHERE tgenabled <> 'O'") == 0
    assert [one(f"SELECT count(*) FROM {t}_default") for t in PARTITIONED] == [0, 0, 0, 0]
    assert (
        physed.rows(
            """SELECT c.id FROM classes AS c
        WHERE c.enrolled_count <> (
            SELECT count(*) FROM class_students AS e WHERE e.class_id = c.id AND e.status = 'enrolled'
        )"""
        )
        == []
    )
    assert one("SELECT count(*) FROM routines WHERE activity_count <> 4") == 0
    for table in ("students", "classes", "skill_assessments", "activity_plans", "safety_incidents", "risk_assessments"):
        assert one("SELECT count(*) FROM audit_log WHERE table_name = %s", table) == one(
            f"SELECT count(*) FROM {table}"
        )
    for table in ("classes", "routines", "skill_assessments", "activity_plans", "skill_progressions", "safety_checks"):
        assert one("SELECT count(*) FROM status_changes WHERE table_name = %s", table) == one(
            f"SELECT count(*) FROM {table}"
        )
    assert one("SELECT count(*) FROM assessment_history") == one("SELECT count(*) FROM skill_assessments")
    assert one("SELECT count(*) FROM teacher_scopes WHERE mark > 0") == 0
    assert one("SELECT sum(cardinality(student_ids)) FROM teacher_scopes") == one(
        """SELECT count(DISTINCT (c.teacher_id, e.student_id)) FROM class_students AS e
        INNER JOIN classes AS c ON c.id = e.class_id WHERE e.status IN ('enrolled', 'waitlisted')"""
    )


def looks_like_a_school(physed: Database) -> None:
    """Few students do much, and nobody meets in the holidays."""
    busiest, median = physed.row(
        """SELECT max(n), percentile_disc(0.5) WITHIN GROUP (ORDER BY n)
        FROM (SELECT count(*) AS n FROM student_activity_performances GROUP BY student_id) AS s"""
    )
    assert busiest > 8 * median
    days = (
        "SELECT DISTINCT extract(ISODOW FROM performance_date)::integer FROM student_activity_performances ORDER BY 1"
    )
    assert physed.rows(days) == [(1,), (2,), (3,), (5,)]
    assert physed.value(
        """SELECT count(*) FROM movement_analysis
        WHERE extract(HOUR FROM created_at) NOT BETWEEN 8 AND 14 OR created_at BETWEEN '2024-12-21' AND '2025-01-05'"""
    ) == 0  # fmt: skip
    assert physed.value("SELECT count(*) FROM student_activity_performances WHERE score IS NULL") > 100

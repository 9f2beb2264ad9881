"""What every table of physical education has: names, numbers, clocks, versions, a status on record, sound seeds."""

from __future__ import annotations

import pytest

from slate_pg.testing.database import Database
from tests.schema.physed.factories import PARTITIONED, a_student

# Names


NAMED = {
    "users": "first_name last_name", "assistant_profiles": "name description", "students": "first_name last_name",
    "assistant_capabilities": "name description", "subject_categories": "name description", "lessons": "title description",
    "activity_plans": "name description", "activity_categories": "name description", "activities": "name description",
    "exercises": "name description", "classes": "name grade_level", "routines": "name description",
    "assessment_criteria": "name description", "safety_incidents": "incident_type severity description action_taken",
    "movement_patterns": "description", "movement_pattern_types": "name description",
}  # fmt: skip


def test_r5_no_table_accepts_a_blank_name_or_description(school: Database) -> None:
    for table, columns in NAMED.items():
        for column in columns.split():
            with school.throws("23514", constraint=f"{table}_{column}_not_blank_check"):
                school.execute(f"UPDATE {table} SET {column} = E' \\t'")


# Numbers


UNIT = {
    "user_memories": "importance confidence", "routine_performance": "accuracy_score effort_score",
    "student_activity_performances": "score", "student_activity_preferences": "preference_score",
    "pe_activity_preferences": "preference_score", "adaptation_activity_preferences": "preference_score",
    "risk_assessments": "probability impact", "equipment_checks": "safety_rating",
    "movement_analysis": "confidence_score quality_score", "adaptation_history": "effectiveness_score",
}  # fmt: skip


def test_r68_scores_are_0_to_1_unless_said_otherwise(school: Database) -> None:
    for table, columns in UNIT.items():
        for column in columns.split():
            for right in (0, 1, 0.5):
                school.execute(f"UPDATE {table} SET {column} = %s", right)
            for wrong in (-0.01, 1.01, "NaN", "Infinity"):
                with school.throws("23514", constraint=f"{table}_{column}_range_check"):
                    school.execute(f"UPDATE {table} SET {column} = %s", wrong)


def test_no_number_is_not_a_number(school: Database) -> None:
    """Every floating-point column of every table refuses NaN and infinity."""
    columns = school.rows(
        """SELECT c.relname::text, a.attname::text FROM pg_class AS c INNER JOIN pg_attribute AS a ON a.attrelid = c.oid
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
            AND a.atttypid = 'double precision'::regtype AND a.attnum > 0 AND c.relname !~ '^(_|yoyo_)'"""
    )
    assert len(columns) > 20
    for table, column in columns:
        for wrong in ("NaN", "Infinity", "-Infinity") if school.sees(table) else ():
            with school.throws("23514", match=f"{table}|{column}|score"):
                school.execute(f"UPDATE {table} SET {column} = %s", wrong)


# Clocks and versions


def test_r74_created_at_is_now_and_updated_at_follows_every_update_in_every_table(school: Database) -> None:
    tables = [t for (t,) in school.rows(
        """SELECT c.relname::text FROM pg_class AS c INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.oid = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
            AND c.relname !~ '^(_|yoyo_)' ORDER BY 1"""
    )]  # fmt: skip
    assert len(tables) >= 48
    empty = [t for t in tables if not school.sees(t)]
    assert empty == ["medical_keys"], "the demo seed has a row in every other table"
    school.execute("SET LOCAL core.maintenance = 'on'")  # the audit trail is append-only otherwise
    for table in tables:
        assert school.rows(
            """SELECT count(*) FROM pg_attribute AS a INNER JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
            WHERE a.attrelid = %s::regclass AND a.attname IN ('created_at', 'updated_at') AND a.attnotnull
                AND pg_get_expr(d.adbin, d.adrelid) = 'now()'""", table,
        ) == [(2,)], table  # fmt: skip
        school.execute(f"UPDATE {table} SET updated_at = '2000-01-01'")
        assert school.rows(f"SELECT DISTINCT updated_at = now() FROM {table}") in ([(True,)], []), table


@pytest.mark.parametrize(
    "table",
    [
        "users", "lessons", "activities", "students", "classes", "routines", "skill_progress", "skill_assessments",
        "activity_plans", "activity_adaptations",
    ],
)  # fmt: skip
def test_r93_tables_that_people_edit_carry_a_version(physed: Database, table: str) -> None:
    assert physed.value(
        "SELECT count(*) FROM pg_trigger WHERE tgrelid = %s::regclass AND tgfoid = 'bump_version'::regproc", table
    )


# Status


def test_r75_no_table_with_a_status_is_forgotten(physed: Database) -> None:
    missing = physed.rows(
        """SELECT c.relname FROM pg_class AS c INNER JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'status'
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND c.relname !~ '^(_|yoyo_)' AND NOT EXISTS (
            SELECT 1 FROM pg_trigger AS t WHERE t.tgrelid = c.oid AND t.tgfoid = 'record_status'::regproc
        )"""
    )
    assert missing == []


# Seeds


def test_seeds_can_be_loaded_twice(school: Database) -> None:
    tables = "SELECT relname::text FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition AND relname !~ '^(_|yoyo_)'"
    before = {t: school.sees(t) for (t,) in school.rows(tables)}
    school.check_deferred()
    school.seed("physed", "reference", "demo")
    assert {t: school.sees(t) for (t,) in school.rows(tables)} == before


def test_a_row_added_after_the_seeds_does_not_meet_one_of_theirs(school: Database) -> None:
    assert a_student(school)["id"] > 1008
    assert school.insert("movement_analysis", student_id=1001)["id"] > 1001


def test_the_demo_leaves_nothing_in_quarantine(school: Database) -> None:
    for table in PARTITIONED:
        assert school.sees(f"{table}_default") == 0


def test_every_column_says_what_it_holds(physed: Database) -> None:
    silent = physed.rows(
        """SELECT c.relname || '.' || a.attname FROM pg_class AS c INNER JOIN pg_attribute AS a ON a.attrelid = c.oid
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'm') AND NOT c.relispartition
            AND c.relname <> '_slate_ledger' AND a.attnum > 0 AND NOT a.attisdropped
            AND col_description(c.oid, a.attnum) IS NULL ORDER BY 1"""
    )
    assert silent == []

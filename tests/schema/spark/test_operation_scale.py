"""The scale seed: a slice is a school, whole, the same everywhere, and as the triggers and jobs would have left it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from slate_pg.sqlfiles import read_files
from slate_pg.testing.database import Database

SQL = Path(__file__).parents[3] / "sql" / "spark"
SEED = SQL / "seeds" / "scale.sql"
QUERIES = read_files(SQL / "queries")

FACTS = ("student_progress", "submissions", "user_notifications")
# Written by triggers with an id and a time of their own.
RANDOM = {"id", "created_at", "updated_at", "joined_at", "processed_at", "date"}
STUDENTS = "'5ca1e011-0000-4000-8000-00000{}000000' AND '5ca1e011-0000-4000-8000-00000{}000400'"


def load(db: Database, *slices: int, students: int = 400) -> None:
    """Run slices of the scale seed, with fewer than their 400 students where the number does not matter."""
    text = SEED.read_text().replace("generate_series(1, 400", f"generate_series(1, {students}")
    for number in slices:
        db.execute("SELECT set_config('slate.slice', %s, true)", str(number))
        db.connection.execute(text.replace("c.place) % 400", f"c.place) % {students}").encode())


def counts(db: Database) -> dict[str, int]:
    query = """
        SELECT c.relname FROM pg_class AS c
        WHERE c.relnamespace = 'spark'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
            AND c.relname !~ '^(_|yoyo)' ORDER BY 1
    """
    return {table: db.value(f"SELECT count(*) FROM {table}") for (table,) in db.rows(query)}


def checksum(db: Database, table: str, where: str = "true") -> Decimal | None:
    """A number for the content of a table, without what comes from the clock or a random id."""
    columns = ", ".join(f"'{name}'" for name in sorted(RANDOM))
    return db.value(f"""
        SELECT sum(hashtextextended((to_jsonb(t) - ARRAY[{columns}])::text, 0)) FROM {table} AS t WHERE {where}
    """)


@pytest.fixture
def school(spark: Database) -> Database:
    """The first slice with a fifth of its students, and the badges it refers to."""
    spark.seed("spark", "reference")
    load(spark, 1, students=80)
    return spark


def test_a_whole_slice_is_a_school_and_the_same_on_every_server(spark: Database) -> None:
    spark.seed("spark", "reference")
    load(spark, 1)
    found = counts(spark)
    for table in FACTS:
        assert 10_000 <= found[table] <= 20_000, table
    empty = {table for table, rows in found.items() if rows == 0}
    assert empty == {
        "badge_debts", "class_analytics", "content_translations", "sync_conflicts_archive", "sync_logs_archive",
    }  # fmt: skip
    assert spark.rows("SELECT conname FROM pg_constraint WHERE NOT convalidated") == []

    progress = "SELECT count(*), sum(progress)::text, sum(time_spent), count(completed_at) FROM student_progress"
    papers = "SELECT count(*), sum(score)::text, sum(attempt), count(*) FILTER (WHERE is_final) FROM submissions"
    people = "SELECT sum(xp_points), sum(crystals), sum(streak), sum(total_time_spent) FROM profiles"
    assert spark.row(progress) == (13433, "1168007.00", 11215119, 10631)
    assert spark.row(papers) == (11414, "797295.74", 15080, 7702)
    assert spark.row(people) == (453820, 18623, 3794, 11215119)

    activity_is_as_uneven_as_in_a_school(spark)
    every_query_finds_the_same_rows_as_owner_and_as_its_person(spark)


def activity_is_as_uneven_as_in_a_school(school: Database) -> None:
    begun = """
        SELECT count(*) FILTER (WHERE n = 0), percentile_disc(0.5) WITHIN GROUP (ORDER BY n), max(n)
        FROM (SELECT u.id, count(p.id) AS n FROM users AS u LEFT JOIN student_progress AS p ON p.student_id = u.id
              WHERE u.role = 'STUDENT' GROUP BY u.id) AS students
    """
    none, middling, busiest = school.row(begun)
    assert (40 <= none <= 60, 15 <= middling <= 30, busiest) == (True, True, 108)
    zone = "(last_accessed AT TIME ZONE 'Asia/Kolkata')"
    year = f"SELECT count(*) FROM student_progress WHERE {zone} < '2026-04-01'"
    assert school.value(f"{year} AND extract(isodow FROM {zone}) = 7") == 0
    assert school.value(f"{year} AND {zone}::date BETWEEN '2025-05-10' AND '2025-06-14'") == 0
    assert school.value(f"{year} AND extract(hour FROM {zone}) NOT BETWEEN 8 AND 19") == 0
    assert school.value(f"SELECT count(*) FROM student_progress WHERE {zone}::date > current_date - 7") > 400


def every_query_finds_the_same_rows_as_owner_and_as_its_person(school: Database) -> None:
    for file in QUERIES:
        person = file.header["person"]
        school.execute("SELECT set_config('app.user_id', %s, true)", person)
        whole = school.query("spark", file.name, **file.scale_examples)
        with school.as_user(person, role="spark_people"):
            assert school.query("spark", file.name, **file.scale_examples) == whole, file.name
        assert whole, file.name
        if len(whole) == 1:
            assert file.name == "student_dashboard"
            assert whole[0]["lessons_completed"] > 50
            assert (len(whole[0]["go_on_with"]), len(whole[0]["due"])) == (5, 6)


def test_a_slice_run_again_adds_and_changes_nothing(school: Database) -> None:
    before = counts(school), [checksum(school, table) for table in counts(school)]
    load(school, 1, students=80)
    assert (counts(school), [checksum(school, table) for table in counts(school)]) == before


def test_the_next_slice_is_as_big_and_leaves_the_first_alone(school: Database) -> None:
    first = counts(school)
    facts = [(t, f"{c} BETWEEN {STUDENTS.format(1, 1)}") for t, c in
             [("student_progress", "student_id"), ("submissions", "student_id"), ("profiles", "user_id"),
              ("learning_analytics", "student_id")]]  # fmt: skip
    before = [checksum(school, table, where) for table, where in facts]
    load(school, 2, students=80)
    assert [checksum(school, table, where) for table, where in facts] == before
    second = counts(school)
    shared = {
        "courses",
        "lessons",
        "quizzes",
        "questions",
        "subjects",
        "badges",
        "retention_settings",
        "translatable_types",
    }
    for table, rows in first.items():
        if table in shared:
            assert second[table] == rows, table
        elif rows:
            assert 0.9 < (second[table] - rows) / rows < 1.1, table


def test_what_is_derived_is_what_triggers_and_jobs_would_make(school: Database) -> None:
    assert school.value("SELECT count(*) FROM student_progress_keys") == school.sees("student_progress")
    assert school.value("SELECT count(*) FROM submission_keys") == school.sees("submissions")
    for table in ("users", "enrollments", "submissions", "profiles", "earned_badges", "assignment_submissions"):
        assert school.value("SELECT count(*) FROM audit_logs WHERE table_name = %s", table) == school.sees(table)
    differences = {
        "seats": """SELECT c.id FROM classes AS c WHERE c.current_students <>
            (SELECT count(*) FROM enrollments AS e WHERE e.class_id = c.id AND e.status = 'ACTIVE')""",
        "time": """SELECT p.user_id FROM profiles AS p WHERE p.total_time_spent <>
            (SELECT coalesce(sum(s.time_spent), 0) FROM student_progress AS s WHERE s.student_id = p.user_id)""",
        "level": "SELECT p.user_id FROM profiles AS p WHERE p.level <> calculate_level(p.xp_points)",
        "attempts": """SELECT s.id FROM submissions AS s WHERE s.attempt > 1 AND NOT EXISTS (SELECT 1 FROM submissions AS
            o WHERE o.student_id = s.student_id AND o.quiz_id = s.quiz_id AND o.attempt = s.attempt - 1)""",
        "members": """SELECT g.id FROM guilds AS g WHERE g.current_members <>
            (SELECT count(*) FROM guild_memberships AS m WHERE m.guild_id = g.id)""",
    }
    for what, query in differences.items():
        assert school.rows(query) == [], what


def test_days_and_boards_are_what_their_jobs_compute(school: Database) -> None:
    days = [*school.rows("SELECT date FROM learning_analytics GROUP BY date ORDER BY date LIMIT 4"),
            (school.value("SELECT max(date) FROM learning_analytics"),)]  # fmt: skip
    whole = "SELECT to_jsonb(a) FROM learning_analytics AS a WHERE a.date = ANY(%s) ORDER BY student_id, date"
    before = school.rows(whole, [day for (day,) in days])
    for (day,) in days:
        school.execute("SELECT refresh_learning_analytics(%s)", day)
    assert school.rows(whole, [day for (day,) in days]) == before

    boards = "SELECT scope, scope_id, rankings FROM leaderboards WHERE timeframe = 'ALL_TIME' AND scope IN ('CLASS', 'SCHOOL')"
    seeded = school.rows(f"{boards} ORDER BY scope, scope_id")
    school.execute("SELECT rebuild_leaderboards()")
    assert school.rows(f"{boards} ORDER BY scope, scope_id") == seeded

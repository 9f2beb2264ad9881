"""Progress and submissions: years, uniqueness across them, offline clients, streaks by the school's day."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import psycopg
import pytest

from slate_pg.testing.database import Database
from slate_pg.testing.sessions import CommittedDatabase
from tests.schema.spark.factories import World, a_lesson, a_progress, a_quiz, a_school, a_student, a_submission, a_user

RECORD = "SELECT * FROM record_progress(%s, %s, %s, %s, %s, %s, %s, p_device_id => %s)"


def _leaf(db: Database, table: str, row: UUID) -> str:
    return db.value(f"SELECT tableoid::regclass::text FROM {table} WHERE id = %s", row).split(".")[-1]


def test_every_row_has_a_partition_and_strays_are_kept_in_default(spark: Database) -> None:
    student = a_student(spark)["id"]
    years = {"2024-01-01": "2024", "2025-12-31 23:59": "2025", "2026-07-01": "2026", "1999-01-01": "default"}
    for moment, suffix in years.items():
        row = a_progress(spark, student, a_lesson(spark)["id"], last_accessed=moment)["id"]
        assert _leaf(spark, "student_progress", row) == f"student_progress_{suffix}"
        quiz = a_quiz(spark)["id"]
        row = a_submission(spark, student, quiz, submitted_at=moment)["id"]
        assert _leaf(spark, "submissions", row) == f"submissions_{suffix}"


def test_the_job_moves_strays_out_of_default_into_their_year(spark: Database) -> None:
    student, lesson = a_student(spark)["id"], a_lesson(spark)["id"]
    row = a_progress(spark, student, lesson, last_accessed="2035-05-05", time_spent=60)["id"]
    assert _leaf(spark, "student_progress", row) == "student_progress_default"
    made = spark.rows(
        "SELECT partition_name, rows_moved FROM core.ensure_partitions('student_progress', 'year', 0, 0, '2035-01-01')"
    )
    assert made == [("student_progress_2035", 1)]
    assert _leaf(spark, "student_progress", row) == "student_progress_2035"
    assert spark.value("SELECT relrowsecurity FROM pg_class WHERE relname = 'student_progress_2035'")
    with spark.throws("23505", constraint="student_progress_student_id_lesson_id_key"):
        a_progress(spark, student, lesson)
    assert spark.value("SELECT total_time_spent FROM profiles WHERE user_id = %s", student) == 60


def test_a_student_has_one_progress_in_a_lesson_over_all_years(spark: Database) -> None:
    student, lesson = a_student(spark)["id"], a_lesson(spark)["id"]
    row = a_progress(spark, student, lesson, last_accessed="2024-03-01")["id"]
    with spark.throws("23505", constraint="student_progress_student_id_lesson_id_key"):
        a_progress(spark, student, lesson, last_accessed="2025-03-01")
    with spark.throws("23505", constraint="student_progress_pkey"):
        a_progress(spark, student, a_lesson(spark)["id"], id=row, last_accessed="2025-03-01")
    with spark.throws("23514", constraint="student_progress_key_is_final"):
        spark.execute("UPDATE student_progress SET lesson_id = %s", a_lesson(spark)["id"])
    spark.execute("DELETE FROM student_progress")
    assert a_progress(spark, student, lesson, last_accessed="2025-03-01")["id"]


def test_a_submission_id_is_taken_once_over_all_years(spark: Database) -> None:
    student, quiz = a_student(spark)["id"], a_quiz(spark)["id"]
    row = a_submission(spark, student, quiz, submitted_at="2024-03-01")["id"]
    with spark.throws("23505", constraint="submissions_pkey"):
        a_submission(spark, student, quiz, id=row, submitted_at="2025-03-01")
    with spark.throws("23514", constraint="submissions_key_is_final"):
        spark.execute("UPDATE submissions SET attempt = 2")


def test_a_new_year_moves_the_row_and_counts_nothing_twice(spark: Database) -> None:
    student, lesson = a_student(spark)["id"], a_lesson(spark)["id"]
    row = a_progress(spark, student, lesson, last_accessed="2025-12-31", time_spent=100)["id"]
    spark.execute("UPDATE student_progress SET last_accessed = '2026-01-01', time_spent = 130 WHERE id = %s", row)
    assert _leaf(spark, "student_progress", row) == "student_progress_2026"
    assert spark.value("SELECT total_time_spent FROM profiles WHERE user_id = %s", student) == 130
    assert spark.value("SELECT sum(total_time_spent) FROM learning_analytics") == 130
    assert spark.rows("SELECT id FROM student_progress_keys") == [(row,)]

    quiz = a_quiz(spark)["id"]
    paper = a_submission(spark, student, quiz, submitted_at="2025-12-31", is_final=True)["id"]
    spark.execute("UPDATE submissions SET submitted_at = '2026-01-01' WHERE id = %s", paper)
    assert _leaf(spark, "submissions", paper) == "submissions_2026"
    assert spark.rows("SELECT id, attempt, is_final FROM submission_keys") == [(paper, 1, True)]


def test_time_is_counted_for_the_profile_and_the_schools_day(spark: Database) -> None:
    student, lesson = a_student(spark)["id"], a_lesson(spark)["id"]
    row = a_progress(spark, student, lesson, time_spent=100)["id"]
    spark.execute("UPDATE student_progress SET time_spent = 160 WHERE id = %s", row)
    spark.execute("UPDATE student_progress SET time_spent = 150 WHERE id = %s", row)
    assert spark.value("SELECT total_time_spent FROM profiles WHERE user_id = %s", student) == 150
    assert spark.row("SELECT total_time_spent, date FROM learning_analytics") == (
        150,
        spark.value("SELECT school_day(%s)", student),
    )


def test_time_counts_for_the_day_it_was_spent_and_never_for_tomorrow(spark: Database) -> None:
    student = a_student(spark, a_school(spark)["id"])["id"]
    row = a_progress(spark, student, a_lesson(spark)["id"], time_spent=60, last_accessed="2026-03-01 19:00Z")["id"]
    spark.execute("UPDATE student_progress SET time_spent = 50 WHERE id = %s", row)
    a_progress(spark, student, a_lesson(spark)["id"], time_spent=30, last_accessed="2999-01-01")
    assert spark.rows("SELECT date::text, total_time_spent FROM learning_analytics ORDER BY date") == [
        ("2026-03-02", 50),  # in Kolkata
        (str(spark.value("SELECT school_day(%s)", student)), 30),
    ]


def test_keys_leave_with_their_rows(spark: Database) -> None:
    student = a_student(spark)["id"]
    quiz, lesson = a_quiz(spark)["id"], a_lesson(spark)["id"]
    a_progress(spark, student, lesson)
    a_submission(spark, student, quiz)
    spark.execute("DELETE FROM users WHERE id = %s", student)
    assert (spark.sees("student_progress_keys"), spark.sees("submission_keys")) == (0, 0)
    other = a_student(spark)["id"]
    a_progress(spark, other, lesson)
    a_submission(spark, other, quiz)
    spark.execute("TRUNCATE student_progress, submissions")
    assert (spark.sees("student_progress_keys"), spark.sees("submission_keys")) == (0, 0)


def test_start_and_completion_are_stamped_once(spark: Database) -> None:
    student = a_student(spark)["id"]
    row = a_progress(spark, student, a_lesson(spark)["id"], last_accessed="2026-01-01")["id"]
    assert spark.row("SELECT started_at, completed_at FROM student_progress") == (None, None)
    spark.execute("UPDATE student_progress SET status = 'IN_PROGRESS' WHERE id = %s", row)
    spark.execute("UPDATE student_progress SET status = 'COMPLETED', last_accessed = '2026-02-01' WHERE id = %s", row)
    stamps = spark.row("SELECT started_at = '2026-01-01', completed_at = '2026-02-01' FROM student_progress")
    assert stamps == (True, True)


def test_every_change_is_a_new_version_and_no_change_is_none(spark: Database) -> None:
    student = a_student(spark)["id"]
    row = a_progress(spark, student, a_lesson(spark)["id"])["id"]
    version = "SELECT sync_version FROM student_progress WHERE id = %s"
    spark.execute("UPDATE student_progress SET progress = progress WHERE id = %s", row)
    assert spark.value(version, row) == 1
    spark.execute("UPDATE student_progress SET progress = 10, sync_version = 77 WHERE id = %s", row)
    assert spark.value(version, row) == 2


# Streaks


@pytest.mark.parametrize(
    ("streak", "last", "now", "zone", "expected"),
    [
        (0, "2026-01-01 10:00Z", "2026-01-01 11:00Z", "UTC", 1),
        (0, "2026-01-01 10:00Z", "2026-01-09 11:00Z", "UTC", 1),
        (4, None, "2026-01-01 11:00Z", "UTC", 1),
        (4, "2026-01-01 10:00Z", "2026-01-01 23:59Z", "UTC", 4),
        (4, "2026-01-01 23:59Z", "2026-01-02 00:00Z", "UTC", 5),
        (4, "2026-01-01 00:00Z", "2026-01-03 00:00Z", "UTC", 1),
        (4, "2026-01-05 00:00Z", "2026-01-01 00:00Z", "UTC", 4),
        # 18:30 UTC is midnight in Kolkata.
        (4, "2026-01-01 18:29Z", "2026-01-01 18:30Z", "Asia/Kolkata", 5),
        (4, "2026-01-01 18:29Z", "2026-01-01 18:30Z", "UTC", 4),
        (4, "2026-01-01 20:00Z", "2026-01-02 18:00Z", "Asia/Kolkata", 4),
        (4, "2026-01-01 20:00Z", "2026-01-02 18:00Z", "UTC", 5),
        (4, "2026-12-31 23:59Z", "2027-01-01 00:01Z", "UTC", 5),
        # The night the clocks go forward in London has 23 hours.
        (4, "2026-03-28 23:30Z", "2026-03-29 22:59Z", "Europe/London", 5),
    ],
)
def test_a_streak_counts_days_of_the_zone(
    spark: Database, streak: int, last: str | None, now: str, zone: str, expected: int
) -> None:
    assert spark.value("SELECT next_streak(%s, %s, %s, %s)", streak, last, now, zone) == expected


def _streak(db: Database, student: UUID) -> int:
    return db.value("SELECT streak FROM profiles WHERE user_id = %s", student)


@pytest.mark.parametrize(("days_ago", "before", "after"), [(0, 3, 3), (1, 3, 4), (2, 3, 1), (0, 0, 1), (-2, 3, 3)])
def test_learning_moves_the_streak(spark: Database, days_ago: int, before: int, after: int) -> None:
    student = a_student(spark, a_school(spark)["id"], streak=before)["id"]
    spark.execute("UPDATE profiles SET last_active = now() - make_interval(days => %s)", days_ago)
    a_progress(spark, student, a_lesson(spark)["id"])
    assert _streak(spark, student) == after
    assert spark.value("SELECT last_active >= now() FROM profiles WHERE user_id = %s", student)


def test_only_learning_moves_the_streak(spark: Database, world: World) -> None:
    row = a_progress(spark, world.student, a_lesson(spark)["id"])["id"]
    yesterday = "UPDATE profiles SET streak = 3, last_active = now() - interval '1 day' WHERE user_id = %s"
    spark.execute(yesterday, world.student)
    spark.execute("UPDATE student_progress SET progress = progress, device_id = 'x' WHERE id = %s", row)
    assert _streak(spark, world.student) == 3
    with spark.as_role("spark_service", app__user_id=str(world.admin)):
        spark.execute("UPDATE student_progress SET progress = 10 WHERE id = %s", row)
    assert _streak(spark, world.student) == 3
    with spark.as_user(world.student):
        spark.execute("UPDATE student_progress SET progress = 20 WHERE id = %s", row)
    assert _streak(spark, world.student) == 4


def test_progress_without_a_profile_is_kept(spark: Database) -> None:
    student = a_user(spark, "STUDENT")["id"]
    assert a_progress(spark, student, a_lesson(spark)["id"], time_spent=5)["id"]


# By statement


def _kept(db: Database) -> tuple[int, int, int, Any, Any]:
    """Rows, keys, keys that fit their row, and the seconds of profiles and of days."""
    return db.row(
        """SELECT (SELECT count(*) FROM student_progress), (SELECT count(*) FROM student_progress_keys),
            (SELECT count(*) FROM student_progress JOIN student_progress_keys USING (id, student_id, lesson_id)),
            (SELECT sum(total_time_spent) FROM profiles), (SELECT sum(total_time_spent) FROM learning_analytics)"""
    )


@pytest.fixture
def upload(spark: Database) -> tuple[list[Any], list[Any]]:
    """Two students who have not learned for three days, and four lessons; the first has 10 to 40 seconds in 2025."""
    students = sorted(a_student(spark, streak=5)["id"] for _ in range(2))
    lessons = sorted(a_lesson(spark)["id"] for _ in range(4))
    spark.execute("UPDATE profiles SET last_active = now() - interval '3 days'")
    spark.execute(
        """INSERT INTO student_progress (student_id, lesson_id, time_spent, last_accessed)
        SELECT %s, l.id, 10 * l.place, make_date(2025, l.place::integer, 1)
        FROM unnest(%s::uuid[]) WITH ORDINALITY AS l (id, place)""",
        students[0],
        lessons,
    )
    return students, lessons


def test_an_upload_of_many_lessons_counts_each_second_and_one_activity(
    spark: Database, upload: tuple[list[UUID], list[UUID]]
) -> None:
    students, lessons = upload
    assert _kept(spark) == (4, 4, 4, 100, 100)
    assert spark.value("SELECT count(*) FROM learning_analytics") == 4
    assert [_streak(spark, student) for student in students] == [1, 5]
    spark.execute(
        """INSERT INTO student_progress (student_id, lesson_id, time_spent, last_accessed)
        SELECT %s, l.id, l.seconds, l.day
        FROM unnest(%s::uuid[], '{7,8,0,0}'::integer[], '{2024-05-05,2026-05-05,1999-05-05,2026-05-05}'::date[])
            AS l (id, seconds, day)""",
        students[1],
        lessons,
    )
    assert _kept(spark) == (8, 8, 8, 115, 115)
    assert _streak(spark, students[1]) == 1


def test_a_student_uploads_many_lessons_and_staff_move_nobodys_streak(spark: Database, world: World) -> None:
    lessons = [a_lesson(spark)["id"] for _ in range(3)]
    insert = "INSERT INTO student_progress (student_id, lesson_id, time_spent) SELECT %s, unnest(%s::uuid[]), 60"
    spark.execute("UPDATE profiles SET streak = 5, last_active = now() - interval '1 day'")
    with spark.as_user(world.student):
        spark.execute(insert, world.student, lessons)
    with spark.as_role("spark_service", app__user_id=str(world.admin)):
        spark.execute(insert, world.classmate, lessons)
    assert (_streak(spark, world.student), _streak(spark, world.classmate)) == (6, 5)
    assert _kept(spark) == (6, 6, 6, 360, 360)


def test_what_comes_twice_in_a_statement_is_refused_by_name_and_leaves_nothing(
    spark: Database, upload: tuple[list[UUID], list[UUID]]
) -> None:
    students, lessons = upload
    key = spark.value("SELECT id FROM student_progress LIMIT 1")
    insert = """INSERT INTO student_progress (id, student_id, lesson_id, last_accessed)
        VALUES (%s, %s, %s, '2024-01-01'), (%s, %s, %s, '2026-01-01')"""
    one, two = (spark.value("SELECT gen_random_uuid()") for _ in range(2))
    student = students[1]
    with spark.throws("23505", constraint="student_progress_student_id_lesson_id_key"):
        spark.execute(insert, one, student, lessons[0], two, student, lessons[0])
    with spark.throws("23505", constraint="student_progress_pkey"):
        spark.execute(insert, one, student, lessons[0], one, student, lessons[1])
    with spark.throws("23505", constraint="student_progress_pkey"):
        spark.execute(insert, one, student, lessons[0], key, student, lessons[1])
    with spark.throws("23505", constraint="student_progress_student_id_lesson_id_key"):
        spark.execute(
            """INSERT INTO student_progress (id, student_id, lesson_id, last_accessed)
            SELECT id, student_id, lesson_id, '2026-01-01' FROM student_progress WHERE id = %s""",
            key,
        )
    with spark.throws("23514", constraint="student_progress_time_spent_check"):
        spark.execute("INSERT INTO student_progress (student_id, lesson_id, time_spent) VALUES (%s, %s, 5), (%s, %s, -1)",
                      student, lessons[0], student, lessons[1])  # fmt: skip
    assert _kept(spark) == (4, 4, 4, 100, 100)


def test_on_conflict_skips_or_updates_and_counts_what_happened(
    spark: Database, upload: tuple[list[UUID], list[UUID]]
) -> None:
    students, lessons = upload
    again = """INSERT INTO student_progress (id, student_id, lesson_id, time_spent, last_accessed)
        SELECT id, student_id, lesson_id, 5, last_accessed FROM student_progress
        UNION ALL SELECT gen_random_uuid(), %s, %s, 3, now() ON CONFLICT (id, last_accessed) """
    spark.execute(again + "DO NOTHING", students[1], lessons[0])
    assert _kept(spark) == (5, 5, 5, 103, 103)
    spark.execute(again + "DO UPDATE SET time_spent = EXCLUDED.time_spent", students[1], lessons[1])
    assert _kept(spark) == (6, 6, 6, 28, 28)


def test_some_rows_of_an_update_move_to_a_new_year_and_nothing_is_lost(
    spark: Database, upload: tuple[list[UUID], list[UUID]]
) -> None:
    spark.execute("UPDATE profiles SET streak = 0")
    spark.execute(
        """UPDATE student_progress SET time_spent = time_spent + 1,
            last_accessed = last_accessed + CASE WHEN time_spent > 20 THEN interval '1 year' ELSE '0' END"""
    )
    assert _kept(spark) == (4, 4, 4, 104, 104)
    assert spark.value("SELECT count(*) FROM student_progress_2026") == 2
    assert _streak(spark, upload[0][0]) == 1


MERGE = """MERGE INTO student_progress AS p
    USING (VALUES (%(a)s::uuid, 'move'), (%(b)s, 'move'), (%(c)s, 'delete'), (%(d)s, 'insert')) AS v (lesson_id, what)
    ON p.student_id = %(s)s AND p.lesson_id = v.lesson_id AND v.what <> 'insert'"""
MOVE = "WHEN MATCHED THEN UPDATE SET last_accessed = '2026-05-05', time_spent = p.time_spent + 5"
DELETE = "WHEN MATCHED AND v.what = 'delete' THEN DELETE"
ADD = "WHEN NOT MATCHED THEN INSERT (student_id, lesson_id, time_spent) VALUES (%(s)s, v.lesson_id, 7)"


@pytest.mark.parametrize(
    ("actions", "kept"),
    [
        ([MOVE], (3, 3, 3, 75, 75)),
        ([MOVE, ADD], (4, 4, 4, 82, 82)),
        ([DELETE, MOVE], (2, 2, 2, 70, 70)),
        ([DELETE, MOVE, ADD], (3, 3, 3, 77, 77)),
    ],
    ids=["move", "move-add", "delete-move", "delete-move-add"],
)
def test_a_merge_may_move_rows_to_a_new_year_beside_all_else(
    spark: Database, upload: tuple[list[UUID], list[UUID]], actions: list[str], kept: tuple[Any, ...]
) -> None:
    """MERGE shows a row that it moves to the triggers of INSERT and DELETE, and to no AFTER trigger of UPDATE."""
    student, lessons = upload[0][0], upload[1]
    spark.execute("DELETE FROM student_progress WHERE lesson_id = %s", lessons[3])
    spark.execute("UPDATE profiles SET total_time_spent = 60, streak = 0 WHERE user_id = %s", student)
    spark.execute("UPDATE learning_analytics SET total_time_spent = 0 WHERE total_time_spent = 40")
    names = {"s": student, "a": lessons[0], "b": lessons[1], "c": lessons[2], "d": lessons[3]}
    spark.connection.execute(" ".join([MERGE, *actions]), names)
    assert _kept(spark) == kept
    assert _streak(spark, student) == 1
    for lesson in lessons[:2]:
        with spark.throws("23505", constraint="student_progress_student_id_lesson_id_key"):
            a_progress(spark, student, lesson)
    a_progress(spark, upload[0][1], lessons[0], time_spent=1)
    assert _kept(spark)[3:] == (kept[3] + 1, kept[4] + 1)
    gone = spark.value(
        "DELETE FROM student_progress WHERE lesson_id = %s AND student_id = %s RETURNING id", lessons[0], student
    )
    a_progress(spark, student, lessons[0], id=gone, time_spent=2)
    assert _kept(spark)[3:] == (kept[3] + 3, kept[4] + 3)


def test_a_row_is_deleted_and_made_anew_in_one_statement(
    spark: Database, upload: tuple[list[UUID], list[UUID]]
) -> None:
    spark.execute(
        """WITH gone AS (DELETE FROM student_progress RETURNING student_id, lesson_id)
        INSERT INTO student_progress (student_id, lesson_id) SELECT student_id, lesson_id FROM gone"""
    )
    assert _kept(spark)[:3] == (4, 4, 4)


def test_several_updates_in_one_statement_count_all(spark: Database, upload: tuple[list[UUID], list[UUID]]) -> None:
    spark.execute(
        """WITH one AS (UPDATE student_progress SET time_spent = 110 WHERE time_spent = 10 RETURNING id),
            two AS (UPDATE student_progress SET time_spent = 1020 WHERE time_spent = 20 RETURNING id)
        INSERT INTO student_progress (student_id, lesson_id, time_spent) SELECT %s, %s, 5 FROM one, two""",
        upload[0][1],
        upload[1][0],
    )
    assert _kept(spark) == (5, 5, 5, 1205, 1205)


def test_a_copy_is_counted_like_an_insert(spark: Database, upload: tuple[list[UUID], list[UUID]]) -> None:
    students, lessons = upload
    with spark.connection.cursor().copy(
        "COPY student_progress (student_id, lesson_id, time_spent, last_accessed) FROM STDIN"
    ) as copy:
        for lesson, year in zip(lessons, ("2024", "2025", "2026", "1999"), strict=True):
            copy.write_row((students[1], lesson, 5, f"{year}-05-05"))
    assert _kept(spark) == (8, 8, 8, 120, 120)


def test_keys_leave_with_all_that_a_statement_deletes(spark: Database, upload: tuple[list[UUID], list[UUID]]) -> None:
    students, lessons = upload
    spark.execute(
        "INSERT INTO student_progress (student_id, lesson_id) SELECT %s, unnest(%s::uuid[])", students[1], lessons
    )
    spark.execute("DELETE FROM lessons WHERE id = ANY(%s)", lessons[:2])
    assert _kept(spark)[:3] == (4, 4, 4)
    spark.execute("DELETE FROM student_progress WHERE lesson_id = %s", lessons[2])
    assert _kept(spark)[:3] == (2, 2, 2)
    spark.execute("DELETE FROM users WHERE id = ANY(%s)", students)
    assert _kept(spark)[:3] == (0, 0, 0)


@pytest.mark.parametrize("shared", ["lessons", "students"])
def test_uploads_of_the_same_in_another_order_wait_and_never_for_ever(
    db_committed: CommittedDatabase, shared: str
) -> None:
    """The second upload asks for the first one's row before it takes its own, so the first can go on."""
    db_committed.use("spark")
    students = sorted(a_student(db_committed)["id"] for _ in range(2))
    lessons = sorted(a_lesson(db_committed)["id"] for _ in range(4))
    insert = "INSERT INTO student_progress (student_id, lesson_id) VALUES (%s, %s)"
    mine = [(students[0], lessons[0]), (students[0] if shared == "lessons" else students[1], lessons[1])]
    theirs = mine if shared == "lessons" else [(students[0], lessons[2]), (students[1], lessons[3])]
    with db_committed.sessions(2) as (a, b):
        a.use("spark"), b.use("spark")
        a.execute(insert, *mine[0])
        waiting = b.start(insert + ", (%s, %s)", *theirs[1], *theirs[0])
        assert waiting.blocked_by(a)
        a.execute(insert, *mine[1])
        a.commit()
        if shared == "lessons":
            with pytest.raises(psycopg.Error) as refused:
                waiting.result()
            assert refused.value.diag.constraint_name == "student_progress_student_id_lesson_id_key"
        else:
            waiting.result()
            b.commit()
    assert _kept(db_committed)[:3] == ((2, 2, 2) if shared == "lessons" else (4, 4, 4))

"""Seats, places and attempts: what counts rows, on every path, and with two sessions at once."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import psycopg
import pytest

from slate_pg.testing.database import Database
from slate_pg.testing.sessions import CommittedDatabase
from tests.schema.spark.factories import (
    a_class,
    a_guild,
    a_membership,
    a_question,
    a_quiz,
    a_school,
    a_student,
    a_submission,
    an_enrolment,
)


def _seats(db: Database, klass: UUID) -> int:
    return db.value("SELECT current_students FROM classes WHERE id = %s", klass)


def test_a_class_counts_active_students_on_every_path(spark: Database) -> None:
    school = a_school(spark)["id"]
    one, two = a_class(spark, school)["id"], a_class(spark, school)["id"]
    student, other = a_student(spark, school)["id"], a_student(spark, school)["id"]
    seat = an_enrolment(spark, student, one)["id"]
    an_enrolment(spark, other, one, status="DROPPED")
    assert _seats(spark, one) == 1
    spark.execute("UPDATE enrollments SET status = 'COMPLETED' WHERE id = %s", seat)
    assert _seats(spark, one) == 0
    spark.execute("UPDATE enrollments SET status = 'ACTIVE' WHERE id = %s", seat)
    spark.execute("UPDATE enrollments SET class_id = %s WHERE id = %s", two, seat)
    assert (_seats(spark, one), _seats(spark, two)) == (0, 1)
    spark.execute("DELETE FROM users WHERE id = %s", student)
    assert _seats(spark, two) == 0


def test_an_enrolment_skipped_by_on_conflict_takes_no_seat(spark: Database) -> None:
    school = a_school(spark)["id"]
    klass, student = a_class(spark, school)["id"], a_student(spark, school)["id"]
    an_enrolment(spark, student, klass)
    spark.execute(
        "INSERT INTO enrollments (student_id, class_id) VALUES (%s, %s) ON CONFLICT DO NOTHING", student, klass
    )
    assert _seats(spark, klass) == 1


def test_a_full_class_takes_nobody_and_its_limit_cannot_be_lowered(spark: Database) -> None:
    school = a_school(spark)["id"]
    klass = a_class(spark, school, max_students=1)["id"]
    an_enrolment(spark, a_student(spark, school)["id"], klass)
    late = a_student(spark, school)["id"]
    with spark.throws("23514", constraint="classes_seats_within_limit_check", match="is full"):
        an_enrolment(spark, late, klass)
    waiting = an_enrolment(spark, late, klass, status="INACTIVE")["id"]
    with spark.throws("23514", constraint="classes_seats_within_limit_check"):
        spark.execute("UPDATE enrollments SET status = 'ACTIVE' WHERE id = %s", waiting)
    spark.execute("UPDATE classes SET max_students = 2 WHERE id = %s", klass)
    spark.execute("UPDATE enrollments SET status = 'ACTIVE' WHERE id = %s", waiting)
    with spark.throws("23514", constraint="classes_seats_within_limit_check"):
        spark.execute("UPDATE classes SET max_students = 1 WHERE id = %s", klass)


def test_a_list_takes_a_seat_for_each_or_for_nobody(spark: Database) -> None:
    school = a_school(spark)["id"]
    full, roomy = a_class(spark, school, max_students=2)["id"], a_class(spark, school)["id"]
    one, two, three = (a_student(spark, school)["id"] for _ in range(3))
    enrol = "INSERT INTO enrollments (student_id, class_id, status) SELECT s, c, %s FROM unnest(%s::uuid[]) AS s, unnest(%s::uuid[]) AS c "
    with spark.throws("23514", constraint="classes_seats_within_limit_check", match="is full"):
        spark.execute(enrol, "ACTIVE", [one, two, three], [full, roomy])
    assert (_seats(spark, full), _seats(spark, roomy), spark.sees("enrollments")) == (0, 0, 0)
    spark.execute(enrol, "DROPPED", [three], [full, roomy])
    spark.execute(enrol, "ACTIVE", [one, two], [full, roomy])
    assert (_seats(spark, full), _seats(spark, roomy)) == (2, 2)
    spark.execute(enrol + "ON CONFLICT DO NOTHING", "ACTIVE", [one, two, three], [full, roomy])
    assert (_seats(spark, full), _seats(spark, roomy)) == (2, 2)
    spark.execute(enrol + "ON CONFLICT (student_id, class_id) DO UPDATE SET status = EXCLUDED.status", "ACTIVE",
                  [one, two, three], [roomy])  # fmt: skip
    assert (_seats(spark, full), _seats(spark, roomy)) == (2, 3)
    with spark.throws("23514", constraint="classes_seats_within_limit_check"):
        spark.execute("UPDATE enrollments SET status = 'ACTIVE'")
    spark.execute("UPDATE enrollments SET status = 'COMPLETED' WHERE class_id = %s", roomy)
    spark.execute("DELETE FROM users WHERE id = ANY(%s)", [one, two])
    assert (_seats(spark, full), _seats(spark, roomy)) == (0, 0)


def test_a_merge_enrols_and_ends_and_moves(spark: Database) -> None:
    school = a_school(spark)["id"]
    one, two = a_class(spark, school, max_students=1)["id"], a_class(spark, school)["id"]
    students = [a_student(spark, school)["id"] for _ in range(3)]
    an_enrolment(spark, students[0], one), an_enrolment(spark, students[1], two)
    spark.execute(
        """MERGE INTO enrollments AS e USING unnest(%s::uuid[]) WITH ORDINALITY AS s (id, place) ON e.student_id = s.id
        WHEN MATCHED AND s.place = 1 THEN UPDATE SET class_id = %s
        WHEN MATCHED THEN DELETE
        WHEN NOT MATCHED THEN INSERT (student_id, class_id) VALUES (s.id, %s)""",
        students,
        two,
        one,
    )
    assert (_seats(spark, one), _seats(spark, two)) == (1, 1)


def _members(db: Database, guild: UUID) -> int:
    return db.value("SELECT current_members FROM guilds WHERE id = %s", guild)


def _led_guild(db: Database, **over: Any) -> tuple[Any, Any, Any]:
    """A guild, who leads it, and their school."""
    guild = a_guild(db, **over)
    return guild["id"], guild["leader_id"], guild["school_id"]


def test_a_guild_counts_its_leader_from_the_start(spark: Database) -> None:
    guild, leader, _ = _led_guild(spark, current_members=7)
    assert _members(spark, guild) == 1
    assert spark.row("SELECT student_id, role::text FROM guild_memberships WHERE guild_id = %s", guild) == (
        leader,
        "LEADER",
    )


def test_a_guild_of_one_stays_a_guild_of_one(spark: Database) -> None:
    guild, _, school = _led_guild(spark, max_members=1)
    with spark.throws("23514", constraint="guilds_members_within_limit_check", match="is full"):
        a_membership(spark, guild, a_student(spark, school)["id"])
    assert _members(spark, guild) == 1


def test_a_guild_counts_joining_leaving_and_deleting(spark: Database) -> None:
    guild, leader, school = _led_guild(spark)
    one, two = a_student(spark, school)["id"], a_student(spark, school)["id"]
    a_membership(spark, guild, one)
    a_membership(spark, guild, two)
    spark.execute(
        "INSERT INTO guild_memberships (guild_id, student_id) VALUES (%s, %s) ON CONFLICT DO NOTHING", guild, two
    )
    assert _members(spark, guild) == 3
    spark.execute("DELETE FROM guild_memberships WHERE student_id = %s", one)
    spark.execute("DELETE FROM users WHERE id = %s", two)
    assert _members(spark, guild) == 1
    with spark.throws("23503", constraint="guild_memberships_leader_stays"):
        spark.execute("DELETE FROM guild_memberships WHERE student_id = %s", leader)
    with spark.throws("23503"):
        spark.execute("DELETE FROM users WHERE id = %s", leader)
    spark.execute("DELETE FROM guilds WHERE id = %s", guild)
    assert spark.sees("guild_memberships") == 0


def test_the_lead_passes_to_another_member_only(spark: Database) -> None:
    guild, leader, school = _led_guild(spark)
    heir = a_student(spark, school)["id"]
    with spark.throws("23514", constraint="guilds_leader_is_member"):
        spark.execute("UPDATE guilds SET leader_id = %s WHERE id = %s", heir, guild)
    seat = a_membership(spark, guild, heir)["id"]
    with spark.throws("23514", constraint="guild_memberships_leader_leads"):
        spark.execute("UPDATE guild_memberships SET role = 'LEADER' WHERE id = %s", seat)
    spark.execute("UPDATE guilds SET leader_id = %s WHERE id = %s", heir, guild)
    roles = dict(spark.rows("SELECT student_id, role::text FROM guild_memberships WHERE guild_id = %s", guild))
    assert roles == {heir: "LEADER", leader: "MEMBER"}
    assert _members(spark, guild) == 2


def test_contributions_make_the_guilds_xp_and_level(spark: Database) -> None:
    guild, leader, _ = _led_guild(spark)
    spark.execute("UPDATE guild_memberships SET contribution_xp = 400 WHERE student_id = %s", leader)
    assert spark.row("SELECT total_xp, guild_level FROM guilds WHERE id = %s", guild) == (400, 3)
    spark.execute("UPDATE guilds SET guild_level = 99 WHERE id = %s", guild)
    assert spark.row("SELECT total_xp, guild_level FROM guilds WHERE id = %s", guild) == (400, 3)


def test_a_quest_pays_once_and_then_takes_no_more(spark: Database) -> None:
    guild, leader, school = _led_guild(spark)
    quest = spark.insert("guild_quests", title="Q", description="d", guild_id=guild, target_value=10, reward_xp=100)[
        "id"
    ]
    give = "SELECT contribute_to_quest(%s, %s, %s, %s)"
    assert spark.value(give, quest, leader, 4, 30) == 4
    assert spark.value(give, quest, leader, 6, 0) == 10
    assert spark.value("SELECT total_xp FROM guilds WHERE id = %s", guild) == 130
    with spark.throws("23514", constraint="guild_quests_is_running"):
        spark.value(give, quest, leader, 1, 0)
    spark.execute("UPDATE guild_quests SET current_value = 0, is_active = true, completed_at = NULL")
    spark.execute("UPDATE guild_quests SET current_value = 10")
    assert spark.value("SELECT total_xp FROM guilds WHERE id = %s", guild) == 130
    assert spark.value("SELECT count(*) FROM achievements WHERE type = 'QUEST_COMPLETION'") == 1
    assert spark.value("SELECT count(*) FROM user_notifications WHERE type = 'GUILD_MESSAGE'") == 1
    with spark.throws("P0002"):
        spark.value(give, quest, a_student(spark, school)["id"], 1, 0)


def test_a_quest_counts_only_while_it_runs(spark: Database) -> None:
    guild, leader, _ = _led_guild(spark)
    for times in ({"starts_at": "2999-01-01"}, {"starts_at": "2000-01-01", "ends_at": "2001-01-01"}):
        quest = spark.insert("guild_quests", title="Q", description="d", guild_id=guild, target_value=9, **times)["id"]
        with spark.throws("23514", constraint="guild_quests_is_running"):
            spark.value("SELECT contribute_to_quest(%s, %s, 1)", quest, leader)
    with spark.throws("23514", constraint="guild_quests_end_not_before_start_check"):
        spark.execute("UPDATE guild_quests SET ends_at = '1999-01-01'")


def test_a_quiz_counts_its_questions(spark: Database) -> None:
    quiz, other = a_quiz(spark)["id"], a_quiz(spark)["id"]
    one, two = a_question(spark, quiz)["id"], a_question(spark, quiz)["id"]
    counts = (
        "SELECT (SELECT question_count FROM quizzes WHERE id = %s), (SELECT question_count FROM quizzes WHERE id = %s)"
    )
    assert spark.row(counts, quiz, other) == (2, 0)
    spark.execute("UPDATE questions SET quiz_id = %s WHERE id = %s", other, one)
    assert spark.row(counts, quiz, other) == (1, 1)
    spark.execute("DELETE FROM questions WHERE id = %s", two)
    assert spark.row(counts, quiz, other) == (0, 1)


def test_attempts_are_numbered_and_end_at_the_limit(spark: Database) -> None:
    student, quiz = a_student(spark)["id"], a_quiz(spark, max_attempts=3)["id"]
    attempts = [a_submission(spark, student, quiz)["attempt"] for _ in range(3)]
    assert attempts == [1, 2, 3]
    with spark.throws("23514", constraint="submissions_max_attempts_check"):
        a_submission(spark, student, quiz)
    spark.execute("DELETE FROM submissions WHERE attempt = 2")
    assert a_submission(spark, student, quiz)["attempt"] == 2
    other = a_student(spark)["id"]
    assert a_submission(spark, other, quiz, attempt=3)["attempt"] == 3
    with spark.throws("23514", constraint="submissions_max_attempts_check"):
        a_submission(spark, other, quiz, attempt=4)


def test_attempts_count_over_the_years(spark: Database) -> None:
    student, quiz = a_student(spark)["id"], a_quiz(spark, max_attempts=2)["id"]
    a_submission(spark, student, quiz, submitted_at="2024-06-01")
    a_submission(spark, student, quiz, submitted_at="2025-06-01")
    with spark.throws("23514", constraint="submissions_max_attempts_check"):
        a_submission(spark, student, quiz, submitted_at="2026-06-01")


def test_one_final_submission_over_all_years(spark: Database) -> None:
    student, quiz = a_student(spark)["id"], a_quiz(spark)["id"]
    final = a_submission(spark, student, quiz, is_final=True, submitted_at="2024-06-01")["id"]
    with spark.throws("23505", constraint="idx_submissions_final"):
        a_submission(spark, student, quiz, is_final=True, submitted_at="2025-06-01")
    other = a_submission(spark, student, quiz, submitted_at="2025-06-01")["id"]
    with spark.throws("23505", constraint="idx_submissions_final"):
        spark.execute("UPDATE submissions SET is_final = true WHERE id = %s", other)
    spark.execute("UPDATE submissions SET is_final = false WHERE id = %s", final)
    spark.execute("UPDATE submissions SET is_final = true WHERE id = %s", other)


# Two sessions at once


@pytest.fixture
def committed(db_committed: CommittedDatabase) -> CommittedDatabase:
    db_committed.use("spark")
    return db_committed


def test_two_sessions_take_the_last_seat_and_one_is_refused(committed: CommittedDatabase) -> None:
    school = a_school(committed)["id"]
    klass = a_class(committed, school, max_students=1)["id"]
    students = [a_student(committed, school)["id"] for _ in range(2)]
    take = "INSERT INTO enrollments (student_id, class_id) VALUES (%s, %s)"
    with committed.sessions(2) as (a, b):
        a.use("spark"), b.use("spark")
        a.execute(take, students[0], klass)
        waiting = b.start(take, students[1], klass)
        assert waiting.blocked_by(a)
        a.commit()
        with pytest.raises(psycopg.Error, match="is full") as refused:
            waiting.result()
        assert refused.value.sqlstate == "23514"
    assert _seats(committed, klass) == 1


def test_lists_for_the_same_classes_wait_and_never_for_ever(committed: CommittedDatabase) -> None:
    school = a_school(committed)["id"]
    classes = sorted(a_class(committed, school)["id"] for _ in range(2))
    students = [a_student(committed, school)["id"] for _ in range(2)]
    take = "INSERT INTO enrollments (student_id, class_id) VALUES (%s, %s)"
    with committed.sessions(2) as (a, b):
        a.use("spark"), b.use("spark")
        a.execute(take, students[0], classes[0])
        waiting = b.start(take + ", (%s, %s)", students[1], classes[1], students[1], classes[0])
        assert waiting.blocked_by(a)
        a.execute(take, students[0], classes[1])
        a.commit()
        waiting.result()
        b.commit()
    assert [_seats(committed, klass) for klass in classes] == [2, 2]


def test_a_snapshot_too_old_to_count_is_refused_at_repeatable_read(committed: CommittedDatabase) -> None:
    school = a_school(committed)["id"]
    klass = a_class(committed, school, max_students=1)["id"]
    students = [a_student(committed, school)["id"] for _ in range(2)]
    take = "INSERT INTO enrollments (student_id, class_id) VALUES (%s, %s)"
    with committed.sessions(2) as (a, b):
        a.use("spark"), b.use("spark")
        b.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        b.execute("SELECT 1")
        a.execute(take, students[0], klass)
        a.commit()
        with pytest.raises(psycopg.Error) as refused:
            b.execute(take, students[1], klass)
        assert refused.value.sqlstate == "40001"
    assert _seats(committed, klass) == 1


def test_two_sessions_take_the_last_place_in_a_guild_and_one_is_refused(committed: CommittedDatabase) -> None:
    guild, _, school = _led_guild(committed, max_members=2)
    students = [a_student(committed, school)["id"] for _ in range(2)]
    join = "INSERT INTO guild_memberships (guild_id, student_id) VALUES (%s, %s)"
    with committed.sessions(2) as (a, b):
        a.use("spark"), b.use("spark")
        a.execute(join, guild, students[0])
        waiting = b.start(join, guild, students[1])
        assert waiting.blocked_by(a)
        a.commit()
        with pytest.raises(psycopg.Error, match="is full"):
            waiting.result()
    assert _members(committed, guild) == 2


def test_two_devices_hand_in_the_last_attempt_and_one_is_refused(committed: CommittedDatabase) -> None:
    student, quiz = a_student(committed)["id"], a_quiz(committed, max_attempts=1)["id"]
    hand_in = "INSERT INTO submissions (student_id, quiz_id, answers, time_spent) VALUES (%s, %s, '{}', 1)"
    with committed.sessions(2) as (a, b):
        a.use("spark"), b.use("spark")
        a.execute(hand_in, student, quiz)
        waiting = b.start(hand_in, student, quiz)
        assert waiting.blocked_by(a)
        a.commit()
        with pytest.raises(psycopg.Error) as refused:
            waiting.result()
        assert refused.value.diag.constraint_name == "submissions_max_attempts_check"
    assert committed.sees("submissions") == 1


def test_the_attempt_of_a_session_that_rolls_back_is_free_for_the_other(committed: CommittedDatabase) -> None:
    student, quiz = a_student(committed)["id"], a_quiz(committed, max_attempts=1)["id"]
    hand_in = "INSERT INTO submissions (student_id, quiz_id, answers, time_spent) VALUES (%s, %s, '{}', 1)"
    with committed.sessions(2) as (a, b):
        a.use("spark"), b.use("spark")
        a.execute(hand_in, student, quiz)
        waiting = b.start(hand_in, student, quiz)
        assert waiting.blocked_by(a)
        a.rollback()
        assert waiting.result() == 1
        b.commit()
    assert committed.sees("submissions") == 1


def test_two_sessions_make_final_and_one_is_refused(committed: CommittedDatabase) -> None:
    student, quiz = a_student(committed)["id"], a_quiz(committed)["id"]
    hand_in = """INSERT INTO submissions (student_id, quiz_id, answers, time_spent, is_final, submitted_at)
        VALUES (%s, %s, '{}', 1, true, %s)"""
    with committed.sessions(2) as (a, b):
        a.use("spark"), b.use("spark")
        a.execute(hand_in, student, quiz, "2024-05-01")
        waiting = b.start(hand_in, student, quiz, "2025-05-01")
        assert waiting.blocked_by(a)
        a.commit()
        with pytest.raises(psycopg.Error) as refused:
            waiting.result()
        assert refused.value.diag.constraint_name == "idx_submissions_final"
    assert committed.sees("submissions") == 1

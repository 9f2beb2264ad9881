"""What must leave leaves: a person erased is named nowhere, trails end, boards name nobody of another school."""

from __future__ import annotations

from typing import Any

import pytest

from slate_pg.testing.database import Database
from tests.schema.spark.factories import (
    World,
    a_badge,
    a_class,
    a_conflict,
    a_course,
    a_lesson,
    a_membership,
    a_progress,
    a_quiz,
    a_student,
    a_submission,
    a_sync_log,
    a_user,
    an_assignment,
)


def mentions(db: Database, needles: list[str]) -> list[str]:
    """Return the tables, partitions, archives and materialized views of the schema whose rows hold one of the texts."""
    tables = db.rows(
        """SELECT c.oid::regclass::text FROM pg_class AS c
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'm')"""
    )
    search = "SELECT EXISTS (SELECT 1 FROM {} AS r, unnest(%s::text[]) AS n WHERE strpos(lower(r::text), lower(n)) > 0)"
    return [table for (table,) in tables if db.value(search.format(table), needles)]


def a_named_person(db: Database, role: str, school: Any) -> tuple[Any, list[str]]:
    """Insert a person whose names are like nobody else's, change them once; return the id and all that names."""
    person = a_user(db, role, school, username="qxusername", email="Qxmail@example.org")["id"]
    db.insert("profiles", user_id=person, first_name="Qxfirst", last_name="Qxlast", display_name="Qxdisplay", grade=8)
    db.execute("UPDATE profiles SET display_name = 'Qxrenamed', xp_points = 500 WHERE user_id = %s", person)
    return person, [str(person), "qxusername", "qxmail", "qxfirst", "qxlast", "qxdisplay", "qxrenamed"]


def test_an_erased_student_is_named_nowhere_and_the_trail_says_that_something_happened(
    spark: Database, world: World
) -> None:
    person, needles = a_named_person(spark, "STUDENT", world.school)
    with spark.as_role("spark_service", app__user_id=person, app__ip_address="203.0.113.7", app__user_agent="qxagent"):
        spark.execute("UPDATE profiles SET avatar_url = 'a' WHERE user_id = %s", person)
    spark.insert("enrollments", student_id=person, class_id=world.klass)
    progress = a_progress(spark, person, a_lesson(spark)["id"], last_accessed="2024-05-01T00:00:00Z")
    a_progress(spark, person, a_lesson(spark)["id"], last_accessed="1999-05-01T00:00:00Z")
    a_submission(spark, person, a_quiz(spark)["id"], score=50)
    work = an_assignment(spark, world.klass, world.teacher)["id"]
    spark.insert("assignment_submissions", assignment_id=work, student_id=person, content="by Qxfirst")
    spark.insert("earned_badges", user_id=person, badge_id=a_badge(spark, {}, xp_reward=5)["id"])
    spark.insert("guardian_links", guardian_id=world.guardian, student_id=person, status="APPROVED")
    guild = spark.insert("guilds", name="G", leader_id=person, school_id=world.school)["id"]
    a_membership(spark, guild, world.classmate)
    spark.insert("guilds", name="Alone", leader_id=person, school_id=world.school)
    old = a_sync_log(spark, person, days=40)["id"]
    a_conflict(spark, old, entity_id=progress["id"], resolved_at="2026-01-01T00:00:00Z", resolved_by=person)
    spark.execute("SELECT archive_old_sync_logs()")
    a_conflict(spark, a_sync_log(spark, person, days=1)["id"])
    notice = {"title": "t", "message": "m", "type": "SYSTEM", "data": {"student_id": str(person)}}
    spark.insert("user_notifications", user_id=world.guardian, **notice)
    for told in ("QXFIRST Qxlast has a badge", "Mail of qxmail@example.org", "Welcome, @qxusername!"):
        spark.insert("user_notifications", user_id=world.guardian, title=told, message="m", type="SYSTEM")
    spark.insert("user_notifications", user_id=world.guardian, title="Qxlastly", message="m", type="SYSTEM")
    spark.execute("SELECT refresh_analytics()")
    spark.execute("SELECT rebuild_leaderboards()")
    spark.execute("REFRESH MATERIALIZED VIEW class_performance_summary")
    others = spark.value("SELECT count(*) FROM leaderboards")
    events = spark.value("SELECT count(*) FROM audit_logs")
    assert {"users", "audit_logs", "leaderboards", "sync_logs_archive"} <= set(mentions(spark, needles))

    with spark.as_role("spark_service"):
        assert spark.value("SELECT erase_person(%s)", person) is True
        assert spark.value("SELECT erase_person(%s)", person) is False
    assert spark.rows("SELECT title FROM user_notifications WHERE user_id = %s", world.guardian) == [("Qxlastly",)]
    spark.execute("DELETE FROM user_notifications")
    assert mentions(spark, [*needles, "qxagent"]) == []
    assert spark.value("SELECT count(*) FROM audit_logs") > events
    keys = spark.rows("SELECT DISTINCT new_values ->> 'person' FROM audit_logs WHERE new_values ? 'person'")
    assert len(keys) == 1
    assert spark.value("SELECT leader_id FROM guilds") == world.classmate
    assert spark.value("SELECT count(*) FROM leaderboards") == others


def test_an_erased_teacher_leaves_classes_to_a_successor_and_marks_without_a_name(
    spark: Database, world: World
) -> None:
    person, needles = a_named_person(spark, "TEACHER", world.school)
    klass = a_class(spark, world.school, person)["id"]
    spark.insert("enrollments", student_id=world.student, class_id=klass)
    a_course(spark, created_by=person)
    work = an_assignment(spark, klass, person)["id"]
    spark.insert("assignment_submissions", assignment_id=work, student_id=world.student, content="c")
    a_submission(spark, world.student, a_quiz(spark)["id"])
    with spark.as_user(person):
        spark.execute("UPDATE assignment_submissions SET score = 5")
        spark.execute("UPDATE submissions SET score = 5")
    spark.insert(
        "content_translations", content_id=a_lesson(spark)["id"], content_type="lesson", language="hi",
        translated_content={}, translated_by="Qxfirst Qxlast", reviewed_by=person,
    )  # fmt: skip
    with spark.as_role("spark_service"):
        with spark.throws("23503", constraint="classes_teacher_id_fkey"):
            spark.value("SELECT erase_person(%s)", person)
        assert spark.value("SELECT erase_person(%s, %s)", person, world.teacher) is True
    assert mentions(spark, needles) == []
    assert spark.rows("SELECT score, graded_by FROM submissions") == [(5, None)]
    assert spark.value("SELECT teacher_id FROM classes WHERE id = %s", klass) == world.teacher


def test_deleting_an_account_by_hand_empties_its_images_too(spark: Database, world: World) -> None:
    person, needles = a_named_person(spark, "STUDENT", world.school)
    spark.execute("SELECT rebuild_leaderboards()")
    with spark.as_role("spark_service"):
        spark.execute("DELETE FROM users WHERE id IN (%s, %s)", person, a_student(spark)["id"])
    assert mentions(spark, needles) == []


def test_people_deleted_together_each_have_one_key_in_all_events_and_no_event_or_board_names_them(
    spark: Database, world: World
) -> None:
    gone = [a_named_person(spark, "STUDENT", world.school)[0]]
    for _ in range(3):
        gone.append(a_student(spark, world.school)["id"])
        spark.insert("enrollments", student_id=gone[-1], class_id=world.klass)
    spark.insert("audit_logs", action="MERGED", new_values=f'{{"from": "{gone[0]}", "into": "x{gone[1]}y"}}')
    spark.execute("SELECT rebuild_leaderboards()")
    spark.execute("DELETE FROM users WHERE id = ANY (%s)", gone)
    assert mentions(spark, [str(person) for person in gone]) == []
    keys = spark.rows(
        "SELECT record_id::text, old_values ->> 'person' FROM audit_logs WHERE table_name = 'users' AND action = 'DELETE'"
    )
    assert len(keys) == len({key for key, _ in keys}) == len(gone)
    assert all(key == image for key, image in keys), "the event and its image give one person two keys"
    images = "SELECT count(DISTINCT old_values ->> 'person') FROM audit_logs WHERE table_name = 'enrollments'"
    assert spark.value(images + " AND old_values ->> 'person' = ANY (%s)", [key for key, _ in keys]) == 3
    merged = spark.rows("SELECT new_values ->> 'from', new_values ->> 'into' FROM audit_logs WHERE action = 'MERGED'")
    assert {merged[0][0], merged[0][1].strip("xy")} <= dict(keys).keys()


def test_the_trail_is_read_once_however_many_people_go(spark: Database, world: World) -> None:
    people = [a_student(spark, world.school)["id"] for _ in range(40)]
    spark.execute("INSERT INTO audit_logs (action) SELECT 'LOGIN' FROM generate_series(1, 1000)")
    read = "SELECT coalesce(sum(seq_tup_read + idx_tup_fetch), 0) FROM pg_stat_xact_user_tables WHERE relname = 'audit_logs'"
    before = spark.value(read)
    spark.execute("DELETE FROM users WHERE id = ANY (%s)", people)
    events = spark.value("SELECT count(*) FROM audit_logs")
    assert 1000 < spark.value(read) - before < 3 * events


def test_people_and_the_service_cannot_purge_or_rewrite_the_trail(spark: Database, world: World) -> None:
    with spark.as_user(world.admin):
        for call in ("erase_person(current_user_id())", "purge_audit_logs()"):
            spark.denied(f"SELECT {call}")
    with spark.as_role("spark_service", core__maintenance="on"):
        spark.denied("DELETE FROM audit_logs")
        spark.denied("UPDATE audit_logs SET old_values = NULL")


def test_every_trail_ends_when_its_row_of_settings_says(spark: Database, world: World) -> None:
    spark.insert("audit_logs", action="seen", created_at="2001-01-01T00:00:00Z")
    spark.execute("UPDATE retention_settings SET keep_for = NULL WHERE table_name = 'audit_logs'")
    assert spark.value("SELECT purge_audit_logs()") == 0
    spark.execute("UPDATE retention_settings SET keep_for = '1 year' WHERE table_name = 'audit_logs'")
    kept = spark.value("SELECT count(*) FROM audit_logs")
    with spark.as_role("spark_service"):
        assert spark.value("SELECT purge_audit_logs()") == 1
    assert spark.value("SELECT count(*) FROM audit_logs") == kept - 1
    a_sync_log(spark, world.student, days=40)
    spark.execute("UPDATE retention_settings SET keep_for = '60 days' WHERE table_name = 'sync_logs'")
    assert spark.value("SELECT archive_old_sync_logs()") == 0
    with spark.throws("23514", constraint="retention_settings_keep_for_positive_check"):
        spark.execute("UPDATE retention_settings SET keep_for = '-1 day'")


def test_a_global_board_names_people_of_the_callers_own_school_only(spark: Database, world: World) -> None:
    spark.execute("UPDATE profiles SET xp_points = 100, display_name = 'Here' WHERE user_id = %s", world.student)
    spark.execute("UPDATE profiles SET xp_points = 100, display_name = 'There' WHERE user_id = %s", world.stranger)
    spark.execute("SELECT rebuild_leaderboards()")
    board = "SELECT rank, user_id, display_name, level, xp FROM global_board('ALL_TIME')"
    for who, own, name in ((world.student, world.student, "Here"), (world.stranger, world.stranger, "There")):
        with spark.as_user(who):
            assert sorted(spark.rows(board), key=lambda r: r[1] is None) == [
                (1, own, name, 2, 100),
                (1, None, None, 2, 100),
            ]
            (rankings,) = spark.row(
                "SELECT rankings FROM leaderboards WHERE scope = 'GLOBAL' AND timeframe = 'ALL_TIME'"
            )
            assert {key for entry in rankings for key in entry} == {"rank", "level", "xp"}
    with spark.as_user(world.guardian):
        assert [r[2] for r in spark.rows(board)] == [None, None]
    with spark.as_role("spark_people"):
        assert spark.rows(board) == []
    spark.execute("UPDATE leaderboards SET rankings = '{\"There\": 1}' WHERE scope = 'GLOBAL'")
    with spark.as_user(world.student):
        assert spark.value("SELECT count(*) FROM leaderboards WHERE scope = 'GLOBAL'") == 0


@pytest.mark.parametrize("table", ["users", "schools"])
def test_reports_show_no_address_of_mail(spark: Database, table: str) -> None:
    column = {"users": "email", "schools": "contact_email"}[table]
    with spark.as_role("spark_reader"):
        spark.denied(f"SELECT {column} FROM {table}")
        spark.rows(f"SELECT id FROM {table}")

"""What must leave leaves: retention reaches every row, and a person who is forgotten is nowhere. Rulings N5, N7."""

from __future__ import annotations

from uuid import UUID

import pytest

from slate_pg.testing.database import Database
from tests.schema.physed.factories import (
    PARTITIONED,
    a_class,
    a_plan,
    a_student,
    a_user,
    an_activity,
    an_enrolment,
    an_incident,
    everything_about,
    rows_about,
)

LATER = "'2026-01-01'"


# Retention. A row is as old as it says, wherever it lies.


def old_rows(db: Database, student_id: int, day: str = "2015-02-03") -> None:
    """One row of that day in every table divided by month; without a month made, in DEFAULT."""
    on = {"student_id": student_id, "activity_id": an_activity(db)["id"]}
    analysis = db.insert("movement_analysis", **on, created_at=day)
    db.insert("movement_patterns", movement_analysis_id=analysis["id"], pattern_type="jumping")
    an_incident(db, **on, date=day)
    db.insert("activity_logs", action="x.y", created_at=day)
    performance = db.insert("routine_performance", student_id=student_id, routine_id=db.insert("routines")["id"])
    db.insert("performance_metrics", performance_id=performance["id"], created_at=day)


@pytest.mark.parametrize("action", ["archive", "delete"])
def test_an_old_row_in_the_default_partition_is_retired(physed: Database, action: str) -> None:
    student = a_student(physed)["id"]
    old_rows(physed, student)
    old_rows(physed, student, "2025-12-20")
    assert physed.value("SELECT tableoid::regclass::text FROM activity_logs LIMIT 1") == "activity_logs_default"
    physed.execute("UPDATE retention_settings SET keep_for = '1 year', action = %s WHERE table_name = ANY (%s)",
                   action, PARTITIONED)  # fmt: skip
    done = physed.rows(f"SELECT table_name, done FROM apply_retention(%s, {LATER})", action)
    assert {table for table, _ in done} == set(PARTITIONED)
    assert {t: physed.sees(t) for t in [*PARTITIONED, "movement_patterns"]} == dict.fromkeys(
        [*PARTITIONED, "movement_patterns"], 1
    ), "the young ones stay"
    archived = [physed.value("SELECT to_regclass(%s)", f"{t}_2015_02") is not None for t in PARTITIONED]
    assert archived == [action == "archive"] * len(PARTITIONED)


def test_a_late_row_of_an_archived_month_joins_it(physed: Database) -> None:
    student = a_student(physed)["id"]
    physed.execute("UPDATE retention_settings SET keep_for = '1 year' WHERE action = 'archive'")
    for expected in (1, 2):
        old_rows(physed, student)
        physed.rows(f"SELECT * FROM apply_retention('archive', {LATER})")
        tables = [*PARTITIONED, "movement_patterns"]
        assert {t: physed.sees(t) for t in tables} == dict.fromkeys(tables, 0)
        assert {t: physed.sees(f"{t}_2015_02") for t in tables} == dict.fromkeys(tables, expected)
    with physed.throws("42501", match="read-only"):
        physed.execute("DELETE FROM movement_patterns_2015_02")


def test_every_trail_has_a_period(physed: Database) -> None:
    trails = {
        "activity_logs",
        "adaptation_history",
        "assessment_history",
        "audit_log",
        "memory_interactions",
        "status_changes",
    }
    assert trails <= {name for (name,) in physed.rows("SELECT table_name FROM retention_settings")}
    everything_about(physed, a_student(physed))
    physed.execute("UPDATE retention_settings SET keep_for = '1 day', action = 'delete'")
    physed.rows("SELECT * FROM apply_retention('delete', now() + interval '40 days')")
    assert {t: physed.sees(t) for t in trails} == dict.fromkeys(trails, 0)


# Forgetting


def found(db: Database, words: list[str]) -> list[str]:
    """Every table and materialized view of the whole database in which one of the words stands."""
    tables = db.rows(
        "SELECT c.oid::regclass::text FROM pg_class AS c WHERE c.relkind IN ('r', 'm') "
        "AND c.relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace) "
        "AND c.relnamespace::regnamespace::text !~ '^pg_'"
    )
    return [t for (t,) in tables if db.value(f"SELECT count(*) FROM {t} AS r WHERE r::text ILIKE ANY (%s)",
                                             [f"%{w}%" for w in words])]  # fmt: skip


@pytest.mark.parametrize("call", ["SELECT * FROM forget_student(%s)", "SELECT erase_person(%s)"])
def test_a_forgotten_student_is_nowhere(physed: Database, call: str) -> None:
    words = ["Zaphod", "Beeblebrox", "zb@school.example", "asthma"]
    student = a_student(physed, first_name="Zaphod", last_name="Beeblebrox", email="zb@school.example",
                        medical_notes="asthma", date_of_birth="2015-05-05")  # fmt: skip
    me = student["id"]
    everything_about(physed, student)
    a_plan(physed, student, name="For Zaphod", notes="Zaphod has asthma", description="Zaphod")
    an_incident(physed, student_id=me, description="Zaphod fell", incident_metadata={"name": "Zaphod"})
    physed.execute("UPDATE students SET first_name = 'Zaphod B.' WHERE id = %s", me)
    physed.execute("UPDATE activity_plans SET notes = 'Zaphod again'")
    physed.execute("UPDATE retention_settings SET keep_for = '1 year' WHERE action = 'archive'")
    an_incident(physed, student_id=me, date="2015-02-03", description="Zaphod fell")
    old_rows(physed, me)
    physed.rows(f"SELECT * FROM apply_retention('archive', {LATER})")
    an_incident(physed, student_id=me, date="2015-02-03", description="Zaphod fell late")
    with physed.as_user(a_user(physed)["id"]):
        physed.execute("""SELECT log_action('mail.sent', '{"to": "ZB@school.example"}')""")
        physed.execute("""SELECT log_action('x.y', '{"who": "zaphod beeblebrox"}')""")
    physed.execute("UPDATE students SET first_name = 'Zaphod' WHERE id = %s", me)
    physed.execute("SELECT refresh_reports()")
    assert {"students", "safety_incidents_2015_02", "activity_plans"} <= set(found(physed, words))
    with physed.as_role("physed_service"):
        done = physed.rows(call, me)
    assert done == [(True,)] or {("students", 1), ("safety_incidents_2015_02", 2)} <= set(done)
    assert found(physed, words) == []
    assert set(rows_about(physed, me).values()) == {0}
    assert physed.value("SELECT count(*) FROM student_report WHERE student_id = %s", me) == 0
    trail = physed.row("SELECT old_values ->> 'first_name', old_values ->> 'id' FROM audit_log "
                       "WHERE table_name = 'students' AND operation = 'DELETE'")  # fmt: skip
    assert trail == ("***", str(me)), "that something happened, to a number"


@pytest.mark.parametrize("call", ["SELECT * FROM forget_user(%s)", "SELECT erase_person(%s)"])
def test_a_forgotten_user_is_nowhere(physed: Database, call: str) -> None:
    user = a_user(physed, first_name="Zaphod", last_name="Beeblebrox", email="zb@school.example", is_teacher=True)
    other, me = a_user(physed), user["id"]
    words = ["Zaphod", "Beeblebrox", "zb@school.example", str(me)]
    class_ = a_class(physed, teacher_id=me, status="active")
    student = a_student(physed)
    an_enrolment(physed, class_, student)
    everything_about(physed, student)
    with physed.as_user(me):
        for table, more in (("lessons", {"title": "Zaphod's"}), ("user_memories", {"content": "I am Zaphod"}),
                            ("user_preferences", {})):  # fmt: skip
            physed.insert(table, user_id=me, **more)
        physed.insert("safety_checks", class_id=class_["id"])
        physed.execute("UPDATE users SET last_name = 'B.'")
        physed.execute("""SELECT log_action('mail.sent', '{"from": "Zaphod"}')""")
        physed.execute("UPDATE skill_assessments SET overall_score = 1")
    with physed.as_user(other["id"]):
        physed.execute("SELECT log_action('mail.read', jsonb_build_object('from', 'ZB@school.example'))")
        physed.execute("SELECT log_action('user.seen', jsonb_build_object('id', %s::text))", me)
    for _ in range(2):  # an archive, and a late row in it
        physed.insert("activity_logs", user_id=me, action="x.y", context={"who": "Zaphod"}, created_at="2015-02-03")
        physed.execute("UPDATE retention_settings SET keep_for = '1 year' WHERE table_name = 'activity_logs'")
        physed.rows(f"SELECT * FROM apply_retention('archive', {LATER})")
    physed.execute("SELECT refresh_reports()")
    assert {"users", "activity_logs_2015_02", "audit_log", "class_report"} <= set(found(physed, words))
    with physed.as_role("physed_service"):
        done = physed.rows(call, me)
    assert done == [(True,)] or {("users", 1), ("activity_logs_2015_02", 2)} <= set(done)
    assert found(physed, words) == []
    keys = physed.rows("SELECT DISTINCT row_id FROM audit_log WHERE table_name = 'users' AND operation <> 'INSERT'")
    assert len(keys) == 1, "what belonged together still does"
    assert UUID(keys[0][0]) != me
    assert physed.value("SELECT count(*) FROM activity_logs WHERE user_id = %s", other["id"]) == 2


@pytest.mark.parametrize("who", ["", "abc", "-1", "0", "99999999999999999999", "0a1b2c3d-0000-4000-8000-000000000bad"])
def test_who_is_nobody_is_not_erased(physed: Database, who: str) -> None:
    user, student = a_user(physed), a_student(physed)
    with physed.as_role("physed_service"):
        assert physed.value("SELECT erase_person(%s)", who) is False
    assert (physed.sees("users"), physed.sees("students")) == (1, 1)
    assert physed.value("SELECT erase_person(%s)", str(user["id"]).upper()) is True
    assert physed.value("SELECT erase_person(%s)", str(student["id"])) is True


def test_only_the_service_forgets(physed: Database) -> None:
    user = a_user(physed)
    for role in ("physed_people", "physed_reader"):
        with physed.as_role(role):
            physed.denied("SELECT * FROM forget_student(1)")
            physed.denied("SELECT * FROM forget_user(%s)", user["id"])
            physed.denied("SELECT erase_person(%s)", user["id"])
    with physed.as_role("physed_service"), physed.throws("42501"):
        physed.execute("UPDATE audit_log SET row_id = 'x'")


def test_a_reader_sees_no_address_and_no_birthday(physed: Database) -> None:
    a_student(physed)
    with physed.as_role("physed_reader"):
        for column in ("users.email", "students.email", "students.date_of_birth"):
            physed.denied(f"SELECT {column} FROM {column.partition('.')[0]}")
        assert physed.value("SELECT first_name FROM students") == "Ava"

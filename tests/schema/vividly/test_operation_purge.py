"""Deleting a person: nothing in the whole database names the person afterwards, the trail keeps what happened."""

from __future__ import annotations

import pytest
from psycopg.types.json import Jsonb

from slate_pg.testing.database import Database
from tests.schema.vividly.factories import a_class, a_feedback, a_person, a_request, a_student, an_account_request

NAMES = {"id": "user_zq41", "email": "quillon@example.org", "first_name": "Quillon", "last_name": "O'Zarathe"}
NUMBER = "DIST-77123"


def found(db: Database, *words: str) -> set[tuple[str, str]]:
    """Search every column of every table of the schema, partitions and archives included; (table, word) found."""
    hits = set()
    tables = db.rows(
        "SELECT c.oid::regclass::text FROM pg_class AS c WHERE c.relkind IN ('r', 'm') "
        "AND c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'users'::regclass)"
    )
    for (table,) in tables:
        for word in words:
            if db.value(
                f"SELECT EXISTS (SELECT 1 FROM {table} AS t WHERE position(lower(%s) IN lower(t::text)) > 0)", word
            ):
                hits.add((table, word))
    return hits


@pytest.fixture
def traced(world: Database) -> Database:
    """The world, in which Quillon left a trace wherever the database keeps one."""
    world.execute("SELECT core.ensure_partitions('audit_logs', 'month', 0, 0, '2015-03-01')")
    a_student(world, "school_north", NAMES["id"], student_id=NUMBER, **{k: v for k, v in NAMES.items() if k != "id"})
    for when in ("2015-03-15", "2010-05-01", "2026-01-01"):
        for who, resource, metadata in (
            (NAMES["id"], None, {"said": "I am Quillon"}),
            ("teacher_north", NAMES["id"], {"name": "Quillon O'Zarathe", "role": "student"}),
            (None, None, {"mailed": ["to QUILLON@example.org.", NUMBER], "about": {"student": NAMES["id"]}}),
        ):
            world.insert(
                "audit_logs",
                user_id=who,
                action="see",
                resource_type="user",
                resource_id=resource,
                ip_address="10.0.0.7",
                user_agent="Quillon's phone" if who == NAMES["id"] else None,
                metadata=Jsonb(metadata),
                created_at=when,
            )
    world.insert("audit_logs", action="see", metadata=Jsonb({"name": "Quillon Other"}))
    world.job("vividly", "archive_audit_logs")
    a_class(world, "teacher_idle", "school_north", NAMES["id"], key="class_q")
    world.execute("UPDATE class_students SET dropped_at = now() WHERE student_id = %s", NAMES["id"])
    world.execute("SELECT enroll_student('class_q', %s)", NAMES["id"])
    a_request(world, NAMES["id"], original_query="I am Quillon, why?")
    a_feedback(world, NAMES["id"], "content_a", comment="Quillon was here")
    an_account_request(
        world,
        id="sreq_done",
        email=NAMES["email"],
        first_name="Quillon",
        status="approved",
        created_user_id=NAMES["id"],
    )
    an_account_request(world, id="sreq_typo", email="qilon@x.org", first_name="Quillon", student_id=NUMBER)
    an_account_request(world, id="sreq_mail", email=NAMES["email"])
    an_account_request(world, id="sreq_other")
    world.insert("bulk_upload_jobs", id="up", uploaded_by="head_north", school_id="school_north", file_path="x",
                 total_rows=9, error_log=Jsonb([
                     {"row": 7, "error": "quillon@example.org is taken"}, {"row": 8, "error": "no grade"},
                 ]))  # fmt: skip
    return world


WORDS = ("user_zq41", "quillon@example.org", "O'Zarathe", NUMBER)


CALLS = (
    "SELECT erase_person('user_zq41')",
    "SELECT purge_user('user_zq41')",
    "DELETE FROM users WHERE id = 'user_zq41'",
)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("role", [None, "vividly_service"])
def test_nothing_names_a_person_who_is_gone(traced: Database, call: str, role: str | None) -> None:
    assert {word for _, word in found(traced, *WORDS)} == set(WORDS)
    if role:
        with traced.as_role(role, app__user_id="head_north"):
            traced.execute(call)
    else:
        traced.execute(call)
    assert found(traced, *WORDS) == set()
    assert {t for t, _ in found(traced, "Quillon")} == {t for t, _ in found(traced, "Quillon Other")}


def test_erase_person_says_whether_there_was_one_and_who_takes_over(traced: Database) -> None:
    with traced.as_role("vividly_service"):
        assert traced.value("SELECT erase_person('user_nobody')") is False
        with traced.throws("23514", "users_teacher_has_classes_check"):
            traced.value("SELECT erase_person('teacher_north')")
        assert traced.value("SELECT erase_person('teacher_north', 'teacher_idle')") is True
    with traced.as_user("head_north"):
        traced.denied("SELECT erase_person('user_zq41')")


def test_the_trail_keeps_what_happened_under_one_key(traced: Database) -> None:
    before = traced.value("SELECT count(*) FROM audit_logs")
    traced.execute("SELECT purge_user('user_zq41')")
    assert traced.value("SELECT count(*) FROM audit_logs") == before + 1
    keys = traced.rows(
        "SELECT DISTINCT resource_id FROM audit_logs WHERE resource_id IS NOT NULL AND resource_type = 'user' "
        "UNION SELECT resource_id FROM audit_logs_2015_03 WHERE resource_id IS NOT NULL"
    )
    assert len(keys) == 1
    assert keys[0][0].startswith("erased_")
    seen = "SELECT metadata FROM audit_logs_2015_03 WHERE user_id = 'teacher_north'"
    assert traced.value(seen)["role"] == "student"
    with traced.throws("42501", match="read-only"):
        traced.execute("DELETE FROM audit_logs_2015_03")


def test_what_only_shares_a_name_stays(traced: Database) -> None:
    traced.execute("SELECT purge_user('user_zq41')")
    assert traced.value("SELECT count(*) FROM audit_logs WHERE metadata ->> 'name' = 'Quillon Other'") == 1
    assert traced.rows("SELECT id FROM student_account_requests") == [("sreq_other",)]
    assert traced.value("SELECT error_log FROM bulk_upload_jobs") == [
        {"row": 7, "error": "erased is taken"}, {"row": 8, "error": "no grade"},
    ]  # fmt: skip


def test_a_name_that_is_a_word_of_the_trail_breaks_nothing(world: Database) -> None:
    a_student(world, "school_north", "42", first_name="row", last_name="x(.*", email="true@x.org", student_id="7")
    world.insert(
        "audit_logs", action="see", resource_id="42", metadata=Jsonb({"row": 7, "n": [42, None, True], "e": {}})
    )
    world.insert("bulk_upload_jobs", id="up", uploaded_by="head_north", school_id="school_north", file_path="x",
                 total_rows=9, error_log=Jsonb([{"row": 9, "error": "row x(.* of 42"}]))  # fmt: skip
    world.execute("SELECT purge_user('42')")
    assert world.value("SELECT metadata -> 'e' FROM audit_logs WHERE action = 'see'") == {}
    assert world.value("SELECT error_log FROM bulk_upload_jobs") == [{"row": 9, "error": "erased erased of erased"}]


def test_a_whole_districts_people_are_forgotten_at_once(traced: Database) -> None:
    traced.execute("SELECT purge_district('org_first')")
    assert found(traced, *WORDS, "teacher_north", "head_north") == set()


def test_a_teachers_classes_pass_to_a_successor(world: Database) -> None:
    with world.throws("23514", "users_teacher_has_classes_check"):
        world.execute("SELECT purge_user('teacher_north')")
    world.execute("SELECT purge_user('teacher_north', 'teacher_idle')")
    assert world.value("SELECT teacher_id FROM classes WHERE id = 'class_north'") == "teacher_idle"
    assert found(world, "teacher_north") == set()


def test_a_person_who_is_not_there_is_not_purged(world: Database) -> None:
    with world.throws("P0002"):
        world.execute("SELECT purge_user('none')")
    with world.as_user("head_north"):
        world.denied("SELECT purge_user('ann')")


def test_an_address_that_passed_to_somebody_else_keeps_its_request(world: Database) -> None:
    a_person(world, "student", "school_north", "old", grade_level=9, email="shared@x.org")
    world.execute("UPDATE users SET deleted_at = now() WHERE id = 'old'")
    a_person(world, "student", "school_north", "new", grade_level=9, email="shared@x.org")
    an_account_request(world, email="shared@x.org")
    world.execute("SELECT purge_user('old')")
    assert world.sees("student_account_requests") == 1

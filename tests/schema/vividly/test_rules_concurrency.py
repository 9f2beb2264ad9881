"""Two sessions at once: counted both, decided once, and nobody waits for what is not theirs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import psycopg
import pytest

from slate_pg.testing.database import Database
from slate_pg.testing.sessions import CommittedDatabase, Session
from tests.schema.vividly.factories import a_district, a_school, a_student, a_topic, build_world


@pytest.fixture
def two(db_committed: Database) -> Iterator[tuple[Session, Session]]:
    """A committed world and two sessions in Vividly's path."""
    db_committed.use("vividly")
    build_world(db_committed)
    with db_committed.sessions(2) as (a, b):
        a.use("vividly")
        b.use("vividly")
        yield a, b


def test_two_ratings_at_once_are_both_counted(two: tuple[Session, Session]) -> None:
    a, b = two
    rate = """INSERT INTO feedback (id, student_id, content_id, feedback_type, rating)
        VALUES (%s, %s, 'content_a', 'rating_only', %s)"""
    a.execute(rate, "f1", "ann", 5)
    second = b.start(rate, "f2", "bob", 2)
    assert second.blocked_by(a)
    a.commit()
    second.result()
    b.commit()
    assert a.rows("SELECT rating_count, average_rating::float FROM generated_content") == [(2, 3.5)]


def test_two_views_of_one_student_at_once_are_both_counted(two: tuple[Session, Session]) -> None:
    a, b = two
    a.execute("SELECT record_view('ann', 'content_a', 10)")
    second = b.start("SELECT record_view('ann', 'content_a', 20)")
    assert second.blocked_by(a)
    a.commit()
    second.result()
    b.commit()
    assert a.rows("SELECT view_count, total_time_seconds FROM student_progress") == [(2, 30)]
    assert a.rows("SELECT view_count FROM generated_content") == [(2,)]


def test_a_teacher_given_a_class_meanwhile_does_not_change_school(two: tuple[Session, Session]) -> None:
    a, b = two
    a.execute(
        "INSERT INTO classes (id, name, teacher_id, school_id) VALUES ('class_new', 'N', 'teacher_idle', "
        "'school_north')"
    )
    move = b.start("UPDATE users SET role = 'school_admin' WHERE id = 'teacher_idle'")
    assert move.blocked_by(a)
    a.commit()
    with pytest.raises(Exception, match="still has classes"):
        move.result()
    b.rollback()


def test_a_class_given_to_a_teacher_who_leaves_meanwhile_is_refused(two: tuple[Session, Session]) -> None:
    a, b = two
    a.execute("UPDATE users SET role = 'school_admin' WHERE id = 'teacher_idle'")
    opening = b.start(
        "INSERT INTO classes (id, name, teacher_id, school_id) VALUES ('class_new', 'N', 'teacher_idle', "
        "'school_north')"
    )
    assert opening.blocked_by(a)
    a.commit()
    with pytest.raises(Exception, match="is not a teacher of school"):
        opening.result()
    b.rollback()


def test_a_student_who_asks_meanwhile_stays_a_student(two: tuple[Session, Session]) -> None:
    a, b = two
    a.execute("INSERT INTO content_requests (id, student_id, original_query) VALUES ('r', 'bob', 'q')")
    change = b.start("UPDATE users SET role = 'teacher', grade_level = NULL WHERE id = 'bob'")
    assert change.blocked_by(a)
    a.commit()
    with pytest.raises(Exception, match="stays a student"):
        change.result()
    b.rollback()


def test_two_moves_at_once_do_not_close_a_circle(two: tuple[Session, Session]) -> None:
    a, b = two
    for key in ("x", "y"):
        a.execute("INSERT INTO topics (id, title, subject) VALUES (%s, 'T', 'physics')", key)
    a.commit()
    a.execute("UPDATE topics SET parent_id = 'y' WHERE id = 'x'")
    second = b.start("UPDATE topics SET parent_id = 'x' WHERE id = 'y'")
    assert second.blocked_by(a)
    a.commit()
    with pytest.raises(Exception, match="part of it"):
        second.result()
    b.rollback()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE users SET role = 'school_admin' WHERE id = 'teacher_idle'",
        "UPDATE topics SET parent_id = 'y' WHERE id = 'x'",
    ],
    ids=["a_role", "a_topic"],
)
def test_what_an_old_snapshot_cannot_judge_does_not_change_in_one(db_committed: Database, change: str) -> None:
    db_committed.use("vividly")
    build_world(db_committed)
    db_committed.execute("INSERT INTO topics (id, title, subject) VALUES ('x', 'X', 's'), ('y', 'Y', 's')")
    with db_committed.throws("25000", match="REPEATABLE READ"):
        db_committed.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        db_committed.execute(change)
    for level in ("READ COMMITTED", "SERIALIZABLE"):
        with db_committed.connection.transaction(force_rollback=True):
            db_committed.execute(f"SET TRANSACTION ISOLATION LEVEL {level}")
            assert db_committed.execute(change).rowcount == 1


@pytest.mark.parametrize(
    "change",
    [
        "INSERT INTO topics (id, path, parent_id, title, subject) VALUES ('y', 'x.y', 'x', 'Y', 's')",
        "UPDATE topics SET path = 'x', depth = 3 WHERE id = 'x'",
        "UPDATE users SET role = 'teacher', first_name = 'Ida' WHERE id = 'teacher_idle'",
    ],
    ids=["a_new_topic", "a_topic_that_stays", "a_role_that_stays"],
)
def test_what_an_old_snapshot_can_judge_is_written_in_one(db_committed: Database, change: str) -> None:
    db_committed.use("vividly")
    build_world(db_committed)
    db_committed.execute("INSERT INTO topics (id, path, title, subject) VALUES ('x', 'x', 'X', 's')")
    with db_committed.connection.transaction():
        db_committed.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        assert db_committed.execute(change).rowcount == 1
    assert db_committed.rows("SELECT id, depth FROM topics WHERE path LIKE 'x%%'")[0] == ("x", 0)


def test_an_update_that_changes_no_role_is_not_held_up(two: tuple[Session, Session]) -> None:
    a, b = two
    a.execute("INSERT INTO content_requests (id, student_id, original_query) VALUES ('r', 'bob', 'q')")
    login = b.start("UPDATE users SET last_login_at = now(), role = 'student' WHERE id = 'bob'")
    assert login.result() == 1
    a.rollback()
    b.rollback()


def test_two_enrolments_of_one_student_at_once_are_one(two: tuple[Session, Session]) -> None:
    a, b = two
    enroll = "SELECT enroll_student('class_north', 'bob')"
    a.execute(enroll)
    second = b.start(enroll)
    assert second.blocked_by(a)
    a.commit()
    second.result()
    b.commit()
    assert a.rows("SELECT count(*) FROM class_students WHERE student_id = 'bob'") == [(1,)]


def test_two_videos_for_one_triple_at_once_are_one(two: tuple[Session, Session]) -> None:
    a, b = two
    make = """INSERT INTO generated_content (id, topic_id, interest_id, style, content_type)
        VALUES (%s, 'topic_a', 'int_a', 'story', 'vivid_now')"""
    a.execute(make, "c1")
    second = b.start(make, "c2")
    assert second.blocked_by(a)
    a.commit()
    with pytest.raises(Exception, match="duplicate key"):
        second.result()
    b.rollback()


LATE = """INSERT INTO users (id, email, password_hash, first_name, last_name, role, org_id, grade_level)
    VALUES ('late', 'late@x.org', 'x', 'L', 'T', 'student', 'school_north', 9)"""


def test_who_was_entering_a_district_when_it_was_purged_goes_with_it(two: tuple[Session, Session]) -> None:
    a, b = two
    b.execute(LATE)
    purging = a.start("SELECT purge_district('org_first')")
    assert purging.blocked_by(b)
    b.commit()
    purging.result()
    a.commit()
    assert a.rows("SELECT count(*) FROM users WHERE id = 'late'") == [(0,)]


def test_nobody_enters_a_district_that_is_being_purged(two: tuple[Session, Session]) -> None:
    a, b = two
    a.execute("SELECT purge_district('org_first')")
    entering = b.start(LATE)
    assert entering.blocked_by(a)
    a.rollback()
    assert entering.result() == 1
    b.rollback()


def test_two_exports_at_once_are_one(two: tuple[Session, Session]) -> None:
    a, b = two
    a.execute("SELECT begin_export('feedback')")
    second = b.start("SELECT begin_export('feedback')")
    assert second.blocked_by(a)
    a.commit()
    second.result()
    b.commit()
    assert a.rows("SELECT count(*) FROM retention_exports") == [(1,)]


def test_a_purge_of_another_district_is_not_waited_for(two: tuple[Session, Session]) -> None:
    a, b = two
    a.execute("SELECT purge_district('org_other')")
    entering = b.start("UPDATE users SET first_name = 'Anna' WHERE id = 'ann'")
    assert entering.result() == 1
    a.rollback()
    b.rollback()


def test_a_new_district_has_nobody_to_purge(vividly: Database) -> None:
    district = a_district(vividly)["id"]
    a_school(vividly, district)
    a_student(vividly, a_school(vividly, a_district(vividly)["id"])["id"])
    assert vividly.value("SELECT sum(rows_deleted) FROM purge_district(%s)", district) == 0


TOLD = (psycopg.errors.IntegrityError, psycopg.errors.OperationalError, psycopg.errors.InvalidTransactionState)
LOST = """SELECT t.id FROM topics AS t INNER JOIN topics AS p ON p.id = t.parent_id
    WHERE t.path <> p.path || '.' || substring(t.path FROM '[^.]+$')"""


@pytest.mark.parametrize("level", ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"])
@pytest.mark.parametrize("first", ["move", "child"])
def test_a_child_that_comes_while_its_parent_moves_is_not_left_behind(
    db_committed: CommittedDatabase, first: str, level: str
) -> None:
    db_committed.use("vividly")
    a_topic(db_committed, "top", path="a")
    statements = {
        "move": "UPDATE topics SET path = 'b' WHERE id = 'top'",
        "child": "INSERT INTO topics (id, parent_id, path, title, subject) VALUES ('low', 'top', 'a.x', 'X', 'physics')",
    }
    with db_committed.sessions(2) as (a, b):
        for session in (a, b):
            session.use("vividly")
            session.execute(f"SET TRANSACTION ISOLATION LEVEL {level}")
            session.execute("SELECT count(*) FROM topics")
        with suppress(*TOLD):
            a.execute(statements.pop(first))
        second = b.start(statements.popitem()[1])
        second.blocked_by(a, seconds=2)
        a.commit()
        with suppress(*TOLD):
            second.result()
            b.commit()
    assert db_committed.rows(LOST) == []

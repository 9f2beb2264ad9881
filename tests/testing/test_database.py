"""The verbs of `db` that run statements: each does what it says, and says what it found when it does not."""

import psycopg
import pytest


@pytest.fixture
def letters(db):
    """Give a table of letters with an index and a deferred key."""
    db.connection.execute(b"""
        CREATE SCHEMA post; SET LOCAL search_path = post;
        CREATE TABLE boxes (id integer PRIMARY KEY);
        CREATE TABLE letters (
            id integer PRIMARY KEY, topic text NOT NULL DEFAULT 'none', facts jsonb,
            box integer CONSTRAINT letters_box_fkey REFERENCES boxes DEFERRABLE INITIALLY DEFERRED
        );
        CREATE INDEX letters_topic_idx ON letters (topic);
    """)
    return db


def test_insert_returns_the_row_as_the_database_completed_it(letters):
    row = letters.insert("post.letters", id=1, facts={"pages": 2})
    assert row == {"id": 1, "topic": "none", "facts": {"pages": 2}, "box": None}
    assert letters.row("SELECT id, topic FROM letters WHERE id = %s", 1) == (1, "none")
    assert letters.value("SELECT count(*) FROM letters") == 1


def test_row_and_value_want_exactly_one(letters):
    with pytest.raises(AssertionError, match="one row expected, 0 returned by: SELECT 1 WHERE false"):
        letters.value("SELECT 1 WHERE false")
    with pytest.raises(AssertionError, match="one row expected, 2 returned"):
        letters.row("VALUES (1), (2)")


def test_plan_names_the_indexes_and_the_tables_read_from_end_to_end(letters):
    plan = letters.plan("SELECT * FROM letters WHERE topic = %s", "a", prefer_index=True)
    assert plan.indexes == {"letters_topic_idx"}
    assert not plan.seq_scans
    assert letters.plan("SELECT * FROM letters").seq_scans == {"letters"}
    assert letters.value("SHOW enable_seqscan") == "on"


def test_deferred_constraints_can_be_made_to_speak(letters):
    with letters.throws("23503", constraint="letters_box_fkey", deferred=True):
        letters.insert("letters", id=1, box=7)
    letters.insert("letters", id=1)
    letters.check_deferred()


def test_a_test_may_end_with_an_error_that_it_expected(db):
    with pytest.raises(psycopg.errors.DivisionByZero):
        db.execute("SELECT 1 / 0")


def test_a_forgotten_deferred_constraint_fails_the_test(run_pytest):
    said = run_pytest(
        test_deferred="""
        def test_forgotten(db):
            db.execute("CREATE TEMP TABLE boxes (id integer PRIMARY KEY)")
            db.execute("CREATE TEMP TABLE letters (box integer REFERENCES boxes DEFERRABLE INITIALLY DEFERRED)")
            db.execute("INSERT INTO letters VALUES (1)")

        def test_the_next_one_is_not_harmed(db):
            assert not db.rows("SELECT FROM pg_class WHERE relname = 'letters'")
        """
    )
    assert "letters_box_fkey" in said
    assert "2 passed, 1 error" in said


def test_a_session_that_is_not_blocked_says_so_and_hands_over_its_error(db_committed):
    with db_committed.sessions(2) as (first, second):
        running = second.start("SELECT 1 / 0")
        assert not running.blocked_by(first)
        with pytest.raises(psycopg.errors.DivisionByZero):
            running.result()
        second.rollback()
        assert second.value("SELECT 1") == 1


def test_a_product_or_parameter_that_does_not_exist_is_named(db):
    with pytest.raises(Exception, match="sparkk"):
        db.use("sparkk")


def test_what_a_worker_does_to_its_server_is_nothing_to_the_others(run_pytest):
    said = run_pytest(
        "-n", "3", "--dist", "each",
        test_alone="""
        import psycopg

        def test_the_same_names(slate_server):
            with psycopg.connect(slate_server.url(), autocommit=True) as admin:
                admin.execute("CREATE ROLE the_same")
                admin.execute("CREATE DATABASE the_same")
        """,
    )  # fmt: skip
    assert "3 passed" in said, said

"""as_role refuses to be somebody row security does not bind, and the three refusals are three verbs."""

import psycopg
import pytest


@pytest.fixture
def notes(db):
    """Give a table of notes with row security, two notes of two people, and somebody who may read and add."""
    db.connection.execute(b"""
        CREATE ROLE note_reader; CREATE ROLE note_owner; CREATE ROLE note_god SUPERUSER;
        CREATE ROLE note_passer BYPASSRLS;
        CREATE SCHEMA notes; GRANT USAGE ON SCHEMA notes TO note_reader, note_owner; SET LOCAL search_path = notes;
        CREATE TABLE notes (id integer PRIMARY KEY, author text NOT NULL, body text);
        INSERT INTO notes VALUES (1, 'ann', 'a'), (2, 'bob', 'b');
        ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
        GRANT SELECT, INSERT, UPDATE ON notes TO note_reader;
        CREATE POLICY own ON notes TO note_reader USING (author = current_setting('app.user_id', true));
    """)
    return db


def test_a_role_sees_its_own_rows_and_afterwards_everything_is_as_before(notes):
    with notes.as_role("note_reader", app__user_id="ann"):
        assert notes.sees("notes") == 1
        notes.filtered("UPDATE notes SET body = 'x' WHERE id = 2")
        notes.denied("DELETE FROM notes")
        notes.check_violation("INSERT INTO notes VALUES (3, 'bob', 'c')")
    with notes.as_user("bob", role="note_reader"):
        assert notes.rows("SELECT id FROM notes") == [(2,)]
    assert notes.sees("notes.notes") == 2
    assert notes.value("SELECT current_user") == "postgres"
    assert not notes.value("SELECT current_setting('app.user_id', true)")


@pytest.mark.parametrize(
    ("role", "reason"),
    [
        ("note_god", "not bound by row security"),
        ("note_passer", "not bound by row security"),
        ("note_owner", "owns tables with row security"),
        ("note_nobody", 'no role "note_nobody"'),
    ],
)
def test_a_role_that_would_prove_nothing_is_refused(notes, role, reason):
    notes.execute("ALTER TABLE notes OWNER TO note_owner")
    with pytest.raises(AssertionError, match=reason), notes.as_role(role):
        pass


def test_a_member_of_the_owner_is_refused_like_the_owner(notes):
    notes.execute("ALTER TABLE notes OWNER TO note_owner")
    notes.execute("GRANT note_owner TO note_reader")
    with pytest.raises(AssertionError, match="belongs to their owner"), notes.as_role("note_reader"):
        pass


def test_an_owner_under_forced_row_security_may_be_played(notes):
    notes.execute("ALTER TABLE notes OWNER TO note_owner")
    notes.execute("ALTER TABLE notes FORCE ROW LEVEL SECURITY")
    with notes.as_role("note_owner"):
        assert notes.sees("notes") == 0


def test_after_an_error_inside_we_are_who_we_were(notes):
    with pytest.raises(psycopg.errors.DivisionByZero), notes.as_role("note_reader", app__user_id="ann"):
        notes.execute("SELECT 1 / 0")
    assert notes.value("SELECT current_user") == "postgres"


def test_each_refusal_fails_when_it_was_another_one(notes):
    with notes.as_role("note_reader", app__user_id="ann"):
        with pytest.raises(AssertionError, match="1 touched by"):
            notes.filtered("UPDATE notes SET body = 'x' WHERE id = 1")
        with pytest.raises(AssertionError, match="nothing was raised"):
            notes.denied("SELECT * FROM notes")
        with pytest.raises(AssertionError, match="permission denied"):
            notes.check_violation("DELETE FROM notes")
        with pytest.raises(AssertionError, match="row-level security"):
            notes.denied("INSERT INTO notes VALUES (3, 'bob', 'c')")


def test_throws_names_what_came_instead_and_leaves_the_transaction_usable(notes):
    with notes.throws("23505", constraint="notes_pkey"):
        notes.insert("notes", id=1, author="ann")
    with pytest.raises(AssertionError, match="23502 expected, the server said 23505 notes_pkey"), notes.throws("23502"):
        notes.insert("notes", id=1, author="ann")
    with pytest.raises(AssertionError, match='constraint "notes_key" expected'), notes.throws("23505", "notes_key"):
        notes.insert("notes.notes", id=1, author="ann")
    with pytest.raises(AssertionError, match="nothing was raised"), notes.throws("23505"):
        notes.insert("notes", id=3, author="ann")
    assert notes.sees("notes") == 3

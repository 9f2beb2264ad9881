"""Settings, ids, clocks and the append-only guard: what each function of core keeps true."""

from __future__ import annotations

import pytest

from slate_pg.testing.database import Database
from tests.schema.core.factories import a_person, an_entry

# Settings


def test_a_setting_that_was_never_set_or_ended_reads_as_null(core: Database) -> None:
    assert core.row("SELECT setting_text('lab.x'), setting_uuid('lab.x')") == (None, None)
    core.execute("SAVEPOINT before")
    core.execute("SET LOCAL lab.x = 'something'")
    assert core.value("SELECT setting_text('lab.x')") == "something"
    core.execute("ROLLBACK TO before")
    assert core.value("SELECT current_setting('lab.x', true)") == "", "what PostgreSQL makes of an ended SET LOCAL"
    assert core.row("SELECT setting_text('lab.x'), setting_uuid('lab.x')") == (None, None)


def test_a_malformed_identity_is_an_error_and_never_nobody(core: Database) -> None:
    core.execute("SET LOCAL lab.x = 'not-a-uuid'")
    with core.throws("22P02", match='setting "lab.x" is not a uuid: "not-a-uuid"'):
        core.value("SELECT setting_uuid('lab.x')")
    core.execute("SET LOCAL lab.x = '6f1c2f0e-0000-4000-8000-000000000001'")
    assert str(core.value("SELECT setting_uuid('lab.x')")) == "6f1c2f0e-0000-4000-8000-000000000001"


# Ids and clocks


def test_a_prefixed_id_has_its_prefix_and_64_random_bits(core: Database) -> None:
    ids = [r[0] for r in core.rows("SELECT prefixed_id('REQ_') FROM generate_series(1, 500)")]
    assert all(i.startswith("REQ_") and len(i) == 20 for i in ids)
    assert len(set(ids)) == 500
    digits = [{i[4 + n] for i in ids} for n in range(16)]
    assert all(len(d) == 16 for d in digits), "no digit is fixed: neither version nor variant of the uuid shows"
    assert core.value("SELECT prefixed_id(NULL)") is None


def test_updated_at_is_the_transactions_time_whatever_the_caller_writes(core: Database) -> None:
    core.execute("CREATE TABLE notes (id integer, updated_at timestamptz NOT NULL DEFAULT '2001-01-01')")
    core.execute("CREATE TRIGGER t BEFORE UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION touch_updated_at()")
    core.execute("INSERT INTO notes VALUES (1), (2)")
    core.execute("UPDATE notes SET updated_at = '1999-01-01' WHERE id = 1")
    assert core.rows("SELECT id, updated_at = now() FROM notes ORDER BY id") == [(1, True), (2, False)]


# The append-only guard


@pytest.fixture
def trail(core: Database) -> Database:
    """A guarded trail with one entry, whose actor may be deleted."""
    core.execute("CREATE TABLE people (id integer PRIMARY KEY)")
    core.execute(
        "CREATE TABLE trail (id integer, what text, user_id integer REFERENCES people (id) "
        "ON DELETE SET NULL, other_id integer)"
    )
    core.execute(
        "CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON trail FOR EACH ROW EXECUTE FUNCTION refuse_change('user_id')"
    )
    core.execute("CREATE TRIGGER keep_all BEFORE TRUNCATE ON trail EXECUTE FUNCTION refuse_change()")
    a_person(core)
    an_entry(core)
    return core


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE trail SET what = 'b'",
        "DELETE FROM trail",
        "TRUNCATE trail",
        "UPDATE trail SET user_id = 8",
        "UPDATE trail SET other_id = NULL",
        "UPDATE trail SET user_id = NULL, what = 'b'",
    ],
)
def test_a_trail_refuses_every_change(trail: Database, statement: str) -> None:
    with trail.throws("42501", match="trail is append-only"):
        trail.execute(statement)
    assert trail.rows("SELECT * FROM trail") == [(1, "a", 7, 7)]


def test_a_trail_lets_its_actor_be_deleted_and_takes_new_rows(trail: Database) -> None:
    trail.execute("DELETE FROM people")
    an_entry(trail, id=2, what="c", user_id=None, other_id=1)
    assert trail.rows("SELECT * FROM trail ORDER BY id") == [(1, "a", None, 7), (2, "c", None, 1)]


def test_retention_needs_both_the_setting_and_the_ownership(trail: Database) -> None:
    trail.execute("CREATE ROLE careless; GRANT USAGE ON SCHEMA lab TO careless; GRANT core_user TO careless")
    trail.execute("GRANT SELECT, UPDATE, DELETE ON trail TO careless")
    with trail.as_role("careless", core__maintenance="on"), trail.throws("42501", match="append-only"):
        trail.execute("DELETE FROM lab.trail")
    trail.execute("SET LOCAL core.maintenance = 'off'")
    with trail.throws("42501"):
        trail.execute("DELETE FROM trail")
    trail.execute("SET LOCAL core.maintenance = 'on'")
    assert trail.execute("UPDATE trail SET what = 'z'").rowcount == 1
    assert trail.execute("DELETE FROM trail").rowcount == 1
    trail.execute("TRUNCATE trail")

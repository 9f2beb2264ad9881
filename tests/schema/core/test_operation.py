"""Partitions made ahead and retired: what moves, what stays, what an archive still says."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from slate_pg.testing.database import Database
from tests.schema.core.factories import an_event

NOW = datetime(2026, 3, 31, 23, 30, tzinfo=UTC)  # the last half hour of a month, when a zone mistake shows


def partitions(db: Database, table: str = "events") -> dict[str, str]:
    """Return bound by partition name."""
    return dict(
        db.rows(
            "SELECT c.relname::text, pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits AS i "
            "JOIN pg_class AS c ON c.oid = i.inhrelid WHERE i.inhparent = %s::regclass",
            table,
        )
    )


# Partitions


@pytest.fixture
def events(core: Database) -> Database:
    """A partitioned table with what products have: identity, key, trigger, comment, generated column."""
    core.execute(
        "CREATE TABLE events (id bigint GENERATED ALWAYS AS IDENTITY, at timestamptz NOT NULL, note text, "
        "note_size integer GENERATED ALWAYS AS (length(note)) STORED, PRIMARY KEY (id, at)) PARTITION BY RANGE (at)"
    )
    return core


def test_partitions_are_made_from_behind_to_ahead_in_utc_with_a_default(events: Database) -> None:
    events.execute("SET LOCAL timezone = 'Asia/Tokyo'")  # where March has already ended
    made = events.rows("SELECT * FROM ensure_partitions('events', 'month', 2, 1, %s)", NOW)
    assert [(m[0], m[1], m[2]) for m in made] == [
        ("events_default", "created", 0),
        *((f"events_2026_{m:02}", "created", 0) for m in (2, 3, 4, 5)),
    ]
    events.execute("SET LOCAL timezone = 'UTC'")
    assert (
        partitions(events)["events_2026_03"]
        == "FOR VALUES FROM ('2026-03-01 00:00:00+00') TO ('2026-04-01 00:00:00+00')"
    )
    assert events.rows("SELECT * FROM ensure_partitions('events', 'month', 2, 1, %s)", NOW) == [], (
        "a second run has nothing to do"
    )


def test_yearly_partitions_are_named_after_the_year(events: Database) -> None:
    events.execute("SELECT * FROM ensure_partitions('events', 'year', 1, 0, %s)", NOW)
    assert set(partitions(events)) == {"events_default", "events_2026", "events_2027"}


def test_what_cannot_be_partitioned_is_refused(events: Database) -> None:
    events.execute("CREATE TABLE plain (at timestamptz); CREATE TABLE listed (at timestamptz) PARTITION BY LIST (at)")
    for table in ("plain", "listed"):
        with events.throws("42809", match="not partitioned by range"):
            events.execute("SELECT ensure_partitions(%s, 'month')", table)
    with events.throws("22023", match='"month" or "year", not "day"'):
        events.execute("SELECT ensure_partitions('events', 'day')")


def test_strays_move_out_of_default_without_triggers_or_cascades(events: Database) -> None:
    """Incoming keys survive and stay validated, no trigger fires, generated columns and ids are the same."""
    events.execute("CREATE TABLE fired (op text)")
    events.execute(
        "CREATE FUNCTION note_it() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN INSERT INTO lab.fired VALUES (TG_OP); RETURN coalesce(NEW, OLD); END $$"
    )
    events.execute(
        "CREATE TRIGGER noting AFTER INSERT OR UPDATE OR DELETE ON events FOR EACH ROW EXECUTE FUNCTION note_it()"
    )
    events.execute("SELECT ensure_partitions('events', 'month', 0, 0, %s)", NOW)
    events.execute(
        "INSERT INTO events (at, note) VALUES ('2026-05-10', 'stray'), ('2026-05-31 23:59', "
        "'stray'), ('2031-01-01', 'far'), (%s, 'home')",
        NOW,
    )
    events.execute(
        "CREATE TABLE replies (event_id bigint, event_at timestamptz, "
        "CONSTRAINT replies_event_fkey FOREIGN KEY (event_id, event_at) REFERENCES events ON DELETE CASCADE)"
    )
    events.execute("INSERT INTO replies SELECT id, at FROM events")
    before = events.rows("SELECT id, at, note, note_size FROM events ORDER BY id")
    events.execute("TRUNCATE fired")

    made = events.rows("SELECT * FROM ensure_partitions('events', 'month', 2, 0, %s)", NOW)
    assert made == [("events_2026_04", "created", 0), ("events_2026_05", "created", 2)]

    assert events.rows("SELECT id, at, note, note_size FROM events ORDER BY id") == before
    assert events.rows("SELECT note FROM events_2026_05") == [("stray",), ("stray",)]
    assert events.rows("SELECT note FROM events_default") == [("far",)]
    assert events.value("SELECT count(*) FROM replies") == 4, "no key cascaded"
    assert events.rows("SELECT * FROM fired") == [], "no trigger fired"
    assert events.row(
        "SELECT convalidated, confdeltype::text FROM pg_constraint WHERE conname = "
        "'replies_event_fkey' AND conrelid = 'replies'::regclass"
    ) == (True, "c")
    with events.throws("23503", constraint="replies_event_fkey"):
        events.execute("INSERT INTO replies VALUES (999, now())")
    an_event(events, at="2026-05-11", note="new")
    assert events.rows("SELECT * FROM fired") == [("INSERT",)], "the trigger is on the new partition"
    events.execute("DELETE FROM events WHERE note = 'stray'")
    assert events.value("SELECT count(*) FROM replies") == 2, "and the key cascades again"
    assert events.value("SELECT max(id) < (SELECT id FROM events WHERE note = 'new') FROM events WHERE note <> 'new'")


def test_a_partition_made_from_strays_is_like_any_other(events: Database) -> None:
    """Same indexes, constraints and columns as a partition that was empty when made."""
    events.execute("CREATE INDEX events_note_idx ON events (note)")
    events.execute(
        "ALTER TABLE events ADD CONSTRAINT events_note_check CHECK (note <> ''), ADD COLUMN "
        "extra jsonb NOT NULL DEFAULT '{}'"
    )
    events.execute("SELECT ensure_partitions('events', 'month', 0, 0, %s)", NOW)
    an_event(events, at="2026-04-10", note="stray")
    events.execute("SELECT ensure_partitions('events', 'month', 2, 0, %s)", NOW)

    def shape(name: str) -> list:
        return events.rows(
            "SELECT 'column', attname::text, format_type(atttypid, atttypmod), attnotnull::text, "
            "attgenerated::text, attidentity::text "
            "FROM pg_attribute WHERE attrelid = %(t)s::regclass AND attnum > 0 UNION ALL "
            "SELECT 'index', replace(indexdef, %(t)s, 't'), '', '', '', '' FROM pg_indexes WHERE "
            "tablename = %(t)s UNION ALL "
            "SELECT 'constraint', pg_get_constraintdef(oid), contype::text, convalidated::text, "
            "'', '' FROM pg_constraint "
            "WHERE conrelid = %(t)s::regclass AND contype <> 'n' ORDER BY 1, 2".replace("%(t)s", f"'{name}'")
        )

    strays, empty = shape("events_2026_04"), shape("events_2026_05")
    assert strays == empty


def test_partitions_of_a_table_under_row_security_show_nothing_by_themselves(events: Database) -> None:
    events.execute("ALTER TABLE events ENABLE ROW LEVEL SECURITY")
    events.execute("CREATE POLICY all_read ON events FOR SELECT USING (true)")
    events.execute("SELECT ensure_partitions('events', 'month', 0, 0, %s)", NOW)
    an_event(events, at=NOW)
    an_event(events, at="2026-04-01", note="stray")
    events.execute("SELECT ensure_partitions('events', 'month', 1, 0, %s)", NOW)
    events.execute("GRANT USAGE ON SCHEMA lab TO core_user; GRANT SELECT ON ALL TABLES IN SCHEMA lab TO core_user")
    with events.as_role("core_user"):
        assert events.value("SELECT count(*) FROM lab.events") == 2
        for leaf in ("events_2026_03", "events_2026_04", "events_default"):
            assert events.value(f"SELECT count(*) FROM lab.{leaf}") == 0


def test_every_partition_is_commented(events: Database) -> None:
    events.execute("SELECT ensure_partitions('events', 'month', 1, 0, %s)", NOW)
    assert (
        events.rows(
            "SELECT relname FROM pg_class AS c JOIN pg_inherits AS i ON i.inhrelid = c.oid WHERE "
            "inhparent = 'events'::regclass AND obj_description(c.oid) IS NULL"
        )
        == []
    )


def test_names_that_need_quotes_are_no_trouble(core: Database) -> None:
    core.execute('CREATE SCHEMA "Odd; lab"')
    core.execute('SET LOCAL search_path = "Odd; lab", core')
    core.execute('CREATE TABLE "My Events" ("At" timestamptz NOT NULL, "a b" text) PARTITION BY RANGE ("At")')
    core.execute("SELECT ensure_partitions('\"My Events\"', 'month', 0, 0, %s)", NOW)
    core.execute("INSERT INTO \"My Events\" VALUES ('2026-04-02', 'stray')")
    assert core.rows("SELECT * FROM ensure_partitions('\"My Events\"', 'month', 1, 0, %s)", NOW) == [
        ("My Events_2026_04", "created", 1)
    ]
    core.execute("SELECT retire_partitions('\"My Events\"', '2026-05-01', true)")
    core.execute('SELECT 1 FROM "My Events_2026_04"')


def test_two_jobs_at_once_make_each_partition_once(db_committed: Database) -> None:
    db_committed.execute("CREATE TABLE core.events (at timestamptz NOT NULL) PARTITION BY RANGE (at)")
    with db_committed.sessions(2) as (one, other):
        one.execute("SELECT core.ensure_partitions('core.events', 'month', 1, 0, %s)", NOW)
        second = other.start("SELECT core.ensure_partitions('core.events', 'month', 1, 0, %s)", NOW)
        assert second.blocked_by(one)
        one.commit()
        assert second.result() == 0
        other.commit()


# Retirement


@pytest.fixture
def aged(events: Database) -> Database:
    """Four months of events, one row each, and one in DEFAULT."""
    events.execute("CREATE TABLE topics (id integer PRIMARY KEY); INSERT INTO topics VALUES (1)")
    events.execute(
        "ALTER TABLE events ADD COLUMN topic_id integer DEFAULT 1 CONSTRAINT "
        "events_topic_id_fkey REFERENCES topics (id)"
    )
    events.execute("SELECT ensure_partitions('events', 'month', 0, 3, %s)", NOW)
    for month in ("2025-12-15", "2026-01-15", "2026-02-15", "2026-03-15", "2001-01-01"):
        an_event(events, at=month, note=month)
    return events


def test_retirement_drops_what_ended_and_nothing_else(aged: Database) -> None:
    done = aged.rows("SELECT * FROM retire_partitions('events', '2026-02-01')")
    assert [(name.split(".")[-1], action) for name, action in done] == [
        ("events_2001_01", "dropped"),
        ("events_2025_12", "dropped"),
        ("events_2026_01", "dropped"),
    ]
    assert [r[0] for r in aged.rows("SELECT note FROM events ORDER BY at")] == [
        "2026-02-15",
        "2026-03-15",
    ]
    assert aged.rows("SELECT * FROM retire_partitions('events', '2026-02-28 23:59:59+00')") == [], (
        "a month that has not ended stays"
    )


def test_an_archive_is_read_only_without_keys_and_says_what_it_is(aged: Database) -> None:
    aged.execute("SELECT retire_partitions('events', '2026-01-01', true)")
    assert aged.value("SELECT note FROM events_2025_12") == "2025-12-15"
    for statement in (
        "INSERT INTO events_2025_12 (id, at) VALUES (99, '2025-12-01')",
        "UPDATE events_2025_12 SET note = 'x'",
        "DELETE FROM events_2025_12",
        "TRUNCATE events_2025_12",
    ):
        with aged.throws("42501", match='archive "events_2025_12" is read-only'):
            aged.execute(statement)
    assert "Archived" in aged.value("SELECT obj_description('events_2025_12'::regclass)")
    aged.execute("DELETE FROM events; DELETE FROM topics")
    assert aged.value("SELECT count(*) FROM events_2025_12") == 1, "the archive does not hold on to its topic"
    aged.execute("DROP TABLE events_2025_12")


def test_a_partition_that_is_referenced_is_not_retired(aged: Database) -> None:
    aged.execute(
        "CREATE TABLE replies (id bigint, at timestamptz, CONSTRAINT replies_fkey FOREIGN "
        "KEY (id, at) REFERENCES events)"
    )
    aged.execute("INSERT INTO replies SELECT id, at FROM events WHERE note = '2025-12-15'")
    with aged.throws("23503"):
        aged.execute("SELECT retire_partitions('events', '2026-01-01')")
    assert aged.value("SELECT count(*) FROM events") == 5


def test_retirement_of_a_guarded_trail_needs_no_exception_to_the_guard(aged: Database) -> None:
    """Dropping a partition fires no row trigger: retention by partition and the append-only rule live together."""
    aged.execute("CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON events FOR EACH ROW EXECUTE FUNCTION refuse_change()")
    aged.execute("SELECT retire_partitions('events', '2026-01-01')")
    assert aged.value("SELECT count(*) FROM events") == 3


@pytest.mark.parametrize("guarded", [False, True])
def test_a_late_row_joins_the_archive_of_its_month(aged: Database, guarded: bool) -> None:
    if guarded:
        aged.execute(
            "CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON events FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
    aged.execute("SELECT retire_partitions('events', '2026-01-01', true)")
    an_event(aged, at="2025-12-20", note="late")
    an_event(aged, at="2015-03-01", note="old")
    done = aged.rows("SELECT * FROM retire_partitions('events', '2026-01-01', true)")
    assert [name.split(".")[-1] for name, _ in done] == ["events_2015_03"]
    assert aged.rows("SELECT note FROM events_2025_12 ORDER BY at") == [("2025-12-15",), ("late",)]
    assert aged.rows("SELECT note FROM events_2015_03") == [("old",)]
    assert aged.rows("SELECT note FROM events ORDER BY at") == [("2026-01-15",), ("2026-02-15",), ("2026-03-15",)]


def test_all_that_has_a_date_leaves_the_default_partition_as_doctor_advises(aged: Database) -> None:
    aged.execute("SELECT retire_partitions('events', '2026-01-01', true)")
    for at, note in (("2015-03-01", "old"), ("2025-12-20", "late"), ("2099-07-01", "far")):
        an_event(aged, at=at, note=note)
    aged.execute("SELECT settle_strays('events', 'infinity')")
    assert aged.sees("events_default") == 0
    assert aged.rows("SELECT note FROM events_2015_03 UNION ALL SELECT note FROM events_2099_07") == [
        ("old",),
        ("far",),
    ]
    assert aged.rows("SELECT note FROM events_2025_12 ORDER BY at") == [("2025-12-15",), ("late",)]


# Retirement beside others


@pytest.fixture
def running(db_committed: Database) -> Database:
    """Events by month in a schema of their own, with a topic each, where other sessions look on."""
    db_committed.execute(
        """CREATE TABLE core.topics (id integer PRIMARY KEY);
        CREATE TABLE core.events (
            at timestamptz NOT NULL, topic_id integer CONSTRAINT events_topic_fkey REFERENCES core.topics (id)
        ) PARTITION BY RANGE (at);
        INSERT INTO core.topics VALUES (1)"""
    )
    db_committed.execute("SELECT core.ensure_partitions('core.events', 'month', 0, 3, %s)", NOW)
    db_committed.execute("INSERT INTO core.events VALUES ('2025-12-15', 1), ('2026-03-15', 1)")
    return db_committed


RETIRE = "SELECT * FROM core.retire_partitions('core.events', '2026-01-01', true)"


@pytest.mark.parametrize("held", ["events_2025_12", "events", "events_default", "topics"])
def test_retirement_that_nobody_bounds_gives_way_to_a_reader_and_names_what_is_held(
    running: Database, held: str
) -> None:
    with running.sessions(2) as (reader, job):
        reader.execute(f"LOCK TABLE ONLY core.{held} IN ACCESS SHARE MODE")
        job.execute("SET LOCAL statement_timeout = '60s'")
        with job.throws("55P03", match=f'no quiet moment on "(core.)?{held}" within 100ms'):
            job.execute(RETIRE)
        assert job.value("SELECT current_setting('lock_timeout')") == "0"
        reader.commit()
        assert [action for _, action in job.rows(RETIRE)] == ["archived"]
        assert job.value("SELECT current_setting('lock_timeout')") == "0", "the bound is the function's own"


def test_who_reads_an_old_month_holds_up_retirement_and_nobody_else(running: Database) -> None:
    with running.sessions(3) as (reader, other, job):
        reader.execute("SELECT FROM core.events_2025_12")
        job.execute("SET LOCAL lock_timeout = '60s'")
        waiting = job.start(RETIRE)
        assert waiting.blocked_by(reader)
        other.execute("SET LOCAL lock_timeout = '1s'")
        assert other.value("SELECT count(*) FROM core.events WHERE at >= '2026-03-01'") == 1
        other.execute("INSERT INTO core.events VALUES ('2026-03-16', 1)")
        other.commit()
        reader.commit()
        assert waiting.result(60) == 1

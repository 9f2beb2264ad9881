"""Reading a catalog again and again over one connection."""

from __future__ import annotations

from slate_pg.catalog import reader
from slate_pg.catalog.identity import Identity
from tests.school import Target


def test_a_connection_for_reading_plans_each_query_once(target: Target) -> None:
    with reader.reading_connection(target.server.url(target.name)) as eyes:
        first, second = reader.read(eyes), reader.read(eyes)
        plans = eyes.execute("SELECT generic_plans, custom_plans FROM pg_prepared_statements").fetchall()
    assert first.everything == second.everything == reader.read(target.connection).everything
    assert plans == [(2, 0)] * len(reader.SCHEMA_KINDS + reader.DATABASE_KINDS)


def test_a_connection_for_reading_sees_what_another_has_changed_since(target: Target) -> None:
    with reader.reading_connection(target.server.url(target.name)) as eyes:
        before = reader.read(eyes).everything
        target.connection.execute("CREATE TABLE school.seen (id integer CONSTRAINT seen_pkey PRIMARY KEY)")
        try:
            assert Identity("table", "school", "seen") in reader.read(eyes).everything.keys() - before.keys()
        finally:
            target.connection.execute("DROP TABLE school.seen")
        assert reader.read(eyes).everything == before

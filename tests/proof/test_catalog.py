"""Reading a catalog again and again over one connection."""

from __future__ import annotations

from tests.proof.conftest import Target
from toolkit import catalog


def test_a_connection_for_reading_plans_each_query_once(target: Target) -> None:
    with catalog.reading_connection(target.server.url(target.name)) as eyes:
        first, second = catalog.read(eyes), catalog.read(eyes)
        plans = eyes.execute("SELECT generic_plans, custom_plans FROM pg_prepared_statements").fetchall()
    assert first.everything == second.everything == catalog.read(target.connection).everything
    assert plans == [(2, 0)] * len(catalog.SCHEMA_KINDS + catalog.DATABASE_KINDS)


def test_a_connection_for_reading_sees_what_another_has_changed_since(target: Target) -> None:
    with catalog.reading_connection(target.server.url(target.name)) as eyes:
        before = catalog.read(eyes).everything
        target.connection.execute("CREATE TABLE school.seen (id integer CONSTRAINT seen_pkey PRIMARY KEY)")
        try:
            assert "table school.seen" in catalog.read(eyes).everything.keys() - before.keys()
        finally:
            target.connection.execute("DROP TABLE school.seen")
        assert catalog.read(eyes).everything == before

"""What ON CONFLICT cannot name is refused by the server before a row is looked at, and DEVIATIONS has the way out."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from psycopg import sql

SQL = Path(__file__).parents[2] / "sql"
DEFERRABLE = """
    SELECT c.relname, ARRAY(
        SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS u (number, place)
        INNER JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = u.number ORDER BY u.place
    )
    FROM pg_constraint AS k INNER JOIN pg_class AS c ON c.oid = k.conrelid
    WHERE k.condeferrable AND k.contype IN ('p', 'u') AND c.relnamespace = %s::regnamespace AND NOT c.relispartition
"""
PARTITIONED = """
    SELECT c.relname, '{id}'::text[] FROM pg_class AS c
    WHERE c.relkind = 'p' AND c.relnamespace = %s::regnamespace AND c.relname !~ '_archive$'
"""


@pytest.mark.parametrize(("query", "sqlstate"), [(DEFERRABLE, "55000"), (PARTITIONED, "42P10")])
def test_what_cannot_be_upserted_is_said_with_the_way_out(place, story, query, sqlstate):
    deviations = (SQL / story.product / "DEVIATIONS.md").read_text("utf-8")
    for table, columns in place.admin.execute(query, [story.product]).fetchall():
        name = sql.Identifier(story.product, table)
        key = sql.SQL(", ").join(map(sql.Identifier, columns))
        statement = sql.SQL("INSERT INTO {0} SELECT * FROM {0} LIMIT 1 ON CONFLICT ({1}) DO NOTHING").format(name, key)
        with pytest.raises(psycopg.Error) as refused, place.admin.transaction():
            place.admin.execute(statement)
        assert refused.value.sqlstate == sqlstate, table
        assert sqlstate in deviations or "log_action()" in deviations
        if sqlstate == "55000":
            assert f"({', '.join(columns)})" in deviations


def test_every_documented_unique_key_can_be_named(place, story):
    """All unique keys of plain columns that are checked at once serve ON CONFLICT."""
    query = """
        SELECT c.relname, ARRAY(
            SELECT a.attname::text FROM unnest(i.indkey::int2[]) AS u (number)
            INNER JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = u.number
        )
        FROM pg_index AS i INNER JOIN pg_class AS c ON c.oid = i.indrelid AND c.relkind = 'r' AND NOT c.relispartition
        WHERE i.indisunique AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL
            AND c.relnamespace = %s::regnamespace AND c.relname !~ '^_'
    """
    tried = 0
    for table, columns in place.admin.execute(query, [story.product]).fetchall():
        statement = sql.SQL("EXPLAIN INSERT INTO {0} SELECT * FROM {0} ON CONFLICT ({1}) DO NOTHING").format(
            sql.Identifier(story.product, table), sql.SQL(", ").join(map(sql.Identifier, columns))
        )
        generated = "SELECT count(*) FROM pg_attribute WHERE attrelid = %s::regclass AND attgenerated <> ''"
        if place.admin.execute(generated, [f"{story.product}.{table}"]).fetchone() == (0,):
            place.admin.execute(statement)
            tried += 1
    assert tried > 5

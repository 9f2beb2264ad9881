"""`slate why`: what it says of a row is what a SELECT as the person gives, and it says by which policy."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from slate_pg.cluster.why import why
from slate_pg.errors import Misuse
from slate_pg.postgres.connection import Connection, connect
from slate_pg.testing.plugin import Base
from tests.conftest import PRODUCTS, ROOT

WEIRD = """
    CREATE SCHEMA "My Shop";
    CREATE ROLE why_people; CREATE ROLE "Why Others";
    GRANT USAGE ON SCHEMA "My Shop" TO why_people;
    SET search_path = "My Shop";
    CREATE TABLE log (n integer);
    CREATE FUNCTION writes() RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = "My Shop" AS $$
        BEGIN INSERT INTO log VALUES (1); RETURN true; END; $$;
    CREATE TABLE "Weird % Name" ("select" integer, "größe" text, owner text, secret text,
        PRIMARY KEY ("select", "größe"));
    INSERT INTO "Weird % Name" VALUES (1, 'a''b', 'ann', 'hidden-1'), (2, 'x%', 'bob', 'hidden-2');
    ALTER TABLE "Weird % Name" ENABLE ROW LEVEL SECURITY;
    GRANT SELECT ("select", "größe") ON "Weird % Name" TO why_people;
    CREATE POLICY own ON "Weird % Name" TO why_people
        USING (owner = current_setting('app.user_id', true) AND "größe" <> 'x%');
    CREATE POLICY small ON "Weird % Name" AS RESTRICTIVE USING ("select" < 10);
    CREATE TABLE erring (id integer PRIMARY KEY); INSERT INTO erring VALUES (0);
    ALTER TABLE erring ENABLE ROW LEVEL SECURITY; GRANT SELECT ON erring TO why_people;
    CREATE POLICY divides ON erring USING (1 / id = 1);
    CREATE TABLE writing (id integer PRIMARY KEY); INSERT INTO writing VALUES (1);
    ALTER TABLE writing ENABLE ROW LEVEL SECURITY; GRANT SELECT ON writing TO why_people;
    CREATE POLICY writes ON writing USING (writes());
    CREATE TABLE open (id integer PRIMARY KEY); INSERT INTO open VALUES (1); GRANT SELECT ON open TO why_people;
    CREATE TABLE closed (id integer PRIMARY KEY); INSERT INTO closed VALUES (1);
    CREATE VIEW seeing WITH (security_invoker) AS SELECT id FROM open; GRANT SELECT ON seeing TO why_people;
"""


@pytest.fixture(scope="module")
def weird(slate_server: Base) -> Iterator[Connection]:
    with psycopg.connect(slate_server.url(), autocommit=True) as admin:
        admin.execute("CREATE DATABASE why_weird TEMPLATE template0")
        with connect(slate_server.url("why_weird")) as connection:
            connection.execute(WEIRD)
            yield connection
        admin.execute("DROP DATABASE why_weird WITH (FORCE)")
        admin.execute('DROP ROLE why_people; DROP ROLE "Why Others"')


def test_a_row_of_ones_own_is_seen_by_the_policy_named(weird):
    answer = why(weird, "why_people", "ann", "Weird % Name", ["1", "a'b"])
    assert answer.seen
    assert "policy own (to why_people): true" in answer.reasons
    assert "hidden-1" not in str(answer)


def test_the_operand_that_hid_the_row_is_named(weird):
    answer = why(weird, "why_people", "bob", "My Shop.Weird % Name", ["2", "x%"])
    own = next(p for p in answer.policies if p.name == "own")
    assert not answer.seen
    assert [o.value for o in own.operands] == ["true", "false"]


@pytest.mark.parametrize(
    ("role", "table", "key", "seen", "said"),
    [
        ("Why Others", "open", ["1"], False, "has no USAGE on schema My Shop"),
        ("why_people", "closed", ["1"], False, "no SELECT on the table or a column"),
        ("why_people", "open", ["1"], True, "row security is off"),
        ("why_people", "erring", ["0"], False, "division by zero (22012)"),
        ("why_people", "writing", ["1"], False, "it writes, and this transaction reads only"),
        ("why_people", "seeing", [], True, "a view, which reads its tables with the caller's rights"),
        ("postgres", "Weird % Name", ["1", "a'b"], True, "is a superuser"),
    ],
)
def test_what_stands_in_the_way_is_said(weird, role, table, key, seen, said):
    answer = why(weird, role, "ann", table, key)
    assert answer.seen is seen
    assert any(said in reason for reason in answer.reasons)


@pytest.mark.parametrize(
    ("role", "table", "key", "said"),
    [
        ("why_peple", "open", [], 'no role "why_peple"'), ("why_people", "opne", [], 'no table "opne"'),
        ("why_people", "open", ["1", "2"], "the key has 1 columns"), ("why_people", "open", ["x"], "no such key"),
        ("why_people", "open", ["7"], "has no row 7"), ("why_people", "seeing", ["1"], "has no primary key"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_refused_with_a_way_out(weird, role, table, key, said):
    with pytest.raises(Misuse, match=said) as refused:
        why(weird, role, "ann", table, key)
    assert refused.value.hint
    assert weird.info.transaction_status == psycopg.pq.TransactionStatus.IDLE


def test_nothing_is_written(weird):
    assert weird.execute('SELECT count(*) FROM "My Shop".log').fetchone() == (0,)


def people(product: str) -> list[str]:
    found = tomllib.loads((ROOT / "tests" / "access" / f"{product}.access.toml").read_text())
    return sorted({str(p["id"]) for p in found.get("people", found.get("person", {})).values() if "id" in p})[:4]


@pytest.mark.parametrize("product", [p for p in PRODUCTS if p != "core"])
def test_what_is_said_is_what_a_select_as_the_person_gives(slate_db, product):
    slate_db.seed(product, "reference") if (ROOT / "sql" / product / "seeds" / "reference.sql").exists() else None
    slate_db.seed(product, "demo")
    keys = slate_db.rows(
        "SELECT c.relname, array_agg(a.attname ORDER BY u.place) FROM pg_class AS c "
        "INNER JOIN pg_index AS i ON i.indrelid = c.oid AND i.indisprimary "
        "CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS u (number, place) "
        "INNER JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = u.number "
        "WHERE c.relnamespace = %s::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition "
        "AND c.relname !~ '^_' GROUP BY c.relname ORDER BY c.relname",
        product,
    )
    asked = 0
    for table, columns in keys:
        values = sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(c)) for c in columns)
        query = sql.SQL("SELECT {} FROM {} ORDER BY 1 LIMIT 2").format(values, sql.Identifier(product, table))
        for row in slate_db.rows(query.as_string(slate_db.connection)):
            for person in people(product):
                answer = slate_db.why(f"{product}_people", person, f"{product}.{table}", *row)
                assert not any("whatever is said" in reason for reason in answer.reasons), answer
                asked += 1
    assert asked > 20

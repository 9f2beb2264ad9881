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


RIGHTS = """
    CREATE SCHEMA rights; SET search_path = rights;
    CREATE ROLE why_owner; CREATE ROLE why_heir IN ROLE why_owner; CREATE ROLE why_idle NOINHERIT; CREATE ROLE why_above BYPASSRLS;
    CREATE ROLE "why; 'x' %s" SUPERUSER; CREATE ROLE why_reader;
    GRANT why_owner TO why_idle;
    GRANT USAGE ON SCHEMA rights TO why_owner, why_above, why_reader, why_idle;
    CREATE TABLE held (id integer PRIMARY KEY); INSERT INTO held VALUES (1);
    CREATE TABLE forced (LIKE held INCLUDING ALL); INSERT INTO forced VALUES (1);
    ALTER TABLE held ENABLE ROW LEVEL SECURITY; ALTER TABLE forced ENABLE ROW LEVEL SECURITY;
    ALTER TABLE forced FORCE ROW LEVEL SECURITY;
    ALTER TABLE held OWNER TO why_owner; ALTER TABLE forced OWNER TO why_owner;
    GRANT SELECT ON held, forced TO why_above, why_reader;
    CREATE TABLE days (id integer, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
    CREATE TABLE days_2024 PARTITION OF days FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
    CREATE TABLE days_2025 PARTITION OF days FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
    INSERT INTO days VALUES (1, '2024-05-05'), (2, '2025-05-05');
    ALTER TABLE days ENABLE ROW LEVEL SECURITY; CREATE POLICY none ON days USING (id = 7);
    GRANT SELECT ON days, days_2024 TO why_reader;
    CREATE TABLE accounts (id text PRIMARY KEY, open boolean NOT NULL);
    INSERT INTO accounts VALUES ('ann', true), ('bob', false);
    CREATE FUNCTION current_user_id() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = rights AS
        $$ SELECT id FROM accounts WHERE id = current_setting('app.user_id', true) AND open $$;
    CREATE TABLE notes (id text PRIMARY KEY, owner text); ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
    CREATE POLICY own ON notes TO why_reader USING (owner = (SELECT current_user_id()));
    INSERT INTO notes VALUES ('of ann', 'ann'), ('of bob', 'bob'), ($k$' OR '1'='1$k$, 'ann'), ('%s %(a)s \\', 'ann'), ('', 'ann');
    GRANT SELECT ON notes TO why_reader;
    CREATE VIEW as_owner AS SELECT id FROM notes; CREATE VIEW as_caller WITH (security_invoker) AS SELECT id FROM notes;
    CREATE VIEW as_nobody WITH (security_invoker) AS SELECT id FROM accounts;
    GRANT SELECT ON as_owner, as_caller, as_nobody TO why_reader;
"""
EVIL = "'; DROP TABLE notes; SELECT '", "%s", "%(a)s", "\\", "$1", "ann\n", "ünï 日付", "", "x" * 100_000, "bob", "ann"


@pytest.fixture(scope="module")
def rights(slate_server: Base) -> Iterator[Connection]:
    roles = ("why_heir", "why_idle", "why_owner", "why_above", "why_reader", "why; 'x' %s")
    with psycopg.connect(slate_server.url(), autocommit=True) as admin:
        admin.execute("CREATE DATABASE why_rights TEMPLATE template0")
        with connect(slate_server.url("why_rights")) as connection:
            connection.execute(RIGHTS.encode())
            yield connection
        admin.execute("DROP DATABASE why_rights WITH (FORCE)")
        for role in roles:
            admin.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


def selected(connection: Connection, role: str, person: str, table: str, key: dict[str, str]) -> bool:
    """Tell whether a SELECT as the person, in a transaction of its own, shows the row; without a key, whether it runs."""
    with psycopg.connect(connection.info.dsn, password=connection.info.password) as own:
        own.execute("SELECT set_config('app.user_id', %s, true)", [person])
        own.execute(sql.SQL("SET LOCAL search_path = rights; SET LOCAL ROLE {}").format(sql.Identifier(role)))
        tests = [sql.SQL("{}::text = {}").format(sql.Identifier(n), sql.Literal(v)) for n, v in key.items()]
        query = sql.SQL("SELECT count(*) FROM {} WHERE {}").format(
            sql.Identifier("rights", table), sql.SQL(" AND ").join([sql.SQL("true"), *tests])
        )
        try:
            (found,) = own.execute(query).fetchone() or (0,)
        except psycopg.errors.InsufficientPrivilege:
            return False
        finally:
            own.rollback()
        return found > 0 or not key


@pytest.mark.parametrize(
    ("role", "table", "key", "seen", "said"),
    [
        ("why_owner", "held", {"id": "1"}, True, "why_owner owns the table"),
        ("why_heir", "held", {"id": "1"}, True, "why_heir owns the table, or inherits from why_owner"),
        ("why_idle", "held", {"id": "1"}, False, "no SELECT on the table or a column of it is granted to why_idle"),
        ("why_owner", "forced", {"id": "1"}, False, "no permissive policy for SELECT concerns why_owner"),
        ("why_heir", "forced", {"id": "1"}, False, "no permissive policy for SELECT concerns why_heir"),
        ("why_above", "held", {"id": "1"}, True, "why_above has BYPASSRLS"),
        ("why_above", "forced", {"id": "1"}, True, "why_above has BYPASSRLS"),
        ("why_reader", "held", {"id": "1"}, False, "no permissive policy for SELECT concerns why_reader"),
        ("why; 'x' %s", "forced", {"id": "1"}, True, "is a superuser"),
        ("why; 'x' %s", "accounts", {"id": "bob"}, True, "is a superuser"),
        ("why_reader", "days", {"id": "1", "at": "2024-05-05"}, False, "policy none (to PUBLIC): false"),
        ("why_reader", "days_2024", {"id": "1", "at": "2024-05-05"}, True, "it is a partition of"),
        ("why_reader", "days_2025", {"id": "2", "at": "2025-05-05"}, False, "no SELECT on the table"),
        ("why_reader", "accounts", {"id": "ann"}, False, "no SELECT on the table"),
        ("why_reader", "as_owner", {}, True, "with the rights of its owner, postgres"),
        ("why_reader", "as_caller", {}, True, "with the caller's rights"),
        ("why_reader", "as_nobody", {}, False, "a SELECT as the person fails: permission denied for table accounts (42501)"),
        ("why_above", "as_owner", {}, False, "no SELECT on the table"),
    ],
)  # fmt: skip
def test_of_owners_exempt_roles_leaves_and_views_the_verdict_is_what_a_select_gives(
    rights, role, table, key, seen, said
):
    answer = why(rights, role, "ann", f"rights.{table}", list(key.values()))
    assert (answer.seen, selected(rights, role, "ann", table, key)) == (seen, seen), answer
    assert any(said in reason for reason in answer.reasons), answer.reasons


def test_of_a_closed_account_it_is_said_and_the_row_is_hidden(rights):
    for person, seen in (("ann", True), ("bob", False), ("nobody", False)):
        key = {"id": f"of {'ann' if seen else 'bob'}"}
        answer = why(rights, "why_reader", person, "notes", list(key.values()))
        assert (answer.seen, selected(rights, "why_reader", person, "notes", key)) == (seen, seen)
        closed = "current_user_id() is NULL: no such account, or a closed one"
        assert (closed in answer.reasons) is not seen


@pytest.mark.parametrize("person", EVIL, ids=lambda person: ascii(person[:20]))
def test_whoever_the_person_and_whatever_the_key_the_verdict_is_what_a_select_gives(rights, person):
    keys = [row[0] for row in rights.execute("SELECT id FROM rights.notes").fetchall()]
    for key in keys:
        answer = why(rights, "why_reader", person, "notes", [key])
        assert answer.seen is selected(rights, "why_reader", person, "notes", {"id": key}), (key, answer)
        with pytest.raises(Misuse, match="has no row"):
            why(rights, "why_reader", person, "notes", [f"{key}{person}x"])
    assert len(keys) == 5
    assert rights.execute("SELECT count(*) FROM rights.notes").fetchone() == (5,)


@pytest.mark.parametrize("evil", [*EVIL[:6], "pg_catalog.pg_class; --", "rights.", ".notes", '"'])
def test_a_role_and_a_table_that_are_not_there_are_refused_whatever_they_are_called(rights, evil):
    with pytest.raises(Misuse, match="no role"):
        why(rights, evil, "ann", "notes", ["of ann"])
    with pytest.raises(Misuse, match="no table"):
        why(rights, "why_reader", "ann", evil, ["of ann"])
    with pytest.raises(Misuse, match="NUL"):
        why(rights, "why_reader", f"a\0{evil}", "notes", ["of ann"])


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

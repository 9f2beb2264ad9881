"""What a transaction has written outside a schema is never missed by what is counted, and what it has not is told so."""

from __future__ import annotations

from slate_pg.migrations.written import may_have_written
from slate_pg.postgres.connection import Connection, connect, forget, send
from tests.workshop import Workshop

OWN = 'Weird "Name %s'
BEFORE = """
CREATE SCHEMA "Weird ""Name %s"; CREATE SCHEMA other; CREATE SCHEMA third;
CREATE TABLE other.t (id integer PRIMARY KEY, name text); CREATE TABLE third.t (id integer);
CREATE VIEW other.v AS SELECT 1 AS one; CREATE FUNCTION other.f() RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION third.f() RETURNS integer LANGUAGE sql AS 'SELECT 1'; CREATE DOMAIN other.d AS integer;
CREATE FUNCTION other.note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE TYPE other.kind AS ENUM ('a'); CREATE PUBLICATION p; CREATE FOREIGN DATA WRAPPER w;
CREATE SERVER far FOREIGN DATA WRAPPER w; SET search_path = "Weird ""Name %s";
CREATE TABLE mine (id integer PRIMARY KEY, name text); CREATE DOMAIN mine_d AS integer; CREATE VIEW mine_v AS SELECT 1 AS one;
CREATE FUNCTION mine_f() RETURNS integer LANGUAGE sql AS 'SELECT 1'
"""
ELSEWHERE = [
    "CREATE TABLE other.x (id integer)", "CREATE TABLE other.x ()", "CREATE VIEW other.x AS SELECT 1 AS one",
    "CREATE MATERIALIZED VIEW other.x AS SELECT 1 AS one", "CREATE SEQUENCE other.x", "CREATE TYPE other.x AS (a int)",
    "CREATE TABLE other.x AS SELECT 1 AS one", "CREATE INDEX x ON other.t (name)", "CREATE DOMAIN other.x AS text",
    "CREATE TYPE other.x AS ENUM ('a')", "CREATE TYPE other.x AS ENUM ()", "CREATE TYPE other.x",
    "CREATE TYPE other.x AS RANGE (subtype = date)", "CREATE FUNCTION other.x() RETURNS integer LANGUAGE sql AS 'SELECT 2'",
    "CREATE OR REPLACE FUNCTION other.f() RETURNS integer LANGUAGE sql AS 'SELECT 2'",
    "CREATE PROCEDURE other.x() LANGUAGE sql AS 'SELECT 2'", "CREATE AGGREGATE other.x (integer) (sfunc = int4pl, stype = integer)",
    "CREATE OPERATOR other.=== (leftarg = integer, rightarg = integer, function = int4eq)",
    "CREATE OPERATOR FAMILY other.x USING btree",
    "CREATE OPERATOR CLASS other.x FOR TYPE integer USING btree AS OPERATOR 1 <, FUNCTION 1 btint4cmp(integer, integer)",
    "CREATE COLLATION other.x (provider = libc, locale = 'C')", "CREATE CONVERSION other.x FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8",
    "CREATE TEXT SEARCH CONFIGURATION other.x (COPY = pg_catalog.simple)", "CREATE TEXT SEARCH DICTIONARY other.x (TEMPLATE = simple)",
    "CREATE TEXT SEARCH PARSER other.x (start = prsd_start, gettoken = prsd_nexttoken, end = prsd_end, lextypes = prsd_lextype)",
    "CREATE TEXT SEARCH TEMPLATE other.x (lexize = dsimple_lexize)", "CREATE STATISTICS other.x ON id, name FROM other.t",
    "CREATE STATISTICS other.x ON id, name FROM mine",
    "CREATE TRIGGER x BEFORE INSERT ON other.t FOR EACH ROW EXECUTE FUNCTION other.note()", "CREATE POLICY x ON other.t USING (true)",
    "CREATE RULE x AS ON DELETE TO other.t DO INSTEAD NOTHING", "ALTER TABLE other.t ADD CHECK (id > 0)",
    "ALTER TABLE third.t ADD FOREIGN KEY (id) REFERENCES other.t", "ALTER TABLE third.t ADD PRIMARY KEY (id)",
    "CREATE SCHEMA x", "ALTER SCHEMA other RENAME TO renamed", "CREATE EXTENSION citext SCHEMA other", "CREATE EXTENSION citext",
    "CREATE PUBLICATION x", "ALTER PUBLICATION p ADD TABLES IN SCHEMA other", "CREATE FOREIGN DATA WRAPPER x",
    "CREATE SERVER x FOREIGN DATA WRAPPER w", "CREATE USER MAPPING FOR CURRENT_USER SERVER far",
    "CREATE FOREIGN TABLE other.x (id integer) SERVER far", "CREATE CAST (integer AS other.kind) WITH INOUT",
    "CREATE ACCESS METHOD x TYPE TABLE HANDLER heap_tableam_handler", "CREATE LANGUAGE x HANDLER plpgsql_call_handler",
    "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC", "ALTER DEFAULT PRIVILEGES IN SCHEMA other GRANT SELECT ON TABLES TO PUBLIC",
    "SELECT lo_from_bytea(0, 'x')", "COMMENT ON DATABASE {database} IS 'x'", "ALTER DATABASE {database} SET work_mem = '5MB'",
    "CREATE FUNCTION x() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER x ON sql_drop EXECUTE FUNCTION x()",
    "ALTER TABLE mine SET SCHEMA other", "ALTER DOMAIN mine_d SET SCHEMA other", "ALTER FUNCTION mine_f() SET SCHEMA other",
    "ALTER VIEW mine_v SET SCHEMA other", "ALTER DOMAIN other.d SET SCHEMA third",
    "ALTER DOMAIN other.d SET DEFAULT 3", "ALTER TYPE other.kind SET SCHEMA third", "CREATE TABLE public.x (id integer)",
    "DO $$ BEGIN EXECUTE 'CREATE DOMAIN other.x AS text'; EXCEPTION WHEN division_by_zero THEN NULL; END $$",
    "DO $$ BEGIN BEGIN CREATE DOMAIN x AS text; RAISE division_by_zero; EXCEPTION WHEN division_by_zero THEN CREATE DOMAIN other.x AS text; END; END $$",
    "CREATE DOMAIN a AS text; DROP DOMAIN a; CREATE DOMAIN other.x AS text", "ALTER TABLE mine RENAME TO his; CREATE DOMAIN other.x AS text",
    "DROP TABLE mine; CREATE DOMAIN other.x AS text", "CREATE TABLE a (); CREATE TABLE b (); DROP TABLE a; CREATE DOMAIN other.x AS text",
    "GRANT EXECUTE ON FUNCTION mine_f() TO PUBLIC; CREATE FUNCTION other.x() RETURNS integer LANGUAGE sql AS 'SELECT 2'",
    "CREATE OR REPLACE FUNCTION mine_f() RETURNS integer LANGUAGE sql AS 'SELECT 3'; CREATE FUNCTION other.x() RETURNS integer LANGUAGE sql AS 'SELECT 2'",
    "CREATE FUNCTION a() RETURNS integer LANGUAGE sql AS 'SELECT 2'; DROP FUNCTION a(); CREATE FUNCTION other.x() RETURNS integer LANGUAGE sql AS 'SELECT 2'",
    "INSERT INTO pg_catalog.pg_namespace VALUES (99999, 'x', 10, NULL)",
    "INSERT INTO pg_catalog.pg_depend VALUES ('pg_proc'::regclass, 'other.f'::regproc, 0, 'pg_namespace'::regclass, 'third'::regnamespace, 0, 'n')",
    "UPDATE pg_catalog.pg_depend SET refobjid = 'third'::regnamespace WHERE objid = 'other.f'::regproc AND deptype = 'n'",
    "UPDATE pg_catalog.pg_policy SET polname = 'y'", "UPDATE pg_catalog.pg_trigger SET tgname = tgname",
]  # fmt: skip
INSIDE = [
    "CREATE TABLE x (id integer)", "CREATE TABLE x (id serial PRIMARY KEY, name text UNIQUE)", "INSERT INTO mine VALUES (1, 'a')",
    "CREATE TABLE x (id bigint GENERATED BY DEFAULT AS IDENTITY, mine_id integer REFERENCES mine); CREATE INDEX y ON x (mine_id)",
    "ALTER TABLE mine ADD COLUMN c text", "CREATE VIEW x AS SELECT * FROM other.t", "INSERT INTO other.t VALUES (1, 'a')",
    "CREATE TYPE x AS ENUM ('a')", "CREATE DOMAIN x AS text", "CREATE TYPE x AS (a integer)",
    "CREATE FUNCTION x() RETURNS integer LANGUAGE sql AS 'SELECT 2'; REVOKE ALL ON FUNCTION x() FROM PUBLIC",
    "CREATE OR REPLACE FUNCTION mine_f() RETURNS integer LANGUAGE sql AS 'SELECT 2'", "CREATE STATISTICS x ON id, name FROM mine",
    "CREATE POLICY x ON mine USING (true); ALTER TABLE mine ENABLE ROW LEVEL SECURITY", "COMMENT ON TABLE mine IS 'x'",
    "CREATE TRIGGER x BEFORE INSERT ON mine FOR EACH ROW EXECUTE FUNCTION other.note()", "DROP TABLE mine", "DROP FUNCTION mine_f()",
    "CREATE TABLE x (id integer) PARTITION BY RANGE (id); CREATE TABLE y PARTITION OF x FOR VALUES FROM (1) TO (2)",
    "ALTER TABLE mine RENAME TO his", "CREATE OR REPLACE VIEW mine_v AS SELECT 2 AS one",
    "SELECT * FROM other.t FOR UPDATE", "GRANT SELECT ON mine TO PUBLIC", "GRANT EXECUTE ON FUNCTION other.f() TO PUBLIC",
]  # fmt: skip


def written(connection: Connection, text: str) -> bool:
    """Tell whether a transaction may have written elsewhere, and undo it."""
    send(connection, f'BEGIN; SET LOCAL search_path = "Weird ""Name %s"; {text}')
    may = may_have_written(connection, OWN)
    send(connection, f"ROLLBACK; {forget(connection)}")
    return may


def test_what_is_written_elsewhere_is_never_missed_and_what_is_not_is_told(shop: Workshop) -> None:
    """One transaction after the other on one connection, so that what was counted of one is not taken for the next's."""
    database = shop.value("SELECT quote_ident(current_database())")
    beside = "CREATE TABLE a_table (id serial PRIMARY KEY, name text); CREATE FUNCTION a_f() RETURNS integer LANGUAGE sql AS 'SELECT 1'"
    with connect(shop.url) as connection:
        send(connection, BEFORE)
        send(connection, forget(connection))
        for statement in ELSEWHERE:
            text = statement.replace("{database}", database)
            for more in (text, f"{beside}; {text}", f"{text}; {beside}"):
                assert written(connection, more), more
        for statement in INSIDE:
            for more in (statement, f"{beside}; {statement}"):
                assert not written(connection, more), more


def test_where_the_server_does_not_count_it_may_always_have(shop: Workshop) -> None:
    with connect(shop.url) as connection:
        send(connection, BEFORE)
        send(connection, f"{forget(connection)}; SET track_counts = off")
        assert written(connection, "SELECT 1")


def test_what_was_counted_before_makes_it_no_less_certain(shop: Workshop) -> None:
    """Without handing over, what the transaction before has written is counted too: too much, never too little."""
    with connect(shop.url) as connection:
        send(connection, BEFORE)
        send(connection, "BEGIN; CREATE DOMAIN other.x AS text; ROLLBACK")
        assert written(connection, "CREATE TABLE x (id integer)")
        assert not written(connection, "CREATE TABLE x (id integer)")


def test_of_a_schema_with_many_relations_only_the_new_ones_are_read(shop: Workshop) -> None:
    """Else a folder of n migrations takes n * n."""
    read = (
        "SELECT sum(pg_stat_get_xact_tuples_fetched(c) + pg_stat_get_xact_tuples_returned(c)) "
        "FROM unnest(ARRAY['pg_depend', 'pg_class', 'pg_depend_reference_index']::regclass[]) AS c"
    )
    with connect(shop.url) as connection:
        send(connection, BEFORE)
        send(
            connection,
            "DO $$ BEGIN FOR i IN 1..300 LOOP EXECUTE format('CREATE TABLE t%s (id integer)', i); END LOOP; END $$",
        )
        send(connection, f"ANALYZE pg_catalog.pg_depend; {forget(connection)}")
        send(connection, 'BEGIN; SET LOCAL search_path = "Weird ""Name %s"; CREATE TABLE x (id serial)')
        before = connection.execute(read).fetchone()
        assert not may_have_written(connection, OWN)
        after = connection.execute(read).fetchone()
    assert before
    assert after
    assert after[0] - before[0] < 100

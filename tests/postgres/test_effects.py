"""What is seen of a statement that acts beyond its database, and what is not taken for one."""

from __future__ import annotations

import pytest

from slate_pg.postgres.effects import CLUSTER, MACHINE, ExtensionWanted, effect, extension_wanted, refused

ACTS = {
    CLUSTER: [
        "ALTER ROLE x PASSWORD 'y' NOLOGIN;", "create /* a */ user u", "DROP GROUP g", "GRANT a TO b",
        'GRANT "ON" TO b', "REVOKE a FROM b", "ALTER SYSTEM SET work_mem = '1GB'", "DROP DATABASE old",
        "CREATE DATABASE new", "ALTER DATABASE x SET a = b", "CREATE TABLESPACE t LOCATION '/x'",
        "CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p", "GRANT CONNECT ON DATABASE d TO r", "DROP OWNED BY r",
        "REASSIGN OWNED BY a TO b", "COMMENT ON ROLE r IS ''", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity",
        "DO $$ BEGIN CREATE ROLE x; END $$", "DO $$ BEGIN EXECUTE 'ALTER SYSTEM SET a = 1'; END $$",
        "DO $$ BEGIN IF true THEN DROP ROLE x; END IF; END $$", "DO $$ BEGIN EXECUTE format('CREATE ROLE %I', 'x'); END $$",
    ],
    MACHINE: [
        "COPY t FROM PROGRAM 'id'", "copy (select 1) to program $$id$$", "COPY t TO '/tmp/x'", "COPY t FROM E'/tmp/x'",
        "LOAD 'x'", "SELECT pg_read_file('x')", 'SELECT pg_catalog . "pg_read_file" (\'x\')',
        "EXPLAIN ANALYZE SELECT lo_import('x')", "SELECT * FROM dblink('host=far', 'SELECT 1') AS t (a int)",
        "CREATE FUNCTION f() RETURNS int LANGUAGE c AS 'a', 'b'", "CREATE FUNCTION f() RETURNS int AS 'a' LANGUAGE 'c'",
        'CREATE FUNCTION f() RETURNS int AS \'a\' LANGUAGE "c"', "CREATE FUNCTION f() RETURNS int AS $$x$$ LANGUAGE plperlu;",
        "CREATE TRUSTED LANGUAGE l HANDLER h", "create user mapping for x server y", "CREATE SERVER s FOREIGN DATA WRAPPER f",
        "IMPORT FOREIGN SCHEMA a FROM SERVER b INTO c", "CREATE EXTENSION dblink", 'CREATE EXTENSION IF NOT EXISTS "file_fdw"',
        "GRANT pg_execute_server_program TO me", "DO $$ BEGIN EXECUTE $q$COPY t TO PROGRAM 'x'$q$; END $$",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in ACTS.items() for text in texts])
def test_what_acts_beyond_its_database_is_seen(kind: str, text: str) -> None:
    assert (effect(text).kind, effect(text).later) == (kind, False)


@pytest.mark.parametrize(
    "text",
    [
        "INSERT INTO notes VALUES ('ALTER SYSTEM SET x = 1; DROP DATABASE y')",
        "-- DROP DATABASE x\nSELECT 1",
        "COPY t FROM stdin",
        "COPY (SELECT substring(a FROM 'x') FROM program) TO stdout",
        "GRANT SELECT ON t TO r",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE TABLE roles (role text, database text)",
        'ALTER TABLE t RENAME COLUMN "DROP DATABASE" TO "LOAD"',
        "DO $$ BEGIN RAISE 'please drop database x'; END $$",
        "CREATE EXTENSION hstore",
        "CREATE TRIGGER t BEFORE INSERT ON x FOR EACH ROW EXECUTE FUNCTION f()",
    ],
)
def test_what_stays_in_its_database_is_not_taken_for_more(text: str) -> None:
    assert effect(text).kind == ""


def test_a_function_acts_when_it_is_called() -> None:
    found = effect("CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN COPY t TO PROGRAM 'x'; END $$")
    assert (found.kind, found.later, found.runs) == (MACHINE, True, True)


def test_sql_put_together_at_run_time_is_said_to_be() -> None:
    assert effect("DO $$ BEGIN EXECUTE 'CRE' || 'ATE ROLE x'; END $$").dynamic
    assert effect("DO $$ BEGIN EXECUTE v_text USING 1; END $$").dynamic
    assert not effect("DO $$ BEGIN EXECUTE 'SELECT 1' USING 1; END $$").dynamic
    assert not effect("DO $$ BEGIN PERFORM 1; END $$").dynamic


def test_a_change_of_roles_is_told_without_being_an_act_on_the_cluster() -> None:
    assert effect("SET LOCAL ROLE boss").what == "goes on as another role"
    assert effect("ALTER TABLE t OWNER TO x").what == "gives an object to another role"


def test_an_extension_is_taken_apart() -> None:
    text = 'CREATE EXTENSION IF NOT EXISTS "uuid-ossp" WITH SCHEMA "Ext" VERSION \'1.1\' CASCADE;'
    assert extension_wanted(text) == ExtensionWanted("uuid-ossp", "Ext", "1.1", True, True)
    assert extension_wanted("CREATE EXTENSION Hstore") == ExtensionWanted("hstore", None, None, False, False)
    assert extension_wanted("CREATE TABLE extension (a int)") is None


def test_the_servers_refusal_of_the_machine_is_known() -> None:
    assert refused("permission denied to COPY to or from an external program (42501)")
    assert refused("must be superuser or have privileges of the pg_write_server_files role to COPY to a file (42501)")
    assert not refused("permission denied for table t (42501)")

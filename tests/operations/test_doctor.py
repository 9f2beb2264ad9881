"""What `slate doctor` finds: each illness made on purpose, found by name, with a remedy that works."""

import pytest

from slate_pg.operations import doctor
from slate_pg.postgres.connection import connect

ILL = {
    "foreign_keys_indexed": (
        "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY, a_id int REFERENCES a (id))",
        "constraint b_a_id_fkey on ill.b",
    ),
    "index_duplicate": (
        "CREATE TABLE a (id int, note text); CREATE INDEX a_one ON a (note); CREATE INDEX a_two ON a (note)",
        "a_two",
    ),
    "index_invalid": (
        "CREATE TABLE a (id int); CREATE INDEX a_id ON a (id);"
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'a_id'::regclass",
        "a_id",
    ),
    "table_without_row_security": (
        "CREATE TABLE a (id int); GRANT INSERT ON a TO authenticated_users",
        "a",
    ),
    "partitions_guarded": (
        "CREATE TABLE a (id int) PARTITION BY RANGE (id); ALTER TABLE a ENABLE ROW LEVEL SECURITY;"
        "CREATE POLICY p ON a USING (true); CREATE TABLE a_1 PARTITION OF a FOR VALUES FROM (0) TO (9)",
        "table ill.a_1",
    ),
    "policies_present": ("CREATE TABLE a (id int); ALTER TABLE a ENABLE ROW LEVEL SECURITY", "table ill.a"),
    "search_path_pinned": (
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
        "function ill.f()",
    ),
    "partitions_running_out": (
        "CREATE TABLE a (at timestamptz) PARTITION BY RANGE (at);"
        "CREATE TABLE a_old PARTITION OF a FOR VALUES FROM ('2020-01-01') TO ('2020-02-01')",
        "a",
    ),
    "rows_in_default_partition": (
        "CREATE TABLE a (at timestamptz) PARTITION BY RANGE (at); CREATE TABLE a_default PARTITION OF a DEFAULT;"
        "INSERT INTO a VALUES ('2020-01-01'); ANALYZE a",
        "a_default",
    ),
    "sequence_running_out": (
        "CREATE SEQUENCE s AS smallint; SELECT setval('s', 30000)",
        "ill.s",
    ),
    "constraint_not_valid": (
        "CREATE TABLE a (id int); ALTER TABLE a ADD CONSTRAINT positive CHECK (id > 0) NOT VALID",
        "a.positive",
    ),
    "trigger_disabled": (
        "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (a_id int REFERENCES a (id)); CREATE INDEX ON b (a_id);"
        "ALTER TABLE b DISABLE TRIGGER ALL",
        "b.b_a_id_fkey",
    ),
    "policies_in_force": ("CREATE TABLE a (id int); CREATE POLICY p ON a USING (true)", "policy p on ill.a"),
    "policies_ask_the_account": (
        "CREATE TABLE users (id text, is_active boolean); ALTER TABLE users ENABLE ROW LEVEL SECURITY;"
        "CREATE POLICY p ON users USING (id = current_setting('app.user_id'))",
        "policy p on ill.users",
    ),
    "login_inherits": (
        "CREATE TABLE a (id int); CREATE ROLE ill_group; GRANT SELECT ON a TO ill_group;"
        "CREATE ROLE ill_login LOGIN INHERIT IN ROLE ill_group",
        "ill_login",
    ),
    "login_reaches_two": (
        "CREATE TABLE _slate_ledger (); CREATE TABLE a (); CREATE ROLE ill_group; GRANT SELECT ON a TO ill_group;"
        "GRANT USAGE ON SCHEMA ill TO ill_group; CREATE ROLE ill_login LOGIN NOINHERIT;"
        "GRANT ill_group, spark_people TO ill_login",
        "ill_login",
    ),
    "view_past_row_security": (
        "CREATE TABLE a (id int); ALTER TABLE a ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON a USING (id = 1);"
        "CREATE VIEW below AS SELECT * FROM a; CREATE VIEW v AS SELECT * FROM below; GRANT SELECT ON v TO spark_people",
        "v",
    ),
    "view_not_filled": ("CREATE MATERIALIZED VIEW m AS SELECT 1 AS x WITH NO DATA", "m"),
}


@pytest.fixture
def ward(db):
    db.execute("CREATE SCHEMA ill")
    db.execute("SET LOCAL search_path = ill")
    return db


@pytest.mark.parametrize("check", ILL)
def test_an_illness_is_found_by_name_and_a_healthy_schema_has_none(ward, check):
    healthy, _ = doctor.examine(ward.connection, ["ill"])
    assert [f for f in healthy if f.check == check] == []
    sql, thing = ILL[check]
    ward.connection.execute(sql.encode())
    found, _ = doctor.examine(ward.connection, ["ill"])
    assert thing in [f.object for f in found if f.check == check]


@pytest.mark.parametrize(
    "check",
    [
        "foreign_keys_indexed",
        "search_path_pinned",
        "index_duplicate",
        "partitions_guarded",
        "rows_in_default_partition",
        "constraint_not_valid",
        "trigger_disabled",
        "policies_in_force",
        "login_inherits",
        "view_past_row_security",
        "view_not_filled",
    ],
)
def test_the_remedy_cures(ward, check):
    ward.connection.execute(ILL[check][0].encode())
    found, _ = doctor.examine(ward.connection, ["ill"])
    remedy = next(f.fix for f in found if f.check == check)
    ward.connection.execute(remedy.replace("CONCURRENTLY ", "").encode())
    again, _ = doctor.examine(ward.connection, ["ill"])
    assert [f for f in again if f.check == check] == []


def test_a_long_transaction_is_named_with_its_query(db_committed):
    with db_committed.sessions(1) as (other,):
        other.execute("SELECT 1")
        text = doctor.checks()["transaction_long"].replace("5 minutes", "0 minutes")
        rows = db_committed.rows(text.replace("%", "%%").replace(":schemas", "%s"), [])
        assert [r[0] for r in rows] == [f"pid {other.pid}"]


@pytest.mark.parametrize("check", sorted(doctor.checks()))
def test_a_check_says_why_and_gives_object_finding_and_fix(ward, check):
    text = doctor.checks()[check]
    assert text.startswith("-- why: ")
    query = text.replace("%", "%%").replace(":schemas", "%s")
    columns = ward.execute(query, ["ill"]).description
    assert len(columns) == 3


def test_a_role_without_rights_still_gets_what_it_may_see(slate_base, db_committed):
    info = db_committed.connection.info
    db_committed.execute("DO $$ BEGIN CREATE ROLE plan_watcher LOGIN; EXCEPTION WHEN duplicate_object THEN END $$")
    with connect(f"postgresql://plan_watcher@/{info.dbname}?host={info.host}&port={info.port}") as connection:
        findings, _ = doctor.examine(connection, ["core"])
    assert findings == []


UNDER = (
    "CREATE TABLE a (id int); ALTER TABLE a ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON a USING (id = 1);"
    "CREATE POLICY q ON a TO slate_services USING (true);"
)


@pytest.mark.parametrize(
    ("made", "named"),
    [
        ("CREATE MATERIALIZED VIEW v AS SELECT * FROM a; GRANT SELECT ON v TO spark_people", True),
        ("CREATE MATERIALIZED VIEW v AS SELECT * FROM a; GRANT SELECT (id) ON v TO spark_people", True),
        ("CREATE MATERIALIZED VIEW v AS SELECT * FROM a; GRANT SELECT ON v TO spark_service", False),
        ("CREATE VIEW v WITH (security_invoker = on) AS SELECT * FROM a; GRANT SELECT ON v TO spark_people", False),
        ("CREATE VIEW v WITH (security_barrier = on) AS SELECT * FROM a; GRANT SELECT ON v TO spark_people", False),
        ("CREATE VIEW v AS SELECT * FROM a; GRANT SELECT ON v TO public", True),
        ("CREATE VIEW v AS SELECT * FROM a", False),
    ],
)
def test_a_view_is_a_way_past_where_its_reader_is_bound_below(ward, made, named):
    ward.connection.execute((UNDER + made).encode())
    found, _ = doctor.examine(ward.connection, ["ill"])
    assert ("v" in [f.object for f in found if f.check == "view_past_row_security"]) == named


def test_a_login_made_by_role_add_is_neither_and_one_that_reads_all_data_is(ward):
    ward.connection.execute(ILL["login_inherits"][0].replace(" INHERIT", " NOINHERIT").encode())
    found, _ = doctor.examine(ward.connection, ["ill"])
    assert "ill_login" not in [f.object for f in found if f.check.startswith("login_")]
    ward.connection.execute("CREATE ROLE ill_watcher LOGIN IN ROLE pg_read_all_data")
    found, _ = doctor.examine(ward.connection, ["ill"])
    assert "ill_watcher" in [f.object for f in found if f.check == "login_inherits"]

"""The matrix of `slate access` says what the server does: every cell is tried."""

import json

import psycopg
import pytest
from psycopg import sql

from slate_pg.cluster.access import Access, read_access, word
from tests.conftest import PRODUCTS, ROOT


def attempts(connection, cell, command):
    """Return statements of which the first that is allowed shows the privilege; EXPLAIN runs the check, not the row."""
    table = sql.Identifier(cell.schema, cell.table)
    query = """
        SELECT attname FROM pg_attribute
        WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND attidentity <> 'a'
    """
    columns = [r[0] for r in connection.execute(query, [table.as_string(connection)])]
    if command == "SELECT":
        return [sql.SQL("EXPLAIN SELECT {} FROM {}").format(sql.Identifier(c), table) for c in columns]
    if command == "INSERT":
        template = sql.SQL("EXPLAIN INSERT INTO {} ({}) SELECT NULL WHERE false")
        return [template.format(table, sql.Identifier(c)) for c in columns]
    if command == "UPDATE":
        return [sql.SQL("EXPLAIN UPDATE {} SET {} = NULL").format(table, sql.Identifier(c)) for c in columns]
    return [sql.SQL("EXPLAIN DELETE FROM {}").format(table)]


def allowed(connection, role, statement):
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(role)))
            connection.execute(statement)
    except psycopg.errors.InsufficientPrivilege:
        return False
    except (psycopg.errors.ObjectNotInPrerequisiteState, psycopg.errors.WrongObjectType):
        return False  # a view that cannot be written to, a materialized one
    except psycopg.errors.DatatypeMismatch:
        return True  # the privilege was not what stood in the way
    return True


def kind_of(connection, cell):
    return connection.execute(
        "SELECT relkind, relrowsecurity FROM pg_class WHERE oid = %s::regclass", [f'"{cell.schema}"."{cell.table}"']
    ).fetchone()


@pytest.mark.parametrize("product", PRODUCTS)
def test_every_cell_is_what_the_server_allows(among, filled, product):
    among(product)
    wrong = []
    tried = 0
    for cell in read_access(filled, [product]):
        kind, _ = kind_of(filled, cell)
        if kind not in "rp" or not cell.role.startswith((product, "authenticated", "slate_")):
            continue
        for command, said in zip(("SELECT", "INSERT", "UPDATE", "DELETE"), cell.cells, strict=True):
            by_column = [allowed(filled, cell.role, s) for s in attempts(filled, cell, command)]
            tried += 1
            seen = "columns" if any(by_column) and not all(by_column) else "whole" if any(by_column) else "none"
            expected = "none" if said == "none" else "columns" if said.endswith("columns") else "whole"
            if seen != expected:
                wrong.append((cell.table, cell.role, command, said, seen))
    # A grant that no policy backs is "none" in the matrix and allowed by the server, without any row.
    wrong = [w for w in wrong if not (w[3] == "none" and not rows_reachable(filled, product, w))]
    assert wrong == []
    assert tried > 0 or product == "core"


def rows_reachable(connection, schema, cell):
    """Return whether a policy lets the role reach any row by the command."""
    query = """
        SELECT count(*) FROM pg_policies
        WHERE schemaname = %s AND tablename = %s AND cmd IN ('ALL', %s)
            AND EXISTS (SELECT FROM unnest(roles) AS r WHERE r = 'public' OR pg_has_role(%s, r, 'USAGE'))
    """
    table, role, command, *_ = cell
    secured = connection.execute(
        "SELECT relrowsecurity FROM pg_class WHERE oid = %s::regclass", [f'"{schema}"."{table}"']
    ).fetchone()[0]
    return not secured or connection.execute(query, [schema, table, command, role]).fetchone()[0] > 0


@pytest.mark.parametrize("product", PRODUCTS)
def test_all_sees_every_row_and_own_rows_none_without_a_person(among, filled, product):
    among(product)
    for cell in read_access(filled, [product]):
        kind, _ = kind_of(filled, cell)
        if kind not in "rp" or cell.select not in ("all", "own rows") or cell.role.startswith("pg_"):
            continue
        count = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(cell.schema, cell.table))
        there = filled.execute(count).fetchone()[0]
        with filled.transaction(force_rollback=True):
            filled.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(cell.role)))
            filled.execute(sql.SQL("SET LOCAL search_path = {}, core").format(sql.Identifier(product)))
            seen = filled.execute(count).fetchone()[0]
        if cell.select == "all":
            assert seen == there, cell
        elif cell.role.endswith("_people"):
            assert seen == 0, cell


@pytest.fixture
def ward(db):
    """A schema with one table, and roles: a group, its member, one who inherits nothing, one above row security."""
    db.connection.execute("""
        CREATE ROLE ward_group; CREATE ROLE ward_member IN ROLE ward_group;
        CREATE ROLE ward_stranger NOINHERIT IN ROLE ward_group;
        CREATE ROLE ward_above BYPASSRLS; CREATE ROLE ward_owner;
        CREATE SCHEMA ward; GRANT USAGE ON SCHEMA ward TO PUBLIC;
        CREATE TABLE ward.notes (id int, body text, secret text);
        ALTER TABLE ward.notes OWNER TO ward_owner;
        GRANT SELECT ON ward.notes TO ward_group, ward_above
    """)

    def cell(role):
        return next(a for a in read_access(db.connection, ["ward"]) if a.role == role)

    db.cell = cell
    return db


def test_a_member_may_what_its_group_may_and_one_that_does_not_inherit_may_not(ward):
    assert ward.cell("ward_member") == Access("ward", "notes", "ward_member", "all", "none", "none", "none")
    assert ward.cell("ward_stranger").select == "none"


def test_row_security_without_a_policy_leaves_nothing_but_to_its_owner_and_those_above(ward):
    ward.execute("ALTER TABLE ward.notes ENABLE ROW LEVEL SECURITY")
    selects = {role: ward.cell(f"ward_{role}").select for role in ("member", "above", "owner")}
    assert selects == {"member": "none", "above": "all", "owner": "all"}
    ward.execute("ALTER TABLE ward.notes FORCE ROW LEVEL SECURITY")
    assert ward.cell("ward_owner").select == "none"


def test_a_policy_for_the_group_binds_its_members(ward):
    ward.execute("ALTER TABLE ward.notes ENABLE ROW LEVEL SECURITY")
    ward.execute("CREATE POLICY mine ON ward.notes FOR SELECT TO ward_group USING (id = 1)")
    assert ward.cell("ward_member").select == "own rows"
    ward.execute("CREATE POLICY anyone ON ward.notes FOR SELECT TO ward_group USING (true)")
    assert ward.cell("ward_member").select == "all"
    ward.execute("CREATE POLICY less ON ward.notes AS RESTRICTIVE FOR SELECT TO ward_group USING (id > 0)")
    assert ward.cell("ward_member").select == "own rows"


def test_a_restrictive_policy_alone_opens_nothing(ward):
    ward.execute("ALTER TABLE ward.notes ENABLE ROW LEVEL SECURITY")
    ward.execute("CREATE POLICY less ON ward.notes AS RESTRICTIVE USING (true)")
    assert ward.cell("ward_member").select == "none"


def test_a_grant_by_column_is_told_as_such(ward):
    ward.execute("GRANT UPDATE (body) ON ward.notes TO ward_member")
    assert ward.cell("ward_member").update == "columns"


def test_without_usage_of_the_schema_a_grant_is_worth_nothing(ward):
    ward.execute("REVOKE USAGE ON SCHEMA ward FROM PUBLIC")
    assert ward.cell("ward_member").select == "none"


def test_views_say_whose_rights_decide(ward):
    ward.execute("CREATE VIEW ward.mine WITH (security_invoker = true) AS SELECT id FROM ward.notes")
    ward.execute("CREATE VIEW ward.ours AS SELECT id FROM ward.notes")
    ward.execute("GRANT SELECT ON ward.mine, ward.ours TO ward_member")
    found = {a.table: a.select for a in read_access(ward.connection, ["ward"]) if a.role == "ward_member"}
    assert found == {"mine": "as the tables", "notes": "all", "ours": "by the view"}


@pytest.mark.parametrize(
    ("granted", "seen", "said"),
    [(0, "all", "none"), (2, "none", "none"), (1, "all", "columns"), (1, "own rows", "own rows, columns"),
     (2, "own rows", "own rows"), (2, "all", "all")],
)  # fmt: skip
def test_grants_and_policies_make_one_word(granted, seen, said):
    assert word(granted, seen) == said


def test_the_command_prints_the_matrix(among, filled_url, slate, monkeypatch):
    among("flourish")
    monkeypatch.setenv("COLUMNS", "200")
    ran = slate("access", "flourish", "--role", "flourish_people", "--database", filled_url, "--json")
    assert ran.code == 0
    found = {a["table"]: a for a in json.loads(ran.out)["access"]}
    assert found["students"]["select"] == "own rows"
    assert found["students"]["delete"] == "none"
    ran = slate("access", "flourish", "--database", filled_url)
    assert ran.out.startswith("table ")
    assert "flourish.students" in ran.out


def test_a_partition_that_is_granted_by_itself_is_listed_as_the_way_past_that_it_is(ward):
    ward.execute("CREATE TABLE ward.days (at date) PARTITION BY RANGE (at)")
    ward.execute("ALTER TABLE ward.days ENABLE ROW LEVEL SECURITY")
    ward.execute("CREATE TABLE ward.days_all PARTITION OF ward.days DEFAULT")

    def listed():
        return {a.table: a.select for a in read_access(ward.connection, ["ward"]) if a.role == "ward_member"}

    assert listed() == {"days": "none", "notes": "all"}
    ward.execute("GRANT SELECT ON ward.days_all TO ward_group")
    assert listed() == {"days": "none", "days_all": "all", "notes": "all"}
    ward.execute("REVOKE SELECT ON ward.days_all FROM ward_group; GRANT SELECT (at) ON ward.days_all TO ward_group")
    assert listed()["days_all"] == "columns"


@pytest.mark.parametrize(
    ("role", "said"), [("flourish_peple", 'Did you mean "flourish_people"?'), ("postgres", "superuser")]
)
def test_a_role_that_there_is_not_or_that_nothing_binds_is_refused(among, filled_url, slate, role, said):
    among("flourish")
    ran = slate("access", "flourish", "--role", role, "--database", filled_url)
    assert (ran.code, said in ran.err) == (2, True)


def test_a_changed_grant_is_named_against_the_table_of_expectations(among, filled_url, slate, tmp_path):
    among("flourish")
    table = ROOT / "tests" / "access" / "flourish.access.txt"
    ran = slate("access", "flourish", "--expect", table, "--database", filled_url)
    assert (ran.code, ran.out) == (0, "as flourish.access.txt says\n")
    other = tmp_path / "other.txt"
    other.write_text(table.read_text("utf-8").replace("people: select own rows\n", "people: select all\n", 1), "utf-8")
    ran = slate("access", "flourish", "--expect", other, "--database", filled_url)
    assert ran.code == 3
    assert ran.out == "assessments, flourish_people: select own rows; expected select all\n"
    assert slate("access", "flourish", "--expect", tmp_path / "none.txt", "--database", filled_url).code in (1, 2)

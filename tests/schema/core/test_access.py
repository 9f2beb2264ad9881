"""Who may reach core and call its functions, and whom a migration lets in."""

from __future__ import annotations

import pytest

from slate_pg.testing.database import Database
from tests.schema.core.test_structure import core_functions


@pytest.mark.parametrize("function", core_functions())
def test_nobody_may_call_a_function_of_core_unless_granted(db: Database, function: str) -> None:
    db.execute("CREATE ROLE nobody_special")
    assert not db.value(
        "SELECT has_function_privilege('nobody_special', to_regprocedure(%s), 'EXECUTE')", "core." + function
    )


def test_every_installations_role_may_read_settings_and_nobody_else(core: Database) -> None:
    with core.as_role("spark_people", lab__x="hello"):
        assert core.value("SELECT core.setting_text('lab.x')") == "hello"
        core.denied("SELECT core.partition_key('pg_class')")


@pytest.mark.parametrize("group", ["authenticated_users", "slate_services", "slate_readers", "slate_auditors"])
def test_the_groups_that_policies_and_grants_name_reach_no_schema(db: Database, group: str) -> None:
    reached = db.rows(
        "SELECT nspname::text FROM pg_namespace WHERE has_schema_privilege(%s, oid, 'USAGE') AND nspname !~ '^pg_' "
        "AND nspname NOT IN ('information_schema', 'public')",
        group,
    )
    assert reached == []


KINDS = {
    "people": "authenticated_users", "service": "slate_services", "reader": "slate_readers", "auditor": "slate_auditors",
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_open_schema_makes_the_schemas_own_role_of_a_kind_and_close_takes_its_reach_back(
    core: Database, kind: str
) -> None:
    core.execute("SELECT open_schema(%s)", kind)
    core.execute("SELECT open_schema(%s)", kind)
    usage = f"SELECT has_schema_privilege('lab_{kind}', 'lab', 'USAGE')"
    assert core.value(usage)
    for group in (KINDS[kind], "core_user"):
        assert core.value("SELECT pg_has_role(%s, %s, 'USAGE')", f"lab_{kind}", group)
    assert not core.value("SELECT rolcanlogin FROM pg_roles WHERE rolname = %s", f"lab_{kind}")
    core.execute("SELECT close_schema(%s)", kind)
    assert not core.value(usage)


def test_a_kind_that_no_group_stands_for_is_refused(core: Database) -> None:
    with core.throws("42704", match='role "slate_kings" does not exist'):
        core.execute("SELECT open_schema('king')")


@pytest.mark.parametrize("schema", ['quo"te', "Upper Case", "semi;colon", "'; DROP ROLE spark_people; --", "über"])
def test_a_schema_of_any_name_gets_roles_of_its_own(core: Database, schema: str) -> None:
    name = schema.replace('"', '""')
    core.connection.execute(f'CREATE SCHEMA "{name}"; SET LOCAL search_path = "{name}", core')
    core.execute("SELECT open_schema('service')")
    assert core.value("SELECT has_schema_privilege(%s, %s, 'USAGE')", f"{schema}_service", schema)


def test_a_schema_whose_name_leaves_no_room_for_a_role_is_refused(core: Database) -> None:
    name = "x" * 56
    core.connection.execute(f"CREATE SCHEMA {name}; SET LOCAL search_path = {name}, core")
    with core.throws("42622", match="is too long for its role"):
        core.execute("SELECT open_schema('service')")


@pytest.mark.parametrize("power", ["LOGIN", "SUPERUSER", "BYPASSRLS"])
def test_a_role_that_logs_in_or_is_above_row_security_never_stands_for_a_schema(core: Database, power: str) -> None:
    core.execute(f"CREATE ROLE lab_people {power}")
    with core.throws("42710", match="logs in or is above row security"):
        core.execute("SELECT open_schema('people')")


def test_who_may_not_make_the_role_is_told_what_to_run(core: Database) -> None:
    core.connection.execute(
        "CREATE ROLE humble; GRANT CREATE, USAGE ON SCHEMA lab TO humble; GRANT core_user TO humble"
    )
    core.execute("GRANT EXECUTE ON FUNCTION own_role(text), make_own_role(text), open_schema(text[]) TO humble")
    core.execute("SET LOCAL ROLE humble")
    with core.throws("42501", match='role "lab_people" is missing, and "humble" may not make it') as _:
        core.execute("SELECT open_schema('people')")


def test_what_is_granted_to_the_schemas_own_roles_reaches_no_group(core: Database) -> None:
    core.execute("SELECT open_schema('people', 'service')")
    core.execute("CREATE SEQUENCE tickets")
    core.execute("SELECT grant_to_own('USAGE ON SEQUENCE tickets', 'people', 'service')")
    may = "SELECT has_sequence_privilege(%s, 'tickets', 'USAGE')"
    assert [core.value(may, r) for r in ("lab_people", "lab_service", "authenticated_users", "slate_services")] == [
        True, True, False, False,
    ]  # fmt: skip

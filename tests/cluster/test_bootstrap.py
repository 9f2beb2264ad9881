"""`slate bootstrap`: roles and settings of the cluster, twice, and by roles that may do little."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from slate_pg.cluster.bootstrap import bootstrap
from slate_pg.config import Project
from slate_pg.postgres.connection import connect
from slate_pg.postgres.server import Server, disposable


@pytest.fixture(scope="module")
def bare() -> Iterator[Server]:
    """A server of our own that was never bootstrapped; roles belong to the whole cluster."""
    with disposable() as server:
        yield server


def catalog(connection: psycopg.Connection) -> list[tuple]:
    """Return everything that a bootstrap may write: roles, memberships, settings and default privileges."""
    return connection.execute(
        "SELECT 'role', rolname::text, rolcanlogin::text, shobj_description(oid, 'pg_authid') FROM pg_roles UNION ALL "
        "SELECT 'member', roleid::regrole::text, member::regrole::text, '' FROM pg_auth_members UNION ALL "
        "SELECT 'setting', setdatabase::text, setrole::text, setconfig::text FROM pg_db_role_setting UNION ALL "
        "SELECT 'privilege', defaclrole::text, defaclobjtype::text, defaclacl::text FROM "
        "pg_default_acl ORDER BY 1, 2, 3, 4"
    ).fetchall()


def test_a_role_that_may_nothing_is_told_each_thing_that_was_not_done_and_how(
    bare: Server, slate_project: Project
) -> None:
    with connect(bare.url()) as admin:
        admin.execute("CREATE ROLE humble LOGIN")
        admin.execute("CREATE DATABASE humble_db")
    with connect(bare.url("humble_db").replace("postgres@", "humble@")) as humble:
        warnings = bootstrap(humble, slate_project)
        assert not humble.execute("SELECT 1 FROM pg_roles WHERE rolname = 'core_user'").fetchone()
    said = "\n".join(warnings)
    assert 'role "core_user" was not created: "humble" may not create roles' in said
    assert "As a role with CREATEROLE, run: CREATE ROLE core_user NOLOGIN;" in said
    assert 'database "humble_db" keeps its time zone' in said
    assert "ALTER DATABASE humble_db SET timezone = 'UTC';" in said


def test_a_role_with_createrole_that_owns_the_database_can_do_all_of_it(bare: Server, slate_project: Project) -> None:
    with connect(bare.url()) as admin:
        admin.execute("CREATE ROLE steward LOGIN CREATEROLE")
        admin.execute("CREATE DATABASE steward_db OWNER steward")
    with connect(bare.url("steward_db").replace("postgres@", "steward@")) as steward:
        assert bootstrap(steward, slate_project) == []
        first = catalog(steward)
        assert bootstrap(steward, slate_project) == [], "a second time nothing is to be done"
        assert catalog(steward) == first, "and nothing is written"
        members = steward.execute(
            "SELECT count(*) FROM pg_auth_members WHERE roleid = 'core_user'::regrole AND "
            "member::regrole::text ~ '_(service|reader)$'"
        ).fetchone()
        assert members == (10,)
    with connect(bare.url("steward_db")) as fresh:
        assert fresh.execute("SHOW timezone").fetchone() == ("UTC",)


def test_a_superuser_finds_nothing_left_to_do_but_the_database(bare: Server, slate_project: Project) -> None:
    with connect(bare.url()) as admin:
        assert bootstrap(admin, slate_project) == []
        first = catalog(admin)
        assert bootstrap(admin, slate_project) == []
        assert catalog(admin) == first
        admin.execute("CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS 'SELECT 1'")
        assert admin.execute("SELECT has_function_privilege('humble', 'f()', 'EXECUTE')").fetchone() == (False,)

"""A service's login reaches one installation: every other is tried as every role that it can become, and as itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from psycopg import sql

from slate_pg.cluster.bootstrap import bootstrap
from slate_pg.cluster.logins import add, login
from slate_pg.config import Project
from slate_pg.errors import ServerError
from slate_pg.migrations import runner
from slate_pg.migrations.runner import Run
from slate_pg.operations.seeds import load
from slate_pg.postgres.connection import Connection, connect
from slate_pg.postgres.server import Server, disposable
from tests.conftest import PRODUCTS

INSTALLED = {**{p: p for p in PRODUCTS if p != "core"}, "spark_east": "spark"}
GROUPS = ("authenticated_users", "slate_services", "slate_readers", "slate_auditors")


@dataclass(frozen=True)
class City:
    """A server with every product, spark a second time, demo data in all, and two logins for each."""

    server: Server
    owner: Connection
    relations: tuple[tuple[str, str, str, int], ...]  # schema, name, kind, oid

    def login(self, name: str) -> Connection:
        return connect(self.server.url().replace("postgres@", f"{name}@"))


@pytest.fixture(scope="module")
def city(slate_project: Project) -> Iterator[City]:
    """Let the city be bootstrapped, filled and given its logins, as a production server is."""
    with disposable() as server, connect(server.url()) as owner:
        bootstrap(owner, slate_project)
        runner.apply(Run(owner, slate_project.product("core"), "core"))
        for schema, name in INSTALLED.items():
            product = slate_project.product(name).installed_as(schema)
            runner.apply(Run(owner, product, "core"))
            load(Run(owner, product, "core"), ("reference", "demo"))
            for kind in ("service", "reader"):
                assert add(owner, login(product, "core", f"{schema}_{kind}_login", kind), None)
        owner.execute("ANALYZE")
        query = """
            SELECT n.nspname::text, c.relname::text, c.relkind::text, c.oid::bigint
            FROM pg_class AS c INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
            WHERE n.nspname = ANY(%s) AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
        """
        yield City(server, owner, tuple(owner.execute(query, [["core", *INSTALLED]]).fetchall()))


LOGINS = [f"{schema}_{kind}_login" for schema in INSTALLED for kind in ("service", "reader")]


def own_schema(name: str) -> str:
    return name.rsplit("_", 2)[0]


def roles_of(connection: Connection) -> list[str]:
    """Return every role that the login may SET ROLE to, by asking the server to; "none" is the login itself."""
    names = [r[0] for r in connection.execute("SELECT rolname::text FROM pg_roles ORDER BY 1").fetchall()]
    return ["none"] + [name for name in names if tries(connection, "none", f'SET LOCAL ROLE "{name}"')]


def tries(connection: Connection, role: str, statement: str) -> bool:
    """Tell whether the statement runs as the role; a want of privilege is no, any other error is raised."""
    with connection.transaction(force_rollback=True):
        connection.execute(
            sql.SQL("SET LOCAL ROLE {}").format(sql.SQL(role) if role == "none" else sql.Identifier(role))
        )
        try:
            with connection.transaction():
                connection.execute(statement.encode())
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.ObjectNotInPrerequisiteState):
            return False
    return True


def ways_in(schema: str, name: str, kind: str, oid: int) -> list[str]:
    """Return the statements by which one might read a relation, or move a sequence."""
    place = sql.Identifier(schema, name).as_string()
    quoted = place.replace("'", "''")
    if kind == "S":
        return [f"SELECT last_value FROM {place}", f"SELECT nextval({oid}::oid)", f"SELECT currval({oid}::oid)",
                f"SELECT setval({oid}::oid, 1)", f"SELECT nextval('{quoted}')"]  # fmt: skip
    return [
        f"SELECT FROM {place} LIMIT 1", f"TABLE {place}", f"COPY {place} TO STDOUT" if kind in "rpf" else f"TABLE {place}",
        f"SELECT pg_catalog.query_to_xml('TABLE {quoted}', true, true, '')", f"LOCK TABLE {place}",
        f"DELETE FROM {place}", f"SELECT '{quoted}'::regclass",
    ]  # fmt: skip


@pytest.mark.parametrize("name", LOGINS)
def test_a_login_reads_nothing_of_any_other_installation_whatever_role_it_takes(city: City, name: str) -> None:
    found, tried = [], 0
    with city.login(name) as connection:
        for role in roles_of(connection):
            for schema, relation, kind, oid in city.relations:
                if schema in ("core", own_schema(name)):
                    continue
                tried += 1
                ways = ways_in(schema, relation, kind, oid)
                found += [(role, way) for way in ways if tries(connection, role, way)]
    assert found == []
    assert tried > 300


@pytest.mark.parametrize("name", LOGINS)
def test_a_login_without_set_role_can_do_nothing(city: City, name: str) -> None:
    with city.login(name) as connection:
        found = [
            way for relation in city.relations for way in ways_in(*relation) if tries(connection, "none", way)
        ]  # fmt: skip
        for way in ("CREATE TEMP TABLE x ()", "CREATE SCHEMA x", "CREATE TABLE public.x ()", "CREATE ROLE x"):
            found += [way] if tries(connection, "none", way) else []
        may = """
            SELECT p.oid::regprocedure FROM pg_proc AS p INNER JOIN pg_namespace AS n ON n.oid = p.pronamespace
            WHERE has_function_privilege(p.oid, 'EXECUTE') AND has_schema_privilege(n.oid, 'USAGE')
                AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
        """
        assert connection.execute(may).fetchall() == []
    assert found == []


@pytest.mark.parametrize("name", LOGINS)
def test_a_login_can_become_its_installations_roles_and_none_that_reaches_another(city: City, name: str) -> None:
    schema = own_schema(name)
    kinds = ("people", "service") if "_service_" in name else ("reader",)
    with city.login(name) as connection:
        roles = set(roles_of(connection)) - {"none", name}
    assert {f"{schema}_{kind}" for kind in kinds} <= roles
    # Until 15 a membership cannot be kept from SET ROLE; those groups reach no schema but core.
    more = {*GROUPS, "core_user"} if city.owner.info.server_version < 160000 else set()
    assert roles - {f"{schema}_{kind}" for kind in kinds} <= more


@pytest.mark.parametrize("name", LOGINS)
def test_statistics_and_sequences_tell_a_login_nothing_of_another_installation(city: City, name: str) -> None:
    """pg_stats and pg_sequences go by rights alone: whoever has a group's sees through a schema that is closed."""
    others = [schema for schema in INSTALLED if schema != own_schema(name)]
    with city.login(name) as connection:
        for role in roles_of(connection):
            with connection.transaction(force_rollback=True):
                connection.execute(f"SET LOCAL ROLE {role}".encode())
                for view in ("pg_stats", "pg_stats_ext", "pg_stats_ext_exprs"):
                    query = f"SELECT schemaname::text, tablename::text FROM {view} WHERE schemaname = ANY(%s)"
                    assert connection.execute(query.encode(), [others]).fetchall() == [], (role, view)
                query = (
                    "SELECT schemaname, sequencename FROM pg_sequences WHERE schemaname = ANY(%s) AND last_value > 0"
                )
                assert connection.execute(query, [others]).fetchall() == [], role


def test_nothing_that_is_found_without_reach_is_granted_to_a_group(city: City) -> None:
    query = """
        SELECT c.oid::regclass::text, a.grantee::regrole::text
        FROM pg_class AS c
        INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
        INNER JOIN LATERAL (
            SELECT * FROM aclexplode(c.relacl)
            UNION SELECT x.* FROM pg_attribute AS b CROSS JOIN aclexplode(b.attacl) AS x WHERE b.attrelid = c.oid
        ) AS a ON true
        WHERE n.nspname = ANY(%s) AND a.grantee::regrole::text = ANY(%s)
            AND (c.relkind IN ('S', 'm', 'f') OR c.relkind IN ('r', 'p') AND NOT c.relrowsecurity)
    """
    assert city.owner.execute(query, [list(INSTALLED), list(GROUPS)]).fetchall() == []


@pytest.mark.parametrize("schema", INSTALLED)
def test_a_login_reads_its_own_installation_by_plain_names_once_it_says_who_it_is(city: City, schema: str) -> None:
    table = {"flourish": "students", "physed": "students"}.get(schema, "users")
    with city.login(f"{schema}_service_login") as connection:
        connection.execute(f"SET ROLE {schema}_service".encode())
        there = city.owner.execute(f"SELECT count(*) FROM {schema}.{table}".encode()).fetchone()
        assert connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone() == there
        connection.execute(f"SET ROLE {schema}_people".encode())
        assert connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone() == (0,)
    with city.login(f"{schema}_reader_login") as connection:
        connection.execute(f"SET ROLE {schema}_reader".encode())
        assert connection.execute(f"SELECT count(*) FROM (SELECT 1 FROM {table}) AS t".encode()).fetchone() == there


@pytest.mark.parametrize("schema", INSTALLED)
@pytest.mark.parametrize("kind", ["service", "reader"])
def test_a_library_may_ask_for_the_current_schema_before_it_says_who_it_is(city: City, schema: str, kind: str) -> None:
    with city.login(f"{schema}_{kind}_login") as connection:
        assert connection.execute("SELECT current_schema()").fetchone() == (None,)
        connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(f"{schema}_{kind}")))
        assert connection.execute("SELECT current_schema()").fetchone() == (schema,)


def test_strangers_neither_connect_nor_make_temporary_tables(city: City) -> None:
    query = "SELECT has_database_privilege('public', current_database(), p) FROM unnest(ARRAY['CONNECT', 'TEMP']) AS p"
    assert city.owner.execute(query).fetchall() == [(False,), (False,)]
    city.owner.execute("CREATE ROLE stranger LOGIN")
    with pytest.raises(ServerError) as caught:
        city.login("stranger")
    assert "permission denied for database" in str(caught.value.__cause__)


@pytest.mark.parametrize(
    "hand",
    [
        "CREATE VIEW core.peephole AS SELECT * FROM physed.students; GRANT SELECT ON core.peephole TO core_user",
        "GRANT physed_service TO spark_service",
        "GRANT USAGE ON SCHEMA physed TO PUBLIC",
        "GRANT physed_people TO spark_service_login",
        "CREATE MATERIALIZED VIEW public.peephole AS SELECT * FROM physed.students; GRANT SELECT ON public.peephole TO PUBLIC",
    ],
)  # fmt: skip
def test_a_way_in_that_a_hand_has_opened_is_found_by_the_same_trial(city: City, hand: str) -> None:
    """The control: the trial above is no test if a planted hole leaves it silent."""
    with city.owner.transaction(force_rollback=True):
        city.owner.execute(hand.encode())
        assert holes(city.owner) != []


def holes(connection: Connection) -> list[Any]:
    """Return what a login of spark may read beyond its installation, told by the catalog within one transaction."""
    query = """
        SELECT r.rolname::text, c.oid::regclass::text
        FROM pg_roles AS r
        CROSS JOIN pg_class AS c
        INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE pg_has_role('spark_service_login', r.oid, 'MEMBER') AND c.relkind IN ('r', 'p', 'v', 'm')
            AND n.nspname !~ '^(pg_|information_schema$|spark$)' AND c.relname !~ '^_(slate|yoyo)_'
            AND has_schema_privilege(r.oid, n.oid, 'USAGE')
            AND (has_table_privilege(r.oid, c.oid, 'SELECT') OR has_any_column_privilege(r.oid, c.oid, 'SELECT'))
    """
    return connection.execute(query).fetchall()


def test_the_catalog_tells_of_no_hole(city: City) -> None:
    assert holes(city.owner) == []

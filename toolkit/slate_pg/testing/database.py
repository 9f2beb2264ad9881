"""The object behind `db`: statements, people, expected refusals and plans, over one connection."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from slate_pg import sqlfiles
from slate_pg.config import Product, Project
from slate_pg.postgres.connection import package_sql
from slate_pg.postgres.explain import Plan, read_plan
from slate_pg.sqlfiles import read_text
from slate_pg.testing.names import split_name
from slate_pg.testing.verbs import Catalogued

if TYPE_CHECKING:
    from slate_pg.cluster.answers import Answer


class Database(Catalogued):
    """A connection to a migrated test database. Parameters are psycopg's %s, given one by one."""

    def __init__(self, connection: psycopg.Connection[Any], project: Project) -> None:
        self.connection = connection
        self.project = project

    def execute(self, statement: str, *parameters: Any) -> psycopg.Cursor[Any]:
        """Run a statement and return the cursor."""
        return self.connection.execute(statement, parameters or None)

    def rows(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Return all rows as tuples."""
        return self.execute(statement, *parameters).fetchall()

    def row(self, statement: str, *parameters: Any) -> tuple[Any, ...]:
        """Return the only row; AssertionError when there is none or there are more."""
        rows = self.rows(statement, *parameters)
        assert len(rows) == 1, f"one row expected, {len(rows)} returned by: {statement}"
        return rows[0]

    def value(self, statement: str, *parameters: Any) -> Any:
        """Return the first column of the only row."""
        return self.row(statement, *parameters)[0]

    def insert(self, table: str, **columns: Any) -> dict[str, Any]:
        """Insert one row and return it whole, as the database completed it."""
        into = sql.Identifier(*(part for part in split_name(table) if part))
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        values = sql.SQL(", ").join(sql.Placeholder() * len(columns))
        given = sql.SQL("({}) VALUES ({})").format(names, values) if columns else sql.SQL("DEFAULT VALUES")
        statement = sql.SQL("INSERT INTO {} {} RETURNING *").format(into, given)
        cursor = self.connection.cursor(row_factory=dict_row)
        return cursor.execute(statement, [_adapt(v) for v in columns.values()]).fetchone()  # type: ignore[return-value]

    def use(self, product: str) -> None:
        """Set the search path to a product's, for the transaction; for the session outside of one."""
        self._set("search_path", self._path(self.project.product(product)))

    def _path(self, product: Product) -> str:
        names = dict.fromkeys([product.schema, self.project.shared or product.schema])
        return ", ".join([sql.Identifier(n).as_string(self.connection) for n in names] + ["pg_temp"])

    def _set(self, name: str, value: str) -> None:
        local = self.connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE
        self.execute("SELECT pg_catalog.set_config(%s, %s, %s)", name, value, local)

    def seed(self, product: str, *seeds: str) -> None:
        """Run seed files of a product in the test's own transaction."""
        self.use(product)
        for seed in seeds:
            path = self.project.product(product).sql / "seeds" / f"{seed}.sql"
            self.connection.execute(read_text(path).encode())

    def query(self, product: str, name: str, **parameters: Any) -> list[dict[str, Any]]:
        """Run a product's query file; parameters left out are the file's own examples."""
        file = sqlfiles.find(self.project.product(product).sql / "queries", name)
        unknown = set(parameters) - set(file.parameters)
        assert not unknown, f"{file.path.name} has no parameter {sorted(unknown)}; it has {sorted(file.parameters)}"
        cursor = self.connection.cursor(row_factory=dict_row)
        return cursor.execute(file.parameterised, file.examples | parameters).fetchall()

    def job(self, product: str, name: str) -> list[dict[str, Any]]:
        """Run a product's job file and return its rows."""
        file = sqlfiles.find(self.project.product(product).sql / "jobs", name)
        cursor = self.connection.cursor(row_factory=dict_row)
        cursor.execute(file.text.encode())
        return cursor.fetchall() if cursor.description else []

    @contextmanager
    def as_role(self, role: str, **settings: str) -> Iterator[None]:
        """Be a role, with settings such as app.user_id (written app__user_id); afterwards be who you were.

        Refuses roles that row security does not bind: a test as one of them proves nothing.
        """
        self._refuse_powerful(role)
        with self._savepoint():
            for name, value in settings.items():
                self._set(name.replace("__", "."), str(value))
            self.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(role)).as_string(self.connection))
            yield
            self.execute("SET LOCAL ROLE NONE")
            for name in settings:
                self._set(name.replace("__", "."), "")

    @contextmanager
    def as_user(self, user_id: Any, role: str | None = None) -> Iterator[None]:
        """Be a person: the role of the schema's people (<schema>_people, else authenticated_users) with app.user_id."""
        own = "SELECT rolname::text FROM pg_catalog.pg_roles WHERE rolname = current_schema() || '_people'"
        people = role or next(iter(self.rows(own)), ("authenticated_users",))[0]
        with self.as_role(people, app__user_id=user_id):
            yield

    def _refuse_powerful(self, role: str) -> None:
        found = self.rows("SELECT rolsuper, rolbypassrls FROM pg_catalog.pg_roles WHERE rolname = %s", role)
        assert found, f'no role "{role}"'
        assert not any(found[0]), f'"{role}" is not bound by row security: a test as this role proves nothing'
        owns = self.value(package_sql("testing/count_unbound_tables"), role)
        assert not owns, f'"{role}" owns tables with row security, or belongs to their owner, and is not bound by it'

    @contextmanager
    def _savepoint(self) -> Iterator[None]:
        """Open a savepoint: on an error everything inside is undone and the error goes on."""
        with self.connection.transaction():
            yield

    @contextmanager
    def throws(
        self,
        sqlstate: str | tuple[str, ...],
        constraint: str | None = None,
        match: str | None = None,
        deferred: bool = False,
    ) -> Iterator[None]:
        """Expect an error of this SQLSTATE, constraint and message; the transaction stays usable."""
        wanted = (sqlstate,) if isinstance(sqlstate, str) else sqlstate
        try:
            with self.connection.transaction():
                yield
                if deferred:
                    self.check_deferred()
        except psycopg.Error as error:
            _check_refusal(error, wanted, constraint, match)
            return
        raise AssertionError(f"SQLSTATE {' or '.join(wanted)} {constraint or ''} expected, nothing was raised")

    def check_deferred(self) -> None:
        """Check deferred constraints now, as a commit would, and defer them again."""
        self.execute("SET CONSTRAINTS ALL IMMEDIATE")
        self.execute("SET CONSTRAINTS ALL DEFERRED")

    def sees(self, table: str) -> int:
        """Return how many rows of a table are visible to whom we are."""
        name = sql.Identifier(*(part for part in split_name(table) if part))
        return int(self.value(sql.SQL("SELECT count(*) FROM {}").format(name).as_string(self.connection)))

    def why(self, role: str, person: Any, table: str, *key: Any) -> Answer:
        """Return why a role, as a person, sees the row with this primary key or does not; `.seen` and `.reasons`."""
        from slate_pg.cluster.why import why

        return why(self.connection, role, str(person), table, [str(value) for value in key])

    def filtered(self, statement: str, *parameters: Any) -> None:
        """Expect the statement to run and to touch no row: row security hid them."""
        count = self.execute(statement, *parameters).rowcount
        assert count == 0, f"no row expected, {count} touched by: {statement}"

    def denied(self, statement: str, *parameters: Any) -> None:
        """Expect 42501 for want of a privilege."""
        with self.throws("42501", match="permission denied"):
            self.execute(statement, *parameters)

    def check_violation(self, statement: str, *parameters: Any) -> None:
        """Expect 42501 because a policy's WITH CHECK refused the new row."""
        with self.throws("42501", match="row-level security policy"):
            self.execute(statement, *parameters)

    def plan(self, statement: str, *parameters: Any, prefer_index: bool = False) -> Plan:
        """Return the plan the server would take; with prefer_index as if sequential scans were dear."""
        with self._savepoint():
            if prefer_index:
                self._set("enable_seqscan", "off")
            found = self.value("EXPLAIN (FORMAT json) " + statement, *parameters)
            if prefer_index:
                self._set("enable_seqscan", "on")
        return read_plan(found)


def _check_refusal(error: psycopg.Error, wanted: tuple[str, ...], constraint: str | None, match: str | None) -> None:
    said = f"{error.sqlstate} {error.diag.constraint_name or ''}: {error.diag.message_primary}"
    assert error.sqlstate in wanted, f"SQLSTATE {' or '.join(wanted)} expected, the server said {said}"
    assert constraint in (None, error.diag.constraint_name), f'constraint "{constraint}" expected, got {said}'
    assert match is None or re.search(match, str(error), re.S), f"/{match}/ expected, the server said: {error}"


def _adapt(value: Any) -> Any:
    """Return dicts as jsonb; everything else as psycopg takes it."""
    from psycopg.types.json import Jsonb

    return Jsonb(value) if isinstance(value, dict) else value

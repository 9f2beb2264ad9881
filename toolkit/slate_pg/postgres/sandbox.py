"""A disposable server in which SQL from anywhere may run: what it does stays inside, and goes with it.

What it guarantees, whatever is sent by `Sandbox.connect(database, role)`:

- No superuser: the server's own superuser is renamed at random and no role made here is one, nor can become one.
- No program, no file: the roles that open the machine (pg_execute_server_program, pg_read_server_files,
  pg_write_server_files, pg_create_subscription) are deleted from the catalog: nobody can be granted them.
  On PostgreSQL 15 a role with CREATEROLE could grant itself either of them. COPY … PROGRAM, COPY of files,
  pg_read_file, lo_import, C functions and untrusted languages end in 42501.
- No network: nothing listens on it, and dblink's functions are not for the public.
- No end: temporary files are bounded, and `bounded` terminates a session that exceeds its time.
- No trace: one private folder, removed at the end or, after a kill, by the next disposable server.

Use it for any text of a target or a stranger: make the roles, make the database, `connect` as one of the roles.
A superuser sends only what is composed here and by callers of `keep` from names quoted as identifiers. The scripts of
extensions run as superuser: they are files of this machine, made for extensions that were named beforehand. What else
wants a superuser (event triggers, operator classes, base types, foreign data wrappers, casts without a function,
FOR ALL TABLES, untrusted extensions and languages) is refused by the server, for whoever asks: `wants_superuser` tells.

`sandbox(…, trusted=True)` guarantees none of this: its roles are superusers. It is for files that the operator has.
"""

from __future__ import annotations

import contextlib
import functools
import secrets
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import psycopg
from psycopg import sql

from slate_pg.errors import ServerError
from slate_pg.postgres.binaries import Binaries, find_version
from slate_pg.postgres.connection import Connection, connect, package_sql
from slate_pg.postgres.pins import own_path
from slate_pg.postgres.server import FAST, Server, disposable

SCHEMA = "slate_sandbox"  # holds what lets a role make the extensions that were allowed
LIMITS = ("temp_file_limit=1GB", "jit=off")
_MACHINE = ["pg_execute_server_program", "pg_read_server_files", "pg_write_server_files", "pg_create_subscription"]
# What a role has instead of being superuser: it sees and changes all rows, and looks after tables.
INSTEAD_OF_SUPERUSER = ("pg_read_all_data", "pg_write_all_data", "pg_maintain", "pg_monitor", "pg_checkpoint")
OWNER = "postgres"  # who owns the databases where it does not matter who does
_SPARE = "template1"
_OTHERS = "SELECT rolname FROM pg_catalog.pg_roles WHERE rolname !~ '^pg_' AND rolname <> %s ORDER BY oid"
_KNOWN = "SELECT 1 FROM pg_catalog.pg_settings WHERE name = %s"
_CREATE_EXTENSION = """
CREATE FUNCTION {schema}.create_extension(name text, place text, version text, cascades boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF NOT name = ANY (ARRAY[{allowed}]::text[]) THEN
        RAISE insufficient_privilege USING MESSAGE = format('extension "%s" was not named beforehand', name);
    END IF;
    EXECUTE format('CREATE EXTENSION %I', name)
        || coalesce(' SCHEMA ' || quote_ident(place), '') || coalesce(' VERSION ' || quote_ident(version), '')
        || CASE WHEN cascades THEN ' CASCADE' ELSE '' END;
    PERFORM {schema}.close_network();
END;
$$
"""
_CLOSE_NETWORK = """
CREATE FUNCTION {schema}.close_network() RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    v_function regprocedure;
BEGIN
    FOR v_function IN
        SELECT d.objid
        FROM pg_depend AS d
        INNER JOIN pg_extension AS e ON e.oid = d.refobjid
        WHERE d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
            AND e.extname = 'dblink'
    LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', v_function);
    END LOOP;
END;
$$
"""


@dataclass(frozen=True)
class Role:
    """A role to make: its name and what it may."""

    name: str
    login: bool = True
    inherit: bool = True
    createrole: bool = False
    bypassrls: bool = False
    createdb: bool = False

    @property
    def words(self) -> str:
        """The attributes as CREATE ROLE wants them."""
        attributes = {
            "LOGIN": self.login, "INHERIT": self.inherit, "CREATEROLE": self.createrole, "BYPASSRLS": self.bypassrls,
            "CREATEDB": self.createdb,
        }  # fmt: skip
        return " ".join(word if wanted else f"NO{word}" for word, wanted in attributes.items())


@dataclass(frozen=True)
class Sandbox:
    """A disposable server and the hidden name of its superuser; where it is `trusted` every role is one."""

    server: Server
    keeper: str
    trusted: bool = False

    def connect(self, database: str, role: str, purpose: str = "slate sandbox") -> Connection:
        """Open a connection as one of the roles made here: this one may send anything."""
        return connect(self.server.url(), purpose, dbname=database, user=role)

    def keep(self, database: str = _SPARE) -> Connection:
        """Open a connection as superuser, which must never send text that somebody else wrote."""
        return self.connect(database, self.keeper, "slate keeper")

    def make_roles(self, roles: Iterable[Role]) -> None:
        """Make roles without superuser, whatever they are elsewhere; one that is there already stays. Writes."""
        super_word = "SUPERUSER" if self.trusted else "NOSUPERUSER"
        with self.keep() as connection:
            for role in roles:
                with contextlib.suppress(psycopg.errors.DuplicateObject):
                    statement = f"CREATE ROLE {{}} {super_word} NOREPLICATION {role.words}"
                    connection.execute(sql.SQL(statement).format(sql.Identifier(role.name)))

    def make_owners(self, names: Iterable[str]) -> None:
        """Make roles that may do what a superuser may inside a database and with other roles, and no more. Writes."""
        self.make_roles(Role(name, createrole=True, bypassrls=True, createdb=True) for name in names)

    def stand_in(self, names: Iterable[str]) -> None:
        """Make these roles members of all others, as a superuser is by nature. Writes."""
        if self.trusted:
            return
        with self.keep() as connection:
            others = [row[0] for row in connection.execute(_OTHERS, [self.keeper])]
            how = " WITH ADMIN TRUE, INHERIT TRUE, SET TRUE" if connection.info.server_version >= 160000 else ""
            for name in names:
                for role in [*others, *INSTEAD_OF_SUPERUSER]:
                    _grant(connection, role, name, how or (" WITH ADMIN OPTION" if role in others else ""))

    def make_database(self, name: str, owner: str, encoding: str = "UTF8", like: Connection | None = None) -> None:
        """Make an empty database of one of the roles; C.UTF-8, or C in another encoding. Writes.

        Its sessions begin with the path and the settings of their own that those of the database `like` begin with.
        """
        locale = sql.SQL("" if encoding == "UTF8" else " LOCALE 'C'")
        with self.keep() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING {}").format(
                    sql.Identifier(name), sql.Identifier(owner), sql.Literal(encoding)
                )
                + locale
            )
            settings: dict[str, sql.Composable] = {}
            if like:
                own = like.execute(package_sql("postgres/find_own_settings")).fetchall()
                settings = {k: sql.Literal(v) for k, v in own}
            if like and (path := own_path(like)):
                settings["search_path"] = sql.SQL(", ").join(map(sql.Identifier, path))
            for setting, value in settings.items():
                statement = sql.SQL("ALTER DATABASE {} SET {} = {}").format(
                    sql.Identifier(name), sql.SQL(".").join(map(sql.Identifier, setting.split("."))), value
                )
                with contextlib.suppress(psycopg.errors.DataError, psycopg.errors.SyntaxErrorOrAccessRuleViolation):
                    connection.execute(statement)  # an extension's own may be unknown here, or its value

    def allow_extensions(self, database: str, names: Iterable[str]) -> None:
        """Let any role make these extensions by `slate_sandbox.create_extension`, trusted or not. Writes."""
        schema = sql.Identifier(SCHEMA)
        allowed = sql.SQL(", ").join(map(sql.Literal, sorted(names)))
        with self.keep(database) as connection:
            connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(schema))
            connection.execute(sql.SQL("GRANT USAGE ON SCHEMA {} TO PUBLIC").format(schema))
            connection.execute(sql.SQL(_CLOSE_NETWORK).format(schema=schema))
            connection.execute(sql.SQL(_CREATE_EXTENSION).format(schema=schema, allowed=allowed))

    def allow_parameters(self, names: Iterable[str]) -> None:
        """Let every role set these parameters, unless one is the server's or an extension's own. Writes.

        CREATE FUNCTION … SET app.x wants a superuser, or this grant, where nothing has defined app.x.
        """
        with self.keep() as connection:
            for name in set(names):
                if not connection.execute(_KNOWN, [name]).fetchone():
                    statement = sql.SQL("GRANT SET ON PARAMETER {} TO PUBLIC").format(sql.Identifier(*name.split(".")))
                    with contextlib.suppress(psycopg.errors.InvalidName):
                        connection.execute(statement)

    def enrol(self, members: Iterable[str], role: str) -> None:
        """Make some roles members of another, who then may what it may. Writes."""
        with self.keep() as connection:
            for member in members:
                _grant(connection, role, member, "")


def native_binaries(major: int, purpose: str) -> Binaries:
    """Return programs of this very version; ServerError that says what to install when the machine has none."""
    if found := find_version(major):
        return found
    raise ServerError(
        f"the target is PostgreSQL {major}, and this machine has no server programs of that version",
        hint=f"{purpose} needs the server programs of {major}: install them (Debian: apt install postgresql-{major}; "
        f"Fedora: dnf install postgresql{major}-server; macOS: brew install postgresql@{major}) and set PG_BIN to "
        "the folder that holds initdb, if it is not one of the usual ones.",
    )


def _grant(keeper: Connection, role: str, member: str, how: str) -> None:
    """Make one role a member of another; what would be a circle or is unknown here is left out. Writes."""
    impossible = (
        psycopg.errors.InvalidGrantOperation,
        psycopg.errors.UndefinedObject,
        psycopg.errors.FeatureNotSupported,
        psycopg.errors.InternalError_,  # 15, of pg_database_owner
    )
    with contextlib.suppress(*impossible):
        keeper.execute(sql.SQL("GRANT {} TO {}" + how).format(sql.Identifier(role), sql.Identifier(member)))


@contextlib.contextmanager
def sandbox(binaries: Binaries, *, trusted: bool = False) -> Iterator[Sandbox]:
    """Start a disposable server, close it to the machine unless it is trusted, yield it, and remove every trace."""
    # Who makes a role may give it objects and act as it: on 15 that takes a GRANT.
    inherits = ("createrole_self_grant=set,inherit",) if binaries.major >= 16 else ()
    with disposable(binaries, (*FAST, *LIMITS, *inherits)) as server:
        yield Sandbox(server, "postgres", trusted=True) if trusted else Sandbox(server, _close(server))


@contextlib.contextmanager
def owned(binaries: Binaries, *, trusted: bool = False) -> Iterator[Sandbox]:
    """Start a sandbox in which `OWNER` owns the databases it makes and those that are there. Writes there only."""
    with sandbox(binaries, trusted=trusted) as box:
        box.make_owners([OWNER])
        with box.keep() as keeper:
            keeper.execute(sql.SQL("ALTER DATABASE postgres OWNER TO {}").format(sql.Identifier(OWNER)))
        yield box


def wants_superuser(error: BaseException | None) -> bool:
    """Tell whether something failed because no role of a sandbox is a superuser. Pure."""
    while error is not None:
        if isinstance(error, psycopg.Error) and (
            error.sqlstate == "42501" or (error.sqlstate == "42704" and any(f'"{m}"' in str(error) for m in _MACHINE))
        ):
            return True
        error = error.__cause__
    return False


@functools.cache
def _mark() -> str:
    """Return what no file can know beforehand; one a process, so that the same owners stand in all of its catalogs."""
    return secrets.token_hex(6)


def _close(server: Server) -> str:
    """Hide the superuser and delete the roles that open the machine; return the superuser's new name. Writes."""
    mark = _mark()
    keeper, helper = f"slate_keeper_{mark}", f"slate_helper_{mark}"
    with connect(server.url(_SPARE)) as connection:
        connection.execute(sql.SQL("CREATE ROLE {} SUPERUSER LOGIN").format(sql.Identifier(helper)))
    with connect(server.url(_SPARE), user=helper) as connection:  # nobody can rename himself
        connection.execute(sql.SQL("ALTER ROLE postgres RENAME TO {}").format(sql.Identifier(keeper)))
    with connect(server.url(_SPARE), user=keeper) as connection:
        connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(helper)))
        connection.execute("SET allow_system_table_mods = on")
        connection.execute("DELETE FROM pg_catalog.pg_authid WHERE rolname = ANY(%s)", [_MACHINE])
    return keeper


@contextlib.contextmanager
def bounded(box: Sandbox, connection: Connection, seconds: float) -> Iterator[None]:
    """Terminate a session of the sandbox that works longer than this, whatever it has set or catches."""
    pid = connection.info.backend_pid

    def terminate() -> None:
        with contextlib.suppress(psycopg.Error, ServerError), box.keep() as keeper:
            keeper.execute("SELECT pg_catalog.pg_terminate_backend(%s)", [pid])

    timer = threading.Timer(seconds, terminate)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()

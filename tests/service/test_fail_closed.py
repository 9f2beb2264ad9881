# ruff: noqa: PT012 - the block of a session is what is tested
"""A session cannot run one statement as its login, and the next borrower finds nothing; with and without PgBouncer."""

from __future__ import annotations

import asyncio
import contextlib

import psycopg
import pytest
from psycopg.rows import dict_row

from slate_pg.errors import Misuse
from slate_pg.service.guard import SessionEnded, ends_transaction
from slate_pg.service.session import AsyncSessions, Sessions

from .conftest import LOGIN
from .test_pooler import bouncer, found_program

FORMS = ["direct", "pooler"]
ENDINGS = [
    "COMMIT", "commit;", "END", "ABORT", "ROLLBACK", "ROLLBACK WORK", "COMMIT AND CHAIN", "ROLLBACK AND CHAIN",
    "rollback /* to */ and chain", ";; -- x\n/* /* nested */ */ Commit", "PREPARE TRANSACTION 'x'", "COMMIT PREPARED 'x'",
]  # fmt: skip


@pytest.fixture
def owned(db_committed):
    """The plain login, given rights of its own in this database, on what people may not see: what an escape would show."""
    db_committed.connection.execute(f"""
        CREATE TABLE flourish.secret AS SELECT 42 AS x;
        CREATE TABLE flourish.notes (body text);
        GRANT USAGE ON SCHEMA flourish TO {LOGIN};
        GRANT SELECT ON flourish.secret TO {LOGIN};
        GRANT SELECT, INSERT ON flourish.notes TO authenticated_users, {LOGIN}
    """)
    database = db_committed.connection.info.dbname
    db_committed.connection.execute(f'GRANT TEMP ON DATABASE "{database}" TO {LOGIN}, authenticated_users')
    return db_committed


@pytest.fixture(params=FORMS)
def pooler(request):
    return request.param == "pooler"


@pytest.fixture
def terms(owned, pooler):
    """How to make sessions of one connection, so that the next borrower gets the same."""
    info = owned.connection.info
    common = {"schema": "flourish", "min_size": 1, "max_size": 1, "pooler": pooler}
    with contextlib.ExitStack() as stack:
        home, port = info.host, info.port
        if pooler:
            if not (program := found_program()):
                pytest.skip("pgbouncer is not installed on this machine")
            home, port = stack.enter_context(bouncer(program, info, size=1)), 6432
        yield {"url": f"postgresql://{LOGIN}@/{info.dbname}?host={home}&port={port}", **common}


@pytest.fixture
def sessions(terms):
    with Sessions(**terms) as pool:
        yield pool


@pytest.mark.parametrize("statement", ENDINGS)
def test_a_statement_that_would_end_the_transaction_is_refused_and_undoes_the_block(sessions, owned, statement):
    with pytest.raises(SessionEnded, match="would end the session's transaction"), sessions.session("T1") as connection:
        connection.execute("INSERT INTO notes VALUES ('lost')")
        connection.execute(statement)
    assert owned.rows("SELECT * FROM flourish.notes") == []


@pytest.mark.parametrize("how", ["execute", "prepared", "many", "stream", "copy", "named", "pipeline", "bytes"])
@pytest.mark.parametrize(
    "text", ["COMMIT; SELECT x FROM flourish.secret", "SELECT 1; COMMIT; SELECT x FROM flourish.secret"]
)
def test_nothing_runs_behind_a_commit_in_the_same_text(sessions, how, text):
    seen = []
    with pytest.raises((SessionEnded, psycopg.Error)), sessions.session("T1") as connection:
        with connection.cursor() as cursor:
            if how in ("execute", "bytes"):
                cursor.execute(text.encode() if how == "bytes" else text)
            elif how == "prepared":
                cursor.execute(text, prepare=True)
            elif how == "many":
                cursor.executemany(text, [(), ()], returning=True)
            elif how == "stream":
                seen += list(cursor.stream(text))
            elif how == "copy":
                with cursor.copy(
                    text.replace("SELECT x FROM flourish.secret", "COPY flourish.secret TO STDOUT")
                ) as copy:
                    seen += list(copy)
            elif how == "named":
                connection.cursor("mine").execute(text)
            else:
                with connection.pipeline():
                    cursor.execute("SELECT 1")
                    cursor.execute(text)
        seen += cursor.fetchall()
    assert seen in ([], [(1,)])


def test_a_caught_refusal_leaves_the_person_the_person(sessions):
    with sessions.session("T1") as connection:
        with pytest.raises(SessionEnded):
            connection.execute("COMMIT AND CHAIN")
        assert connection.execute("SELECT current_user::text").fetchone() == ("flourish_people",)
        for refused in (connection.commit, connection.rollback):
            with pytest.raises(SessionEnded, match="by itself"):
                refused()
        with pytest.raises(psycopg.ProgrammingError):
            connection.autocommit = False


@pytest.mark.parametrize("ending", [b"COMMIT", b"COMMIT AND CHAIN", b"ROLLBACK; BEGIN", b"COMMIT; BEGIN"])
def test_an_end_beneath_the_cursors_is_noticed_and_nothing_of_the_rest_is_kept(sessions, owned, ending):
    with pytest.raises(SessionEnded), sessions.session("T1") as connection:
        connection.pgconn.exec_(ending)
        connection.pgconn.exec_(b"INSERT INTO flourish.notes VALUES ('as the login')" if b" " in ending else b"")
        if ending == b"COMMIT":
            connection.execute("SELECT x FROM flourish.secret")
    assert owned.rows("SELECT * FROM flourish.notes") == []
    with sessions.session("T2") as connection:
        assert connection.execute("SELECT current_user::text").fetchone() == ("flourish_people",)


def test_a_connection_kept_beyond_its_block_runs_nothing(sessions):
    with sessions.session("T1") as connection:
        cursor = connection.cursor()
    for late in (connection.execute, cursor.execute):
        with pytest.raises(SessionEnded, match="is over"):
            late("SELECT x FROM flourish.secret")


def test_savepoints_and_copies_work(sessions, owned):
    with sessions.session("T1") as connection:
        connection.execute("SAVEPOINT a")
        connection.execute("INSERT INTO notes VALUES ('undone')")
        connection.execute("ROLLBACK TO SAVEPOINT a")
        connection.execute("rollback work to a")
        connection.execute("RELEASE a")
        with contextlib.suppress(psycopg.errors.UndefinedTable), connection.transaction():
            connection.execute("SELECT * FROM no_such_table")
        with connection.transaction():
            connection.execute("INSERT INTO notes VALUES ('kept')")
        with connection.cursor() as cursor:
            with cursor.copy("COPY notes FROM STDIN") as copy:
                copy.write_row(("copied",))
            with cursor.copy("COPY (SELECT body FROM notes) TO STDOUT") as copy:
                assert sorted(copy.rows()) == [("copied",), ("kept",)]
            cursor.executemany("INSERT INTO notes VALUES (%s)", [("one",), ("two",)])
        assert list(connection.cursor("named").execute("SELECT current_user::text")) == [("flourish_people",)]
    assert sorted(owned.rows("SELECT body FROM flourish.notes")) == [("copied",), ("kept",), ("one",), ("two",)]


def test_a_block_that_swallows_a_failed_statement_is_told_that_nothing_was_kept(sessions, owned):
    with pytest.raises(SessionEnded, match="nothing was kept"), sessions.session("T1") as connection:
        connection.execute("INSERT INTO notes VALUES ('lost')")
        with contextlib.suppress(psycopg.Error):
            connection.execute("SELECT 1 / 0")
    assert owned.rows("SELECT * FROM flourish.notes") == []


LEAVE = [
    "CREATE TEMP TABLE left_over AS SELECT 1 AS x",
    "DECLARE held CURSOR WITH HOLD FOR SELECT 7",
    "SELECT pg_advisory_lock(99)",
    "LISTEN mine",
    "SET ROLE flourish_people",
    "SET app.user_id = 'T1'",
    "SET statement_timeout = '7s'",
    "SET search_path = pg_temp",
    "CREATE TEMP SEQUENCE counted",
    "SELECT nextval('counted')",
]
LEFT = """
    SELECT
        (SELECT count(*) FROM pg_class WHERE relname IN ('left_over', 'counted')),
        (SELECT count(*) FROM pg_cursors WHERE name <> ''),
        (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database =
            (SELECT oid FROM pg_database WHERE datname = current_database())),
        (SELECT count(*) FROM pg_listening_channels()),
        current_user::text,
        coalesce(current_setting('app.user_id', true), ''),
        current_setting('statement_timeout')
"""
CLEAN = (0, 0, 0, 0, LOGIN, "", "0")


@pytest.mark.parametrize("how", ["kept", "error", "sql error", "swallowed"])
def test_the_next_borrower_finds_nothing_of_the_last(sessions, terms, how):
    expected = {"kept": None, "error": KeyError, "sql error": psycopg.Error, "swallowed": SessionEnded}[how]
    with pytest.raises(expected) if expected else contextlib.nullcontext(), sessions.session("T1") as connection:
        for statement in LEAVE:
            connection.execute(statement)
        connection.row_factory = dict_row
        if how == "error":
            raise KeyError
        if how != "kept":
            with contextlib.suppress(psycopg.Error) if how == "swallowed" else contextlib.nullcontext():
                connection.execute("SELECT 1 / 0")
    with sessions.session(role=None) as connection:
        assert connection.execute(LEFT).fetchone() == CLEAN
    if terms["pooler"]:  # and neither does another client of the same pooler
        with psycopg.connect(terms["url"], prepare_threshold=None) as stranger:
            assert stranger.execute(LEFT).fetchone() == CLEAN


def test_behind_a_pooler_nothing_is_prepared_by_name(sessions, terms):
    if not terms["pooler"]:
        pytest.skip("without a pooler DISCARD ALL takes prepared statements away")
    with pytest.raises(SessionEnded, match="PREPARE would outlive"), sessions.session() as connection:
        connection.execute("PREPARE mine AS SELECT 1")


def test_a_connection_lost_in_the_block_is_replaced(sessions, owned):
    with pytest.raises(psycopg.OperationalError), sessions.session("T1") as connection:
        pid = connection.execute("SELECT pg_backend_pid()").fetchone()[0]
        owned.execute("SELECT pg_terminate_backend(%s, 5000)", pid)
        connection.execute("SELECT 1")
    with sessions.session("T2") as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def asynchronous(terms, work):
    async def whole():
        async with AsyncSessions(**terms) as pool:
            return await work(pool)

    return asyncio.run(whole())


@pytest.mark.parametrize(
    "statement", ["COMMIT", "COMMIT AND CHAIN", "COMMIT; SELECT x FROM flourish.secret", "SELECT 1; COMMIT"]
)
def test_the_asynchronous_ones_refuse_the_end_too(terms, owned, statement):
    async def work(pool):
        with pytest.raises((SessionEnded, psycopg.errors.SyntaxError)):
            async with pool.session("T1") as connection:
                await connection.execute("INSERT INTO notes VALUES ('lost')")
                await connection.execute(statement)
        with pytest.raises(SessionEnded):
            async with pool.session("T1") as connection:
                connection.pgconn.exec_(b"COMMIT AND CHAIN")
        with pytest.raises(SessionEnded):
            async with pool.session("T1") as connection:
                await connection.commit()

    asynchronous(terms, work)
    assert owned.rows("SELECT * FROM flourish.notes") == []


@pytest.mark.parametrize("how", ["kept", "error", "cancelled"])
def test_the_asynchronous_ones_leave_nothing_either(terms, how):
    async def leave(pool):
        async with pool.session("T1") as connection:
            for statement in LEAVE:
                await connection.execute(statement)
            if how == "error":
                raise KeyError
            if how == "cancelled":
                await connection.execute("SELECT pg_sleep(60)")

    async def work(pool):
        task = asyncio.ensure_future(leave(pool))
        if how == "cancelled":
            await asyncio.sleep(0.3)
            task.cancel()
        with contextlib.suppress(KeyError, asyncio.CancelledError):
            await task
        async with pool.session(role=None) as connection:
            return await (await connection.execute(LEFT)).fetchone()

    assert asynchronous(terms, work) == CLEAN


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"min_size": 5, "max_size": 2}, "5 to 2 connections"),
        ({"min_size": -1}, "-1 to 20"),
        ({"max_size": 0, "min_size": 0}, "0 to 0"),
        ({"max_size": 2.5}, "2.5"),
        ({"max_size": True}, "True"),
        ({"wait_seconds": -1}, "wait_seconds cannot be -1"),
        ({"wait_seconds": 0}, "wait_seconds"),
        ({"wait_seconds": float("nan")}, "nan"),
        ({"max_idle_seconds": -3}, "max_idle_seconds"),
        ({"max_lifetime_seconds": "3600"}, "max_lifetime_seconds"),
        ({"min_sze": 1}, 'no term "min_sze"'),
        ({"conninfo": "x"}, 'no term "conninfo"'),
        ({"autocommit": False}, 'no term "autocommit"'),
        ({"cursor_factory": psycopg.Cursor}, 'no term "cursor_factory"'),
        ({"schema": "pg_x"}, "cannot be a schema"),
        ({"shared": ""}, "cannot be a schema"),
        ({"url": "postgresql://u:pa ss@h/d"}, "cannot be read"),
    ],
)
@pytest.mark.parametrize("kind", [Sessions, AsyncSessions])
def test_terms_that_cannot_be_are_refused_before_anything_is_opened(kind, bad, said):
    with pytest.raises(Misuse) as refused:
        kind(**{"url": "host=/nowhere", "schema": "flourish", **bad})
    assert said in refused.value.message
    assert refused.value.hint


@pytest.mark.parametrize(
    "text", [b"SELECT 'COMMIT'", b"ROLLBACK TO a", b"rollback transaction\n to savepoint a", b"PREPARE x AS SELECT 1",
             b"-- COMMIT\nSELECT 1", b"/* COMMIT */ SELECT 1", b"", b"committed", b"\"commit\"", b"/* open"],
)  # fmt: skip
def test_what_only_looks_like_an_end_is_none(text):
    assert not ends_transaction(text)

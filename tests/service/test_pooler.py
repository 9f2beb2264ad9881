"""Through PgBouncer in transaction mode: 200 sessions share 20 connections and nobody sees what is another's."""

import asyncio
import contextlib
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import psycopg
import pytest

from slate_pg.postgres.account import server_account
from slate_pg.service.session import AsyncSessions, Sessions

PEOPLE = 200
SERVER_CONNECTIONS = 20
ROUNDS = 5
ROWS_EACH = 3


def found_program():
    return shutil.which("pgbouncer") or ("/usr/sbin/pgbouncer" if Path("/usr/sbin/pgbouncer").exists() else None)


@pytest.fixture(scope="module")
def program():
    found = found_program()
    if not found:
        pytest.skip("pgbouncer is not installed on this machine")
    return found


@pytest.fixture
def pooled(program, db_committed):
    """The connection string of PgBouncer before the test's database; the login is a service's, no superuser."""
    info = db_committed.connection.info
    db_committed.connection.execute("""
        CREATE TABLE flourish.letters (owner text NOT NULL, body text NOT NULL);
        ALTER TABLE flourish.letters ENABLE ROW LEVEL SECURITY;
        GRANT SELECT, INSERT ON flourish.letters TO authenticated_users;
        CREATE POLICY own ON flourish.letters TO authenticated_users
            USING (owner = (SELECT core.setting_text('app.user_id')))
    """)
    db_committed.execute(
        "INSERT INTO flourish.letters SELECT format('P%%s', p), 'to P' || p FROM generate_series(1, %s) AS p"
        " CROSS JOIN generate_series(1, %s)", PEOPLE, ROWS_EACH,
    )  # fmt: skip
    with bouncer(program, info) as home:
        yield f"postgresql://pooled_login@/{info.dbname}?host={home}&port=6432"


@contextlib.contextmanager
def bouncer(program, info, size=SERVER_CONNECTIONS, login="pooled_login", mode="transaction", more=""):
    home = Path(tempfile.mkdtemp(prefix="bouncer-", dir="/tmp"))
    account = server_account()
    (home / "users").write_text(f'"{login}" ""\n')
    (home / "pgbouncer.ini").write_text(f"""
[databases]
{info.dbname} = host={info.host} port={info.port} dbname={info.dbname}
[pgbouncer]
listen_addr =
listen_port = 6432
unix_socket_dir = {home}
auth_type = trust
auth_file = {home}/users
pool_mode = {mode}
default_pool_size = {size}
max_client_conn = 400
{more}
""")
    for path in (home, *home.iterdir()):
        os.chown(path, account.uid, account.gid)
    process = subprocess.Popen(
        [program, "-q", str(home / "pgbouncer.ini")], stderr=subprocess.PIPE, cwd="/", **account.arguments
    )
    try:
        end = time.monotonic() + 90
        while not (home / ".s.PGSQL.6432").exists():
            assert process.poll() is None, process.stderr.read()
            assert time.monotonic() < end
            time.sleep(0.02)
        yield home
    finally:
        process.terminate()
        process.wait()
        process.stderr.close()
        shutil.rmtree(home, ignore_errors=True)


def used(db):
    """Return how many connections PgBouncer holds to the server."""
    return db.value("SELECT count(*) FROM pg_stat_activity WHERE usename = 'pooled_login'")


READ = "SELECT owner, core.setting_text('app.user_id'), pg_backend_pid() FROM letters"


def judge(counted, name, rows):
    """Count what one session saw: rows of its own, rows of others, another's identity."""
    counted["own"] += sum(owner == name for owner, _, _ in rows)
    counted["foreign"] += sum(owner != name for owner, _, _ in rows)
    counted["identity"] += sum(who != name for _, who, _ in rows)
    for *_, pid in rows:
        counted[("server", pid)] += 1


def report(counted):
    servers = [key for key in counted if isinstance(key, tuple)]
    assert counted["foreign"] == 0
    assert counted["identity"] == 0
    assert counted["own"] == PEOPLE * ROUNDS * ROWS_EACH
    assert 1 < len(servers) <= SERVER_CONNECTIONS


def test_two_hundred_sessions_on_twenty_connections_see_no_row_of_another(pooled, db_committed):
    counted = Counter()
    lock = threading.Lock()
    together = threading.Barrier(PEOPLE)
    with Sessions(pooled, "flourish", pooler=True, min_size=1, max_size=PEOPLE, wait_seconds=60) as pool:

        def work(name):
            together.wait(60)
            for _ in range(ROUNDS):
                with pool.session(user_id=name) as connection:
                    rows = connection.execute(READ).fetchall()
                with lock:
                    judge(counted, name, rows)

        threads = [threading.Thread(target=work, args=(f"P{i}",)) for i in range(1, PEOPLE + 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert used(db_committed) <= SERVER_CONNECTIONS
    report(counted)


def test_two_hundred_asynchronous_sessions_see_no_row_of_another(pooled, db_committed):
    counted = Counter()

    async def one(pool, name):
        for _ in range(ROUNDS):
            async with pool.session(user_id=name) as connection:
                judge(counted, name, await (await connection.execute(READ)).fetchall())

    async def whole():
        terms = {"pooler": True, "min_size": 1, "max_size": PEOPLE, "wait_seconds": 60}
        async with AsyncSessions(pooled, "flourish", **terms) as pool:
            await asyncio.gather(*(one(pool, f"P{i}") for i in range(1, PEOPLE + 1)))

    asyncio.run(whole())
    assert used(db_committed) <= SERVER_CONNECTIONS
    report(counted)


def test_the_count_shows_what_a_naive_service_leaks(pooled):
    """The control: identity set for the connection, as one would without a pooler, is seen by the next client."""
    counted = Counter()
    with (
        psycopg.connect(pooled, autocommit=True, prepare_threshold=None) as one,
        psycopg.connect(pooled, autocommit=True, prepare_threshold=None) as other,
    ):
        for connection, name in ((one, "P1"), (other, "P2")):
            connection.execute("SET ROLE flourish_people")
            connection.execute(f"SET search_path = core; SET app.user_id = '{name}'")
        judge(counted, "P1", one.execute(READ.replace("letters", "flourish.letters")).fetchall())
    assert counted["foreign"] == ROWS_EACH


def test_what_a_service_sets_for_the_connection_reaches_nobody_behind_the_pooler(pooled):
    with Sessions(pooled, "flourish", pooler=True, min_size=2, max_size=2) as pool:
        for _ in range(3):
            with pool.session(user_id="P1") as connection:
                connection.execute("SET statement_timeout = '7s'")
                connection.execute("SET app.user_id = 'P2'")
        for _ in range(3):
            with pool.session(user_id="P1") as connection:
                assert connection.execute("SHOW statement_timeout").fetchone() == ("0",)
                assert {row[0] for row in connection.execute(READ)} == {"P1"}
    with psycopg.connect(pooled, prepare_threshold=None) as stranger:
        assert stranger.execute("SELECT nullif(current_setting('app.user_id', true), '')").fetchone() == (None,)


def test_what_is_deferred_to_the_commit_is_checked_as_the_person(pooled, db_committed):
    db_committed.connection.execute("""
        CREATE FUNCTION flourish.note_who() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'deferred as %', core.setting_text('app.user_id'); END $$;
        GRANT EXECUTE ON FUNCTION flourish.note_who() TO authenticated_users;
        CREATE CONSTRAINT TRIGGER late AFTER INSERT ON flourish.letters DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION flourish.note_who()
    """)
    with (
        Sessions(pooled, "flourish", pooler=True, min_size=1, max_size=1) as pool,
        pytest.raises(psycopg.errors.RaiseException, match="deferred as P7"),
        pool.session(user_id="P7") as connection,
    ):
        connection.execute("INSERT INTO letters VALUES ('P7', 'late')")


def test_an_often_repeated_statement_is_not_prepared_on_a_connection_that_is_not_ours(pooled):
    with Sessions(pooled, "flourish", pooler=True, min_size=1, max_size=1) as pool:
        for _ in range(20):
            with pool.session(user_id="P1") as connection:
                connection.execute("SELECT count(*) FROM letters WHERE owner = %s", ["P1"])
        with pool.session(user_id="P1") as connection:
            assert connection.execute("SELECT count(*) FROM pg_prepared_statements").fetchone() == (0,)

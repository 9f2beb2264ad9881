"""What a service may rely on: bounded waiting, commit or rollback, and no trace of the caller before."""

import threading

import psycopg
import pytest

from slate_pg.errors import Busy
from slate_pg.service.session import Sessions


@pytest.fixture
def sessions(url):
    with Sessions(url, "flourish", min_size=1, max_size=2, wait_seconds=0.2) as pool:
        yield pool


@pytest.fixture
def notes(db_committed):
    db_committed.execute("CREATE TABLE flourish.notes (body text)")
    db_committed.execute("GRANT INSERT, SELECT ON flourish.notes TO authenticated_users")
    return db_committed


def test_a_session_commits_what_its_block_did(sessions, notes):
    with sessions.session(user_id="T001") as connection:
        connection.execute("INSERT INTO notes VALUES ('kept')")
    assert notes.rows("SELECT body FROM flourish.notes") == [("kept",)]


def test_an_error_in_the_block_rolls_back_and_is_passed_on(sessions, notes):
    with pytest.raises(KeyError), sessions.session(user_id="T001") as connection:  # noqa: PT012 - the block is the test
        connection.execute("INSERT INTO notes VALUES ('lost')")
        raise KeyError("caller's own")
    assert notes.rows("SELECT body FROM flourish.notes") == []


def test_an_error_gives_the_connection_back(sessions):
    for _ in range(5):  # more often than there are connections
        with pytest.raises(psycopg.errors.UndefinedTable), sessions.session() as connection:
            connection.execute("SELECT * FROM no_such_table")
    assert sessions.stats()["pool_size"] <= 2


def test_inside_the_session_one_is_the_role_and_the_person(sessions):
    with sessions.session(user_id="T001") as connection:
        who = connection.execute("SELECT current_user, core.setting_text('app.user_id')").fetchone()
    assert who == ("flourish_people", "T001")


def test_without_a_person_nobody_is_logged_in(sessions):
    with sessions.session(user_id="T001"):
        pass
    with sessions.session() as connection:
        assert connection.execute("SELECT core.setting_text('app.user_id')").fetchone() == (None,)


def test_role_none_keeps_the_logins_own_role(sessions):
    with sessions.session(role=None) as connection:
        assert connection.execute("SELECT current_user = session_user").fetchone() == (True,)


def test_a_setting_made_for_the_connection_is_gone_for_the_next_caller(url):
    with Sessions(url, "flourish", min_size=1, max_size=1) as pool:
        with pool.session(role=None) as connection:
            first = connection.info.backend_pid
            connection.execute("SET statement_timeout = '7s'")
            connection.execute("SET app.user_id = 'leaked'")
        with pool.session(role=None) as connection:
            assert connection.info.backend_pid == first
            assert connection.execute("SHOW statement_timeout").fetchone() == ("0",)
            assert connection.execute("SELECT nullif(current_setting('app.user_id', true), '')").fetchone() == (None,)


def test_waiting_for_a_connection_is_bounded_and_the_error_says_how_long(sessions):
    with sessions.session(), sessions.session(), pytest.raises(Busy, match=r"free within 0\.2 s"), sessions.session():
        pytest.fail("a third connection was lent out of two")


def test_a_connection_that_died_is_replaced_before_it_is_lent(url, db_committed):
    with Sessions(url, "flourish", min_size=1, max_size=1) as pool:
        with pool.session(role=None) as connection:
            pid = connection.info.backend_pid
        db_committed.execute("SELECT pg_terminate_backend(%s, 5000)", pid)
        with pool.session(role=None) as connection:
            assert connection.execute("SELECT pg_backend_pid() <> %s", [pid]).fetchone() == (True,)


def test_many_callers_never_see_each_others_identity(url):
    wrong: list[tuple[str, str]] = []
    with Sessions(url, "flourish", min_size=2, max_size=4) as pool:

        def work(name: str) -> None:
            for _ in range(20):
                with pool.session(user_id=name) as connection:
                    seen = connection.execute("SELECT core.setting_text('app.user_id')").fetchone()[0]
                    if seen != name:
                        wrong.append((name, seen))

        threads = [threading.Thread(target=work, args=(f"T{i:03}",)) for i in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []


def test_the_password_never_shows_in_the_error(db_committed):
    with Sessions("postgresql://u:hunter2@127.0.0.1:1/x", "flourish", min_size=0, wait_seconds=0.2) as pool:
        with pytest.raises(Busy) as caught, pool.session():
            pytest.fail("there is no such server")
        assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("pooler", [False, True])
def test_the_context_is_set_by_set_local_which_poolers_and_engines_see(url, pooler):
    with Sessions(url, "flourish", min_size=1, max_size=1, pooler=pooler) as pool:
        with pool.session(user_id="it's \\ me") as connection:
            (query,) = connection.execute(
                "SELECT current_setting('app.user_id') || '|' || current_setting('role') || '|' || current_schema()"
            ).fetchone()
        begin, keep = pool.begin(connection, "T%s1", None)
    assert query == "it's \\ me|flourish_people|flourish"
    for word in ("search_path", "app.user_id", "role"):
        assert f"SET LOCAL {word} " in begin.as_string()
    assert "set_config" not in begin.as_string() + keep.as_string()

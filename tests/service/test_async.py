"""The asynchronous sessions promise what the others do."""

import asyncio

import psycopg
import pytest

from slate_pg.errors import Busy
from slate_pg.service.session import AsyncSessions

IDENTITY = "SELECT current_user, core.setting_text('app.user_id')"


@pytest.fixture
def notes(db_committed):
    db_committed.execute("CREATE TABLE flourish.notes (body text)")
    db_committed.execute("GRANT INSERT, SELECT ON flourish.notes TO authenticated_users")
    return db_committed


def run(url, work, **terms):
    async def whole():
        async with AsyncSessions(
            url, "flourish", **{"min_size": 1, "max_size": 2, "wait_seconds": 0.2, **terms}
        ) as pool:
            return await work(pool)

    return asyncio.run(whole())


def test_it_commits_what_the_block_did_and_rolls_back_on_an_error(url, notes):
    async def work(pool):
        async with pool.session(user_id="T001") as connection:
            await connection.execute("INSERT INTO notes VALUES ('kept')")
        with pytest.raises(KeyError):  # noqa: PT012 - the block is the test
            async with pool.session(user_id="T001") as connection:
                await connection.execute("INSERT INTO notes VALUES ('lost')")
                raise KeyError("caller's own")

    run(url, work)
    assert notes.rows("SELECT body FROM flourish.notes") == [("kept",)]


def test_inside_one_is_the_role_and_the_person_and_outside_nobody(url):
    async def work(pool):
        seen = []
        for user in ("T001", None):
            async with pool.session(user_id=user) as connection:
                seen.append(await (await connection.execute(IDENTITY)).fetchone())
        return seen

    assert run(url, work, max_size=1) == [("flourish_people", "T001"), ("flourish_people", None)]


def test_a_setting_made_for_the_connection_is_gone_for_the_next_caller(url):
    async def work(pool):
        async with pool.session(role=None) as connection:
            await connection.execute("SET statement_timeout = '7s'")
        async with pool.session(role=None) as connection:
            return await (await connection.execute("SHOW statement_timeout")).fetchone()

    assert run(url, work, max_size=1) == ("0",)


def test_an_error_gives_the_connection_back(url):
    async def work(pool):
        for _ in range(5):
            with pytest.raises(psycopg.errors.UndefinedTable):
                async with pool.session() as connection:
                    await connection.execute("SELECT * FROM no_such_table")
        return pool.stats()["pool_size"]

    assert run(url, work) <= 2


def test_waiting_is_bounded_and_the_error_says_how_long(url):
    async def work(pool):
        async with pool.session(), pool.session():
            with pytest.raises(Busy, match=r"free within 0\.2 s"):
                async with pool.session():
                    pytest.fail("a third connection was lent out of two")

    run(url, work)


def test_many_callers_never_see_each_others_identity(url):
    async def work(pool):
        async def one(name):
            wrong = 0
            for _ in range(10):
                async with pool.session(user_id=name) as connection:
                    found = await (await connection.execute(IDENTITY)).fetchone()
                    wrong += found != ("flourish_people", name)
            return wrong

        return sum(await asyncio.gather(*(one(f"T{i:03}") for i in range(20))))

    assert run(url, work, max_size=4, wait_seconds=30) == 0

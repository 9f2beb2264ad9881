"""Guarantee 4 where a lock may be lost: behind a pooler nothing is run, and a script that frees the lock is noticed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from slate_pg.errors import FileError, MigrationFailed, ServerError
from tests.migrations.test_statement_by_statement import NON
from tests.service.test_pooler import bouncer, found_program
from tests.workshop import Workshop

Pooled = Callable[..., AbstractContextManager[str]]
FREEING = (
    "CREATE TABLE t (id integer); CREATE FUNCTION free() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN PERFORM pg_advisory_unlock_all(); RETURN NEW; END $$;"
    "CREATE TRIGGER t_free BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION free();"
)


@pytest.fixture
def pooled(shop: Workshop) -> Pooled:
    """Start PgBouncer in front of the shop; yield the connection string through it."""
    program = found_program()
    if not program:
        pytest.skip("pgbouncer is not installed on this machine")

    @contextmanager
    def start(mode: str, more: str = "", size: int = 4) -> Iterator[str]:
        with bouncer(program, shop.watch.info, size, "postgres", mode, more) as home:
            yield f"postgresql://postgres@/{shop.watch.info.dbname}?host={home}&port=6432"

    return start


@pytest.mark.parametrize("mode", ["transaction", "statement"])
@pytest.mark.parametrize("more", ["", "server_round_robin = 1\nmin_pool_size = 3\nignore_startup_parameters = options"])
def test_behind_a_pooler_of_transactions_nothing_is_run(shop: Workshop, pooled: Pooled, mode: str, more: str) -> None:
    shop.write("shop_0001_t", "CREATE TABLE t (id integer);")
    shop.write("shop_0002_i", NON + "CREATE INDEX CONCURRENTLY t_idx ON t (id);")
    with pooled(mode, more) as url:
        with pytest.raises(ServerError, match="a pooler stands between") as refused:
            shop.apply(url=url)
        assert "--direct URL" in refused.value.hint
        assert not shop.exists("shop._slate_ledger")
        assert shop.slate("status", url=url).returncode == 3, "what only reads goes through it"
        done = shop.slate("apply", "--direct", shop.url, url=url)
        assert done.returncode == 0, done.stderr
        assert shop.state().is_current
        undone = shop.slate("rollback", "shop", url=url)
        assert (undone.returncode, "a pooler stands between" in undone.stderr) == (1, True)
        elsewhere = shop.slate("apply", "--direct", shop.url.replace(shop.watch.info.dbname, "postgres"), url=url)
        assert (elsewhere.returncode, "another database" in elsewhere.stderr) == (2, True)


@pytest.mark.parametrize("size", [1, 4])
def test_a_pooler_of_sessions_is_as_good_as_none(shop: Workshop, pooled: Pooled, size: int) -> None:
    """Also where it takes no options: what a session of ours has is then set by statements, for every file."""
    shop.do(f"ALTER DATABASE {shop.watch.info.dbname} SET datestyle = German")
    shop.write("shop_0001_t", "CREATE TABLE t AS SELECT '02/03/2026'::date AS d;")
    shop.write(
        "shop_0002_i", NON + "CREATE INDEX CONCURRENTLY d_idx ON t (d); CREATE TABLE u AS SELECT d::text FROM t;"
    )
    shop.write("shop_0003_v", "CREATE TABLE v AS SELECT '02/03/2026'::date::text AS d;")
    with pooled("session", size=size) as url:
        assert shop.apply(url=url) == ["shop_0001_t", "shop_0002_i", "shop_0003_v"]
    assert shop.rows("SELECT d FROM shop.u UNION ALL SELECT d FROM shop.v") == [("2026-02-03",)] * 2


@pytest.mark.parametrize("head", ["", NON])
def test_a_script_that_frees_the_lock_by_what_it_calls_is_noticed_at_once(shop: Workshop, head: str) -> None:
    shop.write("shop_0001_t", FREEING)
    path = shop.write("shop_0002_x", f"{head}\nINSERT INTO t VALUES (1);\nCREATE TABLE u ();\n")
    with pytest.raises(MigrationFailed) as failed:
        shop.apply()
    assert failed.value.message.startswith(f"{path}:3 freed" if head else f"{path} freed")
    assert not shop.exists("shop.u")
    assert shop.value("SELECT count(*) FROM shop.t") == 0
    assert shop.ledger() == ["shop_0001_t"]


@pytest.mark.parametrize("head", ["", NON])
@pytest.mark.parametrize(
    ("script", "word"),
    [
        ("SELECT 1; SELECT pg_advisory_unlock_all();", "pg_advisory_unlock_all()"),
        ("DO $$ BEGIN PERFORM pg_catalog.pg_advisory_unlock_all(); END $$;", "pg_advisory_unlock_all()"),
        ("DO $$ BEGIN EXECUTE 'DISCARD  ALL'; END $$;", "DISCARD ALL"),
        ("discard all;", "DISCARD ALL"),
    ],
)
def test_a_script_that_frees_every_lock_is_refused_by_name(shop: Workshop, head: str, script: str, word: str) -> None:
    shop.write("shop_0001_t", head + script)
    with pytest.raises(FileError) as refused:
        shop.apply()
    assert f": {word} in a migration" in refused.value.message
    assert not shop.exists("shop._slate_ledger") or shop.ledger() == []

"""What a command shows while it works: rows of a backfill and long work of the server, on a terminal and elsewhere."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import threading
import time
from pathlib import Path

import psycopg
import pytest

from slate_pg.cli import progress
from slate_pg.migrations.backfill.progress import Progress
from slate_pg.postgres.connection import connect
from slate_pg.postgres.longwork import LongWork, read_work, watching_work
from tests.published import validator
from tests.workshop import COMMAND, Workshop, eventually

FILL = "-- backfill: t, 100\nUPDATE t SET n = n + 1 WHERE id BETWEEN :from AND :to;\n"


@pytest.fixture
def slow(shop: Workshop) -> Workshop:
    """A workshop with a backfill to come that takes some seconds."""
    shop.write("shop_0001_t", "CREATE TABLE t (id integer PRIMARY KEY, n integer NOT NULL DEFAULT 0);")
    shop.apply()
    shop.do("INSERT INTO shop.t SELECT generate_series(1, 600)")
    shop.do(
        "CREATE FUNCTION shop.slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.005); RETURN new; "
        "END $$; CREATE TRIGGER slow BEFORE UPDATE ON shop.t FOR EACH ROW EXECUTE FUNCTION shop.slow()"
    )
    shop.write("shop_0002_fill", FILL)
    return shop


def test_another_session_sees_how_far_a_backfill_is(slow: Workshop) -> None:
    process = slow.start("apply")
    noted = "SELECT rows FROM shop._slate_ledger WHERE kind = 'backfill' AND rows > 100"
    eventually(lambda: slow.rows(noted), "some batches are done")
    said = slow.slate("status").stdout
    assert "  under way: shop_0002_fill (apply of a backfill): " in said
    assert " of about 600 rows, about " in said
    assert "  running: pid " in said
    assert process.wait() == 0
    assert slow.slate("status").returncode == 0


def on_a_terminal(shop: Workshop, *arguments: str) -> str:
    """Run slate with a terminal for stderr, and return what it showed there."""
    return shown_by([*COMMAND, *arguments, "--migrations", str(shop.folder.parent), "--database", shop.url])


def shown_by(command: list[str]) -> str:
    own, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "150"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, env=environment) as process:
        os.close(theirs)
        shown = b""
        try:
            while piece := os.read(own, 65536):
                shown += piece
        except OSError:  # the other side is closed
            pass
        assert process.wait() == 0, shown
    os.close(own)
    return shown.decode()


def test_a_terminal_shows_rows_and_the_time_that_is_left(slow: Workshop) -> None:
    shown = on_a_terminal(slow, "apply")
    assert " of about 600 rows, about " in shown
    assert " s left" in shown
    assert "shop_0002_fill" in shown


def test_a_terminal_shows_what_the_server_works_on(shop: Workshop) -> None:
    shop.write(
        "shop_0001_t",
        "CREATE TABLE t (id integer, n integer); INSERT INTO t SELECT g FROM generate_series(1, 50) AS g;",
    )
    shop.apply()
    shop.write(
        "shop_0002_index",
        "CREATE FUNCTION slowly(integer) RETURNS integer IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.1); "
        "RETURN $1; END $$; CREATE INDEX t_slowly ON t (slowly(id));",
    )
    shown = on_a_terminal(shop, "apply")
    assert "CREATE INDEX: building index: scanning table" in shown


def test_without_a_second_connection_nothing_is_shown_and_nothing_fails(shop: Workshop) -> None:
    shop.write("shop_0001_a", "SELECT pg_sleep(2);")
    shop.do("CREATE ROLE lonely LOGIN CONNECTION LIMIT 1; GRANT CREATE ON DATABASE "
            f'"{shop.value("SELECT current_database()")}" TO lonely')  # fmt: skip
    try:
        url = shop.url
        shop.url = url.replace("user=postgres", "user=lonely").replace("postgres@", "lonely@")
        on_a_terminal(shop, "apply")
        shop.url = url
        assert shop.ledger() == ["shop_0001_a"]
    finally:
        shop.do("DROP OWNED BY lonely CASCADE; DROP ROLE lonely")


def test_a_backfill_without_a_second_connection_says_so_and_is_done(slow: Workshop) -> None:
    slow.do("ALTER TABLE shop.t DISABLE TRIGGER slow; CREATE ROLE lonely LOGIN SUPERUSER CONNECTION LIMIT 0")
    try:
        slow.do("ALTER ROLE lonely NOSUPERUSER CONNECTION LIMIT 1; GRANT ALL ON SCHEMA shop TO lonely; "
                "GRANT ALL ON ALL TABLES IN SCHEMA shop TO lonely")  # fmt: skip
        url = slow.url.replace("user=postgres", "user=lonely").replace("postgres@", "lonely@")
        slow.apply(url=url)
        assert slow.value("SELECT count(*) FROM shop.t WHERE n = 1") == 600
        assert [w for w in slow.heard.warnings if "a second connection is refused (" in w and "too many" in w]
    finally:
        slow.do("DROP OWNED BY lonely CASCADE; DROP ROLE lonely")


def test_elsewhere_a_line_says_it_now_and_then_and_json_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "_EVERY_SECONDS", 0.0)
    for quiet in (False, True):
        with progress.watching(quiet=quiet) as watcher:
            watcher.advanced("shop_0002_fill", Progress(1_025_000, 2_500_000, 41.0))
    line, as_json = capsys.readouterr().err.splitlines()
    assert line == "  shop_0002_fill  41 %, 1,025,000 of about 2,500,000 rows, about 59 s left"
    assert json.loads(as_json) == {
        "backfill": "shop_0002_fill", "rows": 1_025_000, "about": 2_500_000, "percent": 41, "seconds": 41.0,
        "remaining_seconds": 59.0,
    }  # fmt: skip
    validator("progress").validate(json.loads(as_json))


def test_lines_are_seconds_apart(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.watching() as watcher:
        for rows in range(100):
            watcher.advanced("a", Progress(rows, 100, 1.0))
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("work", "command"),
    [("VACUUM (FULL) t", "VACUUM FULL"), ("VACUUM t", "VACUUM"), ("ANALYZE t", "ANALYZE"), ("REINDEX TABLE t", "REINDEX"),
     ("CLUSTER t USING t_pkey", "CLUSTER"), ("COPY t TO '/dev/null'", "COPY TO")],
)  # fmt: skip
def test_each_kind_of_long_work_is_read_as_the_server_counts_it(shop: Workshop, work: str, command: str) -> None:
    """Asked again and again while it is repeated: some is over in milliseconds."""
    shop.do("CREATE TABLE t (id integer PRIMARY KEY, n text); "
            "INSERT INTO t SELECT g, repeat('x', 500) FROM generate_series(1, 20000) AS g")  # fmt: skip
    over = threading.Event()

    def repeat() -> None:
        with psycopg.connect(shop.url, autocommit=True, application_name="worker") as worker:
            while not over.is_set():
                if work == "VACUUM t":
                    worker.execute("UPDATE t SET n = n")
                worker.execute(work)

    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        pid = eventually(
            lambda: shop.rows("SELECT pid FROM pg_stat_activity WHERE application_name = 'worker'"), "it is there"
        )[0][0]
        with connect(shop.url) as connection:
            found = eventually(lambda: _of_kind(read_work(connection, pid), command), f"{command} is seen")
            assert found.done <= found.total or found.total == 0
            assert str(found).startswith(f"{command}: ")
    finally:
        over.set()
        thread.join()


def test_a_base_backup_is_seen_and_shown_on_a_terminal(shop: Workshop) -> None:
    """All that the server of the tests holds by now, in about four seconds: long enough to be asked about."""
    shop.do("CREATE TABLE t AS SELECT repeat(md5(g::text), 30) AS x FROM generate_series(1, 10000) AS g; CHECKPOINT")
    rate = shop.value("SELECT greatest(32, sum(pg_database_size(oid)) / 4096)::integer FROM pg_database")
    slow = f'real = physical._run; physical._run = lambda b, p, *a, **k: real(b, p, "--max-rate={rate}", *a, **k)'
    command = [
        sys.executable,
        "-c",
        f"from slate_pg.backup import physical; {slow}; from slate_pg.cli import main; main()",
    ]
    shown = shown_by([*command, "backup", "--physical", "--to", str(shop.root / "kept"), "--database", shop.url])
    assert "base backup: streaming database files" in shown


def _of_kind(work: LongWork | None, command: str) -> LongWork | None:
    return work if work and work.command == command and work.phase else None


def test_what_watches_ends_with_what_it_watches(shop: Workshop) -> None:
    seen: list[LongWork | None] = []
    with connect(shop.url) as connection, watching_work(connection, seen.append):
        eventually(lambda: seen, "it is asked")
    number = len(seen)
    time.sleep(0.5)
    assert len(seen) == number
    ours = "SELECT 1 FROM pg_stat_activity WHERE application_name = 'slate, beside a run'"
    eventually(lambda: not shop.rows(ours), "its session is gone")


def test_the_installation_under_another_name_is_named_in_what_goes_on(shop: Workshop, tmp_path: Path) -> None:
    shop.write("shop_0001_t", "CREATE TABLE t (id integer PRIMARY KEY, n integer CHECK (n < 1));\n"
               "INSERT INTO t VALUES (1, 0), (2, 0);")  # fmt: skip
    shop.write("shop_0002_fill", FILL)
    assert shop.slate("apply", "shop", "--as", "Weird Name").returncode == 1
    said = shop.slate("status").stdout
    assert "stopped half way: shop_0002_fill" in said
    assert "`slate apply shop --as 'Weird Name'` goes on there" in said

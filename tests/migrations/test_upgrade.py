"""Guarantee 11: a ledger lives long. An older one is read by every command and upgraded, a newer one refused by name."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from slate_pg.cli import main
from slate_pg.errors import Busy, SlateError
from slate_pg.migrations import ledger, upgrade
from slate_pg.migrations.locking import Patience
from tests.migrations.test_ledger import listed, yoyo
from tests.workshop import MOMENTS, Workshop, captured, die_at, reap

OLD = (Path(__file__).parent / "ledger_version_1.sql").read_text("utf-8")
HOSTILE = ("a b", 'q"uote', "x'y;--", "ÄÖÜ", "select", "n" * 63)
FOLDER = {
    "shop_0001_authors": ("CREATE TABLE authors (id integer PRIMARY KEY);\n", "DROP TABLE authors;\n"),
    "shop_0002_books": (
        "-- Why: to \\sell ''them''\nCREATE TABLE books (id integer PRIMARY KEY, title text);\n",
        "DROP TABLE books;\n",
    ),
    "shop_0004_index": (
        "-- transactional: false\n"
        "CREATE INDEX CONCURRENTLY books_title_idx ON books (title);\n"
        "INSERT INTO books VALUES (4, 'the rest of it');\n",
        "DROP INDEX books_title_idx;\n",
    ),
}


def quoted(schema: str) -> str:
    return sql.Identifier(schema).as_string(None)


def install_old(shop: Workshop, schema: str = "shop") -> None:
    """Make an installation as commit 90fc5a5 left it, and the folder that it comes from."""
    for name, (apply, rollback) in FOLDER.items():
        shop.write(name, apply, rollback)
    jobs = shop.root / "sql" / "shop" / "jobs"
    jobs.mkdir(parents=True, exist_ok=True)
    (jobs / "prune.sql").write_text("-- schedule: 0 3 * * *\n-- why: to prune\nDELETE FROM authors WHERE id > 5\n")
    (jobs / "fail.sql").write_text("-- schedule: 0 4 * * *\n-- why: to fail\nSELECT 1/0\n")
    seeds = shop.root / "sql" / "shop" / "seeds"
    seeds.mkdir(exist_ok=True)
    (seeds / "reference.sql").write_text("INSERT INTO authors VALUES (1) ON CONFLICT DO NOTHING;\n")
    name = quoted(schema)
    shop.do(f"CREATE SCHEMA {name}; SET search_path = {name}; {OLD}; RESET search_path")


def version(shop: Workshop, schema: str = "shop") -> int:
    return ledger.find_ledgers(shop.watch)[schema]


def rows_of_the_old(shop: Workshop) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of a ledger of version 1, in the words of today."""
    log = shop.rows(
        "SELECT operation::text, migration_id::text, username::text, hostname::text, comment::text, "
        "created_at_utc AT TIME ZONE 'UTC' FROM shop._yoyo_log ORDER BY created_at_utc"
    )
    return {
        "migrations": shop.rows(
            "SELECT y.migration_id::text, s.applied_at, y.applied_at_utc AT TIME ZONE 'UTC', s.applied_by, "
            "s.checksum::text, s.body, s.rollback_checksum::text, s.rollback_body, s.rollback_transactional, "
            "s.duration_ms FROM shop._yoyo_migration AS y JOIN shop._slate_migration AS s USING (migration_id) "
            "ORDER BY 1"
        ),
        "history": log,
        "statements": shop.rows(
            "SELECT direction || ' statement', migration_id::text, number::bigint, total, checksum::text, "
            "started_at, finished_at FROM shop._slate_statement ORDER BY 1, 2, 3"
        ),
        "seeds": shop.rows("SELECT seed, checksum::text, applied_at FROM shop._slate_seed ORDER BY 1"),
        "jobs": shop.rows(
            "SELECT id, job, attempt, started_at, finished_at, rows, error, run_by FROM shop._slate_job_run ORDER BY 1"
        ),
    }


def rows_of_the_new(shop: Workshop, schema: str = "shop") -> dict[str, list[tuple[Any, ...]]]:
    table = f"{quoted(schema)}._slate_ledger"
    return {
        "migrations": shop.rows(
            "SELECT key, began_at, ended_at, who, checksum, body, rollback_checksum, rollback_body, "
            f"rollback_transactional, duration_ms FROM {table} WHERE kind = 'migration' ORDER BY 1"
        ),
        "history": shop.rows(
            f"SELECT kind, key, who, host, note, ended_at FROM {table} "
            "WHERE kind IN ('apply', 'rollback', 'mark', 'unmark') ORDER BY ended_at"
        ),
        "statements": shop.rows(
            f"SELECT kind, key, number, total, checksum, began_at, ended_at FROM {table} "
            "WHERE kind LIKE '% statement' ORDER BY 1, 2, 3"
        ),
        "seeds": shop.rows(f"SELECT key, checksum, ended_at FROM {table} WHERE kind = 'seed' ORDER BY 1"),
        "jobs": shop.rows(
            "SELECT number, key, attempt, began_at, ended_at, rows, note, who "
            f"FROM {table} WHERE kind = 'job' ORDER BY 1"
        ),
    }


def upgraded(shop: Workshop, schema: str = "shop") -> None:
    with shop.run(schema) as run:
        upgrade.create(run.connection, schema)


def test_an_upgrade_loses_no_row_of_the_ledger(shop: Workshop) -> None:
    install_old(shop)
    old = rows_of_the_old(shop)
    assert all(old.values()), "the fixture has rows of every kind"
    upgraded(shop)
    assert version(shop) == ledger.VERSION
    assert rows_of_the_new(shop) == old
    kept = shop.value("SELECT array_agg(relname::text ORDER BY relname) FROM pg_class "
                      "WHERE relname ~ '(yoyo|slate)' AND relkind IN ('r', 'v', 'S') AND relnamespace = 'shop'::regnamespace")  # fmt: skip
    assert kept == ["_slate_ledger", "_yoyo_log", "_yoyo_migration", "_yoyo_version"]


def test_a_ledger_that_was_upgraded_is_what_a_new_one_is(shop: Workshop) -> None:
    install_old(shop)
    upgraded(shop)
    upgraded(shop, "fresh")

    def described(schema: str) -> list[tuple[Any, ...]]:
        return shop.rows(
            "SELECT c.relname, c.relkind, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, "
            "pg_get_expr(d.adbin, d.adrelid), obj_description(c.oid), c.reloptions::text "
            "FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 "
            "LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum "
            "WHERE c.relnamespace = %s::regnamespace AND c.relname ~ 'slate|yoyo' AND c.relkind <> 'i' "
            "ORDER BY c.relname, a.attnum",
            schema,
        ) + shop.rows(
            "SELECT r.rulename, replace(pg_get_ruledef(r.oid), %s || '.', '') FROM pg_rewrite AS r "
            "JOIN pg_class AS c ON c.oid = r.ev_class WHERE c.relnamespace = %s::regnamespace ORDER BY 1, 2",
            schema, schema,
        )  # fmt: skip

    assert described("shop") == described("fresh")


def make_second(shop: Workshop) -> None:
    """Take a ledger of today back to version 2, as the Slate of then made it."""
    kinds = "'migration', 'apply', 'rollback', 'mark', 'unmark', 'apply statement', 'rollback statement', 'seed', 'job'"
    shop.do(
        "ALTER TABLE shop._slate_ledger DROP COLUMN variables; "
        f"ALTER TABLE shop._slate_ledger DROP CONSTRAINT _slate_ledger_version_{ledger.VERSION}; "
        f"ALTER TABLE shop._slate_ledger ADD CONSTRAINT _slate_ledger_version_2 CHECK (kind IN ({kinds})); "
        "COMMENT ON TABLE shop._slate_ledger IS 'as it was then'"
    )


def test_a_ledger_of_version_2_is_read_as_it_is_and_becomes_what_a_new_one_is(shop: Workshop) -> None:
    for name, (apply, rollback) in FOLDER.items():
        shop.write(name, apply, rollback)
    shop.apply(to="shop_0001_authors")
    make_second(shop)
    before = rows_of_the_new(shop)
    reading = shop.slate("status", "--json", url=shop.read_only_url)
    assert (version(shop), reading.returncode) == (2, 3), reading.stderr
    assert shop.slate("apply", "shop", "--dry-run").returncode == 0
    assert version(shop) == 2, "what reads has only read"
    assert shop.apply() != []
    assert version(shop) == ledger.VERSION
    assert rows_of_the_new(shop)["migrations"][:1] == before["migrations"]
    shop.slate("apply", "shop", "--as", "fresh")
    columns = (
        "SELECT attname, format_type(atttypid, atttypmod), obj_description(attrelid) FROM pg_attribute "
        "WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
    )
    assert shop.rows(columns, "shop._slate_ledger") == shop.rows(columns, "fresh._slate_ledger")


COMMANDS = (
    ("status", "--json"),
    ("jobs", "list", "--json"),
    ("jobs", "due", "--json"),
    ("doctor", "--json"),
    ("access", "--json"),
    ("drift", "--json"),
    ("apply", "--dry-run", "--json"),
    ("plan", "--json"),
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_command_that_reads_says_the_same_before_and_after_an_upgrade(
    shop: Workshop, command: tuple[str, ...]
) -> None:
    install_old(shop)
    url = "" if command[0] == "plan" else shop.read_only_url  # a rehearsal makes a database of its own
    before = shop.slate(*command, url=url)
    assert version(shop) == 1, f"{command[0]} has only read"
    upgraded(shop)
    after = shop.slate(*command, url=url)
    assert (before.returncode, shape(before.stdout)) == (after.returncode, shape(after.stdout)), after.stderr
    assert before.returncode in (0, 3), before.stderr


def shape(text: str) -> Any:
    """Return a JSON document without what no two runs have alike."""
    found = json.loads(text)
    found.pop("sql", None)  # it holds the upgrade itself
    return without_times(found)


def without_times(value: Any) -> Any:
    """Return the same without times, and without what was measured of the server to estimate them."""
    if isinstance(value, dict):
        return {k: without_times(v) for k, v in value.items() if k not in ("held_ms", "seconds", "basis")}
    return [without_times(v) for v in value] if isinstance(value, list) else value


def test_an_interrupted_script_goes_on_after_the_upgrade_where_it_stopped(shop: Workshop) -> None:
    install_old(shop)
    [unfinished] = shop.state().interrupted
    assert (unfinished.id, unfinished.finished, unfinished.total) == ("shop_0004_index", 1, 2)
    assert shop.apply() == ["shop_0004_index"], "its first statement is not run again: the index is there"
    assert shop.rows("SELECT title FROM shop.books") == [("the rest of it",)]
    assert shop.state().is_current
    assert version(shop) == ledger.VERSION


def test_a_rollback_upgrades_and_runs_what_was_recorded_then(shop: Workshop) -> None:
    install_old(shop)
    shop.do("DELETE FROM shop._slate_statement; DROP INDEX shop.books_title_idx")
    for path in shop.folder.glob("shop_000*"):
        if "0001" not in path.name:
            path.unlink()
    assert shop.rollback() == ["shop_0002_books"]
    assert not shop.exists("shop.books")
    assert (version(shop), shop.ledger()) == (ledger.VERSION, ["shop_0001_authors"])


def test_seeds_and_jobs_upgrade_and_know_what_was_loaded_and_run(shop: Workshop) -> None:
    install_old(shop)
    done = shop.slate("jobs", "run", "shop", "prune")
    assert done.returncode == 0, done.stderr
    assert version(shop) == ledger.VERSION
    assert shop.value("SELECT count(*) FROM shop._slate_ledger WHERE kind = 'job'") == 3
    shop.do("DROP SCHEMA shop CASCADE")
    install_old(shop)
    assert shop.slate("seed", "shop", "--set", "reference").returncode == 0
    assert version(shop) == ledger.VERSION
    assert shop.value("SELECT count(*) FROM shop._slate_ledger WHERE kind = 'seed'") == 1


def forget_slate(shop: Workshop, schema: str) -> None:
    """Leave of a ledger what stock yoyo would have written: version 0, two steps behind."""
    tables = ("_slate_migration", "_slate_statement", "_slate_seed", "_slate_job_run")
    shop.do("DROP TABLE " + ", ".join(f"{schema}.{table}" for table in tables))


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("begun_by", ["yoyo", "slate"])
def test_a_kill_at_any_step_of_an_upgrade_loses_nothing_and_the_next_run_goes_on(
    shop: Workshop, begun_by: str, moment: str
) -> None:
    reached = []
    for number in range(1, 20):
        schema = f"shop_{number}"
        install_old(shop, schema)
        if begun_by == "yoyo":
            forget_slate(shop, schema)

        def work(number: int = number, schema: str = schema) -> None:
            die_at(number, moment)
            upgraded(shop, schema)

        expected = [a.id for a in shop.state(schema).applied]
        survived = reap(shop.fork(work)) == 0
        shop.all_gone()
        reached.append(version(shop, schema))
        assert [a.id for a in shop.state(schema).applied] == expected, f"killed at message {number} {moment}"
        upgraded(shop, schema)
        assert version(shop, schema) == ledger.VERSION
        assert [a.id for a in shop.state(schema).applied] == expected, f"upgraded after message {number} {moment}"
        if survived:
            break
    steps = [0, 1] if begun_by == "yoyo" else [1]
    assert len(reached) == len(steps) + 1, "one message a step, and a run that nobody killed"
    assert reached[: len(steps)] == (steps if moment == "before it is sent" else reached[: len(steps)])
    assert reached == sorted(reached)
    assert reached[-1] == ledger.VERSION


@pytest.mark.parametrize("how", ["runner", "backend"])
def test_a_kill_in_the_middle_of_a_step_leaves_the_old_ledger_whole(shop: Workshop, how: str) -> None:
    """Another session holds a table that the step takes late; then the runner, or its backend, is killed."""
    install_old(shop)
    old = rows_of_the_old(shop)
    with shop.session() as holder:
        holder.execute("LOCK TABLE shop._slate_job_run IN ACCESS SHARE MODE")
        runner = shop.fork(lambda: shop.apply(patience=Patience(60_000, 60)))
        pid = shop.waiting_backend("relation")
        if how == "backend":
            shop.do(f"SELECT pg_terminate_backend({pid})")
        else:
            os.kill(runner, signal.SIGKILL)
            shop.do(f"SELECT pg_terminate_backend({pid})")
        assert reap(runner) != 0
        holder.rollback()
    shop.all_gone()
    assert version(shop) == 1
    assert rows_of_the_old(shop) == old
    assert shop.apply() == ["shop_0004_index"]
    assert version(shop) == ledger.VERSION


def test_two_runners_at_once_upgrade_once(shop: Workshop) -> None:
    install_old(shop)
    first, second = shop.start("apply"), shop.start("apply")
    said = [process.communicate(timeout=60) for process in (first, second)]
    assert [first.returncode, second.returncode] == [0, 0], said
    assert sorted(out for out, _ in said) == ["shop: 1 applied\n", "shop: up to date\n"]
    assert version(shop) == ledger.VERSION


def test_an_upgrade_waits_for_who_reads_the_old_tables_and_names_him(shop: Workshop) -> None:
    install_old(shop)
    with shop.session() as reader:
        reader.execute("SELECT FROM shop._slate_migration")
        with pytest.raises(Busy) as busy:
            shop.apply(patience=Patience(10, 0.3))
        assert f"pid {reader.info.backend_pid}" in busy.value.detail[0]
        assert 'the upgrade of the ledger of "shop" to version 3' in busy.value.message
    assert shop.apply() == ["shop_0004_index"]


def test_what_leans_on_the_old_tables_stops_the_upgrade_by_name(shop: Workshop) -> None:
    install_old(shop)
    shop.do("CREATE VIEW shop.history AS SELECT migration_id FROM shop._yoyo_log")
    with pytest.raises(SlateError, match=r"to version 3 failed: cannot drop .* depend on them") as failed:
        shop.apply()
    assert "view shop.history depends on" in failed.value.detail[0].replace("view history", "view shop.history")
    assert version(shop) == 1


def test_owner_and_readers_of_the_ledger_stay_who_they_were(shop: Workshop) -> None:
    install_old(shop)
    for role in ("ledger_owner", 'ledger "reader"'):
        if not shop.rows("SELECT 1 FROM pg_roles WHERE rolname = %s", role):
            shop.do(f"CREATE ROLE {quoted(role)}")
    for table in ("_slate_migration", "_yoyo_migration"):
        shop.do(f"ALTER TABLE shop.{table} OWNER TO ledger_owner")
    shop.do('GRANT SELECT ON shop._slate_migration TO "ledger ""reader"""')
    upgraded(shop)
    owners = shop.rows(
        "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class "
        "WHERE relnamespace = 'shop'::regnamespace AND relname ~ '^_(slate|yoyo)' AND relkind IN ('r', 'v')"
    )
    assert owners == [("ledger_owner",)]
    assert shop.rows(
        "SELECT privilege_type, is_grantable FROM information_schema.role_table_grants "
        "WHERE table_schema = 'shop' AND table_name = '_slate_ledger' AND grantee = 'ledger \"reader\"'"
    ) == [("SELECT", "NO")]


@pytest.mark.parametrize("schema", HOSTILE)
def test_an_old_installation_of_any_name_is_upgraded(shop: Workshop, schema: str) -> None:
    install_old(shop, schema)
    done = shop.slate("apply", "shop", "--as", schema)
    assert (done.returncode, done.stdout) == (0, f"{schema}: 1 applied\n"), done.stderr
    assert version(shop, schema) == ledger.VERSION
    assert [key for key, *_ in rows_of_the_new(shop, schema)["migrations"]] == sorted(FOLDER)
    done = shop.slate("rollback", "shop", "--as", schema, "--all")
    assert done.returncode == 0, done.stderr


def test_a_ledger_goes_where_its_schema_goes(shop: Workshop) -> None:
    install_old(shop)
    shop.do("ALTER SCHEMA shop RENAME TO moved")
    assert shop.apply(schema="moved") == ["shop_0004_index"]
    shop.do('ALTER SCHEMA moved RENAME TO "moved again"')
    assert shop.state("moved again").is_current
    assert shop.rows('SELECT count(*) FROM "moved again"._yoyo_migration') == [(3,)]


def test_stock_yoyo_lists_marks_and_takes_back_after_an_upgrade(shop: Workshop) -> None:
    install_old(shop)
    upgraded(shop)
    assert listed(yoyo(shop, "list")) == {
        "shop_0001_authors": "A", "shop_0002_books": "A", "shop_0004_index": "U"
    }  # fmt: skip
    yoyo(shop, "mark", "--revision", "shop_0004_index")
    assert [a.id for a in shop.state().applied] == list(FOLDER)
    yoyo(shop, "unmark", "--revision", "shop_0004_index")
    assert shop.ledger() == ["shop_0001_authors", "shop_0002_books"]
    assert [op for op, _ in shop.log()][-2:] == ["mark", "unmark"]


def test_a_lock_that_yoyo_holds_is_left_to_yoyo(shop: Workshop) -> None:
    install_old(shop)
    shop.do("INSERT INTO shop.yoyo_lock (ctime, pid) VALUES (now(), 4711)")
    upgraded(shop)
    assert shop.rows("SELECT pid FROM shop.yoyo_lock") == [(4711,)]


EVERY = (
    ("status",), ("apply",), ("apply", "--dry-run"), ("rollback", "shop"), ("plan",), ("drift",), ("doctor",),
    ("access",), ("jobs", "list"), ("jobs", "due"), ("jobs", "run", "shop"), ("seed", "shop"), ("adopt", "shop"),
    ("up",), ("backup", "--to", "{tmp}"), ("backup", "shop", "--to", "{tmp}"),
)  # fmt: skip


def everything(shop: Workshop) -> list[tuple[Any, ...]]:
    """Return what the database has: every relation with its transaction, every row of the ledger with its own."""
    return shop.rows(
        "SELECT relname::text, xmin::text FROM pg_class WHERE oid >= 16384 UNION ALL "
        "SELECT kind || key, xmin::text FROM shop._slate_ledger ORDER BY 1, 2"
    )


@pytest.mark.parametrize("command", EVERY, ids=" ".join)
def test_a_newer_ledger_is_refused_by_every_command_with_both_versions_and_nothing_written(
    shop: Workshop, command: tuple[str, ...], tmp_path: Path
) -> None:
    install_old(shop)
    upgraded(shop)
    shop.do("ALTER TABLE shop._slate_ledger RENAME CONSTRAINT _slate_ledger_version_3 TO _slate_ledger_version_17")
    before = everything(shop)
    done = shop.slate(*(word.format(tmp=tmp_path / "kept") for word in command))
    assert done.returncode == 1, done.stdout
    assert f'the ledger of "shop" has version 17, this slate knows versions up to {ledger.VERSION}' in done.stderr
    assert "Nothing was written" in done.stderr
    assert everything(shop) == before
    assert not (tmp_path / "kept").exists()


def test_a_restore_over_or_beside_a_newer_ledger_is_refused_by_name(shop: Workshop, tmp_path: Path) -> None:
    install_old(shop)
    core = shop.folder.with_name("core")
    core.mkdir()
    for suffix in (".sql", ".rollback.sql"):
        (core / f"core_0001_c{suffix}").write_text("SELECT 1;\n")
    assert shop.slate("apply").returncode == 0
    assert shop.slate("backup", "shop", "--to", str(tmp_path / "kept")).returncode == 0
    [folder] = [p.parent for p in (tmp_path / "kept").rglob("manifest.json")]
    for schema, arguments in (("shop", ()), ("core", ("--as", "east"))):
        shop.do(
            f"ALTER TABLE {schema}._slate_ledger RENAME CONSTRAINT _slate_ledger_version_3 TO _slate_ledger_version_17"
        )
        done = captured(main, "slate", "restore", str(folder), *arguments, "--database", shop.url)
        assert done.returncode == 1
        assert (
            f'the ledger of "{schema}" has version 17, this slate knows versions up to {ledger.VERSION}' in done.stderr
        )
    assert not shop.rows("SELECT 1 FROM pg_namespace WHERE nspname = 'east'")


def test_a_ledger_that_lost_its_version_is_refused_by_name(shop: Workshop) -> None:
    install_old(shop)
    upgraded(shop)
    shop.do("ALTER TABLE shop._slate_ledger DROP CONSTRAINT _slate_ledger_version_3")
    done = shop.slate("status")
    assert done.returncode == 1
    assert 'the ledger of "shop" does not say its version' in done.stderr


def test_a_restore_of_an_old_backup_is_upgraded_by_the_next_apply(shop: Workshop, tmp_path: Path) -> None:
    install_old(shop)
    assert shop.slate("backup", "shop", "--to", str(tmp_path / "kept")).returncode == 0
    [folder] = [p for p in (tmp_path / "kept").rglob("*") if (p / "manifest.json").exists()]
    restored = captured(main, "slate", "restore", str(folder), "--as", "east", "--database", shop.url)
    assert restored.returncode == 0, restored.stderr
    assert version(shop, "east") == 1
    assert shop.apply(schema="east") == ["shop_0004_index"]
    assert version(shop, "east") == ledger.VERSION


def test_what_stock_yoyo_took_back_keeps_its_text_in_the_history(shop: Workshop) -> None:
    install_old(shop)
    shop.do("DELETE FROM shop._yoyo_migration WHERE migration_id = 'shop_0002_books'")
    upgraded(shop)
    assert shop.ledger() == ["shop_0001_authors"]
    assert shop.rows("SELECT rollback_body FROM shop._slate_ledger WHERE kind = 'unmark'") == [("DROP TABLE books;\n",)]
    assert [m.id for m in shop.state().pending] == ["shop_0002_books", "shop_0004_index"]


def test_only_who_may_write_makes_a_ledger(shop: Workshop) -> None:
    shop.write("shop_0001_a", "SELECT 1;")
    with shop.run(url=shop.read_only_url) as run, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        upgrade.create(run.connection, "shop")
    assert not shop.rows("SELECT 1 FROM pg_namespace WHERE nspname = 'shop'")


@pytest.mark.parametrize("command", ["status", "apply", "rollback", "drift", "doctor", "access"])
def test_a_view_in_the_place_of_a_ledgers_table_is_refused_unread(shop: Workshop, command: str) -> None:
    """Reading it would run what its owner wrote, with the rights of whoever reads."""
    install_old(shop)
    shop.do(
        "CREATE TABLE public.ran (by text);"
        "CREATE FUNCTION public.take() RETURNS integer LANGUAGE sql AS"
        " $$ INSERT INTO public.ran VALUES (current_user) RETURNING 1 $$;"
        "ALTER TABLE shop._slate_seed RENAME TO kept;"
        "CREATE VIEW shop._slate_seed AS SELECT * FROM shop.kept WHERE public.take() = 1"
    )
    result = shop.slate(command, *(["shop"] if command == "rollback" else []))
    assert result.returncode == 1
    assert "holds a view where Slate made a table" in result.stderr
    assert shop.watch.execute("SELECT count(*) FROM public.ran").fetchone() == (0,)

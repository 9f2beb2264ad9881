"""Nothing that database, role or client prefer changes a result."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

import psycopg
import pytest

from slate_pg.cli import main
from slate_pg.postgres import pins
from slate_pg.postgres.connection import connect
from slate_pg.testing.plugin import Base
from tests.workshop import Workshop, captured

SETTINGS = {
    "datestyle": ("SQL, DMY", "German", "Postgres, MDY"),
    "intervalstyle": ("iso_8601", "sql_standard"),
    "timezone": ("Asia/Kathmandu",),
    "bytea_output": ("escape",),
    "extra_float_digits": ("-15",),
    "standard_conforming_strings": ("off",),
    "statement_timeout": ("1",),
    "lock_timeout": ("1",),
    "transaction_timeout": ("300",),
    "idle_in_transaction_session_timeout": ("1",),
    "idle_session_timeout": ("1",),
    "default_transaction_isolation": ("serializable",),
    "row_security": ("off",),
    "quote_all_identifiers": ("on",),
    "search_path": ("pg_catalog",),
    "lc_messages": ("C",),
    "escape_string_warning": ("off",),
    "backslash_quote": ("off",),
    "array_nulls": ("off",),
    "transform_null_equals": ("on",),
    "xmloption": ("document",),
    "check_function_bodies": ("off",),
    "client_encoding": ("LATIN1",),
    "client_min_messages": ("error",),
    "session_replication_role": ("replica",),
    "event_triggers": ("off",),
    "default_transaction_deferrable": ("on",),
    "createrole_self_grant": ("set, inherit",),
    "jit": ("on",),
    "enable_seqscan": ("off",),
    "plan_cache_mode": ("force_generic_plan",),
    "log_statement": ("all",),
    "log_min_duration_statement": ("0",),
}
_AS_LISTS = ("datestyle", "search_path", "createrole_self_grant")
EVERY = [(name, value) for name, values in SETTINGS.items() for value in values]

FIRST = """
CREATE TABLE t (
    id integer PRIMARY KEY,
    "select" text DEFAULT 'a\\b',
    ttl interval NOT NULL DEFAULT '1 day 02:03:04',
    since timestamptz NOT NULL DEFAULT '2026-01-02 03:04:05+00',
    raw bytea DEFAULT '\\x00ff',
    ratio float8 DEFAULT 0.1,
    CONSTRAINT t_since_check CHECK (since > '2020-01-01 00:00+00' AND ttl < '2 mons'::interval)
);
CREATE VIEW v AS SELECT id, "select", ttl FROM t WHERE since > '2025-06-01 12:00+00' AND ratio > 0.1::float8;
CREATE TABLE part (at timestamptz NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM ('2026-01-01 00:00+00') TO ('2026-02-01 00:00+00');
INSERT INTO t (id) VALUES (1);
SELECT pg_sleep(0.35);
"""


@pytest.mark.parametrize(("name", "value"), EVERY, ids=lambda part: str(part).replace(" ", "_"))
def test_apply_status_plan_drift_and_rollback_are_the_same_under_a_setting_of_the_database(
    shop: Workshop, name: str, value: str
) -> None:
    if not shop.rows("SELECT 1 FROM pg_settings WHERE lower(name) = %s", name):
        pytest.skip(f"this PostgreSQL has no {name}")
    database = shop.value("SELECT current_database()")
    shop.do(f'ALTER DATABASE "{database}" SET {name} = {value if name in _AS_LISTS else repr(value)}')
    shop.write("shop_0001_t", FIRST, "DROP TABLE part;\nDROP VIEW v;\nDROP TABLE t;\n")
    shop.write(
        "shop_0002_i", "-- transactional: false\nCREATE INDEX CONCURRENTLY t_idx ON t (since);", "DROP INDEX t_idx;"
    )
    done = shop.slate("apply")
    assert done.returncode == 0, done.stderr
    for command in (["status"], ["status", "--json"], ["drift"]):
        asked = shop.slate(*command)
        assert asked.returncode == 0, (command, asked.stdout, asked.stderr)
    assert shop.value("SELECT \"select\" || ttl::text || encode(raw, 'hex') FROM shop.t") == "a\\b1 day 02:03:0400ff"
    (shop.folder / "shop_0001_t.sql").write_text(FIRST + "SELECT 2;")
    edited = shop.slate("apply")
    assert (edited.returncode, "was edited after it was applied on 20" in edited.stderr) == (1, True), edited.stderr
    undone = shop.slate("rollback", "shop", "--all")
    assert undone.returncode == 0, undone.stderr
    assert not shop.exists("shop.t")


TOGETHER = (
    FIRST.replace("SELECT pg_sleep(0.35);", "")
    + """
CREATE FUNCTION up() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.note := 'by trigger'; RETURN NEW; END $$;
CREATE TABLE u (id integer REFERENCES t (id), note text, numbers integer[] DEFAULT '{1,NULL}');
CREATE TRIGGER u_up BEFORE INSERT ON u FOR EACH ROW EXECUTE FUNCTION up();
INSERT INTO u VALUES (1, 'é€');
CREATE TABLE texts AS SELECT concat_ws('/', ttl, since, raw, ratio, '02/03/2026'::date, 1.0::float8 / 3, id = NULL, 'é') AS x
FROM t;
DO $$ BEGIN RAISE NOTICE 'said'; END $$;
"""
)
TOGETHER_UNDONE = "DROP TABLE texts; DROP TABLE u; DROP FUNCTION up(); DROP TABLE part; DROP VIEW v; DROP TABLE t;"
CONTENT = """
    SELECT concat_ws('|', (SELECT string_agg(t::text, ',') FROM shop.t), (SELECT string_agg(u::text, ',') FROM shop.u),
        (SELECT string_agg(x, ',') FROM shop.texts),
        (SELECT string_agg(pg_get_constraintdef(oid), ',' ORDER BY conname) FROM pg_constraint
         WHERE connamespace = 'shop'::regnamespace AND contype <> 'n'),
        (SELECT string_agg(concat_ws(' ', relname, relam, reltablespace), ',' ORDER BY relname COLLATE "C") FROM pg_class
         WHERE relnamespace = 'shop'::regnamespace AND relname !~ '^_'))
"""
LEVELS = ("default", "database", "role", "role in database", "PGOPTIONS", "URL")
# Left to the test of each by itself, or of no meaning where they come from.
NOT_TOGETHER = ("client_encoding",)


def every_command(shop: Workshop, url: str, other: str) -> dict[str, str]:
    """Run each command in its turn, and return what it said without names and moments, and what is there."""
    said: dict[str, str] = {}

    def run(name: str, *arguments: str) -> None:
        done = captured(main, "slate", *arguments)
        text = f"{done.returncode}\n{done.stdout}\n{done.stderr}"
        for hidden in (str(shop.root), shop.watch.info.dbname, other.rsplit("/", 1)[-1].split("?")[0]):
            text = text.replace(hidden, "X")
        text = re.sub(r"\d{4}-\d\d-\d\d[T ]?[\d:.]*(?:\+00:00|Z| UTC)?|\d{8}T\d{6}\w*", "WHEN", text)
        said[name] = re.sub(r"[\d.]+ (?:ms|s|MiB)\b|\"held_ms\": [\d.]+", "N", text)

    place = ("--migrations", str(shop.folder.parent))
    there = (*place, "--database", url)
    shop.write("shop_0001_t", TOGETHER, TOGETHER_UNDONE)
    shop.write(
        "shop_0002_i", "-- transactional: false\nCREATE INDEX CONCURRENTLY t_idx ON t (since);", "DROP INDEX t_idx;"
    )
    run("apply", "apply", *there)
    said["content"] = shop.value(CONTENT)
    run("status", "status", "--json", *there)
    run("drift", "drift", "--json", *there)
    shop.write("shop_0003_p", "ALTER TABLE t ADD COLUMN late date DEFAULT '03/04/2026' NOT NULL;", "SELECT 1;")
    run("plan", "plan", *there)
    for name in ("shop_0003_p.sql", "shop_0003_p.rollback.sql"):
        (shop.folder / name).unlink()
    run("check", "check", *place)
    run("backup", "backup", "--to", str(shop.root / "kept"), *there)
    (backup,) = [path.parent for path in (shop.root / "kept").rglob("manifest.json")]
    run("verify", "restore", str(backup), "--verify")
    run("restore", "restore", str(backup), "--database", other)
    with connect(other) as restored:
        restored.execute("SET timezone = UTC; SET search_path = public")
        said["restored"] = restored.execute(CONTENT).fetchone()[0]  # type: ignore[index]
    shop.do("DROP VIEW shop._yoyo_migration, shop._yoyo_log, shop._yoyo_version; DROP TABLE shop._slate_ledger")
    run("adopt", "adopt", "shop", *there)
    run("rollback", "rollback", "shop", "--all", *there)
    return said


@pytest.fixture
def other(slate_server: Base, shop: Workshop) -> Iterator[str]:
    """The connection string of one more database, to restore into."""
    name = f"{shop.watch.info.dbname}_other"
    with psycopg.connect(slate_server.url(), autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        yield slate_server.url(name)
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="module")
def by_default() -> dict[str, dict[str, str]]:
    """What the first of the levels, none, gave."""
    return {}


@pytest.mark.parametrize("level", LEVELS)
def test_every_command_says_and_does_the_same_under_all_of_them_at_once(
    shop: Workshop, other: str, level: str, by_default: dict[str, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Byte by byte as without them, from wherever they come."""
    known = {row[0].lower() for row in shop.rows("SELECT name FROM pg_settings")}
    chosen = {name: values[0] for name, values in SETTINGS.items() if name in known and name not in NOT_TOGETHER}
    url = shop.url
    role, names = f"heir_{shop.watch.info.dbname}", [shop.watch.info.dbname, f"{shop.watch.info.dbname}_other"]
    shop.do(f'CREATE ROLE "{role}" SUPERUSER LOGIN')
    try:
        if level in ("default", "role", "role in database"):
            url, other = url.replace("postgres@", f"{role}@"), other.replace("postgres@", f"{role}@")
        heads = {
            "database": [f'DATABASE "{name}"' for name in names],
            "role": [f'ROLE "{role}"'],
            "role in database": [f'ROLE "{role}" IN DATABASE "{name}"' for name in names],
        }
        for head in heads.get(level, []):
            for name, value in chosen.items():
                shop.do(f"ALTER {head} SET {name} = {value if name in _AS_LISTS else repr(value)}")
        options = " ".join(f"-c {name}={value.replace(' ', chr(92) + ' ')}" for name, value in chosen.items())
        if level == "PGOPTIONS":
            monkeypatch.setenv("PGOPTIONS", options)
            monkeypatch.setattr(pins, "own_servers", set())  # here the target is one
        if level == "URL":
            url, other = (f"{text}&options={quote(options)}" for text in (url, other))
        said = every_command(shop, url, other)
        monkeypatch.delenv("PGOPTIONS", raising=False)
    finally:
        for name in names:
            shop.do(f'ALTER DATABASE "{name}" RESET ALL')
        for place in (shop.url, shop.url.replace(names[0], names[1])):
            with psycopg.connect(place, autocommit=True) as there:
                there.execute(f'REASSIGN OWNED BY "{role}" TO postgres')
                there.execute(f'DROP OWNED BY "{role}"')
        shop.do(f'DROP ROLE "{role}"')
    assert all(text.startswith("0") for name, text in said.items() if name not in ("content", "restored", "plan")), said
    expected = by_default.setdefault("default", said)
    for name, text in said.items():
        assert text.replace(role, "postgres") == expected[name].replace(role, "postgres"), name

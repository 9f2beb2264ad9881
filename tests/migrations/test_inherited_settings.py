"""Nothing that database, role or client prefer changes a result."""

from __future__ import annotations

import pytest

from tests.workshop import Workshop

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
}
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
    shop.do(f'ALTER DATABASE "{database}" SET {name} = {value if name == "datestyle" else repr(value)}')
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

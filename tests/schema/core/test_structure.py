"""The functions of core: each one is known here, commented, and pins its path."""

from __future__ import annotations

import pytest

from slate_pg.testing.database import Database

READ_THE_CALLERS_PATH = (
    "own_role(text)", "make_own_role(text)", "open_schema(text[])", "close_schema(text[])", "grant_to_own(text,text[])",
    "run_each(text[])",
)  # fmt: skip


def core_functions() -> list[str]:
    """The functions of core, by signature; kept here so that a failing id is the object."""
    return [
        *READ_THE_CALLERS_PATH, "touch_updated_at()", "setting_text(text)", "setting_uuid(text)",
        "prefixed_id(text)", "is_maintenance(regclass)", "refuse_change()", "partition_key(regclass)",
        "make_partition(regclass,text,timestamp with time zone,timestamp with time zone)",
        "guard_partition(regclass,regclass)",
        "ensure_partitions(regclass,text,integer,integer,timestamp with time zone)", "partition_bounds(regclass)",
        "retire_partitions(regclass,timestamp with time zone,boolean)", "refuse_archive_write()", "setting_inet(text)",
        "settle_strays(regclass,timestamp with time zone)", "without_names(text,text[],text)",
        "refuse_old_snapshot(text,text)", "empty_column()",
        "lock_for_retirement(regclass,timestamp with time zone)",
    ]  # fmt: skip


@pytest.mark.parametrize("function", core_functions())
def test_every_function_of_core_is_commented(db: Database, function: str) -> None:
    assert db.value("SELECT obj_description(to_regprocedure(%s), 'pg_proc')", "core." + function)


def test_this_file_knows_every_function_of_core(db: Database) -> None:
    found = {
        r[0]
        for r in db.rows(
            "SELECT p.oid::regprocedure::text FROM pg_proc AS p WHERE pronamespace = 'core'::regnamespace "
            "AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = p.oid AND d.deptype = 'e')"
        )
    }
    assert found == {"core." + f for f in core_functions()}


@pytest.mark.parametrize("function", core_functions())
def test_every_function_of_core_that_reads_tables_pins_its_path(db: Database, function: str) -> None:
    """What opens a schema reads the caller's path on purpose, run_each executes the caller's statements."""
    if function in READ_THE_CALLERS_PATH:
        return
    assert db.value(
        "SELECT EXISTS (SELECT 1 FROM unnest(proconfig) AS c WHERE c LIKE "
        "'search_path=core%%') FROM pg_proc WHERE oid = to_regprocedure(%s)",
        "core." + function,
    )

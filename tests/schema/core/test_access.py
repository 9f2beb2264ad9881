"""Who may reach core and call its functions, and whom a migration lets in."""

from __future__ import annotations

import pytest

from slate_pg.testing.database import Database
from tests.schema.core.test_structure import core_functions


@pytest.mark.parametrize("function", core_functions())
def test_nobody_may_call_a_function_of_core_unless_granted(db: Database, function: str) -> None:
    db.execute("CREATE ROLE nobody_special")
    assert not db.value(
        "SELECT has_function_privilege('nobody_special', to_regprocedure(%s), 'EXECUTE')", "core." + function
    )


def test_every_role_of_the_cluster_may_read_settings_and_nobody_else(core: Database) -> None:
    with core.as_role("authenticated_users", lab__x="hello"):
        assert core.value("SELECT core.setting_text('lab.x')") == "hello"
        core.denied("SELECT core.partition_key('pg_class')")


def test_open_schema_grants_usage_on_the_callers_first_schema_and_close_takes_it_back(core: Database) -> None:
    core.execute("SELECT open_schema('authenticated_users', 'core_user')")
    usage = "SELECT has_schema_privilege('authenticated_users', 'lab', 'USAGE')"
    assert core.value(usage)
    core.execute("SELECT close_schema('authenticated_users', 'core_user')")
    assert not core.value(usage)

"""Whatever looks after an installation looks at all that its migrations made, in whatever schema it lies."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from slate_pg.checks import drift
from slate_pg.migrations import elsewhere, runner
from slate_pg.postgres.connection import connect
from tests.workshop import Workshop

FOLDER = """
CREATE SCHEMA app;
CREATE TABLE app.users (id integer PRIMARY KEY, email text NOT NULL);
CREATE SCHEMA "Audit ""Log";
CREATE TABLE "Audit ""Log".log (id integer PRIMARY KEY, user_id integer REFERENCES app.users);
CREATE INDEX log_user ON "Audit ""Log".log (user_id);
CREATE TABLE public.mine (id integer PRIMARY KEY, n integer);
CREATE FUNCTION public.twice(n integer) RETURNS integer LANGUAGE sql AS 'SELECT n * 2';
CREATE PUBLICATION news FOR TABLE app.users;
"""


@pytest.fixture
def installed(shop: Workshop) -> Workshop:
    shop.do(
        "CREATE TABLE public.theirs (id integer); CREATE FUNCTION public.twice(n text) RETURNS text LANGUAGE sql AS 'SELECT n'"
    )
    name = shop.value("SELECT quote_ident(current_database())")
    shop.write("m1", f"{FOLDER}; COMMENT ON DATABASE {name} IS 'the shop'")
    shop.apply()
    return shop


def found(shop: Workshop) -> list[str]:
    with connect(shop.url) as connection:
        return [str(d) for d in drift.find_drift(connection, [], shop.project).differences]


def test_no_drift_where_nothing_changed_and_one_for_each_change(installed: Workshop) -> None:
    shop = installed
    with connect(shop.url) as connection:
        expected = drift.expect(connection, [], shop.project)
        assert [str(d) for d in drift.differ(expected, connection)] == []
        missed = {}
        for change, said in {
            "DROP TABLE app.users CASCADE": "table app.users: missing",
            "ALTER TABLE app.users ADD COLUMN more text": "column app.users.more: not expected",
            "CREATE TABLE app.another ()": "table app.another: not expected",
            'DROP INDEX "Audit ""Log".log_user': 'index "Audit ""Log".log_user: missing',
            "DROP SCHEMA app CASCADE": "schema app: missing",
            "ALTER TABLE public.mine ALTER COLUMN n SET NOT NULL": "column public.mine.n: not_null",
            "CREATE INDEX ON public.mine (n)": "index public.mine_n_idx: not expected",
            "DROP FUNCTION public.twice(integer)": "function public.twice(integer): missing",
            "ALTER PUBLICATION news DROP TABLE app.users": "publication news of app.users: missing",
            f"COMMENT ON DATABASE \"{connection.info.dbname}\" IS 'other'": "comment on database: text",
        }.items():
            with connection.transaction(force_rollback=True):
                connection.execute(change.encode())
                lines = [str(d) for d in drift.differ(expected, connection)]
            if not any(line.startswith(said) for line in lines):
                missed[change] = lines
        assert missed == {}
        for theirs in ("CREATE TABLE public.more ()", "DROP TABLE public.theirs", "CREATE SCHEMA theirs"):
            with connection.transaction(force_rollback=True):
                connection.execute(theirs.encode())
                assert [str(d) for d in drift.differ(expected, connection)] == [], theirs


def test_what_another_installation_made_in_its_schema_is_no_drift_of_the_first(installed: Workshop) -> None:
    other = installed.root / "migrations" / "other"
    other.mkdir()
    (other / "o1.sql").write_text(
        "CREATE TABLE app.theirs (id integer); CREATE PUBLICATION others FOR TABLE app.theirs;"
    )
    (other / "o1.rollback.sql").write_text("DROP PUBLICATION others; DROP TABLE app.theirs;")
    ran = installed.slate("apply", "other")
    assert ran.returncode == 0, ran.stderr
    ran = installed.slate("drift", "shop")
    assert (ran.returncode, ran.stdout) == (0, ""), ran.stdout + ran.stderr
    ran = installed.slate("drift")
    assert (ran.returncode, ran.stdout) == (0, ""), ran.stdout + ran.stderr


def test_status_names_what_is_gone(installed: Workshop) -> None:
    assert installed.slate("status").returncode == 0
    installed.do('DROP TABLE public.mine; DROP SCHEMA "Audit ""Log" CASCADE; DROP PUBLICATION news')
    ran = installed.slate("status", "--json")
    state = json.loads(ran.stdout)["installations"][0]
    assert (ran.returncode, state["up_to_date"]) == (3, False)
    assert state["gone"] == ["publication news", 'schema Audit "Log', "table public.mine"]
    assert "objects gone" in installed.slate("status").stdout


def test_access_and_doctor_look_there_and_at_nothing_of_others(installed: Workshop) -> None:
    installed.do(
        "CREATE INDEX twin ON app.users (id); CREATE INDEX twin2 ON public.theirs (id); CREATE INDEX ON public.theirs (id)"
    )
    tables = {(a["schema"], a["table"]) for a in json.loads(installed.slate("access", "--json").stdout)["access"]}
    assert tables >= {("app", "users"), ('Audit "Log', "log"), ("public", "mine")} or tables == set()
    assert ("public", "theirs") not in tables
    report = installed.slate("doctor").stdout
    assert "app.twin" in report
    assert "theirs" not in report


def test_what_is_adopted_is_on_record_with_what_lies_elsewhere(installed: Workshop) -> None:
    installed.do("DROP TABLE shop._slate_ledger CASCADE")
    ran = installed.slate("adopt", "shop")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    with connect(installed.url) as connection:
        assert elsewhere.read(connection, "shop").schemas == ['Audit "Log', "app"]
    installed.do("DROP TABLE shop._slate_ledger CASCADE; ALTER TABLE app.users DROP COLUMN email")
    ran = installed.slate("adopt", "shop")
    assert ran.returncode == 3
    assert "column app.users.email: missing" in ran.stdout


def test_a_plan_and_a_check_know_the_other_schemas(installed: Workshop) -> None:
    (installed.folder / "m1.rollback.sql").write_text(
        'DROP PUBLICATION news; DROP FUNCTION public.twice(integer); DROP TABLE public.mine; DROP SCHEMA "Audit ""Log" CASCADE;'
        "DROP SCHEMA app CASCADE;"
    )
    installed.write("m2", "ALTER TABLE app.users ADD COLUMN age integer", "ALTER TABLE app.users DROP COLUMN age")
    ran = installed.slate("plan")
    assert "app.users" in ran.stdout or "users" in ran.stdout
    assert "does not exist" not in ran.stdout + ran.stderr
    assert installed.apply() == ["m2"]


def test_a_snapshot_draws_the_other_schemas(shop: Workshop) -> None:
    shop.write(
        "m1",
        "CREATE SCHEMA app; CREATE TABLE app.users (id integer); CREATE TABLE own (id integer)",
        "DROP TABLE own; DROP SCHEMA app CASCADE",
    )
    from slate_pg.cli import main
    from tests.workshop import captured

    ran = captured(main, "slate", "snapshot", "--migrations", str(shop.folder.parent))
    assert ran.returncode == 0, ran.stderr
    drawn = [str(p.relative_to(shop.root)) for p in Path(shop.root / "sql").rglob("*.sql")]
    assert "sql/shop/schema/schemas/app/tables/users.sql" in drawn
    ran = captured(main, "slate", "check", "--only", "snapshot", "--migrations", str(shop.folder.parent))
    assert "snapshot" not in ran.stdout


def test_names_that_a_restore_gives_to_not_null_are_no_drift_and_others_are(shop: Workshop) -> None:
    if shop.watch.info.server_version < 180000:
        pytest.skip("PostgreSQL 18 is the first that names NOT NULL constraints")
    shop.write("m1", 'CREATE TABLE a (id integer NOT NULL, "Odd ""Name" text NOT NULL); ALTER TABLE a RENAME TO b')
    shop.apply()
    shop.do("ALTER TABLE shop.b RENAME CONSTRAINT a_id_not_null TO b_id_not_null")
    shop.do('ALTER TABLE shop.b RENAME CONSTRAINT "a_Odd ""Name_not_null" TO "b_Odd ""Name_not_null"')
    assert found(shop) == []
    shop.do("ALTER TABLE shop.b RENAME CONSTRAINT b_id_not_null TO custom")
    assert found(shop) == ["constraint a_id_not_null on shop.b: missing", "constraint custom on shop.b: not expected"]


def test_what_was_restored_beside_a_younger_core_is_rebuilt_on_it(shop: Workshop) -> None:
    core = shop.root / "migrations" / "core"
    core.mkdir()
    for name, text in {"core_1": "CREATE FUNCTION one() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
                       "core_2": "CREATE FUNCTION two() RETURNS integer LANGUAGE sql AS 'SELECT 2'"}.items():  # fmt: skip
        (core / f"{name}.sql").write_text(f"{text};")
        (core / f"{name}.rollback.sql").write_text("SELECT 1;")
    shop.write("m1", "CREATE TABLE t (id integer DEFAULT core.one()); CREATE VIEW v AS SELECT core.two() AS two")
    assert shop.slate("apply").returncode == 0
    for younger in ("key LIKE 'core%'", "key = 'core_2'"):
        shop.do(
            f"UPDATE core._slate_ledger SET began_at = began_at + interval '1 day' WHERE kind = 'migration' AND {younger}"
        )
        assert found(shop) == []


def make_core(shop: Workshop) -> None:
    """Write a shared product whose second migration changes what its function makes, and a product that calls it."""
    core = shop.root / "migrations" / "core"
    core.mkdir()
    body = "CREATE OR REPLACE FUNCTION make_t() RETURNS void LANGUAGE plpgsql AS $$ BEGIN CREATE TABLE t ({}); END $$;"
    for name, columns in {"core_1": "id integer", "core_2": "id integer, more text"}.items():
        (core / f"{name}.sql").write_text(body.format(columns))
        (core / f"{name}.rollback.sql").write_text("SELECT 1;")
    shop.write("m1", "SELECT core.make_t();")


def make_later(shop: Workshop, name: str, days: int) -> None:
    moment = f"began_at = now() + interval '{days} days'"
    shop.do(f"UPDATE core._slate_ledger SET {moment} WHERE kind = 'migration' AND key = '{name}'")


def test_what_was_moved_to_a_server_whose_core_was_applied_later_shows_no_drift(shop: Workshop) -> None:
    make_core(shop)
    assert shop.slate("apply").returncode == 0
    # As on a server that had the second migration of core only after this installation was made elsewhere.
    make_later(shop, "core_2", 2)
    assert found(shop) == []
    shop.do("ALTER TABLE shop.t ADD COLUMN strange text")
    assert found(shop) == ["column shop.t.strange: not expected"]
    shop.do("ALTER TABLE shop.t DROP COLUMN strange")
    make_later(shop, "core_1", 1)
    assert found(shop) == []


def test_what_was_built_on_an_older_core_that_was_applied_further_since_shows_no_drift(shop: Workshop) -> None:
    make_core(shop)
    assert shop.slate("apply", "core", "--to", "core_1").returncode == 0
    with shop.run() as run:
        runner.apply(replace(run, shared="core"))
    assert shop.slate("apply", "core").returncode == 0
    assert not shop.rows("SELECT FROM pg_attribute WHERE attrelid = 'shop.t'::regclass AND attname = 'more'")
    with connect(shop.url) as connection:
        (note,) = drift.find_drift(connection, [], shop.project).notes
    assert "as it was when each migration was applied" in note
    shop.do("ALTER TABLE shop.t ADD COLUMN strange text")
    assert any("strange" in line for line in found(shop))

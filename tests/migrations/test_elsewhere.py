"""A ledger knows all that its migrations made outside their schema, whatever it is called and wherever it went."""

from __future__ import annotations

from typing import NoReturn

import pytest

from slate_pg.errors import Busy
from slate_pg.migrations import elsewhere
from slate_pg.migrations.elsewhere import Elsewhere
from slate_pg.migrations.locking import Patience
from slate_pg.postgres.connection import connect
from tests.workshop import Workshop

MAKES_ALL = """
CREATE SCHEMA app;
CREATE TABLE app.users (id serial PRIMARY KEY, mail text);
CREATE TABLE public.people (id integer PRIMARY KEY, mood text UNIQUE);
CREATE INDEX people_mood ON public.people (mood);
CREATE FUNCTION public.twice(n integer) RETURNS integer LANGUAGE sql AS 'SELECT n * 2';
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN new; END $$;
CREATE TRIGGER noted BEFORE INSERT ON other.things FOR EACH ROW EXECUTE FUNCTION note();
CREATE PUBLICATION news FOR TABLE app.users;
CREATE COLLATION public.german (provider = libc, locale = 'C');
CREATE EXTENSION citext SCHEMA app;
CREATE FOREIGN DATA WRAPPER wrap;
CREATE SERVER far FOREIGN DATA WRAPPER wrap;
CREATE USER MAPPING FOR CURRENT_USER SERVER far OPTIONS (secret 'x');
SELECT lo_from_bytea(4711, 'picture');
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC;
COMMENT ON DATABASE shopping IS 'everything';
DO $$ BEGIN EXECUTE 'CREATE SCHEMA dynamic'; EXCEPTION WHEN division_by_zero THEN NULL; END $$;
CREATE TABLE own (id integer REFERENCES app.users);
CREATE TEMP TABLE gone (id integer);
"""


def made(shop: Workshop, schema: str = "shop") -> Elsewhere:
    with connect(shop.url) as connection:
        return elsewhere.read(connection, schema)


def said(shop: Workshop, schema: str = "shop") -> list[str]:
    return [str(address) for address in sorted(made(shop, schema).made)]


def test_every_kind_of_object_outside_the_schema_is_on_record_and_none_inside(shop: Workshop) -> None:
    shop.do("CREATE SCHEMA other; CREATE TABLE other.things (id integer); GRANT USAGE ON SCHEMA public TO PUBLIC")
    shop.write("m1", MAKES_ALL.replace("shopping", shop.value("SELECT quote_ident(current_database())")))
    shop.apply()
    found = said(shop)
    assert [s for s in found if not s.startswith("user mapping") and not s.startswith("default acl")] == [
        "collation public.german", "what is said of the database itself", "extension citext",
        "foreign-data wrapper wrap", "function public.twice(integer)", "large object 4711", "publication news",
        "schema app", "schema dynamic", "server far", "table public.people", "trigger other.things.noted",
    ]  # fmt: skip
    assert [s.split()[0] for s in found if s.startswith(("user", "default"))] == ["default", "user"]
    assert (made(shop).schemas, made(shop).places) == (["app", "dynamic"], ["other", "public"])


def test_a_migration_that_stays_in_its_schema_has_nothing_on_record(shop: Workshop) -> None:
    shop.write(
        "m1",
        "CREATE TABLE t (id serial PRIMARY KEY); CREATE TYPE mood AS ENUM ('ok'); CREATE SCHEMA IF NOT EXISTS shop",
    )
    shop.apply()
    assert made(shop) == Elsewhere()


def test_what_was_there_before_is_not_taken_for_made(shop: Workshop) -> None:
    shop.do("CREATE SCHEMA app; CREATE TABLE app.t (id integer); CREATE PUBLICATION p; CREATE EXTENSION citext")
    shop.write(
        "m1",
        "CREATE SCHEMA IF NOT EXISTS app; CREATE TABLE IF NOT EXISTS app.t (id integer); COMMENT ON TABLE app.t IS 'x';"
        "ALTER TABLE app.t ADD COLUMN c text; CREATE EXTENSION IF NOT EXISTS citext; GRANT USAGE ON SCHEMA app TO PUBLIC;"
        "ALTER PUBLICATION p SET (publish = 'insert')",
    )
    shop.apply()
    assert made(shop) == Elsewhere()


def test_what_is_renamed_moved_or_dropped_later_is_followed(shop: Workshop) -> None:
    shop.do('CREATE SCHEMA "Weird ""Name"')
    shop.write(
        "m1",
        "CREATE SCHEMA app; CREATE TABLE app.a (); CREATE SCHEMA gone; CREATE TABLE public.moves (); CREATE TYPE public.kind AS (a integer)",
    )
    shop.write("m2", "CREATE EXTENSION citext SCHEMA public; CREATE TABLE own ()")
    shop.write(
        "m3",
        'ALTER SCHEMA app RENAME TO "select"; DROP SCHEMA gone; ALTER TABLE public.moves SET SCHEMA "Weird ""Name";'
        'ALTER TABLE own SET SCHEMA public; ALTER TABLE public.own RENAME TO öwn; ALTER TYPE public.kind RENAME TO "Kind"; ALTER EXTENSION citext SET SCHEMA "select"',
        'ALTER TABLE public.öwn RENAME TO own; ALTER TABLE public.own SET SCHEMA shop; ALTER SCHEMA "select" RENAME TO app',
    )
    shop.apply("m1")
    shop.apply("m2")
    shop.apply()
    assert said(shop) == [
        "extension citext",
        "schema select",
        'table Weird "Name.moves',
        "table public.öwn",
        'type public."Kind"',
    ]
    shop.rollback()
    assert said(shop) == ["extension citext", "schema app", 'table Weird "Name.moves', 'type public."Kind"']


def test_a_rollback_takes_back_what_was_on_record(shop: Workshop) -> None:
    shop.write("m1", "CREATE SCHEMA app", "DROP SCHEMA app")
    shop.write("m2", "DROP SCHEMA app; CREATE SCHEMA b", "DROP SCHEMA b; CREATE SCHEMA app")
    shop.apply()
    assert said(shop) == ["schema b"]
    shop.rollback(steps=1)
    assert said(shop) == ["schema app"]
    shop.rollback(steps=1)
    assert made(shop) == Elsewhere()


def test_a_file_without_a_transaction_is_followed_too(shop: Workshop) -> None:
    shop.write(
        "m1",
        "-- transactional: false\nCREATE SCHEMA app;\nCREATE TABLE app.t (id integer);\n"
        "CREATE INDEX CONCURRENTLY t_id ON app.t (id);\nCREATE TABLE public.p (id integer);\n"
        "CREATE INDEX CONCURRENTLY p_id ON public.p (id);",
    )
    shop.apply()
    assert said(shop) == ["schema app", "table public.p"]


def test_what_others_make_meanwhile_is_theirs(shop: Workshop) -> None:
    shop.do("CREATE FUNCTION public.meanwhile() RETURNS void LANGUAGE sql AS ''")
    shop.do("CREATE TABLE public.gate (id integer); INSERT INTO public.gate VALUES (1)")
    shop.write("m1", "CREATE SCHEMA app; SELECT pg_sleep(0.5); CREATE SCHEMA app2")
    with shop.session() as other:
        process = shop.start("apply", "shop")
        other.execute("CREATE SCHEMA theirs")
        other.commit()
        process.communicate()
    assert said(shop) == ["schema app", "schema app2"]


def test_two_installations_that_make_one_schema_if_it_is_not_there_leave_it_to_the_first(shop: Workshop) -> None:
    shop.write("m1", "CREATE SCHEMA IF NOT EXISTS app; CREATE TABLE IF NOT EXISTS app.t (); CREATE TABLE t ()")
    shop.apply()
    shop.apply(schema="East")
    assert said(shop) == ["schema app"]
    assert made(shop, "East") == Elsewhere()


@pytest.mark.parametrize("name", ["x" * 63, 'a"b', "Üñ %s", "select"])
def test_any_name_is_kept(shop: Workshop, name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    shop.write("m1", f"CREATE SCHEMA {quoted}; CREATE TABLE public.{quoted} ()")
    shop.apply()
    assert (made(shop).schemas, made(shop).places) == ([name], ["public"])


@pytest.mark.parametrize("schema", ["app", 'Weird "Name', "public"])
def test_who_holds_a_table_elsewhere_is_waited_for_and_named(shop: Workshop, schema: str) -> None:
    quoted = '"' + schema.replace('"', '""') + '"'
    shop.do(f"CREATE SCHEMA IF NOT EXISTS {quoted}; CREATE TABLE {quoted}.users (id integer)")
    shop.write("m1", f"ALTER TABLE {quoted}.users ADD COLUMN mail text; CREATE TABLE users ()")
    with shop.session() as holder:
        holder.execute(f"SELECT FROM {quoted}.users".encode())
        pid = holder.info.backend_pid
        shop.value("SELECT pg_sleep(0.2)")
        with pytest.raises(Busy) as busy:
            shop.apply(patience=Patience(50, 0.3))
    assert any(f"pid {pid}" in line and '"users"' in line for line in busy.value.detail)
    assert shop.apply() == ["m1"]


def test_what_is_noted_of_one_migration_is_written_without_going_through_those_of_all_others(shop: Workshop) -> None:
    """Of ten thousand migrations that was a hundred million looks."""

    class Untouched(dict[str, list[elsewhere.Address]]):
        def items(self) -> NoReturn:
            raise AssertionError("every note was looked at")

    with connect(shop.url) as connection:
        recorder = elsewhere.Recorder(connection, "public", elsewhere.Known(), Untouched({"one": [], "two": []}))
        assert recorder.look("three", "apply") == ("[]", "")
        assert recorder.look("two", "rollback") == (None, "")
        recorder.accept("two", "rollback")
        assert list(recorder.notes) == ["one"]

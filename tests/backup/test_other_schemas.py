"""A backup holds all that an installation's migrations made, wherever it lies, or says by name what it leaves out."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from slate_pg.backup import logical, proof, restore
from slate_pg.cli import main
from slate_pg.errors import SlateError
from slate_pg.migrations import ledger, runner
from slate_pg.postgres.connection import connect
from tests.workshop import Workshop, captured

FOLDER = """
CREATE SCHEMA app;
CREATE SCHEMA "Weird ""Name";
CREATE SCHEMA audit;
CREATE EXTENSION citext SCHEMA app;
CREATE EXTENSION hstore SCHEMA public;
CREATE TABLE app.users (id serial PRIMARY KEY, mail app.citext NOT NULL, picture oid, tags public.hstore);
CREATE TYPE app."Odd ""Mood" AS ENUM ('ok', 'not ok');
CREATE DOMAIN app.positive AS integer CHECK (value > 0);
CREATE TYPE public."Our ""Mood" AS ENUM ('ours');
CREATE TABLE app.moods (id app.positive, mood app."Odd ""Mood", ours public."Our ""Mood");
INSERT INTO app.moods VALUES (1, 'ok', 'ours');
CREATE TABLE "Weird ""Name"."select" (id integer PRIMARY KEY REFERENCES app.users);
CREATE TABLE audit.log (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "user" integer REFERENCES app.users);
CREATE TABLE audit.parted (id integer) PARTITION BY RANGE (id);
CREATE TABLE app.part PARTITION OF audit.parted FOR VALUES FROM (0) TO (100);
CREATE TABLE own (id integer PRIMARY KEY REFERENCES app.users, said text);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN new; END $$;
CREATE TRIGGER noted BEFORE INSERT ON app.users FOR EACH ROW EXECUTE FUNCTION note();
CREATE VIEW audit.everybody AS SELECT u.id, o.said FROM app.users AS u LEFT JOIN own AS o ON o.id = u.id;
CREATE TABLE public.mine (id serial PRIMARY KEY, n integer);
CREATE INDEX mine_n ON public.mine (n);
COMMENT ON TABLE public.mine IS 'ours among others';
CREATE FUNCTION public.twice(n integer) RETURNS integer LANGUAGE sql AS 'SELECT n * 2';
CREATE PUBLICATION news FOR TABLE app.users, own;
ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO PUBLIC;
INSERT INTO app.users (mail, picture) VALUES ('Ada@x', lo_from_bytea(4711, 'a picture')), ('Bob@x', NULL);
SELECT setval('app.users_id_seq', 100);
INSERT INTO own VALUES (1, 'hello');
INSERT INTO "Weird ""Name"."select" VALUES (1);
INSERT INTO audit.log ("user") VALUES (1);
INSERT INTO audit.parted VALUES (7);
INSERT INTO public.mine (n) VALUES (5);
"""
STRANGERS = """
CREATE TYPE public.mood AS ENUM ('theirs');
CREATE TABLE public.theirs (id integer); INSERT INTO public.theirs VALUES (1);
CREATE FUNCTION public.twice(n text) RETURNS text LANGUAGE sql AS 'SELECT n || n';
CREATE SCHEMA theirs; CREATE TABLE theirs.secrets (id integer);
CREATE PUBLICATION theirs_too FOR TABLE theirs.secrets;
"""


@pytest.fixture
def other(slate_server: Any, shop: Workshop) -> Any:
    """A second, empty database."""
    name = f"other_{shop.watch.info.dbname}"[:63]
    shop.do(f'CREATE DATABASE "{name}" TEMPLATE template0')
    with connect(slate_server.url(name)) as connection:
        yield connection
    shop.do(f'DROP DATABASE "{name}" WITH (FORCE)')


def back_up(shop: Workshop, to: Path) -> logical.Written:
    with connect(shop.url) as connection:
        return logical.back_up(connection, shop.product, None, to, project=shop.project)


@pytest.fixture
def filled(shop: Workshop) -> Workshop:
    shop.do(STRANGERS)
    shop.write("m1", FOLDER)
    shop.apply()
    return shop


def test_three_schemas_extensions_large_objects_and_a_publication_come_back_equal(
    filled: Workshop, other: Any, tmp_path: Path
) -> None:
    written = back_up(filled, tmp_path / "kept")
    assert written.manifest.left_out == []
    assert {p.schema for p in written.manifest.parts} == {"shop", "app", "audit", 'Weird "Name', "public"}
    assert proof.verify(written.folder) == []
    restored = restore.restore(other, written.folder)
    assert sorted(restored) == sorted(["shop", "app", "audit", 'Weird "Name', "public"])
    ask = other.execute
    assert ask("SELECT mail FROM app.users ORDER BY id").fetchall() == [("Ada@x",), ("Bob@x",)]
    assert ask("SELECT nextval('app.users_id_seq')").fetchone() == (101,)
    assert ask("SELECT convert_from(lo_get(4711), 'UTF8')").fetchone() == ("a picture",)
    assert ask("SELECT said FROM audit.everybody WHERE id = 1").fetchone() == ("hello",)
    assert ask("SELECT n, obj_description('public.mine'::regclass) FROM public.mine").fetchone() == (
        5,
        "ours among others",
    )
    assert ask("SELECT count(*) FROM pg_publication_tables WHERE pubname = 'news'").fetchone() == (2,)
    assert ask("SELECT to_regclass('public.theirs'), to_regnamespace('theirs'), to_regprocedure('public.twice(text)')").fetchone() == (None,) * 3  # fmt: skip
    assert ask("SELECT pubname FROM pg_publication").fetchall() == [("news",)]
    again = logical.back_up(other, filled.product, None, tmp_path / "again", project=filled.project)
    assert again.manifest.made == written.manifest.made


PLANTED = {
    "a row": ("INSERT INTO app.users (mail) VALUES ('new')", "table app.users: 2 rows in the manifest, 3 restored"),
    "a value": ("UPDATE audit.log SET \"user\" = 2", "table audit.log: 1 rows, but not the same content"),
    "a hostile name": ('DELETE FROM "Weird ""Name"."select"', 'table Weird "Name.select: 1 rows in the manifest'),
    "a partition elsewhere": ("DELETE FROM app.part", "table app.part: 1 rows"),
    "a table in public": ("UPDATE public.mine SET n = 6", "table public.mine: 1 rows, but"),
    "a sequence": ("SELECT setval('app.users_id_seq', 3)", "sequence app.users_id_seq: last value 100"),
    "a large object": ("SELECT lo_put(4711, 0, 'b')", "large object 4711: not the same content"),
    "a missing large object": ("SELECT lo_unlink(4711)", "large object 4711: missing"),
    "a publication": ("DROP PUBLICATION news", "publication news: missing"),
    "a publication's table": ("ALTER PUBLICATION news DROP TABLE app.users", "publication news of app.users: missing"),
    "a schema's view": ("DROP VIEW audit.everybody", "view audit.everybody: missing"),
    "a function in public": ("DROP FUNCTION public.twice(integer)", "function public.twice(integer): missing"),
    "a label": ("ALTER TYPE app.\"Odd \"\"Mood\" ADD VALUE 'new'", 'type app."Odd ""Mood": labels'),
    "a label in public": ("ALTER TYPE public.\"Our \"\"Mood\" ADD VALUE 'new'", 'type public."Our ""Mood": labels'),
    "an index in public": ("DROP INDEX public.mine_n", "index public.mine_n: missing"),
    "a comment": ("COMMENT ON TABLE public.mine IS 'other'", "comment on table public.mine: text"),
    "a default privilege": (
        "ALTER DEFAULT PRIVILEGES IN SCHEMA app REVOKE SELECT ON TABLES FROM PUBLIC", "default privileges of",
    ),
    "an extension": ("ALTER TABLE app.users DROP COLUMN tags; DROP EXTENSION hstore", "extension hstore: missing"),
}  # fmt: skip


def test_one_difference_of_each_kind_is_found(
    filled: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = back_up(filled, tmp_path / "kept")
    described = written.manifest
    parts = {part.schema: part for part in described.parts}
    missed = {}
    for name, (change, said) in PLANTED.items():
        with connect(filled.url) as connection, connection.transaction(force_rollback=True):
            connection.execute(change.encode())
            found = proof.differences(
                connection, written.folder, described, only={s: set(p.tables) for s, p in parts.items()}
            )
        if not any(line.startswith(said) for line in found):
            missed[name] = found
    assert missed == {}


@pytest.mark.parametrize(
    ("there", "named"),
    [
        ("CREATE SCHEMA app; CREATE TABLE app.users (id integer); INSERT INTO app.users VALUES (9)", 'schema "app"'),
        ("CREATE TABLE public.mine (id integer)", "table public.mine"),
        ("CREATE PUBLICATION news", "publication news"),
        ("SELECT lo_from_bytea(4711, 'other')", "large object 4711"),
    ],
)
def test_what_is_there_already_is_named_before_anything_is_changed(
    filled: Workshop, other: Any, tmp_path: Path, there: str, named: str
) -> None:
    written = back_up(filled, tmp_path / "kept")
    other.execute(there)
    with pytest.raises(SlateError, match="what is here already") as refused:
        restore.restore(other, written.folder, "elsewhere")
    assert named in refused.value.message
    assert ledger.find_ledgers(other) == {}
    assert other.execute("SELECT count(*) FROM pg_namespace WHERE nspname IN ('shop', 'audit')").fetchone() == (0,)


def test_under_another_name_what_is_global_keeps_its_own(filled: Workshop, other: Any, tmp_path: Path) -> None:
    written = back_up(filled, tmp_path / "kept")
    with pytest.raises(SlateError, match="here already"), connect(filled.url) as connection:
        restore.restore(connection, written.folder, "Second")
    restore.restore(other, written.folder, "Second")
    assert other.execute('SELECT said FROM "Second".own').fetchone() == ("hello",)
    assert other.execute("SELECT count(*) FROM app.users").fetchone() == (2,)
    assert other.execute("SELECT tablename FROM pg_publication_tables ORDER BY 1").fetchall() == [("own",), ("users",)]


@pytest.mark.parametrize(
    "leaning",
    [
        "CREATE TABLE t (id integer REFERENCES theirs.secrets)",
        "CREATE VIEW v AS SELECT * FROM theirs.secrets",
        "CREATE TABLE t (mood theirs.mood)",
        "CREATE TYPE pair AS (a theirs.mood); CREATE TABLE public.mine (id integer)",
        "CREATE TABLE t (mood theirs.mood); CREATE TABLE public.mine (id integer)",
        "CREATE SCHEMA app; CREATE TABLE app.t (id integer REFERENCES theirs.secrets)",
    ],
)
def test_what_leans_on_anothers_is_refused_by_name_when_it_is_backed_up(
    shop: Workshop, tmp_path: Path, leaning: str
) -> None:
    shop.do("CREATE SCHEMA theirs CREATE TABLE secrets (id integer PRIMARY KEY); CREATE TYPE theirs.mood AS ENUM ('a')")
    shop.write("m1", leaning)
    shop.apply()
    with pytest.raises(SlateError, match="no migration of this installation made") as refused:
        back_up(shop, tmp_path / "kept")
    assert "theirs." in refused.value.detail[0]
    assert list((tmp_path / "kept").glob("*")) == [] if (tmp_path / "kept").exists() else True


def test_what_is_left_out_is_named_and_never_called_equal(shop: Workshop, tmp_path: Path) -> None:
    shop.do("CREATE TABLE public.theirs (id integer)")
    name = shop.value("SELECT quote_ident(current_database())")
    shop.write(
        "m1",
        f"COMMENT ON DATABASE {name} IS 'all of it'; CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RETURN new; END $$; CREATE TRIGGER noted BEFORE INSERT ON public.theirs FOR EACH ROW EXECUTE FUNCTION note();",
    )
    shop.apply()
    ran = shop.slate("backup", "shop", "--to", str(tmp_path / "kept"))
    assert ran.returncode == 0, ran.stderr
    assert "left out: trigger public.theirs.noted" in ran.stderr
    assert "left out: what is said of the database itself" in ran.stderr
    folder = next((tmp_path / "kept").iterdir())
    verified = captured(main, "slate", "restore", str(folder), "--verify", "--json")
    report = json.loads(verified.stdout)
    assert (report["equal"], report["differences"], len(report["left_out"])) == (False, [], 2)


def test_an_installation_from_before_the_record_was_kept_is_built_to_see_what_it_made(
    filled: Workshop, tmp_path: Path
) -> None:
    filled.do("UPDATE shop._slate_ledger SET note = NULL WHERE kind = 'migration'")
    written = back_up(filled, tmp_path / "kept")
    assert {p.schema for p in written.manifest.parts} == {"shop", "app", "audit", 'Weird "Name', "public"}
    assert proof.verify(written.folder) == []


def test_a_role_without_superuser_backs_up_what_it_made_elsewhere(filled: Workshop, tmp_path: Path) -> None:
    role = f"plain_{filled.watch.info.dbname}"[:63]
    filled.do(f'CREATE ROLE "{role}" LOGIN; GRANT CREATE ON DATABASE "{filled.watch.info.dbname}" TO "{role}"')
    try:
        with connect(filled.url, user=role) as connection:
            filled.write(
                "m0", "CREATE SCHEMA app2; CREATE TABLE app2.t (id serial); INSERT INTO app2.t DEFAULT VALUES;"
            )
            (filled.folder / "m1.sql").unlink()
            (filled.folder / "m1.rollback.sql").unlink()
            product = filled.product.installed_as("plain")
            runner.apply(runner.Run(connection, product, None))
            written = logical.back_up(connection, product, None, tmp_path / "kept", project=filled.project)
        assert {p.schema for p in written.manifest.parts} == {"plain", "app2"}
        assert proof.verify(written.folder) == []
    finally:
        filled.do(f'DROP OWNED BY "{role}" CASCADE; DROP ROLE "{role}"')


def test_what_only_a_superuser_makes_comes_back_under_a_signature(shop: Workshop, other: Any, tmp_path: Path) -> None:
    shop.write(
        "m1",
        "CREATE FUNCTION told() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN NULL; END $$;"
        "CREATE EVENT TRIGGER told ON ddl_command_end EXECUTE FUNCTION told();"
        "CREATE EXTENSION postgres_fdw; CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'nowhere');"
        "CREATE USER MAPPING FOR CURRENT_USER SERVER far OPTIONS (user 'x', password 'y');"
        "CREATE SCHEMA ext; CREATE FOREIGN TABLE ext.t (id integer) SERVER far;"
        "CREATE TYPE public.pair AS (a integer, b integer);"
        "CREATE FUNCTION public.to_int(public.pair) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1.a';"
        "CREATE CAST (public.pair AS integer) WITH FUNCTION public.to_int(public.pair);"
        "CREATE PUBLICATION everything FOR ALL TABLES;"
        "CREATE TEXT SEARCH CONFIGURATION public.plain (COPY = pg_catalog.simple);",
    )
    shop.apply()
    key = b"k" * 32
    with connect(shop.url) as connection:
        written = logical.back_up(connection, shop.product, None, tmp_path / "kept", key=key, project=shop.project)
    assert written.manifest.left_out == []
    assert proof.verify(written.folder, key) == []
    with pytest.raises(SlateError, match="wants a superuser"):
        proof.verify(written.folder)
    restore.restore(other, written.folder, key=key)
    ask = other.execute
    assert ask("SELECT evtname FROM pg_event_trigger").fetchall() == [("told",)]
    assert ask("SELECT unnest(umoptions) FROM pg_user_mappings ORDER BY 1").fetchall() == [("password=y",), ("user=x",)]
    assert ask("SELECT (ROW(7, 8)::public.pair)::integer, to_regclass('ext.t')::text").fetchone() == (7, "ext.t")
    assert ask("SELECT 'public.plain'::regconfig::text, puballtables FROM pg_publication").fetchone() == (
        "plain",
        True,
    )


ON_ELSEWHERE = {
    "foreign key": "CREATE TABLE k (id integer REFERENCES public.ours); INSERT INTO k VALUES (1)",
    "foreign key on two": "CREATE TABLE k2 (a integer, b text, FOREIGN KEY (a, b) REFERENCES public.ours (id, n))",
    "sequence": "CREATE TABLE s (id bigint DEFAULT nextval('public.ours_id_seq')); INSERT INTO s DEFAULT VALUES",
    "row": "CREATE TABLE r (one public.ours); INSERT INTO r VALUES ((1, 'a'))",
    "rows": "CREATE TABLE rs (many public.ours[]); INSERT INTO rs VALUES ('{\"(1,a)\"}')",
    "label": "CREATE TABLE l (many public.mood2[]); INSERT INTO l VALUES ('{sad}')",
    "view": "CREATE VIEW v AS SELECT o.id, o.n FROM public.ours AS o GROUP BY o.id",
}
ELSEWHERE = """CREATE TABLE public.ours (id serial PRIMARY KEY, n text, UNIQUE (id, n));
    CREATE TYPE public.mood2 AS ENUM ('sad'); INSERT INTO public.ours (n) VALUES ('a');"""


@pytest.mark.parametrize("how", ON_ELSEWHERE)
def test_what_leans_on_a_table_that_it_made_elsewhere_comes_back(
    shop: Workshop, other: Any, tmp_path: Path, how: str
) -> None:
    shop.write("shop_0001_ours", ELSEWHERE)
    shop.write("shop_0002_on_it", ON_ELSEWHERE[how])
    shop.apply()
    written = back_up(shop, tmp_path / "kept")
    assert proof.verify(written.folder) == []
    restore.restore(other, written.folder)
    assert other.execute("SELECT n FROM public.ours").fetchall() == [("a",)]


def test_a_foreign_key_to_what_others_made_is_refused_by_name(shop: Workshop, tmp_path: Path) -> None:
    shop.do("CREATE TABLE public.theirs (id serial PRIMARY KEY)")
    shop.write("shop_0001_ours", "CREATE TABLE k (id integer REFERENCES public.theirs)")
    shop.apply()
    with pytest.raises(SlateError, match="is needed by") as failed:
        back_up(shop, tmp_path / "kept")
    assert "theirs" in "".join(failed.value.detail)


def test_collations_of_every_provider_come_back_equal_here_and_elsewhere(
    shop: Workshop, other: Any, tmp_path: Path
) -> None:
    makes = {"c": 'FROM "C"', "p": 'FROM "POSIX"', "libc": "(provider = libc, locale = 'C')"}
    icu = "(provider = icu, locale = 'und')"
    with suppress(psycopg.errors.FeatureNotSupported):  # some builds are without
        shop.do(f"CREATE COLLATION public.tried {icu}; DROP COLLATION public.tried")
        makes["icu"] = icu
    made = [f"CREATE COLLATION {place}{name} {how}" for place in ("", "public.") for name, how in makes.items()]
    used = [f"CREATE TABLE t_{name} (a text COLLATE {name}, b text COLLATE public.{name})" for name in makes]
    shop.write("shop_0001_collations", ";\n".join([*made, *used]))
    shop.apply()
    written = back_up(shop, tmp_path / "kept")
    assert proof.verify(written.folder) == []
    restore.restore(other, written.folder)
    there = "SELECT collname::text FROM pg_collation WHERE collnamespace = 'public'::regnamespace ORDER BY 1"
    assert [row[0] for row in other.execute(there)] == sorted(makes)


def test_under_another_name_comments_and_the_ledgers_notes_speak_of_the_new_one(
    shop: Workshop, other: Any, tmp_path: Path
) -> None:
    texts = "format('COMMENT ON TABLE t IS %L', 'kept for ' || current_schema() || '.t')"
    shop.write(
        "shop_0001_t",
        f"CREATE TABLE t (); DO $$BEGIN EXECUTE {texts}; END$$; CREATE VIEW public.seen AS SELECT FROM t;"
        "CREATE FUNCTION f() RETURNS integer LANGUAGE sql SET search_path FROM CURRENT RETURN 1;"
        "CREATE TRIGGER note AFTER INSERT ON t EXECUTE FUNCTION suppress_redundant_updates_trigger();",
    )
    shop.apply()
    written = back_up(shop, tmp_path / "kept")
    restore.restore(other, written.folder, "Moved it")
    ask = other.execute
    assert ask("SELECT obj_description('\"Moved it\".t'::regclass)").fetchone() == ('kept for "Moved it".t',)
    assert ask("SELECT proconfig FROM pg_proc WHERE proname = 'f'").fetchone() == (['search_path="Moved it", pg_temp'],)
    notes = ask("SELECT note FROM \"Moved it\"._slate_ledger WHERE kind = 'migration'").fetchall()
    assert ["shop" in (note or "").replace("shop_0001", "") for (note,) in notes] == [False]

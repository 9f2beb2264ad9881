"""An installation gets another name whole: nothing in it goes on looking for the old one, or it is refused by name."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from slate_pg.cli import main
from slate_pg.cluster.role_names import find_own_roles
from slate_pg.config import Project
from slate_pg.fleet.renaming import rename
from slate_pg.migrations import runner
from slate_pg.migrations.locking import Patience
from slate_pg.migrations.run import Run
from slate_pg.operations.seeds import load
from slate_pg.postgres.connection import connect
from slate_pg.testing.plugin import Base
from tests.fleet.conftest import Fleet
from tests.workshop import captured

LONGEST = "x" * 63
PINNED = """
CREATE TABLE u (id integer PRIMARY KEY);
CREATE FUNCTION many() RETURNS bigint LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$ BEGIN RETURN (SELECT count(*) FROM u); END $$;
CREATE PROCEDURE fill(p integer) LANGUAGE sql SET search_path FROM CURRENT BEGIN ATOMIC INSERT INTO u VALUES (p); END;
CREATE VIEW v AS SELECT id FROM u;
COMMENT ON TABLE u IS 'The shop''s, as alpha.v has it; not alpha.';
"""


def moved(fleet: Fleet, old: str, new: str) -> None:
    ran = fleet.slate("rename", old, new, "--server", "north")
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("new", ["beta", 'Weird "Na\'me" %s', "user", LONGEST, "ünï.çode", "alpha_", "a,b", "$1"])
def test_all_of_it_works_under_the_new_name_and_nothing_differs(fleet: Fleet, new: str) -> None:
    fleet.shop.write("shop_0002_u", PINNED, "DROP VIEW v; DROP PROCEDURE fill; DROP FUNCTION many; DROP TABLE u;")
    assert fleet.slate("apply").returncode == 0
    moved(fleet, "alpha", new)
    with fleet.shop.session(autocommit=True) as session:
        quoted = psycopg.sql.Identifier(new).as_string(session)
        session.execute(f"CALL {quoted}.fill(1); SELECT 1".encode())
        assert session.execute(f"SELECT {quoted}.many()".encode()).fetchone() == (1,)
    for each in (new, "ünïcode"):
        assert fleet.slate("drift", "--match", each.replace("[", "[[]")).returncode == 0, new
    assert {line.get("schema") for line in fleet.lines("status")} >= {new, "select", "Weird Name"}
    fleet.shop.write("shop_0003_w", "CREATE TABLE w (id integer);", "DROP TABLE w;")
    assert fleet.slate("apply").returncode == 0
    moved(fleet, new, "gamma")
    assert fleet.shop.value("SELECT gamma.many()") == 1
    assert fleet.slate("rollback", "--all").returncode == 0


TEXTS = {
    "body": "CREATE FUNCTION f() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM alpha.t); END'",
    "string": "CREATE FUNCTION f() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM \"alpha\".t'",
    "upper": "CREATE FUNCTION f() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM ALPHA . T'",
    "put together": "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$BEGIN EXECUTE 'DROP TABLE alpha.' || 't'; END$$",
    "format": "CREATE FUNCTION f() RETURNS text LANGUAGE plpgsql AS $$BEGIN RETURN format('%I.t', 'alpha'); END$$",
    "path": "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$BEGIN SET LOCAL search_path = alpha, public; END$$",
    "in schema": "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$BEGIN GRANT USAGE ON SCHEMA alpha TO PUBLIC; END$$",
    "default": "ALTER TABLE t ADD COLUMN n bigint DEFAULT nextval('alpha.s'::text)",
    "check": "ALTER TABLE t ADD CHECK (to_regclass('alpha.t') IS NOT NULL)",
    "view": "CREATE VIEW v AS SELECT to_regclass('alpha.t') AS t",
    "policy": "CREATE POLICY p ON t USING (to_regclass('alpha.t') IS NOT NULL)",
    "index": "CREATE INDEX t_name ON t ((id::text || 'alpha.t'))",
    "argument": "CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "setting": "CREATE FUNCTION f() RETURNS void LANGUAGE sql SET my.schema = 'alpha' AS ''",
    "elsewhere": "CREATE FUNCTION public.f() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM alpha.t'",
}  # fmt: skip


@pytest.mark.parametrize("how", TEXTS)
def test_what_names_the_schema_in_a_text_is_named_and_nothing_is_changed(fleet: Fleet, how: str) -> None:
    text = TEXTS[how]
    if how == "argument":
        text = """CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION g('alpha.t')"""
    fleet.shop.do(f"SET search_path = alpha; CREATE SEQUENCE s; {text}; RESET search_path")
    ran = fleet.slate("rename", "alpha", "beta", "--server", "north")
    assert ran.returncode == 1, ran.stdout
    assert 'name the schema "alpha" in a text' in ran.stderr
    assert fleet.shop.exists("alpha.t")
    assert fleet.slate("rename", "alpha", "beta", "--server", "north", "--leave-texts").returncode == 0
    assert fleet.shop.exists("beta.t")


@pytest.mark.parametrize(
    "text",
    ["CREATE FUNCTION f() RETURNS bigint LANGUAGE sql AS 'SELECT alpha.id FROM t AS alpha LIMIT 1'",
     "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$BEGIN RAISE 'an alpha is not a t'; END$$",
     "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$BEGIN -- not alpha.t\n NULL; END$$",
     "CREATE FUNCTION f() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM alphabet.t' SET check_function_bodies = off",
     "COMMENT ON TABLE t IS 'alpha.t'", "CREATE VIEW v AS SELECT 'alpha male' AS x"],
)  # fmt: skip
def test_a_word_that_is_no_schema_is_in_nobodys_way(fleet: Fleet, text: str) -> None:
    fleet.shop.do(f"SET search_path = alpha; SET check_function_bodies = off; {text}; RESET ALL")
    moved(fleet, "alpha", "beta")
    assert fleet.shop.exists("beta.t")


def test_a_taken_and_a_reserved_name_are_refused(fleet: Fleet) -> None:
    fleet.shop.do("CREATE SCHEMA strange")
    for new, said in (("select", "already"), ("ünïcode", "on south already"), ("strange", "is there already"),
                      ("shop_spare_1", "a name for spares"), ("pg_x", "cannot be a schema"), ("", "cannot be")):  # fmt: skip
        ran = fleet.slate("rename", "alpha", new, "--server", "north")
        assert ran.returncode in (1, 2), new
        assert said in ran.stderr, ran.stderr
    ran = fleet.slate("rename", "alpha", "beta")
    assert (ran.returncode, '"alpha" is on north, south' in ran.stderr) == (2, True)
    assert fleet.slate("rename", "alpa", "beta").returncode == 2


def test_whoever_works_in_it_is_named_and_it_keeps_its_name(fleet: Fleet) -> None:
    with fleet.shop.session() as holder:
        holder.execute("SELECT * FROM alpha.t")
        ran = fleet.slate("rename", "alpha", "beta", "--server", "north")
        assert (ran.returncode, f"pid {holder.info.backend_pid}" in ran.stderr) == (1, True), ran.stderr
    assert fleet.shop.exists("alpha.t")
    with fleet.shop.run("alpha") as run, runner.locked(run):
        ran = fleet.slate("rename", "alpha", "beta", "--server", "north", "--wait", "0")
        assert (ran.returncode, "another slate" in ran.stderr) == (1, True), ran.stderr
    moved(fleet, "alpha", "beta")


@pytest.mark.parametrize("product", ["flourish", "learning", "physed", "spark", "vividly"])
def test_each_product_works_under_another_name(empty_url: str, slate_project: Project, product: str, among) -> None:
    among(product)
    old, new = f"north_{product}", "south_of_it"
    folder = ("--migrations", str(slate_project.root / "migrations"), "--database", empty_url)
    made = slate_project.product(product)
    assert captured(main, "slate", "bootstrap", *folder).returncode == 0
    with connect(empty_url) as connection:
        runner.apply(Run(connection, slate_project.product("core"), "core"))
        runner.apply(Run(connection, made.installed_as(old), "core"))
        rename(connection, old, new, Patience())
        load(Run(connection, made.installed_as(new), "core"), ("reference", "demo"))  # every trigger runs
        rename(connection, new, old, Patience())
        rename(connection, old, new, Patience())
        assert [role.removeprefix(new) for role in find_own_roles(connection, new)] != []
        assert find_own_roles(connection, old) == []
        held = "SELECT count(*) FROM pg_proc WHERE concat(proconfig::text, prosrc) LIKE '%%north\\_%%'"
        assert connection.execute(held).fetchone() == (0,)
        comments = "SELECT count(*) FROM pg_description WHERE description LIKE '%%north\\_%%'"
        assert connection.execute(comments).fetchone() == (0,)
    ran = captured(main, "slate", "jobs", "run", product, "--as", new, *folder)
    assert ran.returncode == 0, ran.stderr
    ran = captured(main, "slate", "drift", product, *folder)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    with connect(empty_url) as connection:
        runner.rollback(Run(connection, made.installed_as(new), "core"), steps=10**9)


def test_roles_that_another_database_needs_stay_there_and_the_renamed_one_gets_its_own(
    empty_url: str, slate_base: Base, slate_project: Project, tmp_path: Path
) -> None:
    flourish = slate_project.product("flourish")
    other = "keeping_other_" + str(abs(hash(str(tmp_path))) % 10**8)
    with connect(slate_base.url()) as server:
        server.execute(f"CREATE DATABASE {other}")
        try:
            for url in (empty_url, slate_base.url(other)):
                with connect(url) as connection:
                    runner.apply(Run(connection, slate_project.product("core"), "core"))
                    runner.apply(Run(connection, flourish.installed_as("both_have"), "core"))
            with connect(empty_url) as connection, connect(slate_base.url(other)) as elsewhere:
                before = find_own_roles(elsewhere, "both_have")
                rename(connection, "both_have", "only_here", Patience())
                assert find_own_roles(elsewhere, "both_have") == before
                assert [r.removeprefix("only_here") for r in find_own_roles(connection, "only_here")] == [
                    r.removeprefix("both_have") for r in before
                ]
                acl = "SELECT count(*) FROM pg_class WHERE relacl::text LIKE '%%both_have%%'"
                assert connection.execute(acl).fetchone() == (0,)
                runner.rollback(Run(connection, flourish.installed_as("only_here"), "core"), steps=10**9)
        finally:
            server.execute(f"DROP DATABASE {other} WITH (FORCE)")

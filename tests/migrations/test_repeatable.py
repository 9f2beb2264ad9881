"""Repeatable files: applied when their text changes, all in one transaction, and nothing that hangs on them is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from slate_pg.errors import Busy, EditedError, FileError, GraphError, MigrationFailed, Misuse
from slate_pg.migrations import runner
from slate_pg.migrations.installations import read_all
from slate_pg.migrations.locking import Patience
from slate_pg.migrations.repeatable.reading import read_repeatables
from slate_pg.postgres.connection import connect
from tests.workshop import Workshop, eventually

TABLE = "CREATE TABLE t (id integer, b text); INSERT INTO t SELECT g, g FROM generate_series(1, 10) AS g;"
LOOKS = """
    SELECT c.relname, c.relkind::text, c.reloptions, obj_description(c.oid), pg_get_userbyid(c.relowner),
        (SELECT array_agg(x::text ORDER BY x::text) FROM unnest(coalesce(c.relacl, acldefault('r', c.relowner))) AS x),
        (SELECT array_agg(format('%s %s %s', a.attname, a.attacl, col_description(c.oid, a.attnum)) ORDER BY a.attname)
         FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum > 0 AND a.attacl IS NOT NULL)
    FROM pg_class AS c
    WHERE c.relnamespace = 'shop'::regnamespace AND c.relkind IN ('v', 'm') AND c.relname !~ '^_'
    ORDER BY c.relname
"""


@pytest.fixture(autouse=True)
def roles(shop: Workshop) -> None:
    for role in ("rep_bob", "rep_carol", "rep_owner"):
        if not shop.rows("SELECT 1 FROM pg_roles WHERE rolname = %s", role):
            shop.do(f"CREATE ROLE {role}")


def put(shop: Workshop, name: str, text: str) -> Path:
    path = shop.folder / "repeatable" / f"{name}.sql"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def apply(shop: Workshop, schema: str = "shop") -> list[str]:
    """Apply, and return the repeatable files that were run, in their order."""
    with shop.run(schema) as run:
        runner.apply(run)
        return run.repeated


def back(shop: Workshop, name: str | None = None, steps: int | None = None) -> list[str]:
    with shop.run() as run:
        return [*runner.rollback(run, steps=steps, repeatable=name), *run.repeated]


def columns(shop: Workshop, view: str) -> list[str]:
    query = "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 ORDER BY attnum"
    return [r[0] for r in shop.rows(query, f"shop.{view}")]


def test_a_file_is_applied_when_its_text_changes_and_not_again(shop: Workshop) -> None:
    shop.write("m1", TABLE)
    put(shop, "v", "CREATE VIEW v AS SELECT id FROM t;")
    assert apply(shop) == ["v"]
    assert apply(shop) == []
    put(shop, "v", "-- a comment\nCREATE VIEW v AS SELECT id FROM t;")
    assert apply(shop) == []
    assert "only in comments" in shop.heard.warnings[-1]
    put(shop, "v", "CREATE VIEW v AS SELECT id, b FROM t;")
    assert apply(shop) == ["v"]
    assert columns(shop, "v") == ["id", "b"]


def test_the_order_is_that_of_the_dependencies_and_not_that_of_the_names(shop: Workshop) -> None:
    shop.write("m1", TABLE)
    put(shop, "a", "CREATE VIEW top AS SELECT id FROM mid WHERE tell() > 0;")
    put(shop, "b", "CREATE MATERIALIZED VIEW mid AS SELECT id FROM base;")
    put(shop, "c", "CREATE FUNCTION tell() RETURNS integer LANGUAGE sql AS 'SELECT 1';")
    put(shop, "z", "CREATE VIEW base AS SELECT id FROM t;")
    ran = apply(shop)
    assert ran.index("z") < ran.index("b") < ran.index("a") > ran.index("c")


def test_a_name_in_a_comment_does_not_decide_the_order_the_catalog_does(shop: Workshop) -> None:
    shop.write("m1", TABLE)
    put(shop, "a", "CREATE VIEW one AS SELECT id FROM t; -- as two does")
    put(shop, "b", "CREATE MATERIALIZED VIEW two AS SELECT * FROM one;")
    apply(shop)
    put(shop, "a", "CREATE VIEW one AS SELECT id, b FROM t; -- as two does")
    put(shop, "b", "CREATE MATERIALIZED VIEW two AS SELECT *, 1 AS n FROM one;")
    assert apply(shop) == ["a", "b"]
    assert columns(shop, "two") == ["id", "b", "n"]


def test_a_view_three_views_deep_changes_and_all_that_was_said_of_those_above_stays(shop: Workshop) -> None:
    shop.write("m1", TABLE)
    put(shop, "one", "CREATE VIEW one WITH (security_invoker) AS SELECT id, b FROM t;")
    put(shop, "two", "CREATE VIEW two WITH (security_barrier, security_invoker) AS SELECT id, b FROM one;")
    put(shop, "three", "CREATE VIEW three WITH (check_option = local) AS SELECT id, b FROM two;")
    apply(shop)
    shop.do(
        """
        CREATE VIEW shop.hand AS SELECT * FROM shop.three;
        ALTER VIEW shop.hand ALTER COLUMN b SET DEFAULT 'none';
        GRANT USAGE, CREATE ON SCHEMA shop TO rep_owner, rep_bob;
        ALTER VIEW shop.hand OWNER TO rep_owner;
        GRANT SELECT ON shop.t, shop.one, shop.two, shop.three TO rep_owner;
        GRANT SELECT ON shop.hand TO rep_bob WITH GRANT OPTION;
        GRANT SELECT (id) ON shop.one TO rep_carol;
        GRANT SELECT, INSERT ON shop.one, shop.two TO rep_bob;
        COMMENT ON VIEW shop.two IS 'it''s two'; COMMENT ON COLUMN shop.one.id IS 'which';
        COMMENT ON VIEW shop.one IS 'one';
        CREATE FUNCTION shop.noted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
        CREATE TRIGGER noted INSTEAD OF INSERT ON shop.two FOR EACH ROW EXECUTE FUNCTION shop.noted();
        CREATE RULE nothing AS ON DELETE TO shop.two DO INSTEAD NOTHING;
        """
    )
    shop.do("SET ROLE rep_bob; GRANT SELECT ON shop.hand TO rep_carol; RESET ROLE")
    before = shop.rows(LOOKS)
    put(shop, "one", "CREATE VIEW one WITH (security_invoker) AS SELECT id::bigint, b FROM t WHERE id > 1;")
    assert apply(shop) == ["one"]
    assert shop.rows(LOOKS) == before
    assert shop.value("SELECT count(*) FROM shop.hand") == 9
    hung = shop.rows(
        "SELECT (SELECT count(*) FROM pg_trigger WHERE tgrelid = 'shop.two'::regclass), (SELECT count(*) FROM "
        "pg_rewrite WHERE rulename = 'nothing'), (SELECT count(*) FROM pg_attrdef WHERE adrelid = 'shop.hand'::regclass)"
    )
    assert hung == [(1, 1, 1)]
    assert back(shop) == ["one"]
    assert shop.rows(LOOKS) == before
    assert shop.value("SELECT count(*) FROM shop.hand") == 10


def test_a_materialized_view_comes_back_with_its_indexes_filled_as_it_was_and_says_what_it_cost(shop: Workshop) -> None:
    shop.write("m1", TABLE)
    put(shop, "v", "CREATE VIEW v AS SELECT id, b FROM t;")
    put(shop, "m", "CREATE MATERIALIZED VIEW m AS SELECT id FROM v; CREATE UNIQUE INDEX m_id ON m (id);")
    apply(shop)
    shop.do(
        "CREATE MATERIALIZED VIEW shop.empty AS SELECT id FROM shop.v WITH NO DATA; "
        "CREATE INDEX empty_id ON shop.empty (id DESC); COMMENT ON INDEX shop.m_id IS 'key'; ANALYZE shop.m"
    )
    put(shop, "v", "CREATE VIEW v AS SELECT id::bigint AS id, b FROM t;")
    apply(shop)
    state = "SELECT relname, relispopulated, obj_description(oid) FROM pg_class WHERE relname IN ('m', 'empty', 'm_id')"
    assert sorted(shop.rows(state)) == [("empty", False, None), ("m", True, None), ("m_id", True, "key")]
    assert shop.value("SELECT count(*) FROM pg_index WHERE indrelid = 'shop.empty'::regclass") == 1
    assert any("shop.m was made anew and filled: about 10 rows" in said for said in shop.heard.warnings)


def test_the_columns_of_a_star_follow_what_it_reads(shop: Workshop) -> None:
    shop.write("m1", TABLE)
    put(shop, "a", "CREATE VIEW a AS SELECT * FROM m;")
    put(shop, "m", "CREATE MATERIALIZED VIEW m AS SELECT * FROM v; CREATE INDEX m_id ON m (id);")
    put(shop, "v", "CREATE VIEW v AS SELECT id FROM t;")
    apply(shop)
    put(shop, "v", "CREATE VIEW v AS SELECT id, b FROM t;")
    assert apply(shop) == ["v"]
    assert columns(shop, "m") == columns(shop, "a") == ["id", "b"]


def test_a_function_changes_its_result_under_a_view_a_policy_a_default_and_a_trigger(shop: Workshop) -> None:
    shop.write("m1", TABLE)
    put(shop, "f", "CREATE FUNCTION f(a integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT a';")
    put(
        shop,
        "g",
        "CREATE FUNCTION f(a text) RETURNS integer LANGUAGE sql AS 'SELECT 2'; GRANT EXECUTE ON FUNCTION f(text) TO rep_bob;",
    )
    apply(shop)
    shop.do(
        "ALTER TABLE shop.t ALTER id SET DEFAULT shop.f(7); CREATE VIEW shop.v AS SELECT shop.f(id) AS f FROM shop.t; "
        "CREATE POLICY p ON shop.t AS RESTRICTIVE FOR UPDATE TO rep_bob USING (shop.f(id) > 0) WITH CHECK (true); "
        "COMMENT ON POLICY p ON shop.t IS 'kept'; REVOKE EXECUTE ON FUNCTION shop.f(integer) FROM PUBLIC; "
        "GRANT EXECUTE ON FUNCTION shop.f(integer) TO rep_bob"
    )
    query = (
        "SELECT polpermissive, polcmd::text, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid), "
        "obj_description(oid, 'pg_policy'), (SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = "
        "'shop.t'::regclass), (SELECT proacl::text FROM pg_proc WHERE oid = 'shop.f(integer)'::regprocedure) FROM pg_policy"
    )
    before = shop.rows(query)
    put(shop, "f", "CREATE FUNCTION f(b integer) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT b::bigint';")
    assert apply(shop) == ["f"]
    assert shop.rows(query) == before
    assert shop.value("SELECT pg_typeof(f)::text FROM shop.v LIMIT 1") == "bigint"


@pytest.mark.parametrize(
    "hold",
    [
        "ALTER TABLE shop.t ADD CONSTRAINT positive CHECK (shop.f(id) > 0)",
        "CREATE INDEX t_f ON shop.t (shop.f(id))",
        "ALTER TABLE shop.t ADD g integer GENERATED ALWAYS AS (shop.f(id)) STORED",
        "CREATE DOMAIN shop.d AS integer CHECK (shop.f(VALUE) > 0)",
    ],
)
def test_what_holds_or_guards_data_is_named_and_stays(shop: Workshop, hold: str) -> None:
    shop.write("m1", TABLE)
    put(shop, "f", "CREATE FUNCTION f(a integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT a';")
    apply(shop)
    shop.do(hold)
    put(shop, "f", "CREATE FUNCTION f(a integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT a + 0';")
    assert apply(shop) == ["f"]
    put(shop, "f", "CREATE FUNCTION f(b integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT b';")
    with pytest.raises(MigrationFailed, match=r"depends on function shop\.f\(integer\)"):
        apply(shop)
    assert shop.value("SELECT proargnames::text FROM pg_proc WHERE oid = 'shop.f(integer)'::regprocedure") == "{a}"


def test_what_leaves_a_file_goes_with_its_grants_and_comments(shop: Workshop) -> None:
    shop.write("m1", TABLE)
    put(
        shop, "all",
        "CREATE VIEW v AS SELECT id FROM t; CREATE VIEW w AS SELECT 1 AS x; GRANT SELECT ON v TO rep_bob, rep_carol; "
        "COMMENT ON VIEW v IS 'old'; CREATE FUNCTION f(int, text DEFAULT 'x', OUT z int) LANGUAGE sql AS 'SELECT 1'; "
        "CREATE POLICY p ON t USING (true); CREATE FUNCTION f(text) RETURNS int LANGUAGE sql AS 'SELECT 1';",
    )  # fmt: skip
    apply(shop)
    shop.do("GRANT INSERT ON shop.v TO rep_bob")
    put(
        shop,
        "all",
        "CREATE VIEW v AS SELECT id FROM t; GRANT SELECT ON v TO rep_carol; CREATE FUNCTION f(text) RETURNS int LANGUAGE sql AS 'SELECT 1';",
    )
    apply(shop)
    assert shop.rows("SELECT relname, obj_description(oid) FROM pg_class WHERE relname IN ('v', 'w')") == [("v", None)]
    given = "SELECT grantee::regrole::text, privilege_type FROM pg_class, aclexplode(relacl) WHERE relname = 'v'"
    assert {r for r in shop.rows(given) if r[0].startswith("rep_")} == {("rep_carol", "SELECT"), ("rep_bob", "INSERT")}
    assert shop.rows("SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'shop'::regnamespace") == [
        ("shop.f(text)",)
    ]
    assert not shop.rows("SELECT 1 FROM pg_policy")


def test_what_leaves_a_file_and_is_needed_is_named_and_nothing_is_changed(shop: Workshop) -> None:
    shop.write("m1", TABLE)
    put(shop, "all", "CREATE VIEW v AS SELECT id FROM t; CREATE VIEW w AS SELECT 1 AS x;")
    apply(shop)
    shop.do("CREATE VIEW shop.hand AS SELECT * FROM shop.v")
    put(shop, "all", "CREATE VIEW w AS SELECT 2 AS x;")
    with pytest.raises(MigrationFailed, match=r"view shop\.hand depends on what has changed"):
        apply(shop)
    assert (shop.value("SELECT x FROM shop.w"), len(shop.rows("SELECT * FROM shop.hand"))) == (1, 10)
    assert shop.value("SELECT count(*) FROM shop._slate_ledger WHERE kind = 'repeatable'") == 1


def test_a_view_becomes_a_materialized_one_and_a_function_a_procedure(shop: Workshop) -> None:
    shop.write("m1", TABLE)
    put(shop, "v", "CREATE VIEW v AS SELECT id FROM t;")
    put(shop, "w", "CREATE VIEW w AS SELECT id FROM v;")
    put(shop, "f", "CREATE FUNCTION f(a integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';")
    apply(shop)
    shop.do("GRANT SELECT ON shop.v, shop.w TO rep_bob; COMMENT ON VIEW shop.v IS 'kept'")
    put(shop, "v", "CREATE MATERIALIZED VIEW v AS SELECT id FROM t;")
    put(shop, "f", "CREATE PROCEDURE f(a integer) LANGUAGE sql AS 'SELECT 1';")
    apply(shop)
    kinds = "SELECT relname, relkind::text, relacl IS NOT NULL, obj_description(oid) FROM pg_class WHERE relname IN ('v', 'w')"
    assert sorted(shop.rows(kinds)) == [("v", "m", True, "kept"), ("w", "v", True, None)]
    assert shop.value("SELECT prokind::text FROM pg_proc WHERE proname = 'f'") == "p"


def test_triggers_policies_and_rules_without_or_replace_are_made_anew(shop: Workshop) -> None:
    shop.write("m1", TABLE)
    body = "CREATE FUNCTION n() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END'; CREATE VIEW v AS SELECT * FROM t; "
    for moment, command, text in (("BEFORE", "SELECT", "DELETE"), ("AFTER", "DELETE", "INSERT")):
        put(
            shop, "all",
            f"{body} CREATE TRIGGER tr {moment} INSERT ON t FOR EACH ROW EXECUTE FUNCTION n(); "
            f"DROP TRIGGER IF EXISTS ct ON t; CREATE CONSTRAINT TRIGGER ct AFTER {text} ON t DEFERRABLE FOR EACH ROW "
            f"EXECUTE FUNCTION n(); DROP POLICY IF EXISTS p ON t; CREATE POLICY p ON t FOR {command} USING (id > 0); "
            f"CREATE RULE r AS ON {text} TO v DO INSTEAD NOTHING;",
        )  # fmt: skip
        assert apply(shop) == ["all"]
    triggers = shop.rows("SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY tgname")
    assert ["AFTER INSERT" in r[0] for r in triggers] == [True, True]
    assert shop.rows("SELECT polcmd::text FROM pg_policy") == [("d",)]
    assert "ON INSERT" in shop.value("SELECT pg_get_ruledef(oid) FROM pg_rewrite WHERE rulename = 'r'")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("CREATE TABLE x (a int);", "CREATE TABLE"), ("INSERT INTO t VALUES (1);", "INSERT INTO"),
        ("ALTER TABLE t ADD c int;", "ALTER TABLE"), ("UPDATE t SET id = 1;", "UPDATE"), ("DO 'BEGIN END';", "DO in"),
        ("CREATE TYPE q AS ENUM ('a');", "CREATE TYPE"), ("DROP VIEW IF EXISTS v CASCADE;", "DROP VIEW"),
        ("DROP VIEW v;", "DROP VIEW"), ("CREATE INDEX x ON t (id);", "CREATE INDEX"), ("COMMIT;", "COMMIT"),
        ("CREATE TEMP VIEW a AS SELECT 1;", "CREATE TEMP VIEW"), ("GRANT rep_bob TO rep_carol;", "GRANT"),
        ("SELECT setval('s', 1);", "SELECT"), ("CREATE VIEW a AS SELEC 1;", "cannot be read"), (r"\d t", "psql"),
        ("CREATE VIEW a AS SELECT 1 AS x; CREATE VIEW a AS SELECT 2 AS x;", "a is defined a second time"),
        ("-- depends: m1\nCREATE VIEW a AS SELECT 1 AS x;", 'no directive "depends"'),
        ("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO rep_bob;", "ALTER DEFAULT"),
    ],
)  # fmt: skip
def test_what_a_versioned_migration_has_to_do_is_refused_by_name_before_anything_is_run(
    shop: Workshop, text: str, named: str
) -> None:
    shop.write("m1", TABLE)
    path = put(shop, "bad", text)
    with pytest.raises(FileError) as error:
        apply(shop)
    assert named in error.value.message
    assert str(path) in error.value.message
    assert not shop.rows("SELECT 1 FROM pg_class WHERE relname = 't'")


def test_files_that_need_each_other_are_named(shop: Workshop) -> None:
    shop.write("m1", TABLE)
    put(shop, "a", "CREATE VIEW va AS SELECT * FROM vb;")
    put(shop, "b", "CREATE VIEW vb AS SELECT * FROM va;")
    with pytest.raises(MigrationFailed, match="a and b need each other"):
        apply(shop)


def test_one_object_in_two_files_is_refused(shop: Workshop) -> None:
    shop.write("m1", TABLE)
    put(shop, "a", "CREATE VIEW v AS SELECT 1 AS x;")
    put(shop, "b", "CREATE VIEW v AS SELECT 2 AS x;")
    with pytest.raises(MigrationFailed, match=r"both define shop\.v"):
        apply(shop)


def test_an_object_elsewhere_is_refused_and_one_in_a_schema_that_a_migration_made_is_not(shop: Workshop) -> None:
    shop.write("m1", f"{TABLE} CREATE SCHEMA shop_more;")
    put(shop, "v", "CREATE VIEW public.v AS SELECT 1 AS x;")
    with pytest.raises(MigrationFailed, match=r"view public\.v is outside of shop"):
        apply(shop)
    put(shop, "v", "SET search_path = shop_more; CREATE VIEW v AS SELECT 1 AS x;")
    put(shop, "w", "CREATE VIEW w AS SELECT 1 AS x;")
    apply(shop)
    found = shop.rows(
        "SELECT relnamespace::regnamespace::text FROM pg_class WHERE relname IN ('v', 'w') ORDER BY relname"
    )
    assert found == [("shop_more",), ("shop",)]


def test_a_failing_file_takes_all_of_them_back_and_the_ledger_says_so(shop: Workshop) -> None:
    shop.write("m1", TABLE)
    put(shop, "a", "CREATE VIEW a AS SELECT id FROM t;")
    put(shop, "z", "CREATE VIEW z AS SELECT nothing FROM t;")
    with pytest.raises(MigrationFailed, match=r"z failed at .*z\.sql:1:25") as error:
        apply(shop)
    assert "m1 before it is" in error.value.hint
    assert not shop.rows("SELECT 1 FROM pg_class WHERE relname = 'a'")
    assert not shop.rows("SELECT 1 FROM shop._slate_ledger WHERE kind = 'repeatable'")
    assert shop.rows("SELECT key FROM shop._slate_ledger WHERE kind = 'migration'") == [("m1",)]


def test_a_rollback_is_one_step_of_the_history_and_goes_text_by_text_to_nothing(shop: Workshop) -> None:
    shop.write("m1", TABLE, "DROP TABLE t;")
    put(shop, "v", "CREATE VIEW v AS SELECT id FROM t;")
    put(shop, "w", "CREATE VIEW w AS SELECT id FROM v;")
    apply(shop)
    shop.write("m2", "CREATE TABLE t2 (id integer);", "DROP TABLE t2;")
    put(shop, "v", "CREATE VIEW v AS SELECT b, id FROM t2 JOIN t USING (id);")
    apply(shop)
    shop.write("m3", "SELECT 1;")
    apply(shop)
    assert back(shop, steps=2) == ["m3", "v"]
    assert columns(shop, "v") == ["id"]
    assert back(shop) == ["m2"]
    assert back(shop) == ["v", "w"]
    assert back(shop) == ["m1"]
    assert not shop.rows("SELECT 1 FROM pg_class WHERE relname IN ('t', 'v', 'w')")


def test_one_file_is_put_back_by_its_name(shop: Workshop) -> None:
    shop.write("m1", TABLE)
    for number in (1, 2, 3):
        put(shop, "v", f"CREATE VIEW v AS SELECT {number} AS n;")
        put(shop, "w", f"CREATE VIEW w AS SELECT {number} AS n;")
        apply(shop)
    assert back(shop, "v", 2) == ["v"]
    assert (shop.value("SELECT n FROM shop.v"), shop.value("SELECT n FROM shop.w")) == (1, 3)
    with pytest.raises(Misuse, match='no repeatable "x"'):
        back(shop, "x")
    assert back(shop, "v", 10**9) == ["v"]
    assert not shop.rows("SELECT 1 FROM pg_class WHERE relname = 'v'")


def test_what_a_migration_made_before_a_file_took_it_over_is_there_again_after_a_rollback(shop: Workshop) -> None:
    shop.write(
        "m1", f"{TABLE} CREATE VIEW v AS SELECT id FROM t; GRANT SELECT ON v TO rep_bob;", "DROP VIEW v; DROP TABLE t;"
    )
    put(shop, "v", "CREATE VIEW v AS SELECT b FROM t;")
    apply(shop)
    assert back(shop) == ["v"]
    assert columns(shop, "v") == ["id"]
    assert back(shop) == ["m1"]


def test_a_text_that_others_may_have_written_is_not_run_unread(shop: Workshop) -> None:
    shop.write("m1", TABLE)
    put(shop, "v", "CREATE VIEW v AS SELECT id FROM t;")
    apply(shop)
    shop.do("GRANT INSERT ON shop._slate_ledger TO rep_bob")
    with pytest.raises(EditedError, match="others than you can write"):
        back(shop)
    shop.do("REVOKE INSERT ON shop._slate_ledger FROM rep_bob")
    shop.do("UPDATE shop._slate_ledger SET body = 'DROP TABLE t' WHERE kind = 'repeatable'")
    put(shop, "v", "CREATE VIEW v AS SELECT b FROM t;")
    with pytest.raises(EditedError, match="not what its checksum says"):
        apply(shop)


def test_two_installations_keep_their_own_texts(shop: Workshop) -> None:
    shop.write("m1", TABLE)
    put(shop, "v", "CREATE VIEW v AS SELECT id FROM t;")
    assert (apply(shop), apply(shop, "shop_east")) == (["v"], ["v"])
    put(shop, "v", "CREATE VIEW v AS SELECT b FROM t;")
    assert apply(shop, "shop_east") == ["v"]
    assert (columns(shop, "v"), shop.state("shop_east").is_current) == (["id"], True)


def test_what_one_file_sets_does_not_reach_the_next(shop: Workshop) -> None:
    shop.write("m1", f"{TABLE} GRANT ALL ON SCHEMA shop TO rep_owner; GRANT ALL ON t TO rep_owner;")
    put(shop, "a", "SET check_function_bodies = off; SET ROLE rep_owner; CREATE VIEW a AS SELECT id FROM t;")
    put(shop, "b", "CREATE VIEW b AS SELECT 1 AS x, current_setting('check_function_bodies') AS c;")
    apply(shop)
    owners = "SELECT relname, pg_get_userbyid(relowner) = 'rep_owner' FROM pg_class WHERE relname IN ('a', 'b')"
    assert sorted(shop.rows(owners)) == [("a", True), ("b", False)]


@pytest.mark.parametrize("name", ['We"ird Näme', "select", "x" * 63, "100% 'quoted'"])
def test_any_name_is_taken_down_and_put_back(shop: Workshop, name: str) -> None:
    shop.write("m1", TABLE)
    quoted = '"' + name.replace('"', '""') + '"'
    put(shop, name.replace('"', ""), f"CREATE VIEW {quoted} AS SELECT id AS {quoted} FROM t;")
    put(shop, "f", f"CREATE FUNCTION {quoted}({quoted} integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';")
    apply(shop)
    shop.do(
        f"CREATE VIEW shop.top AS SELECT {quoted}, shop.{quoted}(1) AS f FROM shop.{quoted}; GRANT SELECT ON shop.top TO rep_bob"
    )
    put(shop, name.replace('"', ""), f"CREATE VIEW {quoted} AS SELECT 1 AS more, id AS {quoted} FROM t;")
    put(shop, "f", f"CREATE FUNCTION {quoted}(other integer) RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';")
    assert len(apply(shop)) == 2
    assert columns(shop, "top") == [name, "f"]
    assert back(shop)
    assert columns(shop, "top") == [name, "f"]


def test_files_of_one_name_and_of_a_wrong_end_are_refused(shop: Workshop) -> None:
    shop.write("m1", TABLE)
    put(shop, "a", "")
    (shop.folder / "repeatable" / "b.SQL").write_text("")
    with pytest.raises(FileError, match=r"does not end in \.sql"):
        read_repeatables(shop.product)
    (shop.folder / "repeatable" / "b.SQL").unlink()
    put(shop, "A", "")
    with pytest.raises(GraphError, match="one repeatable by name"):
        read_repeatables(shop.product)


def test_what_a_migration_or_a_hand_has_dropped_is_made_again(shop: Workshop) -> None:
    shop.write("m1", TABLE)
    put(shop, "v", "CREATE VIEW v AS SELECT id FROM t; GRANT SELECT ON v TO rep_bob;")
    put(shop, "w", "CREATE VIEW w AS SELECT id FROM v;")
    apply(shop)
    shop.write("m2", "ALTER TABLE t ALTER id TYPE bigint;")
    with pytest.raises(MigrationFailed) as error:
        apply(shop)
    assert "its file is run again behind it" in error.value.hint
    shop.write("m2", "DROP VIEW IF EXISTS w; DROP VIEW IF EXISTS v; ALTER TABLE t ALTER id TYPE bigint;")
    assert sorted(apply(shop)) == ["v", "w"]
    assert shop.value("SELECT pg_typeof(id)::text FROM shop.w LIMIT 1") == "bigint"
    shop.do("DROP VIEW shop.w")
    with connect(shop.url) as connection:
        (stands,) = (s.repeatables for s in read_all(connection, shop.project, []))
    assert [(s.name, s.state) for s in stands] == [("v", "current"), ("w", "dropped since")]
    assert apply(shop) == ["w"]


def test_a_renamed_schema_lacks_nothing(shop: Workshop) -> None:
    shop.write("m1", TABLE)
    put(
        shop,
        "v",
        "CREATE VIEW v AS SELECT id FROM t; CREATE FUNCTION f(a t) RETURNS integer LANGUAGE sql AS 'SELECT 1';",
    )
    put(shop, "p", "CREATE POLICY p ON t USING (true);")
    apply(shop)
    shop.do("ALTER SCHEMA shop RENAME TO shop_new")
    assert apply(shop, "shop_new") in ([], ["v"])  # an argument of the schema's own type is called otherwise


def test_eight_at_once_apply_a_change_once(shop: Workshop) -> None:
    shop.write("m1", TABLE)
    put(shop, "v", "CREATE VIEW v AS SELECT id FROM t;")
    apply(shop)
    put(shop, "v", "CREATE VIEW v AS SELECT b FROM t;")
    running = [shop.start("apply") for _ in range(8)]
    assert [process.wait(300) for process in running] == [0] * 8
    assert shop.value("SELECT count(*) FROM shop._slate_ledger WHERE kind = 'repeatable' AND key = 'v'") == 2


def test_a_kill_in_the_midst_leaves_all_as_it_was(shop: Workshop) -> None:
    shop.write("m1", TABLE)
    put(shop, "v", "CREATE VIEW v AS SELECT id FROM t;")
    put(shop, "w", "CREATE VIEW w AS SELECT id FROM v;")
    apply(shop)
    shop.do("GRANT SELECT ON shop.w TO rep_bob")
    before = shop.rows(LOOKS)
    put(shop, "v", "CREATE VIEW v AS SELECT id::bigint FROM t;")
    put(shop, "z", "CREATE MATERIALIZED VIEW z AS SELECT id, pg_sleep(600)::text AS s FROM v;")
    process = shop.start("apply")
    asleep = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"
    eventually(lambda: shop.rows(asleep), "the runner fills the materialized view")
    shop.kill(process)
    shop.do(asleep.replace("SELECT 1", "SELECT pg_terminate_backend(pid)"))  # it sleeps on, and nobody commits
    shop.all_gone()
    assert shop.rows(LOOKS) == before
    assert shop.value("SELECT count(*) FROM shop._slate_ledger WHERE kind = 'repeatable'") == 2


def test_a_view_in_use_is_waited_for_with_a_bound(shop: Workshop) -> None:
    shop.write("m1", TABLE)
    put(shop, "v", "CREATE VIEW v AS SELECT id FROM t;")
    apply(shop)
    put(shop, "v", "CREATE VIEW v AS SELECT id::bigint FROM t;")
    with shop.session() as reader:
        reader.execute("SELECT * FROM shop.v")
        with shop.run(patience=Patience(50, 1)) as run, pytest.raises(Busy):
            runner.apply(run)
        assert columns(shop, "v") == ["id"]
    assert apply(shop) == ["v"]


def test_what_belongs_to_another_role_is_named_or_comes_back_as_that_roles(shop: Workshop) -> None:
    for role in ("rep_app", "rep_guest"):
        if not shop.rows("SELECT 1 FROM pg_roles WHERE rolname = %s", role):
            shop.do(f"CREATE ROLE {role} LOGIN")
    shop.do("REVOKE rep_guest FROM rep_app")
    shop.do(f'GRANT CREATE ON DATABASE "{shop.value("SELECT current_database()")}" TO rep_app; CREATE SCHEMA side '
            "AUTHORIZATION rep_guest")  # fmt: skip
    shop.write("m1", TABLE)
    put(shop, "v", "CREATE VIEW v AS SELECT id FROM t; GRANT SELECT ON v TO rep_guest;")

    shop.do("CREATE SCHEMA shop AUTHORIZATION rep_app")
    shop.do("GRANT USAGE ON SCHEMA shop TO rep_guest")
    url = shop.url.replace("//postgres@", "//rep_app@")
    assert url != shop.url
    with shop.run(url=url) as run:
        runner.apply(run)
    shop.do("SET ROLE rep_guest; CREATE VIEW side.mine AS SELECT * FROM shop.v; RESET ROLE")
    put(shop, "v", "CREATE VIEW v AS SELECT id::bigint, b FROM t; GRANT SELECT ON v TO rep_guest;")
    with shop.run(url=url) as run, pytest.raises(MigrationFailed, match=r"view side\.mine has to be taken down"):
        runner.apply(run)
    shop.do("GRANT rep_guest TO rep_app")
    with shop.run(url=url) as run:
        runner.apply(run)
    owner = "SELECT pg_get_userbyid(relowner) FROM pg_class WHERE relname = 'mine'"
    assert (shop.value(owner), len(shop.rows("SELECT * FROM side.mine"))) == ("rep_guest", 10)
    shop.do("DROP SCHEMA side CASCADE; REVOKE rep_guest FROM rep_app")


def test_flyways_own_are_repeated_in_the_order_of_their_dependencies(shop: Workshop) -> None:
    (shop.folder / "V1__table.sql").write_text(TABLE)
    (shop.folder / "R__a_top.sql").write_text("CREATE OR REPLACE VIEW top AS SELECT id FROM base;")
    (shop.folder / "more").mkdir()
    (shop.folder / "more" / "R__z_base.sql").write_text("CREATE OR REPLACE VIEW base AS SELECT id FROM t;")
    assert apply(shop) == ["R__z_base", "R__a_top"]
    (shop.folder / "more" / "R__z_base.sql").write_text("CREATE OR REPLACE VIEW base AS SELECT b, id FROM t;")
    assert apply(shop) == ["R__z_base"]
    assert (columns(shop, "base"), columns(shop, "top")) == (["b", "id"], ["id"])
    assert back(shop) == ["R__z_base"]
    assert columns(shop, "base") == ["id"]


def test_what_somebody_has_set_stays_and_what_the_text_took_back_goes(shop: Workshop) -> None:
    shop.write("m1", TABLE)
    put(shop, "v", "CREATE VIEW v AS SELECT id FROM t;")
    put(shop, "u", "CREATE VIEW u WITH (security_invoker) AS SELECT id FROM t;")
    put(shop, "m", "CREATE MATERIALIZED VIEW m AS SELECT id FROM v; CREATE UNIQUE INDEX mi ON m (id);")
    apply(shop)
    shop.do(
        "ALTER VIEW shop.v SET (security_invoker = true); ALTER MATERIALIZED VIEW shop.m SET (fillfactor = 50); "
        "ALTER MATERIALIZED VIEW shop.m CLUSTER ON mi; ALTER MATERIALIZED VIEW shop.m ALTER COLUMN id SET STATISTICS 7"
    )
    put(shop, "u", "CREATE VIEW u AS SELECT id FROM t;")
    options = "SELECT relname, reloptions FROM pg_class WHERE relname IN ('m', 'u', 'v') ORDER BY relname"
    for text in ("SELECT id FROM t WHERE id > 0", "SELECT id::bigint FROM t"):
        put(shop, "v", f"CREATE VIEW v AS {text};")
        apply(shop)
        assert shop.rows(options) == [("m", ["fillfactor=50"]), ("u", None), ("v", ["security_invoker=true"])]
    assert shop.value("SELECT indisclustered FROM pg_index WHERE indexrelid = 'shop.mi'::regclass")
    column = "SELECT attstattarget FROM pg_attribute WHERE attrelid = 'shop.m'::regclass AND attnum = 1"
    assert shop.value(column) == 7


def test_a_drop_in_a_file_takes_away_what_no_file_defines_and_leaves_what_one_does(shop: Workshop) -> None:
    shop.write("m1", f"{TABLE} CREATE FUNCTION old(a text) RETURNS integer LANGUAGE sql AS 'SELECT 1'; "
               "CREATE VIEW gone AS SELECT 1 AS x;")  # fmt: skip
    drops = "DROP FUNCTION IF EXISTS old; DROP FUNCTION IF EXISTS f; DROP VIEW IF EXISTS gone; DROP VIEW IF EXISTS v;"
    put(shop, "v", "CREATE VIEW v AS SELECT id FROM t;")
    put(shop, "f", f"{drops} CREATE FUNCTION f(a integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';")
    apply(shop)
    shop.do("CREATE VIEW shop.uses AS SELECT shop.f(id) AS f FROM shop.v")
    put(shop, "f", f"{drops} CREATE FUNCTION f(a integer) RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';")
    assert apply(shop) == ["f"]
    routines = "SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'shop'::regnamespace"
    assert shop.rows(routines) == [("shop.f(integer)",)]
    assert not shop.rows("SELECT 1 FROM pg_class WHERE relname = 'gone'")
    assert len(shop.rows("SELECT * FROM shop.uses")) == 10


def test_one_object_in_two_files_is_refused_also_where_one_says_its_schema(shop: Workshop) -> None:
    shop.write("m1", TABLE)
    put(shop, "a", "CREATE VIEW v AS SELECT 1 AS x;")
    put(shop, "b", "CREATE VIEW shop.v AS SELECT 2 AS x;")
    with pytest.raises(MigrationFailed, match=r"both define shop\.v"):
        apply(shop)

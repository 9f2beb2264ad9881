"""`slate draft` and `slate drift --sql`: from three sources, proven, nothing written that does not prove."""

from __future__ import annotations

import pytest

from tests.workshop import Workshop

FIRST = """CREATE TABLE carts (id integer CONSTRAINT carts_pkey PRIMARY KEY, note text, price numeric(8, 2) NOT NULL);
CREATE VIEW prices AS SELECT id, price FROM carts;
"""
WANTED = """CREATE TABLE carts (
    id integer CONSTRAINT carts_pkey PRIMARY KEY, price numeric(8, 2) NOT NULL DEFAULT 0, sold_at timestamptz
);
COMMENT ON TABLE carts IS 'What is bought.';
CREATE VIEW prices AS SELECT price, id FROM carts;
CREATE TABLE lines (cart_id integer REFERENCES carts (id), number integer);
"""
OTHER = """CREATE SCHEMA other; CREATE TABLE other.t (id int);
ALTER DEFAULT PRIVILEGES IN SCHEMA other GRANT SELECT ON TABLES TO PUBLIC;
"""


@pytest.fixture
def built(shop: Workshop) -> Workshop:
    shop.write("shop_0001_carts", FIRST, "DROP VIEW prices;\nDROP TABLE carts;\n")
    shop.apply()
    return shop


def test_a_draft_from_sql_keeps_what_would_be_lost_as_a_comment(built: Workshop) -> None:
    (built.root / "wanted.sql").write_text(WANTED, encoding="utf-8")
    ran = built.slate("draft", "shop", "sell_carts", "--from-sql", str(built.root / "wanted.sql"))
    assert ran.returncode == 0, ran.stderr
    apply, back = (built.folder / name for name in ("shop_0002_sell_carts.sql", "shop_0002_sell_carts.rollback.sql"))
    assert ran.stdout.splitlines() == [str(apply), str(back)]
    assert "-- ALTER TABLE carts DROP COLUMN note;" in apply.read_text("utf-8")
    assert "shop." not in apply.read_text("utf-8") + back.read_text("utf-8")
    built.apply()
    assert built.rows("SELECT note FROM shop.carts") == []
    built.rollback()


def test_a_draft_from_a_database_is_what_was_changed_there(built: Workshop) -> None:
    built.do(
        "ALTER TABLE shop.carts ADD COLUMN sold boolean NOT NULL DEFAULT false; GRANT SELECT ON shop.carts TO PUBLIC"
    )
    ran = built.slate("draft", "shop", "sell_carts", "--from", built.url)
    assert ran.returncode == 0, ran.stderr
    text = (built.folder / "shop_0002_sell_carts.sql").read_text("utf-8")
    assert "ALTER TABLE carts ADD COLUMN sold boolean DEFAULT false" in text
    assert "GRANT SELECT ON carts TO PUBLIC;" in text
    assert "DROP COLUMN sold" in (built.folder / "shop_0002_sell_carts.rollback.sql").read_text("utf-8")


def test_drift_is_undone_by_a_draft_and_by_the_statements_it_prints(built: Workshop) -> None:
    change = "CREATE INDEX carts_note ON shop.carts (note); GRANT SELECT ON shop.carts TO PUBLIC; DROP VIEW shop.prices"
    built.do(change)
    ran = built.slate("draft", "shop", "undo_drift", "--undo-drift")
    assert ran.returncode == 0, ran.stderr
    built.apply()
    assert built.rows("SELECT relname FROM pg_class WHERE relname IN ('prices', 'carts_note')") == [("prices",)]
    built.rollback()
    (built.folder / "shop_0002_undo_drift.sql").unlink()
    (built.folder / "shop_0002_undo_drift.rollback.sql").unlink()
    said = built.slate("drift", "--sql")
    assert said.returncode == 3
    assert said.stdout.startswith(
        "SET search_path = shop, pg_temp;\n\n-- security: grant on table shop.carts to PUBLIC"
    )
    built.do(said.stdout)
    assert built.slate("drift").returncode == 0


def test_nothing_is_written_where_nothing_differs(built: Workshop) -> None:
    ran = built.slate("draft", "shop", "sell_carts", "--from", built.url)
    assert (ran.returncode, ran.stdout) == (0, "")
    assert "nothing differs" in ran.stderr


def test_a_rename_is_given_and_never_guessed(built: Workshop) -> None:
    built.do("ALTER TABLE shop.carts RENAME COLUMN note TO remark")
    guessed = built.slate("draft", "shop", "name_notes", "--from", built.url)
    assert guessed.returncode == 0, guessed.stderr
    assert "--rename carts.note=remark" in guessed.stderr
    assert "-- ALTER TABLE carts DROP COLUMN note;" in (built.folder / "shop_0002_name_notes.sql").read_text("utf-8")
    for path in built.folder.glob("shop_0002*"):
        path.unlink()
    given = built.slate("draft", "shop", "name_notes", "--from", built.url, "--rename", "carts.note=remark")
    assert given.returncode == 0, given.stderr
    text = (built.folder / "shop_0002_name_notes.sql").read_text("utf-8")
    assert "ALTER TABLE carts RENAME COLUMN note TO remark;" in text
    assert "DROP" not in text


def test_pending_files_and_no_source_are_refused(built: Workshop) -> None:
    assert built.slate("draft", "shop", "sell_carts").returncode == 2
    built.write("shop_0002_more", "CREATE TABLE more (id integer);", "DROP TABLE more;")
    ran = built.slate("draft", "shop", "sell_carts", "--from", built.url)
    assert ran.returncode == 1
    assert "shop_0002_more" in ran.stderr


def test_a_label_and_what_uses_it_are_two_files(built: Workshop) -> None:
    built.write("shop_0002_kinds", "CREATE TYPE kind AS ENUM ('a', 'c');", "DROP TYPE kind;")
    built.apply()
    built.do("ALTER TYPE shop.kind ADD VALUE 'b' BEFORE 'c'")
    built.do("ALTER TABLE shop.carts ADD COLUMN kind shop.kind NOT NULL DEFAULT 'b'")
    ran = built.slate("draft", "shop", "name_kinds", "--from", built.url)
    assert ran.returncode == 0, ran.stderr
    names = sorted(path.name for path in built.folder.glob("shop_000[34]*.sql") if "rollback" not in path.name)
    assert names == ["shop_0003_name_kinds_labels.sql", "shop_0004_name_kinds.sql"]
    assert "ADD VALUE 'b' BEFORE 'c';" in (built.folder / names[0]).read_text("utf-8")


def test_an_index_of_a_large_table_is_built_beside_writers_in_a_file_of_its_own(built: Workshop) -> None:
    built.do("INSERT INTO shop.carts SELECT n, 'x', 1 FROM generate_series(1, 100001) AS n; ANALYZE shop.carts")
    built.do("CREATE INDEX carts_note ON shop.carts (note)")
    built.do("ALTER TABLE shop.carts ADD CONSTRAINT carts_price_check CHECK (price >= 0)")
    ran = built.slate("draft", "shop", "find_carts", "--from", built.url)
    assert ran.returncode == 0, ran.stderr
    texts = {path.name: path.read_text("utf-8") for path in built.folder.glob("*find_carts*")}
    assert "NOT VALID;" in texts["shop_0002_find_carts.sql"]
    assert "VALIDATE CONSTRAINT carts_price_check;" in texts["shop_0003_find_carts_validate.sql"]
    beside = texts["shop_0004_find_carts_index.sql"]
    assert "CREATE INDEX CONCURRENTLY carts_note ON carts USING btree (note);" in beside
    assert "-- transactional: false" in beside
    assert "DROP INDEX CONCURRENTLY carts_note;" in texts["shop_0004_find_carts_index.rollback.sql"]
    built.do("ALTER TABLE shop.carts DROP CONSTRAINT carts_price_check; DROP INDEX shop.carts_note")
    built.apply()
    assert built.slate("drift").returncode == 0


def test_what_blocks_a_large_table_is_divided_into_files_that_go_back_one_by_one(built: Workshop) -> None:
    built.write(
        "shop_0002_t",
        '-- depends: shop_0001_carts\nCREATE TABLE "Big T" (id bigint, "a ""b" integer, b text, o integer);',
        'DROP TABLE "Big T";',
    )
    built.apply()
    built.do(
        "INSERT INTO shop.carts SELECT n, 'x', 1 FROM generate_series(1, 9) AS n; ALTER TABLE shop.carts ADD UNIQUE (id)"
    )
    built.do("""INSERT INTO shop."Big T" SELECT n, n, n, 1 FROM generate_series(1, 100001) AS n; ANALYZE shop."Big T";
        ALTER TABLE shop."Big T" ADD CONSTRAINT "my ""key" UNIQUE NULLS NOT DISTINCT ("a ""b") INCLUDE (b) WITH (fillfactor=80);
        COMMENT ON CONSTRAINT "my ""key" ON shop."Big T" IS 'k'; ALTER TABLE shop."Big T" ADD PRIMARY KEY (id);
        ALTER TABLE shop."Big T" ALTER b SET NOT NULL, ADD CONSTRAINT ch CHECK (id > 0), ADD UNIQUE (o, id) DEFERRABLE;
        COMMENT ON CONSTRAINT ch ON shop."Big T" IS 'c'; ALTER TABLE shop."Big T" ADD FOREIGN KEY (o) REFERENCES shop.carts (id)""")
    ran = built.slate("draft", "shop", "keep_order", "--from", built.url)
    assert (ran.returncode, "not divided" in ran.stdout + ran.stderr) == (0, False), ran.stderr
    files = {path.name[10:]: path.read_text("utf-8") for path in built.folder.glob("*keep_order*")}
    assert [name for name in sorted(files) if "rollback" not in name] == [
        "keep_order.sql", "keep_order_index.sql", "keep_order_validate.sql",
    ]  # fmt: skip
    for line in files["keep_order.sql"].splitlines():
        assert "Big T" not in line or line.endswith("NOT VALID;") or line.startswith("COMMENT"), line
    assert "UNIQUE USING INDEX" in files["keep_order_index.sql"]
    assert "PRIMARY KEY USING INDEX" in files["keep_order_index.sql"]
    checked = built.slate_with("check")
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_what_cannot_be_divided_of_a_large_table_is_written_whole_and_said(built: Workshop) -> None:
    built.do("INSERT INTO shop.carts SELECT n, 'x', 1 FROM generate_series(1, 100001) AS n; ANALYZE shop.carts")
    built.do(
        "ALTER TABLE shop.carts ADD CONSTRAINT once UNIQUE (note, id), ALTER note SET NOT NULL, ALTER id SET NOT NULL"
    )
    built.do("CREATE TABLE shop.lines (note text, id integer, FOREIGN KEY (note, id) REFERENCES shop.carts (note, id))")
    built.do("UPDATE shop.carts SET note = id")
    ran = built.slate("draft", "shop", "keep_lines", "--from", built.url)
    assert (ran.returncode, "what blocks large tables is not divided" in ran.stdout + ran.stderr) == (0, True), (
        ran.stderr
    )
    assert len(list(built.folder.glob("*keep_lines*"))) == 2


def test_what_a_database_holds_is_never_called_there(built: Workshop) -> None:
    """A function whose arguments fit a query's better than the server's own would be called by it."""
    built.do("CREATE TABLE public.called (by text)")
    trap = "LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.called VALUES ('x'); RETURN NULL; END $$"
    for name, types in (("quote_ident", "name"), ("format_type", "oid, integer"), ("concat_ws", "text, text")):
        built.do(f"CREATE FUNCTION shop.{name}({types}) RETURNS text {trap}")
    built.do("ALTER TABLE shop.carts ADD COLUMN hostile text DEFAULT shop.quote_ident('x'::name)")
    ran = built.slate("draft", "shop", "take_traps", "--from", built.url)
    assert built.rows("SELECT * FROM public.called") == []
    assert ran.returncode in (0, 1), ran.stderr


@pytest.mark.parametrize("losing", [False, True])
def test_a_schema_beside_the_products_comes_and_goes_with_what_is_in_it(built: Workshop, losing: bool) -> None:
    theirs = 'CREATE SCHEMA "A.b"; CREATE TYPE "A.b".kind AS ENUM (\'a\'); CREATE TABLE "A.b".t (k "A.b".kind);\n'
    built.write("shop_0002_theirs", theirs, 'DROP SCHEMA "A.b" CASCADE;')
    (built.root / "wanted.sql").write_text(FIRST + OTHER, "utf-8")
    built.apply()
    source = ("--from-sql", str(built.root / "wanted.sql"))
    ran = built.slate("draft", "shop", "move_house", *source, *(["--with-losses"] if losing else []))
    assert ran.returncode == 0, ran.stderr
    assert ("-- DROP SCHEMA" in (built.folder / "shop_0003_move_house.sql").read_text("utf-8")) is not losing
    built.apply()
    found = "SELECT nspname::text FROM pg_namespace WHERE nspname IN ('A.b', 'other') ORDER BY 1"
    assert built.rows(found) == ([("other",)] if losing else [("A.b",), ("other",)])
    built.rollback(to="shop_0002_theirs")
    assert built.rows(found) == [("A.b",)]


def test_what_wanted_sql_makes_in_other_schemas_and_roles_of_both_states_are_seen(built: Workshop) -> None:
    role = f'"Their Röle {built.root.parent.name}"'
    text = f'CREATE ROLE {role}; CREATE SCHEMA "Other Place"; CREATE TABLE "Other Place"."select" (id integer);\n'
    drop = f'DROP TABLE "Other Place"."select"; DROP SCHEMA "Other Place"; DROP ROLE {role};'
    built.write("shop_0002_other", text, drop)
    wanted = FIRST + text + f'GRANT SELECT ON "Other Place"."select" TO {role}; CREATE TABLE public.third (id integer);'
    (built.root / "wanted.sql").write_text(wanted, encoding="utf-8")
    ran = built.slate("draft", "shop", "sell_carts", "--from-sql", str(built.root / "wanted.sql"), "--trust")
    assert ran.returncode == 0, ran.stderr
    written = (built.folder / "shop_0003_sell_carts.sql").read_text("utf-8")
    assert f'GRANT SELECT ON "Other Place"."select" TO {role};' in written
    assert "CREATE TABLE public.third" in written


def test_what_a_table_uses_that_is_not_to_be_lost_stays_with_it(built: Workshop) -> None:
    built.write(
        "shop_0002_kinds",
        "CREATE TYPE kind AS ENUM ('a'); CREATE TABLE kinds (kind kind); INSERT INTO kinds VALUES ('a');",
        "DROP TABLE kinds; DROP TYPE kind;",
    )
    built.apply()
    (built.root / "wanted.sql").write_text(f"{FIRST} CREATE TABLE more (id integer);", encoding="utf-8")
    ran = built.slate("draft", "shop", "drop_kinds", "--from-sql", str(built.root / "wanted.sql"))
    assert ran.returncode == 0, ran.stderr
    text = (built.folder / "shop_0003_drop_kinds.sql").read_text("utf-8")
    assert "\n-- DROP TABLE kinds;" in text
    assert "\n-- DROP TYPE kind;" in text
    built.apply()
    assert built.rows("SELECT kind::text FROM shop.kinds") == [("a",)]
    for path in built.folder.glob("shop_0003*"):
        path.unlink()


def test_roles_that_differ_are_named_and_not_drafted(built: Workshop) -> None:
    role = '"Their %s Röle"'  # of the disposable server alone
    text = f"{FIRST} CREATE ROLE {role} LOGIN; CREATE ROLE plain; GRANT {role} TO plain;"
    (built.root / "wanted.sql").write_text(text, encoding="utf-8")
    ran = built.slate("draft", "shop", "make_roles", "--from-sql", str(built.root / "wanted.sql"), "--trust")
    assert ran.returncode == 0, ran.stderr
    assert f"role {role}" in ran.stderr
    assert "are not drafted: roles, memberships and settings are the cluster's" in ran.stderr
    assert "nothing else differs" in ran.stderr
    assert list(built.folder.glob("*make_roles*")) == []


def test_a_subscription_is_refused_by_name(built: Workshop) -> None:
    link = "CREATE SUBSCRIPTION \"s %\" CONNECTION '' PUBLICATION p WITH (connect = false, slot_name = NONE, enabled = false)"
    (built.root / "wanted.sql").write_text(f"{FIRST} {link};", encoding="utf-8")
    ran = built.slate("draft", "shop", "link_servers", "--from-sql", str(built.root / "wanted.sql"), "--trust")
    assert ran.returncode == 1
    assert 'no draft is written of subscription "s %"' in ran.stderr


def test_a_period_that_wanted_sql_has_more_is_drafted(built: Workshop) -> None:
    table = 'CREATE TABLE "E %" (at date NOT NULL) PARTITION BY RANGE (at);'
    part = "CREATE TABLE \"e {0}\" PARTITION OF \"E %\" FOR VALUES FROM ('{0}-01-01') TO ('{1}-01-01');"
    built.write("shop_0002_events", table + part.format(2024, 2025), 'DROP TABLE "E %";')
    built.apply()
    (built.root / "wanted.sql").write_text(FIRST + table + part.format(2024, 2025) + part.format(2025, 2026), "utf-8")
    ran = built.slate("draft", "shop", "add_year", "--from-sql", str(built.root / "wanted.sql"))
    assert ran.returncode == 0, ran.stderr
    built.apply()
    assert built.rows("SELECT relname FROM pg_class WHERE relname = 'e 2025'") == [("e 2025",)]
    built.rollback()
    assert built.rows("SELECT relname FROM pg_class WHERE relname LIKE 'e 202_'") == [("e 2024",)]


def test_one_word_is_no_name_and_the_way_out_says_so(built: Workshop) -> None:
    ran = built.slate("draft", "shop", "lines", "--from", built.url)
    assert ran.returncode == 2
    assert "Use two words or more, verb first" in ran.stderr

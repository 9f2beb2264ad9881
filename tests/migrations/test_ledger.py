"""Guarantees 6 to 8: tamper-evident, reading writes nothing, order is checked; and the ledger stays yoyo's."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from yoyo.scripts.main import main

from slate_pg.errors import EditedError, FileError, GraphError, Misuse, ServerError, SlateError
from tests.workshop import Workshop, captured


def three(shop: Workshop) -> None:
    for n, name in enumerate(("authors", "books", "loans"), 1):
        shop.write(
            f"shop_{n:04}_{name}", f"-- Why: to test\nCREATE TABLE {name} (id integer);\n", f"DROP TABLE {name};\n"
        )


def test_an_edited_file_is_refused_with_a_diff_and_nothing_is_applied(shop: Workshop) -> None:
    three(shop)
    shop.apply()
    shop.write("shop_0002_books", "-- Why: to test\nCREATE TABLE books (id bigint);\n", "DROP TABLE books;\n")
    shop.write("shop_0004_more", "CREATE TABLE more ();")
    with pytest.raises(EditedError) as refused:
        shop.apply()
    assert "shop_0002_books.sql was edited after it was applied on " in refused.value.message
    assert "-CREATE TABLE books (id integer);" in refused.value.detail
    assert "+CREATE TABLE books (id bigint);" in refused.value.detail
    assert "slate new" in refused.value.hint
    assert not shop.exists("shop.more")
    assert shop.state().edited == ("shop_0002_books",)


@pytest.mark.parametrize(
    "text",
    [
        "-- Why: to prove\n/* more */ CREATE TABLE books (id integer); -- end\n",
        "\n\nCREATE  TABLE books\n    (id integer);",
        "-- Why: to test\r\nCREATE TABLE books (id integer);\r\n",
    ],
    ids=["comments", "white space", "line ends"],
)
def test_a_comment_or_white_space_change_only_warns(shop: Workshop, text: str) -> None:
    three(shop)
    shop.apply()
    shop.write("shop_0002_books", text, "DROP TABLE books;\n")
    assert shop.apply() == []
    assert len(shop.heard.warnings) == 1
    assert shop.heard.warnings[0].startswith("shop_0002_books differs from what was applied, but only in comments")
    state = shop.state()
    assert (state.recommented, state.edited, state.is_current) == (("shop_0002_books",), (), True)


@pytest.mark.parametrize(
    ("then", "now"),
    [
        ("SELECT 'a  b';", "SELECT 'a b';"),
        ("SELECT $$ -- x\n$$;", "SELECT $$ -- y\n$$;"),
        ('CREATE TABLE "a b" ();', 'CREATE TABLE "a  b" ();'),
        (
            "CREATE TABLE t (a text);\nCOPY t FROM stdin;\na  b\n\\.\n",
            "CREATE TABLE t (a text);\nCOPY t FROM stdin;\na b\n\\.\n",
        ),
        ("-- transactional: true\nSELECT 1;", "-- transactional: true\nSELECT 11;"),
    ],
    ids=["string", "body", "identifier", "copy data", "number"],
)
def test_a_change_inside_quotes_or_data_is_an_edit(shop: Workshop, then: str, now: str) -> None:
    shop.write("shop_0001_a", then)
    shop.apply()
    shop.write("shop_0001_a", now)
    with pytest.raises(EditedError):
        shop.apply()


def test_an_edited_rollback_does_not_stop_an_apply_but_must_be_chosen_at_rollback(shop: Workshop) -> None:
    three(shop)
    shop.apply()
    shop.write(
        "shop_0003_loans",
        "-- Why: to test\nCREATE TABLE loans (id integer);\n",
        "CREATE TABLE by_file (); DROP TABLE loans;",
    )
    assert shop.state().rollback_edited == ("shop_0003_loans",)
    assert shop.apply() == []
    with pytest.raises(EditedError) as refused:
        shop.rollback()
    assert "--use ledger" in refused.value.hint
    assert "-DROP TABLE loans;" in refused.value.detail
    assert shop.exists("shop.loans")
    shop.rollback(source="ledger")
    assert not shop.exists("shop.loans")
    assert not shop.exists("shop.by_file"), "what was recorded at apply is what ran"
    shop.apply()
    shop.write(
        "shop_0003_loans",
        "-- Why: to test\nCREATE TABLE loans (id integer);\n",
        "DROP TABLE loans; CREATE TABLE by_file2 ();",
    )
    shop.rollback(source="file")
    assert shop.exists("shop.by_file2")


def test_a_rollback_works_when_the_files_are_gone_and_still_goes_newest_first(shop: Workshop) -> None:
    three(shop)
    shop.apply()
    for path in shop.folder.glob("shop_0002*"):
        path.unlink()
    assert shop.state().missing == ("shop_0002_books",)
    assert [a.id for a in shop.state().applied] == ["shop_0001_authors", "shop_0002_books", "shop_0003_loans"]
    assert shop.apply() == []
    assert "its file is gone" in shop.heard.warnings[0]
    assert shop.rollback() == ["shop_0003_loans"], "the last one applied, though another's file is missing"
    assert shop.rollback() == ["shop_0002_books"]
    assert not shop.exists("shop.books")
    for path in shop.folder.glob("shop_0001*"):
        path.unlink()
    assert shop.rollback(steps=9) == ["shop_0001_authors"]
    assert shop.ledger() == []
    assert [op for op, _ in shop.log()] == ["apply"] * 3 + ["rollback"] * 3


def test_rollback_to_undoes_everything_after_and_steps_so_many(shop: Workshop) -> None:
    three(shop)
    shop.apply()
    assert shop.rollback(to="shop_0001_authors") == ["shop_0003_loans", "shop_0002_books"]
    shop.apply()
    assert shop.rollback(steps=2) == ["shop_0003_loans", "shop_0002_books"]
    with pytest.raises(Misuse, match='"shop_0002_books" is not applied'):
        shop.rollback(to="shop_0002_books")
    assert shop.rollback() == ["shop_0001_authors"]
    assert shop.rollback() == []


def test_a_rollback_that_fails_leaves_the_migration_applied(shop: Workshop) -> None:
    shop.write("shop_0001_a", "CREATE TABLE a ();", "DROP TABLE a; SELECT nowhere;")
    shop.apply()
    with pytest.raises(SlateError, match=r"shop_0001_a\.rollback\.sql:1:22"):
        shop.rollback()
    assert shop.exists("shop.a")
    assert shop.ledger() == ["shop_0001_a"]


def test_the_ledger_keeps_the_text_word_for_word(shop: Workshop) -> None:
    text = "-- ünï 😀 % %s {x} :y\r\nCREATE TABLE t AS SELECT E'\\\\' AS a, $q$ '$$ \\ $q$ AS b;\n"
    shop.write("shop_0001_a", text, "DROP TABLE t; -- {id} %(x)s '\\")
    shop.apply()
    assert shop.rows("SELECT body, rollback_body, who FROM shop._slate_ledger WHERE kind = 'migration'") == [
        (text, "DROP TABLE t; -- {id} %(x)s '\\", "postgres")
    ]


def test_a_read_only_role_asks_for_status_and_writes_nothing(shop: Workshop) -> None:
    three(shop)
    shop.apply(to="shop_0002_books")
    shop.do("CREATE ROLE onlooker LOGIN; ALTER ROLE onlooker SET default_transaction_read_only = on")
    try:
        url = shop.url.replace("postgres@", "onlooker@")
        with pytest.raises(SlateError, match='"onlooker" may not read the ledger of "shop"') as refused:
            shop.state(url=url)
        for statement in refused.value.hint.split("run: ")[1].split("; "):
            shop.do(statement.rstrip(";"))
        state = shop.state(url=url)
        assert [a.id for a in state.applied] == ["shop_0001_authors", "shop_0002_books"]
        assert [m.id for m in state.pending] == ["shop_0003_loans"]
        result = shop.slate("status", url=url)
        assert result.returncode == 3, "the answer is no: something is pending"
        assert "shop_0003_loans" in result.stdout
        url += "&options=-c%20default_transaction_read_only%3Doff"
        with psycopg.connect(url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE shop.x ()")
    finally:
        shop.do("DROP OWNED BY onlooker; DROP ROLE onlooker")


def test_status_of_a_database_without_a_ledger_creates_none(shop: Workshop) -> None:
    three(shop)
    before = shop.value("SELECT count(*) FROM pg_class")
    assert len(shop.state().pending) == 3
    assert shop.slate("status").returncode == 3
    assert shop.value("SELECT count(*) FROM pg_class") == before
    assert shop.rows("SELECT 1 FROM pg_namespace WHERE nspname = 'shop'") == []


def test_status_of_an_applied_database_runs_where_every_write_fails(shop: Workshop) -> None:
    three(shop)
    shop.apply()
    result = shop.slate("status", url=shop.read_only_url)
    assert result.returncode == 0, result.stderr
    assert "up to date" in result.stdout


def test_an_apply_without_anything_pending_writes_nothing(shop: Workshop) -> None:
    three(shop)
    shop.apply()
    assert shop.apply(url=shop.read_only_url) == []


def test_a_role_that_may_not_create_is_told_what_to_ask_for(shop: Workshop) -> None:
    three(shop)
    shop.do("CREATE ROLE weak LOGIN")
    try:
        with pytest.raises(SlateError, match='"weak" may not create the ledger of "shop"') as refused:
            shop.apply(url=shop.url.replace("postgres@", "weak@"))
        assert 'CREATE SCHEMA "shop" AUTHORIZATION "weak"' in refused.value.hint
    finally:
        shop.do("DROP ROLE weak")


def test_a_cycle_is_refused_with_the_names(shop: Workshop) -> None:
    shop.write("shop_0001_a", "-- depends: shop_0002_b\nSELECT 1;")
    shop.write("shop_0002_b", "-- depends: shop_0001_a\nSELECT 1;")
    with pytest.raises(GraphError) as refused:
        shop.apply()
    assert "circle" in refused.value.message
    assert "shop_0001_a" in refused.value.message
    assert "shop_0002_b" in refused.value.message


def test_an_unknown_dependency_is_refused_with_the_nearest_name(shop: Workshop) -> None:
    shop.write("shop_0001_books", "SELECT 1;")
    shop.write("shop_0002_b", "-- depends: shop_0001_boks\nSELECT 1;")
    with pytest.raises(GraphError, match=r'shop_0002_b\.sql depends on "shop_0001_boks"') as refused:
        shop.apply()
    assert refused.value.hint == 'Did you mean "shop_0001_books"?'


def test_a_missing_rollback_is_refused_before_anything_runs(shop: Workshop) -> None:
    shop.write("shop_0001_a", "CREATE TABLE a ();")
    path = shop.write("shop_0002_b", "CREATE TABLE b ();", None)
    with pytest.raises(FileError) as refused:
        shop.apply()
    assert refused.value.message == f"{path} has no rollback"
    assert "shop_0002_b.rollback.sql" in refused.value.hint
    assert not shop.exists("shop.a")


def test_a_file_older_than_an_applied_one_is_refused_with_both_names(shop: Workshop) -> None:
    three(shop)
    shop.apply()
    shop.write("shop_0002_a_late_one", "CREATE TABLE late ();")
    with pytest.raises(GraphError) as refused:
        shop.apply()
    assert "shop_0002_a_late_one" in refused.value.message
    assert '"shop_0003_loans", which is applied' in refused.value.message
    assert shop.state().late == ("shop_0002_a_late_one",)
    shop.write("shop_0002_a_late_one", "-- depends: shop_0003_loans\nCREATE TABLE late ();")
    assert shop.apply() == ["shop_0002_a_late_one"], "a depends line on the last one settles it"


def test_an_id_in_two_products_is_refused_with_both_files(shop: Workshop) -> None:
    three(shop)
    other = shop.root / "migrations" / "other"
    other.mkdir()
    for name in ("shop_0001_authors.sql", "shop_0001_authors.rollback.sql"):
        (other / name).write_text("SELECT 1;")
    for command in ("apply", "status"):
        result = shop.slate(command)
        assert result.returncode == 1
        assert 'two migrations are called "shop_0001_authors"' in result.stderr
        assert str(other / "shop_0001_authors.sql") in result.stderr
        assert str(shop.folder / "shop_0001_authors.sql") in result.stderr


def test_dependencies_come_first_whatever_the_file_names(shop: Workshop) -> None:
    shop.write("shop_0001_z", "-- depends: shop_0003_a\nCREATE TABLE z (a integer REFERENCES a);")
    shop.write("shop_0002_m", "CREATE TABLE m ();")
    shop.write("shop_0003_a", "CREATE TABLE a (id integer PRIMARY KEY);")
    applied = shop.apply()
    assert applied.index("shop_0003_a") < applied.index("shop_0001_z")
    assert shop.rollback(steps=3) == list(reversed(applied))


def test_apply_to_stops_after_the_named_migration(shop: Workshop) -> None:
    three(shop)
    assert shop.apply(to="shop_0002_books") == ["shop_0001_authors", "shop_0002_books"]
    assert shop.apply(to="shop_0001_authors") == []
    with pytest.raises(Misuse) as refused:
        shop.apply(to="shop_0003_lones")
    assert refused.value.hint == 'Did you mean "shop_0003_loans"?'


def test_a_second_installation_has_its_own_ledger_and_is_left_alone(shop: Workshop) -> None:
    three(shop)
    assert shop.slate("apply", "shop").returncode == 0
    result = shop.slate("apply", "shop", "--as", "Shop North")
    assert result.returncode == 0, result.stderr
    assert shop.ledger('"Shop North"') == shop.ledger("shop")
    assert shop.slate("rollback", "shop", "--as", "Shop North", "--all").returncode == 0
    assert shop.ledger('"Shop North"') == []
    assert len(shop.ledger("shop")) == 3
    assert shop.exists("shop.loans")
    assert not shop.exists('"Shop North".loans')


def test_an_installation_of_another_product_is_never_taken_over(shop: Workshop) -> None:
    three(shop)
    shop.apply(schema="taken")
    for path in shop.folder.glob("*"):
        path.rename(path.with_name(path.name.replace("shop_", "other_")))
    with pytest.raises(GraphError, match='"taken" holds other migrations than shop: shop_0001_authors'):
        shop.apply(schema="taken")


def yoyo(shop: Workshop, *arguments: str, schema: str = "shop") -> str:
    """Run stock yoyo on the same database and folder."""
    host = shop.url.split("host=")[1]
    name = shop.url.split("@/")[1].split("?")[0]
    url = f"postgresql+psycopg://postgres@/{name}?host={host}&schema={schema}"
    done = captured(main, "yoyo", *arguments, "--batch", "--no-config-file", "-d", url, str(shop.folder))
    assert done.returncode == 0, done.stderr
    return done.stdout


def listed(text: str) -> dict[str, str]:
    """Return yoyo list's status letter by migration id."""
    lines = (line.split() for line in text.splitlines())
    return {words[1]: words[0] for words in lines if len(words) > 1 and words[0] in ("A", "U")}


def test_stock_yoyo_list_shows_the_same_state(shop: Workshop) -> None:
    three(shop)
    shop.apply(to="shop_0002_books")
    shop.rollback()
    assert listed(yoyo(shop, "list")) == {"shop_0001_authors": "A", "shop_0002_books": "U", "shop_0003_loans": "U"}
    shop.apply()
    assert set(listed(yoyo(shop, "list")).values()) == {"A"}
    yoyo(shop, "rollback", "--revision", "shop_0003_loans")
    assert [m.id for m in shop.state().pending] == ["shop_0003_loans"], "what stock yoyo undoes, slate sees as pending"


def test_a_ledger_that_stock_yoyo_wrote_is_adopted(shop: Workshop) -> None:
    three(shop)
    shop.do("CREATE SCHEMA shop")
    yoyo(shop, "apply", "--revision", "shop_0001_authors")
    assert [a.id for a in shop.state().applied] == ["shop_0001_authors"], "status before adoption"
    assert not shop.exists("shop._slate_ledger"), "and status wrote nothing"
    assert shop.apply() == ["shop_0002_books", "shop_0003_loans"]
    assert set(listed(yoyo(shop, "list")).values()) == {"A"}
    assert shop.rollback(steps=3) == ["shop_0003_loans", "shop_0002_books", "shop_0001_authors"]
    assert not shop.exists("shop.books")


def test_a_ledger_that_stock_yoyo_wrote_can_be_rolled_back_at_once(shop: Workshop) -> None:
    three(shop)
    shop.do("CREATE SCHEMA shop")
    yoyo(shop, "apply")
    assert shop.rollback() == ["shop_0003_loans"]
    assert listed(yoyo(shop, "list"))["shop_0003_loans"] == "U"


def test_a_lost_connection_is_told_as_such(shop: Workshop) -> None:
    shop.write("shop_0001_a", "CREATE TABLE a ();")
    shop.write("shop_0002_b", "CREATE TABLE b (); SELECT pg_terminate_backend(pg_backend_pid());")
    with pytest.raises(ServerError, match="the connection was lost") as lost:
        shop.apply()
    assert "is applied or not at all" in lost.value.hint
    assert shop.ledger() == ["shop_0001_a"]
    assert not shop.exists("shop.b")


def test_passwords_are_not_told_when_a_connection_fails(tmp_path: Path) -> None:
    from slate_pg.postgres.connection import connect

    with pytest.raises(ServerError) as failed:
        connect(f"postgresql://me:s3cret@/shop?host={tmp_path}&password=s3cret")
    told = "\n".join([failed.value.message, *failed.value.detail, failed.value.hint])
    assert "s3cret" not in told

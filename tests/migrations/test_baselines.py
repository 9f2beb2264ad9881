"""A baseline is run by new installations alone; whoever has what it replaces needs nothing, and nobody gets both."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from slate_pg.errors import EditedError, FileError, GraphError, Misuse, SlateError
from slate_pg.migrations import ledger
from slate_pg.migrations.baselines import baseline_of, of_new, one_by_one
from slate_pg.migrations.folders import read_migrations
from slate_pg.migrations.order import in_order
from slate_pg.migrations.replacing import DIGITS, LIST, Replaced, ids_of, read_replaced, write_replaced
from slate_pg.migrations.script import Script, checksum_of
from tests.workshop import Workshop

ONE, TWO, THREE = "CREATE TABLE one (id integer);", "CREATE TABLE two (id integer);", "CREATE TABLE three (id integer);"
TEXTS = {"0001_one": ONE, "0002_two": TWO, "0003_three": THREE}


def entries(*names: str) -> tuple[Replaced, ...]:
    return tuple(Replaced(name, checksum_of(TEXTS[name])[:DIGITS]) for name in names)


def text_of(replaced: tuple[Replaced, ...], body: str) -> str:
    head, listed = write_replaced(replaced)
    return f"{head}\n-- Why: x\n\n{body}\n\n{listed}\n"


def fill(shop: Workshop, *gone: str, body: str = f"{ONE}\n{TWO}") -> None:
    """Write three migrations, and a baseline for the first two; those that are `gone` have no file."""
    for name, text in TEXTS.items():
        if name not in gone:
            shop.write(name, text, f"DROP TABLE {name[5:]};")
    if "0002_baseline" not in gone:
        shop.write("0002_baseline", text_of(entries("0001_one", "0002_two"), body), "DROP TABLE one, two;")


def forget(shop: Workshop, *names: str) -> None:
    for name in names:
        (shop.folder / f"{name}.sql").unlink()
        (shop.folder / f"{name}.rollback.sql").unlink()


@pytest.mark.parametrize("gone", [(), ("0001_one", "0002_two")])
def test_a_new_installation_runs_the_baseline_alone(shop: Workshop, gone: tuple[str, ...]) -> None:
    fill(shop, *gone)
    assert [m.id for m in shop.state().pending] == ["0002_baseline", "0003_three"]
    assert shop.apply() == ["0002_baseline", "0003_three"]
    assert shop.state().is_current
    assert shop.rollback(to="0002_baseline") == ["0003_three"]
    assert shop.rollback(steps=1) == ["0002_baseline"]
    assert shop.apply() == ["0002_baseline", "0003_three"]


@pytest.mark.parametrize("gone", [(), ("0001_one", "0002_two"), ("0001_one",)])
def test_an_installation_that_has_all_of_them_needs_nothing(shop: Workshop, gone: tuple[str, ...]) -> None:
    fill(shop, "0002_baseline")
    shop.apply()
    fill(shop)
    forget(shop, *gone)
    state = shop.state()
    assert (state.is_current, state.missing, state.stuck) == (True, (), None)
    assert shop.apply() == []
    assert shop.rollback(to="0002_baseline") == ["0003_three"]  # the same moment as 0002_two
    assert shop.apply() == ["0003_three"]


def test_what_is_replaced_is_undone_while_its_file_is_there(shop: Workshop) -> None:
    fill(shop, "0002_baseline")
    shop.apply()
    fill(shop)
    assert shop.rollback(steps=2) == ["0003_three", "0002_two"]
    assert [m.id for m in shop.state().pending] == ["0002_two", "0003_three"]
    assert shop.apply() == ["0002_two", "0003_three"]


def test_what_is_replaced_and_has_no_file_is_undone_only_where_somebody_says_so(shop: Workshop) -> None:
    fill(shop, "0002_baseline")
    shop.apply()
    fill(shop)
    forget(shop, "0001_one", "0002_two")
    with pytest.raises(FileError, match="0002_baseline stands for 0002_two, whose file is gone") as caught:
        shop.rollback(steps=2)
    assert "--use ledger" in caught.value.hint
    assert shop.rollback(steps=3, source="ledger") == ["0003_three", "0002_two", "0001_one"]
    assert shop.apply() == ["0002_baseline", "0003_three"]


def test_who_has_some_goes_on_with_the_files_while_they_are_there(shop: Workshop) -> None:
    fill(shop, "0002_baseline")
    shop.apply("0001_one")
    fill(shop)
    assert shop.apply("0002_baseline") == ["0002_two"]
    assert shop.apply() == ["0003_three"]


def test_who_has_some_is_told_what_to_do_where_the_files_are_gone(shop: Workshop) -> None:
    fill(shop, "0002_baseline")
    shop.apply("0001_one")
    fill(shop)
    forget(shop, "0001_one", "0002_two")
    state = shop.state()
    assert state.stuck is not None
    assert not state.is_current
    with pytest.raises(GraphError, match='"shop" lacks 1 of the 2 migrations that 0002_baseline replaces') as caught:
        shop.apply()
    assert "0002_two" in caught.value.message
    assert "as it was before 0002_baseline" in caught.value.hint
    assert [a.id for a in shop.state().applied] == ["0001_one"]
    shop.write("0002_two", TWO, "DROP TABLE two;")
    assert shop.apply() == ["0002_two", "0003_three"]


def test_a_ledger_that_has_both_is_never_up_to_date(shop: Workshop) -> None:
    fill(shop)
    shop.apply()
    with shop.run() as run:
        two = next(m for m in read_migrations(shop.product) if m.id == "0002_two")
        run.connection.execute(ledger.record(run.connection, "shop", two, "mark").encode())
    assert not shop.state().is_current
    with pytest.raises(GraphError, match="has 0002_baseline and 1 of the migrations that it replaces: 0002_two"):
        shop.apply()


def test_an_installation_of_another_text_is_not_taken_for_one_that_has_it(shop: Workshop) -> None:
    fill(shop, "0002_baseline")
    shop.write("0001_one", f"{ONE} -- another", "DROP TABLE one;")
    shop.apply()
    fill(shop)
    forget(shop, "0001_one", "0002_two")
    with pytest.raises(GraphError, match='0001_one as it was applied to "shop" is not the text that 0002_baseline'):
        shop.apply()
    shop.write("0001_one", ONE, "DROP TABLE one;")
    shop.heard.warnings.clear()
    shop.apply()
    assert any("0001_one differs" in warning for warning in shop.heard.warnings)


def test_an_edited_baseline_is_refused_like_any_file(shop: Workshop) -> None:
    fill(shop)
    shop.apply()
    fill(shop, body=f"{ONE}\n{TWO}\nSELECT 1;")
    with pytest.raises(EditedError, match="0002_baseline"):
        shop.apply()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t.replace("0001_one\n", "0001_won\n"), "not the one that its line was made of"),
        (lambda t: t.replace("2 migrations", "3 migrations"), "do not name the same migrations"),
        (lambda t: t.replace("to 0002_two", "to 0001_one"), "do not name the same migrations"),
        (lambda t: t[: t.index(LIST)], "the list `-- replaced:` at its end is gone"),
        (lambda t: t.replace("-- replaces: 2", "-- replaces:  2"), "is not as it was written"),
        (lambda t: t.split("\n", 1)[1], "is not as it was written"),
    ],
)
def test_a_line_or_a_list_that_was_changed_is_refused(shop: Workshop, change, said) -> None:  # type: ignore[no-untyped-def]
    fill(shop)
    path = shop.folder / "0002_baseline.sql"
    path.write_text(change(path.read_text()))
    with pytest.raises(FileError, match=f"0002_baseline.sql is a baseline, and .*{said}"):
        shop.apply()


def test_a_remark_about_what_a_file_replaces_is_none(shop: Workshop) -> None:
    shop.write("0001_one", f"-- replaces: the old index\n{ONE}", "DROP TABLE one;")
    assert shop.apply() == ["0001_one"]


def test_two_baselines_beside_each_other_are_refused(shop: Workshop) -> None:
    fill(shop)
    shop.write("0003_baseline", text_of(entries("0003_three"), THREE), "DROP TABLE three;")
    with pytest.raises(GraphError, match=r"two baselines in one folder: .*0002_baseline.sql and .*0003_baseline.sql"):
        shop.apply()


def nested(shop: Workshop) -> None:
    """Write a baseline that replaces the first one and what came behind it."""
    first = next(m for m in read_migrations(shop.product) if m.id == "0002_baseline")
    replaced = (Replaced(first.id, first.apply.checksum[:DIGITS], first.replaces), *entries("0003_three"))
    shop.write("0003_baseline", text_of(replaced, f"{ONE}\n{TWO}\n{THREE}"), "DROP TABLE one, two, three;")
    shop.write("0004_four", "-- depends: 0003_three\nCREATE TABLE four (id integer);", "DROP TABLE four;")


@pytest.mark.parametrize("keeps", [True, False])
@pytest.mark.parametrize("through", ["files", "first baseline", "nothing"])
def test_a_baseline_of_a_baseline_stands_for_either_way(shop: Workshop, through: str, keeps: bool) -> None:
    fill(shop, *(["0002_baseline"] if through == "files" else []))
    if through != "nothing":
        shop.apply()
    fill(shop)
    nested(shop)
    if not keeps:
        forget(shop, "0001_one", "0002_two", "0002_baseline", "0003_three")
    expected = ["0003_baseline", "0004_four"] if through == "nothing" else ["0004_four"]
    assert shop.apply() == expected
    assert shop.state().is_current
    assert sorted(shop.rows("SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relname ~ '^[a-z]'"
                            " AND relnamespace = 'shop'::regnamespace")) == [("four",), ("one",), ("three",), ("two",)]  # fmt: skip


def test_half_way_through_a_baseline_of_a_baseline_goes_on_by_its_own_way(shop: Workshop) -> None:
    fill(shop)
    shop.apply("0002_baseline")
    nested(shop)
    assert shop.apply() == ["0003_three", "0004_four"]


def test_whoever_depends_on_what_is_replaced_comes_behind_the_baseline(shop: Workshop) -> None:
    fill(shop, "0003_three")
    forget(shop, "0001_one", "0002_two")
    shop.write("0000_first", "-- depends: 0002_two\nALTER TABLE two ADD COLUMN x text;", "SELECT 1;")
    ordered = in_order(read_migrations(shop.product))
    assert [m.id for m in ordered] == ["0002_baseline", "0000_first"]
    assert of_new(ordered)[1].depends == ("0002_baseline",)
    assert shop.apply() == ["0002_baseline", "0000_first"]


def test_a_migration_that_is_replaced_is_no_target_of_a_new_installation(shop: Workshop) -> None:
    fill(shop)
    with pytest.raises(Misuse, match='"0001_one" is one of the migrations that 0002_baseline replaces'):
        shop.apply("0001_one")
    assert shop.apply("0002_two") == ["0002_baseline"]


def test_an_installation_under_another_name_is_found_by_what_is_replaced(shop: Workshop) -> None:
    fill(shop, "0002_baseline")
    shop.apply(schema="corner")
    fill(shop)
    forget(shop, "0001_one", "0002_two")
    from slate_pg.migrations.belonging import read_own_state
    from slate_pg.migrations.installations import read_all

    with shop.run() as run:
        assert {s.schema: s.is_current for s in read_all(run.connection, shop.project, [])}["corner"]
        with pytest.raises(GraphError, match='shop is installed in "corner"'):
            read_own_state(run.connection, shop.project.product("shop"))


def test_rollbacks_are_required_from_behind_what_is_replaced(shop: Workshop) -> None:
    fill(shop, "0001_one", "0002_two")
    found = read_migrations(replace(shop.product, rollbacks="from 0002_two"))
    assert {m.id: m.rollback_optional for m in found} == {"0002_baseline": True, "0003_three": False}


def test_what_another_tool_has_run_is_told_one_by_one_without_files(shop: Workshop) -> None:
    fill(shop, "0001_one", "0002_two")
    assert [m.id for m in one_by_one(in_order(read_migrations(shop.product)))] == ["0001_one", "0002_two", "0003_three"]


def test_names_of_any_kind_go_through_the_list(tmp_path: Path) -> None:
    names = ["0001 a b", "0002_'quo\"te'", "0003_名前-%s--x", "0004_" + "x" * 200]
    inner = tuple(Replaced(name, "ab" * 8) for name in names)
    outer = (Replaced("0005 base", "cd" * 8, inner), Replaced("0006_after", "ef" * 8))
    for listed in (inner, outer, (Replaced("b", "00" * 8, outer),)):
        assert read_replaced(Script(tmp_path / "x.sql", text_of(listed, "SELECT 1;"))) == listed
        assert read_replaced(Script(tmp_path / "x.sql", text_of(listed, "SELECT 1;").replace("\n", "\r\n"))) == listed
    assert [*ids_of(outer)] == ["0005 base", *names, "0006_after"]


def test_a_big_baseline_is_read_by_its_start_and_its_end(shop: Workshop) -> None:
    rows = "\n".join(f"INSERT INTO one VALUES ({n}); -- {'x' * 80}" for n in range(25_000))
    fill(shop, "0001_one", "0002_two", body=f"{ONE}\n{TWO}\n{rows}")
    found = baseline_of(read_migrations(shop.product))
    assert found is not None
    assert found.apply.is_big
    assert shop.apply() == ["0002_baseline", "0003_three"]
    assert shop.rows("SELECT count(*) FROM shop.one") == [(25_000,)]


def test_a_name_of_no_migration_is_told_as_ever(shop: Workshop) -> None:
    fill(shop)
    with pytest.raises(SlateError, match='has no migration "0009"'):
        shop.apply("0009")

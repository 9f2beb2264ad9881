"""A run that begins with what the roll call has read does what it would do without, and knows when that is not so any more."""

from __future__ import annotations

import pytest

from slate_pg.errors import EditedError, GraphError, SlateError
from slate_pg.migrations import elsewhere, foreknown, ledger, roll, runner
from slate_pg.migrations.folders import read_migrations
from slate_pg.migrations.foreknown import Foreknown, look
from slate_pg.migrations.locking import Patience
from slate_pg.migrations.order import in_order
from slate_pg.migrations.refusals import read_runnable
from slate_pg.postgres.connection import connect
from tests.workshop import Workshop

NAMES = ["shop", 'Weird "Name %s', "select", "Üñ'x", "x" * 63]


def known(shop: Workshop, schema: str = "shop") -> Foreknown:
    """Call the roll as a fleet does, and return what it knows of one installation."""
    ordered = in_order(read_migrations(shop.product))
    with connect(shop.url) as connection:
        standings = roll.call_roll(connection, ledger.find_ledgers(connection))
        found = roll.read_states(connection, shop.product, ordered, standings)
        return next(Foreknown(state, standing.mark) for state, standing in found if state.schema == schema)


def begin(shop: Workshop, told: Foreknown, schema: str = "shop") -> list[str]:
    with shop.run(schema) as run:
        return runner.apply(run, None, in_order(read_migrations(shop.product)), told)


def is_so(shop: Workshop, told: Foreknown, schema: str = "shop") -> bool:
    with shop.run(schema) as run:
        return look(run.connection, run.product, told) is not None


@pytest.mark.parametrize("schema", NAMES)
def test_what_is_known_is_not_asked_again_and_what_was_applied_meanwhile_is_not_applied_twice(
    shop: Workshop, schema: str
) -> None:
    shop.write("m1", "CREATE TABLE one (id integer)", "DROP TABLE one")
    shop.apply(schema="other")
    shop.apply(schema=schema)
    shop.write("m2", "CREATE TABLE two (id integer)", "DROP TABLE two")
    told, other = known(shop, schema), known(shop, "other")
    assert is_so(shop, told, schema)
    assert begin(shop, told, schema) == ["m2"]
    assert not is_so(shop, told, schema)
    assert begin(shop, told, schema) == []
    assert [a.id for a in shop.state(schema).applied] == ["m1", "m2"]
    assert shop.state(schema).is_current
    assert not is_so(shop, told, "other")  # of another ledger
    assert begin(shop, other, "other") == ["m2"]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE shop._slate_ledger SET checksum = 'x' WHERE kind = 'migration' AND key = 'm1'",
        "UPDATE shop._slate_ledger SET note = note WHERE kind = 'migration'",
        "DELETE FROM shop._slate_ledger WHERE kind = 'apply'",
        "DELETE FROM shop._slate_ledger",
        "INSERT INTO shop._slate_ledger (kind, key, number, note) VALUES ('setting', 'schemas', 0, '[]')",
        "INSERT INTO shop._slate_ledger (kind, key, number, note) VALUES ('apply statement', 'm2', 1, '')",
        "ALTER TABLE shop._slate_ledger RENAME CONSTRAINT _slate_ledger_version_3 TO _slate_ledger_version_4",
        "ALTER TABLE shop._slate_ledger DROP CONSTRAINT _slate_ledger_version_3",
        "CREATE TABLE x AS TABLE shop._slate_ledger; DROP TABLE shop._slate_ledger CASCADE; ALTER TABLE x RENAME TO _slate_ledger; "
        "ALTER TABLE _slate_ledger SET SCHEMA shop",
        "DROP TABLE shop._slate_ledger CASCADE",
        "DROP SCHEMA shop CASCADE",
    ],
)
def test_whatever_is_done_to_a_ledger_is_noticed_and_then_said_as_ever(shop: Workshop, change: str) -> None:
    shop.write("m1", "CREATE TABLE IF NOT EXISTS one (id integer)")
    shop.apply()
    shop.write("m2", "CREATE TABLE two (id integer)")
    told = known(shop)
    shop.do("INSERT INTO shop._slate_ledger (kind, key, number, checksum) VALUES ('seed', 'x', 0, 'x')")
    assert is_so(shop, told)  # which says nothing of migrations
    shop.do(change)
    assert not is_so(shop, told)
    ordered = in_order(read_migrations(shop.product))
    try:
        with shop.run() as run:
            wanted = str([m.id for m in read_runnable(run.connection, run.product, ordered, None, print)[1]])
    except SlateError as error:
        wanted = f"{type(error).__name__}: {error.message}"
    try:
        said = str(begin(shop, told))
    except SlateError as error:
        said = f"{type(error).__name__}: {error.message}"
    assert said == wanted


def test_a_state_that_needs_asking_is_asked(shop: Workshop) -> None:
    shop.write("m1", "CREATE TABLE one (id integer)")
    shop.apply()
    shop.write("m1", "CREATE TABLE one (id bigint)")
    told = known(shop)
    assert not foreknown.is_plain(told.state)
    with pytest.raises(EditedError, match="was edited"):
        begin(shop, told)
    shop.write("m1", "CREATE TABLE one (id integer)")
    shop.write("m0", "CREATE TABLE zero (id integer)")
    with pytest.raises(GraphError, match="m0 stands before"):
        begin(shop, known(shop))


def test_what_a_migration_makes_elsewhere_is_on_record_all_the_same(shop: Workshop) -> None:
    shop.do("CREATE SCHEMA theirs")
    shop.write("m1", "CREATE TABLE one (id integer)")
    shop.apply()
    shop.write("m2", "CREATE SCHEMA mine; ALTER SCHEMA theirs OWNER TO CURRENT_USER; CREATE TABLE public.p ()")
    assert begin(shop, known(shop)) == ["m2"]
    with connect(shop.url) as connection:
        assert [str(a) for a in sorted(elsewhere.read(connection, "shop").made)] == ["schema mine", "table public.p"]


def test_who_holds_a_table_is_waited_for_and_named(shop: Workshop) -> None:
    shop.write("m1", "CREATE TABLE one (id integer)")
    shop.apply()
    shop.write("m2", "ALTER TABLE one ADD COLUMN c text")
    told = known(shop)
    with shop.session() as other:
        other.execute("SELECT * FROM shop.one")
        with pytest.raises(SlateError, match="stayed in use"), shop.run(patience=Patience(50, 0.5)) as run:
            runner.apply(run, None, None, told)
        assert [h.relation for _, holders in shop.heard.waits for h in holders][:1] == ["one"]
    assert begin(shop, told) == ["m2"]


def test_where_nothing_may_be_written_it_is_said(shop: Workshop) -> None:
    shop.write("m1", "CREATE TABLE one (id integer)")
    shop.apply()
    shop.write("m2", "CREATE TABLE two (id integer)")
    told = known(shop)
    with pytest.raises(SlateError, match="may only read"), shop.run(url=shop.read_only_url) as run:
        runner.apply(run, None, None, told)

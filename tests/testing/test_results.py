"""What a failing comparison of rows says: the key, the column, its type, have and want."""

import psycopg
import pytest

from slate_pg.testing import UnknownObject, pgtap

HAVE = "SELECT * FROM (VALUES (1, 'ann', 3.5), (2, 'bob', 4.0), (3, 'cid', 1.0)) AS t (id, name, score)"


def said(assertion, *arguments, **keywords):
    with pytest.raises(AssertionError) as refused:
        assertion(*arguments, **keywords)
    return str(refused.value)


@pytest.mark.parametrize("assertion", [pgtap.results_eq, pgtap.set_eq, pgtap.bag_eq])
def test_rows_are_told_apart_by_key_and_column(db, assertion):
    text = said(assertion, db, HAVE, [(1, "ann", 3.5), (2, "rob", 4.0), (4, "dan", 2.0)])
    assert "row 2: name text: have 'bob', want 'rob'" in text
    assert "missing (4, 'dan', 2.0)" in text
    assert "extra (3, 'cid', Decimal('1.0'))" in text
    assert "have: 3 rows: id int4, name text, score numeric" in text


def test_the_key_may_be_named(db):
    text = said(pgtap.set_eq, db, HAVE, [(7, "ann", 3.5), (2, "bob", 4.0), (3, "cid", 1.0)], key="name")
    assert "row 'ann': id int4: have 1, want 7" in text


def test_another_type_is_a_difference_and_is_named(db):
    text = said(pgtap.results_eq, db, "SELECT 1 AS n", "SELECT 1::bigint AS n")
    assert "column n: have int4, want int8" in text
    text = said(pgtap.set_eq, db, "SELECT 1 AS n", "SELECT 1, 2")
    assert "1 columns (n int4), 2 wanted" in text


def test_another_order_is_named(db):
    text = said(pgtap.results_eq, db, "VALUES (1), (2)", [2, 1])
    assert "same rows, other order: row 1 is (1,), want (2,)" in text


def test_duplicates_count_in_bags_only(db):
    pgtap.set_eq(db, "VALUES (1), (1)", [1])
    assert "extra (1,)" in said(pgtap.bag_eq, db, "VALUES (1), (1)", [1])


def test_many_differences_are_cut_short(db):
    assert "… and 90 more" in said(pgtap.is_empty, db, "SELECT generate_series(1, 100)")


def test_prepared_statements_cursors_arrays_and_json_are_sides_too(db):
    db.execute("PREPARE numbers AS VALUES (1), (2)")
    pgtap.results_eq(db, "numbers", [1, 2])
    pgtap.results_eq(db, db.connection.execute("SELECT 1"), [1])
    pgtap.set_eq(db, "SELECT ARRAY[1, 2], jsonb '{\"a\": [1]}'", [([1, 2], {"a": [1]})])


def test_what_cannot_be_compared_never_passes_as_different(db):
    with pytest.raises(UnknownObject, match="column n: have int4, want text"):
        pgtap.set_ne(db, "SELECT 1 AS n", "SELECT '1'::text")
    with pytest.raises(psycopg.errors.UndefinedTable):
        pgtap.isnt_empty(db, "SELECT * FROM no_such_table")


def test_a_failed_statement_leaves_the_transaction_usable(db):
    pgtap.throws_ok(db, "SELECT 1 / %s", "22012", "division by zero", parameters=[0])
    text = said(pgtap.lives_ok, db, "SELECT nothing")
    assert '42703: column "nothing" does not exist' in text
    text = said(pgtap.throws_ok, db, "SELECT 1 / 0", "23505")
    assert "have: 22012: division by zero" in text
    assert "want: 23505" in text
    assert db.value("SELECT 1") == 1


def test_what_lives_ok_did_stays_done(db):
    pgtap.lives_ok(db, "CREATE TEMP TABLE kept (id integer)")
    pgtap.has_table(db, "kept")

"""pgTAP's own files run under pytest, each line of TAP a subtest; where pgTAP is not offered they say so."""

import pytest

from slate_pg.testing.tap import parse

FILE = r"""
    \unset ECHO
    \set QUIET 1
    BEGIN;
    SELECT plan(4);
    CREATE TABLE public.users (id integer PRIMARY KEY);
    SELECT has_table('public', 'users', 'there are users');
    SELECT has_table('public', 'usres', 'there are usres');
    SELECT todo('later', 1);
    SELECT has_column('public', 'users', 'email', 'users have an address');
    SELECT skip('not here', 1);
    SELECT * FROM finish();
    ROLLBACK;
"""


@pytest.fixture
def pgtap_offered(db):
    if not db.rows("SELECT FROM pg_available_extensions WHERE name = 'pgtap'"):
        pytest.skip("this PostgreSQL does not offer pgTAP")


def test_each_line_is_a_subtest_and_a_broken_file_or_plan_fails(pgtap_offered, run_pytest):
    said = run_pytest(
        test_shop__sql=FILE,
        test_short__sql="BEGIN; SELECT plan(2); SELECT pass('one'); ROLLBACK;",
        test_broken__sql="BEGIN; SELECT plan(1); SELECT nothing; ROLLBACK;",
        test_good__sql="BEGIN; SELECT plan(1); SELECT pass('one'); SELECT * FROM finish(); ROLLBACK;",
    )
    assert "test_shop.sql::test_shop" in said
    assert "there are users" in said
    assert "SUBFAILED" in said
    assert "2 - there are usres" in said
    assert "1 skipped" in said
    assert "1 xfailed" in said
    assert "2 tests were planned, 1 ran" in said
    assert 'column "nothing" does not exist' in said
    assert "test_good.sql::test_good PASSED" in said


def test_without_pgtap_the_reason_is_printed(db, run_pytest):
    if db.rows("SELECT FROM pg_available_extensions WHERE name = 'pgtap'"):
        pytest.skip("this PostgreSQL offers pgTAP")
    said = run_pytest("-ra", test_shop__sql=FILE)
    assert "1 skipped" in said
    assert "does not offer pgTAP" in said


def test_tap_is_read_with_directives_diagnostics_and_nesting():
    tap = parse("""
1..5
ok 1 - first
not ok 2 - second
# Failed test 2: "second"
#         have: 1
ok 3 - third # SKIP no need
not ok 4 - fourth # TODO later
    # Subtest: fifth
    not ok 1 - inner
    1..1
not ok 5 - fifth
Bail out! no more
""".splitlines())  # fmt: skip
    assert tap.planned == 5
    assert [line.ok for line in tap.lines] == [True, False, True, False, False]
    assert tap.lines[1].said == ['# Failed test 2: "second"', "#         have: 1"]
    assert (tap.lines[2].directive, tap.lines[2].reason) == ("skip", "no need")
    assert (tap.lines[3].directive, tap.lines[3].reason) == ("todo", "later")
    assert "    not ok 1 - inner" in tap.lines[4].said
    assert tap.gave_up == "Bail out! no more"
    assert parse(["1..0 # SKIP wrong version"]).skipped == "wrong version"

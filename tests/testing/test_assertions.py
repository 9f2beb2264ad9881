"""Each of pgTAP's assertions from both sides: it passes when true, says why when false, and a typo is an error."""

import pytest

from slate_pg.testing import Database, UnknownObject, pgtap
from tests.testing.assertions import CASES
from tests.testing.conftest import SHOP


def call(db, name, arguments):
    keywords = arguments[-1] if arguments and isinstance(arguments[-1], dict) else {}
    positional = arguments[:-1] if keywords else arguments
    return getattr(pgtap, name)(db, *positional, **keywords)


@pytest.fixture(scope="module")
def open_shop(slate_shared, slate_project):
    """The shop once for the whole module: nothing here writes, and what fails is rolled back to a savepoint."""
    slate_shared.execute("BEGIN")
    slate_shared.execute(SHOP.encode())
    try:
        yield Database(slate_shared, slate_project)
    finally:
        slate_shared.execute("ROLLBACK")
        slate_shared.execute("DISCARD ALL")


@pytest.mark.parametrize(("name", "passes"), [(c[0], c[1]) for c in CASES if c[0] != "fail"])
def test_it_passes_when_it_is_true(open_shop, name, passes):
    call(open_shop, name, passes)


@pytest.mark.parametrize(("name", "fails"), [(c[0], c[2]) for c in CASES if c[0] != "pass_"])
def test_it_fails_when_it_is_false_and_says_have_want_and_where_to_look(open_shop, name, fails):
    with pytest.raises(AssertionError) as refused:
        call(open_shop, name, fails)
    if name != "fail":
        said = str(refused.value)
        assert all(part in said for part in ("\n  have: ", "\n  want: ", "\n  look: ")), said


@pytest.mark.parametrize(("name", "errs"), [(c[0], c[3]) for c in CASES if c[3] is not None])
def test_a_typo_in_what_it_takes_for_granted_is_an_error(open_shop, name, errs):
    with pytest.raises(UnknownObject):
        call(open_shop, name, errs)

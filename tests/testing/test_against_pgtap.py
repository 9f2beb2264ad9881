"""Where pgTAP itself is offered (Debian has it for 15): the same question gets the same answer."""

import inspect

import pytest

from slate_pg.testing import Database, pgtap
from slate_pg.testing.pgtap import parity
from tests.testing.assertions import CASES
from tests.testing.conftest import SHOP

# Asked otherwise there (other order of arguments, SQL instead of values), or answered otherwise on purpose.
OTHERWISE = {
    # arguments are values, statements or rows
    "ok", "is_", "isnt", "cmp_ok", "isa_ok", "pass_", "fail", "throws_ok", "throws_like", "throws_ilike",
    "throws_matching", "throws_imatching", "performs_ok", "performs_within", "lives_ok",
    *parity.GROUPS["Results"].split(),
    # schemas stand elsewhere among the arguments, or types are spelled in one way only
    "fk_ok", "is_partition_of", "is_ancestor_of", "isnt_ancestor_of", "is_descendent_of", "isnt_descendent_of",
    "trigger_is", "has_cast", "hasnt_cast", "cast_context_is", "has_operator", "hasnt_operator", "has_leftop",
    "hasnt_leftop", "domain_type_is", "domain_type_isnt", "column_privs_are", "function_returns", "operators_are",
    "can", "is_window", "isnt_window",
    # pgTAP's partitions are printed by search path; its own functions and types are in the lists
    "partitions_are", "functions_are", "types_are", "extensions_are", "has_extension", "hasnt_extension",
    # 15 knows it only since pgTAP 1.3
    "index_is_partial",
}  # fmt: skip
TEXT = {"col_type_is": 3, "col_default_is": 3, "policy_cmd_is": 3, "volatility_is": 3, "rule_is_on": 3}


def asked(name, arguments):
    """Return the call in SQL: the schema first where there is one, a description last."""
    given = [a for a in arguments if not isinstance(a, dict)]
    parts = ["'shop'::name"] if "schema" in inspect.signature(getattr(pgtap, name)).parameters else []
    for argument in given:
        if argument is None and "schema" not in inspect.signature(getattr(pgtap, name)).parameters:
            parts.append("NULL::text")
        elif argument is None or isinstance(argument, list):  # None stands for the argument types of a function
            listed = ", ".join(f"'{spelled(a)}'" for a in argument or [])
            parts.append(f"ARRAY[{listed}]::name[]")
        else:
            cast = "text" if TEXT.get(name) == len(parts) else "name"
            parts.append(f"'{spelled(argument)}'::{cast}")
    original = next(n for n in parity.names() if parity.ours(n) == name)
    return f"SELECT {original}({', '.join([*parts, chr(39) + 'asked' + chr(39) + '::text'])})"


def spelled(argument):
    types = {"int": "integer", "timestamptz": "timestamp with time zone", "varchar(80)": "character varying(80)"}
    return types.get(argument, "TEMPORARY" if argument == "TEMP" else str(argument).removeprefix("shop."))


def questions():
    for name, passes, fails, _ in CASES:
        if name not in OTHERWISE:
            yield pytest.param(name, passes, True, id=f"{name}-true")
            yield pytest.param(name, fails, False, id=f"{name}-false")


@pytest.fixture(scope="module")
def both(slate_shared, slate_project):
    if slate_shared.execute("SELECT FROM pg_available_extensions WHERE name = 'pgtap'").fetchone() is None:
        pytest.skip("this PostgreSQL does not offer pgTAP (Debian's package: postgresql-15-pgtap)")
    slate_shared.execute("BEGIN")
    slate_shared.execute(SHOP.encode())
    slate_shared.execute("CREATE SCHEMA tap")
    slate_shared.execute("CREATE EXTENSION pgtap SCHEMA tap")
    slate_shared.execute("SET LOCAL search_path = shop, tap")
    slate_shared.execute("SELECT no_plan()")
    try:
        yield Database(slate_shared, slate_project)
    finally:
        slate_shared.execute("ROLLBACK")
        slate_shared.execute("DISCARD ALL")


@pytest.mark.parametrize(("name", "arguments", "true"), [*questions()])
def test_pgtap_answers_the_same(both, name, arguments, true):
    with both.connection.transaction():
        said = both.value(asked(name, arguments))
    assert said.startswith("ok " if true else "not ok "), said


def test_a_good_part_of_the_names_is_compared():
    assert len({p.values[0] for p in questions()}) >= 100

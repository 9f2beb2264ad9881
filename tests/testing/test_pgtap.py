"""pgTAP's vocabulary as a whole: all 205 names, the overload trap, help(), and that docs/PGTAP.md is true."""

import inspect
from pathlib import Path

import pytest

from slate_pg.testing import UnknownObject, pgtap
from slate_pg.testing.pgtap import parity
from tests.testing.assertions import CASES, ELSEWHERE

ROOT = Path(__file__).parents[2]


def test_every_negation_of_something_that_must_exist_has_a_typo_in_the_table():
    """Only what has nothing to presuppose may go without one."""
    nothing_presupposed = {
        "isnt_empty", "hasnt_schema", "hasnt_tablespace", "hasnt_language", "hasnt_role", "hasnt_user", "hasnt_group",
    }  # fmt: skip
    negations = {
        c[0] for c in CASES if c[0].startswith(("hasnt_", "isnt_", "col_isnt", "col_hasnt", "domain_type_isnt"))
    }
    assert {c[0] for c in CASES if c[3] is None} & negations <= nothing_presupposed


def test_all_the_names_of_pgtap_are_here_or_explained():
    names = parity.names()
    assert len(names) == len(set(names)) == 205
    here = {parity.ours(n) for n in names} - {None}
    assert here == set(pgtap.__all__)
    assert set(parity.ABSENT) == {"has_rightop", "hasnt_rightop"}
    assert set(parity.DIFFERS) <= set(names)
    assert here == {c[0] for c in CASES} | ELSEWHERE, "each assertion is tested from both sides"


@pytest.mark.parametrize("name", pgtap.__all__)
def test_help_reads_well(name):
    function = getattr(pgtap, name)
    parameters = inspect.signature(function).parameters
    assert function.__name__ == name
    assert inspect.getdoc(function).endswith(".")
    assert next(iter(parameters)) == "db"
    assert all(
        parameters[k].kind is inspect.Parameter.KEYWORD_ONLY for k in ("schema", "description") if k in parameters
    )


def test_the_table_in_the_docs_is_the_generated_one():
    assert (ROOT / "docs" / "PGTAP.md").read_text("utf-8") == parity.table(), (
        "run: python -m slate_pg.testing.pgtap.parity docs/PGTAP.md"
    )


def test_the_overload_trap_is_closed(shop):
    with pytest.raises(TypeError):
        pgtap.hasnt_table(shop, "shop", "users")
    with pytest.raises(TypeError):
        pgtap.has_table(shop, "shop", "users")
    with pytest.raises(UnknownObject, match=r"did you mean .*shop\.users"):
        pgtap.isnt_partitioned(shop, "usres")


def test_lists_of_the_whole_cluster(shop):
    roles = [r for (r,) in shop.rows("SELECT rolname FROM pg_roles")]
    pgtap.roles_are(shop, roles)
    with pytest.raises(AssertionError, match="extra shop_boss"):
        pgtap.roles_are(shop, set(roles) - {"shop_boss"})
    users = [r for (r,) in shop.rows("SELECT rolname FROM pg_roles WHERE rolcanlogin")]
    pgtap.users_are(shop, users)
    with pytest.raises(AssertionError, match="missing shop_clerk"):
        pgtap.users_are(shop, [*users, "shop_clerk"])
    groups = [r for (r,) in shop.rows("SELECT rolname FROM pg_roles WHERE NOT rolcanlogin")]
    pgtap.groups_are(shop, groups)
    with pytest.raises(AssertionError, match="extra shop_clerk"):
        pgtap.groups_are(shop, set(groups) - {"shop_clerk"})
    schemas = [s for (s,) in shop.rows("SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_|^information_schema$'")]
    pgtap.schemas_are(shop, schemas)
    with pytest.raises(AssertionError, match=r"(?s)extra shop\b.*nearest: shop"):
        pgtap.schemas_are(shop, [*(s for s in schemas if s != "shop"), "shopp"])
    casts = [c for (c,) in shop.rows("""
        SELECT format_type(castsource, NULL) || ' AS ' || format_type(casttarget, NULL) FROM pg_cast
    """)]  # fmt: skip
    pgtap.casts_are(shop, [c.replace("mood AS", "shop.mood AS") for c in casts])
    with pytest.raises(AssertionError, match=r"extra shop\.mood AS integer"):
        pgtap.casts_are(shop, [c for c in casts if not c.startswith("mood")])


def test_a_description_leads_the_message(shop):
    with pytest.raises(AssertionError, match=r"^people need an address: "):
        pgtap.has_column(shop, "users", "emial", description="people need an address")


def test_names_that_need_quotes_are_found(shop):
    shop.execute('CREATE TABLE "Odd.Name" ("Über" integer)')
    pgtap.has_table(shop, '"Odd.Name"')
    pgtap.has_table(shop, "Odd.Name", schema="shop")
    pgtap.has_column(shop, '"Odd.Name"', "Über")
    pgtap.columns_are(shop, 'shop."Odd.Name"', ["Über"])
    with pytest.raises(UnknownObject):
        pgtap.has_column(shop, "odd.name", "Über")

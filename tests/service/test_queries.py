"""The documented queries as methods: parameters are named, rows are typed, what the file says is what runs."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

import pytest
from psycopg.rows import tuple_row

from slate_pg import sqlfiles
from slate_pg.config import find_project
from slate_pg.errors import Misuse
from slate_pg.migrations.runner import Run
from slate_pg.operations.seeds import load as seed
from slate_pg.service import queries
from slate_pg.service.queries import method_name
from slate_pg.service.session import AsyncSessions, Sessions

from .conftest import ROOT

EVERY = [(p, f) for p in find_project(start=ROOT).products for f in sqlfiles.read_files(p.sql / "queries")]


@dataclass
class Badge:
    skill_name: str
    level: str
    earned_date: datetime


@pytest.fixture
def flourish(db_committed):
    product = db_committed.project.product("flourish")
    seed(Run(db_committed.connection, product, "core"), ("reference", "demo"))
    return product


@pytest.mark.parametrize(("product", "file"), EVERY, ids=[f"{p.name}-{f.name}" for p, f in EVERY])
def test_a_query_runs_by_name_with_the_files_own_examples(among, db, product, file):
    among(product.name)
    db.use(product.name)
    loaded = queries.load(product)
    rows = list(getattr(loaded, method_name(file.name))(db.connection, **file.examples))
    with db.connection.cursor(row_factory=tuple_row) as cursor:
        assert rows == cursor.execute(file.text.encode()).fetchall()
        if rows:
            assert rows[0]._fields == tuple(c.name for c in cursor.description)


def test_a_parameter_decides_and_its_value_stays_a_value(flourish, url):
    loaded = queries.load(flourish)
    with Sessions(url, "flourish", max_size=2) as pool, pool.session(role="flourish_service") as connection:
        badges = list(loaded.student_badges(connection, student_id="S001"))
        assert badges
        assert type(badges[0]).__name__ == "StudentBadges"
        assert badges[0].level in ("Proficient", "Advanced")
        assert list(loaded.student_badges(connection, student_id="S001' OR '1' = '1")) == []


def test_a_dataclass_is_filled_by_column_name(flourish, url):
    loaded = queries.load(flourish, {"student_badges": Badge})
    with Sessions(url, "flourish", max_size=2) as pool, pool.session(role="flourish_service") as connection:
        (first, *_) = loaded.student_badges(connection, student_id="S001")
    assert isinstance(first, Badge)
    assert isinstance(first.earned_date, datetime)


def test_a_record_for_no_query_is_refused_with_the_nearest_name():
    product = find_project(start=ROOT).product("flourish")
    with pytest.raises(Misuse) as caught:
        queries.load(product, {"student_badge": Badge})
    assert caught.value.hint == 'Did you mean "student_badges"?'


def test_a_method_says_what_it_is_for():
    loaded = queries.load(find_project(start=ROOT).product("flourish"))
    assert "newest first" in loaded.student_badges.__doc__


def test_the_same_asynchronously(flourish, url):
    loaded = queries.load(flourish, asynchronous=True)

    async def read():
        async with AsyncSessions(url, "flourish", max_size=2) as pool, pool.session(role="flourish_service") as lent:
            return [row async for row in loaded.student_badges(lent, student_id="S001")]

    (first, *_) = asyncio.run(read())
    assert first.level in ("Proficient", "Advanced")

"""The models of `slate generate sqlalchemy` in each product: strict types, every row of the seeds, what a role may write."""

from __future__ import annotations

import subprocess
import sys
import warnings
from typing import get_args

import psycopg
import pytest

from slate_pg.generate import modules
from slate_pg.generate.models import ModelWriter, readable
from slate_pg.generate.reading import readable_columns
from tests.generate.kinds import is_of, load
from tests.orm.stories import STORIES

sa = pytest.importorskip("sqlalchemy", "2.0", reason="SQLAlchemy is not installed: pip install 'slate-pg[orm]'")

from sqlalchemy import orm  # noqa: E402

CONSUMER = """
import datetime
import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload
from typed import flourish_models, learning_models, physed_models, spark_models, vividly_models


def badges(session: Session, student: uuid.UUID) -> list[spark_models.BadgeRarity]:
    found: Sequence[spark_models.EarnedBadges] = session.scalars(
        select(spark_models.EarnedBadges)
        .options(selectinload(spark_models.EarnedBadges.badge))
        .where(spark_models.EarnedBadges.user_id == student)
    ).all()
    return [earned.badge.rarity for earned in found if earned.badge is not None]


def ends(session: Session) -> dict[str, datetime.datetime | None]:
    session.add(spark_models.Courses(title="Rome", subject="History", grade=7, difficulty="EASY"))
    lessons: list[spark_models.Lessons] = [each for course in session.scalars(select(spark_models.Courses)) for each in course.lessons]
    return {lesson.title: lesson.created_at for lesson in lessons}


def others(session: Session) -> tuple[str, int, str, str | None]:
    return (
        session.scalars(select(flourish_models.Students.name)).one(),
        session.scalars(select(physed_models.Students.id)).one(),
        session.scalars(select(vividly_models.Users.id)).one(),
        session.scalars(select(learning_models.Users.first_name)).one(),
    )
"""
WRONG = """
from typed import spark_models


def wrong(course: spark_models.Courses, badge: spark_models.Badges) -> str:
    badge.rarity = "RAREST"
    course.title = None
    return course.lessons.title
"""


@pytest.fixture(scope="module")
def models(place, slate_project, tmp_path_factory):
    """Give, by product and role, the module with the models that are written for it."""
    folder = tmp_path_factory.mktemp("models") / "typed"
    loaded = {}

    def get(product, role=None):
        if (product, role) not in loaded:
            columns = readable_columns(place.admin, role) if role else None

            def write(schema, command):
                return ModelWriter(schema if columns is None else readable(schema, columns)).write(command)

            chosen = [slate_project.product(product)]
            found = modules.places(chosen, folder / (role or ""), None, "", "sqlalchemy")
            written = modules.render(place.admin, slate_project, found, write)
            modules.save(written, list(written))
            with warnings.catch_warnings(action="error"):
                loaded[product, role] = load(found[0].path)
                orm.configure_mappers()
        return loaded[product, role]

    get.folder = folder
    return get


@pytest.fixture
def engine(place, story):
    """Give the administrator's engine; tables are found where the product is installed."""

    def connect():
        return psycopg.connect(host=place.host, dbname=place.dbname, user=place.admin.info.user)

    options = {"schema_translate_map": {None: story.product}}
    made = sa.create_engine("postgresql+psycopg://", creator=connect, execution_options=options)
    yield made
    made.dispose()


@pytest.fixture
def acting(page, place, story):
    """Open sessions of the product's login as its people or its service."""
    made = sa.create_engine(f"postgresql+psycopg://{place.address(story.product)}")
    page["acting"].forget_all(made)

    def session(person=None):
        role = story.people if person else story.service
        return page["acting"].Acting(made, info={"role": role, "person": person or ""})

    yield session
    made.dispose()


def classes(module):
    return {mapper.local_table.name: mapper.class_ for mapper in module.Base.registry.mappers}


def mypy(folder, name, text):
    (folder / name).write_text(text)
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", folder / "cache", "--config-file", "", name]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_a_consumer_of_all_five_is_strictly_typed_and_who_is_wrong_is_told(models):
    for story in STORIES:
        models(story.product)
    ran = mypy(models.folder.parent, "consumer.py", CONSUMER)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    ran = mypy(models.folder.parent, "wrong.py", WRONG)
    assert {line.split(":")[1] for line in ran.stdout.splitlines() if ": error: " in line} == {"6", "7", "8"}, (
        ran.stdout
    )


def test_every_row_is_what_its_class_says_and_leads_where_its_keys_lead(models, engine, story):
    found, read = classes(models(story.product)), 0
    with orm.Session(engine) as session, warnings.catch_warnings(action="error"):
        for cls in found.values():
            hints = {name: get_args(hint)[0] for name, hint in cls.__annotations__.items()}
            mapper = sa.inspect(cls)
            rows = session.scalars(sa.select(cls)).all()
            assert len(rows) == session.scalar(sa.select(sa.func.count()).select_from(cls.__table__))
            read += len(rows)
            for row in rows:
                wrong = [p.key for p in mapper.column_attrs if not is_of(getattr(row, p.key), hints[p.key])]
                assert wrong == [], (cls, wrong)
                for relation in mapper.relationships:
                    near = [getattr(row, mapper.get_property_by_column(a).key) for a, _ in relation.local_remote_pairs]
                    others = getattr(row, relation.key)
                    others = others if isinstance(others, list) else [o for o in [others] if o is not None]
                    far = [relation.mapper.get_property_by_column(b).key for _, b in relation.local_remote_pairs]
                    assert all([getattr(other, key) for key in far] == near for other in others)
                    assert others or relation.direction is not orm.RelationshipDirection.MANYTOONE or None in near
    assert read > len(found)


def test_every_row_is_written_again_as_it_was_read(models, engine, story):
    """Each table's rows are deleted and inserted through the models, without triggers: every type travels both ways."""
    with orm.Session(engine) as session:
        session.execute(sa.text("SET LOCAL session_replication_role = replica"))
        tried = 0
        for cls in classes(models(story.product)).values():
            columns = [c for c in sa.inspect(cls).column_attrs if c.columns[0].computed is None]
            rows = session.scalars(sa.select(cls).limit(5)).all()
            before = [{c.key: getattr(row, c.key) for c in columns} for row in rows]
            identity = any(c.columns[0].identity is not None and c.columns[0].identity.always for c in columns)
            if not rows or identity:
                continue
            keys = [sa.inspect(row).identity for row in rows]
            for key in keys:
                session.execute(
                    sa.delete(cls).filter_by(**dict(zip([c.key for c in cls.__table__.primary_key], key, strict=True)))
                )
            session.expunge_all()
            session.add_all([cls(**values) for values in before])
            session.flush()
            session.expire_all()
            after = [session.get(cls, key) for key in keys]
            assert [{c.key: getattr(row, c.key) for c in columns} for row in after] == before, cls
            tried += 1
        session.rollback()
    assert tried > 4


def test_there_is_a_class_for_every_table_but_partitions_and_bookkeeping(place, models, story):
    query = """
        SELECT relname, EXISTS (SELECT FROM pg_index AS i WHERE i.indrelid = c.oid AND i.indisprimary) FROM pg_class AS c
        WHERE c.relnamespace = %s::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname !~ '^_'
    """
    there = dict(place.admin.execute(query, [story.product]).fetchall())
    module = models(story.product)
    assert set(classes(module)) == {name for name, key in there.items() if key}
    views = set(module.Base.metadata.tables) - set(there)
    assert {name for name in module.Base.metadata.tables if name not in views} == set(there)


@pytest.mark.parametrize("who", ["people", "service"])
def test_models_for_a_role_have_what_it_may_read_and_nothing_else(place, models, acting, story, who):
    role = getattr(story, who)
    query = """
        SELECT c.relname, a.attname FROM pg_class AS c INNER JOIN pg_attribute AS a ON a.attrelid = c.oid
        WHERE c.relnamespace = %s::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm') AND NOT c.relispartition AND c.relname !~ '^_'
            AND a.attnum > 0 AND NOT a.attisdropped AND has_column_privilege(%s, c.oid, a.attnum, 'SELECT')
    """
    module = models(story.product, role)
    tables = module.Base.metadata.tables.values()
    assert {(t.name, c.name) for t in tables for c in t.columns} == {*place.admin.execute(query, [story.product, role])}
    with acting(story.person if who == "people" else None) as session:
        for cls in classes(module).values():
            session.scalars(sa.select(cls)).all()
        for table in tables:
            session.execute(sa.select(table)).all()


def test_a_role_adds_changes_and_refreshes_what_it_may_write(models, acting, story):
    as_service = [story.many, story.version[0], *([story.partitioned] if story.partitioned else [])]
    for person, write in [(story.person, story.own), *((None, write) for write in as_service)]:
        cls = classes(models(story.product, story.people if person else story.service))[write.table]
        attributes = {c.columns[0].name: c.key for c in sa.inspect(cls).column_attrs}
        values = {attributes[column]: value for column, value in write.row().items()}
        with acting(person) as session:
            session.add(row := cls(**values))
            session.flush()
            session.refresh(row)
            assert {name: str(getattr(row, name)) for name in values} == {n: str(v) for n, v in values.items()}
            for column, value in write.change.items():
                setattr(row, attributes[column], value)
            session.flush()
            session.refresh(row)
            changed = {c: str(getattr(row, attributes[c]))[:10] for c in write.change}
            assert changed == {c: str(v)[:10] for c, v in write.change.items()}
            session.rollback()

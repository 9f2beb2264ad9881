"""A service on SQLAlchemy 2 in each product, as docs/SQLALCHEMY.md has it: its classes, its rights, its errors."""

from __future__ import annotations

import threading
import uuid
import warnings

import psycopg
import pytest

from slate_pg.cluster.logins import add, login
from slate_pg.migrations import runner
from slate_pg.migrations.runner import Run
from tests.orm.conftest import SQLALCHEMY
from tests.orm.pages import read
from tests.orm.stories import STORIES

sa = pytest.importorskip("sqlalchemy", "2.0", reason="SQLAlchemy is not installed: pip install 'slate-pg[orm]'")

from sqlalchemy import exc, orm  # noqa: E402
from sqlalchemy.dialects.postgresql import insert  # noqa: E402
from sqlalchemy.ext.automap import automap_base  # noqa: E402
from sqlalchemy.orm.exc import StaleDataError  # noqa: E402


class Service:
    """One product's engine, its mapped classes for either role, and sessions."""

    def __init__(self, page, place, story, **options):
        self.acting, self.reflect = page["acting"], page["reflecting"].reflect
        self.story = story
        self.engine = sa.create_engine(f"postgresql+psycopg://{place.address(story.product)}", **options)
        self.acting.forget_all(self.engine)
        self.mapped = {}

    def classes(self, role):
        """Return the classes by table; the story's versioned table is locked optimistically by the service."""
        if role not in self.mapped:
            with warnings.catch_warnings(action="ignore", category=exc.SAWarning):
                base = automap_base(metadata=self.reflect(self.engine, role))
                write, column = self.story.version
                own = {}
                if role == self.story.service:
                    table = base.metadata.tables[write.table]
                    how = {"version_id_col": table.c[column], "version_id_generator": False}
                    own[write.table] = type(write.table, (base,), {"__table__": table, "__mapper_args__": how})
                base.prepare()
                orm.configure_mappers()
            self.mapped[role] = {cls.__table__.name: cls for cls in base.classes} | own
        return self.mapped[role]

    def people(self, table):
        return self.classes(self.story.people)[table]

    def served(self, table):
        return self.classes(self.story.service)[table]

    def session(self, person=None):
        info = {"role": self.story.people if person else self.story.service, "person": person or ""}
        return self.acting.Acting(self.engine, info=info)

    def add(self, write, person=None):
        """Commit one more row and return its identity."""
        cls = self.people(write.table) if person else self.served(write.table)
        with self.session(person) as session:
            session.add(row := cls(**write.row()))
            session.commit()
            return sa.inspect(row).identity


@pytest.fixture(scope="module")
def services():
    made = {}
    yield made
    for service in made.values():
        service.engine.dispose()


@pytest.fixture
def service(page, place, story, services):
    if story.product not in services:
        services[story.product] = Service(page, place, story)
    return services[story.product]


def readable(place, schema, role):
    """Return the tables in which a role reads at least one column."""
    query = """
        SELECT c.relname FROM pg_class AS c WHERE c.relnamespace = %s::regnamespace AND c.relkind IN ('r', 'p')
        AND NOT c.relispartition AND c.relname !~ '^_' AND has_any_column_privilege(%s, c.oid, 'SELECT')
    """
    return {row[0] for row in place.admin.execute(query, [schema, role])}


def test_an_engine_connects_and_nobody_sees_a_table_before_it_is_said_who_acts(service, story):
    with service.engine.connect() as connection, pytest.raises(exc.ProgrammingError) as refused:
        connection.execute(sa.text(f"SELECT 1 FROM {story.own.table}"))
    assert refused.value.orig.sqlstate == "42P01"


@pytest.mark.parametrize("who", ["people", "service"])
def test_every_table_is_a_class_that_the_role_can_read(place, service, story, who):
    role = getattr(story, who)
    classes = service.classes(role)
    assert set(classes) == readable(place, story.product, role)
    with service.session(story.person if who == "people" else None) as session:
        for name, cls in classes.items():
            assert not [c.name for c in cls.__table__.columns if isinstance(c.type, sa.types.NullType)], name
            session.scalars(sa.select(cls).limit(3)).all()


def test_no_class_is_a_partition_and_no_key_leads_to_one(service, story):
    for cls in service.classes(story.service).values():
        for key in cls.__table__.foreign_keys:
            assert key.column.table.name in service.classes(story.service)


def test_a_person_adds_and_changes_a_row_of_her_own_with_the_servers_defaults(service, story):
    row = story.own.row()
    with service.session(story.person) as session:
        session.add(added := service.people(story.own.table)(**row))
        session.commit()
        for column in added.__table__.columns:
            if column.server_default is not None and not column.nullable:
                assert getattr(added, column.name) is not None, column.name
        for name, value in story.own.change.items():
            setattr(added, name, value)
        session.commit()
        for name, value in row.items():
            if name not in story.own.change:
                assert str(getattr(added, name)) == str(value)


def test_another_person_neither_finds_nor_changes_it(service, story):
    identity = service.add(story.own, story.person)
    cls = service.people(story.own.table)
    same = dict(zip([c.name for c in cls.__table__.primary_key.columns], identity, strict=True))
    with service.session(story.other) as session:
        assert session.get(cls, identity) is None
        if story.own.change:
            statement = sa.update(cls.__table__).filter_by(**same).values(**story.own.change)
            assert session.execute(statement).rowcount == 0
    with service.session() as session:
        assert session.get(service.served(story.own.table), identity) is not None


def test_a_session_without_a_person_reads_nothing_of_people(service, story):
    service.add(story.own, story.person)
    with service.acting.Acting(service.engine, info={"role": story.people}) as session:
        assert session.scalars(sa.select(service.people(story.own.table))).all() == []


def test_a_session_that_does_not_say_its_role_runs_nothing(service):
    with service.acting.Acting(service.engine) as session, pytest.raises(KeyError, match="role"):
        session.execute(sa.text("SELECT 1"))


def test_an_upsert_updates_the_row_it_meets(service, story):
    table = service.served(story.upsert.table).__table__
    row = story.upsert.row()
    with service.session() as session:
        for values in (row, row | story.upsert.change):
            statement = insert(table).values(values)
            statement = statement.on_conflict_do_update(index_elements=story.upsert.key, set_=story.upsert.change)
            (after,) = session.execute(statement.returning(table)).mappings().all()
            session.commit()
        assert {k: after[k] for k in story.upsert.change} == story.upsert.change
        ignored = insert(table).values(row).on_conflict_do_nothing(index_elements=story.upsert.key)
        assert session.execute(ignored.returning(table.c[story.upsert.key[0]])).all() == []
        session.rollback()


def test_who_comes_second_is_told_that_the_row_is_stale(service, story):
    write, column = story.version
    identity, cls = service.add(write), service.served(write.table)
    with service.session() as one, service.session() as two:
        mine, theirs = one.get(cls, identity), two.get(cls, identity)
        before = getattr(theirs, column)
        for name, value in write.change.items():
            setattr(mine, name, value)
            setattr(theirs, name, value)
        two.commit()
        assert getattr(theirs, column) > before
        with pytest.raises(StaleDataError):
            one.commit()
        one.rollback()
        one.refresh(mine)
        assert getattr(mine, column) == getattr(theirs, column)


def test_one_session_changes_its_row_again_and_again(service, story):
    write, column = story.version
    with service.session() as session:
        session.add(row := service.served(write.table)(**write.row()))
        session.commit()
        for name, value in write.change.items():
            first = getattr(row, name)
            for each in (value, first, value):
                setattr(row, name, each)
                session.commit()
        assert getattr(row, column)


def test_a_thousand_rows_are_added_changed_and_deleted_at_once(service, story):
    cls = service.served(story.many.table)
    keys = [c.name for c in cls.__table__.primary_key.columns]
    with service.session() as session:
        statement = sa.insert(cls).returning(
            *cls.__table__.primary_key.columns, sort_by_parameter_order="id" not in keys
        )
        found = session.execute(statement, story.many.rows(1000)).all()
        session.execute(sa.update(cls), [dict(zip(keys, key, strict=True)) | story.many.change for key in found])
        session.commit()
        same = [getattr(cls, name) == value for name, value in story.many.change.items()]
        ours = sa.tuple_(*cls.__table__.primary_key.columns).in_(found)
        count = session.scalar(sa.select(sa.func.count()).select_from(cls).where(ours, *same))
        assert count == len(set(found)) == 1000
        session.execute(sa.delete(cls).where(ours))
        session.commit()


def test_objects_that_are_added_together_know_their_keys(service, story):
    with service.session() as session:
        rows = [service.served(story.many.table)(**row) for row in story.many.rows(50)]
        session.add_all(rows)
        session.commit()
        assert len({sa.inspect(row).identity for row in rows}) == 50


@pytest.mark.parametrize("story", [s for s in STORIES if s.partitioned], ids=lambda s: s.product)
def test_a_row_of_a_partitioned_table_is_added_changed_locked_and_deleted(page, place, among, services, story):
    among(story.product)
    service = services.setdefault(story.product, Service(page, place, story))
    cls = service.served(story.partitioned.table)
    with service.session() as session:
        session.add(row := cls(**story.partitioned.row()))
        session.commit()
        for name, value in story.partitioned.change.items():
            setattr(row, name, value)
        session.commit()
        key = sa.inspect(row).identity
        assert session.get(cls, key, with_for_update=True, populate_existing=True) is row
        session.execute(sa.insert(cls), story.partitioned.rows(3))
        session.delete(row)
        session.commit()
        assert session.get(cls, key) is None


def test_a_lock_on_a_row_is_waited_for_skipped_or_refused(service, story):
    cls = service.served(story.many.table)
    identity = service.add(story.many)
    with service.session() as one, service.session() as two:
        held = one.get(cls, identity, with_for_update=True)
        same = sa.select(cls).filter_by(**{c.name: getattr(held, c.name) for c in cls.__table__.primary_key.columns})
        assert two.scalars(same.with_for_update(skip_locked=True)).all() == []
        with pytest.raises(exc.OperationalError) as refused:
            two.scalars(same.with_for_update(nowait=True)).all()
        assert refused.value.orig.sqlstate == "55P03"


def test_a_savepoint_that_fails_takes_neither_the_transaction_nor_its_person_along(service, story):
    cls = service.people(story.own.table)
    with service.session(story.person) as session:
        session.add(kept := cls(**story.own.row()))
        session.flush()
        with pytest.raises(exc.DBAPIError), session.begin_nested():
            session.execute(sa.text("SELECT 1/0"))
        assert session.scalar(sa.text("SELECT current_setting('app.user_id')")) == story.person
        assert session.scalar(sa.text("SELECT current_user")) == story.people
        session.commit()
        assert session.get(cls, sa.inspect(kept).identity) is kept


def test_what_could_not_be_serialized_succeeds_the_next_time(service, story):
    write, _ = story.version
    cls, identity = service.served(write.table), service.add(write)
    serial = service.engine.execution_options(isolation_level="SERIALIZABLE")
    seen, tries, together = [], [], threading.Barrier(2)

    def work():
        for attempt in range(9):
            with service.acting.Acting(serial, info={"role": story.service}) as session:
                try:
                    row = session.get(cls, identity)
                    if not attempt:
                        together.wait(60)
                    row_key = {c.name: getattr(row, c.name) for c in cls.__table__.primary_key.columns}
                    session.execute(sa.update(cls.__table__).filter_by(**row_key).values(**write.change))
                    session.commit()
                    seen.append(identity)
                    return
                except exc.OperationalError as error:
                    tries.append(error.orig.sqlstate)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 2
    assert tries
    assert {*tries} <= {"40001", "40P01"}


def test_a_relationship_is_loaded_under_the_persons_rights(service, story):
    child, column, parent = story.parent
    for person in (story.person, story.other, None):
        cls = service.people(child) if person else service.served(child)
        relation = next(
            r for r in sa.inspect(cls).relationships
            if r.mapper.local_table.name == parent and r.direction.name == "MANYTOONE" and column in {c.name for c in r.local_columns}
        )  # fmt: skip
        for how in (orm.selectinload, orm.joinedload, orm.lazyload):
            with service.session(person) as session:
                for row in session.scalars(sa.select(cls).options(how(getattr(cls, relation.key))).limit(20)).unique():
                    found = getattr(row, relation.key)
                    assert found is None or sa.inspect(found).identity == (getattr(row, column),)


def test_a_connection_goes_back_to_the_pool_without_role_and_person(page, place, story):
    service = Service(page, place, story, pool_size=1, max_overflow=0)
    asked = sa.text(
        "SELECT current_user, nullif(current_setting('app.user_id', true), ''), current_setting('statement_timeout'), pg_backend_pid()"
    )

    def leave(session):
        session.execute(sa.text("SELECT 1"))

    def commit(session):
        session.execute(sa.text("SET statement_timeout = '7s'"))
        session.execute(sa.text(f"SET ROLE {story.service}"))
        session.execute(sa.text("SET app.user_id = 'somebody'"))
        session.commit()

    def fail(session):
        with pytest.raises(exc.DBAPIError):
            session.execute(sa.text("SELECT 1/0"))

    pids = set()
    for work in (leave, commit, fail):
        with service.session(story.person) as session:
            work(session)
        with service.engine.connect() as connection:
            who, person, timeout, pid = connection.execute(asked).one()
            assert (who, person, timeout) == (place.user(story.product), None, "0")
            pids.add(pid)
    assert len(pids) == 1  # the same connection each time
    service.engine.dispose()


def test_rows_are_streamed_merged_and_refreshed_under_a_persons_rights(service, story):
    identity = service.add(story.own, story.person)
    cls = service.people(story.own.table)
    with service.session(story.person) as session:
        statement = sa.select(cls).execution_options(yield_per=2, stream_results=True)
        seen = [sa.inspect(row).identity for row in session.scalars(statement)]
        assert identity in seen
        row = session.get(cls, identity)
        same = {c.name: getattr(row, c.name) for c in cls.__table__.primary_key.columns}
        assert session.merge(cls(**same)) is row
        session.refresh(row)
        session.commit()


def test_copy_is_refused_by_the_server_and_a_list_of_rows_is_the_way(service, story):
    with service.session() as session:
        cursor = session.connection().connection.driver_connection.cursor()
        with (
            pytest.raises(psycopg.errors.FeatureNotSupported) as refused,
            cursor.copy(f"COPY {story.own.table} FROM STDIN") as copy,
        ):
            copy.write_row(["x"])
    assert (refused.value.sqlstate, refused.value.diag.message_hint) == ("0A000", "Use INSERT statements instead.")
    with service.session() as session:
        raw = session.connection().connection.driver_connection
        rows = [
            {k: psycopg.types.json.Jsonb(v) if isinstance(v, dict) else v for k, v in r.items()}
            for r in story.many.rows(100)
        ]
        names = ", ".join(rows[0])
        with raw.cursor() as cursor:
            cursor.executemany(
                f"INSERT INTO {story.many.table} ({names}) VALUES ({', '.join(f'%({n})s' for n in rows[0])})", rows
            )
            assert cursor.rowcount == 100
        session.rollback()
        with (
            session.connection()
            .connection.driver_connection.cursor()
            .copy(f"COPY (SELECT * FROM {story.many.table}) TO STDOUT") as out
        ):
            assert b"".join(out)


def test_a_service_reads_what_it_deletes_and_is_told_how_many(service, story):
    cls = service.served(story.many.table)
    identity = service.add(story.many)
    with service.session() as session:
        key = dict(zip([c.name for c in cls.__table__.primary_key.columns], identity, strict=True))
        gone = session.execute(sa.delete(cls).filter_by(**key).returning(cls.__table__)).all()
        session.commit()
    assert len(gone) == 1


@pytest.fixture
def spark(page, place, among, services):
    among("spark")
    story = next(s for s in STORIES if s.product == "spark")
    return services.setdefault("spark", Service(page, place, story))


@pytest.mark.parametrize("table", ["classes", "routines", "lessons", "users"])
def test_a_mapper_that_counts_versions_itself_agrees_with_the_database(page, place, among, table):
    among("physed")
    service = Service(page, place, next(s for s in STORIES if s.product == "physed"))
    metadata = service.reflect(service.engine, "physed_service")
    column = metadata.tables[table].c.version
    column.server_onupdate = column.server_default = None
    base = automap_base(metadata=metadata)
    how = {"version_id_col": column}
    cls = type(table, (base,), {"__table__": metadata.tables[table], "__mapper_args__": how})
    changed = {"lessons": "title", "users": "first_name"}.get(table, "name")
    with warnings.catch_warnings(action="ignore", category=exc.SAWarning):
        base.prepare()
        orm.configure_mappers()
    with service.session() as one, service.session() as two:
        mine = one.scalars(sa.select(cls).limit(1)).one()
        for value in ("A", "B"):
            setattr(mine, changed, value)
            one.commit()
        theirs = two.get(cls, sa.inspect(mine).identity)
        setattr(mine, changed, "C")
        one.commit()
        setattr(theirs, changed, "D")
        with pytest.raises(StaleDataError):
            two.commit()
    service.engine.dispose()


def test_an_installation_under_another_name_is_reflected_read_and_written(page, place, among, slate_project):
    among("flourish")
    name = 'Weird "Name'
    product = slate_project.product("flourish").installed_as(name)
    runner.apply(Run(place.admin, product, slate_project.shared))
    user = "weird login"
    add(place.admin, login(product, slate_project.shared, user, "service"), None)
    place.roles.extend([user, *(f"{name}_{kind}" for kind in ("people", "service", "reader"))])
    url = sa.URL.create("postgresql+psycopg", username=user, database=place.dbname, query={"host": place.host})
    engine = sa.create_engine(url)
    base = automap_base(metadata=page["reflecting"].reflect(engine, f"{name}_service"))
    with warnings.catch_warnings(action="ignore", category=exc.SAWarning):
        base.prepare()
        orm.configure_mappers()
    with page["acting"].Acting(engine, info={"role": f"{name}_service"}) as session:
        session.add(base.classes.teachers(id="T900", name="100 % %s"))
        session.flush()
        session.add(base.classes.students(id="S900", name="Ada", grade=7, teacher_id="T900"))
        session.commit()
    for person, seen in (("T900", ["S900"]), ("T001", [])):
        info = {"role": f"{name}_people", "person": person}
        with page["acting"].Acting(engine, info=info) as session:
            assert session.scalars(sa.select(base.classes.students.id)).all() == seen
    engine.dispose()


def test_an_upsert_over_partitions_is_refused_and_the_function_takes_it(spark):
    table = spark.served("student_progress").__table__
    lesson = "50000000-0000-4000-8000-000000000002"
    row = {"student_id": spark.story.other, "lesson_id": lesson, "status": "IN_PROGRESS", "progress": 10}
    with spark.session() as session:
        statement = (
            insert(table)
            .values(row)
            .on_conflict_do_update(index_elements=["student_id", "lesson_id"], set_={"progress": 10})
        )
        with pytest.raises(exc.ProgrammingError) as refused:
            session.execute(statement)
        assert refused.value.orig.sqlstate == "42P10"
        session.rollback()
        call = sa.text("SELECT outcome FROM record_progress(:s, :l, 'IN_PROGRESS', :p)")
        for share in (10, 20):
            session.execute(call, {"s": spark.story.other, "l": lesson, "p": share})
            session.commit()
        with pytest.raises(exc.IntegrityError) as taken:
            session.execute(sa.insert(table).values(row))
        assert "record_progress()" in taken.value.orig.diag.message_hint
        session.rollback()


def test_every_step_of_the_page_runs(page, place, slate, among, monkeypatch, tmp_path):
    among("spark")
    made = ("generate", "sqlalchemy", "spark", "--role", "spark_service", "--to", tmp_path / "spark_models.py")
    assert slate(*made).code == 0
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("DATABASE_URL", f"postgresql+psycopg://{place.address('spark')}")
    names = {}
    steps = read(SQLALCHEMY).steps
    with warnings.catch_warnings(action="ignore", category=exc.SAWarning):
        for number, step in enumerate(steps):
            exec(compile(step, f"{SQLALCHEMY.name}, step {number}", "exec"), names)  # noqa: S102 - the page's own code
    names["engine"].dispose()
    assert len(steps) >= 7
    assert uuid.UUID(names["STUDENT"])

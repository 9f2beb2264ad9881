"""A service on Django in each product, as docs/DJANGO.md has it: inspected models, requests, rights, errors."""

from __future__ import annotations

import contextlib
import threading

import pytest

from slate_pg.errors import SlateError
from tests.orm.conftest import DJANGO
from tests.orm.pages import read
from tests.orm.stories import STORIES

pytest.importorskip("django", "5.2", reason="Django is not installed: pip install 'slate-pg[orm]'")


class Service:
    """One product's models by table, and blocks that act as its service or its people."""

    def __init__(self, story):
        from django.apps import apps

        self.story, self.using = story, story.product
        self.models = {m._meta.db_table: m for m in apps.get_app_config(story.product).get_models()}

    def acting(self, person=None):
        from slate.acting import acting

        return acting(self.story.people if person else self.story.service, person or "", using=self.using)

    def objects(self, table):
        return self.models[table].objects.using(self.using)

    def new(self, write):
        return self.models[write.table](**self.fields(write.table, write.row()))

    def fields(self, table, row):
        """Return a row with names of columns as Django's attributes."""
        names = {f.column: f.attname for f in self.models[table]._meta.concrete_fields}
        return {names[column]: value for column, value in row.items()}

    def add(self, write, person=None):
        with self.acting(person):
            row = self.new(write)
            row.save(using=self.using)
        return row

    @property
    def connection(self):
        from django.db import connections

        return connections[self.using]

    def ask(self, query):
        with self.connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchone()


def lowered(key):
    """Return a key as vividly stores it: addresses in lower case."""
    return {name: value.lower() if name == "email" else value for name, value in key.items()}


@pytest.fixture
def service(django, story, among):
    among(story.product)
    found = Service(story)
    yield found
    assert not found.connection.in_atomic_block


def test_the_models_of_every_product_are_without_a_finding(django, among):
    from django.core import checks

    among("spark")
    assert checks.run_checks(databases=["default"]) == []


def test_every_table_that_the_service_reads_has_a_model_it_can_read(service, story, place):
    query = """
        SELECT relname FROM pg_class AS c WHERE relnamespace = %s::regnamespace AND relkind IN ('r', 'p')
        AND NOT relispartition AND relname !~ '^_' AND has_any_column_privilege(%s, oid, 'SELECT')
    """
    assert set(service.models) == {r[0] for r in place.admin.execute(query, [story.product, story.service])}
    for table in service.models:
        with service.acting():
            list(service.objects(table)[:3])


def test_outside_of_a_block_nothing_is_seen(service, story):
    from django.db import ProgrammingError

    with pytest.raises(ProgrammingError) as refused:
        service.objects(story.own.table).count()
    assert refused.value.__cause__.sqlstate == "42P01"


def test_a_person_adds_and_changes_a_row_of_her_own_with_the_databases_defaults(service, story, place):
    row = service.add(story.own, story.person)
    defaults = place.admin.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = %s AND table_name = %s AND is_nullable = 'NO'",
        [story.product, story.own.table],
    )
    for (column,) in defaults:
        assert getattr(row, next(f.attname for f in row._meta.concrete_fields if f.column == column)) is not None
    with service.acting(story.person):
        again = service.objects(story.own.table).get(pk=row.pk)
        for name, value in service.fields(story.own.table, story.own.change).items():
            setattr(again, name, value)
        again.save()
        again.refresh_from_db()
        for name, value in story.own.row().items():
            if name not in story.own.change and name not in ("id", "skill_name"):
                assert str(
                    getattr(again, next(f.attname for f in row._meta.concrete_fields if f.column == name))
                ) == str(value)


def test_another_person_neither_finds_nor_changes_nor_deletes_it(service, story):
    from django.db import ProgrammingError

    row = service.add(story.own, story.person)
    with service.acting(story.other):
        assert not service.objects(story.own.table).filter(pk=row.pk).exists()
    with service.acting(story.other):
        if story.own.change:
            assert service.objects(story.own.table).filter(pk=row.pk).update(**story.own.change) == 0
    with contextlib.suppress(ProgrammingError), service.acting(story.other):  # 42501, or no row
        assert service.objects(story.own.table).filter(pk=row.pk)._raw_delete(service.using) == 0
    with service.acting():
        assert service.objects(story.own.table).filter(pk=row.pk).exists()


def test_without_a_person_nothing_of_people_is_read(service, story):
    from slate.acting import acting

    service.add(story.own, story.person)
    with acting(story.people, using=service.using):
        assert service.objects(story.own.table).count() == 0


def test_an_upsert_updates_the_row_it_meets(service, story):
    model = service.models[story.upsert.table]
    fields = {f.column: f.name for f in model._meta.concrete_fields}
    row = service.fields(story.upsert.table, story.upsert.row())
    with service.acting():
        for values in (row, row | story.upsert.change):
            if "id" in row:
                values = values | {"id": row["id"]}
            service.objects(story.upsert.table).bulk_create(
                [model(**values)],
                update_conflicts=True,
                unique_fields=[fields[c] for c in story.upsert.key],
                update_fields=list(story.upsert.change),
            )
        key = {fields[c]: row[model._meta.get_field(fields[c]).attname] for c in story.upsert.key}
        found = service.objects(story.upsert.table).get(**lowered(key))
        assert {k: getattr(found, k) for k in story.upsert.change} == story.upsert.change
        before = service.objects(story.upsert.table).count()
        service.objects(story.upsert.table).bulk_create([model(**row)], ignore_conflicts=True)
        assert service.objects(story.upsert.table).count() == before


def test_update_or_create_and_get_or_create_find_what_is_there(service, story):
    row = service.fields(story.upsert.table, story.upsert.row())
    model = service.models[story.upsert.table]
    names = [
        model._meta.get_field(next(f.name for f in model._meta.concrete_fields if f.column == c)).attname
        for c in story.upsert.key
    ]
    key = lowered({n: row.pop(n) for n in names})
    with service.acting():
        service.objects(story.upsert.table).get_or_create(**key, defaults=row)
        found, second = service.objects(story.upsert.table).update_or_create(
            **key, defaults=story.upsert.change, create_defaults=row
        )
        found.refresh_from_db()
        assert second is False
        assert {k: getattr(found, k) for k in story.upsert.change} == story.upsert.change


def test_who_comes_second_changes_no_row(service, story):
    write, column = story.version
    row = service.add(write)
    change = service.fields(write.table, write.change)
    with service.acting():
        row = service.objects(write.table).get(pk=row.pk)
    read_version = {"pk": row.pk, column: getattr(row, column)}
    with service.acting():
        assert service.objects(write.table).filter(**read_version).update(**change) == 1
    with service.acting():
        assert service.objects(write.table).filter(**read_version).update(**change) == 0
        row.refresh_from_db()
        assert getattr(row, column) > read_version[column]


def test_saving_what_was_read_writes_what_was_changed_alone(service, story):
    write, column = story.version
    row = service.add(write)
    for _ in range(3):
        with service.acting():
            again = service.objects(write.table).get(pk=row.pk)
            for name, value in service.fields(write.table, write.change).items():
                setattr(again, name, value)
            again.save()
            again.save()
    with service.acting():
        again.refresh_from_db()
        assert getattr(again, column)


def test_a_thousand_rows_are_added_changed_and_deleted_at_once(service, story):
    objects = service.objects(story.many.table)
    with service.acting():
        rows = objects.bulk_create([service.new(story.many) for _ in range(1000)])
        keys = [row.pk for row in rows]
        for row in rows:
            for name, value in story.many.change.items():
                setattr(row, name, value)
        assert objects.bulk_update(rows, list(story.many.change)) == 1000
        assert objects.filter(pk__in=keys, **story.many.change).count() == len(set(keys)) == 1000
        assert objects.filter(pk__in=keys)._raw_delete(service.using) == 1000


@pytest.mark.parametrize("story", [s for s in STORIES if s.partitioned], ids=lambda s: s.product)
def test_a_row_with_a_key_over_partitions_is_added_changed_and_deleted(django, among, story):
    among(story.product)
    service = Service(story)
    row = service.add(story.partitioned)
    with service.acting():
        objects = service.objects(story.partitioned.table)
        again = objects.select_for_update().get(pk=row.pk)
        for name, value in story.partitioned.change.items():
            setattr(again, name, value)
        again.save()
        objects.bulk_create([service.new(story.partitioned) for _ in range(3)])
        again.delete()
        assert not objects.filter(pk=row.pk).exists()


def test_a_lock_on_a_row_is_refused_or_skipped(service, story, place):
    from django.db import OperationalError

    row = service.add(story.many)
    with service.acting():
        service.objects(story.many.table).select_for_update().get(pk=row.pk)
        answers = []

        def other():
            try:
                with service.acting():
                    answers.append(
                        list(service.objects(story.many.table).select_for_update(skip_locked=True).filter(pk=row.pk))
                    )
                with service.acting():
                    service.objects(story.many.table).select_for_update(nowait=True).get(pk=row.pk)
            except OperationalError as error:
                answers.append(error.__cause__.sqlstate)
            finally:
                service.connection.close()

        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert answers == [[], "55P03"]


def test_a_savepoint_that_fails_takes_neither_the_transaction_nor_its_person_along(service, story):
    from django.db import DataError, transaction

    asked = "SELECT current_setting('app.user_id'), current_user"
    with service.acting(story.person):
        row = service.new(story.own)
        row.save(using=service.using)
        with pytest.raises(DataError), transaction.atomic(service.using):
            service.ask("SELECT 1/0")
        assert service.ask(asked) == (story.person, story.people)
        with service.acting():
            assert service.ask(asked) == ("", story.service)
        assert service.ask(asked) == (story.person, story.people)
        with pytest.raises(SlateError), service.acting(story.other):
            raise SlateError("as if")
        assert service.ask(asked) == (story.person, story.people)
    with service.acting(story.person):
        assert service.objects(story.own.table).filter(pk=row.pk).exists()


def test_a_persistent_connection_carries_nobodys_name_to_the_next_request(service, story):
    from django.db import DataError, close_old_connections

    left = "SELECT pg_backend_pid(), current_user = session_user, nullif(current_setting('app.user_id', true), '')"
    pid = service.ask(left)[0]
    with service.acting(story.person):
        pass
    assert service.ask(left) == (pid, True, None)
    with pytest.raises(DataError), service.acting(story.person):
        service.ask("SELECT 1/0")
    close_old_connections()
    assert service.ask(left) == (pid, True, None)


def test_a_block_inside_a_plain_transaction_leaves_it_with_no_rights(service, story):
    from django.db import ProgrammingError, transaction

    with transaction.atomic(service.using):  # as ATOMIC_REQUESTS begins it
        with service.acting(story.person):
            service.objects(story.own.table).exists()
        assert service.ask("SELECT current_user = session_user, current_setting('app.user_id')") == (True, "")
        with pytest.raises(ProgrammingError), transaction.atomic(service.using):
            service.objects(story.own.table).exists()


def test_relations_are_followed_under_the_persons_rights(service, story):
    child, column, parent = story.parent
    field = next(f for f in service.models[child]._meta.concrete_fields if f.column == column)
    for person in (story.person, story.other, None):
        with service.acting(person):
            hidden = [] if person is None else [
                f.name for f in service.models[parent]._meta.concrete_fields
                if not service.ask(f"SELECT has_column_privilege('{parent}', '{f.column}', 'SELECT')")[0]
            ]  # fmt: skip
            rows = (
                service.objects(child).select_related(field.name).defer(*(f"{field.name}__{name}" for name in hidden))
            )
            for row in rows[:20]:
                if getattr(row, field.attname) is not None:
                    assert getattr(row, field.name).pk == getattr(row, field.attname)


def test_rows_are_read_by_a_cursor_of_the_server_under_a_persons_rights(service, story):
    row = service.add(story.own, story.person)
    with service.acting(story.person):
        seen = [r.pk for r in service.objects(story.own.table).iterator(chunk_size=2)]
    assert row.pk in seen


def test_what_could_not_be_serialized_succeeds_the_next_time(service, story, django):
    from django.db import OperationalError

    write, _ = story.version
    row = service.add(write)
    done, tries, together = [], [], threading.Barrier(2)

    def work():
        try:
            for attempt in range(9):
                try:
                    with service.acting():
                        if not attempt:
                            together.wait(60)
                        objects = service.objects(write.table)
                        objects.filter(pk=row.pk).update(**service.fields(write.table, write.change))
                    done.append(attempt)
                    return
                except OperationalError as error:
                    tries.append(error.__cause__.sqlstate)
        finally:
            service.connection.close()

    from psycopg import IsolationLevel

    options = service.connection.settings_dict["OPTIONS"]
    options["isolation_level"] = IsolationLevel.REPEATABLE_READ
    try:
        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        del options["isolation_level"]
    assert len(done) == 2
    assert {*tries} <= {"40001", "40P01"}


def test_a_request_is_its_persons_alone(django, among):
    among("spark")
    from django.test import Client

    story = next(s for s in STORIES if s.product == "spark")
    Service(story).add(story.many)  # Diya's
    for person, some in ((story.other, True), ("", False)):
        answer = Client(headers={"X-User": person}).get("/notifications")
        assert answer.status_code == 200
        assert bool(answer.json()["titles"]) is some


def test_every_step_of_the_page_runs(django, among):
    among("spark")
    names = {}
    steps = read(DJANGO).steps
    for number, step in enumerate(steps):
        exec(compile(step, f"{DJANGO.name}, step {number}", "exec"), names)  # noqa: S102 - the page's own code
    assert len(steps) >= 5

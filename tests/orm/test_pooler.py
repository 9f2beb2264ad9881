"""Both libraries through PgBouncer in transaction mode: many people on three server connections, each as herself."""

from __future__ import annotations

import threading

import pytest

from tests.orm.stories import STORIES
from tests.service.test_pooler import bouncer, found_program

pytest.importorskip("sqlalchemy", "2.0", reason="SQLAlchemy is not installed: pip install 'slate-pg[orm]'")
pytest.importorskip("django", "5.2", reason="Django is not installed: pip install 'slate-pg[orm]'")
STORY = next(s for s in STORIES if s.product == "flourish")
ASKED = "SELECT current_setting('app.user_id'), current_user, pg_backend_pid()"
CLIENTS, ROUNDS, SERVERS = 12, 15, 3


@pytest.fixture
def pooled(place, among):
    """The folder of PgBouncer's socket, before the place's database."""
    among("flourish")
    program = found_program()
    if not program:
        pytest.skip("pgbouncer is not installed on this machine")
    with bouncer(program, place.admin.info, SERVERS, place.user("flourish")) as home:
        yield home


def together(work):
    """Do work(person) in many threads at once, and give each thread's failure."""
    failures, pids = [], set()

    def one(number):
        person = (STORY.person, STORY.other)[number % 2]
        try:
            for _ in range(ROUNDS):
                who, role, pid = work(person)
                assert (who, role) == (person, STORY.people)
                pids.add(pid)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=one, args=[n]) for n in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert 1 <= len(pids) <= SERVERS


def test_sqlalchemy_is_each_person_on_shared_connections(page, place, pooled):
    import sqlalchemy as sa

    url = f"postgresql+psycopg://{place.user('flourish')}@/{place.dbname}?host={pooled}&port=6432"
    engine = sa.create_engine(url, pool_size=CLIENTS, connect_args={"prepare_threshold": None})

    def work(person):
        with page["acting"].Acting(engine, info={"role": STORY.people, "person": person}) as session:
            found = session.execute(sa.text(ASKED)).one()
            session.commit()
            return found

    together(work)
    engine.dispose()


def test_django_is_each_person_on_shared_connections(django, place, pooled):
    from django.db import connections
    from slate.acting import acting

    connections.settings["pooled"] = connections["flourish"].settings_dict | {"HOST": str(pooled), "PORT": "6432"}

    def work(person):
        try:
            with acting(STORY.people, person, using="pooled"), connections["pooled"].cursor() as cursor:
                cursor.execute(ASKED)
                return cursor.fetchone()
        finally:
            connections["pooled"].close()

    together(work)
    del connections.settings["pooled"]

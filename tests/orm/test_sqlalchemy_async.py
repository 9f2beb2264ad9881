"""The same service under asyncio: one pool, many people at once, and nobody's name is left on a connection."""

from __future__ import annotations

import asyncio
import warnings

import pytest

sa = pytest.importorskip("sqlalchemy", "2.0", reason="SQLAlchemy is not installed: pip install 'slate-pg[orm]'")
pytest.importorskip("greenlet", reason="greenlet is not installed: pip install 'slate-pg[orm]'")

from sqlalchemy import exc  # noqa: E402
from sqlalchemy.dialects.postgresql import insert  # noqa: E402
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine  # noqa: E402
from sqlalchemy.ext.automap import automap_base  # noqa: E402


@pytest.fixture
def service(page, place, story):
    """Classes of the people and of the service, and what makes an engine in the loop that uses it."""
    url = f"postgresql+psycopg://{place.address(story.product)}"
    plain = sa.create_engine(url, poolclass=sa.NullPool)
    mapped = {}
    with warnings.catch_warnings(action="ignore", category=exc.SAWarning):
        for role in (story.people, story.service):
            base = automap_base(metadata=page["reflecting"].reflect(plain, role))
            base.prepare()
            sa.orm.configure_mappers()
            mapped[role] = {cls.__table__.name: cls for cls in base.classes}

    def engine(**options):
        made = create_async_engine(url, **options)
        page["acting"].forget_all(made.sync_engine)
        return made

    def session(engine, person=None):
        info = {"role": story.people if person else story.service, "person": person or ""}
        return AsyncSession(engine, sync_session_class=page["acting"].Acting, info=info, expire_on_commit=False)

    return mapped, engine, session


def test_a_person_writes_and_another_does_not_see_it(service, story):
    mapped, new_engine, session = service
    cls = mapped[story.people][story.own.table]

    async def whole():
        engine = new_engine()
        async with session(engine, story.person) as own:
            own.add(row := cls(**story.own.row()))
            await own.commit()
            with pytest.raises(exc.DBAPIError):
                async with own.begin_nested():
                    await own.execute(sa.text("SELECT 1/0"))
            assert await own.scalar(sa.text("SELECT current_setting('app.user_id')")) == story.person
        async with session(engine, story.other) as other:
            assert await other.get(cls, sa.inspect(row).identity) is None
        await engine.dispose()

    asyncio.run(whole())


def test_many_rows_an_upsert_and_a_deletion(service, story):
    mapped, new_engine, session = service
    many, upsert = (mapped[story.service][w.table] for w in (story.many, story.upsert))

    async def whole():
        engine = new_engine()
        async with session(engine) as back:
            found = (
                await back.execute(sa.insert(many).returning(*many.__table__.primary_key.columns), story.many.rows(200))
            ).all()
            row = story.upsert.row()
            for values in (row, row | story.upsert.change):
                statement = insert(upsert.__table__).values(values)
                await back.execute(
                    statement.on_conflict_do_update(index_elements=story.upsert.key, set_=story.upsert.change)
                )
            await back.commit()
            gone = await back.execute(sa.delete(many).where(sa.tuple_(*many.__table__.primary_key.columns).in_(found)))
            assert gone.rowcount == 200
            await back.commit()
        await engine.dispose()

    asyncio.run(whole())


def test_forty_people_on_three_connections_are_never_another(service, story):
    _, new_engine, session = service
    asked = sa.text("SELECT current_setting('app.user_id'), current_user, pg_backend_pid()")
    pids = set()

    async def one(engine, person):
        for ends in ("commit", "rollback", "close"):
            async with session(engine, person) as own:
                await own.execute(sa.text("SELECT pg_sleep(0.001)"))
                who, role, pid = (await own.execute(asked)).one()
                assert (who, role) == (person, story.people)
                pids.add(pid)
                await getattr(own, ends)()

    async def whole():
        engine = new_engine(pool_size=3, max_overflow=0, pool_timeout=120)
        await asyncio.gather(*(one(engine, (story.person, story.other)[n % 2]) for n in range(40)))
        async with engine.connect() as connection:
            left = "SELECT nullif(current_setting('app.user_id', true), ''), current_user = session_user"
            assert tuple((await connection.execute(sa.text(left))).one()) == (None, True)
        await engine.dispose()

    asyncio.run(whole())
    assert 1 <= len(pids) <= 3


def test_a_cancelled_task_leaves_no_person_on_the_connection(service, story):
    _, new_engine, session = service

    async def long(engine):
        async with session(engine, story.person) as own:
            await own.execute(sa.text("SELECT pg_sleep(60)"))

    async def whole():
        engine = new_engine(pool_size=1, max_overflow=0, pool_timeout=120)
        task = asyncio.create_task(long(engine))
        await asyncio.sleep(0.2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with session(engine) as back:
            assert tuple(
                (await back.execute(sa.text("SELECT current_setting('app.user_id'), current_user"))).one()
            ) == ("", story.service)
        await engine.dispose()

    asyncio.run(whole())

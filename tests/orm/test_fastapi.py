"""A service on FastAPI, as docs/FASTAPI.md has it: each request its person's, each refusal its status."""

import asyncio
import contextlib
import importlib
import json
import re

import psycopg
import pytest

from slate_pg.service.guard import SessionEnded
from slate_pg.service.problems import HTTP, Problem, http_status, problem_of
from tests.orm.conftest import DOCS
from tests.orm.pages import read
from tests.orm.stories import STORIES

fastapi = pytest.importorskip("fastapi", reason="FastAPI is not installed: pip install 'slate-pg[orm]'")

PAGE = DOCS / "FASTAPI.md"
STORY = next(s for s in STORIES if s.product == "spark")
LESSON = "50000000-0000-4000-8000-000000000001"


@pytest.fixture
def app(place, among, tmp_path, monkeypatch):
    """The page's application, imported anew."""
    among("spark")
    read(PAGE).write(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(importlib.sys.modules, "service", raising=False)
    monkeypatch.setenv("DATABASE_URL", f"postgresql://{place.address('spark')}")
    return importlib.import_module("service").app


async def send(app, method, path, person=None, query="", answered=lambda status: None):
    """Ask an ASGI application as a server would; return status, headers and the body's value.

    `answered` is called with the status as the answer begins.
    """
    sent = []
    headers = [(b"x-user", person.encode())] if person is not None else []
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "path": path,
        "raw_path": path.encode(), "query_string": query.encode(), "headers": headers, "scheme": "http",
        "server": ("test", 80), "client": ("test", 1), "root_path": "", "state": {},
    }  # fmt: skip

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def note(message):
        if not sent:
            answered(message["status"])
        sent.append(message)

    await app(scope, receive, note)
    body = b"".join(m.get("body", b"") for m in sent)
    return sent[0]["status"], dict(sent[0]["headers"]), json.loads(body) if body else None


def ask(app, *requests):
    """Run the application from start to end around some requests; return their answers."""

    async def whole():
        async with app.router.lifespan_context(app):
            return [await send(app, *request) for request in requests]

    return asyncio.run(whole())


def test_a_request_is_its_persons_alone(app, place):
    place.admin.execute(
        "INSERT INTO spark.user_notifications (user_id, title, message, type) VALUES (%s, 'Of Diya', 'm', 'SYSTEM')",
        [STORY.other],
    )
    mine, others, nobody = ask(app, *(("GET", "/notifications", p) for p in (STORY.other, STORY.person, "")))
    assert (mine[0], others[0], nobody[::2]) == (200, 200, (200, []))
    assert "Of Diya" in mine[2]
    assert "Of Diya" not in others[2]
    assert ask(app, ("GET", "/notifications"))[0][0] == 422  # FastAPI's own: the header is missing


@pytest.mark.parametrize(
    ("person", "path", "query", "status", "sqlstate"),
    [
        (STORY.person, f"/progress/{LESSON}", "progress=101", 422, "23514"),
        (STORY.person, f"/progress/{LESSON}", "progress=1e9", 422, "22003"),
        ("no uuid", f"/progress/{LESSON}", "progress=1", 400, "22P02"),
        (STORY.person, "/progress/50000000-0000-4000-8000-0000000009ff", "progress=1", 422, "23503"),
        ("", f"/progress/{LESSON}", "progress=1", 403, "42501"),
    ],
)
def test_a_refusal_is_the_status_of_its_sqlstate_and_shows_no_row(app, person, path, query, status, sqlstate):
    ((told, _, body),) = ask(app, ("PUT", path, person, query))
    assert (told, body["sqlstate"]) == (status, sqlstate)
    assert "Failing row" not in json.dumps(body)


def test_what_is_answered_with_success_is_committed_by_then(app, place):
    service = importlib.sys.modules["service"]

    @app.post("/swallowed")
    async def swallowed(connection: service.Person):
        with contextlib.suppress(psycopg.Error):
            await connection.execute("SELECT 1/0")
        return {"all": "well"}

    @app.post("/seen")
    async def seen(connection: service.Person):
        added = "INSERT INTO sync_logs (user_id, device_id, actions) VALUES (current_user_id(), 'seen', '[]')"
        await connection.execute(added)

    answers = []

    def note(status):
        count = place.admin.execute("SELECT count(*) FROM spark.sync_logs WHERE device_id = 'seen'").fetchone()[0]
        answers.append((status, count))

    async def post(path):
        async with app.router.lifespan_context(app):
            await send(app, "POST", path, STORY.other, answered=note)

    with pytest.raises(SessionEnded):
        asyncio.run(post("/swallowed"))
    asyncio.run(post("/seen"))
    assert answers == [(500, 0), (200, 1)]


def test_forty_requests_at_once_are_each_their_own_persons(app):
    service = importlib.sys.modules["service"]

    @app.get("/me")
    async def me(connection: service.Person):
        return (await (await connection.execute("SELECT current_user_id()::text")).fetchone())[0]

    people = [(STORY.person, STORY.other)[n % 2] for n in range(40)]

    async def whole():
        async with app.router.lifespan_context(app):
            return await asyncio.gather(*(send(app, "GET", "/me", person) for person in people))

    for person, (status, _, told) in zip(people, asyncio.run(whole()), strict=True):
        assert (status, told) == (200, person) or status == 503  # where all were lent out for five seconds


def test_the_pages_table_is_the_mapping():
    rows = re.findall(r"^\| (?!SQLSTATE|---)([^|]+) \| ([^|]+) \|", PAGE.read_text(), re.M)
    for states, status in rows:
        for state in re.findall(
            r"(\w+)(…?)", re.sub(r"\(.*?\)", "", states).replace("57P01–57P03", "57P01, 57P02, 57P03")
        ):
            assert http_status(state[0].ljust(5, "9") if state[1] else state[0]) == int(status.split()[0]), state
    told = " ".join(states for states, _ in rows).replace("57P01–57P03", "57P01 57P02 57P03")
    assert [state for state in HTTP if state not in told] == []


@pytest.mark.parametrize(
    ("sqlstate", "status"),
    [("23505", 409), ("22P02", 400), ("22003", 422), ("42P01", 500), ("XX000", 500), ("", 500), ("08006", 503)],
)
def test_a_state_without_a_status_of_its_own_has_its_classs_and_else_it_is_ours(sqlstate, status):
    assert http_status(sqlstate) == status


def test_what_is_the_services_own_fault_is_told_without_a_word():
    error = psycopg.errors.UndefinedTable("relation secret does not exist")
    assert problem_of(error) == Problem(500, "42P01", "", "", "", "", "")
    assert problem_of(ValueError("x")) is None
    assert problem_of(psycopg.OperationalError("server closed the connection")).status == 503
    assert problem_of(psycopg.InterfaceError("the cursor is closed")).status == 500


def test_the_databases_error_is_found_in_those_of_libraries(page, place, among, django):
    among("spark")
    import sqlalchemy as sa
    from django.db import DatabaseError
    from slate.acting import acting
    from spark.models import Courses

    engine = sa.create_engine(f"postgresql+psycopg://{place.address('spark')}", poolclass=sa.NullPool)
    info = {"role": "spark_service"}
    with page["acting"].Acting(engine, info=info) as session, pytest.raises(sa.exc.DBAPIError) as refused:
        session.execute(
            sa.text("INSERT INTO courses (title, subject, grade, difficulty) VALUES ('x', 'y', 99, 'EASY')")
        )
    with pytest.raises(DatabaseError) as other, acting("spark_service"):
        Courses.objects.create(title="x", subject="y", grade=99, difficulty="EASY")
    mine, theirs = problem_of(refused.value), problem_of(other.value)
    assert mine == theirs
    assert (mine.status, mine.table, bool(mine.constraint), mine.again) == (422, "courses", True, False)

"""Reads from a server through libpq alone: what a status asks, before psycopg would have been imported.

A connection here answers `execute` as psycopg's does, for texts, numbers, moments and arrays of texts. For everything
else, and whatever goes wrong, it raises Unfit: who asked then asks again by psycopg, which can say what is wrong. It
writes nothing and knows no migrations.
"""

from __future__ import annotations

import os
import re
import select
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NoReturn, cast

from slate_pg import libpq
from slate_pg.conninfo import alive, learn, parse
from slate_pg.postgres import pins
from slate_pg.postgres.connection import pinned

if TYPE_CHECKING:
    from slate_pg.postgres.connection import Connection

_LONGEST_S = 2.0  # to connect; who needs longer is psycopg's, with all that it tries
_DONE = (0, 1, 2)  # PGRES_EMPTY_QUERY, PGRES_COMMAND_OK, PGRES_TUPLES_OK
_HOLDER = re.compile(r"%(?:\((\w+)\))?s|%%")
_BIGINT, _BIGINTS, _TEXTS, _ANY = 20, 1016, 1009, 0
_ESCAPED = re.compile(r"\\(.)", re.S)
_ITEM = re.compile(r'"((?:[^"\\]|\\.)*)"|([^,"{}\\]+)', re.S)
Rows = list[tuple[Any, ...]]


class Unfit(Exception):
    """What cannot be done here, or something is wrong that psycopg can say better."""


def _array(text: str) -> list[str | None]:
    """Return the items of an array of texts in one dimension. Unfit for another."""
    if text[:1] != "{" or text[:2] == "{{":
        raise Unfit(text)
    return [_item(*item.groups()) for item in _ITEM.finditer(text)]


def _item(quoted: str | None, plain: str | None) -> str | None:
    if quoted is not None:
        return _ESCAPED.sub(r"\1", quoted)
    return None if plain == "NULL" else plain


def _json(raw: bytes) -> object:
    import json

    return json.loads(raw)


# By the oid of a type; every other one is left to psycopg.
_VALUES: dict[int, Callable[[bytes], object]] = {
    16: b"t".__eq__, **dict.fromkeys((20, 21, 23, 26), int), **dict.fromkeys((18, 19, 25, 1042, 1043), bytes.decode),
    **dict.fromkeys((700, 701), float), **dict.fromkeys((114, 3802), _json),
    **dict.fromkeys((1003, 1009), lambda raw: _array(raw.decode())),
    1184: lambda raw: datetime.fromisoformat(raw.decode()),
}  # fmt: skip


class Answer(list[tuple[Any, ...]]):
    """The rows of one query."""

    def fetchall(self) -> Rows:
        """Return them all."""
        return self

    def fetchone(self) -> tuple[Any, ...] | None:
        """Return the first of them, None where there is none."""
        return self[0] if self else None


@dataclass(frozen=True)
class Info:
    """Whom a connection leads to, and as whom."""

    user: str
    password: str
    host: str
    dbname: str


class Light:
    """A connection that reads. Whatever else is asked of it is Unfit."""

    def __init__(self, terms: Mapping[str, str]) -> None:
        self._libpq = libpq.library()
        self._handle = libpq.start(terms)
        try:
            self._connect()
            said = [self._ask(name) for name in ("PQuser", "PQpass", "PQhost", "PQdb")]
        except BaseException:
            self.close()
            raise
        self.info = Info(*said)

    def __getattr__(self, name: str) -> NoReturn:
        raise Unfit(name)

    def __enter__(self) -> Light:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def close(self) -> None:
        """End the connection."""
        handle, self._handle = self._handle, None
        if handle:
            self._libpq.PQfinish(handle)

    def _ask(self, name: str) -> str:
        return (getattr(self._libpq, name)(self._handle) or b"").decode("utf-8", "surrogateescape")

    def _connect(self) -> None:
        """Wait until the connection stands. Unfit where it does not."""
        end, next_ = time.monotonic() + _LONGEST_S, 2
        if not self._handle or self._libpq.PQstatus(self._handle) == 1:
            raise Unfit("no connection")
        while next_ != libpq.POLL_OK:
            if next_ == libpq.POLL_FAILED or not self._is_ready(next_ == libpq.POLL_READING, end - time.monotonic()):
                raise Unfit("no connection")
            next_ = self._libpq.PQconnectPoll(self._handle)

    def _is_ready(self, to_read: bool, seconds: float | None) -> bool:
        """Wait for the socket; return whether it came in time. poll() and not libpq waits: Ctrl-C works."""
        watched = select.poll()
        watched.register(self._libpq.PQsocket(self._handle), select.POLLIN if to_read else select.POLLOUT)
        return bool(watched.poll(None if seconds is None else max(0.0, seconds) * 1000))

    def execute(self, asked: str | bytes, parameters: Sequence[object] | Mapping[str, object] | None = None) -> Answer:
        """Return the rows of one query, with parameters as psycopg takes them. Unfit for any error."""
        if not isinstance(asked, str | bytes):
            raise Unfit("psycopg's own words for a query")
        try:
            query = asked if isinstance(asked, str) else asked.decode()
            text, given = _numbered(query, parameters) if parameters is not None else (query, [])
            sent = text.encode()
        except UnicodeError as error:
            raise Unfit("no UTF-8") from error
        oids, values = libpq.numbers([oid for oid, _ in given]), libpq.texts([value for _, value in given])
        known = self._libpq
        if not known.PQsendQueryParams(self._handle, sent, len(given), oids, values, None, None, 0):
            raise Unfit(query)
        try:
            return self._read()
        except (Unfit, ValueError) as error:  # a moment before Christ, or words in no UTF-8
            raise Unfit(query) from error
        except BaseException:
            libpq.cancel(self._handle)  # or the server would go on with it
            raise

    def _read(self) -> Answer:
        """Return the rows of the one result that there has to be."""
        rows = Answer()
        while (result := self._next()) is not None:
            try:
                if self._libpq.PQresultStatus(result) not in _DONE:  # an error, or COPY, which never ends by itself
                    raise Unfit("refused")
                self._take(result, rows)
            finally:
                self._libpq.PQclear(result)
        return rows

    def _next(self) -> Any:
        while self._libpq.PQisBusy(self._handle):
            self._is_ready(True, None)
            if not self._libpq.PQconsumeInput(self._handle):
                raise Unfit("lost")
        return self._libpq.PQgetResult(self._handle)

    def _take(self, result: Any, rows: Answer) -> None:
        """Put a result's values behind the rows, each as its type has it. By columns: there may be many rows."""
        readers = [_VALUES.get(self._libpq.PQftype(result, i)) for i in range(self._libpq.PQnfields(result))]
        count = range(self._libpq.PQntuples(result))
        columns = [self._column(result, i, read, count) for i, read in enumerate(readers)]
        rows += zip(*columns, strict=True) if columns else [()] * len(count)

    def _column(
        self, result: Any, number: int, read: Callable[[bytes], object] | None, count: Sequence[int]
    ) -> list[object]:
        if read is None:
            raise Unfit("a type")
        value, is_null = self._libpq.PQgetvalue, self._libpq.PQgetisnull
        every = [value(result, row, number) for row in count]
        return [read(raw) if raw or not is_null(result, row, number) else None for row, raw in enumerate(every)]


def _numbered(query: str, parameters: Sequence[object] | Mapping[str, object]) -> tuple[str, list[tuple[int, Any]]]:
    """Return a query with $1 for what psycopg writes as %s or %(name)s, and oid and text of each value."""
    given: list[tuple[int, bytes | None]] = []
    places: dict[object, int] = {}

    def numbered(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return "%"
        name: Any = found[1] or len(places)
        if name not in places:
            places[name] = len(places) + 1
            given.append(_written(parameters[name]))
        return f"${places[name]}"

    return _HOLDER.sub(numbered, query), given


def _written(value: object) -> tuple[int, bytes | None]:
    """Return the oid and the text of a parameter. Unfit for all but texts, integers and lists of these."""
    if value is None or isinstance(value, str):
        return _ANY, None if value is None else value.encode()
    if isinstance(value, bool):
        return 16, b"t" if value else b"f"
    if isinstance(value, int):
        return _BIGINT, str(value).encode()
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        escaped = (re.sub(r'(["\\])', r"\\\1", item) for item in value)
        return _TEXTS, ("{" + ",".join(f'"{item}"' for item in escaped) + "}").encode()
    if isinstance(value, list) and all(isinstance(item, int) for item in value):
        return _BIGINTS, ("{" + ",".join(map(str, value)) + "}").encode()
    raise Unfit(repr(type(value)))


def connect(url: str, purpose: str, **options: str) -> Connection:
    """Open a connection that reads, with the settings that sessions of ours have.

    Unfit where that takes something else than one server that answers at once. Typed as psycopg's, which it stands for.
    """
    if libpq.library() is None:
        raise Unfit("no libpq")
    found = parse(url)
    terms = {**found, "application_name": purpose, **alive(found, os.environ), **pins.told_terms, **options}
    opened = Light({**terms, "client_encoding": "UTF8", "options": pinned(url, dict(options), {})})
    connection = cast("Connection", opened)
    try:
        if pins.differing(connection):
            raise Unfit("settings")
    except BaseException:
        opened.close()
        raise
    if opened.info.password not in (opened.info.user, opened.info.dbname, ""):
        learn([opened.info.password])
    return connection

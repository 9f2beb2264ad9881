"""Knows the session of a script that is no transaction: who it is, what it holds, and how that is had again.

Such a script has one session, as with psql. What lives in the session only is sent anew where the script goes on in
another one. Before and after each statement that writes, the journal notes what the session holds; what does not come
back as it was is refused by its line, so that no statement runs on other terms than psql's.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql

from slate_pg.errors import FileError, Where
from slate_pg.migrations.files import Script
from slate_pg.migrations.ledger import lock_key
from slate_pg.postgres.connection import Connection, is_alive, package_sql, send
from slate_pg.postgres.statements import Statement, normalised

State = Mapping[str, str]  # what a session holds: each part's name, and a digest of what it is

_SESSION_WORDS = (
    "SET", "RESET", "PREPARE", "DEALLOCATE", "LISTEN", "UNLISTEN", "LOAD", "DISCARD", "DECLARE", "CLOSE", "FETCH",
    "MOVE",
)  # fmt: skip
_PART = r'(?:"(?:[^"]|"")+"|[\w$]+)'
_NAME = rf"({_PART}(?:\s*\.\s*{_PART})?)"
_SET_CONFIG = re.compile(r"select\s+(?:pg_catalog\s*\.\s*)?set_config\s*\([^()]*\)\s*;?\s*\Z", re.I)
_TEMPORARY = re.compile(
    r"create\s+(?:or\s+replace\s+)?(?:(?:local|global)\s+)?temp(?:orary)?\s|select\b.*?\binto\s+temp(?:orary)?\s"
    rf"|(?:create|alter|drop)\s+(?:or\s+replace\s+)?\w+\s+(?:if\s+(?:not\s+)?exists\s+)?pg_temp\s*\.\s*{_PART}[^,]*\Z",
    re.I | re.S,
)
_WRITES = re.compile(r"\b(?:insert\s+into|update|delete\s+from|merge\s+into)\b", re.I)
_ON_ROWS = re.compile(rf"(?:insert\s+into|copy|update|delete\s+from|merge\s+into)\s+(?:only\s+)?{_NAME}", re.I)
_ON_WHOLE = re.compile(
    r"(?:truncate|analyze|(?:alter|drop)\s+(?:table|view|sequence|index)|create\s+(?:unique\s+)?index\s+"
    rf"(?:if\s+not\s+exists\s+)?(?:{_PART}\s+)?on)\s+(?:only\s+|table\s+|if\s+exists\s+)*{_NAME}",
    re.I,
)
_DOTTED = re.compile(r"(?:'|\bset\s+(?:session\s+|local\s+)?)([a-z_][\w$]*(?:\.[a-z_][\w$]*)+)", re.I)
_UNSEEN = re.compile(r"\bsetseed\b", re.I)  # what it sets cannot be asked for
_CALLS = ("SELECT", "WITH", "VALUES", "DO", "CALL", "TABLE", "EXECUTE")


def is_of_session(statement: Statement) -> bool:
    """Tell by its text alone that a statement leaves nothing outside its session. Pure."""
    text = normalised(statement.text)
    if statement.words[:1] in [(word,) for word in _SESSION_WORDS] or _SET_CONFIG.match(text):
        return True
    return bool(_TEMPORARY.match(text)) and not _WRITES.search(text)


@dataclass(frozen=True)
class Function:
    """A function or procedure of a user: its name, its text, and whether it may write."""

    name: str
    text: str
    volatile: bool


@dataclass
class Session:
    """The session of a script: who it was when the script began, and what it holds by now.

    `ways_out` says how the script is given up, `lock_timeout` is the bound on lock waits that the runner has set,
    `made_by` the statement that last changed a part.
    """

    connection: Connection
    schema: str
    ways_out: str
    user: str
    role: str
    lock_timeout: str = ""
    names: list[str] = field(default_factory=list)
    state: State = field(default_factory=dict)
    made_by: dict[str, Statement] = field(default_factory=dict)

    def write(self, marks: str, begin: str = "BEGIN;", end: str = "COMMIT") -> None:
        """Write marks as the runner, whoever the script has become meanwhile, in a transaction. Writes."""
        user, role = who(self.connection)
        encoding = (self.connection.pgconn.parameter_status(b"client_encoding") or b"UTF8").decode()
        if encoding != "UTF8":  # in a message of its own: the server reads a whole message in the encoding before it
            send(self.connection, f"{begin} SET LOCAL client_encoding = 'UTF8'")
            begin, end = "", f"SET LOCAL client_encoding = '{encoding}'; {end}"
        if (user, role) != (self.user, self.role):
            marks = f"{self._become(self.user, self.role)}{marks}{self._become(user, role)}"
        send(self.connection, f"{begin} {marks} {end}")

    def _become(self, user: str, role: str) -> str:
        name = "NONE" if role == "none" else sql.Identifier(role).as_string(self.connection)
        session = sql.Identifier(user).as_string(self.connection)
        return f"SET LOCAL SESSION AUTHORIZATION {session}; SET LOCAL ROLE {name}; "

    def bound_waits(self, milliseconds: int) -> None:
        """Bound the waits for locks, unless the script has set a bound of its own. 0, as pg_dump writes it, is none."""
        query = (
            "SELECT pg_catalog.set_config('lock_timeout', %s, false) WHERE pg_catalog.current_setting('lock_timeout') "
            "IN ('0', %s)"
        )
        row = self.connection.execute(query, [f"{milliseconds}ms", self.lock_timeout]).fetchone()
        self.lock_timeout = row[0] if row else self.lock_timeout

    def learn_names(self, script: Script) -> None:
        """Note which settings with a dot the script, or a function that it may call, could set. Reads only."""
        texts = [script.text, *(f.text for f in self.functions())]
        self.names = sorted({name.lower() for text in texts for name in _DOTTED.findall(text)})

    def functions(self) -> list[Function]:
        """Return the functions and procedures that did not come with the server. Reads only."""
        rows = self.connection.execute(package_sql("migrations/find_functions_of_users"))
        return [Function(*row) for row in rows.fetchall()]

    def calls(self, text: str, which: Callable[[Function], bool]) -> bool:
        """Tell whether a statement names a function of such a kind. Reads only."""
        words = {word.lower() for word in re.findall(r"[\w$]+", text)}
        return any(set(re.findall(r"[\w$]+", f.name.lower())) <= words and which(f) for f in self.functions())

    def read(self) -> State:
        """Return what the session holds now. Reads only."""
        parameters = {"names": self.names, "key": lock_key(self.schema)}
        parts = self.connection.execute(package_sql("migrations/read_session_state"), parameters).fetchall()
        if any(name.startswith("temporary relation") for name, _ in parts):
            for name, query in self.connection.execute(package_sql("migrations/find_temporary_rows")).fetchall():
                parts.append((name, self.connection.execute(query).fetchone()[0]))  # type: ignore[index]
        return {name: _digest(value or "") for name, value in parts}

    def look(self, statement: Statement, now: State | None = None) -> None:
        """Note what the session holds behind a statement, and which parts it has made. Reads only."""
        now = self.read() if now is None else now
        self.made_by |= dict.fromkeys(_differing(self.state, now), statement)
        self.state = now

    def sends_anew(self, statement: Statement) -> bool:
        """Tell a statement that leaves nothing outside the session, and is sent again on resume. Reads only."""
        text = normalised(statement.text)
        if is_of_session(statement):
            return not (_TEMPORARY.match(text) and self.calls(text, lambda f: f.volatile))
        whole = _ON_WHOLE.match(text)
        return bool(whole) and "," not in text and self._is_temporary(whole.group(1))  # type: ignore[union-attr]

    def writes_temporary_rows(self, statement: Statement) -> bool:
        """Tell a statement that writes rows of a temporary table, as far as its text shows. Reads only."""
        match = _ON_ROWS.match(normalised(statement.text))
        return bool(match) and self._is_temporary(match.group(1))  # type: ignore[union-attr]

    def _is_temporary(self, name: str) -> bool:
        query = (
            "SELECT 1 FROM pg_catalog.pg_class WHERE oid = pg_catalog.to_regclass(%s) "
            "AND relnamespace = pg_catalog.pg_my_temp_schema()"
        )
        return bool(self.connection.execute(query, [name]).fetchone())

    def replay(self, script: Script, statement: Statement, note: str | None) -> None:
        """Have again what a finished statement left in the session; FileError where that cannot be.

        It runs in a read-only transaction, so that nothing is done twice. `note` is the journal's.
        """
        before, after = read_note(note)
        if before is not None and (lost := _differing(self.state, before)):
            part = min(lost, key=lambda name: name not in self.made_by)
            raise self.refuse(script, self.made_by.get(part, statement), f"{part} would not be as it was")
        if after is not None and self._is_had_again(statement, after):
            return
        if _UNSEEN.search(statement.text):
            raise self.refuse(script, statement, "what setseed() sets cannot be had again")
        if after is None and (before is not None or statement.words[:1] not in [(w,) for w in _CALLS]):
            return
        try:
            self.send_read_only(statement)
        except psycopg.Error as error:
            if not is_alive(self.connection):
                raise
            if after is None:  # begun by a slate that noted nothing: it may well have set nothing
                return
            raise self.refuse(script, statement, f"{error.diag.message_primary} ({error.sqlstate})") from error
        self.look(statement)
        if after is not None and (lost := _differing(self.state, after)):
            raise self.refuse(script, statement, f"{min(lost)} would not be as it was")

    def refuse(self, script: Script, statement: Statement, reason: str) -> FileError:
        """Return the error for a statement behind which nothing can go on."""
        return _cannot_go_on(script, statement, reason, self.ways_out)

    def _is_had_again(self, statement: Statement, wanted: State) -> bool:
        """Tell whether the session holds what it should; settings that are empty then are made so. Writes to it."""
        empty = [part for part in wanted if wanted[part] == _digest("") and self.state.get(part) is None]
        for name in [part.removeprefix("setting ") for part in empty if part.startswith("setting ")]:
            self.connection.execute("SELECT pg_catalog.set_config(%s, '', false)", [name])
        if empty:
            self.look(statement)
        return not _differing(self.state, wanted)

    def send_read_only(self, statement: Statement) -> None:
        """Send a statement in a transaction that may write to temporary tables only. Raises psycopg errors."""
        try:
            send(self.connection, "BEGIN READ ONLY")
            send(self.connection, statement.text.rstrip().rstrip(";"), statement.copy_data)
            send(self.connection, "COMMIT")
        except psycopg.Error:
            if is_alive(self.connection):
                send(self.connection, "ROLLBACK")
            raise


def who(connection: Connection) -> tuple[str, str]:
    """Return the session's user and role, "none" where no role is set. Reads only."""
    query = "SELECT session_user::pg_catalog.text, pg_catalog.current_setting('role')"
    return connection.execute(query).fetchone()  # type: ignore[return-value]


def write_note(before: State, after: State | None, met: bool = False) -> str:
    """Return what the journal notes of a statement: the session before it, and after where it changed that. Pure.

    `met` is whether what the statement makes was there already, and so will not show that it is done.
    """
    return json.dumps({"before": before, "after": after, "met": met}, separators=(",", ":"))


def was_met(note: str | None) -> bool:
    """Tell whether what a statement makes was there before it was begun. Pure."""
    return bool(_read(note).get("met"))


def read_note(note: str | None) -> tuple[State | None, State | None]:
    """Return the session before and after a statement, as far as they were noted. Pure."""
    noted = _read(note)
    return noted.get("before"), noted.get("after")


def _read(note: str | None) -> dict[str, Any]:
    try:
        noted = json.loads(note or "{}")
    except ValueError:
        return {}
    return noted if isinstance(noted, dict) else {}


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()[:12]


def _differing(one: State, other: State) -> set[str]:
    return {part for part in one.keys() | other.keys() if one.get(part) != other.get(part)}


def _cannot_go_on(script: Script, statement: Statement, reason: str, ways_out: str) -> FileError:
    """Return the error for a script whose session cannot be had again, at the statement that made a part of it."""
    where = script.place(statement.start)
    return FileError(
        f"{script.path}:{where.line}: cannot go on behind this statement: it was finished in an earlier run, and what "
        "it left in its session cannot be had again",
        detail=[f"{where.line:>5} | {where.text[:160]}", f"       {reason}"],
        hint=f"Nothing more was done. {ways_out} What is set by a statement of its own and from no table, as SET and "
        "SELECT set_config(…) do, comes back.",
        where=Where(str(script.path), where.line, where.column, reason),
    )

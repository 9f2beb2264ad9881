"""Which statements of a script build the state of a session, and how that state comes back after a crash.

A non-transactional script has one session, as with psql. What lives in the session only is sent anew when the script
goes on in another one; what both writes data and builds state cannot be, and is refused by its line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import psycopg

from slate_pg.errors import FileError, Where
from slate_pg.migrations.files import Script
from slate_pg.postgres.connection import Connection, is_alive, package_sql, send
from slate_pg.postgres.statements import Statement, normalised, place

_SESSION_WORDS = ("SET", "RESET", "PREPARE", "DEALLOCATE", "LISTEN", "UNLISTEN", "LOAD", "DISCARD", "DECLARE", "CLOSE")
_NAME = r'("(?:[^"]|"")+"|[\w$]+)'
_SET_CONFIG = re.compile(r"select\s+(?:pg_catalog\s*\.\s*)?set_config\s*\([^()]*\)\s*;?\s*\Z", re.I)
_TEMPORARY = re.compile(
    rf"create\s+(?:or\s+replace\s+)?(?:(?:local|global)\s+)?temp(?:orary)?\s+(?:recursive\s+)?(?:table|view|sequence)"
    rf"\s+(?:if\s+not\s+exists\s+)?{_NAME}|create\s+(?:table|view|sequence)\s+(?:if\s+not\s+exists\s+)?"
    rf"pg_temp\s*\.\s*{_NAME}",
    re.I,
)
_INTO_TEMPORARY = re.compile(rf"select\b.*?\binto\s+temp(?:orary)?\s+(?:table\s+)?{_NAME}", re.I | re.S)
_TARGET = re.compile(
    rf"(?:insert\s+into|copy|update|delete\s+from|truncate|analyze|alter\s+table|drop\s+table|merge\s+into"
    rf"|create\s+(?:unique\s+)?index\s+(?:{_NAME}\s+)?on)\s+(?:only\s+|table\s+|if\s+exists\s+)*(?:pg_temp\s*\.\s*)?{_NAME}",
    re.I,
)
_STATE = re.compile(
    r"\bset_config\b|advisory\w*lock|\btemp(?:orary)?\b|\bpg_temp\b|\bset\s+(?:session\b|role\b)|\bprepare\b|\blisten\b",
    re.I,
)
_CALLS = ("SELECT", "WITH", "VALUES", "DO", "CALL", "PERFORM", "TABLE", "EXECUTE")


def of_session(statements: Sequence[Statement]) -> set[int]:
    """Return the numbers, from 1, of the statements that leave nothing outside their session. Pure."""
    found: set[int] = set()
    temporary: set[str] = set()
    for number, statement in enumerate(statements, 1):
        text = normalised(statement.text)
        made = _TEMPORARY.match(text) or _INTO_TEMPORARY.match(text)
        target = _TARGET.match(text)
        if made:
            temporary.add(_plain(next(name for name in made.groups() if name)))
        on_temporary = bool(target) and _plain(target.groups()[-1]) in temporary  # type: ignore[union-attr]
        if made or on_temporary or statement.words[:1] in [(w,) for w in _SESSION_WORDS] or _SET_CONFIG.match(text):
            found.add(number)
    return found


def _plain(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name.lower()


def rebuild(connection: Connection, script: Script, statement: Statement) -> None:
    """Send a finished statement again where it may have built state of the session; FileError where it also writes.

    It runs in a read-only transaction, so that nothing is done twice.
    """
    if not _may_build_state(connection, statement):
        return
    try:
        send(connection, "BEGIN READ ONLY")
        send(connection, statement.text.rstrip().rstrip(";"))
        send(connection, "COMMIT")
    except psycopg.Error as error:
        if not is_alive(connection):
            raise
        send(connection, "ROLLBACK")
        where = place(script.text, statement.start)
        raise FileError(
            f"{script.path}:{where.line}: cannot go on behind this statement: it was finished in an earlier run, sets "
            f"what its session had, and cannot run again without writing",
            detail=[f"{where.line:>5} | {where.text[:160]}", f"       {error.diag.message_primary} ({error.sqlstate})"],
            hint="Set the state in a statement of its own (SET, or SELECT set_config(…)), which can be sent again; put "
            "it in front of the statement that failed.",
            where=Where(
                str(script.path), where.line, where.column, error.diag.message_primary or "", error.sqlstate or ""
            ),
        ) from error


def _may_build_state(connection: Connection, statement: Statement) -> bool:
    if not statement.words or statement.words[0] not in _CALLS:
        return False
    if _STATE.search(statement.text):
        return True
    words = {w.lower() for w in re.findall(r"[\w$]+", statement.text)}
    rows = connection.execute(package_sql("migrations/find_functions_with_state"))
    return any(name.lower() in words for (name,) in rows.fetchall())

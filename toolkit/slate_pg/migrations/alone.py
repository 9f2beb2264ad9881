"""Knows which statements PostgreSQL refuses in a transaction, and so which files are run without one.

Pure.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from slate_pg.errors import FileError, Where

if TYPE_CHECKING:
    from slate_pg.migrations.script import Script
    from slate_pg.postgres.statements import Statement

_WORDS = ("concurrently", "vacuum", "database", "tablespace", "subscription", "cluster", "reindex", "system")
_MAY_RUN_ALONE = r"(?i)\b(?:concurrently|vacuum|database|tablespace|subscription|cluster|reindex|alter\s+system)\b"
_INDEX = r"(?:create\s+(?:unique\s+)?|drop\s+)index\s+concurrently"
_RUNS_ALONE = (
    r"(?is)(?:vacuum\b|alter\s+system\b|(?:create|drop)\s+(?:database|tablespace)\b"
    r"|(?:create|drop)\s+subscription\b"
    rf"|{_INDEX}\b|reindex\b.*\bconcurrently\b|reindex\s+(?:\(.*?\)\s*)?(?:database|system|schema)\b"
    r"|alter\s+table\s.*\sdetach\s+partition\s.*\sconcurrently\b"
    r"|alter\s+database\s.*\sset\s+tablespace\b|cluster\s*(?:verbose\s*)?;?\s*$)"
)
_SKIPPED = r"(?:\s|--[^\n]*+\n|/\*(?:[^*/]|\*(?!/)|/(?!\*))*+\*/)*+"
_BEGIN = rf"{_SKIPPED}(\w+){_SKIPPED}(\w*)"  # the first words of a text; where comments nest, no word is first
_FIRST = ("vacuum", "alter", "create", "drop", "reindex", "cluster")
_CREATED = ("database", "tablespace", "subscription", "unique", "index")
_NOT_ALWAYS = r"(?i)(?:create|drop)\s+subscription\b"  # with a slot only


def runs_alone(text: str) -> bool:
    """Tell a script of one statement that PostgreSQL refuses in a transaction: CREATE INDEX CONCURRENTLY, … Pure."""
    statements = _read(text)
    return len(statements) == 1 and is_alone(statements[0])


def all_run_alone(text: str) -> bool:
    """Tell a script of nothing but such statements. Pure."""
    if not may_run_alone(text):
        return False
    begin = re.match(_BEGIN, text)
    if begin and not _may_begin(begin[1].lower(), begin[2].lower()):
        return False
    from slate_pg.postgres.statements import each_statement

    statement = None
    try:
        for statement in each_statement(text):  # nearly always the first says it
            if not is_alone(statement):
                return False
    except FileError:  # said, with its place, when it is run
        return False
    return statement is not None


def is_alone(statement: Statement) -> bool:
    """Tell a statement that PostgreSQL refuses in a transaction. Pure."""
    first, second = (*(word.lower() for word in statement.words[:2]), "", "")[:2]
    if not _may_begin(first, second):
        return False
    from slate_pg.postgres.statements import normalised

    return bool(re.match(_RUNS_ALONE, normalised(statement.text)))


def _may_begin(first: str, second: str) -> bool:
    """Tell whether such a statement may begin with two words."""
    return first in _FIRST and (first != "create" or second in _CREATED)


def may_run_alone(text: str) -> bool:
    """Tell a text that may hold such a statement; most hold none of its words. Pure."""
    lower = text.lower()  # looking for words by themselves takes a tenth of the time
    for word in _WORDS:
        if word in lower:
            return bool(re.search(_MAY_RUN_ALONE, text))
    return False


def refuse_misplaced(script: Script) -> None:
    """FileError for such a statement in a file that is one transaction, with its place and the split to make. Pure."""
    if not script.transactional or not may_run_alone(script.text):
        return
    for statement in script.outline():
        if is_alone(statement) and not re.match(_NOT_ALWAYS, statement.text):
            said = f"{' '.join(statement.words[:3])} is refused in a transaction, and this file is one"
            hint = (
                "Write it in a file of its own, which is run without one, and what has to come behind it in the "
                "next; `-- transactional: false` at its top runs the whole file statement by statement."
            )
            raise misplaced(script, statement, said, hint)


def misplaced(script: Script, statement: Statement, said: str, hint: str) -> FileError:
    """Return the error for a statement that may not stand where it does, with its place. Pure."""
    where = script.place(statement.start)
    return FileError(
        f"{script.path}:{where.line}:{where.column}: {said}",
        detail=[f"{where.line:>5} | {where.text[:160]}"],
        hint=hint,
        where=Where(str(script.path), where.line, where.column, said),
    )


def _read(text: str) -> tuple[Statement, ...]:
    """Return the statements of a text that may hold one of the kind; none where it cannot be read."""
    from slate_pg.postgres.statements import split

    try:
        return split(text) if may_run_alone(text) else ()
    except FileError:  # said, with its place, when it is run
        return ()

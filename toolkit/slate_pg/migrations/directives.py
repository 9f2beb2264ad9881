"""Reads the lines that say something about a migration beside its SQL: `-- before:`, `-- after:` and `-- accept:`.

Pure. They stand anywhere in a file, as comments outside quotes and COPY data; an indented comment line goes on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from slate_pg.errors import FileError, Where
from slate_pg.migrations.files import Script
from slate_pg.postgres.statements import COMMENT, place, split, tokens

BEFORE, AFTER, ACCEPT = "before", "after", "accept"
_QUERY = re.compile(r"\(*\s*(?:select|with|values|table)\b", re.I)
_LINE = re.compile(r"--[ \t]*([A-Za-z]+)[ \t]*:[ \t]*(.*?)\s*\Z", re.S)
_MORE = re.compile(r"--[ \t]{3,}(\S.*?)\s*\Z")
_ANY = re.compile(r"--[ \t]*[abAB][A-Za-z]{3,8}[ \t]*:")  # cheap: most files have none
_KIND = re.compile(r"([a-z][a-z-]*)(?:[ \t]+(.*))?\Z", re.S)


@dataclass(frozen=True)
class Condition:
    """A query that must give one row with true, before a file or after it; `line` is where it stands."""

    when: str
    query: str
    line: int


@dataclass(frozen=True)
class Acceptance:
    """One finding of a kind that somebody takes on, and why; the first at or below its line."""

    kind: str
    reason: str
    line: int


def has_conditions(text: str) -> bool:
    """Tell, quickly, whether a text may hold conditions."""
    return bool(_ANY.search(text))


def read_conditions(script: Script) -> list[Condition]:
    """Return the conditions of a script, in its order. FileError for one that is no query, and for near misses."""
    found = []
    for line, name, value in _directives(script.head):
        lower = name.lower()
        asks = bool(_QUERY.match(value))
        if lower not in (BEFORE, AFTER):
            near = get_close_matches(lower, (BEFORE, AFTER), cutoff=0.8) if asks else []
            if near:
                _refuse(script.path, line, f'unknown directive "{name}"', f'Did you mean "{near[0]}"?')
        elif asks:
            found.append(Condition(lower, _one_query(script.path, line, lower, value), line))
        elif name == lower:
            _refuse(
                script.path, line, f"{name} takes a query that gives one row with true",
                f"Write `-- {name}: SELECT …`. A remark starts with another word, or in upper case.",
            )  # fmt: skip
    return found


def _one_query(path: Path, line: int, name: str, value: str) -> str:
    """Return a condition's query without its semicolon. FileError for several statements."""
    from slate_pg.migrations.levels import names_in

    try:
        statements = split(value)
    except FileError as error:
        raise FileError(f"{path}:{line}: {name}: {error.message.split(': ', 1)[-1]}", hint=error.hint) from error
    if len(statements) != 1:
        _refuse(path, line, f"{name} takes one query, not {len(statements)}", "Write a line for each.")
    if "pg_advisory_unlock_all" in names_in(statements[0]):
        _refuse(
            path, line, "pg_advisory_unlock_all() in a condition",
            "It frees the runner's lock too: free your own by its key, pg_advisory_unlock(…).",
        )  # fmt: skip
    return statements[0].text.rstrip().rstrip(";").rstrip()


def read_acceptances(path: Path, text: str) -> list[Acceptance]:
    """Return what a file accepts, in its order. FileError for one without a kind or without a reason."""
    found = []
    for line, name, value in _directives(text):
        if name.lower() != ACCEPT:
            continue
        match = _KIND.match(value)
        if not match:
            _refuse(path, line, "accept takes a kind of finding and a reason", "As in `-- accept: loses-data why`.")
        kind, reason = match.groups()  # type: ignore[union-attr]
        if not (reason or "").strip(" -:."):
            _refuse(
                path, line, f"accept: {kind} gives no reason", "Say behind it why this finding may be, on that line."
            )
        found.append(Acceptance(kind, reason.strip(), line))
    return found


def _refuse(path: Path, line: int, said: str, hint: str) -> None:
    raise FileError(f"{path}:{line}: {said}", hint=hint, where=Where(str(path), line, 0, said))


def _directives(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield line, name and value of each comment `-- name: value`, those that go on put together."""
    if not _ANY.search(text):
        return
    last: tuple[int, str, str] | None = None
    end = 0
    for line, comment in _comments(text):
        if last and line == end + 1 and (more := _MORE.match(comment)):
            last, end = (last[0], last[1], f"{last[2]} {more[1]}"), line
            continue
        if last:
            yield last
        match = _LINE.match(comment)
        last, end = ((line, match[1], match[2]), line) if match else (None, line)
    if last:
        yield last


def _comments(text: str) -> Iterator[tuple[int, str]]:
    """Yield line and text of every comment of one line outside quotes and COPY data."""
    end = 0
    pieces = []
    for statement in split(text):
        pieces += [(end, text[end : statement.start]), (statement.start, statement.text)]
        end = statement.after
    for offset, piece in [*pieces, (end, text[end:])]:
        for kind, start, stop in tokens(piece):
            if kind == COMMENT and piece.startswith("--", start):
                yield place(text, offset + start).line, piece[start:stop]

r"""Finds where the statements of a big script end, in UTF-8 bytes and as fast as a regular expression goes.

Pure. It says the same as `statements`, which tells more and takes a hundred times as long: quotes, comments, dollar
quotes, brackets and BEGIN ATOMIC bodies hide semicolons as they do from psql.
"""

from __future__ import annotations

import re
from functools import lru_cache

from slate_pg.postgres.statements import next_statement

_TAG = rb"(?:[A-Za-z_\x80-\xff][\w\x80-\xff]*+)?"
_TEXT = (
    rb"(?<![eE])'[^']*+'"
    rb"|(?<=[eE])(?<![\w$\x80-\xff][eE])'(?:[^'\\]++|\\.|''|'\s*\n\s*')*+'"
    rb"|(?<=[\w$\x80-\xff][eE])'[^']*+'"
    rb'|"[^"]*+"'
    rb"|-(?!-)|/(?!\*)|\\"
)
_INNER = rb"[^'\"$;()\[\]\\/-]++|" + _TEXT
_PAIR = rb"\((?:" + _INNER + rb")*+\)|\[(?:" + _INNER + rb")*+\]"
# What ends no statement, brackets two deep included; it stops in front of what it cannot pass over in one go.
_PASSED = (
    rb"(?:[^'\"$;()\[\]\\/-]++|" + _TEXT + rb"|--[^\r\n]*+(?=[\r\n])"
    rb"|(?<![\w$\x80-\xff])\$(" + _TAG + rb")\$(?:[^$]++|\$(?!\1\$))*+\$\1\$"
    rb"|\((?:" + _INNER + rb"|" + _PAIR + rb")*+\)|\[(?:" + _INNER + rb")*+\])*+"
)
_RUN = re.compile(_PASSED, re.S)
_DOLLAR = re.compile(rb"(?<![\w$\x80-\xff])\$" + _TAG + rb"\$")
_EDGE = re.compile(rb"/\*|\*/")
_BLANK = re.compile(rb"(?:\s++|--[^\r\n]*+(?:[\r\n]|\Z)|;)*+")
_ROUTINE = re.compile(rb"create\s+(?:or\s+replace\s+)?(?:function|procedure)\b", re.I)
_OPENS, _CLOSES = b"([", b")]"


@lru_cache(maxsize=64)
def same_again(key: bytes) -> re.Pattern[bytes]:
    """Return the pattern of as many whole statements as follow that begin with these bytes."""
    return re.compile(rb"(?:\s*+" + re.escape(key) + _PASSED + rb";)*+", re.S)


def skip_blank(buffer: bytes | bytearray, at: int, final: bool) -> int | None:
    """Return where the next statement starts, behind blanks, comments and empty statements; None for more to read."""
    while True:
        at = _BLANK.match(buffer, at).end()  # type: ignore[union-attr]
        if not buffer.startswith(b"/*", at):
            break
        end = _comment_end(buffer, at)
        if end is None:
            return len(buffer) if final else None
        at = end
    undecided = at >= len(buffer) or (len(buffer) - at == 1 and buffer[at] in b"-/")
    # The end of what was read may lie in a comment.
    return None if undecided and not final else at


def statement_end(buffer: bytes | bytearray, start: int, final: bool) -> int | None:
    """Return where a statement that starts there ends, with its semicolon; None where more has to be read first."""
    if _ROUTINE.match(buffer, start):
        return _routine_end(buffer, start, final)
    at, depth = start, 0
    while True:
        at = _RUN.match(buffer, at).end()  # type: ignore[union-attr]
        if at >= len(buffer):
            return len(buffer) if final else None
        character = buffer[at]
        if character == 0x3B and depth <= 0:
            return at + 1
        if character in b"'\"" or (character == 0x24 and _DOLLAR.match(buffer, at)) or character == 0x2D:
            return len(buffer) if final else None  # a quote or a comment that does not end here
        if character == 0x2F:
            end = _comment_end(buffer, at)
            if end is None:
                return len(buffer) if final else None
            at = end
            continue
        depth += (character in _OPENS) - (character in _CLOSES)
        at += 1


def _comment_end(buffer: bytes | bytearray, at: int) -> int | None:
    depth = 0
    for edge in _EDGE.finditer(buffer, at):
        depth += 1 if edge.group() == b"/*" else -1
        if depth == 0:
            return edge.end()
    return None


def _routine_end(buffer: bytes | bytearray, start: int, final: bool) -> int | None:
    """Return where a function ends: its body may be BEGIN ATOMIC … END, which is for `statements`."""
    text = buffer[start:].decode("utf-8", "ignore")
    end = next_statement(text, 0)[1]
    return None if end >= len(text) and not final else start + len(text[:end].encode())


def words_of(text: str) -> tuple[str, ...]:
    """Return the first words of a statement, in capitals. Pure."""
    statement, _ = next_statement(text[:4000], 0)
    return statement.words if statement else ()


def is_copy_from_stdin(text: str) -> bool:
    """Tell whether a statement waits for data lines. Pure."""
    statement, _ = next_statement(text, 0)
    return statement is not None and statement.copy_data is not None

"""Tells the statements of a SQL script apart the way psql does, and says where each stands.

Pure: text in, offsets out. Whether a statement is valid is the server's business, not this module's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NoReturn

from slate_pg.errors import FileError
from slate_pg.postgres.prescan import DOLLAR_TAG, CopyData, Segment, may_lift_lock_timeout

CODE, COMMENT, STRING, IDENTIFIER, SEMICOLON, OPEN, CLOSE, META = range(8)
_PLAIN = re.compile(r"""[^'"$;()\-/\\\[\]]+""")
_DOLLAR = re.compile(rf"\${DOLLAR_TAG}\$")
_LINE_COMMENT = re.compile(r"--[^\r\n]*")
_STRING = re.compile(r"'(?:[^']|'')*(?:'|\Z)")
# E'…' goes on behind a line break, comments or not: the next quoted part is of the same kind.
_ESCAPED = re.compile(
    r"'(?:[^'\\]|\\(?:.|\Z)|''|'(?:[^\S\r\n]|--[^\r\n]*+)*+[\r\n](?:\s|--[^\r\n]*+[\r\n])*+')*(?:'|\Z)", re.S
)
_QUOTED = re.compile(r'"(?:[^"]|"")*(?:"|\Z)')
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_WORD = re.compile(r"[^\W\d]\w*")
_BLOCK_WORD = re.compile(r"\b(?:begin|case|end)\b", re.I)
_ROUTINE = re.compile(r"create\s+(?:or\s+replace\s+)?(?:function|procedure)\b", re.I)
_FROM_STDIN = re.compile(r"\bfrom\s+stdin\b", re.I)
_RESTRICT = re.compile(r"\\(?:un)?restrict\b[^\n]*")
_DATA_END = re.compile(r"^\\\.\r?$", re.M)
_ENDS_TRANSACTION = {"COMMIT", "BEGIN", "END", "ABORT", "ROLLBACK"}


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement: text[start:end] with its semicolon, and the data lines that follow COPY … FROM stdin.

    `said` is what is recorded and shown of it, where its text holds a secret.
    """

    text: str
    start: int
    end: int
    words: tuple[str, ...]
    copy_data: CopyData | None = None
    after: int = 0  # where the script goes on: behind the semicolon, or behind the data's end mark
    said: str | None = None

    @property
    def ends_transaction(self) -> bool:
        """True for BEGIN, COMMIT, ROLLBACK and their kin, and for DISCARD ALL (it frees locks); not for savepoints."""
        first, rest = (self.words[0], self.words[1:]) if self.words else ("", ())
        if first == "ROLLBACK" and "TO" in rest:
            return False
        two = first, rest[0] if rest else ""
        return first in _ENDS_TRANSACTION or two in (
            ("START", "TRANSACTION"),
            ("PREPARE", "TRANSACTION"),
            ("DISCARD", "ALL"),
        )


@dataclass(frozen=True, slots=True)
class Place:
    """A position in a script: 1-based line and column, and the line's text without its first `shift` characters."""

    line: int
    column: int
    text: str
    shift: int = 0


def place(text: str, offset: int) -> Place:
    """Return the line and column of a character offset, 1-based; the end of the text for offsets beyond it."""
    offset = max(0, min(offset, len(text.rstrip())))
    start = text.rfind("\n", 0, offset) + 1
    end = text.find("\n", offset)
    line = text[start : end if end >= 0 else len(text)].rstrip("\r")
    return Place(text.count("\n", 0, offset) + 1, offset - start + 1, line)


def tokens(text: str, position: int = 0) -> Iterator[tuple[int, int, int]]:
    """Yield (kind, start, end) from a position on, without gaps. Nested comments and all quotes are one token each."""
    size = len(text)
    while position < size:
        found = _PLAIN.match(text, position)
        if found:
            yield CODE, position, found.end()
            position = found.end()
            continue
        kind, end = _special(text, position)
        yield kind, position, end
        position = end


def _special(text: str, at: int) -> tuple[int, int]:
    """Return kind and end of the token that starts with a special character."""
    character = text[at]
    if character == ";":
        return SEMICOLON, at + 1
    if character in "([":
        return OPEN, at + 1
    if character in ")]":
        return CLOSE, at + 1
    if character == "'":
        escaped = text[at - 1 : at] in ("e", "E") and not _in_word(text, at - 2)
        return STRING, (_ESCAPED if escaped else _STRING).match(text, at).end()  # type: ignore[union-attr]
    if character == '"':
        return IDENTIFIER, _QUOTED.match(text, at).end()  # type: ignore[union-attr]
    if character == "$":
        return _dollar(text, at)
    if text.startswith("--", at):
        return COMMENT, _LINE_COMMENT.match(text, at).end()  # type: ignore[union-attr]
    if text.startswith("/*", at):
        return COMMENT, _block_comment_end(text, at)
    if character == "\\":
        return META, at + 1
    return CODE, at + 1


def _dollar(text: str, at: int) -> tuple[int, int]:
    tag = None if _in_word(text, at - 1) else _DOLLAR.match(text, at)
    if not tag:
        return CODE, at + 1
    close = text.find(tag.group(), tag.end())
    return STRING, close + len(tag.group()) if close >= 0 else len(text)


def _in_word(text: str, at: int) -> bool:
    return at >= 0 and (text[at].isalnum() or text[at] in "_$" or ord(text[at]) > 127)


def _block_comment_end(text: str, at: int) -> int:
    depth = 0
    for edge in _COMMENT_EDGE.finditer(text, at):
        depth += 1 if edge.group() == "/*" else -1
        if depth == 0:
            return edge.end()
    return len(text)


@lru_cache(maxsize=8)
def split(text: str) -> tuple[Statement, ...]:
    """Split a script into statements; empty ones are left out. FileError for psql meta-commands.

    Semicolons inside parentheses (rules), quotes, comments and BEGIN ATOMIC … END bodies do not end a statement.
    """
    return tuple(each_statement(text))


def each_statement(text: str) -> Iterator[Statement]:
    """Yield the same one by one, for whoever may not need them all."""
    position = 0
    while position < len(text):
        statement, position = next_statement(text, position)
        if statement:
            yield statement


def next_statement(text: str, position: int) -> tuple[Statement | None, int]:
    """Return the statement that starts at a position, None for an empty one, and where the next begins."""
    parts: list[str] = []
    first = depth = blocks = 0
    routine: bool | None = None
    for kind, start, end in tokens(text, position):
        if not parts and (kind == COMMENT or (kind == CODE and text[start:end].isspace())):
            continue
        if kind == META and not "".join(parts).strip():
            return None, _meta_command(text, start)
        if kind == SEMICOLON and depth <= 0 and blocks <= 0:
            return _finish(text, first if parts else start, end, parts)
        if not parts:
            first = start + (len(text[start:end]) - len(text[start:end].lstrip()) if kind == CODE else 0)
        parts.append(text[start:end] if kind == CODE else " " if kind == COMMENT else "?")
        depth += (kind == OPEN) - (kind == CLOSE)
        if kind == CODE:
            if routine is None or len(parts) < 4:
                routine = bool(_ROUTINE.match("".join(parts[:4]).lstrip()))
            if routine and depth <= 0:
                blocks = _block_depth(blocks, text[start:end])
    return _finish(text, first, len(text), parts) if parts else (None, len(text))


def _block_depth(blocks: int, code: str) -> int:
    """Return how deep in BEGIN ATOMIC and CASE the routine body is after this piece of code."""
    for word in _BLOCK_WORD.findall(code):
        if word.lower() == "begin" or (word.lower() == "case" and blocks):
            blocks += 1
        elif word.lower() == "end" and blocks:
            blocks -= 1
    return blocks


def _finish(text: str, start: int, end: int, parts: list[str]) -> tuple[Statement | None, int]:
    code = "".join(parts)
    words = tuple(w.upper() for w in _WORD.findall(code[:400])[:8])
    if not code.strip():
        return None, end
    if not (code.lstrip()[:4].upper() == "COPY" and words[0] == "COPY" and _FROM_STDIN.search(code)):
        return Statement(text[start:end], start, end, words, None, end), end
    newline = text.find("\n", end)
    first = newline + 1 if newline >= 0 else len(text)
    refuse_behind_copy(text[end:first], place(text, end).line)
    stop = _DATA_END.search(text, first)
    data = text[first : stop.start() if stop else len(text)]
    after = stop.end() if stop else len(text)
    return Statement(text[start:end], start, end, words, data, after), after


def refuse_behind_copy(rest: str, line: int) -> None:
    """FileError for a statement between COPY … FROM stdin and the end of its line: psql runs it behind the data."""
    if rest.strip() and not rest.lstrip().startswith("--"):
        raise FileError(
            f"line {line}: a statement behind COPY … FROM stdin on its line", hint="Write it on a line below the data."
        )


def _meta_command(text: str, at: int) -> int:
    r"""Skip pg_dump's \restrict and \unrestrict; every other psql meta-command is an error that names it."""
    skipped = _RESTRICT.match(text, at)
    if not skipped:
        refuse_meta_command(text[at : at + 100], place(text, at).line)
    return skipped.end()


def refuse_meta_command(text: str, line: int) -> NoReturn:
    """FileError that names the command of psql which a text starts with."""
    name = re.match(r"\\\S*", text).group()  # type: ignore[union-attr]
    raise FileError(
        f'line {line}: "{name}" is a command of psql, not SQL',
        hint="Only \\restrict and \\unrestrict, which pg_dump writes, are read over. Write plain SQL.",
    )


def segments(text: str, at_timeouts: bool = False) -> list[Segment]:
    """Cut a script where the server must be answered with COPY data, at least into one segment.

    `at_timeouts` cuts it also behind each statement that may change lock_timeout.
    """
    clean = _without_restrict(text)
    cut: list[Segment] = []
    begin = 0
    for statement in split(text):
        lifts = at_timeouts and may_lift_lock_timeout(statement.text)
        if lifts or statement.copy_data is not None:
            cut.append(Segment(clean[begin : statement.end], begin, statement.copy_data, lifts))
            begin = statement.after
    if clean[begin:].strip() or not cut:
        cut.append(Segment(clean[begin:], begin))
    return cut


def _without_restrict(text: str) -> str:
    r"""Replace the \restrict lines between statements by spaces of the same length, so that offsets stay true."""
    if "restrict" not in text:
        return text
    kept, end = "", 0
    for statement in split(text):
        kept += _blank(text[end : statement.start]) + text[statement.start : statement.after]
        end = statement.after
    return kept + _blank(text[end:])


def _blank(gap: str) -> str:
    return re.sub(r"(?m)^\\(?:un)?restrict\b[^\n]*$", lambda m: " " * len(m.group()), gap)


def normalised(text: str) -> str:
    """Return the script without comments and with single spaces: equal for two scripts that do the same.

    Bodies in dollar quotes are content: the server stores their comments, so they are kept.
    """
    text = text.replace("\r\n", "\n").strip()
    if _FROM_STDIN.search(text):
        try:
            parts = split(text)
        except FileError:
            return text
        # Data lines follow somewhere: there every blank counts.
        return " ".join(
            _without_comments(s.text) + (f"\n{s.copy_data}" if s.copy_data is not None else "") for s in parts
        )
    return _without_comments(text)


def _without_comments(text: str) -> str:
    kept = ""
    for kind, start, end in tokens(text):
        if kind in (CODE, COMMENT):
            piece = re.sub(r"\s+", " ", text[start:end]) if kind == CODE else " "
            kept = kept.rstrip(" ") + piece if piece.startswith(" ") else kept + piece
        else:
            kept += text[start:end]
    return kept.strip()

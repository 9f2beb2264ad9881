r"""Writes statements so that psql sends them as they are: no variable in them is replaced, no backslash is a command.

Pure. psql replaces :name outside quotes and obeys what follows a backslash there; the server knows neither.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from slate_pg.errors import FileError
from slate_pg.postgres.statements import CODE, COMMENT, META, STRING, Statement, place, split, tokens

# What a file for psql starts with: one failure ends it, and no setting of psqlrc changes what it does.
HEAD = (
    r"\set ON_ERROR_STOP on",
    r"\set AUTOCOMMIT on",
    r"\set ON_ERROR_ROLLBACK off",
    r"\set SINGLELINE off",
    r"\set SINGLESTEP off",
    r"\set FETCH_COUNT 0",
    r"\pset pager off",
)
_COLON = re.compile(r"::|:=|:")
_EDGE = re.compile(r"/\*|\*/")
_RESTRICT = re.compile(r"(?m)^[ \t]*\\(?:un)?restrict\b[^\n]*\n?")
# Where E'…' goes on behind a line break psql forgets of which kind it is, and would obey what the next part holds.
_GOES_ON = re.compile(r"(\\.|'')|'(?:[^\S\r\n]|--[^\r\n]*+)*+[\r\n](?:\s|--[^\r\n]*+[\r\n])*+'", re.S)
# With it off a backslash escapes a quote, and psql would end a string where nobody who reads the file sees it end.
_UNSAFE = re.compile(r"standard_conforming_strings(?!['\"]?\s*(?:,|=|to\b)\s*'?(?:on|true|1|default)\b)", re.I)


def statements_for_psql(text: str, keep: Collection[str] = ()) -> list[tuple[Statement, str]]:
    """Return each statement of a script with its text for psql, the comments before it and its COPY data included.

    The quoted variables of psql that are to be kept stay its variables, :'name' and :"name".
    FileError for what psql would not send as it is.
    """
    if found := _UNSAFE.search(text):
        line = place(text, found.start()).line
        raise FileError(
            f"line {line}: standard_conforming_strings may be off, and psql would part strings otherwise",
            hint="It cannot be printed for psql. Write the strings as E'…' and leave the setting alone, or use slate.",
        )
    found_all: list[tuple[Statement, str]] = []
    end = 0
    for statement in split(text):
        gap = _comments(text[end : statement.start])
        found_all.append((statement, gap + _one(text, statement, keep)))
        end = statement.after
    _comments(text[end:])  # what is open there would swallow what follows
    return found_all


def _one(text: str, statement: Statement, keep: Collection[str]) -> str:
    """Return one statement with its semicolon and its COPY data. FileError for a backslash outside quotes."""
    parts: list[str] = []
    every = list(tokens(statement.text))
    for number, (kind, start, end) in enumerate(every):
        piece = statement.text[start:end]
        if kind == META:
            line = place(text, statement.start + start).line
            raise FileError(
                f"line {line}: a backslash outside quotes, which psql takes for a command", hint="Remove it."
            )
        if kind == COMMENT:
            refuse_open(piece)
        if kind == STRING and statement.text[start - 1 : start] in ("e", "E"):
            piece = _GOES_ON.sub(lambda found: found[1] or "", piece)
        if kind == CODE:
            behind = statement.text[end : every[number + 1][2]] if number + 1 < len(every) else ""
            kept = piece.endswith(":") and not piece.endswith("::") and behind[1:-1] in keep
            piece = _COLON.sub(lambda c: c[0] if len(c[0]) > 1 else "\\:", piece)
            piece = piece[:-2] + ":" if kept else piece
        parts.append(piece)
    written = "".join(parts).rstrip()
    written += "" if written.endswith(";") and statement.text.rstrip().endswith(";") and _is_ended(statement) else "\n;"
    data = statement.copy_data
    if not isinstance(data, str):
        return written + "\n"
    return f"{written}\n{data}{'' if not data or data.endswith(chr(10)) else chr(10)}\\.\n"


def _is_ended(statement: Statement) -> bool:
    """Tell whether the statement's last character is its semicolon, and not one in a comment."""
    *_, (kind, start, end) = tokens(statement.text)
    return kind != COMMENT and statement.text[start:end].rstrip().endswith(";")


def _comments(gap: str) -> str:
    r"""Return what stands between two statements, each comment on lines of its own, \restrict left out."""
    gap = _RESTRICT.sub("", gap)
    kept = [gap[start:end].rstrip() for kind, start, end in tokens(gap) if kind == COMMENT]
    for piece in kept:
        refuse_open(piece)
    return "".join(f"{piece}\n" for piece in kept)


def refuse_open(comment: str) -> None:
    """FileError for a comment that does not end: psql would take what follows for a part of it. Pure."""
    if comment.startswith("/*"):
        edges = _EDGE.findall(comment)
        if edges.count("/*") != edges.count("*/"):
            raise FileError("a comment /* does not end", hint="Close it with */.")


def dollar_quoted(body: str) -> str:
    """Return a body in dollar quotes whose tag does not occur in it."""
    tag, number = "$slate$", 1
    while tag in body:
        tag, number = f"$slate{number}$", number + 1
    return f"{tag}\n{body}\n{tag}"

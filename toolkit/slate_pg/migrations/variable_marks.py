"""Finds the variables of a file: which its head declares, `-- variables: name, other`, and where they stand in its SQL.

Pure. They are found in code only: never in quotes, comments, bodies or COPY data, nor in casts and slices.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from slate_pg.environments import NAME
from slate_pg.errors import FileError, Where
from slate_pg.migrations.script import is_backfill
from slate_pg.postgres.statements import CLOSE, CODE, IDENTIFIER, OPEN, STRING, Statement, place, split, tokens

LITERAL, PLAIN, QUOTED = "'", "", '"'  # the forms :'name', :name and :"name"
_DIRECTIVE = re.compile(r"^\s*--\s*variables\s*:\s*(.*?)\s*$")
_COLON = re.compile(r"::|:=|:([^\W\d]\w*)?")
_ARRAY = re.compile(r"\barray\s*\Z", re.I)
_IN_BODY = re.compile(r"(?<![:\w]):(?:'([^\W\d]\w*)'|\"([^\W\d]\w*)\"|([^\W\d]\w*))")
KEY_RANGE = ("from", "to")  # of a backfill: filled in for each batch


@dataclass(frozen=True)
class Mark:
    """One place of a variable in a file: text[start:end], the name, and the form."""

    start: int
    end: int
    name: str
    form: str


def read_names(path: Path, text: str) -> dict[str, int]:
    """Return the variables that a file's leading comment declares, each with its line. FileError for what is none."""
    names: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.lstrip().startswith("--"):
            break
        if not (found := _DIRECTIVE.match(line)):
            continue
        for name in (word.strip() for word in found[1].split(",")):
            if not NAME.match(name):
                refuse(
                    path, number, f'variables takes names with commas between them, not "{name}"' if name
                    else "variables takes names with commas between them", "As in `-- variables: region, partner`.",
                )  # fmt: skip
            if name in KEY_RANGE and is_backfill(text):
                refuse(
                    path, number, f'":{name}" is an end of the key range of a backfill', "Call the variable otherwise."
                )
            if name in names:
                refuse(path, number, f'the variable "{name}" is declared twice', "Name it once.")
            names[name] = number
    return names


def find_marks(path: Path, text: str, names: Mapping[str, int], strict: bool = True) -> list[Mark]:
    """Return where variables stand in a file's SQL. FileError for one that is not declared, where that is asked."""
    try:
        statements = split(text)
    except FileError as error:
        raise FileError(f"{path}: {error.message}", hint=error.hint) from error
    marks = []
    for statement in statements:
        for mark in _marks(path, text, statement, names):
            if mark.name in names:
                marks.append(mark)
            elif strict and not (mark.name in KEY_RANGE and mark.form == PLAIN and is_backfill(text)):
                refuse(
                    path, place(text, mark.start).line, f'the variable "{mark.name}" is not declared',
                    "Name it in the line `-- variables: …` at the top. Where it is none, put a space behind the colon.",
                )  # fmt: skip
    return marks


@dataclass
class _Bracket:
    """An open bracket: whether it is a subscript, where one colon makes a slice, or ARRAY's; what it holds so far."""

    subscript: bool = False
    array: bool = False
    filled: bool = False
    sliced: bool = False


def _marks(path: Path, text: str, statement: Statement, names: Mapping[str, int]) -> Iterator[Mark]:
    """Yield what looks like a variable in one statement's code."""
    brackets: list[_Bracket] = []
    code = ""  # since the last token of another kind
    pieces = list(tokens(statement.text))
    for number, (kind, start, end) in enumerate(pieces):
        piece = statement.text[start:end]
        if kind == OPEN:
            before = pieces[number - 1][0] if number else CODE
            inner = bool(brackets) and brackets[-1].array and before in (OPEN, CODE) and not code.strip(" \t\r\n,")
            array = piece == "[" and bool(inner or _ARRAY.search(code))
            brackets.append(_Bracket(piece == "[" and not array, array))
            code = ""
            continue
        if kind == CLOSE and brackets:
            brackets.pop()
        if kind == CODE:
            following = pieces[number + 1] if number + 1 < len(pieces) else None
            yield from _in_code(path, text, statement, (start, piece), following, brackets, names)
        if brackets and kind in (CODE, STRING, IDENTIFIER, CLOSE) and piece.strip(" \t\r\n:"):
            brackets[-1].filled = True
        code = piece if kind == CODE else ""


def _in_code(
    path: Path,
    text: str,
    statement: Statement,
    code: tuple[int, str],
    following: tuple[int, int, int] | None,
    brackets: list[_Bracket],
    names: Mapping[str, int],
) -> Iterator[Mark]:
    """Yield the variables of a piece of code, the last of which may be quoted in the next token."""
    start, piece = code
    for found in _COLON.finditer(piece):
        if found[0] in ("::", ":="):
            continue
        mark = _mark(statement, start + found.start(), found[1], following)
        if brackets and brackets[-1].subscript and not brackets[-1].sliced:
            before = piece[: found.start()].strip()
            if not (brackets[-1].filled or before) and mark and mark.name in names:
                refuse(
                    path, place(text, mark.start).line, f'":{mark.name}" may be a variable or a slice up to it',
                    f"Write [(:{mark.name})] for the variable, [: {mark.name}] for the slice.",
                )  # fmt: skip
            brackets[-1].sliced = True
            continue
        if mark:
            yield mark


def _mark(statement: Statement, at: int, plain: str | None, following: tuple[int, int, int] | None) -> Mark | None:
    """Return the variable behind a colon, None where none is."""
    if plain is not None:
        return Mark(statement.start + at, statement.start + at + 1 + len(plain), plain, PLAIN)
    if following is None or following[0] not in (STRING, IDENTIFIER) or following[1] != at + 1:
        return None
    quoted = statement.text[following[1] : following[2]]
    form = LITERAL if following[0] == STRING else QUOTED
    # The token may go on: 'a''b' is one string to the server, and :'a' with something behind it to psql.
    if quoted[:1] != form or not (name := re.match(rf"{form}([^\W\d]\w*){form}", quoted)):
        return None
    return Mark(statement.start + at, statement.start + at + 1 + name.end(), name[1], form)


def first_in_body(text: str, name: str) -> int | None:
    """Return the line where a variable's name stands in a dollar-quoted body, as if it were replaced there."""
    for statement in split(text):
        for kind, start, end in tokens(statement.text):
            if kind != STRING or statement.text[start] != "$":
                continue
            for found in _IN_BODY.finditer(statement.text, start, end):
                if name in found.groups():
                    return place(text, statement.start + found.start()).line
    return None


def refuse(path: Path, line: int, said: str, hint: str) -> NoReturn:
    """FileError at a line of a file."""
    raise FileError(f"{path}:{line}: {said}", hint=hint, where=Where(str(path), line, 0, said))

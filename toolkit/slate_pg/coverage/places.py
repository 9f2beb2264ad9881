"""Finds where in the migrations functions and guards stand: the file that defined each last, and the line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from slate_pg.config import Product
from slate_pg.errors import SlateError
from slate_pg.migrations.folders import read_migrations
from slate_pg.postgres.statements import COMMENT, STRING, Statement, place, split, tokens

_NAME = r'(?:"(?:[^"]|"")+"|[^\W\d][\w$]*)'
_ROUTINE = re.compile(rf"\b(?:FUNCTION|PROCEDURE)\s+(?:{_NAME}\s*\.\s*)?({_NAME})", re.I)
_TABLE = rf"(?:{_NAME}\s*\.\s*)?({_NAME})"
_GUARDS = (
    re.compile(rf"\b(?:CREATE|ALTER)\s+POLICY\s+(?P<name>{_NAME})\s+ON\s+{_TABLE}", re.I),
    re.compile(rf"\bTRIGGER\s+(?P<name>{_NAME})\s+(?:BEFORE|AFTER|INSTEAD)\b.*?\bON\s+{_TABLE}", re.I | re.S),
)
_OF = re.compile(
    rf"\A\s*(?:CREATE|ALTER)\b[^(;]*?\b(?:TABLE|DOMAIN)\s+(?:IF\s+(?:NOT\s+)?EXISTS\s+)?(?:ONLY\s+)?{_TABLE}", re.I
)
_CONSTRAINT = re.compile(rf"\bCONSTRAINT\s+({_NAME})\s+(?:CHECK|FOREIGN|UNIQUE|PRIMARY|EXCLUDE|REFERENCES)\b", re.I)
_PARSED = re.compile(r"\bBEGIN\s+ATOMIC\b|\bRETURN\b(?!S)", re.I)


@dataclass(frozen=True)
class Place:
    """Where a body begins: the file, and the line of its first character, from 1."""

    path: Path
    line: int


@dataclass(frozen=True)
class Source:
    """One body as a file has it; `text` is None for one that the server parses and prints anew.

    Of a policy, a trigger or a constraint `name` is its table's, a dot, and its own, and `text` is empty.
    """

    name: str
    text: str | None
    place: Place


def sources(products: Iterable[Product], root: Path) -> list[Source]:
    """Return the bodies of all functions in the migrations, in the order in which they are applied; paths from `root`.

    Of a folder that cannot be read there are none: who runs it says why. Reads files.
    """
    found: list[Source] = []
    for product in products:
        try:
            for migration in read_migrations(product):
                if not migration.apply.is_big:
                    found += bodies(_from(root, migration.apply.path), migration.apply.text)
        except SlateError:
            continue
    return found


def _from(root: Path, path: Path) -> Path:
    return path.relative_to(root) if path.is_relative_to(root) else path


def bodies(path: Path, text: str) -> Iterator[Source]:
    """Yield the bodies of the functions that a file creates. Pure."""
    for statement in split(text):
        routine = statement.words[:1] == ("CREATE",) and _ROUTINE.search(statement.text)
        if routine:
            name = routine[1]
            start, body = _body(statement, routine.end())
            yield Source(_plain(name), body, Place(path, place(text, statement.start + start).line))
        else:
            yield from _guards(path, text, statement)


def _plain(name: str) -> str:
    return name[1:-1].replace('""', '"') if name[0] == '"' else name.lower()


def _guards(path: Path, text: str, statement: Statement) -> Iterator[Source]:
    """Yield the policies, triggers and constraints that a statement makes, by their names. Pure."""
    kinds = ((" " * (end - start) if kind == COMMENT else statement.text[start:end]) for kind, start, end in
             tokens(statement.text))  # fmt: skip
    code = "".join(kinds)
    found = [(m.start(), m[2], m["name"]) for pattern in _GUARDS for m in pattern.finditer(code)]
    if of := _OF.match(code):
        found += [(m.start(), of[1], m[1]) for m in _CONSTRAINT.finditer(code)]
    for start, table, name in found:
        yield Source(f"{_plain(table)}.{_plain(name)}", "", Place(path, place(text, statement.start + start).line))


def _body(statement: Statement, after: int) -> tuple[int, str | None]:
    """Return where a body begins in its statement, and the body: the longest string, as defaults are strings too."""
    strings = [(end - start, start, end) for kind, start, end in tokens(statement.text, after) if kind == STRING]
    parsed = _PARSED.search(statement.text, after)
    if not strings or (parsed and not any(start < parsed.start() < end for _, start, end in strings)):
        return (parsed.start() if parsed else 0), None
    _, start, end = max(strings)
    quoted = statement.text[start:end]
    if quoted[0] == "'":
        return start + 1, quoted[1:-1].replace("''", "'")
    tag = quoted[: quoted.index("$", 1) + 1]
    return start + len(tag), quoted[len(tag) : -len(tag)]


def find(name: str, body: str, known: Iterable[Source]) -> Place | None:
    """Return where a function's body was defined last; None where no file has it. `body` is empty for a parsed one.

    A body whose variables were replaced is known by its name and its number of lines.
    """
    same = [s for s in known if s.name == name]
    if not body:
        return next((s.place for s in reversed(same) if s.text is None), None)
    equal = [s for s in same if s.text == body]
    alike = [s for s in same if s.text and s.text.count("\n") == body.count("\n")]
    return next((s.place for s in reversed(equal or alike)), None)

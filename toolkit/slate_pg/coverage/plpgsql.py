"""Finds the statements and branches of a PL/pgSQL body, and where a counting call can stand before each. Pure.

It reads what PL/pgSQL's own grammar reads: its reserved words at the depth of no parenthesis, everything else is SQL.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from slate_pg.coverage.model import SCHEMA
from slate_pg.postgres.statements import CLOSE, CODE, COMMENT, OPEN, SEMICOLON, tokens

_LEXEME = re.compile(r"[^\W\d][\w$]*|<<|>>|:=|\S")
# What a handler has caught, told before all else in a block of its own; it names what no function can name before it.
_CATCH = (
    "DECLARE {n}s pg_catalog.text; {n}n pg_catalog.text; {n}t pg_catalog.text; {n}d pg_catalog.text; "
    "{n}c pg_catalog.text; {n}k pg_catalog.text; BEGIN GET STACKED DIAGNOSTICS {n}s = RETURNED_SQLSTATE, "
    "{n}n = SCHEMA_NAME, {n}t = TABLE_NAME, {n}d = PG_DATATYPE_NAME, {n}c = CONSTRAINT_NAME, {n}k = COLUMN_NAME; "
    "IF {schema}.caught({n}s, {n}n, {n}t, {n}d, {n}c, {n}k) THEN END IF; END; "
).format(n="slate_coverage_", schema=SCHEMA)
_ASSIGNS = (":=", "=", ".", "[")
_STOPS = ("END", "ELSE", "WHEN")
_SHOWN = 70


class Lexeme(NamedTuple):
    """A word in capitals or a mark, with its place and the depth in parentheses it stands at."""

    text: str
    start: int
    end: int
    depth: int


@dataclass(frozen=True)
class Mark:
    """A place for one counting call, `before` written in front of it; it `catches` where a handler begins."""

    at: int
    before: str = ""
    catches: bool = False


@dataclass(frozen=True)
class Part:
    """A statement or a branch: its line in the body (1-based), what it says, and the mark that counts it."""

    line: int
    said: str
    mark: int


@dataclass(frozen=True)
class Body:
    """What there is to count in one body."""

    marks: tuple[Mark, ...]
    statements: tuple[Part, ...]
    branches: tuple[Part, ...]


class NotUnderstood(ValueError):
    """A body that this module cannot read; nothing is counted in it."""


def read(body: str) -> Body:
    """Return the statements and branches of a body. NotUnderstood where it does not end as it should."""
    reader = _Reader(body, list(_lexemes(body)))
    reader.outermost()
    return Body(tuple(reader.marks), tuple(reader.statements), tuple(reader.branches))


def counting(text: str, marks: tuple[Mark, ...], call: Callable[[int], str]) -> str:
    """Return the text with a call at each mark, on the lines where they stood. An IF leaves FOUND and counts alone."""
    parts, done = [], 0
    for number in sorted(range(len(marks)), key=lambda n: (marks[n].at, n)):
        mark = marks[number]
        caught = _CATCH if mark.catches else ""
        parts += [text[done : mark.at], f" {mark.before}IF {call(number)} THEN END IF; {caught}"]
        done = mark.at
    return "".join([*parts, text[done:]])


def _lexemes(body: str) -> Iterator[Lexeme]:
    depth = 0
    for kind, start, end in tokens(body):
        if kind == COMMENT:
            continue
        if kind == CODE:
            for found in _LEXEME.finditer(body, start, end):
                yield Lexeme(found[0].upper(), found.start(), found.end(), depth)
            continue
        depth -= kind == CLOSE
        yield Lexeme(body[start:end] if kind in (OPEN, CLOSE, SEMICOLON) else "''", start, end, depth)
        depth += kind == OPEN


@dataclass
class _Reader:
    body: str
    lexemes: list[Lexeme]
    at: int = 0
    marks: list[Mark] = field(default_factory=list)
    statements: list[Part] = field(default_factory=list)
    branches: list[Part] = field(default_factory=list)

    def outermost(self) -> None:
        """Read the function's own block; what stands before it is an option such as #variable_conflict."""
        while self._word() not in ("DECLARE", "BEGIN", "<<"):
            self._pass()
        self._label()
        self._block()
        if self._word() == ";":
            self._pass()
        if self._word():
            self._refuse("text behind the last END")

    def _word(self, ahead: int = 0) -> str:
        return self.lexemes[self.at + ahead].text if self.at + ahead < len(self.lexemes) else ""

    def _pass(self) -> None:
        if self.at >= len(self.lexemes):
            self._refuse("the body ends too early")
        self.at += 1

    def _refuse(self, why: str) -> None:
        start = self.lexemes[self.at].start if self.at < len(self.lexemes) else len(self.body)
        raise NotUnderstood(f"line {self._line(start)}: {why}")

    def _line(self, offset: int) -> int:
        return self.body.count("\n", 0, offset) + 1

    def _until(self, *words: str) -> None:
        """Go behind the first of these words at the depth we are at, as PL/pgSQL looks for the end of an expression."""
        depth = self.lexemes[self.at].depth if self.at < len(self.lexemes) else 0
        while not (self._word() in words and self.lexemes[self.at].depth == depth):
            self._pass()
        self.at += 1

    def _label(self) -> None:
        while self._word() == "<<":
            self._until(">>")

    def _start(self) -> int:
        return self.lexemes[self.at].start if self.at < len(self.lexemes) else len(self.body)

    def _block(self) -> None:
        while self._word() == "DECLARE":
            self.at += 1
            while self._word() not in ("BEGIN", "DECLARE"):
                self._until(";")
        if self._word() != "BEGIN":
            self._refuse("BEGIN expected")
        self.at += 1
        self._list()
        if self._word() == "EXCEPTION":
            self.at += 1
            while self._word() == "WHEN":
                start = self._start()
                self._until("THEN")
                self._branch(start, "EXCEPTION " + self._said(start, self.at - 1))
                first = self.branches[-1].mark
                self.marks[first] = replace(self.marks[first], catches=True)
        self._end()

    def _end(self) -> None:
        """Go to the semicolon behind END, what it ends and its label; the last of a body may be wanting."""
        if self._word() != "END":
            self._refuse("END expected")
        while self._word() not in (";", ""):
            self.at += 1

    def _list(self) -> int:
        """Read statements up to what ends their list; return the mark of the first, its own where it is empty."""
        first, word = len(self.marks), ""
        if self._stops():
            self._mark(self._start())
        while not self._stops():
            # Between COMMIT and these nothing may take a snapshot.
            snapshotless = word in ("COMMIT", "ROLLBACK") and self._word() in ("SET", "LOCK")
            word = word if snapshotless else self._word()
            self._statement(len(self.marks) - 1 if snapshotless else None)
        return first

    def _stops(self) -> bool:
        word = self._word()
        if not word:
            self._refuse("END expected")
        unreserved = word in ("ELSIF", "ELSEIF", "EXCEPTION") and self._word(1) not in _ASSIGNS
        return word in _STOPS or unreserved

    def _mark(self, at: int, before: str = "") -> int:
        self.marks.append(Mark(at, before))
        return len(self.marks) - 1

    def _statement(self, shared: int | None) -> None:
        first = self._start()
        self._label()
        word = self._word()
        if word in ("DECLARE", "BEGIN"):
            self._block()
        else:
            start, mark = self._start(), self._mark(first) if shared is None else shared
            read = {"IF": self._if, "CASE": self._case}.get(word, self._simple)
            (self._loop if word in ("LOOP", "WHILE", "FOR", "FOREACH") else read)(start, mark)
        if self._word() == ";":
            self.at += 1

    def _head(self, start: int, mark: int, last: str) -> None:
        """Go behind the word that ends a statement's head, and note the statement."""
        self._until(last)
        self.statements.append(Part(self._line(start), self._said(start, self.at - 1) or last, mark))

    def _said(self, start: int, before: int) -> str:
        """Return what stands from an offset to a lexeme, on one line and not too long."""
        end = self.lexemes[before].start
        return abridged(self.body[start:end])

    def _branch(self, start: int, said: str) -> None:
        self.branches.append(Part(self._line(start), said, self._list()))

    def _if(self, start: int, mark: int) -> None:
        self._head(start, mark, "THEN")
        said = self.statements[-1].said
        self._branch(start, said)
        while self._word() in ("ELSIF", "ELSEIF"):
            at = self._start()
            self._until("THEN")
            self._branch(at, self._said(at, self.at - 1))
        if self._word() == "ELSE":
            at = self._start()
            self.at += 1
            self._branch(at, f"ELSE of {said}")
        else:
            none = self._mark(self._start(), "ELSE ")
            self.branches.append(Part(self._line(start), f"not {said}", none))
        self._end()

    def _case(self, start: int, mark: int) -> None:
        self._head(start, mark, "WHEN")
        said = self.statements[-1].said
        self.at -= 1
        while self._word() == "WHEN":
            at = self._start()
            self._until("THEN")
            self._branch(at, self._said(at, self.at - 1))
        if self._word() == "ELSE":
            at = self._start()
            self.at += 1
            self._branch(at, f"ELSE of {said}")
        self._end()

    def _loop(self, start: int, mark: int) -> None:
        self._head(start, mark, "LOOP")
        said = self.statements[-1].said
        self._branch(start, f"round of {said}")
        self._end()

    def _simple(self, start: int, mark: int) -> None:
        if self._word() == "CREATE" and self._routine():
            self._pass_atomic()
        self._head(start, mark, ";")
        self.at -= 1

    def _routine(self) -> bool:
        words = [self._word(n) for n in range(1, 4)]
        return words[2 if words[:2] == ["OR", "REPLACE"] else 0] in ("FUNCTION", "PROCEDURE")

    def _pass_atomic(self) -> None:
        """Go to the semicolon of a CREATE FUNCTION, over those in its BEGIN ATOMIC … END."""
        deep = 0
        while deep or self._word() != ";":
            word = self._word()
            deep += (word == "BEGIN" or (word == "CASE" and deep > 0)) - (word == "END" and deep > 0)
            self._pass()


def abridged(text: str) -> str:
    """Return a text on one line, cut where it is long."""
    plain = " ".join(text.split())
    return plain if len(plain) <= _SHOWN else plain[: _SHOWN - 1] + "…"

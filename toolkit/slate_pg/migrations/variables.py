"""Files that name variables, `-- variables: name, other`: their text with the values, and what a ledger keeps of it.

Pure but for reading the values. `:name` and `:'name'` are literals, `:"name"` is an identifier, as psql has them, so
that `psql -v` runs the same file. Where they stand is for variable_marks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from slate_pg.environments import STAND_IN, Value
from slate_pg.migrations.recorded import Recorded
from slate_pg.migrations.script import Script
from slate_pg.migrations.variable_marks import (
    LITERAL,
    PLAIN,
    QUOTED,
    Mark,
    find_marks,
    first_in_body,
    read_names,
    refuse,
)
from slate_pg.postgres.statements import Place, Statement, place, split

if TYPE_CHECKING:
    from slate_pg.postgres.connection import Connection

_LONGEST_NAME = 63  # bytes
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,17})(?:\.\d+)?\Z", re.ASCII)


class Template(Script):
    """A script with variables. Its `text` has their values, its checksum is the file's; offsets are the text's."""

    has_variables = True

    def __init__(
        self,
        path: Path,
        written: str,
        transactional: bool = True,
        values: Sequence[Value] = (),
        names: Sequence[str] | None = None,
        stand_in: bool = False,
    ) -> None:
        # `names` are those declared, where the file's head does not say so; `stand_in` fills in secrets nobody gives.
        parts = {"path": path, "written": written, "transactional": transactional, "values": tuple(values)}
        for name, value in {**parts, "declared": names, "stand_in": stand_in}.items():
            object.__setattr__(self, name, value)

    written: str
    values: tuple[Value, ...]
    declared: Sequence[str] | None
    stand_in: bool

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Template) and (self.path, self.written, self.values) == (
            other.path, other.written, other.values,
        )  # fmt: skip

    def __hash__(self) -> int:
        return hash((self.path, self.written))

    def __repr__(self) -> str:
        return f"Template({str(self.path)!r})"

    def given(self, values: Sequence[Value]) -> Template:
        """Return the same with these values. Pure."""
        return Template(self.path, self.written, self.transactional, values, self.declared, self.stand_in)

    def recorded(self, known: Recorded | None, stand_in: bool = False) -> Template:
        """Return the same with the values that a ledger has of it; of secrets, the present ones. Pure."""
        values = [v for v in self.values if known is None or v.name not in known.values]
        values += [Value(name, text) for name, text in (known.values if known else {}).items()]
        secret = known.secret if known else ()
        values = [replace(v, secret=v.secret or v.name in secret) for v in values]
        absent = [Value(n, secret=True) for n in secret if n not in {v.name for v in values}]
        return Template(self.path, self.written, self.transactional, [*values, *absent], self.declared, stand_in)

    @cached_property
    def checksum(self) -> str:
        """SHA-256 of the file as it is written, the same in every environment."""
        return Script(self.path, self.written).checksum

    @property
    def head(self) -> str:
        """The file as it is written."""
        return self.written

    @cached_property
    def marks(self) -> tuple[Mark, ...]:
        """Where its variables stand. FileError with file and line for what is not declared, not used, or unclear."""
        names = read_names(self.path, self.written) if self.declared is None else dict.fromkeys(self.declared, 1)
        marks = find_marks(self.path, self.written, names, strict=self.declared is None)
        used = {mark.name for mark in marks}
        for name, line in names.items():
            if name not in used and self.declared is None:
                inside = first_in_body(self.written, name)
                refuse(
                    self.path, line, f'the variable "{name}" is declared and not used',
                    f"It stands in a body in line {inside} only, where none is replaced: {_IN_BODIES}" if inside
                    else "Take it out of the line, or use it: :name, :'name' or :\"name\".",
                )  # fmt: skip
        return tuple(marks)

    @cached_property
    def text(self) -> str:
        """What is run. FileError with file and line where a value is missing, or cannot stand there."""
        return self._filled[0]

    @cached_property
    def kept(self) -> str | None:
        """What a ledger keeps, and whoever prints the SQL shows: secrets, and what has no value, as in the file."""
        return self._fill(shown=True)[0]

    @property
    def secrets(self) -> tuple[str, ...]:
        """The names of its secrets."""
        secret = {v.name for v in self.values if v.secret}
        return tuple(dict.fromkeys(mark.name for mark in self.marks if mark.name in secret))

    @cached_property
    def used(self) -> dict[str, str]:
        """The values that it is run with, but for secrets."""
        values = {v.name: v.read() for v in self.values if not v.secret}
        return {m.name: text for m in self.marks if (text := values.get(m.name)) is not None}

    @cached_property
    def _filled(self) -> tuple[str, list[tuple[int, int]]]:
        return self._fill(shown=False)

    def _fill(self, shown: bool) -> tuple[str, list[tuple[int, int]]]:
        """Return the text with values, and where in it and in the file each piece of the file begins."""
        known = {v.name: v for v in self.values}
        parts: list[str] = []
        starts = [(0, 0)]
        at = length = 0
        for mark in self.marks:
            value = self._shown_value(mark, known.get(mark.name)) if shown else self._value(mark, known.get(mark.name))
            value = _apart(self.written, mark, value)
            parts += [self.written[at : mark.start], value]
            starts.append((length + mark.start - at, mark.start))
            length += mark.start - at + len(value)
            starts.append((length, mark.end))
            at = mark.end
        return "".join([*parts, self.written[at:]]), starts

    def _shown_value(self, mark: Mark, value: Value | None) -> str:
        if value is None or value.secret or value.read() is None:
            return f":{mark.form or LITERAL}{mark.name}{mark.form or LITERAL}"
        return self._value(mark, value)

    def _value(self, mark: Mark, value: Value | None) -> str:
        text = value.read() if value else None
        if text is None and self.stand_in and (value is None or value.secret):
            text = STAND_IN
        if text is None:
            self._refuse_missing(mark, value)
        if mark.form != QUOTED:
            return text if mark.form == PLAIN and _NUMBER.match(text) else literal(text)
        if not text or len(text.encode()) > _LONGEST_NAME:
            said = "is a secret that" if value and value.secret else f"is {text!r}, which"
            self._refuse_at(mark, f'the variable "{mark.name}" {said} no object can be called', "1 to 63 bytes can.")
        return '"' + text.replace('"', '""') + '"'

    def _refuse_missing(self, mark: Mark, value: Value | None) -> NoReturn:
        here = f"--var {mark.name}=…, or {mark.name} in [tool.slate.variables] or [tool.slate.env.NAME.variables]"
        hint = f"Set {value.reference}, which it is taken from." if value and value.reference else f"Say {here}."
        self._refuse_at(mark, f'the variable "{mark.name}" has no value', hint)

    def _refuse_at(self, mark: Mark, said: str, hint: str) -> NoReturn:
        refuse(self.path, place(self.written, mark.start).line, said, hint)

    def statements(self) -> Iterator[Statement]:
        """Yield its statements, each with what is recorded of it where that is another text."""
        every = split(self.text)
        shown = split(self.kept or "") if self.secrets else every
        for statement, said in zip(every, shown, strict=True):
            yield replace(statement, said=said.text) if said is not statement else statement

    def place(self, offset: int) -> Place:
        """Return line and column in the file of an offset in the text."""
        return place(self.written, self._offset(offset))

    def _offset(self, offset: int) -> int:
        """Return where in the file a character of the text comes from: of a value, where its variable stands."""
        starts = self._filled[1]
        here = max(i for i, (start, _) in enumerate(starts) if start <= offset)
        start, written = starts[here]
        return written if here % 2 else written + offset - start  # odd ones are values

    def line_naming(self, name: str) -> int:
        """Return the line of the file, from 1, that a name in the text comes from; 1 where it is not there."""
        at = self.text.find(name)
        return self.place(at).line if at >= 0 else 1

    def send(self, connection: Connection, before: Sequence[str] = (), guard: str = "") -> int:
        """Send it as a script; with secrets, behind a message of its own that says what the server may not log."""
        if self.secrets and before:
            from slate_pg.postgres.connection import send

            send(connection, "; ".join(before))
            before = ()
        return super().send(connection, before, guard)

    def remarks(self) -> list[str]:
        """Return where a variable stands in a body, and is not replaced."""
        lines = {name: line for name in {m.name for m in self.marks} if (line := first_in_body(self.written, name))}
        return [
            f'{self.path}:{line}: "{name}" stands in a body, where variables are not replaced: {_IN_BODIES}'
            for name, line in sorted(lines.items())
        ]


_IN_BODIES = "hand it over by SELECT set_config('app.name', :'name', true) and current_setting('app.name')."


def literal(text: str) -> str:
    """Return a text as a literal that means the same whatever standard_conforming_strings is. Pure."""
    quoted = text.replace("'", "''")
    return " E'" + quoted.replace("\\", "\\\\") + "'" if "\\" in text else f"'{quoted}'"


def _apart(written: str, mark: Mark, value: str) -> str:
    """Keep a value from growing together with what stands beside it: E, U& or $ before, a quote behind. Pure."""
    before, behind = written[mark.start - 1 : mark.start], written[mark.end : mark.end + 1]
    joins = before and (before.isalnum() or before in "_$&.-'\"" or ord(before) > 127)
    return (" " if joins else "") + value + (" " if behind and behind in "'\"" else "")


def from_ledger(
    path: Path,
    text: str,
    transactional: bool,
    known: Recorded | None,
    values: Sequence[Value] = (),
    stand_in: bool = False,
) -> Script:
    """Return a ledger's text as a script; where it has secrets, with the present values of those. Pure."""
    if known is None or not known.secret:
        return Script(path, text, transactional)
    return Template(path, text, transactional, values, known.secret).recorded(known, stand_in)

"""Reads the SQL files a product offers: queries and jobs, each with a header that says what a machine must know.

A query file runs as it stands: its parameters are example literals that the header names
(`-- params: student_id = 'S001'`). Loading it puts a named parameter in place of each.
"""

from __future__ import annotations

import os
import re
from codecs import BOM_UTF8
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from slate_pg.errors import FileError, Misuse, did_you_mean

# Not compiled here: a status reads texts by this module and no header.
_HEADER = r"^--\s*([a-z_]+):\s*(.*?)\s*$"
_CONTINUED = r"^--\s{3,}(\S.*?)\s*$"  # the value goes on, indented, on the next line
_PARAMETER = r"(?i)(\w+)\s*=\s*('(?:[^']|'')*'|ARRAY\[[^\]]*\]|[\w.+-]+)(?:::\w+(?:\[\])?)?\s*(?:,|$)"


@dataclass(frozen=True)
class SqlFile:
    """One statement of a product: its name (the file's), header lines by name, text, and example parameters."""

    name: str
    path: Path
    header: dict[str, str]
    text: str
    parameters: dict[str, str] = field(default_factory=dict)

    @property
    def after(self) -> tuple[str, ...]:
        """The names in `-- after: name, name`: what runs before this file, where both run."""
        return tuple(name for name in re.split(r"[,\s]+", self.header.get("after", "")) if name)

    @property
    def parameterised(self) -> str:
        """The statement with psycopg's named parameters, %(name)s, in place of the example literals."""
        text = self.text.replace("%", "%%")
        for name, literal in sorted(self.parameters.items(), key=lambda p: -len(p[1])):
            literal = literal.replace("%", "%%")
            pattern = re.escape(literal) if not literal[0].isalnum() else rf"(?<![\w.]){re.escape(literal)}(?![\w.])"
            text = re.sub(pattern, f"%({name})s", text)
        return text

    @property
    def examples(self) -> dict[str, Any]:
        """The example parameters as Python values; SQL literals that are not plain stay text."""
        return {name: _value(literal) for name, literal in self.parameters.items()}

    @property
    def scale_examples(self) -> dict[str, Any]:
        """The example parameters that exist in the scale data: `-- scale_params:` over `-- params:`."""
        named = dict(re.findall(_PARAMETER, self.header.get("scale_params", "")))
        if unknown := sorted(set(named) - set(self.parameters)):
            raise FileError(f'{self.path}: scale_params names "{unknown[0]}"', hint="Name what -- params: names.")
        return {**self.examples, **{name: _value(literal) for name, literal in named.items()}}


def _value(literal: str) -> Any:
    if literal.startswith("'"):
        return literal[1:-1].replace("''", "'")
    return int(literal) if re.fullmatch(r"[+-]?\d+", literal) else literal


def read_file(path: Path) -> SqlFile:
    """Read one query or job. FileError when it is not one statement. Reads only."""
    text = read_text(path)
    from slate_pg.postgres.statements import split

    statements = split(text)
    if len(statements) != 1:
        raise FileError(f"{path} holds {len(statements)} statements", hint="One file, one statement.")
    header = _read_header(text[: statements[0].start])
    parameters = dict(re.findall(_PARAMETER, header.get("params", "")))
    return SqlFile(path.stem, path, header, statements[0].text.rstrip().rstrip(";"), parameters)


def _read_header(text: str) -> dict[str, str]:
    header: dict[str, str] = {}
    name = ""
    for line in text.splitlines():
        if name and (more := re.match(_CONTINUED, line)):
            header[name] += f" {more.group(1)}"
        elif match := re.match(_HEADER, line):
            name = match.group(1)
            header[name] = match.group(2)
    return header


def read_files(folder: Path) -> list[SqlFile]:
    """Read every file of a folder of queries or jobs, in name order. Reads only."""
    return [read_file(path) for path in sorted(folder.glob("*.sql"))]


def find(folder: Path, name: str) -> SqlFile:
    """Return the query or job of that name; Misuse with the nearest name when there is none. Reads only."""
    path = folder / f"{name}.sql"
    if not path.exists():
        raise Misuse(f'no "{name}" in {folder}', hint=did_you_mean(name, (p.stem for p in folder.glob("*.sql"))))
    return read_file(path)


def read_text(path: Path) -> str:
    """Return a SQL file's text without its byte order mark. FileError for what is not UTF-8 or holds a NUL byte."""
    return _as_text(path, _bytes_of(path) or b"")


def read_text_up_to(path: Path, limit: int) -> str | None:
    """Return the same, None for a file of more bytes than the limit, of which nothing is read."""
    raw = _bytes_of(path, limit)
    return None if raw is None else _as_text(path, raw)


def _bytes_of(path: Path, limit: int | None = None) -> bytes | None:
    try:
        with open(path, "rb", buffering=0) as file:
            if limit is not None and os.fstat(file.fileno()).st_size > limit:
                return None
            return file.readall()
    except OSError as error:
        raise FileError(
            f"{path}: {error.strerror}", hint="Make it a file that slate can read, or remove it."
        ) from error


def _as_text(path: Path, raw: bytes) -> str:
    try:
        text = raw.removeprefix(BOM_UTF8).decode()
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise FileError(f"{path}:{line}: byte {error.start} is not UTF-8", hint="Save the file as UTF-8.") from error
    if "\0" in text:
        from slate_pg.postgres.statements import place

        where = place(text, text.index("\0"))
        raise FileError(f"{path}:{where.line}:{where.column}: a NUL byte", hint="PostgreSQL text cannot hold it.")
    return text


_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)", re.I)  # names that Windows takes for devices


def file_name(name: str) -> str:
    """Return a database object's name as a file can bear it: what no system takes is %-written. Pure."""
    plain = re.sub(r"[/\\%<>:\"|?*\x00-\x1f\x7f]|^\.|[. ]$", lambda found: f"%{ord(found.group()):02X}", name)
    return f"%{ord(plain[0]):02X}{plain[1:]}" if _RESERVED.match(plain) else plain

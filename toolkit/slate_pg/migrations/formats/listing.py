"""What a layout's reader is given, and what it says of itself. Reads files; nothing here knows a tool."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from slate_pg.errors import FileError, GraphError
from slate_pg.migrations.alone import runs_alone
from slate_pg.migrations.files import Migration, Script, is_passed_over
from slate_pg.migrations.script import BIG, BigScript, read_start
from slate_pg.postgres.prescan import may_end_transaction
from slate_pg.sqlfiles import read_text

# Numbered files in a language: another tool runs them, so leaving them out would leave a hole in the history.
_PROGRAM = re.compile(
    r"^[VURBvurb]?\d[\w.-]*\.(?:py|go|ts|mts|cts|js|mjs|cjs|rb|php|java|kt|exs?|rs|cs|clj|sh|xml|ya?ml|json"
    r"|tmpl|tpl|tera|erb|j2|jinja2?|mustache)$"
)
_TEMPLATE = re.compile(r"\{\{-?\s*(?:index\s+)?\.\w+|\{%-?\s*\w+|<%[=-]?\s*\w+")
_OPTION = re.compile(r"\{\{-?\s*index\s+\.Options\s+\"(?P<name>\w+)\"\s*-?\}\}")
_BEGINS = (("BEGIN",), ("BEGIN", "WORK"), ("BEGIN", "TRANSACTION"), ("START", "TRANSACTION"))
_ENDS = (("COMMIT",), ("COMMIT", "WORK"), ("COMMIT", "TRANSACTION"), ("END",), ("END", "WORK"), ("END", "TRANSACTION"))


@dataclass(frozen=True)
class Listing:
    """A folder that may hold migrations: `names` of its files and `folders` in it, what editors leave left out.

    `variables` are the values that the project gives for placeholders.
    """

    folder: Path
    names: tuple[str, ...]
    folders: tuple[str, ...]
    variables: Mapping[str, str] = field(default_factory=dict)
    _texts: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def sql(self) -> tuple[str, ...]:
        """The names of the files that end in .sql."""
        return tuple(n for n in self.names if n.endswith(".sql"))

    def text(self, name: str) -> str:
        """Return the text of a file, read once. FileError as `read_text` says. Reads only."""
        if name not in self._texts:
            self._texts[name] = read_text(self.folder / name)
        return self._texts[name]

    def is_big(self, name: str) -> bool:
        """Tell whether a file is too big to be held in memory. Reads only."""
        try:
            return (self.folder / name).stat().st_size > BIG
        except OSError:
            return False  # what is wrong with it is said where it is read

    def start(self, name: str) -> str:
        """Return a file's text, of a big one its first 64 kB. Reads only."""
        return read_start(self.folder / name) if self.is_big(name) else self.text(name)

    def script(self, name: str, alone: bool = False) -> Script:
        """Return a script that is a whole file; `alone` where its tool runs it without a transaction. Reads only.

        A big one stays in its file and is run as it stands: a BEGIN in it is refused then.
        """
        if self.is_big(name):
            return BigScript(self.folder / name, not alone)
        text = unwrap(self.text(name))
        return Script(self.folder / name, text, not (alone or runs_alone(text)))

    def has(self, name: str) -> bool:
        """Tell whether there is such a file, in the folder or below it. Reads only."""
        return (self.folder / name).is_file()

    def inside(self, folder: str) -> tuple[str, ...]:
        """Return the names of the files in a folder below, sorted, as `folder/name`. Reads only."""
        return tuple(f"{folder}/{n}" for n in sorted(os.listdir(self.folder / folder)) if not is_passed_over(n))


@dataclass(frozen=True)
class Format:
    """A layout: the tools it is of, what shows it (the name of a file, or None), and its reader, in the tool's order.

    `remarks` are what it leaves aside, said to people.
    """

    name: str
    tools: str
    sign: Callable[[Listing], str | None]
    read: Callable[[Listing], list[Migration]]
    remarks: Callable[[Listing], list[str]] = field(default=lambda _: [])


def list_folder(folder: Path, variables: Mapping[str, str] | None = None) -> Listing:
    """List a folder. FileError for one that cannot be read. Reads only."""
    try:
        with os.scandir(folder) as entries:
            kinds = {e.name: e.is_dir() for e in entries if not is_passed_over(e.name)}
    except OSError as error:
        raise FileError(f"{folder}: {error.strerror}", hint="Make the folder readable to slate.") from error
    names = sorted(kinds)
    return Listing(
        folder, tuple(n for n in names if not kinds[n]), tuple(n for n in names if kinds[n]), variables or {}
    )


def migration(identifier: str, apply: Script, rollback: Script | None, depends: tuple[str, ...] = ()) -> Migration:
    """Return a migration of another tool's, all of which do without a rollback where there is none. Pure."""
    return Migration(identifier, depends, apply, rollback, rollback_optional=True)


def filled(path: Path, text: str, variables: Mapping[str, str]) -> str:
    """Return a text with its `{{ index .Options "Name" }}` filled; FileError, with its line, for what has no value."""
    text = _OPTION.sub(lambda found: variables.get(found["name"], found[0]), text) if variables else text
    if found := _TEMPLATE.search(text):
        raise FileError(
            f"{path}:{text.count(chr(10), 0, found.start()) + 1} is a template: {found[0].strip()}…",
            hint=_ways(text),
        )
    return text


def _ways(text: str) -> str:
    """Return what to do about a template. Pure."""
    option = _OPTION.search(text)
    given = (
        f'Give its value in pyproject.toml: [tool.slate.placeholders] {option["name"]} = "…". Or h' if option else "H"
    )
    return f"{given}ave its tool print the SQL, and keep that."


def first_with(listing: Listing, pattern: re.Pattern[str]) -> str | None:
    """Return the first .sql file of the folder whose text holds a pattern. Reads only."""
    return next((n for n in listing.sql if pattern.search(listing.start(n))), None)


def refuse_case(listing: Listing) -> None:
    """FileError for a name that ends in .SQL: its tool passes it over, or runs it on some systems only. Pure."""
    for name in listing.names:
        if name.lower().endswith(".sql") and not name.endswith(".sql"):
            raise FileError(f"{listing.folder / name} does not end in .sql", hint=f"Rename it to {name[:-4]}.sql.")


def refuse_programs(listing: Listing) -> None:
    """FileError for a numbered file that is no SQL: the tool runs it, and the history would have a hole. Pure."""
    for name in listing.names:
        if _PROGRAM.match(name):
            raise FileError(
                f"{listing.folder / name}: only SQL migrations are run, this is a program or a template",
                hint="Write what it does as SQL in its place (most tools can print it), or move it out of the folder.",
            )


def refuse_strays(listing: Listing, known: re.Pattern[str], tool: str, shape: str) -> None:
    """FileError for a .sql file that the tool would not take for a migration. Pure."""
    for name in listing.sql:
        if not known.search(name):
            raise FileError(
                f"{listing.folder / name} is no migration of {tool}, as the others here are",
                hint=f"Its migrations are called {shape}: rename it, or move it out of the folder.",
            )


def refuse_twins(listing: Listing, versions: Sequence[tuple[object, str]]) -> None:
    """GraphError where two files carry one version. Pure."""
    seen: dict[object, str] = {}
    for version, name in versions:
        if version in seen:
            raise GraphError(
                f"{listing.folder / name} and {seen[version]} carry one version",
                hint="Give the one that was not applied yet a number of its own.",
            )
        seen[version] = name


def unwrap(text: str) -> str:
    """Blank the BEGIN and COMMIT of a script, in pairs: the runner's own transaction takes the place of all. Pure.

    Whatever else ends a transaction stays, and so do all of them where one has no other half: it is refused when run.
    """
    if not may_end_transaction(text):
        return text
    from slate_pg.postgres.statements import split

    try:
        ending = [s for s in split(text) if s.ends_transaction]
    except FileError:  # said, with its place, when it is run
        return text
    if len(ending) % 2 or any(s.words not in (_ENDS if i % 2 else _BEGINS) for i, s in enumerate(ending)):
        return text
    for statement in reversed(ending):
        text = text[: statement.start] + blank(statement.text) + text[statement.end :]
    return text


def blank(text: str) -> str:
    """Return a text of the same lines and length with nothing in it, so that what follows keeps its place. Pure."""
    return re.sub(r"[^\r\n]", " ", text)


def has_statement(text: str) -> bool:
    """Tell whether a text holds a statement, or what cannot be told apart as one. Pure."""
    from slate_pg.postgres.statements import split

    try:
        return bool(split(text))
    except FileError:
        return True

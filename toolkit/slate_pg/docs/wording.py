"""The words and marks of pages that are made of values: filters of the templates. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Sequence
from typing import Any

from markupsafe import Markup, escape

from slate_pg.catalog.identity import quote
from slate_pg.docs.model import Access, ForeignKey, Table

# HTML has no way to write them; a reader shall see that they are there.
_UNSEEN = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 127), "�")
_LETTERS = "SIUD"
_COMMANDS = ("select", "insert", "update", "delete")


def visible(value: Any) -> Any:
    """Return a text with its control characters made visible, anything else as it is."""
    return value.translate(_UNSEEN) if type(value) is str else value


def words_of(access: Access) -> tuple[str, str, str, str]:
    """Return the four words of a cell, a command each."""
    return (access.select, access.insert, access.update, access.delete)


def letters(access: Access) -> str:
    """Return a cell's letters: capital for all rows, small where policies or a view decide, * for some columns."""
    if not level(access):
        return "–"
    return "".join(_letter(letter, word) for letter, word in zip(_LETTERS, words_of(access), strict=True))


def _letter(letter: str, word: str) -> str:
    if word == "none":
        return "–"
    whole = word in ("all", "columns")
    return (letter if whole else letter.lower()) + ("*" if "columns" in word else "")


def level(access: Access) -> int:
    """Return how much a role may: 0 nothing, 1 read some, 2 read all, 3 write some, 4 write all."""
    reads, *writes = words_of(access)
    if any(word in ("all", "columns") for word in writes):
        return 4
    if any(word != "none" for word in writes):
        return 3
    return {"none": 0, "all": 2, "columns": 2}.get(reads, 1)


def sentence(access: Access) -> str:
    """Return a cell in words: `select own rows, update all`, or `nothing`."""
    said = [f"{c} {w}" for c, w in zip(_COMMANDS, words_of(access), strict=True) if w != "none"]
    return "; ".join(said) or "nothing"


def why_command(access: Access, table: Table) -> str:
    """Return the command that says why a person sees a row, as a shell takes it."""
    return f"slate why {shlex.quote(access.role)} PERSON {shlex.quote(sql_name(table))} KEY"


def sql_name(table: Table) -> str:
    """Return a table's name as SQL has it."""
    return f"{quote(table.schema)}.{quote(table.name)}"


def roles_of(tables: Sequence[Table]) -> list[str]:
    """Return every role that may do anything with any of the tables, in the order they are met."""
    return list(dict.fromkeys(access.role for table in tables for access in table.access if level(access)))


def access_of(table: Table, role: str) -> Access | None:
    """Return what a role may do with a table, None where nothing is said of it."""
    return next((access for access in table.access if access.role == role), None)


def target_of(table: Table, column: str) -> ForeignKey | None:
    """Return the first foreign key that a column is in."""
    return next((key for key in table.foreign_keys if column in key.columns), None)


def first_sentence(words: str) -> str:
    """Return a comment's first sentence, for lists."""
    return re.split(r"(?<=[.!?])\s|\n", words.strip(), maxsplit=1)[0]


def opened(words: str) -> str:
    """Return words with a capital at their beginning."""
    return words[:1].upper() + words[1:]


def schemas_of(tables: Sequence[Table]) -> list[str]:
    """Return the schemas of tables, in order."""
    return sorted({table.schema for table in tables})


def breakable(name: str) -> Markup:
    """Return a name as HTML that may be broken after each underscore and dot; one of blanks alone in quotes."""
    shown = visible(name) if name.strip() or not name else f'"{name}"'
    return Markup(re.sub(r"([_.])(?=.)", r"\1<wbr>", str(escape(shown))))  # noqa: S704 - escaped before


def count(number: int, noun: str) -> str:
    """Return a number with its noun: `1 table`, `2 tables`."""
    plural = noun[:-1] + "ies" if noun.endswith("y") else noun + ("es" if noun.endswith(("x", "ch")) else "s")
    return f"{number:,} {noun if number == 1 else plural}"


FILTERS: dict[str, Callable[..., Any]] = {
    f.__name__: f
    for f in (
        letters, level, sentence, words_of, why_command, sql_name, access_of, target_of, first_sentence,
        schemas_of, opened, breakable, count, quote,
    )
}  # fmt: skip

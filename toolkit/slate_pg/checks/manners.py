"""The rules that migrations are held to as texts, each a function over one product's files.

Pure. The docstring of a rule is what it demands, and after the colon why.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from slate_pg.config import Product
from slate_pg.migrations.files import Migration
from slate_pg.migrations.script import Script

_UNREAD = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'", re.S)
_HIDES = re.compile(r"\bdrop\b[^;]*?\bif\s+exists\b", re.I)
_TAKES_ALONG = re.compile(r"(?:\bdrop\b|\btruncate\b|\brevoke\b)[^;]*?\bcascade\b", re.I)
_REFERENCES = re.compile(r"\bon\s+(?:delete|update)\s+cascade\b", re.I)
_LOSES = re.compile(
    r"\b(drop\s+table|drop\s+materialized\s+view|drop\s+column|truncate|delete\s+from|update)\s+(\"[^\"]+\"|[\w.]+)",
    re.I,
)
_DROPS_COLUMN = re.compile(
    r"\balter\s+table\b[^;]*\bdrop\s+(?!constraint\b|default\b|not\b|identity\b|expression\b)", re.I
)
_SAYS = re.compile(r"\brollback\b.{0,60}?\b(?:los|chang|delet|empt|keep|refus|restor|undo)", re.I | re.S)
_SAYS_NOTHING = re.compile(r"\brollback\s+loses:\s*nothing\s*(?:\.|$)", re.I | re.M)


@dataclass(frozen=True)
class Fault:
    """One place in a file where a rule does not hold: the script, the line from 1, and what was found."""

    script: Script
    line: int
    found: str


def schema_unnamed(product: Product, migrations: Sequence[Migration]) -> Iterator[Fault]:
    """Name in no file the schema that it is installed in: else it builds there whatever --as says, or nowhere.

    Where one folder builds several schemas they have to be named, and are not looked for.
    """
    if product.schemas:
        return
    name = re.escape(product.schema)
    named = re.compile(rf'(?<![\w."$])(?:{name}|"{name}")\s*\.\s*[\w"]', re.I)
    alias = re.compile(rf'\b(?:as|from|join|into|update|with|,)\s+"?{name}"?\s*(?![\w.\s"])', re.I)
    for script in _scripts(migrations):
        text = _code(script.text)
        if (found := named.search(text)) and not alias.search(text):
            yield Fault(script, _line(text, found.start()), f'names its own schema "{product.schema}"')


def rollback_exact(product: Product, migrations: Sequence[Migration]) -> Iterator[Fault]:
    """Say neither CASCADE nor IF EXISTS in a rollback: it undoes its migration, neither more nor perhaps."""
    for migration in migrations:
        if migration.rollback is None:
            continue
        text = _REFERENCES.sub(lambda m: " " * len(m[0]), _code(migration.rollback.text))
        for pattern, said in (
            (_TAKES_ALONG, "CASCADE drops along what nobody has named"),
            (_HIDES, "IF EXISTS hides that something was not there"),
        ):
            if found := pattern.search(text):
                yield Fault(migration.rollback, _line(text, found.end()), said)


def rollback_says_loss(product: Product, migrations: Sequence[Migration]) -> Iterator[Fault]:
    """Say in the head of a migration what its rollback loses or changes: who goes back at night reads that first."""
    for migration in migrations:
        if migration.rollback is None:
            continue
        text = _code(migration.rollback.text)
        found = _LOSES.search(text) or _DROPS_COLUMN.search(text)
        if not found:
            continue
        heads = f"{migration.apply.head}\n{migration.rollback.head}"
        what = " ".join(found[0].split())
        if not _SAYS.search(heads):
            said = f"{what}, and neither head says what that loses: `-- Rollback loses: …`"
        elif _SAYS_NOTHING.search(heads):
            said = f"{what}, and the head says that it loses nothing"
        else:
            continue
        yield Fault(migration.rollback, _line(text, found.start()), said)


MANNERS: dict[str, Callable[[Product, Sequence[Migration]], Iterator[Fault]]] = {
    rule.__name__: rule for rule in (schema_unnamed, rollback_exact, rollback_says_loss)
}
SEVERITY = {"schema_unnamed": "integrity", "rollback_exact": "integrity", "rollback_says_loss": "cosmetic"}


def _scripts(migrations: Sequence[Migration]) -> Iterator[Script]:
    for migration in migrations:
        yield migration.apply
        if migration.rollback:
            yield migration.rollback


def _code(text: str) -> str:
    """Return a text with blanks in place of comments and strings; the bodies of functions are code."""
    return _UNREAD.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1

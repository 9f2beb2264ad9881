"""Tells which migration made and changed an object, and what a migration's header says. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from slate_pg.catalog.identity import Identity
from slate_pg.catalog.model import Facts
from slate_pg.docs import model
from slate_pg.migrations.files import Migration
from slate_pg.migrations.script import BigScript, Script, head_lines

_ANSWER = re.compile(r"\s*\b(Why|Locks?|Rollback loses|Rollback)\s*:\s*", re.I)
# What the tools of all layouts are told, or write, in comments, and is no word for people.
_DIRECTIVE = re.compile(
    r"(?:depends|transactional|transaction|variables|backfill|replaces|migrate|requires|noqa|sqlfluff)\s*:"
    r"|(?:create|alter|drop|add|rename|redefine)(?:table|enum|index|foreignkey|primarykey|extension)s?\s*$"
    r"|no-transaction\b|\+(?:goose|migrate)\b|!|(?:up|down) migration\s*$|squawk-ignore|deploy \S+ to \w+|[-=*#]+\s*$",
    re.I,
)
_FIELDS = {"why": "why", "lock": "locks", "locks": "locks", "rollback loses": "loses", "rollback": "loses"}
_RELATIONS = ("table", "view", "materialized view", "foreign table", "sequence")
_ROUTINES = ("function", "procedure", "aggregate")


def read_preamble(text: str) -> str:
    """Return what a header says before its answers, as a first migration does of its product; nothing without any."""
    said, *answers = _ANSWER.split(_joined(_said(text)), maxsplit=1)
    return said.strip("\n ") if answers else ""


def read_header(text: str) -> dict[str, str]:
    """Return what the comment that a migration begins with says: why, locks and loses; all of it as why else.

    Lines that are set in, as those of a list or a drawing, stay lines.
    """
    parts = _ANSWER.split(_joined(_said(text)))
    found = {"why": parts[0].strip("\n ")} if parts[0].strip() else {}
    for word, answer in zip(parts[1::2], parts[2::2], strict=True):
        name = _FIELDS[word.lower()]
        gap = "\n" if "\n" in found.get(name, "") else " "
        found[name] = f"{found[name]}{gap}{answer}".strip() if found.get(name) else answer.strip()
    return found


def _said(text: str) -> list[str]:
    """Return the lines of the comment that a text begins with, without those that a tool is told."""
    said = [line.strip().removeprefix("--").rstrip() for line in head_lines(text).splitlines()]
    return [line for line in said if line.strip() and not _DIRECTIVE.match(line.strip())]


def _joined(lines: Iterable[str]) -> str:
    """Return lines as one text, a space between two; a line end around those set in that no answer goes on with."""
    text, last, answering = "", False, False
    for line in lines:
        answering = answering or bool(_ANSWER.match(line))
        inset = line.startswith("   ") and not answering
        text += ("\n" if inset or last else " ") + (line[1:] if inset else line.strip())
        last = inset
    return text.strip(" ")


def describe(migration: Migration, root: Path, applied: Iterable[model.Applied] = ()) -> model.Migration:
    """Return a migration as documentation shows it; of a big one what it begins with. Reads its file."""
    text = _text(migration.apply)
    said = read_header(text)
    return model.Migration(
        migration.id,
        _relative(migration.apply.path, root),
        said.get("why", ""),
        said.get("locks", ""),
        said.get("loses", "") or ("" if migration.rollback else "it has no rollback"),
        migration.depends,
        text,
        _text(migration.rollback) if migration.rollback else "",
        tuple(applied),
    )


def _text(script: Script) -> str:
    return script.head if isinstance(script, BigScript) else script.text


def _relative(path: Path, root: Path) -> str:
    try:
        return path.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return path.name


class Origin:
    """Which migration made, and which changed, each table, view and function: built from catalogs, one a migration."""

    def __init__(self, facts: Facts) -> None:
        self.before = facts
        self.found: dict[Identity, list[str]] = {}

    def note(self, migration: str, facts: Facts) -> None:
        """Take what the catalog is after a migration."""
        touched = {identity for identity in facts if facts[identity] != self.before.get(identity)}
        touched |= {identity for identity in self.before if identity not in facts}
        by_name = {i.qualified: i for i in facts if i.kind in _RELATIONS and not i.on}
        for holder in {holder for identity in touched for holder in _holders(identity, facts, self.before, by_name)}:
            history = self.found.setdefault(holder, [])
            if history[-1:] != [migration]:
                history.append(migration)
        self.before = facts


def _holders(identity: Identity, facts: Facts, before: Facts, by_name: dict[str, Identity]) -> Iterable[Identity]:
    """Yield the table, view or function that an object is or belongs to, where it is still there."""
    root = [identity, *identity.chain][-1]
    if root.kind in (*_RELATIONS, *_ROUTINES) and not root.on and root in facts:
        yield root
    table = (facts.get(identity) or before.get(identity) or {}).get("table")
    if table in by_name and by_name[table] != root:
        yield by_name[table]

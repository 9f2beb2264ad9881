"""Finds what is missing or changed in a ledger: it says twice what is applied, in rows and in its history.

Pure. Events are counted, not put in order by their time: a clock may have gone back between two of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from slate_pg.config import Product
from slate_pg.migrations.files import Migration

ROW, HISTORY, LEDGER, HALF_DONE = "row", "history", "ledger", "half done"
TEXT, ROLLBACK_TEXT, LOST_TEXT = "text", "rollback text", "text missing"

_NAME = r"((?:\"(?:[^\"]|\"\")+\"|[^\W\d][\w$]*)(?:\s*\.\s*(?:\"(?:[^\"]|\"\")+\"|[^\W\d][\w$]*))?)"
_EVENTS = (
    rf"(?i)(?:\A|;)\s*(?:(?P<path>SET\s+(?:SESSION\s+|LOCAL\s+)?search_path\b)"
    rf"|CREATE\s+(?:UNLOGGED\s+)?TABLE\s+(?!IF\b){_NAME}\s*(?:\(|PARTITION\b|AS\b|OF\b)"
    r"|(?P<drop>DROP\s+TABLE\b[^;]*))"
)


@dataclass(frozen=True)
class Account:
    """What a ledger has of one migration: its row, whether its texts are their checksums', and counts of its history.

    `last_kind` and `by_slate` are of the event with the highest number.
    """

    id: str
    on_record: bool
    with_text: bool
    agrees: bool
    rollback_agrees: bool
    applied: int
    marked: int
    undone: int
    last_kind: str
    by_slate: bool

    @property
    def is_applied(self) -> bool:
        """Tell whether the history says that it is applied. Being marked twice, as by an adoption, counts once."""
        if self.applied > self.undone:
            return True
        return self.applied + self.marked > self.undone and self.last_kind in ("apply", "mark")


@dataclass(frozen=True)
class Hurt:
    """One thing that is missing or changed: its kind, the migration, a sentence, and the command that repairs it."""

    kind: str
    id: str
    said: str
    repair: str


def find_hurts(accounts: Iterable[Account], repair: str) -> tuple[Hurt, ...]:
    """Return what the rows and the history of a ledger do not say alike, by migration. Pure."""
    return tuple(Hurt(kind, a.id, said, repair) for a in accounts for kind, said in _of(a))


def _of(account: Account) -> Iterable[tuple[str, str]]:
    name = account.id
    if not account.on_record:
        if account.is_applied:
            yield ROW, f"{name} is applied in its history, and its row is missing"
        return
    is_last = account.last_kind in ("apply", "mark")
    if account.with_text and not is_last and account.applied + account.marked <= account.undone:
        yield HISTORY, f"{name} has a row, and its history does not say that it is applied"
    if account.by_slate and is_last and not account.with_text:
        yield LOST_TEXT, f"{name} was applied by slate, and its checksum is missing"
    elif not account.agrees:
        yield TEXT, f"the text of {name} and its checksum do not agree: one of them was changed"
    if not account.rollback_agrees:
        yield (
            ROLLBACK_TEXT,
            f"the rollback of {name} in the ledger is not what its checksum says: one of them was changed",
        )


def half_done(product: Product, begun: Iterable[str], ordered: Sequence[Migration]) -> tuple[Hurt, ...]:
    """Return which of the applies that stopped half way cannot go on, for their files are gone. Pure."""
    known = {m.id for m in ordered}
    return tuple(
        Hurt(HALF_DONE, n, f"{n} stopped half way, and its file is gone", product.command("rollback", "--forget", n))
        for n in begun
        if n not in known
    )


def lost_ledger(schema: str, tables: Sequence[str], ordered: Sequence[Migration], repair: str) -> tuple[Hurt, ...]:
    """Return that a ledger is missing where tables of a schema are such as the files make. Pure."""
    made = _made(schema, ordered) if tables else set()
    found = [table for table in tables if table in made]
    if not found:
        return ()
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    said = f'"{schema}" has no ledger, and has tables that the files make: {", ".join(found[:3])}{more}'
    return (Hurt(LEDGER, "", said, repair),)


def _made(schema: str, ordered: Sequence[Migration]) -> set[str]:
    """Return the tables that files cannot make twice: what they drop first, or make elsewhere, is left out. Pure."""
    from slate_pg.postgres.statements import normalised

    made: set[str] = set()
    dropped, words = "", set[str]()
    for migration in ordered:
        if migration.apply.is_big:
            continue
        moved = False
        for found in re.finditer(_EVENTS, normalised(migration.apply.head)):
            moved = moved or bool(found["path"])
            if found["drop"]:
                dropped += f" {found['drop']}".lower()
                words.update(re.findall(r"\w+", found["drop"].lower()))
            if found[2] is None or moved:
                continue
            *qualifier, table = (_plain(part) for part in re.findall(r"\"(?:[^\"]|\"\")+\"|[\w$]+", found[2]))
            if qualifier in ([], [schema]) and not _is_among(table.lower(), words, dropped):
                made.add(table)
    return made


def _is_among(name: str, words: set[str], text: str) -> bool:
    """Tell whether a text names a table; `words` are the text's, so that most names are not looked for in it."""
    return name in words if re.fullmatch(r"\w+", name) else bool(re.search(rf"\b{re.escape(name)}\b", text))


def _plain(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name.lower()

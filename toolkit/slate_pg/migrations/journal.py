"""Keeps the progress of scripts that cannot be one transaction: a row of the ledger for each statement that was begun.

Says which rows there are and how they are written; running the statements is for stepwise.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from psycopg import sql

from slate_pg.config import Product
from slate_pg.postgres.connection import Connection
from slate_pg.postgres.statements import Statement, normalised

NOW = "pg_catalog.clock_timestamp()"
_READ = 1 << 16  # characters of a statement, beyond which its comments count
_KEPT_TEXT = 2000  # characters of a statement that the journal keeps


@dataclass(frozen=True)
class Entry:
    """What the journal has of a statement: its text's checksum, whether it ended, and what its session held."""

    checksum: str
    done: bool
    note: str | None


@dataclass(frozen=True)
class Journal:
    """Where one script's progress is kept: the installation, the migration and the direction.

    `beside` is SQL that goes with every mark, `without` what takes that back where no mark is left: another tool's word
    for a script under way. `here` are the statements that have run in this session, `base` is who it was before.
    """

    connection: Connection
    product: Product
    migration: str
    direction: str
    beside: str = ""
    without: str = ""
    here: set[int] = field(default_factory=set)
    base: list[tuple[str, str]] = field(default_factory=list)

    @property
    def schema(self) -> str:
        """The installation's schema."""
        return self.product.schema

    def command(self, verb: str, *options: str) -> str:
        """Return the command for this installation, quoted. Pure."""
        return f"`{self.product.command(verb, *options)}`"

    @property
    def ways_out(self) -> str:
        """Say how the script is given up."""
        return (
            f"{self.command('rollback', '--forget', self.migration)} gives the earlier run up; what it has done "
            "is then undone by hand."
        )

    def sql(self, template: str, **values: object) -> str:
        """Return SQL on the journal, which is part of the ledger, values as literals."""
        literals = {k: sql.Literal(v) for k, v in values.items()}
        key = {"id": sql.Literal(self.migration), "kind": sql.Literal(f"{self.direction} statement")}
        table = sql.Identifier(self.schema, "_slate_ledger")
        return sql.SQL(template).format(table=table, **key, **literals).as_string(self.connection)

    def read(self) -> dict[int, Entry]:
        """Return what is known of each statement that was begun, by its number. Reads only."""
        query = self.sql(
            "SELECT number, checksum, ended_at IS NOT NULL, note FROM {table} WHERE kind = {kind} AND key = {id}"
        )
        return {number: Entry(*rest) for number, *rest in self.connection.execute(query)}

    def mark(self, number: int, total: int, statement: Statement, checksum: str, ended: str, note: str | None) -> str:
        """Return the SQL that marks a statement: `ended` is SQL for when, NULL for one that is started."""
        return self.sql(
            "INSERT INTO {table} (kind, key, number, total, checksum, body, ended_at, note) "
            f"VALUES ({{kind}}, {{id}}, {{number}}, {{total}}, {{checksum}}, {{body}}, {ended}, {{note}}) "
            "ON CONFLICT (kind, key, number) DO UPDATE SET checksum = excluded.checksum, total = excluded.total, "
            "body = excluded.body, began_at = excluded.began_at, ended_at = excluded.ended_at, note = excluded.note;",
            number=number, total=total, checksum=checksum, body=(statement.said or statement.text)[:_KEPT_TEXT],
            note=note,
        ) + self.beside  # fmt: skip

    def unstart(self, number: int) -> str:
        """Return the SQL that takes a started mark back. Reads whether it is the only one."""
        only = self.without and not self.read().keys() - {number}
        return self.sql(
            "DELETE FROM {table} WHERE kind = {kind} AND key = {id} AND number = {number} AND ended_at IS NULL;",
            number=number,
        ) + (self.without if only else "")

    def clear(self) -> str:
        """Return the SQL that removes the script's rows, once the ledger has it."""
        return self.sql("DELETE FROM {table} WHERE kind = {kind} AND key = {id};")

    def read_texts(self) -> list[tuple[int, str | None, bool]]:
        """Return number, text and whether finished of each statement that was begun, in order. Reads only."""
        query = self.sql(
            "SELECT number, body, ended_at IS NOT NULL FROM {table} WHERE kind = {kind} AND key = {id} ORDER BY number"
        )
        return [(n, text, done) for n, text, done in self.connection.execute(query)]


def checksums(statement: Statement) -> tuple[str, str]:
    """Return what tells a statement from another that does something else, and the checksum of every character.

    Comments and line ends make no difference to the first; the second is what an older slate kept. Data that comes
    once is used up by this.
    """
    text, data = statement.said or statement.text, statement.copy_data or ""  # a checksum of a secret could be guessed
    meant = hashlib.sha256((text if len(text) > _READ else normalised(text)).encode())
    whole = hashlib.sha256(text.encode())
    for chunk in [data.encode()] if isinstance(data, str) else data:
        meant.update(chunk.replace(b"\r\n", b"\n"))
        whole.update(chunk)
    return meant.hexdigest(), whole.hexdigest()

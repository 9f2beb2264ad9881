"""Keeps another tool's ledger beside Slate's while a team moves: a migration is recorded in both, in one transaction.

That it is so stands in Slate's ledger, so that every runner does it. Reads only; returns SQL for the runner to send.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from slate_pg.config import Product
from slate_pg.errors import FileError, GraphError, Misuse, SlateError
from slate_pg.migrations import ledger
from slate_pg.migrations.files import Migration
from slate_pg.migrations.state import State
from slate_pg.postgres.connection import Connection, package_sql
from slate_pg.postgres.later import later, sql

if TYPE_CHECKING:
    from slate_pg.migrations import others, theirs
    from slate_pg.migrations.tools import Tool
else:  # few keep another ledger
    others, theirs = later("slate_pg.migrations.others"), later("slate_pg.migrations.theirs")

KIND, KEY = "setting", "keep-theirs"
SINCE = 3  # the first version of the ledger that has settings
_SETTING = f"SELECT note FROM {{schema}}._slate_ledger WHERE kind = '{KIND}' AND key = '{KEY}'"


@dataclass(frozen=True)
class Kept:
    """Which tool's ledger is kept, and where that is."""

    tool: Tool
    schema: str
    table: str

    @property
    def note(self) -> str:
        """How it stands in Slate's ledger; a place in the installation's own schema goes where that goes."""
        return json.dumps(
            {"tool": self.tool.name, "schema": self.schema if self.tool.schema else None, "table": self.table}
        )


def find(connection: Connection, schema: str, version: int | None) -> Kept | None:
    """Return which other ledger an installation keeps, None where it keeps but its own. Reads only."""
    if version is None or version < SINCE:
        return None
    rows = ledger.select_rows(connection, schema, _SETTING)
    if not rows:
        return None
    from slate_pg.migrations.tools import TOOLS

    said = json.loads(rows[0][0])
    tool = next((t for t in TOOLS if t.name == said["tool"]), None)
    if tool is None:
        raise SlateError(
            f'"{schema}" keeps the ledger of {said["tool"]} too, which this slate does not know',
            hint="Nothing was written. Use the newer slate that wrote that.",
        )
    return Kept(tool, said["schema"] or schema, said["table"])


def with_theirs(connection: Connection, product: Product, ordered: Sequence[Migration], state: State) -> State:
    """Return a state with what another ledger says that is kept too. Reads only."""
    kept = find(connection, product.schema, state.version)
    if kept is None:
        return state
    try:
        check_table(connection, product, kept, writes=False)
        apart = compare(connection, kept, ordered, state)
    except SlateError as error:
        apart = (error.message,)
    return replace(state, keeps=kept.tool.name, apart=apart)


def refuse(tool: str) -> None:
    """Misuse for a tool whose rows only it can write. Pure."""
    if tool in theirs.REFUSED:
        why, hint = theirs.REFUSED[tool]
        raise Misuse(f"the ledger of {tool} cannot be kept: {why}", hint=hint)


def enter(connection: Connection, schema: str, kept: Kept) -> str:
    """Return the SQL that says in Slate's ledger that another is kept."""
    return ledger.format_sql(
        connection,
        schema,
        "DELETE FROM {schema}._slate_ledger WHERE kind = {kind} AND key = {key}; "
        "INSERT INTO {schema}._slate_ledger (kind, key, number, note) VALUES ({kind}, {key}, 0, {note});",
        kind=KIND, key=KEY, note=kept.note,
    )  # fmt: skip


def leave(connection: Connection, schema: str) -> str:
    """Return the SQL that says that no other is kept any more."""
    template = "DELETE FROM {schema}._slate_ledger WHERE kind = {kind} AND key = {key};"
    return ledger.format_sql(connection, schema, template, kind=KIND, key=KEY)


@dataclass
class Keeper:
    """Follows one run on one installation that keeps another ledger too, and returns the SQL of that one's rows.

    `applied` are the ids that the installation has, in order, and `files` the migrations that there are, by id.
    """

    connection: Connection
    product: Product
    kept: Kept
    applied: list[str]
    files: dict[str, Migration]
    columns: frozenset[str]

    def record(self, name: str, direction: str, milliseconds: float | sql.SQL | None) -> str:
        """Return the SQL that records a migration as the other tool does, applied or undone."""
        return self._write(self._writer.applied if direction == "apply" else self._writer.undone, name, milliseconds)

    def repeat(self, path: Path, milliseconds: float) -> str:
        """Return the SQL that records a repeatable file, where it is one of that tool's."""
        if self.kept.tool.name != "flyway" or not path.name.startswith("R__"):
            return ""
        return self._filled(theirs.flyway_repeatable(path, self.product.migrations, milliseconds))

    def begin(self, name: str, direction: str) -> str:
        """Return the SQL that says that a script of many transactions is under way, where the tool has that."""
        return self._write(self._writer.begun, name) if direction == "apply" else ""

    def give_up(self, name: str, direction: str) -> str:
        """Return the SQL that takes back what `begin` has written."""
        return self._write(self._writer.left, name) if direction == "apply" else ""

    def accept(self, name: str, direction: str) -> None:
        """Take what was recorded for granted: it is committed."""
        if direction == "apply":
            self.applied.append(name)
        elif name in self.applied:
            self.applied.remove(name)

    def refuse_unknown(self, migrations: Sequence[Migration]) -> None:
        """FileError for a migration that the other tool could not find by the row that is written for it. Pure."""
        tool = self.kept.tool
        for migration in migrations:
            named = (
                self._writer.knows.search(migration.id) and not migration.replaces
            )  # no other tool has our baselines
            if not named or (tool.name == "graphile-migrate" and tool.checksum(migration) is None):
                raise FileError(
                    f"{migration.apply.path}: {tool.name}, whose ledger is kept too, would not know it by a row there",
                    hint=f"Write it as {tool.name} does. Or end keeping both: "
                    f"`{self.product.command('adopt', '--leave-theirs')}`.",
                )

    @property
    def _writer(self) -> theirs.Writer:
        return theirs.WRITERS[self.kept.tool.name]

    def _write(
        self,
        form: Callable[[theirs.Entry], theirs.Statement],
        name: str,
        milliseconds: float | sql.SQL | None = 0,
    ) -> str:
        known = [n for n in self.applied if self._writer.knows.search(n) and n != name]
        before = known[-1] if known else None
        entry = theirs.Entry(
            name, self.files.get(name), before, milliseconds, self.product.migrations, self.columns
        )  # fmt: skip
        return self._filled(form(entry))

    def _filled(self, statement: theirs.Statement) -> str:
        template, values = statement
        if not template:
            return ""
        table = sql.SQL(sql.Identifier(self.kept.table).as_string(self.connection))
        return ledger.format_sql(self.connection, self.kept.schema, f"{template};", table=table, **values)


def record(kept: Sequence[Keeper], name: str, direction: str, milliseconds: float | sql.SQL | None) -> str:
    """Return the SQL that records a migration in the other ledgers that a run keeps."""
    return "".join(keeper.record(name, direction, milliseconds) for keeper in kept)


def beside(kept: Sequence[Keeper], name: str, direction: str) -> tuple[str, str]:
    """Return the SQL that says in other ledgers that a script of many transactions is under way, and that it is not."""
    return "".join(k.begin(name, direction) for k in kept), "".join(k.give_up(name, direction) for k in kept)


def open_keepers(
    connection: Connection,
    product: Product,
    ordered: Sequence[Migration],
    state: State,
    chosen: Sequence[Migration] = (),
) -> list[Keeper]:
    """Return what follows a run of an installation that keeps another ledger, one or none. Reads only.

    SlateError where that ledger cannot be written, GraphError where it says something else than Slate's, FileError for
    one of `chosen` that the other tool could not find.
    """
    kept = find(connection, product.schema, state.version)
    if kept is None:
        return []
    columns = check_table(connection, product, kept)
    _refuse_apart(connection, product, kept, ordered, state)
    keeper = Keeper(connection, product, kept, [a.id for a in state.applied], {m.id: m for m in ordered}, columns)
    keeper.refuse_unknown(chosen)
    return [keeper]


def check_table(connection: Connection, product: Product, kept: Kept, *, writes: bool = True) -> frozenset[str]:
    """Return the columns of another tool's ledger. SlateError where it is none, or cannot be written. Reads only."""
    names = {"schema": kept.schema, "table": kept.table}
    row = connection.execute(package_sql("migrations/find_writable"), names).fetchone()
    end = f"Or end it: `{product.command('adopt', '--leave-theirs')}`."
    name = f"{kept.schema}.{kept.table}"
    if row is None:
        raise SlateError(
            f'"{product.schema}" keeps the ledger of {kept.tool.name} too, and {name} is no table any more',
            hint=f"Nothing was written. Put it back. {end}",
        )
    columns, runs, may = row
    if runs:
        raise SlateError(
            f"{name} has triggers or rules: what is written there runs what somebody else wrote",
            hint=f"Nothing was written. Drop them. {end}",
        )
    if writes and not may:
        raise SlateError(
            f'"{connection.info.user}" may not write to {name}, the ledger of {kept.tool.name}, which is kept too',
            hint=f"Nothing was written. As its owner: GRANT SELECT, INSERT, UPDATE, DELETE ON {name} TO … {end}",
        )
    return frozenset(columns)


def compare(connection: Connection, kept: Kept, ordered: Sequence[Migration], state: State) -> tuple[str, ...]:
    """Return in sentences what the other tool has run, undone or left half way meanwhile. Reads only."""
    found = others.read(connection, kept.tool, kept.schema, kept.table)
    begun = {i.id for i in state.interrupted}
    tool, keys = kept.tool.name, {theirs.key_of(kept.tool, a.id): a.id for a in state.applied}
    files = {kept.tool.key(m): m.id for m in ordered}
    half = [r.key for r in found.recorded if r.failed and files.get(r.key, keys.get(r.key)) not in begun]
    done = {m.id for m in others.matching(found, ordered)}
    more = [m.id for m in ordered if m.id in done and m.id not in {*keys.values()} | begun]
    more += [r.key for r in found.recorded if r.key not in files and r.key not in keys]
    known = {r.key for r in found.recorded}
    less = [
        name
        for key, name in keys.items()
        if theirs.WRITERS[tool].knows.search(name) and not (key in known or name in done)
    ]
    said = []
    if half:
        said.append(f"{tool} says that {half[0]} failed or was never ended")
    if more and not half:
        said.append(f"{tool} has run {_some(more)} meanwhile")
    if less:
        said.append(f"{tool} has no row of {_some(less)}, which is applied")
    return tuple(said)


def _some(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def _refuse_apart(
    connection: Connection, product: Product, kept: Kept, ordered: Sequence[Migration], state: State
) -> None:
    if said := compare(connection, kept, ordered, state):
        raise GraphError(
            f'"{product.schema}" keeps the ledger of {kept.tool.name} too: {said[0]}',
            detail=[f"  {more}" for more in said[1:]],
            hint=f"Nothing was written. {say_way(product, kept)}",
        )


def say_way(product: Product, kept: Kept) -> str:
    """Return the sentence that says how two ledgers come together again. Pure."""
    return (
        f"`{product.command('adopt', '--from', kept.tool.name)}` takes over what it says, if the schema is as it says; "
        f"`{product.command('adopt', '--leave-theirs')}` leaves it."
    )

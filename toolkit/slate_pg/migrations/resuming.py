"""Says no before a script that is no transaction goes on: to what was edited, to what nobody can know of.

Writes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from slate_pg.errors import EditedError, FileError, MigrationFailed, Where
from slate_pg.migrations.files import Script
from slate_pg.migrations.journal import Entry, Journal
from slate_pg.migrations.wreckage import CREATE_INDEX
from slate_pg.postgres.statements import Statement, normalised

MAY_COMMIT = (("CALL",), ("DO",))  # the first words of what may commit as it goes


def check_known(
    journal: Journal,
    script: Script,
    statements: Sequence[Statement],
    sums: Sequence[tuple[str, str]],
    known: Mapping[int, Entry],
) -> None:
    """EditedError for a statement that was begun with another text: what it has done is not what stands there now."""
    for number, entry in sorted(known.items()):
        if number > len(statements) or entry.checksum not in sums[number - 1]:
            state = "finished" if entry.done else "under way"
            at = statements[min(number, len(statements)) - 1].start if statements else 0
            where = script.place(at)
            raise EditedError(
                f"{script.path}:{where.line}: statement {number} was {state} in an earlier run and has been "
                f"edited since{', or its variables have other values now' if script.has_variables else ''}",
                hint=f"Put it back as it was; statements after it may be corrected. Or {journal.ways_out}",
                where=Where(str(script.path), where.line, where.column, f"statement {number} was edited"),
            )


def check_cut_short(
    journal: Journal, script: Script, statements: Sequence[Statement], known: Mapping[int, Entry], again: bool
) -> None:
    """MigrationFailed for a statement that commits as it goes and did not end: nobody knows what it has done."""
    for number, entry in known.items():
        statement = statements[number - 1]
        if entry.done or again or statement.words[:1] not in MAY_COMMIT:
            continue
        where = script.place(statement.start)
        raise MigrationFailed(
            f"{script.path}:{where.line}: cannot go on: this statement commits as it goes and was cut short, so what "
            "it has done is not known",
            detail=[f"{where.line:>5} | {where.text[:160]}"],
            hint="Nothing was run. Look at what it has done. Where it may run again from its start, "
            f"{journal.command(journal.direction, '--again', journal.migration)} runs it. Or {journal.ways_out}",
            where=Where(str(script.path), where.line, where.column, "commits as it goes and was cut short"),
        )


def check_names(script: Script, statements: Sequence[Statement]) -> None:
    """FileError for a concurrent index without a name: after a crash nobody could tell whether it is there."""
    for statement in statements:
        text = normalised(statement.text)
        if re.match(r"create\s+(?:unique\s+)?index\s+concurrently\b", text, re.I) and not CREATE_INDEX.match(text):
            where = script.place(statement.start)
            raise FileError(
                f"{script.path}:{where.line}: CREATE INDEX CONCURRENTLY without a name",
                hint="Name the index, so that an interrupted build can be found again.",
                where=Where(str(script.path), where.line, where.column, "CREATE INDEX CONCURRENTLY without a name"),
            )

"""Drafts a baseline from what was built, and holds what it builds against what the files build.

Works on disposable servers; writes no file.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from slate_pg.catalog import compare, reader
from slate_pg.checks import replay
from slate_pg.errors import SlateError
from slate_pg.migrations.files import Migration, Script
from slate_pg.operations.baseline_build import Bench, Contents, Dump
from slate_pg.operations.baseline_rows import Moving, compare_rows
from slate_pg.operations.baseline_text import Source, migration_of, rollback_of
from slate_pg.operations.cluster_parts import write_parts

# A default of the migrations' own, as pg_dump writes it, and its mirror.
_CLOSES = "ALTER DEFAULT PRIVILEGES FOR ROLE CURRENT_USER REVOKE ALL ON FUNCTIONS FROM PUBLIC;"
_OPENS = "ALTER DEFAULT PRIVILEGES FOR ROLE CURRENT_USER GRANT ALL ON FUNCTIONS TO PUBLIC;"
_CLOCK = "-- What follows the calendar, as of the day that this runs."
_PERFORMS = re.compile(r"DO \$(\w*)\$\s*BEGIN\s+(?:PERFORM [^;]+;\s*)+END;?\s*\$\1\$", re.I)  # calls, and nothing else
_NO_WAY_BACK = """DO $$
BEGIN
    RAISE EXCEPTION 'this baseline cannot be undone: drop the schema, or restore a backup';
END;
$$;
"""


@dataclass(frozen=True)
class Draft:
    """The statements of a baseline and of its rollback, and those of its files that follow the calendar."""

    up: tuple[str, ...]
    down: tuple[str, ...]
    clock: tuple[str, ...]

    def text(self, head: str, listed: str) -> str:
        """Return the migration's file. Pure."""
        clock = ["\n".join([_CLOCK, *self.clock])] if self.clock else []
        return "\n\n".join([head, *_spaced(self.up), *clock, listed]) + "\n"

    def rollback(self) -> str:
        """Return the rollback's file. Pure."""
        return "\n".join(self.down) + "\n"


@dataclass(frozen=True)
class Proven:
    """The texts of a baseline that was proven, how long it took to build in seconds, and what is to be known of it."""

    up: str
    down: str
    seconds: float
    notes: list[str] = field(default_factory=list)


def _spaced(statements: Sequence[str]) -> list[str]:
    """Return the statements as paragraphs: what is short and of one kind stands together. Pure."""
    paragraphs: list[str] = []
    last = ""
    for statement in statements:
        words = statement.split()[:2]
        kind = "" if "\n" in statement else "GRANT" if words[0] in ("GRANT", "REVOKE") else " ".join(words)
        if paragraphs and kind and kind == last:
            paragraphs[-1] += f"\n{statement}"
        else:
            paragraphs.append(statement)
        last = kind
    return paragraphs


def draft(dump: Dump, contents: Contents, source: Source, clock: Sequence[str], rows: Mapping[str, list[str]]) -> Draft:
    """Return the statements that build what was dumped, and those that undo it; `rows` stand for a table's. Pure."""
    up = migration_of(dump.text, source, rows, [f"GRANT EXECUTE ON ROUTINE {name} TO PUBLIC;" for name in dump.opened])
    schemas = next((i for i, s in enumerate(up) if not s.startswith(("CREATE SCHEMA ", "SET LOCAL "))), len(up))
    roles = write_parts(contents.cluster, source.schema if source.relative else "", source.role)
    closes = any(" ".join(s.split()) == _CLOSES for s in up)  # pg_dump 15 writes two blanks
    up[schemas:schemas] = _extensions(dump, source, closes=closes)
    down = rollback_of(dump.cleaning, source)
    places = {source.schema, *contents.made.schemas}
    gone = [f"DROP EXTENSION {_name(e.name)};" for e in reversed(dump.extensions) if e.schema in places]
    at = next((i for i, s in enumerate(down) if s.startswith(("DROP SCHEMA ", "DO "))), len(down))
    return Draft((*roles, *up), (*down[:at], *gone, *down[at:]), tuple(clock))


def _extensions(dump: Dump, source: Source, *, closes: bool) -> list[str]:
    """Return what makes the extensions; those of closed functions under the default that closes them."""
    made = [
        f"CREATE EXTENSION IF NOT EXISTS {_name(e.name)}"
        + ("" if source.relative and e.schema == source.schema else f" WITH SCHEMA {_name(e.schema)}")
        + ";"
        for e in sorted(dump.extensions, key=lambda e: closes and e.closed)
    ]
    number = len(made) - sum(e.closed for e in dump.extensions)
    return [*made[:number], _CLOSES, *made[number:], _OPENS] if closes and number < len(made) else made


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def find_clock(contents: Contents, migrations: Sequence[Migration]) -> list[str]:
    """Return the statements of files that make the partitions of today: calls that name a table of periods. Pure."""
    parents = {name.rpartition(".")[2].strip('"') for name in contents.catalog.periods.values()}
    found = [
        statement.text
        for migration in migrations
        if parents and not migration.apply.is_big
        for statement in migration.apply.outline()
        if (statement.words[:1] == ("SELECT",) or _PERFORMS.match(statement.text))
        and any(re.search(rf"'(?:[^']*\.)?\"?{re.escape(parent)}\"?'", statement.text) for parent in parents)
        and not re.search(r"\bfrom\b", statement.text, re.I)
    ]
    return list(dict.fromkeys(s if s.endswith(";") else f"{s};" for s in found))


def prove(
    on: Bench, baseline: tuple[str, Path], text: str, rollback: str, expected: Contents, moving: Collection[Moving]
) -> Proven:
    """Build a baseline, by id and path, hold it against what is expected, and undo it. Writes to a throw-away server.

    SlateError, with what differs, where it is not equal. A rollback that does not lead back is not kept.
    """
    name, path = baseline
    replay.prepare(on.run())
    before = reader.read(on.connection)
    undo = Script(path.with_name(f"{name}.rollback.sql"), rollback)
    migration = Migration(name, (), Script(path, text), undo)
    seconds = on.build([migration])
    found = on.read(seconds)
    differing = _differing(expected, found, moving)
    if differing:
        raise SlateError(
            f"{on.product.name}: one file cannot build what the migrations build; {len(differing)} differ",
            detail=[f"  {line}" for line in differing[:20]]
            + ([f"  … {len(differing) - 20} more"] if len(differing) > 20 else []),
            hint="Nothing was written. Choose an --at before what makes these.",
        )
    try:
        replay.down(on.run(), migration)
        after = compare.compare(before, reader.read(on.connection))
        # Others may use an extension by now, and roles belong to the whole server.
        left = [d for d in after if d.object.kind != "extension" and not d.object.of_cluster]
        reason = str(left[0]) if left else ""
    except SlateError as error:
        reason = " ".join([error.message, *error.detail[:1]])
    if not reason:
        return Proven(text, rollback, seconds)
    return Proven(text, _NO_WAY_BACK, seconds, [f"its rollback only says that it cannot be undone: {reason}"])


def _differing(expected: Contents, found: Contents, moving: Collection[Moving]) -> list[str]:
    """Return in words what a baseline builds otherwise than the files. Pure."""
    lines = [str(d) for d in compare.compare(expected.catalog, found.catalog)]
    lines += [f"{a}: missing" for a in sorted(expected.made.made - found.made.made)]
    lines += [f"{a}: not expected" for a in sorted(found.made.made - expected.made.made)]
    lines += compare_rows(expected.rows, found.rows, moving)
    for sequence in sorted(expected.sequences.keys() | found.sequences.keys()):
        left_, right_ = expected.sequences.get(sequence), found.sequences.get(sequence)
        if left_ != right_:
            lines.append(f"sequence {sequence}: expected {left_}, found {right_}")
    missing, extra = expected.cluster.without(found.cluster), found.cluster.without(expected.cluster)
    lines += [f"{said}: missing" for said in missing.in_words()]
    return lines + [f"{said}: not expected" for said in extra.in_words()]

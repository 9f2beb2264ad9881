"""Has Alembic or Django print its migrations as SQL, and writes them as files, one migration each.

What the tool does for its own ledger is left out: Slate's takes its place. What cannot be SQL is named. Runs the tool's
own command line, as the operator gives it; connects nowhere by itself.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from slate_pg.config import Product
from slate_pg.errors import Misuse, SlateError, did_you_mean
from slate_pg.migrations.files import ROLLBACK_SUFFIX
from slate_pg.migrations.folders import find_format
from slate_pg.postgres.statements import Statement, split

Ask = Callable[[Sequence[str]], str]
_TRANSACTION = ("BEGIN", "COMMIT", "START", "END")
_STEP = re.compile(r"^-- Running (?P<way>upgrade|downgrade) (?P<from>.*?) ?-> (?P<to>\S*)[ \t]*$", re.M)
_HISTORY = re.compile(r"^.*-> (?P<id>[^\s,]+)(?: \([^)]*\))*, (?P<message>.*)$", re.M)
_VERSION_TABLE = re.compile(r"CREATE TABLE (?P<name>\S+) \(\s*version_num\b", re.I)
_NOT_SQL = re.compile(r"^--\n-- (?P<what>[^\n]+)\n--\n-- THIS OPERATION CANNOT BE WRITTEN AS SQL", re.M)
_DJANGO = """
import io, json
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
executor = MigrationExecutor(connection)
plan = executor.migration_plan(executor.loader.graph.leaf_nodes(), clean_start=True)
def sql(migration, **options):
    out = io.StringIO()
    call_command('sqlmigrate', migration.app_label, migration.name, stdout=out, no_color=True, **options)
    return out.getvalue()
def back(migration):
    try:
        return sql(migration, backwards=True), ''
    except Exception as error:
        return None, str(error)
print('SLATE' + json.dumps([[m.app_label, m.name, sql(m), *back(m), m.atomic] for m, _ in plan]))
"""


@dataclass(frozen=True)
class Printed:
    """A migration as its tool prints it: by which key the tool knows it, its name, and both ways.

    `left_out` are the operations that are no SQL, `why_not` why there is no way back, both in the tool's words.
    """

    key: str
    name: str
    apply: str
    rollback: str | None = None
    left_out: tuple[str, ...] = ()
    why_not: str = ""


@dataclass(frozen=True)
class Converted:
    """What came of it: the files written, the migrations that were there, and what there is to say."""

    written: list[Path] = field(default_factory=list)
    there: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def convert_from(folder: Path, tool: str, command: str | None) -> Converted:
    """Write the migrations that a tool prints and a folder lacks. Errors as the tool says. Writes files.

    Misuse for another tool, and for a folder in another tool's layout.
    """
    if tool not in TOOLS:
        hint = did_you_mean(tool, TOOLS) or f"There are: {', '.join(TOOLS)}; other tools' files are read as they are."
        raise Misuse(f'no migrations are printed by "{tool}"', hint=hint)
    layout = find_format(Product(folder.name, folder, folder, folder.name)) if folder.is_dir() else None
    if layout is not None:
        raise Misuse(f"{folder} is in the layout of {layout.tools}", hint="Say a folder of its own, which is made.")
    read, usual = TOOLS[tool]
    printed = read(lambda arguments: _ask(command or usual, arguments))
    if not printed:
        raise SlateError(f"`{command or usual}` printed no migrations", hint="Is --run the command of that project?")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return _write(folder, printed)
    except OSError as error:
        raise Misuse(f"{error.filename}: {error.strerror}", hint="Say the folder for the files.") from error


def _ask(command: str, arguments: Sequence[str]) -> str:
    """Return what a command prints. SlateError with its last words where it fails."""
    words = [*shlex.split(command), *arguments]
    try:
        done = subprocess.run(words, capture_output=True, text=True, encoding="utf-8", check=False)
    except OSError as error:
        raise SlateError(
            f"{words[0]}: {error.strerror}", hint="Say how it is called here: --run 'poetry run alembic'."
        ) from error
    if done.returncode:
        raise SlateError(
            f"`{shlex.join([*shlex.split(command), *arguments[:1]])} …` failed",
            detail=[f"  {line}" for line in done.stderr.strip().splitlines()[-8:]],
            hint="Nothing was written. Run it where its own configuration is, and with what it needs.",
        )
    return done.stdout


def from_alembic(ask: Ask) -> list[Printed]:
    """Return the revisions as Alembic prints them, in its order. Runs `history`, `upgrade` and `downgrade`."""
    there = ask(["upgrade", "heads", "--sql"])
    messages = {m["id"]: m["message"] for m in _HISTORY.finditer(ask(["history"]))}
    found = _VERSION_TABLE.search(there)
    table = found["name"] if found else "alembic_version"
    try:
        back = {one["from"].strip(): text for one, text in _steps(ask(["downgrade", "heads:base", "--sql"]))}
    except SlateError:  # a downgrade() that raises: there is no way back
        back = {}
    printed = []
    for one, text in _steps(there):
        undo = _cleaned(back.get(one["to"], ""), table)
        printed.append(Printed(one["to"], messages.get(one["to"], ""), _cleaned(text, table) or "", undo))
    return printed


def _steps(text: str) -> Iterable[tuple[re.Match[str], str]]:
    """Yield each step of what Alembic prints, with its SQL. Pure."""
    marks = list(_STEP.finditer(text))
    for mark, after in zip(marks, [*marks, None][1:], strict=True):
        yield mark, text[mark.end() : after.start() if after else len(text)]


def _cleaned(text: str, table: str) -> str | None:
    """Return the statements of a step without transactions and without the tool's own table, None where none is left.

    A step with statements between a COMMIT and the next BEGIN is not transactional.
    """
    own = re.compile(
        rf"(?:insert\s+into|update|delete\s+from|create\s+table|drop\s+table)\s+{re.escape(table)}(?:\s|;|$)", re.I
    )
    kept: list[str] = []
    outside = alone = False
    for statement in split(text):
        if statement.words[:1] and statement.words[0] in _TRANSACTION:
            outside = statement.words[0] not in ("BEGIN", "START")
            continue
        if own.match(statement.text):
            continue
        alone = alone or outside
        kept.append(_text(statement))
    if not kept:
        return None
    return ("-- transactional: false\n\n" if alone else "") + "\n\n".join(kept) + "\n"


def _text(statement: Statement) -> str:
    return statement.text.strip().rstrip(";").rstrip() + ";"


def from_django(ask: Ask) -> list[Printed]:
    """Return the migrations of all apps as Django prints them, in its order. Runs `manage.py shell`."""
    said = ask(["shell", "-c", _DJANGO])
    line = next((part for part in reversed(said.splitlines()) if part.startswith("SLATE")), None)
    return [_of_django(*one) for one in json.loads(line.removeprefix("SLATE"))] if line else []


def _of_django(app: str, name: str, there: str, back: str | None, why: str, atomic: bool) -> Printed:
    left_out = tuple(found["what"] for found in _NOT_SQL.finditer(there))
    undo = None if back is None else _without_transaction(back, atomic)
    return Printed(f"{app}_{name}", "", _without_transaction(there, atomic), undo, left_out, why)


def _without_transaction(text: str, atomic: bool) -> str:
    """Return a script without its BEGIN and COMMIT, comments kept, which say what each statement is for. Pure."""
    for statement in reversed(split(text)):
        if statement.words[:1] and statement.words[0] in _TRANSACTION:
            text = text[: statement.start] + text[statement.end :].lstrip("\n")
    return ("" if atomic else "-- transactional: false\n\n") + (text.strip() or "-- Nothing to do.") + "\n"


TOOLS: dict[str, tuple[Callable[[Ask], list[Printed]], str]] = {
    "alembic": (from_alembic, "alembic"),
    "django": (from_django, "python manage.py"),
}


def _write(folder: Path, printed: Sequence[Printed]) -> Converted:
    """Write what the folder lacks, numbered by its place in the history; what is there is left as it is. Writes."""
    files = [path for path in folder.glob("*.sql") if not path.name.endswith(ROLLBACK_SUFFIX)]
    there = {path.name.removesuffix(".sql"): path for path in files}
    result = Converted()
    for number, one in enumerate(printed, 1):
        known = next((name for name in there if re.match(rf"\d+_{re.escape(one.key)}(?:_|$)", name)), None)
        if known:
            result.there.append(known)
            result.notes.extend(_differing(there[known], one))
            continue
        stem = "_".join(part for part in (f"{number:04}", one.key, _slug(one.name)) if part)
        result.written.append(folder / f"{stem}.sql")
        result.written[-1].write_text(one.apply, encoding="utf-8")
        if one.rollback is not None:
            result.written.append(folder / f"{stem}{ROLLBACK_SUFFIX}")
            result.written[-1].write_text(one.rollback, encoding="utf-8")
        result.notes.extend(_remarks(stem, one))
    return result


def _slug(name: str) -> str:
    return re.sub(r"\W+", "_", name.lower(), flags=re.ASCII).strip("_")[:40].rstrip("_")


def _differing(path: Path, one: Printed) -> list[str]:
    if path.read_text("utf-8") == one.apply:
        return []
    return [f"{path.name} is left as it is: what is printed now differs"]


def _remarks(stem: str, one: Printed) -> list[str]:
    said = [f"{stem}: not in the file, for it is no SQL: {what}" for what in one.left_out]
    why = " ".join(one.why_not.split()) or "no way back is printed"
    return said if one.rollback is not None else [*said, f"{stem} cannot be undone: {why}"]

"""Reads a folder of migrations: yoyo's file format, plus checks that yoyo leaves out.

Pure but for reading files. What was applied is for ledger and state, in which order to run for order.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from slate_pg.config import REPEATABLE
from slate_pg.errors import FileError, GraphError
from slate_pg.migrations.alone import all_run_alone, misplaced
from slate_pg.migrations.replacing import Replaced
from slate_pg.migrations.script import BIG, BigScript, head_lines, is_backfill, read_start
from slate_pg.migrations.script import Script as Script
from slate_pg.migrations.script import agrees as agrees
from slate_pg.migrations.script import checksum_of as checksum_of
from slate_pg.postgres.prescan import may_end_transaction
from slate_pg.sqlfiles import read_text_up_to

if TYPE_CHECKING:
    from slate_pg.migrations.recorded import Recorded
    from slate_pg.postgres.statements import Statement

ROLLBACK_SUFFIX = ".rollback.sql"
_DIRECTIVE = re.compile(r"^\s*--\s*([a-z][a-z-]*)\s*:\s*(.*?)\s*$")
_KNOWN = ("depends", "transactional", "backfill", "variables")


@dataclass(frozen=True)
class Migration:
    """One migration: its id (the file's name without .sql), what it depends on, and its two scripts.

    Without a rollback it cannot be undone, which is allowed where `rollback_optional`. `replaces` is a
    baseline's.
    """

    id: str
    depends: tuple[str, ...]
    apply: Script
    rollback: Script | None
    rollback_optional: bool = False
    replaces: tuple[Replaced, ...] = ()

    @property
    def scripts(self) -> tuple[Script, ...]:
        """Its scripts, one or two."""
        return (self.apply, self.rollback) if self.rollback else (self.apply,)

    @property
    def recorded(self) -> Recorded | None:
        """What a ledger keeps of its variables' values, None where its scripts have none."""
        if not any(script.has_variables for script in self.scripts):
            return None
        from slate_pg.migrations.recorded import Recorded

        values = {name: text for script in self.scripts for name, text in script.used.items()}
        secret = tuple(dict.fromkeys(name for script in self.scripts for name in script.secrets))
        kept = [script.kept if script else None for script in (self.apply, self.rollback)]
        return Recorded(values, secret, *(text and checksum_of(text) for text in kept))


def read_folder(folder: Path) -> list[Migration]:
    """Return the folder's migrations in file-name order. FileError or GraphError for what cannot be run. Reads only."""
    kinds = _kinds(folder)
    python = [n for n in kinds if n.endswith(".py") and n != "__init__.py"]
    if python:
        raise FileError(
            f'{folder / python[0]}: only SQL migrations are run, "{python[0]}" is Python',
            hint="Write it as a .sql file, or move it out of the folder.",
        )
    kinds = {name: is_folder for name, is_folder in kinds.items() if not is_passed_over(name)}
    _refuse_names(folder, kinds)
    names = [*kinds]
    rollbacks = {n[: -len(ROLLBACK_SUFFIX)]: folder / n for n in names if n.endswith(ROLLBACK_SUFFIX)}
    applies = [n for n in names if n.endswith(".sql") and not n.endswith(ROLLBACK_SUFFIX)]
    migrations = [read_migration(folder / n, rollbacks.pop(n.removesuffix(".sql"), None)) for n in applies]
    if rollbacks:
        stray = rollbacks[min(rollbacks)]
        raise FileError(
            f"{stray} rolls back a migration that is not there",
            hint=f"Its migration would be {stray.name[: -len(ROLLBACK_SUFFIX)]}.sql in the same folder.",
        )
    return migrations


_SQL_LIKE = re.compile(r"\.sql(?:$|[~.#])", re.I)
_LEFT_BY_EDITORS = re.compile(r"~$|\.(?:swp|swo|bak|orig|rej|tmp|old|save)$", re.I)


def is_passed_over(name: str) -> bool:
    """Tell an editor's or a system's own file, as .#x.sql, ._x.sql, x.sql~: it is no migration."""
    return name[:1] in (".", "#") or (name[-4:] != ".sql" and bool(_LEFT_BY_EDITORS.search(name)))


def _refuse_names(folder: Path, kinds: dict[str, bool]) -> None:
    """FileError for a name that somebody may take for a migration and that is none, or is another on another system."""
    seen: dict[str, str] = {}
    for name, is_folder in kinds.items():
        lower = name.lower()
        if not lower.endswith(".sql"):
            continue
        if is_folder:
            raise FileError(
                f"{folder / name} is a folder with the name of a migration", hint="Rename it, or move it away."
            )
        if not name.endswith(".sql"):
            raise FileError(
                f"{folder / name} does not end in .sql", hint=f"Rename it to {name[:-4]}.sql, or move it away."
            )
        if lower.endswith((".down.sql", ".undo.sql")):
            raise FileError(
                f"{folder / name} undoes a migration by another tool's name, and would be run as one",
                hint=f"Rename it to {name.rsplit('.', 2)[0]}{ROLLBACK_SUFFIX}, and its other half to "
                f"{name.rsplit('.', 2)[0]}.sql.",
            )
        if other := seen.get(lower):
            raise FileError(
                f"{folder / name} and {other} differ in case only", hint="Rename one: some systems take them for one."
            )
        seen[lower] = name


def remarks(folder: Path) -> list[str]:
    """Return what lies in a folder of migrations, looks like SQL, and is passed over. Reads only."""
    kinds = _kinds(folder)
    passed = [f"{folder / n} is passed over" for n in kinds if _SQL_LIKE.search(n) and is_passed_over(n)]
    inner = [folder / n for n, is_folder in kinds.items() if is_folder and not n.startswith(".") and n != REPEATABLE]
    return passed + [f"{path} is passed over, with the SQL in it" for path in inner if any(path.glob("*.sql"))]


def _kinds(folder: Path) -> dict[str, bool]:
    """Return what lies in a folder in the order of names, and whether it is a folder. FileError. Reads only."""
    try:
        with os.scandir(folder) as entries:
            return dict(sorted((entry.name, entry.is_dir()) for entry in entries))
    except OSError as error:
        raise FileError(f"{folder}: {error.strerror}", hint="Make the folder readable to slate.") from error


def read_migration(path: Path, rollback: Path | None) -> Migration:
    """Read one migration and its rollback (None when the file is missing). Reads only."""
    apply, directives = read_script(path)
    if "," in directives.get("depends", ""):
        raise FileError(f"{path}: depends takes names with spaces between them", hint="Remove the commas.")
    undo = read_script(rollback)[0] if rollback else None
    return Migration(path.stem, tuple(directives.get("depends", "").split()), apply, undo)


def read_script(path: Path) -> tuple[Script, dict[str, str]]:
    """Read one script and its directives; of a big one the start only, for it stays in its file. Reads only."""
    whole = read_text_up_to(path, BIG)
    big = whole is None
    text = read_start(path) if whole is None else whole
    directives = read_directives(path, text)
    transactional = is_transactional(path, directives) and not is_backfill(text)
    if transactional and not big and "transactional" not in directives:
        transactional = not all_run_alone(text)
    if "variables" in directives:
        return _template(path, text, transactional, big), directives
    return (BigScript(path, transactional) if big else Script(path, text, transactional)), directives


def _template(path: Path, text: str, transactional: bool, big: bool) -> Script:
    """Return a script with variables. FileError for a big one, which is sent as it lies in its file."""
    from slate_pg.migrations.variables import Template  # most projects have none

    if big:
        raise FileError(
            f"{path} is big, and has variables, which are replaced in smaller files only",
            hint="Have its rows in one file, and what needs a variable in another.",
        )
    return Template(path, text, transactional)


def read_directives(path: Path, text: str) -> dict[str, str]:
    """Return the `-- name: value` lines of the leading comment block that are directives. FileError for near misses."""
    directives: dict[str, str] = {}
    if not (text.startswith("-") or text[:1].isspace()):
        return directives
    for number, line in enumerate(head_lines(text).splitlines(), 1):
        match = _DIRECTIVE.match(line)
        if not match:
            continue
        name, value = match.groups()
        if name in _KNOWN:
            directives[name] = f"{directives[name]} {value}" if name in directives else value
        elif near := _near(name):
            raise FileError(f'{path}:{number}: unknown directive "{name}"', hint=f'Did you mean "{near}"?')
    return directives


def _near(name: str) -> str:
    """Return the directive that a name is nearly, "" for none."""
    from difflib import get_close_matches  # headers seldom have a word that may be one

    return next(iter(get_close_matches(name, _KNOWN, cutoff=0.85)), "")


def is_transactional(path: Path, directives: dict[str, str]) -> bool:
    """Return the transactional directive's value, True without one."""
    value = directives.get("transactional", "true").lower()
    if value not in ("true", "false"):
        raise FileError(f'{path}: transactional is "true" or "false", not "{value}"', hint="Correct the directive.")
    return value == "true"


_SCAFFOLDS = ("-- Lock: . Rollback loses: .", "in reverse order: no CASCADE, no IF EXISTS.")


def check_filled(script: Script) -> None:
    """FileError for what `slate new` wrote and nobody has filled in. Pure."""
    if any(line in script.text for line in _SCAFFOLDS) and not script.text.count(";"):
        raise FileError(f"{script.path} is as `slate new` wrote it, without a statement", hint="Fill it in.")


def _refuse_unlocking(script: Script) -> None:
    """FileError for a statement that frees every lock of its session, the runner's own too."""
    from slate_pg.migrations.levels import names_in

    for statement in script.outline():
        if statement.words[:1] == ("CREATE",):
            continue
        discards = statement.words[:1] == ("DO",) and re.search(r"\bdiscard\s+all\b", statement.text, re.I)
        if discards or "pg_advisory_unlock_all" in names_in(statement):
            raise _refusal(
                script,
                statement,
                "DISCARD ALL" if discards else "pg_advisory_unlock_all()",
                "It frees the runner's lock too: free your own by its key, pg_advisory_unlock(…).",
            )


def _refusal(script: Script, statement: Statement, what: str, hint: str) -> FileError:
    """Return the error for a statement that may not stand in a migration, with its place."""
    return misplaced(script, statement, f"{what} in a migration", hint)


def check_script(script: Script) -> None:
    """Refuse what would break the runner's own transaction. FileError with file, line and statement. Reads only.

    A big script is read through by this, once.
    """
    try:
        text = script.text
        check_filled(script)
        lower = text.lower()
        if "unlock_all" in lower or "discard" in lower:
            _refuse_unlocking(script)
        _refuse_open_end(script, text)
        ending = [s for s in script.outline() if s.ends_transaction] if may_end_transaction(text) else []
        if script.is_backfill:
            from slate_pg.migrations.backfill.syntax import read

            read(script)
    except FileError as error:
        if str(script.path) in error.message:
            raise
        raise FileError(f"{script.path}: {error.message}", hint=error.hint) from error
    for statement in ending:
        two = statement.words[0] in ("START", "PREPARE", "DISCARD")
        name = " ".join(statement.words[: 2 if two else 1])
        raise _refusal(script, statement, name, "The runner owns the transaction and its lock: remove it.")


def _refuse_open_end(script: Script, text: str) -> None:
    """FileError for a comment behind the last statement that does not end: the server refuses it."""
    if text.count("/*") == text.count("*/"):
        return
    from slate_pg.postgres.psqltext import refuse_open
    from slate_pg.postgres.statements import COMMENT, tokens

    last = next(reversed(list(script.outline())), None)
    if last is not None and last.copy_data is not None:
        return
    rest = text[last.end if last else 0 :]
    for kind, start, end in tokens(rest):
        if kind == COMMENT:
            refuse_open(rest[start:end])


def check_ids(migrations: Iterable[Migration]) -> None:
    """GraphError when two files carry one id; ids are unique over all products."""
    seen: dict[str, Migration] = {}
    for migration in migrations:
        if migration.id in seen:
            raise GraphError(
                f'two migrations are called "{migration.id}"',
                detail=[f"  {seen[migration.id].apply.path}", f"  {migration.apply.path}"],
                hint="Rename the one that was not applied yet.",
            )
        seen[migration.id] = migration


def same_but_for_comments(one: str, other: str) -> bool:
    """Return True when two scripts differ in nothing but comments and white space outside quotes."""
    from slate_pg.postgres.statements import normalised

    return normalised(one) == normalised(other)

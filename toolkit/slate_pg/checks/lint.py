"""Runs squawk (is it safe on a busy database?) and sqlfluff (does it read well?) over a project's SQL, as one.

Both are other people's programs, configured by .squawk.toml and .sqlfluff in the project; both read only. What either
of them does not look at is said. Prints nothing.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from slate_pg.checks.findings import Finding
from slate_pg.checks.lint_cache import Said, ask_once, identity, texts
from slate_pg.config import Product, Project
from slate_pg.errors import Misuse, SlateError
from slate_pg.migrations.files import ROLLBACK_SUFFIX
from slate_pg.migrations.folders import read_migrations
from slate_pg.migrations.script import BIG, is_backfill, read_start

# Where a project says nothing, squawk is told what the runner does: one transaction a file, a lock_timeout of its own.
_AS_SLATE_RUNS = (
    "--assume-in-transaction", "--exclude", "require-lock-timeout,require-statement-timeout,prefer-robust-stmts",
)  # fmt: skip
_CONFIGURATIONS = (".sqlfluff", "pyproject.toml", "setup.cfg", "tox.ini", "pep8.ini")
_STYLE_EXITS = (0, 1)  # sqlfluff: clean, findings


@dataclass
class Linted:
    """What both linters found, what they did not look at, and how many files they read."""

    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    files: int = 0


def lint(project: Project, products: Sequence[Product]) -> Linted:
    """Lint the migrations of the products and their SQL. Misuse without the linters. Reads only, but for a cache."""
    applies, rollbacks, unread = _files(products)
    migrations = sorted({*applies, *rollbacks})
    others = sorted(path for p in products if p.sql != project.root / "sql" for path in p.sql.rglob("*.sql"))
    others += sorted(project.cluster.glob("*.sql"))
    big = {path for path in [*migrations, *others] if path.stat().st_size > BIG}
    migrations = [m for m in migrations if m not in big | unread]
    others = [o for o in others if o not in big]
    linted = Linted(files=len(migrations) + len(others))
    linted.notes += [f"{_relative(path, project)} is big and was not read by the linters" for path in sorted(big)]
    linted.notes += [
        f"{_relative(path, project)} has variables and was not read by the linters" for path in sorted(unread)
    ]
    # squawk takes a backfill's :from and :to for mistakes, and has no rule for what changes rows.
    linted.findings += squawk(project, [m for m in migrations if m in applies and not is_backfill(read_start(m))])
    if not _has_a_style(project):
        linted.notes.append("style was not looked at: the project has no .sqlfluff that says which")
        return linted
    found, read = sqlfluff(project, [*migrations, *others])
    linted.findings += found
    skipped = [path for path in [*migrations, *others] if path not in read]
    if skipped:
        names = "|".join(re.escape(p.name) for p in products)
        folders = Counter(
            re.sub(rf"/(?:{names})/", "/*/", _relative(path, project)).rpartition("/")[0] for path in skipped
        )
        told = ", ".join(f"{folder} ({count})" for folder, count in sorted(folders.items()))
        linted.notes.append(f"sqlfluff skips {len(skipped)} files, as .sqlfluffignore says: {told}")
    return linted


def _files(products: Sequence[Product]) -> tuple[set[Path], set[Path], set[Path]]:
    """Return the files that apply something, those that only undo it, and which have variables. Reads only.

    Whatever tool's layout it is. What has variables is no SQL before their values are in it.
    """
    unread: set[Path] = set()
    applies: set[Path] = set()
    rollbacks: set[Path] = set()
    for product in products:
        try:
            migrations = read_migrations(product)
        except SlateError:  # said by other commands; what lies there is read as it is
            every = set(product.migrations.glob("*.sql"))
            undoing = {path for path in every if path.name.endswith(ROLLBACK_SUFFIX)}
            applies, rollbacks = applies | (every - undoing), rollbacks | undoing
            continue
        migrations = [m for m in migrations if not m.replaces]  # pg_dump's words, not a person's
        applies |= {m.apply.path for m in migrations}
        rollbacks |= {m.rollback.path for m in migrations if m.rollback}
        unread |= {script.path for m in migrations for script in m.scripts if script.has_variables}
        marks = [mark for name, _ in product.placeholders for mark in (f"${{{name}}}", f'"{name}"', f":{name}")]
        unread |= {s.path for m in migrations for s in m.scripts if _is_filled(s.path, marks)} if marks else set()
    return applies, rollbacks - applies, unread


def _is_filled(path: Path, marks: Sequence[str]) -> bool:
    """Tell whether a file may hold a placeholder that the project has a value for. Reads only."""
    text = read_start(path)
    return any(mark in text for mark in marks)


def _has_a_style(project: Project) -> bool:
    """Tell whether the project says which style it wants, as sqlfluff reads it. Reads only."""
    texts = (project.root / name for name in _CONFIGURATIONS)
    return any("[tool.sqlfluff" in text or "[sqlfluff" in text for text in
               (path.read_text("utf-8", "replace") for path in texts if path.is_file()))  # fmt: skip


def _program(name: str) -> str:
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    if not found:
        raise Misuse(f"{name} is not installed", hint="pip install 'slate-pg[lint]'.")
    return found


def _relative(path: Path, project: Project) -> str:
    try:
        return path.relative_to(project.root).as_posix()
    except ValueError:
        return path.as_posix()


def _run(project: Project, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=project.root, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )


def squawk(project: Project, files: Sequence[Path]) -> list[Finding]:
    """Return what squawk says of these files. SlateError when it does not run. Writes its answers to a cache."""
    if not files:
        return []
    program, config = _program("squawk"), project.root / ".squawk.toml"
    options = ["--config", str(config)] if config.exists() else list(_AS_SLATE_RUNS)
    basis = [identity("squawk-cli", program), str(project.root), *options, *texts([config])]
    names = {path: _relative(path, project) for path in files}
    said = ask_once("squawk", basis, names, lambda new: _ask_squawk(project, [program, *options], new))
    return [
        Finding(names[path], v["line"], "lint", "", f"{v['message']} (squawk {v['rule']})", "performance")
        for path in files
        for v in said[path] or ()
    ]


def _ask_squawk(project: Project, command: Sequence[str], files: Sequence[Path]) -> dict[Path, Said]:
    """Return squawk's violations by file, from one run over all of them."""
    by_name = {_relative(path, project): path for path in files}
    answer = _run(project, *command, "--reporter", "json", *by_name)
    try:
        said = json.loads(answer.stdout or "[]")
    except json.JSONDecodeError as error:
        raise SlateError(f"squawk failed: {answer.stderr.strip()[:200]}", hint="Run it by hand to see why.") from error
    if answer.returncode not in (0, 1):
        raise SlateError(f"squawk failed: {answer.stderr.strip()[:200]}", hint="Run it by hand to see why.")
    found: dict[Path, list[dict[str, Any]]] = {path: [] for path in files}
    for v in said:
        path = by_name[v["file"]]
        if not _is_of_a_new_view(path, v):
            found[path].append({"line": v["line"] + 1, "message": v["message"], "rule": v["rule_name"]})
    return dict(found)


def _is_of_a_new_view(path: Path, violation: dict[str, Any]) -> bool:
    """Tell whether an index is made on a materialized view of the same file, which nobody reads yet.

    squawk knows that of tables only.
    """
    if violation["rule_name"] != "require-concurrent-index-creation":
        return False
    text = path.read_text("utf-8")
    statement = "\n".join(text.splitlines()[violation["line"] :]).partition(";")[0]
    on = re.search(r"\bON\s+(?:ONLY\s+)?([\w.\"]+)", statement, re.I)
    return bool(on and re.search(rf"\bCREATE\s+MATERIALIZED\s+VIEW\s+{re.escape(on[1])}\b", text, re.I))


def sqlfluff(project: Project, files: Sequence[Path]) -> tuple[list[Finding], set[Path]]:
    """Return what sqlfluff says, and the files that it read; a file as it was last time is not read again.

    SlateError when it does not run. Writes its answers to a cache outside the project.
    """
    program = _program("sqlfluff")
    names = {path: _relative(path, project) for path in files}
    basis = [identity("sqlfluff", program), str(project.root), *texts(_styles(project, files))]
    said = ask_once("sqlfluff", basis, names, lambda new: _ask(project, program, new))
    read = {path for path in files if said[path] is not None}
    return [_style(project, path, v) for path in sorted(read) for v in said[path] or ()], read


def _styles(project: Project, files: Sequence[Path]) -> list[Path]:
    """Return where sqlfluff looks for its configuration: the user's, the project's, and beside each file."""
    home = Path(os.path.expanduser("~"))  # which never fails, also for a user without one
    user = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "sqlfluff"
    folders = {project.root, user, home, home / ".config" / "sqlfluff"}
    folders |= {above for path in files for above in (path.parent, *path.parent.parents)}
    return sorted(folder / name for folder in folders for name in (*_CONFIGURATIONS, ".sqlfluffignore"))


def _ask(project: Project, program: str, files: Sequence[Path]) -> dict[Path, Said]:
    """Return sqlfluff's violations by file; None for a file it was given and did not read."""
    if not files:
        return {}
    names = [_relative(path, project) for path in files]
    options = ["--format", "json", "--processes", str(min(os.cpu_count() or 1, 8)), "--disable-progress-bar"]
    # Another templater would run Python that a stranger's .sqlfluff names; migrations are sent as they are anyway.
    options += ["--templater", "raw"]
    if not (project.root / ".sqlfluff").exists():
        options += ["--dialect", "postgres"]
    answer = _run(project, program, "lint", *options, *names)
    start = answer.stdout.find("[{")
    if answer.returncode not in _STYLE_EXITS or (start < 0 and answer.returncode != 0):
        raise SlateError(
            f"sqlfluff failed: {(answer.stderr or answer.stdout).strip()[-200:]}", hint="Run it by hand to see why."
        )
    said = json.loads(answer.stdout[start:]) if start >= 0 else []
    by_name = {entry["filepath"]: entry["violations"] for entry in said}
    kept = ("start_line_no", "code", "name", "description")
    return {
        path: [{k: v[k] for k in kept} for v in by_name[name]] if name in by_name else None
        for path, name in zip(files, names, strict=True)
    }


def _style(project: Project, path: Path, violation: dict[str, Any]) -> Finding:
    """Return one violation as a finding; a part of a file that sqlfluff cannot parse is one too, for it went unread."""
    if violation["code"] == "PRS":
        message = "sqlfluff cannot read this statement, so its style was not looked at"
        return Finding(_relative(path, project), violation["start_line_no"], "lint", "", message, "cosmetic")
    message = f"{violation['description']} (sqlfluff {violation['code']} {violation['name']})"
    return Finding(_relative(path, project), violation["start_line_no"], "lint", "", message, "cosmetic")

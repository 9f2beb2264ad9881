"""Runs pgTAP's own test files under pytest: psql as pg_prove starts it, and each line of TAP a subtest.

A file `test_*.sql` or `*.pgtap.sql` is one test on a clone of the migrated database, with the extension created in it.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

from slate_pg.errors import ServerError
from slate_pg.postgres.binaries import find_binaries

_RESULT = re.compile(r"(not )?ok\b\s*(\d+)?\s*-?\s*(.*?)(?:\s*#\s*(SKIP|TODO)\S*\s*(.*))?$", re.I)
_PLAN = re.compile(r"1\.\.(\d+)(?:\s*#\s*SKIP\S*\s*(.*))?", re.I)


@dataclass
class Line:
    """One result; `directive` is skip, todo or empty, `said` what was printed about it."""

    number: int
    description: str
    ok: bool
    directive: str = ""
    reason: str = ""
    said: list[str] = field(default_factory=list)


@dataclass
class Tap:
    """What a file printed: its results, the plan (None without one), and why it gave up or was skipped."""

    lines: list[Line] = field(default_factory=list)
    planned: int | None = None
    skipped: str = ""
    gave_up: str = ""


def parse(output: Iterable[str]) -> Tap:
    """Read TAP. Indented lines belong to the result that follows them, comments to the one before."""
    tap, nested = Tap(), list[str]()
    for text in (line.rstrip() for line in output):
        result, plan = _RESULT.match(text), _PLAN.match(text)
        if result:
            refused, number, description, directive, reason = (g or "" for g in result.groups())
            tap.lines.append(
                Line(int(number or len(tap.lines) + 1), description, not refused, directive.lower(), reason, nested)
            )
            nested = []
        elif plan:
            tap.planned, tap.skipped = int(plan[1]), plan[2] or ""
        elif text.startswith("Bail out!"):
            tap.gave_up = text
        elif text.startswith("    "):
            nested.append(text)
        elif text.startswith("#") and tap.lines:
            tap.lines[-1].said.append(text)
    return tap


def is_test(path: Path) -> bool:
    """Return whether a file is one of pgTAP's by its name."""
    return path.suffix == ".sql" and (path.name.startswith("test_") or path.name.endswith(".pgtap.sql"))


class TapFile(pytest.File):
    """A file of pgTAP's; collects as one test."""

    def collect(self) -> Iterable[pytest.Item]:
        """Return the test, which is given its fixtures as any function is."""
        yield pytest.Function.from_parent(self, name=self.path.stem, callobj=as_test(self.path))


def as_test(path: Path) -> Callable[..., None]:
    """Return the test function of one file."""

    def test_file(slate_clone: psycopg.Connection[Any], subtests: pytest.Subtests) -> None:
        slate_clone.autocommit = True
        install(slate_clone)
        ran = run(path, slate_clone.info)
        tap = parse(ran.stdout.splitlines())
        if tap.skipped and not tap.lines:
            pytest.skip(tap.skipped)
        for line in tap.lines:
            with subtests.test(msg=f"{line.number} - {line.description}"):
                report(line)
        problem = shortfall(tap, ran)
        if problem:
            pytest.fail(problem, pytrace=False)

    return test_file


def install(connection: psycopg.Connection[Any]) -> None:
    """Create the extension; skip the test, with the reason, where the server does not offer it."""
    offered = connection.execute("SELECT FROM pg_available_extensions WHERE name = 'pgtap'").fetchone()
    if offered is None:
        version = connection.info.server_version // 10000
        pytest.skip(f"this PostgreSQL {version} does not offer pgTAP (Debian's package: postgresql-{version}-pgtap)")
    connection.execute("CREATE EXTENSION IF NOT EXISTS pgtap")


def run(path: Path, info: psycopg.ConnectionInfo) -> subprocess.CompletedProcess[str]:
    """Run a file with psql as pg_prove does, from its own folder so that an included file is found."""
    try:
        psql = find_binaries().path("psql")
    except ServerError as error:
        pytest.skip(f"psql is needed to run pgTAP's files: {error.message}")
    command = [
        psql, "--no-psqlrc", "--no-align", "--quiet", "--pset=pager=off", "--pset=tuples_only=true",
        "--set=ON_ERROR_ROLLBACK=1", "--set=ON_ERROR_STOP=1", f"--host={info.host}", f"--port={info.port}",
        f"--username={info.user}", f"--dbname={info.dbname}", f"--file={path.name}",
    ]  # fmt: skip
    return subprocess.run(command, cwd=path.parent, capture_output=True, text=True, check=False)


def report(line: Line) -> None:
    """Pass, fail, skip or expect to fail as a line of TAP says."""
    if line.directive == "skip":
        pytest.skip(line.reason)
    if not line.ok and line.directive == "todo":
        pytest.xfail(line.reason)
    if not line.ok:
        pytest.fail("\n".join([line.description, *line.said]), pytrace=False)


def shortfall(tap: Tap, ran: subprocess.CompletedProcess[str]) -> str:
    """Return what is wrong with the run as a whole: psql failed, no plan, another number of tests; or nothing."""
    errors = ran.stderr.strip()
    if ran.returncode != 0 or tap.gave_up:
        return "\n".join(part for part in (tap.gave_up, errors or f"psql ended with {ran.returncode}") if part)
    if tap.planned is None:
        return f"no plan was printed\n{errors}".rstrip()
    if tap.planned != len(tap.lines):
        return f"{tap.planned} tests were planned, {len(tap.lines)} ran\n{errors}".rstrip()
    return ""

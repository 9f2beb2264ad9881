"""What the command under way was told of its environment, and the gate of protected ones; knows nothing of Typer.

Whatever is not known to read asks before it opens a protected database, and what is known to read gets a session that
can do nothing else.
"""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from slate_pg.config import Project, database_url, find_environments, find_project
from slate_pg.environments import Environment, Value, combine, find_environment, read_given, with_stand_ins
from slate_pg.errors import Misuse

ENVIRONMENT = "SLATE_ENV"
Arguments = Mapping[str, object]
# The commands that only read, with the arguments that make them so; every other one asks in a protected environment.
READS: dict[str, Callable[[Arguments], bool]] = {
    **dict.fromkeys(
        (
            "status",
            "plan",
            "drift",
            "doctor",
            "access",
            "docs",
            "why",
            "backup",
            "jobs list",
            "jobs due",
            "new",
            "draft",
            "generate python",
            "generate sqlalchemy",
        ),
        lambda given: True,
    ),
    **dict.fromkeys(("apply", "rollback"), lambda given: bool(given["dry_run"])),
    "adopt": lambda given: bool(given["repair"]) and not given["yes"],
    "jobs schedule": lambda given: given["form"] is not None,
    **dict.fromkeys(
        [f"fleet {c}" for c in ("status", "plan", "drift", "doctor", "backup", "route", "role list")],
        lambda given: True,
    ),
    "fleet jobs": lambda given: not given["run"],
}
_OFFERED = re.compile(r"`slate (?!new\b|lint\b|check\b|snapshot\b|test\b)[^`]+`")
_READ_ONLY = "-c default_transaction_read_only=on"


@dataclass
class Asked:
    """What the command under way was told: of its environment, of variables, and whether it writes."""

    command: str = ""
    name: str | None = None
    said: bool = False
    given: tuple[Value, ...] = ()
    writes: bool = True
    yes: bool = False
    wait_s: float = 0.0  # for a server that is still starting
    settled: bool = False  # it was asked, or there was nothing to ask
    environment: Environment | None = None
    defaults: tuple[Value, ...] = ()
    connects: bool = True  # or it works on throw-away databases only


_asked = [Asked()]


def always_reads(command: str) -> bool:
    """Tell a command that reads whatever it is told. Pure."""
    reads = READS.get(command)
    if reads is None:
        return False
    try:
        return reads({})
    except KeyError:
        return False


def begin(command: str, given: Arguments, *, connects: bool) -> None:
    """Note what a command was told, and find its environment. Misuse where there is none of that name.

    `connects` says whether it is told a database, or works on throw-away ones only.
    """
    name = given.get("env") or os.environ.get(ENVIRONMENT) or None
    reads = READS.get(command)
    var = given.get("var") or ()
    _asked[0] = Asked(
        command,
        str(name) if name else None,
        bool(given.get("env")),
        read_given(var) if isinstance(var, list | tuple) else (),
        not (reads and reads(given)),
        bool(given.get("yes")),
        float(str(given.get("wait_for_database") or 0)),
        connects=connects,
    )
    _tell_terms(given)
    if name:
        environments, _asked[0].defaults = find_environments()
        _asked[0].environment = find_environment(environments, str(name))


def _tell_terms(given: Arguments) -> None:
    """Have every session on a target begin as the command was told."""
    role, statement, connecting = (given.get(n) for n in ("acting_role", "statement_timeout", "connect_timeout"))
    if role is None and not (statement or connecting):
        return
    if role == "":
        raise Misuse("--role is empty", hint="Name the role that the sessions begin as, or leave it out.")
    from slate_pg.postgres import pins

    if role:
        pins.told["role"] = str(role)
    if statement:
        pins.told["statement_timeout"] = pins.as_duration(int(str(statement)))
    if connecting:
        pins.told_terms["connect_timeout"] = str(connecting)


def chosen_environment() -> Environment | None:
    """Return the environment that the command under way works in, None without one."""
    return _asked[0].environment


def offered(text: str) -> str:
    """Return a message in which every command it offers works where this one did. Pure but for what was asked."""
    asked = _asked[0]
    if not asked.said or asked.environment is None:
        return text
    name = shlex.quote(asked.environment.name)
    return _OFFERED.sub(lambda c: c[0] if "--env" in c[0] else f"{c[0][:-1]} --env {name}`", text)


def is_protected() -> bool:
    """Tell whether the command under way works in a protected environment."""
    return bool(_asked[0].environment and _asked[0].environment.protected)


def project_here(migrations: str | None) -> Project:
    """Return the project the command is about, within its environment and with the values of --var. Reads only."""
    asked, project = _asked[0], find_project(migrations)
    environment = asked.environment
    if environment and migrations:  # the folder's own settings are not read, but this one was asked for
        environment = Environment(environment.name, None, combine(asked.defaults, environment.variables))
    _refuse_strange(project, asked.given)
    found = project.within(environment, asked.given, asked.said)
    values = found.products[0].variables if found.products else ()
    return found if asked.connects else found.having(with_stand_ins(values))


def _refuse_strange(project: Project, given: tuple[Value, ...]) -> None:
    """Misuse for a --var that no file asks for. Reads files."""
    if not given:
        return
    from slate_pg.errors import SlateError, did_you_mean
    from slate_pg.migrations.folders import read_migrations
    from slate_pg.migrations.variable_marks import read_names

    known: set[str] = set()
    for product in project.products:
        with suppress(SlateError):  # what cannot be read is said where it is used
            scripts = [s for m in read_migrations(product) for s in m.scripts if s.has_variables]
            known |= {name for script in scripts for name in read_names(script.path, script.head)}
    for value in given:
        if value.name not in known:
            said = did_you_mean(value.name, known) or "A file names its variables: `-- variables: name, other`."
            raise Misuse(f'no file has a variable "{value.name}"', hint=said)


def given_url(database: str | None) -> str | None:
    """Return the connection string to use, None for the embedded server: --database, the environment's, the usual.

    In a protected environment a command that may write asks first, or needs --yes. Misuse where it is refused.
    """
    environment = _asked[0].environment
    url = database or (environment.url() if environment else None) or database_url(None)
    if not _asked[0].settled:
        where = "the embedded server"
        if _asked[0].environment and url is not None:
            from slate_pg.conninfo import describe

            where = describe(url)
        settle(where, [] if url is None else [url])
    return url


def settle(where: str, urls: Sequence[str]) -> None:
    """Say where a command works, ask where that is protected and it may write, and wait for the databases as asked.

    Misuse where it is refused.
    """
    asked = _asked[0]
    if asked.settled:
        return
    asked.settled = True
    if asked.environment:
        _settle(asked.environment, where)
    for url in urls if asked.wait_s else ():
        _wait(url, asked.wait_s)


def _wait(url: str, seconds: float) -> None:
    from slate_pg.cli.output import say
    from slate_pg.postgres.waiting import wait_for_database

    wait_for_database(url, seconds, lambda where: say(f"waiting for {where}"))


def session_options(url: str) -> dict[str, str]:
    """Return how a session is opened: where a protected environment is to be read, one that can only read."""
    if not is_protected() or _asked[0].writes:
        return {}
    from slate_pg.conninfo import parse

    before = parse(url).get("options") or os.environ.get("PGOPTIONS", "")
    return {"options": f"{before} {_READ_ONLY}".strip()}


def _settle(environment: Environment, where: str) -> None:
    """Say where the command works, and ask where that is protected and it may write."""
    from slate_pg.cli.output import say

    asked = _asked[0]
    must_ask = environment.protected and asked.writes and not asked.yes
    say(f"environment {environment.name}{' (protected)' if environment.protected else ''}: {where}")
    if must_ask and not _is_answered(f'Run "slate {asked.command}" in {environment.name}, on {where}?'):
        raise Misuse(
            f'the environment "{environment.name}" is protected, and "slate {asked.command}" may write to {where}',
            hint="Nothing was written. Say --yes where that is meant; on a terminal outside CI it is asked.",
        )


def _is_answered(question: str) -> bool:
    """Ask on a terminal; elsewhere, and in CI, the answer is no."""
    if os.environ.get("CI", "").lower() not in ("", "0", "false") or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    import typer

    return typer.confirm(question, default=False, err=True)

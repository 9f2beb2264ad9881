"""The commands: where each is defined. Only what is asked for is imported, so that slate starts fast."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Annotated

import typer

from slate_pg import __version__
from slate_pg.cli.command import Command, Group
from slate_pg.cli.completion import with_completion
from slate_pg.cli.environment import with_environment

# Each is a module of this package that holds a function, or a group of commands, of its own name.
COMMANDS = [
    "up", "down", "psql", "bootstrap", "status", "apply", "rollback", "plan", "check", "lint", "drift", "doctor",
    "seed", "new", "draft", "baseline", "snapshot", "generate", "test", "bench", "backup", "restore", "adopt",
    "convert", "access", "docs", "why", "mutate", "schema", "role", "jobs", "fleet",
]  # fmt: skip
PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True}  # what follows goes to another program


def build(names: Iterable[str] = COMMANDS) -> typer.Typer:
    """Return the command line with these commands, all of them when left out."""
    app = typer.Typer(
        name="slate",
        cls=Group,
        help="Plain SQL migrations for PostgreSQL: applied, proven, seeded and tested.",
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(options)
    for name in names:
        found = getattr(import_module(f"slate_pg.cli.{name}"), name)
        if isinstance(found, typer.Typer):
            _prepare_group(name, found)
            app.add_typer(found, name=name, cls=Group)
        else:
            settings = PASS_ON if "context" in found.__annotations__ else None
            app.command(name, cls=Command, context_settings=settings)(_prepared(name, found))
    return app


def _prepare_group(name: str, group: typer.Typer) -> None:
    """Give the commands of a group, and of the groups in it, what all have."""
    for command in group.registered_commands:
        command.cls = Command
        if command.callback:
            command.callback = _prepared(f"{name} {_called(command)}", command.callback)
    for inner in group.registered_groups:
        inner.cls = Group
        if inner.typer_instance:
            _prepare_group(f"{name} {inner.name}", inner.typer_instance)


def _prepared(name: str, function: Callable[..., None]) -> Callable[..., None]:
    """Return a command with what all that connect take, and with what a shell offers for its arguments."""
    return with_environment(name, with_completion(function))


def _called(inner: typer.models.CommandInfo) -> str:
    """Return what a command of a group is called."""
    return inner.name or (inner.callback.__name__ if inner.callback else "")


def show_version(wanted: bool) -> None:
    """Print the version and leave."""
    if wanted:
        typer.echo(f"slate {__version__}")
        raise typer.Exit()


def options(
    version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Plain SQL migrations for PostgreSQL: applied, proven, seeded and tested."""

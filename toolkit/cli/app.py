"""The commands: where each is defined. Only what is asked for is imported, so that slate starts fast."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import Annotated

import typer

from toolkit import __version__

# The name as typed, the module of toolkit.cli that defines it, and whether what follows goes to another program.
COMMANDS = {
    "up": ("running", False),
    "down": ("running", False),
    "psql": ("running", True),
    "bootstrap": ("running", False),
    "status": ("moving", False),
    "apply": ("moving", False),
    "rollback": ("moving", False),
    "plan": ("rehearsing", False),
    "check": ("proving", False),
    "lint": ("proving", False),
    "drift": ("proving", False),
    "doctor": ("rehearsing", False),
    "seed": ("running", False),
    "new": ("making", False),
    "snapshot": ("making", False),
    "test": ("running", True),
    "bench": ("benching", False),
    "backup": ("keeping", False),
    "restore": ("keeping", False),
    "adopt": ("keeping", False),
    "access": ("keeping", False),
    "role": ("granting", False),
    "jobs": ("working", False),
}
PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True}


def build(names: Iterable[str] = COMMANDS) -> typer.Typer:
    """Return the command line with these commands, all of them when left out."""
    app = typer.Typer(
        name="slate",
        help="Plain SQL migrations for PostgreSQL: applied, proven, seeded and tested.",
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(options)
    for name in names:
        module, passes_on = COMMANDS[name]
        found = getattr(import_module(f"toolkit.cli.{module}"), name)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=name)
        else:
            app.command(name, context_settings=PASS_ON if passes_on else None)(found)
    return app


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

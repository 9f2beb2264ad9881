"""The commands, registered. Each module imports what it needs when it runs, so that --help starts fast."""

from __future__ import annotations

from typing import Annotated

import typer

from toolkit import __version__
from toolkit.cli import benching, keeping, making, moving, proving, rehearsing, running, working

app = typer.Typer(
    name="slate",
    help="Plain SQL migrations for PostgreSQL: applied, proven, seeded and tested.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def show_version(wanted: bool) -> None:
    """Print the version and leave."""
    if wanted:
        typer.echo(f"slate {__version__}")
        raise typer.Exit()


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Plain SQL migrations for PostgreSQL: applied, proven, seeded and tested."""


PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True}

app.command()(running.up)
app.command()(running.down)
app.command(context_settings=PASS_ON)(running.psql)
app.command()(running.bootstrap)
app.command()(moving.status)
app.command()(moving.apply)
app.command()(moving.rollback)
app.command()(rehearsing.plan)
app.command()(proving.check)
app.command()(proving.lint)
app.command()(proving.drift)
app.command()(rehearsing.doctor)
app.command()(running.seed)
app.command()(making.new)
app.command()(making.snapshot)
app.command(context_settings=PASS_ON)(running.test)
app.command()(benching.bench)
app.command()(keeping.backup)
app.command()(keeping.restore)
app.command()(keeping.adopt)
app.command()(keeping.access)
app.add_typer(working.jobs, name="jobs")

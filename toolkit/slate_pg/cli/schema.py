"""`slate schema`: what the JSON of the other commands holds."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from slate_pg.errors import Misuse, did_you_mean


def schema(
    command: Annotated[
        Optional[list[str]],
        typer.Argument(
            metavar="[COMMAND]...",
            show_default=False,
            help="As in `slate schema fleet status`; all are listed when left out.",
        ),
    ] = None,
) -> None:
    """Print the JSON Schema of what a command prints with --json, or list all of them with their versions."""
    from slate_pg.cli.output import put, put_table
    from slate_pg.cli.published import read_published, schema_files

    files = schema_files()
    if not command:
        found = [(name, read_published(file)) for name, file in files.items()]
        put_table(("command", "version", "prints"), [(name, each.version, each.title) for name, each in found])
        return
    name = " ".join(" ".join(command).split())
    if name not in files:
        raise Misuse(f'no schema of "{name}"', hint=did_you_mean(name, files))
    put(files[name].read_text("utf-8").rstrip("\n"))

"""`slate convert`: the migrations of Alembic or Django as files of SQL."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from slate_pg.cli.options import Json


def convert(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the files go; made where it is not there.")],
    tool: Annotated[str, typer.Option("--from", metavar="TOOL", help="alembic or django, which print them.")],
    run: Annotated[
        Optional[str],
        typer.Option("--run", metavar="COMMAND", help="How it is called: alembic, python manage.py when left out."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write the migrations that Alembic or Django print as files, with their rollbacks; what is there stays."""
    from slate_pg.cli.output import put, put_json, warn
    from slate_pg.operations.convert import convert_from

    converted = convert_from(folder, tool, run)
    for note in converted.notes:
        warn(note)
    if as_json:
        written = [str(path) for path in converted.written]
        put_json({"written": written, "there": converted.there, "notes": converted.notes})
        return
    for path in converted.written:
        put(str(path))
    number = sum(not path.name.endswith(".rollback.sql") for path in converted.written)
    put(f"{number} migrations written, {len(converted.there)} were there")

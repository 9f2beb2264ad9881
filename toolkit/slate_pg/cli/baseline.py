"""`slate baseline`: one migration in the place of many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from slate_pg.cli.opening import project_of
from slate_pg.cli.options import Json, Migrations, OneProduct, Trust

if TYPE_CHECKING:
    from slate_pg.operations.baseline import Written


def baseline(
    product: OneProduct,
    at: Annotated[str, typer.Option("--at", metavar="ID", help="The last migration that it replaces.")],
    name: Annotated[
        str, typer.Option("--name", metavar="NAME", help="What it is called behind its number.")
    ] = "baseline",
    remove: Annotated[
        bool,
        typer.Option(
            "--remove/--keep", help="Remove the files that it replaces, or keep them for who has only some of them."
        ),
    ] = False,
    trust: Trust = False,
    migrations: Migrations = None,
    as_json: Json = False,
) -> None:
    """Write one migration that builds what all up to --at build, proven equal, for new installations to run alone."""
    from slate_pg.cli.output import put_json, say
    from slate_pg.operations.baseline import write_baseline

    project = project_of(migrations)
    written = write_baseline(
        project, project.product(product), at, name, removes=remove, trust=trust,
        tell=lambda text: say(f"{text} …"),
    )  # fmt: skip
    for note in written.notes:
        say(f"note: {note}")
    if as_json:
        put_json({
            "id": written.id, "files": [str(p) for p in written.paths], "removed": [str(p) for p in written.removed],
            "replaces": written.replaced, "seconds_before": round(written.seconds[0], 3),
            "seconds_after": round(written.seconds[1], 3), "frozen": written.frozen, "anew": written.anew,
            "notes": written.notes,
        })  # fmt: skip
    else:
        show_written(written)


def show_written(written: Written) -> None:
    """Print the files, what they replace, and what a new installation takes now."""
    from slate_pg.cli.output import put

    for path in written.paths:
        put(str(path))
    before, after = written.seconds
    times = f", {before / after:.0f} times faster" if after and before >= 2 * after else ""
    put(f"equal: {written.replaced} migrations took {before:.1f} s, {written.id} takes {after:.1f} s{times}")
    for column in written.anew:
        put(f"  made anew in every installation, by its default: {column}")
    for column in written.frozen:
        put(f"  the value of this build in every installation, and readable in the file: {column}")
    if written.removed:
        put(f"removed: {len(written.removed)} files; whoever has only some of them needs them back first")

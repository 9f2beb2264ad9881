"""`slate adopt`: give a schema made otherwise its ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Optional, cast

import typer

from slate_pg.cli.asked import is_protected
from slate_pg.cli.opening import opened, project_of
from slate_pg.cli.options import Database, InstalledAs, Json, Migrations, OneProduct
from slate_pg.errors import AnswerIsNo, Misuse

if TYPE_CHECKING:
    from slate_pg.catalog.compare import Difference
    from slate_pg.cli.shapes.common import Identity, SaidDifference
    from slate_pg.config import Product, Project
    from slate_pg.operations.adopt import Adoption
    from slate_pg.operations.repair import Repaired

YOYO = "yoyo"  # its ledger is Slate's own, in an older form


def adopt(
    product: OneProduct,
    to: Annotated[Optional[str], typer.Option("--to", metavar="ID", help="It is as after this migration.")] = None,
    tool: Annotated[
        Optional[str], typer.Option("--from", metavar="TOOL", help="Take over what this tool's ledger says it has run.")
    ] = None,
    keep: Annotated[
        bool,
        typer.Option("--keep-theirs", help="With --from: from now on record each migration in that ledger too."),
    ] = False,
    leave: Annotated[bool, typer.Option("--leave-theirs", help="End that; their ledger stays as it is.")] = False,
    repair: Annotated[
        bool,
        typer.Option("--repair", help="Show what a ledger lacks that lost rows or texts; exit 3 until it is whole."),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --repair: put it back from the files.")] = False,
    schema: InstalledAs = None,
    database: Database = None,
    migrations: Migrations = None,
    as_json: Json = False,
) -> None:
    """Give a schema made otherwise its ledger, only if it is what the migrations build. Exit 3 when it is not."""
    from slate_pg.migrations.runner import Run
    from slate_pg.operations.adopt import adopt as run_adopt
    from slate_pg.operations.taking import adopt_from

    project = project_of(migrations)
    found = project.product(product)
    found = found.installed_as(schema) if schema else found
    if repair or (yes and not is_protected()):
        check_options(repair, tool)
        repair_ledger(project, found, database, to, yes, as_json)
        return
    if leave:
        leave_ledger(project, found, database, tool, to, keep, as_json)
        return
    if keep and tool is None:
        raise Misuse("--keep-theirs needs --from TOOL", hint="Say whose ledger is to be kept: --from goose.")
    with opened(database, "adopt") as connection:
        run = Run(connection, found, project.shared)
        if (tool in (None, YOYO) and not keep) or to is not None:
            adoption = run_adopt(run, project, to, None if tool == YOYO else tool)
        else:
            adoption = adopt_from(run, project, str(tool), keep=keep)
    show(adoption, found, as_json)
    if adoption.differences:
        raise AnswerIsNo


def show(adoption: Adoption, product: Product, as_json: bool) -> None:
    """Print what came of an adoption."""
    from slate_pg.cli.output import put, put_json, say

    for note in adoption.notes:
        say(f"note: {note}")
    if as_json:
        differences = as_objects(adoption.differences)
        put_json({
            "schema": adoption.schema, "adopted": not differences, "ids": adoption.ids, "undone": adoption.undone,
            "keeps": adoption.kept, "differences": differences,
        })  # fmt: skip
        return
    for difference in adoption.differences:
        put(f"{difference} [{difference.severity}]")
    if adoption.differences:
        put(f"{adoption.schema}: {len(adoption.differences)} differences, nothing written")
        return
    more = f", {len(adoption.ids)} of them new" if adoption.total is not None and adoption.ids else ""
    less = f", {len(adoption.undone)} taken off record" if adoption.undone else ""
    total = len(adoption.ids) if adoption.total is None else adoption.total
    put(f"{adoption.schema}: equal, {total} migrations on record{more}{less}")
    if adoption.kept:
        put(f"{adoption.schema}: {say_kept(adoption.kept, product)}")


def say_kept(tool: str, product: Product) -> str:
    """Return in a sentence that another ledger is kept, and what ends that. Pure."""
    return f"the ledger of {tool} is kept too; `{product.command('adopt', '--leave-theirs')}` ends that"


def leave_ledger(
    project: Project,
    product: Product,
    database: str | None,
    tool: str | None,
    to: str | None,
    keep: bool,
    as_json: bool,
) -> None:
    """End keeping another tool's ledger, which stays as it is by now."""
    from slate_pg.cli.output import put, put_json
    from slate_pg.migrations.runner import Run
    from slate_pg.operations.taking import leave

    if tool is not None or to is not None or keep:
        raise Misuse("--leave-theirs goes alone", hint="Leave --from, --to and --keep-theirs out.")
    with opened(database, "adopt") as connection:
        left = leave(Run(connection, product, project.shared))
    if as_json:
        put_json({"schema": product.schema, "left": left})
    else:
        put(f"{product.schema}: the ledger of {left} stays as it is, and is written no more")


def as_objects(differences: list[Difference]) -> list[SaidDifference]:
    """Return differences for --json."""
    return [
        {
            "object": str(d.object), "identity": cast("Identity", d.object.fields), "severity": d.severity,
            "said": str(d),
        }
        for d in differences
    ]  # fmt: skip


def check_options(repair: bool, tool: str | None) -> None:
    """Misuse for --yes without --repair, and for --repair with --from."""
    if not repair:
        raise Misuse("--yes needs --repair", hint="An adoption writes as soon as the schema is equal.")
    if tool is not None:
        raise Misuse("--repair and --from", hint="--repair is for a ledger of slate's own: leave --from out.")


def repair_ledger(
    project: Project, product: Product, database: str | None, to: str | None, yes: bool, as_json: bool
) -> None:
    """Show what a ledger lacks, and put it back where that is wanted. Exit 3 while it lacks something."""
    from slate_pg.cli.output import put_json, say
    from slate_pg.migrations.runner import Run
    from slate_pg.operations.repair import repair as run_repair

    with opened(database, "adopt") as connection:
        repaired = run_repair(Run(connection, product, project.shared), project, to, write=yes)
    for note in repaired.notes:
        say(f"note: {note}")
    if as_json:
        put_json({
            "schema": repaired.schema, "written": repaired.written,
            "repairs": [{"id": r.id, "said": r.said} for r in repaired.repairs],
            "differences": as_objects(repaired.differences),
        })  # fmt: skip
    else:
        show_repairs(repaired)
    if repaired.repairs and not repaired.written:
        raise AnswerIsNo


def show_repairs(repaired: Repaired) -> None:
    """Print what is put back, line by line, and what came of it."""
    from slate_pg.cli.output import put

    for each in repaired.repairs:
        put(f"  put back: {each.said}")
    for difference in repaired.differences:
        put(f"{difference} [{difference.severity}]")
    number = len(repaired.repairs)
    if not number:
        put(f"{repaired.schema}: nothing to put back")
    elif repaired.differences:
        put(f"{repaired.schema}: {len(repaired.differences)} differences from what the files build, nothing written")
    elif repaired.written:
        put(f"{repaired.schema}: equal, {number} migrations put back")
    else:
        put(f"{repaired.schema}: equal, nothing written; --yes puts back {number}")

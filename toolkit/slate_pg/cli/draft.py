"""`slate draft`: a migration and its rollback, written from the difference of two states and proven before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from slate_pg.cli.opening import opened, project_of
from slate_pg.cli.options import Database, InstalledAs, Migrations, OneProduct, Trust
from slate_pg.errors import Misuse

if TYPE_CHECKING:
    from slate_pg.config import Product, Project
    from slate_pg.draft.states import States
    from slate_pg.draft.words import Step


def draft(
    product: OneProduct,
    name: Annotated[
        str,
        typer.Argument(metavar="NAME", help="What it does, verb first: add_guild_quests.", show_default=False),
    ],
    from_: Annotated[
        Optional[str],
        typer.Option(
            "--from", metavar="URL", help="The database that is as the files shall build it.", show_default=False
        ),
    ] = None,
    from_sql: Annotated[
        Optional[list[Path]],
        typer.Option(
            "--from-sql",
            metavar="FILE",
            help="SQL that builds what is wanted from nothing; repeatable.",
            show_default=False,
        ),
    ] = None,
    undo_drift: Annotated[
        bool, typer.Option("--undo-drift", help="Bring the database back to what its ledger says.")
    ] = False,
    rename: Annotated[
        Optional[list[str]],
        typer.Option(
            "--rename",
            metavar="OLD=NEW",
            help="What was renamed: a=b, or table.a=b. May be repeated.",
            show_default=False,
        ),
    ] = None,
    with_losses: Annotated[
        bool, typer.Option("--with-losses", help="Have statements that lose data done, not written as comments.")
    ] = False,
    schema: InstalledAs = None,
    trust: Trust = False,
    database: Database = None,
    migrations: Migrations = None,
) -> None:
    """Write a migration and its rollback from what differs: a database, wanted SQL, or drift. Proven on a copy first.

    Databases are only read. What loses data is written as a comment. Where it does not prove, nothing is written.
    """  # fmt: skip
    from slate_pg.cli.output import put, say
    from slate_pg.draft.proving import Wish
    from slate_pg.draft.proving import draft as write
    from slate_pg.migrations.formats.fresh import Draft
    from slate_pg.migrations.scaffold import check_name, scaffold_all

    _check_one(from_, from_sql, undo_drift)
    check_name(name)
    project = project_of(migrations)
    chosen = project.product(product)
    chosen = chosen.installed_as(schema) if schema else chosen
    with _states(project, chosen, from_, from_sql or [], database, trust) as states:
        wish = Wish(
            name, _why(from_, from_sql), tuple(rename or ()), with_losses or undo_drift, undo_drift, states.large
        )
        drafted = write(states.bench, states.wanted, wish)
    for note in dict.fromkeys([*states.notes, *(drafted.notes if drafted else [])]):
        say(f"note: {note}")
    if drafted is None:
        say(f"nothing {'else ' if states.apart else ''}differs: no file was written")
        return
    drafts = [
        Draft("_".join(filter(None, [name, f.suffix])), f.apply, f.rollback, not f.alone, not f.alone)
        for f in drafted.files
    ]
    for path in (path for paths in scaffold_all(chosen, drafts) for path in paths):
        put(str(path))
    _say_proof(drafted.losing)


def _say_proof(losing: list[Step]) -> None:
    from slate_pg.cli.output import say

    rest = f", but for {len(losing)} that lose data and are comments" if losing else ""
    say(f"proven on a copy with rows{rest}: it gives what is wanted, and its rollback what there was")


def _check_one(from_: str | None, from_sql: list[Path] | None, undo_drift: bool) -> None:
    """Misuse where not one source is given."""
    if sum([from_ is not None, bool(from_sql), undo_drift]) != 1:
        raise Misuse(
            "a draft is of one difference",
            hint="Say --from URL (a database that is as wanted), --from-sql FILE (wanted SQL) or --undo-drift.",
        )


def _why(from_: str | None, from_sql: list[Path] | None) -> str:
    if from_ is not None:
        return "what was changed in a database, as migrations have it."
    return f"what {', '.join(p.name for p in from_sql)} wants." if from_sql else "what was changed, taken back."


@contextmanager
def _states(
    project: Project, product: Product, from_: str | None, from_sql: list[Path], database: str | None, trust: bool
) -> Iterator[States]:
    from slate_pg.draft.states import from_database
    from slate_pg.draft.states import from_sql as from_files

    if from_sql:
        for path in from_sql:
            if not path.is_file():
                raise Misuse(f'no file "{path}"', hint="--from-sql takes files of SQL.")
        with from_files(from_sql, project, product, trust=trust) as states:
            yield states
        return
    with (
        opened(from_ if from_ is not None else database, "draft") as target,
        from_database(target, project, product, trust=trust) as states,
    ):
        yield states

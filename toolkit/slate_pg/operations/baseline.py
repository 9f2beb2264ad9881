"""Writes one migration that builds what the first N build, and proves that it does before it is in the folder.

The files are built twice on disposable servers, under a schema name of no meaning and under the product's own; what
pg_dump says of the first becomes the baseline, which is built a third time and held against the second: catalog, rows,
sequences. Writes files only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from slate_pg.config import Product, Project
from slate_pg.errors import Misuse, SlateError, did_you_mean
from slate_pg.migrations.baselines import baseline_of, of_new
from slate_pg.migrations.files import Migration
from slate_pg.migrations.folders import read_migrations
from slate_pg.migrations.order import in_order
from slate_pg.migrations.replacing import DIGITS, Replaced, ids_of, write_replaced
from slate_pg.operations.baseline_build import Bench, Contents, bench, new_name, write_dump
from slate_pg.operations.baseline_files import (
    Removed,
    is_one_way,
    name_files,
    refuse_layout,
    remove_files,
    write_files,
)
from slate_pg.operations.baseline_proof import Draft, Proven, draft, find_clock, prove
from slate_pg.operations.baseline_rows import Moving, find_anew, find_moving, write_anew
from slate_pg.operations.baseline_text import Source
from slate_pg.postgres.binaries import find_binaries
from slate_pg.postgres.sandbox import wants_superuser

_HEAD = """-- Why:  a new installation runs this file alone; one that has all that it replaces needs nothing.
--       `slate baseline` wrote it and proved it equal: it is not edited by hand.
-- Lock: none, only new objects. Rollback loses: everything."""

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Written:
    """A baseline in its folder: its id, its files, those removed, how many it replaces, and seconds before and after.

    `frozen` are columns whose rows are others by every build of the files, and are this build's in the baseline; `anew`
    those that their defaults make again in every installation. `notes` are what else is to be known.
    """

    id: str
    paths: list[Path]
    removed: list[Path]
    replaced: int
    seconds: tuple[float, float]
    frozen: list[str] = field(default_factory=list)
    anew: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Task:
    """What is to be replaced: a product's migrations; who builds it has a name that nothing else has."""

    project: Project
    product: Product
    chosen: Sequence[Migration]
    trust: bool
    tell: Tell
    role: str = field(default_factory=new_name)

    def bench(self, product: Product | None = None) -> AbstractContextManager[Bench]:
        """Return a server to build on."""
        return bench(find_binaries(), self.project, product or self.product, self.role, trusted=self.trust)


def write_baseline(
    project: Project, product: Product, at: str, name: str = "baseline", *,
    removes: bool = False, trust: bool = False, tell: Tell = lambda text: None,
) -> Written:  # fmt: skip
    """Write the baseline of a product that stands for all its migrations up to `at`. Writes files of its folder.

    Misuse for an unknown `at`, a layout without a place for it, a name that is taken; SlateError, and nothing written,
    where what the files build cannot be built by one file, with what differs.
    """
    refuse_layout(product)
    ordered = in_order(read_migrations(product))
    chosen = _up_to(product, ordered, at)
    _refuse_variables(chosen)
    identifier, files = name_files(product, ordered, chosen[-1], name, removes=removes)
    task = Task(project, product, chosen, trust, tell)
    try:
        proven, expected, drafted = _write_and_prove(task, identifier, next(iter(files("", ""))))
    except SlateError as error:
        if wants_superuser(error) and not trust:
            raise SlateError(
                f"{error.message}: it wants a superuser", detail=error.detail,
                hint="Say --trust, if these are files that you would run as yourself.",
            ) from error  # fmt: skip
        raise
    notes = list(proven.notes)
    if is_one_way(product):
        notes.append("it cannot be undone: the folder's layout has no place for its rollback")
    if (product.sql / "schema").is_dir():
        notes.append("run `slate snapshot`: what has been through pg_dump is printed a little otherwise")
    paths = write_files(files(proven.up, proven.down))
    replaced = {*ids_of(Replaced(m.id, "", m.replaces) for m in chosen)} if removes else set()
    gone = remove_files(product, [m for m in ordered if m.id in replaced], paths)
    _check_read(product, identifier, paths, gone)
    frozen = sorted(str(m) for m in drafted.moving if m not in drafted.anew)
    return Written(
        identifier, paths, gone.forget(), len(chosen), (expected.seconds, proven.seconds),
        frozen, [str(m) for m in drafted.anew], notes,
    )  # fmt: skip


def _up_to(product: Product, ordered: Sequence[Migration], at: str) -> list[Migration]:
    """Return what the baseline is to replace. Misuse for an unknown id, and one that is replaced."""
    new = of_new(ordered)
    ids = [m.id for m in new]
    before = baseline_of(ordered)
    if before and at in (before.id, *ids_of(before.replaces)):
        raise Misuse(
            f'{product.name}: "{at}" is in the baseline {before.id} already',
            hint="Choose a later --at: the new baseline replaces that one too. Or remove its files first.",
        )
    if at not in ids:
        raise Misuse(f'{product.name} has no migration "{at}"', hint=did_you_mean(at, ids))
    return new[: ids.index(at) + 1]


def _refuse_variables(chosen: Sequence[Migration]) -> None:
    """SlateError for a file with variables: a baseline would hold one environment's values for all."""
    for migration in chosen:
        if any(script.has_variables for script in migration.scripts):
            raise SlateError(
                f"{migration.apply.path} has variables: a baseline would keep the values of one environment for all",
                hint="Nothing was written. Choose an --at before it.",
            )


def _write_and_prove(task: Task, identifier: str, path: Path) -> tuple[Proven, Contents, Drafted]:
    """Return a baseline's texts, what the files build, and what it was drafted from."""
    entries = tuple(Replaced(m.id, m.apply.checksum[:DIGITS], m.replaces) for m in task.chosen)
    line, listed = write_replaced(entries)
    head = f"{line}\n{_HEAD}"
    task.tell(f"building {len(task.chosen)} migrations")
    with task.bench() as own:
        expected = own.read(own.build(task.chosen))
    refusal: SlateError | None = None
    for relative in (False,) if task.product.schemas else (True, False):
        try:
            task.tell("building them again, to write down what is there")
            drafted = _drafted(task, expected, relative=relative)
            task.tell("building the baseline")
            proven = _proved(task, (identifier, path), drafted.draft, (head, listed), expected, drafted.moving)
        except SlateError as error:
            if wants_superuser(error):
                raise
            refusal = error
            continue
        if not relative:
            proven.notes.append(f'it names the schema "{task.product.schema}": it fits no --as NAME')
        return proven, expected, drafted
    raise refusal  # type: ignore[misc]


@dataclass(frozen=True)
class Drafted:
    """The statements of a baseline; which columns move, and which of them are left to their defaults."""

    draft: Draft
    moving: set[Moving]
    anew: list[Moving]


def _drafted(task: Task, expected: Contents, *, relative: bool) -> Drafted:
    """Return the statements of a baseline, from a second build of the files."""
    own = task.product.schema
    product = task.product.installed_as(new_name()) if relative else task.product
    with task.bench(product) as other:
        contents = other.read(other.build(task.chosen), alias=own)
        shared = [task.project.shared] if task.project.shared else []
        path = tuple(dict.fromkeys([*product.path, *shared]))
        source = Source(product.schema, other.role, (*path, "pg_temp"), relative, product.schemas)
        moving = find_moving(expected.rows, contents.rows)
        anew = find_anew(other.connection, product.schema, moving, own)
        rows = write_anew(other.connection, product.schema, anew, own)
        clock = find_clock(expected, task.chosen)
        return Drafted(draft(write_dump(other, contents), contents, source, clock, rows), moving, anew)


def _proved(
    task: Task,
    baseline: tuple[str, Path],
    drafted: Draft,
    frame: tuple[str, str],
    expected: Contents,
    moving: set[Moving],
) -> Proven:
    """Return the proven texts; without what follows the calendar where that cannot be run once more."""
    plain = Draft(drafted.up, drafted.down, ())
    for each in (drafted, plain) if drafted.clock else (plain,):
        try:
            with task.bench() as third:
                proven = prove(third, baseline, each.text(*frame), each.rollback(), expected, moving)
        except SlateError:
            if each is plain:
                raise
            continue
        if drafted.clock and each is plain:
            proven.notes.append("its partitions by time are those of today: no call of the files makes later ones")
        return proven
    raise AssertionError("one of them was tried last")


def _check_read(product: Product, identifier: str, paths: Sequence[Path], gone: Removed) -> None:
    """SlateError, and the files gone again, where the folder with them does not read as it should. Writes then."""
    try:
        ordered = in_order(read_migrations(product))
        found = baseline_of(ordered)
        if found is not None and found.id == identifier:
            return
        said = f"{paths[0]} does not read as a baseline in this folder"
    except SlateError as error:
        said = error.message
    for path in paths:
        path.unlink(missing_ok=True)
    gone.put_back()
    raise SlateError(said, hint="Nothing is left of it. The folder is as it was.")

"""Reads two states of a project, two commits or a database and files, and tells how they differ.

Reads the repository and the target; writes temporary files and to disposable servers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from slate_pg.config import Product, Project
from slate_pg.docs import states
from slate_pg.docs.differing import find_difference
from slate_pg.docs.model import Site
from slate_pg.errors import Misuse, SlateError
from slate_pg.postgres.connection import Connection
from slate_pg.revisions import commit_of, files_of, parted, split_range

FILES = "."  # what stands for the files as they are now
Finder = Callable[[Path], Project]  # the project of a folder that stands for the one of here


@dataclass(frozen=True)
class End:
    """One end of a comparison: what it is called, and its commit; no commit for the files as they are."""

    name: str
    commit: str = ""


def ends_of(folder: Path, text: str, live: bool) -> list[End]:
    """Return what --diff names: two ends, or one beside a live database. Misuse for what is no commit."""
    one, other, since = split_range(text)
    if not text.strip():
        raise Misuse("--diff names no commit", hint="Say one (--diff main), or two (--diff v1..v2).")
    if live and other:
        raise Misuse(
            f'"{text}" are two states already', hint='With a live database say one commit, or "." for the files.'
        )
    if text == FILES:
        if not live:
            raise Misuse(
                '"." are the files as they are, which do not differ from themselves',
                hint="Say a commit (--diff main), a range (--diff v1..v2), or --live --diff . for a database.",
            )
        return [End("the files here")]
    base = parted(folder, one or "HEAD", other) if since else commit_of(folder, one or "HEAD")
    first = _named(f"{one or 'HEAD'}, where {other} began" if since else one or "HEAD", base)
    if live:
        return [first]
    return [first, _named(other, commit_of(folder, other)) if other else End("the files here")]


def _named(said: str, commit: str) -> End:
    return End(commit[:10] if commit.startswith(said) else f"{said} ({commit[:10]})", commit)


def compare_commits(
    project: Project, folder: Path, text: str, names: Sequence[str], find: Finder, *, trust: bool = False
) -> Site:
    """Return the site of the difference that --diff names. `find` gives the project of another folder."""
    one, other = ends_of(folder, text, live=False)
    before = _state(project, folder, one, names, find, trust=trust)
    after = _state(project, folder, other, names, find, trust=trust)
    return _site(project, before, after, names)


def compare_live(
    connection: Connection,
    project: Project,
    folder: Path,
    text: str,
    names: Sequence[str],
    find: Finder,
    where: str,
    *,
    trust: bool = False,
) -> Site:
    """Return the site of the difference of a database from files. Reads only there."""
    (end,) = ends_of(folder, text, live=True)
    before = states.of_database(connection, project, _chosen(project, names), where)
    after = _state(project, folder, end, names, find, trust=trust, major=before.catalog.major)
    return _site(project, before, after, names)


def _site(project: Project, before: states.State, after: states.State, names: Sequence[str]) -> Site:
    for name in names:
        if name not in {*before.products.values(), *after.products.values()}:
            project.product(name)
    diff = find_difference(before, after, names)
    title = names[0] if len(names) == 1 else project.root.name
    return Site(title, f"compared {before.name} with {after.name}", diff=diff)


def _chosen(project: Project, names: Sequence[str]) -> list[Product]:
    return [project.product(n) for n in names] or list(project.products)


def _state(
    project: Project,
    folder: Path,
    end: End,
    names: Sequence[str],
    find: Finder,
    *,
    trust: bool,
    major: int | None = None,
) -> states.State:
    """Return what one end's files build. SlateError that names the end where they cannot be applied."""
    place: AbstractContextManager[Path] = files_of(folder, end.commit) if end.commit else nullcontext(folder)
    with place as here:
        try:
            known = project if not end.commit else find(here) if any(here.rglob("*.sql")) else None
            there = [p for p in known.products if not names or p.name in names] if known else []
            if known is None or not there:
                return states.nothing(end.name, major or 0)
            return states.of_files(known, there, end.name, trust=trust, major=major, whole=major is None)
        except SlateError as error:
            if end.commit:
                _name_end(error, end, here)
            raise


def _name_end(error: SlateError, end: End, here: Path) -> None:
    """Say in an error of which commit it is, and no path of the temporary folder."""
    error.message, error.hint = (text.replace(f"{here}/", "") for text in (error.message, error.hint))
    error.detail = [line.replace(f"{here}/", "") for line in error.detail]
    error.message = f"{end.name}: {error.message}"

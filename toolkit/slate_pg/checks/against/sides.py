"""The files of two branches, of the commit at which they parted, and of their merge, each in a folder of its own.

Reads the repository; what git has to write goes into a temporary folder, and nothing of the user's is touched.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from slate_pg.config import Project
from slate_pg.errors import Misuse, NoMigrations, SlateError
from slate_pg.revisions import commit_of, files_of, git

Finder = Callable[[Path], Project]  # the project of a folder that stands for the one of here
_NOBODY = {f"GIT_{who}_{what}": "slate" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


@dataclass(frozen=True)
class Side:
    """One state of the files: what people call it, where it lies, and its project; None where it has none there."""

    name: str
    folder: Path
    project: Project | None


@dataclass(frozen=True)
class Sides:
    """Both sides of a merge, where they parted, and what git makes of them; `conflicts` are files it could not merge.

    The paths of `conflicts` are those of the folder that stands for here; in `merged` they read as on this side.
    """

    base: Side
    ours: Side
    theirs: Side
    merged: Side
    conflicts: tuple[str, ...]
    notes: tuple[str, ...]


@contextmanager
def read_sides(project: Project, folder: Path, revision: str, find: Finder) -> Iterator[Sides]:
    """Yield the sides of merging `revision` with the files as they are here; all is removed afterwards.

    `folder` holds all of the project, and `find` gives the project of a folder like it. Misuse where there is no such
    commit, or a shallow clone does not know where the two parted. Writes temporary files only.
    """
    revision, notes = _resolve(folder, revision)
    theirs = commit_of(folder, revision)
    with tempfile.TemporaryDirectory(prefix="slate-merge-") as place, ExitStack() as stack:
        apart = _apart(folder, Path(place))
        ours = _commit_files(folder, apart)
        base, related = _parted(folder, revision, ours, theirs, apart)
        if not related:
            notes += (f"this branch and {revision} have no commit in common: all files count as new on both sides",)
        merged, conflicts = _merge(folder, ours, theirs, apart)
        places = _Places(project, folder, ours, find, apart, stack)
        here, there = places.side("this branch", ours), places.side(revision, theirs)
        prefix = git(folder, "rev-parse", "--show-prefix").rstrip("\n")
        inside = tuple(sorted(name.removeprefix(prefix) for name in conflicts if name.startswith(prefix)))
        whole = places.side("the merge", merged, lambda merged: _take_ours(here.folder, merged, inside))
        yield Sides(places.side("where they parted", base), here, there, whole, inside, notes)


def _resolve(folder: Path, revision: str) -> tuple[str, tuple[str, ...]]:
    """Return what a revision is called here: a branch that only one remote has is that one's, as for `git switch`."""
    if not revision.strip() or revision.startswith("-"):
        raise Misuse(f'--against names no commit: "{revision}"', hint="Say a branch, as in --against origin/main.")
    with suppress(SlateError):
        commit_of(folder, revision)
        return revision, ()
    listed = git(folder, "for-each-ref", "--format=%(refname)", f"refs/remotes/*/{revision}").split("\n")
    remote = [ref.removeprefix("refs/remotes/") for ref in listed if ref]
    if len(remote) == 1:
        return remote[0], (f'"{revision}" is {remote[0]} here',)
    commit_of(folder, revision)  # which says so
    return revision, ()


def _apart(folder: Path, place: Path) -> dict[str, str]:
    """Return the environment in which git writes its index and objects to `place`, and reads the repository's."""
    index, objects = (
        Path(folder, git(folder, "rev-parse", "--git-path", n).rstrip("\n")) for n in ("index", "objects")
    )
    (place / "objects").mkdir()
    apart = {
        **_NOBODY, "GIT_INDEX_FILE": str(place / "index"), "GIT_OBJECT_DIRECTORY": str(place / "objects"),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": os.pathsep.join(
            [f'"{objects.resolve()}"', *filter(None, [os.environ.get("GIT_ALTERNATE_OBJECT_DIRECTORIES")])]
        ),
    }  # fmt: skip
    if index.is_file():
        shutil.copyfile(index, place / "index")
    return apart


def _commit_files(folder: Path, apart: dict[str, str]) -> str:
    """Return a commit of the files as they are now, on top of what is checked out. Misuse before the first commit."""
    head = commit_of(folder, "HEAD")
    if not Path(apart["GIT_INDEX_FILE"]).is_file():
        git(folder, "read-tree", head, more=apart)
    git(folder, "add", "--all", "--", ".", more=apart)
    tree = git(folder, "write-tree", more=apart).strip()
    return git(folder, "commit-tree", tree, "-p", head, "-m", "files as they are", more=apart).strip()


def _parted(folder: Path, revision: str, ours: str, theirs: str, apart: dict[str, str]) -> tuple[str, bool]:
    """Return the commit at which two parted, an empty one and False where there is none. Misuse in a shallow clone."""
    found = git(folder, "merge-base", ours, theirs, more=apart, accepted=(0, 1)).split()
    if found:
        return found[0], True
    if git(folder, "rev-parse", "--is-shallow-repository").strip() == "true":
        raise Misuse(
            f"this clone is shallow, and does not know where {revision} and what is checked out parted",
            hint="Fetch more of both: `git fetch --unshallow` (in CI: fetch-depth: 0), or `git fetch --deepen=100`.",
        )
    empty = git(folder, "hash-object", "-t", "tree", "-w", "--stdin", more=apart).strip()
    return git(folder, "commit-tree", empty, "-m", "nothing", more=apart).strip(), False


def _merge(folder: Path, ours: str, theirs: str, apart: dict[str, str]) -> tuple[str, list[str]]:
    """Return the tree of the merge, and the files that git could not merge. SlateError where git is too old."""
    try:
        said = git(
            folder, "-c", "merge.directoryRenames=true", "merge-tree", "--write-tree", "-z", "--name-only",
            "--no-messages", "--allow-unrelated-histories", ours, theirs, more=apart, accepted=(0, 1),
        )  # fmt: skip
    except SlateError as error:
        version = git(folder, "version").split()[2]
        if tuple(int(part) for part in version.split(".")[:2] if part.isdigit()) < (2, 38):
            raise SlateError(f"git {version} cannot merge without a checkout", hint="git 2.38 can.") from error
        raise
    tree, *names = said.split("\0")
    return tree.strip(), [name for name in names if name]


def _take_ours(ours: Path, merged: Path, conflicts: Sequence[str]) -> None:
    """Let what git could not merge read as on this side, in the folder of the merge. Writes there."""
    for name in conflicts:
        target = merged / name
        if (ours / name).is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ours / name, target)
        elif target.is_file() and b"<<<<<<<" in target.read_bytes():
            target.unlink()


@dataclass(frozen=True)
class _Places:
    """Where a project's folders lie at each commit: those that one side has renamed stand under this one's names."""

    project: Project
    top: Path
    ours: str
    find: Finder
    apart: dict[str, str]
    stack: ExitStack

    def side(self, name: str, commit: str, mend: Callable[[Path], None] = lambda folder: None) -> Side:
        """Return the side that a commit is; `mend` may change its files before they are read."""
        folder = self.stack.enter_context(files_of(self.top, commit, self.apart))
        mend(folder)
        found = self.read(name, folder)
        if commit != self.ours and (missing := self._missing(folder, found)):
            self._bring(commit, folder, missing)
            found = self.read(name, folder)
        return Side(name, folder, found)

    def read(self, name: str, folder: Path) -> Project | None:
        """Return the project in a folder, None where it has no migrations there yet. Misuse for settings amiss."""
        try:
            found = self.find(folder) if any(folder.rglob("*.sql")) else None
        except NoMigrations:
            return None
        except Misuse as error:
            said = error.message.replace(f"{folder}/", "").replace(f"{folder.resolve()}/", "")
            raise Misuse(f"the files of {name}: {said}", hint=error.hint) from error
        # A search upwards from a temporary folder could find something that is no part of it.
        return found if found and found.root.resolve().is_relative_to(folder.resolve()) else None

    def _missing(self, folder: Path, found: Project | None) -> list[str]:
        """Return the folders of migrations that are not where this side has them."""
        names = {p.name for p in found.products} if found else set()
        if found and len(found.products) == len(self.project.products) == 1:
            return []
        inside = (p.migrations.resolve().relative_to(self.top.resolve()) for p in self.project.products)
        products = zip(inside, self.project.products, strict=True)
        return [i.as_posix() for i, p in products if p.name not in names and not (folder / i).is_dir()]

    def _bring(self, commit: str, folder: Path, missing: Sequence[str]) -> None:
        """Put folders that are called otherwise at a commit to where this side has them. Writes to `folder`."""
        prefix = git(self.top, "rev-parse", "--show-prefix").rstrip("\n")
        pairs = _renames(self.top, self.ours, commit, self.apart)
        for name in missing:
            there = _renamed_folder(pairs, f"{prefix}{name}")
            if there is None:
                continue
            root = Path(git(self.top, "rev-parse", "--show-toplevel").rstrip("\n"))
            whole = self.stack.enter_context(files_of(root, commit, self.apart))
            if (whole / there).is_dir():
                shutil.copytree(whole / there, folder / name, dirs_exist_ok=True)


def _renames(folder: Path, one: str, other: str, apart: dict[str, str]) -> list[tuple[str, str]]:
    """Return the files that are called otherwise, by both names. Reads only."""
    told = git(
        folder, "-c", "diff.renameLimit=5000", "diff-tree", "-r", "-z", "-M60%", "--name-status", "--diff-filter=R",
        one, other, more=apart,
    ).split("\0")  # fmt: skip
    return list(zip(told[1::3], told[2::3], strict=False))


def _renamed_folder(pairs: Sequence[tuple[str, str]], name: str) -> str | None:
    """Return where most files of a folder are now, None where none of them was moved as a whole. Pure."""
    found: Counter[str] = Counter()
    for old, new in pairs:
        if old.startswith(f"{name}/"):
            rest = PurePosixPath(old.removeprefix(f"{name}/"))
            now = PurePosixPath(new)
            if now.parts[-len(rest.parts) :] == rest.parts:
                found["/".join(now.parts[: -len(rest.parts)])] += 1
    return next((place for place, _ in found.most_common(1) if place), None)

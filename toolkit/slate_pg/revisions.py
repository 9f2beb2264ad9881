"""Puts the files of a git revision into a folder that is not the repository's. Reads the repository only.

The same filters as in a checkout apply; submodules stay empty. Nothing else here knows of git.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from slate_pg.errors import Misuse, SlateError

_SUBMODULE = b"160000"


def split_range(text: str) -> tuple[str, str, bool]:
    """Return the two ends of REV1..REV2 or REV1...REV2, the second empty for one REV; True for where they parted."""
    for dots in ("...", ".."):
        one, found, other = text.partition(dots)
        if found and not text.startswith("."):
            return one, other or "HEAD", dots == "..."
    return text, "", False


def commit_of(folder: Path, revision: str) -> str:
    """Return the commit that a revision names. Misuse for one that the repository has not, or where there is none."""
    try:
        return git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}").strip()
    except SlateError as error:
        git(folder, "rev-parse", "--show-toplevel")  # says so where it is no repository
        raise Misuse(
            f'no commit "{revision}" in the repository of {folder}',
            hint="Fetch it first: a shallow clone has its last commit only (`git fetch --unshallow`, fetch-depth: 0).",
        ) from error


def parted(folder: Path, one: str, other: str) -> str:
    """Return the commit at which two revisions parted. Misuse where they have none in common."""
    ends = [commit_of(folder, one), commit_of(folder, other)]
    try:
        return git(folder, "merge-base", *ends).split()[0]
    except SlateError as error:
        raise Misuse(
            f'"{one}" and "{other}" have no commit in common here',
            hint="A shallow clone does not know it: fetch more, or say REV1..REV2.",
        ) from error


@contextmanager
def files_of(folder: Path, commit: str, more: Mapping[str, str] | None = None) -> Iterator[Path]:
    """Yield a folder that holds what the repository's `folder` holds at a commit; it is removed afterwards.

    Nothing is there where the commit has no such folder. `more` is for git's environment. SlateError as git says.
    Writes temporary files only.
    """
    prefix = git(folder, "rev-parse", "--show-prefix").rstrip("\n")
    with tempfile.TemporaryDirectory(prefix="slate-files-") as place:
        index, tree = Path(place, "index"), Path(place, "tree")
        tree.mkdir()
        environment = {**(more or {}), "GIT_INDEX_FILE": str(index)}
        git(folder, "read-tree", commit, more=environment)
        staged = git(folder, "ls-files", "-z", "--stage", "--full-name", ".", more=environment)
        lines = [entry.partition("\t") for entry in staged.split("\0") if entry]
        names = [name for about, _, name in lines if not about.startswith(_SUBMODULE.decode())]
        top = Path(git(folder, "rev-parse", "--show-toplevel").rstrip("\n"))
        git(top, "checkout-index", "-q", "-z", "--stdin", f"--prefix={tree}{os.sep}", more=environment,
             given="".join(f"{name}\0" for name in names))  # fmt: skip
        (tree / prefix).mkdir(parents=True, exist_ok=True)
        yield tree / prefix


def git(
    folder: Path,
    *arguments: str,
    more: Mapping[str, str] | None = None,
    given: str = "",
    accepted: Sequence[int] = (0,),
) -> str:
    """Return what git says; SlateError with its own words where its exit code is none of the `accepted`."""
    program = shutil.which("git")
    if program is None:
        raise SlateError("git is not installed, or not on PATH", hint="Commits are read by git.")
    environment = {**os.environ, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", **(more or {})}
    done = subprocess.run(
        [program, "-C", str(folder), *arguments], input=given.encode("utf-8", "surrogateescape"),
        capture_output=True, check=False, env=environment,
    )  # fmt: skip
    if done.returncode not in accepted:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines() or [f"git {arguments[0]} failed"]
        raise SlateError(said[0].removeprefix("fatal: "), hint="So says git.", detail=said[1:])
    return done.stdout.decode("utf-8", "surrogateescape")

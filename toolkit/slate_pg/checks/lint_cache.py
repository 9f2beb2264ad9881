"""What linters said of files, kept by content, configuration and the program itself in the user's cache directory.

A cache that is damaged, away or written by two at once costs time, nothing else. No linter is known here.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

Said = list[dict[str, Any]] | None  # None: the linter was given the file and did not read it
Ask = Callable[[list[Path]], Mapping[Path, Said]]
KEPT = 5000  # answers on files that are not asked about now


def ask_once(linter: str, basis: Iterable[str], names: Mapping[Path, str], ask: Ask) -> dict[Path, Said]:
    """Return what a linter says of files, asking it only of those it has not answered on this basis.

    `basis` is all that its answers depend on beside a file's name and content. Writes to the cache only.
    """
    where = _place(linter, basis)
    before = _read(where)
    keys = {path: f"{name} {hashlib.sha256(path.read_bytes()).hexdigest()}" for path, name in names.items()}
    new = [path for path in names if keys[path] not in before]
    found = ask(new) if new else {}
    answers = {path: found[path] if path in found else before[keys[path]] for path in names}
    if new:
        now = {keys[path]: said for path, said in answers.items()}
        others = [(key, said) for key, said in before.items() if key not in now]
        _write(where, dict([*others[-KEPT:], *now.items()]))
    return answers


def identity(distribution: str, program: str) -> str:
    """Return what tells one release of a linter from another, wherever it was found. Reads only."""
    released = ""
    with suppress(PackageNotFoundError):
        released = version(distribution)
    facts = Path(program).resolve().stat()
    return f"{released} {program} {facts.st_size} {facts.st_mtime_ns}"


def texts(paths: Sequence[Path]) -> list[str]:
    """Return the configuration files, each by name and content, also that one is not there. Reads only."""
    return [f"{path}\0{hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ''}" for path in paths]


def _place(linter: str, basis: Iterable[str]) -> Path | None:
    try:
        home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError:  # a user without a home
        return None
    digest = hashlib.sha256("\0".join(basis).encode("utf-8", "surrogateescape")).hexdigest()[:16]
    return home / "slate" / f"{linter}-{digest}.json"


def _read(where: Path | None) -> dict[str, Said]:
    """Return the answers kept, none where they are not as they were written."""
    try:
        digest, _, body = where.read_text("utf-8").partition("\n") if where else ("", "", "")
    except (OSError, ValueError):
        return {}
    return json.loads(body) if body and digest == hashlib.sha256(body.encode()).hexdigest() else {}


def _write(where: Path | None, answers: dict[str, Said]) -> None:
    if where is None:
        return
    body = json.dumps(answers)
    beside = where.with_suffix(f".{os.getpid()}")
    with suppress(OSError):
        where.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(f"{hashlib.sha256(body.encode()).hexdigest()}\n{body}", encoding="utf-8")
        beside.replace(where)

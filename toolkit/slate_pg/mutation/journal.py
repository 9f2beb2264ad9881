"""Keeps the verdicts of a run that is under way, so that the same command goes on where it was killed.

One file for each product, suite and choice, beside the embedded server's folder; removed when the run is over.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

from slate_pg import __version__
from slate_pg.mutation.model import EQUIVALENT, INVALID, KILLED, Mutant, Outcome
from slate_pg.postgres.server import embedded_home


@dataclass(frozen=True)
class Journal:
    """A file of verdicts by the mutant's key; `tests` are those that are asked in this run."""

    path: Path
    tests: Collection[str] = ()

    def read(self) -> dict[str, Outcome]:
        """Return what is known; a line that was cut short is passed over. Reads only.

        A kill by a test that is left out today holds no more, nor does what other tests than today's had to say.
        """
        known: dict[str, Outcome] = {}
        with contextlib.suppress(FileNotFoundError):
            for line in self.path.read_text("utf-8").splitlines():
                with contextlib.suppress(ValueError, TypeError, KeyError):
                    told = json.loads(line)
                    key, asked = str(told.pop("key")), told.pop("asked")
                    outcome = Outcome(**told)
                    holds = outcome.by in self.tests if outcome.verdict == KILLED else asked == self._asked
                    if holds or outcome.verdict in (EQUIVALENT, INVALID):
                        known[key] = outcome
        return known

    @cached_property
    def _asked(self) -> str:
        return hashlib.sha256("\0".join(sorted(self.tests)).encode()).hexdigest()[:16]

    def add(self, mutant: Mutant, outcome: Outcome) -> None:
        """Write one verdict to the disk. Writes."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        line = json.dumps({"key": mutant.key, "asked": self._asked, **asdict(outcome)}) + "\n"
        with self.path.open("a", encoding="utf-8") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())

    def remove(self) -> None:
        """Remove the file, where there is one. Writes."""
        self.path.unlink(missing_ok=True)


def open_journal(
    folder: Path, product: str, parts: Iterable[str], files: Iterable[Path], tests: Collection[str] = ()
) -> Journal:
    """Return the journal of a run of these parts (settings, tests, mutants) over these files as they are now.

    Which of the tests are asked, and which left out because they fail by chance, is no part of it.
    What an earlier kill cut short is ended by a line break first. Writes.
    """
    digest = hashlib.sha256()
    for part in (__version__, str(folder), product, *parts, *_contents(files)):
        digest.update(part.encode() + b"\0")
    home = embedded_home()
    path = home.parent / f"{home.name}-mutation" / f"{digest.hexdigest()[:24]}.jsonl"
    if path.exists() and not path.read_bytes().endswith(b"\n"):
        with path.open("a", encoding="utf-8") as file:
            file.write("\n")
    return Journal(path, tests)


def _contents(files: Iterable[Path]) -> Iterator[str]:
    for path in sorted({*files}):
        with contextlib.suppress(OSError):
            yield f"{path}:{hashlib.sha256(path.read_bytes()).hexdigest()}"
